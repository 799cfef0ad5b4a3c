//! One value of the sample, and what it is to COPY.
//!
//! Only spellings that COPY takes for certain are more than text here [DG automatic-recognition]; what could be read in two
//! ways, such as `03/02/2018`, stays text.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// A value as its format writes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    Null,
    Boolean,
    /// In the spelling of JSON.
    Number(&'a str),
    /// A text of JSON, which says by its quotes that it is no number.
    Text(&'a str),
    /// A field of a text file, which may be anything.
    Field(&'a str),
    /// An object or an array of JSON, as it is written.
    Nested(&'a str),
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    Null,
    /// An empty text: NULL in every column but one of text.
    Empty,
    Boolean,
    Integer(i64),
    /// A number that no BIGINT takes.
    Number(Number),
    /// `NaN` or an infinity, in a text file.
    NotFinite,
    Date(NaiveDate),
    /// A date and a time, without an offset.
    Timestamp(NaiveDateTime),
    /// With an offset.
    TimestampTz(DateTime<Utc>),
    Text(Look),
    Nested,
}

/// What a text looks like that is more to people than to COPY.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    Plain,
    /// A whole number with zeros before it, or a plus: as a number it would lose them.
    PaddedNumber,
    /// A number in quotes of JSON.
    QuotedNumber,
    /// `true`, as a text of JSON.
    QuotedBoolean,
    /// `Y` and `N` and their like, which COPY would take for booleans.
    YesOrNo,
    /// What stands for nothing in many files; the word.
    Nothing(&'static str),
    /// A number, a date or a boolean between blanks.
    Padded,
    /// A moment with more than six decimals, which COPY refuses.
    TooFine,
    /// `03/02/2018`: COPY takes the month first.
    SlashedDate,
    /// A number that no double holds.
    BeyondDouble,
}

/// A number by its digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// Digits before the point, without zeros in front.
    pub whole: u32,
    /// Digits behind the point, zeros at the end included.
    pub places: u32,
    pub ends_in_zero: bool,
    pub has_exponent: bool,
    /// Whether the double next to it has the same digits.
    pub is_exact_double: bool,
}

/// Words for nothing, and how they are told; PostgreSQL's and Hive's `\N` is COPY's own.
const NOTHING: [&str; 9] = ["NA", "N/A", "n/a", "NULL", "null", "None", "none", "nil", "-"];

/// Bytes of a text that may be more than text; no date or number worth a column is longer.
const LONGEST: usize = 400;

impl Seen {
    pub fn of(value: Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Boolean => Self::Boolean,
            Value::Nested(_) => Self::Nested,
            Value::Number(text) => number(text).unwrap_or(Self::Text(Look::Plain)),
            Value::Text("") | Value::Field("") => Self::Empty,
            Value::Field(r"\N") => Self::Null,
            Value::Text(text) | Value::Field(text) if text.len() > LONGEST => Self::Text(Look::Plain),
            Value::Text(text) => match bare(text) {
                Self::Integer(_) | Self::Number(_) => Self::Text(Look::QuotedNumber),
                Self::Boolean => Self::Text(Look::QuotedBoolean),
                Self::NotFinite => Self::Text(Look::Plain),
                other => other,
            },
            Value::Field(text) => bare(text),
        }
    }
}

/// What a text is by its characters alone.
fn bare(text: &str) -> Seen {
    if text.trim() != text {
        let is_more = !matches!(bare(text.trim()), Seen::Text(Look::Plain) | Seen::Empty);
        return Seen::Text(if is_more { Look::Padded } else { Look::Plain });
    }
    if text.is_empty() {
        return Seen::Empty;
    }
    if ["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Seen::Boolean;
    }
    if let Some(word) = NOTHING.iter().find(|word| **word == text) {
        return Seen::Text(Look::Nothing(word));
    }
    number(text).or_else(|| moment(text)).unwrap_or_else(|| Seen::Text(look(text)))
}

fn look(text: &str) -> Look {
    let digits = text.trim_start_matches(['-', '+']);
    let is_padded_number = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.matches('.').count() <= 1;
    let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_padded_number {
        Look::PaddedNumber
    } else if is_one_of(&["y", "n", "yes", "no", "t", "f"]) {
        Look::YesOrNo
    } else if is_slashed_date(text) {
        Look::SlashedDate
    } else {
        Look::Plain
    }
}

/// Numbers of JSON, and those without a digit before the point, as R and Oracle write them.
fn number(text: &str) -> Option<Seen> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_whole = if whole.is_empty() { fraction.is_some() } else { are_digits(whole) };
    let is_padded = whole.len() > 1 && whole.starts_with('0');
    let is_exponent = exponent.is_none_or(|text| are_digits(text.strip_prefix(['-', '+']).unwrap_or(text)));
    if !is_whole || is_padded || !fraction.is_none_or(are_digits) || !is_exponent {
        let is_word =
            ["nan", "inf", "-inf", "infinity", "-infinity"].iter().any(|w| text.eq_ignore_ascii_case(w));
        return is_word.then_some(Seen::NotFinite);
    }
    if fraction.is_none()
        && exponent.is_none()
        && let Ok(integer) = text.parse::<i64>()
    {
        return Some(Seen::Integer(integer));
    }
    let fraction = fraction.unwrap_or_default();
    let double: f64 = text.parse().ok()?;
    let has_digits = mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    if double.is_infinite() || (double == 0.0 && has_digits) {
        return Some(Seen::Text(Look::BeyondDouble));
    }
    let digits = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
    Some(Seen::Number(Number {
        whole: digits(whole.trim_start_matches('0')),
        places: digits(fraction),
        ends_in_zero: fraction.ends_with('0'),
        has_exponent: exponent.is_some(),
        is_exact_double: significant(mantissa) == significant(&format!("{:e}", double.abs())),
    }))
}

