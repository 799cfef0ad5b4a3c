//! Numbers in a file, as Redshift reads them.

use std::borrow::Cow;
use std::io::Write as _;

use crate::copy::load_error::Reject;

/// An integer between the two bounds, `label` being what Redshift calls the type.
pub(crate) fn integer(text: &str, bounds: (i64, i64), label: &str, out: &mut Vec<u8>) -> Result<(), Reject> {
    match text.parse::<i64>() {
        Ok(value) if (bounds.0..=bounds.1).contains(&value) => {
            drop(write!(out, "{value}"));
            Ok(())
        }
        _ => {
            digits_only(text, label)?;
            Err(Reject::new(1222, format!("Numeric overflow, Value '{text}', Type: {label}")))
        }
    }
}

/// `Invalid digit, Value '.', Pos 2, Type: Integer`
fn digits_only(text: &str, label: &str) -> Result<(), Reject> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = text.len() - unsigned.len();
    let bad = unsigned.char_indices().find(|(_, character)| !character.is_ascii_digit());
    match bad {
        Some((at, character)) => Err(invalid_digit(1207, character, at + sign, label)),
        None if unsigned.is_empty() => Err(invalid_digit(1207, '-', 0, label)),
        None => Ok(()),
    }
}

fn invalid_digit(code: u16, character: char, position: usize, label: &str) -> Reject {
    Reject::new(code, format!("Invalid digit, Value '{character}', Pos {position}, Type: {label}"))
        .at(position)
}

/// A floating point number; what does not fit into `single` overflows.
pub(crate) fn float(text: &str, single: bool, out: &mut Vec<u8>) -> Result<(), Reject> {
    if let Some(word) = not_finite(text) {
        out.extend_from_slice(word.as_bytes());
        return Ok(());
    }
    let label = if single { "Float" } else { "Double" };
    let shape =
        |character: char| character.is_ascii_digit() || matches!(character, '+' | '-' | '.' | 'e' | 'E');
    if let Some((at, character)) = text.char_indices().find(|&(_, character)| !shape(character)) {
        return Err(invalid_digit(1208, character, at, label));
    }
    let value: f64 =
        text.parse().map_err(|_| Reject::new(1208, format!("Invalid value '{text}', Type: {label}")))?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "REAL keeps what a single float keeps; overflow is checked"
    )]
    let narrow = value as f32;
    if value.is_infinite() || (single && narrow.is_infinite()) {
        return Err(Reject::new(1222, format!("Numeric overflow, Value '{text}', Type: {label}")));
    }
    // The shortest text that reads back as the same number; below the smallest one that is zero.
    drop(if single { write!(out, "{narrow:e}") } else { write!(out, "{value:e}") });
    Ok(())
}

/// What is no number and still a float [DG `r_Numeric_types201`], in PostgreSQL's words.
fn not_finite(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "nan" => Some("NaN"),
        "inf" | "infinity" | "+infinity" => Some("Infinity"),
        "-inf" | "-infinity" => Some("-Infinity"),
        _ => None,
    }
}

/// All the digits of the double that is next to a number; what no double holds stays as it is written.
pub(crate) fn through_a_double(written: &str) -> Cow<'_, str> {
    /// More than a DECIMAL's scale and the digits of a double together.
    const PLACES: usize = 60;
    match written.parse::<f64>() {
        Ok(value) if value.is_finite() => {
            let mut digits = format!("{value:.PLACES$}");
            digits.truncate(digits.trim_end_matches('0').trim_end_matches('.').len());
            Cow::Owned(digits)
        }
        _ => Cow::Borrowed(written),
    }
}

