//! Spellings of a date.

use chrono::NaiveDate;

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
    let spellings = [iso_date, compact_date, julian_day, day_of_year, american_date, named_month];
    spellings.iter().find_map(|spelling| spelling(text))
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

/// `07/01/2015`, also with `-` and `.`
fn american_date(text: &str) -> Option<(NaiveDate, &str)> {
    let (month, rest) = short_number(text)?;
    let (mark, rest) = separator(rest)?;
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
