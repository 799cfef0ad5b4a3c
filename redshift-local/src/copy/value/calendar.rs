//! Dates and moments in PostgreSQL's spelling, which says BC where chrono counts on below zero.

use std::io::Write as _;

use chrono::{Datelike as _, NaiveDate, NaiveDateTime};

pub(super) fn write_date(date: NaiveDate, behind: &str, out: &mut Vec<u8>) {
    let (month, day) = (date.month(), date.day());
    // There is no year 0: the one before 1 is 1 BC.
    let (year, era) = match date.year() {
        year @ 1.. => (year, ""),
        before => (1 - before, " BC"),
    };
    drop(write!(out, "{year:04}-{month:02}-{day:02}{behind}{era}"));
}

pub(super) fn write_moment(moment: NaiveDateTime, zone: &str, out: &mut Vec<u8>) {
    write_date(moment.date(), &format!(" {}{zone}", moment.time()), out);
}
