//! Dates and moments in PostgreSQL's spelling, which says BC where chrono counts on below zero.

use std::io::Write as _;

use chrono::{Datelike as _, NaiveDate, NaiveDateTime};

/// 4713 BC, the first year of PostgreSQL's calendar and of Redshift's [DG `r_Datetime_types`].
const FIRST_YEAR: i32 = -4712;

/// `None` before the first year; nothing is written then.
pub(super) fn write_date(date: NaiveDate, behind: &str, out: &mut Vec<u8>) -> Option<()> {
    let (month, day) = (date.month(), date.day());
    // There is no year 0: the one before 1 is 1 BC.
    let (year, era) = match date.year() {
        year @ 1.. => (year, ""),
        year @ FIRST_YEAR.. => (1 - year, " BC"),
        _ => return None,
    };
    write!(out, "{year:04}-{month:02}-{day:02}{behind}{era}").ok()
}

pub(super) fn write_moment(moment: NaiveDateTime, zone: &str, out: &mut Vec<u8>) -> Option<()> {
    write_date(moment.date(), &format!(" {}{zone}", moment.time()), out)
}
