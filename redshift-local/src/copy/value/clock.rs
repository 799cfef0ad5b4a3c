//! Spellings of a time of day, and of an offset from UTC.

use chrono::{NaiveTime, TimeDelta};

use super::digits::{digits, short_number};

/// `HH:MI[:SS[.ffffff]]` or `HHMISS`
pub(super) fn time(text: &str) -> Option<(NaiveTime, &str)> {
    let (hour, rest) = short_number(text)?;
    let (minute, mut rest) = match rest.strip_prefix(':') {
        Some(rest) => digits(rest, 2)?,
        None => digits(rest, 2)?,
    };
    let mut second = 0;
    let mut micros = 0;
    if let Some((value, after)) = digits(rest.strip_prefix(':').unwrap_or(rest), 2) {
        (second, rest) = (value, after);
        if let Some(fraction) = rest.strip_prefix('.') {
            let length = fraction.find(|next: char| !next.is_ascii_digit()).unwrap_or(fraction.len());
            let (value, after) = fraction.split_at_checked(length)?;
            (micros, rest) = (fraction_micros(value)?, after);
        }
    }
    Some((NaiveTime::from_hms_micro_opt(hour, minute, second, micros)?, rest))
}

/// One to six digits behind a second.
pub(super) fn fraction_micros(fraction: &str) -> Option<u32> {
    let length = u32::try_from(fraction.len()).ok().filter(|length| (1..=6).contains(length))?;
    Some(fraction.parse::<u32>().ok()? * 10_u32.pow(6 - length))
}

/// AM or PM behind a time.
pub(super) fn half_day(time: NaiveTime, rest: &str) -> Option<(NaiveTime, &str)> {
    use chrono::Timelike as _;
    let Some((mark, after)) = rest.split_at_checked(2) else { return Some((time, rest)) };
    let hour = time.hour();
    let hour = match mark.to_ascii_uppercase().as_str() {
        "AM" if (1..=12).contains(&hour) => hour % 12,
        "PM" if (1..=12).contains(&hour) => hour % 12 + 12,
        "AM" | "PM" => return None,
        _ => return Some((time, rest)),
    };
    Some((time.with_hour(hour)?, after.trim_start()))
}

/// The names of zones that stand for one offset; PST is the guide's example, its kin are those of the same list in
/// PostgreSQL's documentation.
const ZONES: [(&str, i64); 11] = [
    ("Z", 0),
    ("UTC", 0),
    ("GMT", 0),
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
];

/// `Z`, `UTC`, `PST`, `+02`, `+0200`, `+02:00`
pub(super) fn offset(text: &str) -> Option<TimeDelta> {
    let text = text.trim();
    if let Some((_, hours)) = ZONES.iter().find(|(name, _)| text.eq_ignore_ascii_case(name)) {
        return Some(TimeDelta::hours(*hours));
    }
    let negative = text.starts_with('-');
    let (hours, rest) = digits(text.strip_prefix(['+', '-'])?, 2)?;
    let minutes = match rest.strip_prefix(':').unwrap_or(rest) {
        "" => 0,
        rest => digits(rest, 2).filter(|(minutes, rest)| rest.is_empty() && *minutes < 60)?.0,
    };
    let minutes = i64::from(hours) * 60 + i64::from(minutes);
    (hours < 16).then(|| TimeDelta::minutes(if negative { -minutes } else { minutes }))
}