/// A decimal number. Digits beyond the scale are cut off, or rounded with ROUNDEC (fact 1.6).
pub(crate) fn decimal(
    text: &str,
    (precision, scale): (usize, usize),
    round: bool,
    out: &mut Vec<u8>,
) -> Result<(), Reject> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let exponent = exponent.parse::<i32>().ok().filter(|exponent| exponent.abs() <= 400);
            (mantissa, exponent.ok_or_else(|| invalid_digit(1209, 'e', mantissa.len(), "Decimal"))?)
        }
        None => (text, 0),
    };
    let negative = mantissa.starts_with('-');
    let unsigned = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    for (at, character) in mantissa.char_indices() {
        let sign = at == 0 && matches!(character, '-' | '+');
        let point = character == '.' && !fraction.contains('.');
        if !(character.is_ascii_digit() || sign || point) {
            return Err(invalid_digit(1209, character, at, "Decimal"));
        }
    }
    if whole.is_empty() && fraction.is_empty() {
        return Err(Reject::new(1209, format!("Invalid value '{text}', Type: Decimal")));
    }

    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|digit| digit - b'0').collect();
    // Where the point stands in `digits`; to the left of them all when negative.
    let point = i32::try_from(whole.len()).unwrap_or(i32::MAX).saturating_add(exponent);
    let wanted = point.saturating_add(i32::try_from(scale).unwrap_or(i32::MAX));
    let kept = usize::try_from(wanted).unwrap_or(0);
    let next = if wanted >= 0 { digits.get(kept).copied().unwrap_or(0) } else { 0 };
    digits.resize(kept, 0);
    if round && next >= 5 {
        increment(&mut digits);
    }
    let significant = digits.iter().position(|&digit| digit != 0).map_or(0, |first| digits.len() - first);
    if significant > precision {
        return Err(Reject::new(1222, format!("Numeric overflow, Value '{text}', Type: Decimal")));
    }
    while digits.len() <= scale {
        digits.insert(0, 0);
    }
    let first =
        digits.iter().position(|&digit| digit != 0).unwrap_or(digits.len()).min(digits.len() - scale - 1);
    if negative && significant > 0 {
        out.push(b'-');
    }
    let point = digits.len() - scale;
    for (at, digit) in digits.iter().enumerate().skip(first) {
        if at == point {
            out.push(b'.');
        }
        out.push(digit + b'0');
    }
    Ok(())
}

fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < 9 {
            *digit += 1;
            return;
        }
        *digit = 0;
    }
    digits.insert(0, 1);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(outcome: Result<(), Reject>, out: Vec<u8>) -> String {
        match outcome {
            Ok(()) => String::from_utf8(out).expect("numbers are ASCII"),
            Err(reject) => format!("{} {}", reject.code, reject.reason),
        }
    }

    fn int(text: &str) -> String {
        let mut out = Vec::new();
        written(integer(text, (i32::MIN.into(), i32::MAX.into()), "Integer", &mut out), out)
    }

    fn dec(text: &str, round: bool) -> String {
        let mut out = Vec::new();
        written(decimal(text, (5, 2), round, &mut out), out)
    }

    fn real(text: &str) -> String {
        let mut out = Vec::new();
        written(float(text, true, &mut out), out)
    }

    fn double(text: &str) -> String {
        let mut out = Vec::new();
        written(float(text, false, &mut out), out)
    }

    #[test]
    fn integers_have_digits_only() {
        assert_eq!(int("-12"), "-12");
        assert_eq!(int("1.0"), "1207 Invalid digit, Value '.', Pos 1, Type: Integer");
        assert_eq!(int("x"), "1207 Invalid digit, Value 'x', Pos 0, Type: Integer");
        assert_eq!(int("2147483648"), "1222 Numeric overflow, Value '2147483648', Type: Integer");
    }

    #[test]
    fn decimals_are_cut_and_rounded_only_when_asked() {
        assert_eq!(dec("12.349", false), "12.34");
        assert_eq!(dec("12.345", true), "12.35");
        assert_eq!(dec("-0.001", false), "0.00");
        assert_eq!(dec(".5", false), "0.50");
        assert_eq!(dec("1.5e2", false), "150.00");
        assert_eq!(dec("15e-3", true), "0.02");
        assert_eq!(dec("999.999", false), "999.99");
        assert_eq!(dec("999.999", true), "1222 Numeric overflow, Value '999.999', Type: Decimal");
        assert_eq!(dec("1000", false), "1222 Numeric overflow, Value '1000', Type: Decimal");
        assert_eq!(dec("1,5", false), "1209 Invalid digit, Value ',', Pos 1, Type: Decimal");
        assert_eq!(dec("1.2.3", false), "1209 Invalid digit, Value '.', Pos 1, Type: Decimal");
    }

    #[test]
    fn floats_overflow_by_their_size() {
        assert_eq!(real("1e39"), "1222 Numeric overflow, Value '1e39', Type: Float");
        assert_eq!(double("1e39"), "1e39");
        assert_eq!(double("1e309"), "1222 Numeric overflow, Value '1e309', Type: Double");
        assert_eq!(double("0.1"), "1e-1");
    }

    #[test]
    fn floats_may_be_infinite_or_no_number_at_all() {
        assert_eq!(double("nan"), "NaN");
        assert_eq!(double("Inf"), "Infinity");
        assert_eq!(double("-infinity"), "-Infinity");
        assert_eq!(double("nano"), "1208 Invalid digit, Value 'n', Pos 0, Type: Double");
    }
}
