use proptest::prelude::*;

use super::*;

fn field(text: &str) -> String {
    told(Seen::of(Value::Field(text)))
}

fn told(seen: Seen) -> String {
    match seen {
        Seen::Number(number) => {
            let Number { whole, places, ends_in_zero, has_exponent, is_exact_double } = number;
            let mut told = format!("number {whole}.{places}");
            for (is_so, word) in
                [(ends_in_zero, " zero"), (has_exponent, " exponent"), (!is_exact_double, " inexact")]
            {
                told += if is_so { word } else { "" };
            }
            told
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn numbers_are_those_that_copy_reads_for_certain() {
    for (text, expected) in [
        ("0", "Integer(0)"),
        ("-12", "Integer(-12)"),
        ("9223372036854775807", "Integer(9223372036854775807)"),
        ("9223372036854775808", "number 19.0 inexact"),
        ("0.0", "number 0.1 zero"),
        (".5", "number 0.1"),
        ("12.30", "number 2.2 zero"),
        ("1e5", "number 1.0 exponent"),
        ("0.1234567890123456789", "number 0.19 inexact"),
        ("0.30000000000000004", "number 0.17"),
        ("1e999", "Text(BeyondDouble)"),
        ("1e-999", "Text(BeyondDouble)"),
        ("NaN", "NotFinite"),
        ("-inf", "NotFinite"),
        ("007", "Text(PaddedNumber)"),
        ("-00.5", "Text(PaddedNumber)"),
        ("+49", "Text(PaddedNumber)"),
        (" 7", "Text(Padded)"),
        ("1,234", "Text(Plain)"),
        ("1_000", "Text(Plain)"),
        ("5.", "Text(PaddedNumber)"),
        ("0x1F", "Text(Plain)"),
        ("1e", "Text(Plain)"),
        ("-", "Text(Nothing(\"-\"))"),
        ("٣", "Text(Plain)"),
    ] {
        assert_eq!(field(text), expected, "{text}");
    }
}

#[test]
fn moments_are_those_that_copy_reads_in_one_way_only() {
    for (text, expected) in [
        ("2015-07-01", "Date(2015-07-01)"),
        ("2015-07-01 10:20:30", "Timestamp(2015-07-01T10:20:30)"),
        ("2015-07-01T10:20:30.123456", "Timestamp(2015-07-01T10:20:30.123456)"),
        ("2015-07-01T10:20:30Z", "TimestampTz(2015-07-01T10:20:30Z)"),
        ("2015-07-01T12:20:30+0200", "TimestampTz(2015-07-01T10:20:30Z)"),
        ("2015-07-01 05:20:30-05", "TimestampTz(2015-07-01T10:20:30Z)"),
        ("2015-07-01 05:20:30.5 -05:00", "TimestampTz(2015-07-01T10:20:30.500Z)"),
        ("2015-07-01T10:20:30.1234567", "Text(TooFine)"),
        ("2015-07-01T10:20:30.1234567Z", "Text(TooFine)"),
        ("2015-02-30", "Text(Plain)"),
        ("0000-00-00", "Text(Plain)"),
        ("2015-07-01T10:20", "Text(Plain)"),
        ("2015-07-01T10:20:60", "Text(Plain)"),
        ("2015-07-01T24:00:00", "Text(Plain)"),
        ("2015-07-01T10:20:30.", "Text(Plain)"),
        ("2015-07-01T10:20:30+25:00", "Text(Plain)"),
        ("2015-07-01x", "Text(Plain)"),
        ("03/02/2018 10:21:42", "Text(SlashedDate)"),
        ("1.2.2018", "Text(SlashedDate)"),
        ("20150701", "Integer(20150701)"),
        ("AM", "Text(Plain)"),
        ("10:20:30", "Text(Plain)"),
        ("1-1-19", "Text(Plain)"),
    ] {
        assert_eq!(field(text), expected, "{text}");
    }
}

#[test]
fn words_are_booleans_only_where_they_can_be_nothing_else() {
    for (text, expected) in [
        ("true", "Boolean"),
        ("FALSE", "Boolean"),
        ("Y", "Text(YesOrNo)"),
        ("no", "Text(YesOrNo)"),
        ("0", "Integer(0)"),
        ("NA", "Text(Nothing(\"NA\"))"),
        (r"\N", "Null"),
        ("", "Empty"),
        ("  ", "Text(Plain)"),
    ] {
        assert_eq!(field(text), expected, "{text}");
    }
}

#[test]
fn the_quotes_of_json_say_that_a_text_is_no_number() {
    for (text, expected) in [
        ("1", "Text(QuotedNumber)"),
        ("1.5", "Text(QuotedNumber)"),
        ("true", "Text(QuotedBoolean)"),
        ("007", "Text(PaddedNumber)"),
        ("NaN", "Text(Plain)"),
        ("2015-07-01", "Date(2015-07-01)"),
        (r"\N", "Text(Plain)"),
        ("", "Empty"),
    ] {
        assert_eq!(told(Seen::of(Value::Text(text))), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in prop_oneof![any::<String>(), "[0-9eE+.:TZ /-]{0,30}"]) {
        for value in [Value::Field(&text), Value::Text(&text), Value::Number(&text)] {
            let _: Seen = Seen::of(value);
        }
    }
}