/// Whether the double next to a whole number is the same number.
pub(super) fn is_exact_double(integer: i64) -> bool {
    /// Up to here every whole number is one.
    const ALL: u64 = 1 << 53;
    let written = integer.unsigned_abs().to_string();
    let digits = |double: f64| significant(&format!("{double:e}"));
    integer.unsigned_abs() <= ALL
        || written.parse().is_ok_and(|double| digits(double) == significant(&written))
}

/// The digits of a number, without zeros at either end, and without its exponent.
fn significant(written: &str) -> String {
    let mantissa = written.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').to_owned()
}

/// `2015-07-01`, `2015-07-01 10:20:30.123`, `2015-07-01T10:20:30+02:00`
fn moment(text: &str) -> Option<Seen> {
    let date = NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()?;
    // chrono takes signs and blanks, too.
    let is_plain = text.bytes().take(10).all(|byte| byte.is_ascii_digit() || byte == b'-');
    let has_year = !text.starts_with("0000");
    if !is_plain || !has_year {
        return None;
    }
    let Some(rest) = text.get(10..).filter(|rest| !rest.is_empty()) else { return Some(Seen::Date(date)) };
    let rest = rest.strip_prefix(['T', ' '])?;
    let end =
        rest.find(|next: char| !next.is_ascii_digit() && !matches!(next, ':' | '.')).unwrap_or(rest.len());
    let (time, zone) = rest.split_at_checked(end)?;
    let decimals = time.split_once('.').map(|(_, decimals)| decimals.len());
    let is_clock = time.len() >= 8 && time.get(8..9).is_none_or(|next| next == ".") && decimals != Some(0);
    let clock = NaiveTime::parse_from_str(time.get(..8)?, "%H:%M:%S").ok().filter(|_| is_clock)?;
    // A leap second is none to COPY.
    if time.get(6..8) == Some("60") {
        return None;
    }
    let offset = if zone.is_empty() { None } else { Some(offset(zone.trim_start())?) };
    if decimals.is_some_and(|decimals| decimals > 6) {
        return Some(Seen::Text(Look::TooFine));
    }
    let fraction: u32 = time.get(9..).map_or(Some(0), |digits| format!("{digits:0<6}").parse().ok())?;
    let clock = clock.overflowing_add_signed(chrono::TimeDelta::microseconds(fraction.into())).0;
    let local = date.and_time(clock);
    Some(match offset {
        None => Seen::Timestamp(local),
        Some(offset) => Seen::TimestampTz(local.and_local_timezone(offset).single()?.with_timezone(&Utc)),
    })
}

/// `Z`, `+02`, `+0200`, `+02:00`
fn offset(text: &str) -> Option<FixedOffset> {
    if text == "Z" {
        return FixedOffset::east_opt(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.strip_prefix(['+', '-'])?;
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    let number = |text: &str, most: i32| {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i32>().ok().filter(|number| is_number && *number < most)
    };
    let minutes = if minutes.is_empty() { 0 } else { number(minutes, 60)? };
    FixedOffset::east_opt(sign * (number(hours, 16)? * 60 + minutes) * 60)
}

/// Three numbers with slashes or dots between, whatever comes behind.
fn is_slashed_date(text: &str) -> bool {
    let date = text.split([' ', 'T']).next().unwrap_or_default();
    ['/', '.'].iter().any(|mark| {
        let parts: Vec<&str> = date.split(*mark).collect();
        let is_number =
            |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        parts.len() == 3 && parts.iter().all(is_number)
    })
}

#[cfg(test)]
mod tests;
