//! Spellings of a date.

use chrono::{NaiveDate, NaiveTime};

use super::clock::time;
use super::digits::{digits, short_number};

fn ymd(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok().filter(|year| *year > 0)?, month, day)
}

fn separator(text: &str) -> Option<(char, &str)> {
    let first = text.chars().next().filter(|first| matches!(first, '-' | '/' | '.'))?;
    Some((first, text.strip_prefix(first)?))
}

/// In any of the spellings that 'auto' recognises, with what comes after it.
pub(super) fn any_date(text: &str) -> Option<(NaiveDate, &str)> {
    let spellings = [
        iso_date,
        compact_date,
        short_compact_date,
        julian_day,
        day_of_year,
        dotted_date,
        american_date,
        before_christ,
        named_month,
    ];
    spellings.iter().find_map(|spelling| spelling(text))
}

/// `2015-07-01`, and nothing else
pub(super) fn standard_date(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
    Some((ymd(year, month, day)?, rest))
}

/// `2015-07-01`, also with `/` and `.`
pub(super) fn iso_date(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = digits(text, 4)?;
    let (mark, rest) = separator(rest)?;
    let (month, rest) = short_number(rest)?;
    let (day, rest) = short_number(rest.strip_prefix(mark)?)?;
    Some((ymd(year, month, day)?, rest))
}

/// `20150701`
fn compact_date(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest, 2)?;
    let (day, rest) = digits(rest, 2)?;
    // More digits would be an epoch.
    if rest.starts_with(|next: char| next.is_ascii_digit()) {
        return None;
    }
    Some((ymd(year, month, day)?, rest))
}

/// `960108 040809`: a date of two-digit years has its time behind it.
fn short_compact_date(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = digits(text, 2)?;
    let (month, rest) = digits(rest, 2)?;
    let (day, rest) = digits(rest, 2)?;
    rest.strip_prefix(' ')?;
    Some((ymd(in_full(year), month, day)?, rest))
}

/// Two digits: 1970 to 2069.
pub(super) fn in_full(year: u32) -> u32 {
    if year < 70 { 2000 + year } else { 1900 + year }
}

/// `Jan-08-95 BC`
fn before_christ(text: &str) -> Option<(NaiveDate, &str)> {
    let (month, rest) = month_name(text)?;
    let (day, rest) = short_number(rest.strip_prefix(['-', ' '])?)?;
    let rest = rest.strip_prefix(['-', ' '])?;
    let (year, rest) = digits(rest, 4).or_else(|| short_number(rest))?;
    let after = rest.strip_prefix(" BC").filter(|after| after.is_empty() || after.starts_with(' '))?;
    // There is no year 0: the one before 1 is 1 BC. The calendar begins with 4713 BC.
    let year = i32::try_from(year).ok().filter(|year| (1..=4713).contains(year))?;
    Some((NaiveDate::from_ymd_opt(1 - year, month, day)?, after))
}

/// `17 Dec 07:37:16 1997`, with what comes after it
pub(super) fn year_behind_time(text: &str) -> Option<(NaiveDate, NaiveTime, &str)> {
    let (day, rest) = short_number(text)?;
    let (month, rest) = month_name(rest.strip_prefix(' ')?)?;
    let (time, rest) = time(rest.strip_prefix(' ')?)?;
    let (year, rest) = digits(rest.strip_prefix(' ')?, 4)?;
    Some((ymd(year, month, day)?, time, rest))
}

/// `J2451187`, the days since 4713 BC
fn julian_day(text: &str) -> Option<(NaiveDate, &str)> {
    /// That of the day before the first of year 1.
    const BEFORE_YEAR_ONE: i32 = 1_721_425;
    let days = text.strip_prefix(['J', 'j'])?;
    let length = days.find(|next: char| !next.is_ascii_digit()).unwrap_or(days.len());
    let (days, rest) = days.split_at_checked(length)?;
    let days = days.parse::<i32>().ok()?.checked_sub(BEFORE_YEAR_ONE).filter(|days| *days > 0)?;
    Some((NaiveDate::from_num_days_from_ce_opt(days)?, rest))
}

/// `1996.008`: the year, and the day in it
fn day_of_year(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = digits(text, 4)?;
    let (day, rest) = digits(rest.strip_prefix('.')?, 3)?;
    Some((NaiveDate::from_yo_opt(i32::try_from(year).ok().filter(|year| *year > 0)?, day)?, rest))
}

/// `31.07.2015` and `07.31.2015`. The guide calls the format DD.MM.YYYY and gives 12.17.1997 for an example, so what
/// could be read both ways is not read at all.
fn dotted_date(text: &str) -> Option<(NaiveDate, &str)> {
    let (first, rest) = short_number(text)?;
    let (second, rest) = short_number(rest.strip_prefix('.')?)?;
    let (year, rest) = digits(rest.strip_prefix('.')?, 4)?;
    let (day, month) = match (first, second) {
        (13.., ..=12) => (first, second),
        (..=12, 13..) => (second, first),
        _ if first == second => (first, second),
        _ => return None,
    };
    Some((ymd(year, month, day)?, rest))
}

/// `07/01/2015`, also with `-`
fn american_date(text: &str) -> Option<(NaiveDate, &str)> {
    let (month, rest) = short_number(text)?;
    let (mark, rest) = separator(rest).filter(|(mark, _)| *mark != '.')?;
    let (day, rest) = short_number(rest)?;
    let (year, rest) = digits(rest.strip_prefix(mark)?, 4)?;
    Some((ymd(year, month, day)?, rest))
}

/// `Jul 1 2015`, `July 1, 2015`, `1 Jul 2015`, `1-Jul-2015`
fn named_month(text: &str) -> Option<(NaiveDate, &str)> {
    let blank = |text: &'_ str| text.trim_start_matches([' ', '-', ',']).len();
    let skip = |text| -> &str { tail(text, blank(text)) };
    if let Some((day, rest)) = short_number(text) {
        let (month, rest) = month_name(skip(rest))?;
        let (year, rest) = digits(skip(rest), 4)?;
        return Some((ymd(year, month, day)?, rest));
    }
    let (month, rest) = month_name(text)?;
    let (day, rest) = short_number(skip(rest))?;
    let (year, rest) = digits(skip(rest), 4)?;
    Some((ymd(year, month, day)?, rest))
}

/// The last `length` bytes.
fn tail(text: &str, length: usize) -> &str {
    text.split_at_checked(text.len() - length).map_or("", |(_, tail)| tail)
}

pub(super) fn month_name(text: &str) -> Option<(u32, &str)> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let length = text.find(|next: char| !next.is_ascii_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(length)?;
    let word = word.to_ascii_lowercase();
    let number =
        MONTHS.iter().position(|month| word == *month || (word.len() == 3 && month.starts_with(&word)))?;
    Some((u32::try_from(number).ok()? + 1, rest))
}
