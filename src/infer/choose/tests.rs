use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::infer::value::Value;
use crate::model::column_type::ColumnType;

fn observed(values: &[Value<'_>]) -> Observed {
    let mut observed = Observed::default();
    values.iter().for_each(|value| observed.add(*value));
    observed
}

fn told(values: &[Value<'_>], origin: Origin) -> String {
    let Choice { type_word, why, remarks } = choose(&observed(values), values.len() as u64, origin);
    let remarks: String = remarks.iter().map(|remark| format!("\n  ! {remark}")).collect();
    format!("{type_word}: {}{remarks}\n", why.join("; "))
}

fn check(columns: &[&[&str]], expected: &Expect) {
    let of = |values: &&[&str]| {
        told(&values.iter().map(|text| Value::Field(text)).collect::<Vec<_>>(), Origin::Text)
    };
    expected.assert_eq(&columns.iter().map(of).collect::<String>());
}

fn check_json(columns: &[&[Value<'_>]], expected: &Expect) {
    expected.assert_eq(&columns.iter().map(|values| told(values, Origin::Json)).collect::<String>());
}

#[test]
fn fields_of_text_files_have_the_narrowest_type_that_loses_nothing() {
    check(
        &[
            &["1", "-9120"],
            &["0", "1", "0"],
            &["true", "False", ""],
            &["Y", "N"],
            &["01234", "90210"],
            &["9223372036854775808", "1"],
            &["123456789012345678901234567890123456789"],
            &["12.30", "0.05"],
            &["12.3", "0.5", "7"],
            &["1.5", "2e-3", "NaN"],
            &["0.1234567890123456789"],
            &["2015-07-01", "2015-07-02"],
            &["2015-07-01", "2015-07-02 10:00:00"],
            &["2015-07-01", "2015-07-02 10:00:00", "2015-07-02T10:00:00+02:00"],
            &["03/02/2018"],
            &["2015-07-01T10:20:30.123456789Z"],
            &["1", "NA", "3"],
            &["1", "x", "2015-07-01"],
            &["", r"\N"],
            &["NaN"],
            &["a\0b"],
            &["1435708800", "1435708900"],
            &["9007199254740993", "0.5"],
            &["1.00000000000000000001e5"],
            &["12345678901234567890", "", "99999999999999999999"],
        ],
        &expect![[r#"
            bigint: 2 of 2 values are whole numbers, -9,120 to 1; never null
            bigint: 3 of 3 values are whole numbers, 0 to 1; never null
            boolean: 2 of 2 values are true or false; empty in 1 of 3
            text: longest value 1 byte; never null
              ! all values are yes or no, by a word or a letter; a boolean would take them, if they are meant as such
            text: longest value 5 bytes; of mixed kinds: 1 are numbers, 1 are texts; never null
              ! 1 value with zeros or a plus in front, which a number would lose
            decimal(38,0): 2 of 2 values are whole numbers, 1 of them beyond BIGINT, with up to 19 digits; never null
            text: 1 of 1 values are whole numbers, 1 of them beyond BIGINT, with up to 39 digits; as text, no digit is lost; never null
            decimal(18,2): 2 of 2 values are numbers with 2 places, zeros at their end included; up to 2 digits before the point; never null
            float: 3 of 3 values are numbers, with up to 1 place; never null
            float: 3 of 3 values are numbers, with up to 1 place; 1 have an exponent; 1 are NaN or infinite; never null
            decimal(38,19): 1 of 1 values are numbers, 1 of them with more digits than a double keeps; never null
            date: 2 of 2 values are dates, 2015-07-01 to 2015-07-02; never null
            timestamp: 1 of 2 values are dates with a time, without an offset, 2015-07-01 00:00:00 to 2015-07-02 10:00:00; 1 are dates alone, which are their midnight; never null
            timestamptz: 1 of 3 values are moments with an offset, 2015-07-01 00:00:00Z to 2015-07-02 10:00:00Z; 1 have no offset and are taken for UTC; 1 are dates alone, which are their midnight; never null
            text: longest value 10 bytes; never null
              ! dates with slashes or dots stay text: COPY would take the first number for the month where it can
            text: longest value 30 bytes; never null
              ! 1 moment with more than six decimals, which COPY takes into no timestamp
            text: longest value 2 bytes; of mixed kinds: 2 are numbers, 1 are texts; never null
              ! `NA` stands in 1 row; without it they would be numbers, and `copy_options: ["NULL AS 'NA'"]` would make it null in every column
            text: longest value 10 bytes; of mixed kinds: 1 are numbers, 1 are dates, 1 are texts; never null
            text: no value in the sample, so that the type is a guess; null in 1 of 2, empty in 1 of 2
            text: longest value 3 bytes; never null
            text: longest value 3 bytes; never null
              ! 1 value with a NUL, which COPY refuses
            bigint: 2 of 2 values are whole numbers, 1,435,708,800 to 1,435,708,900; never null
              ! if these are moments, `copy_options: ["TIMEFORMAT 'epochsecs'"]` reads all timestamps so, and the type would be timestamp
            decimal(38,1): 2 of 2 values are numbers, 1 of them with more digits than a double keeps; never null
            text: 1 of 1 values are numbers, 1 of them with more digits than a double keeps; as text, no digit is lost; never null
            decimal(38,0): 2 of 2 values are whole numbers, 2 of them beyond BIGINT, with up to 20 digits; empty in 1 of 3
        "#]],
    );
}

#[test]
fn values_of_json_keep_what_their_writer_said_of_them() {
    use Value::{Boolean, Nested, Null, Number, Text};
    check_json(
        &[
            &[Number("1"), Null],
            &[Text("1"), Text("2")],
            &[Text("1"), Number("2")],
            &[Text("007"), Text("1")],
            &[Boolean, Text("true")],
            &[Number("18446744073709551615")],
            &[Number("12.30"), Number("0.29")],
            &[Number("39.0"), Number("39.2")],
            &[Number("1234567890123456.10"), Number("1.20")],
            &[Number("9007199254740993"), Number("0.5")],
            &[Number("0.12345678901234567891"), Number("1")],
            &[Nested("{\"a\": 1}"), Text("x")],
            &[Boolean, Number("1")],
            &[Text("2015-07-01T00:00:00Z"), Text("")],
        ],
        &expect![[r#"
            bigint: 1 of 1 values are whole numbers, 1 to 1; null in 1 of 2
            text: longest value 1 byte; never null
              ! all values are numbers, 2 of them in quotes; a column of numbers would take them, if they are meant as such
            text: longest value 1 byte; of mixed kinds: 1 are numbers, 1 are texts; never null
              ! all values are numbers, 1 of them in quotes; a column of numbers would take them, if they are meant as such
            text: longest value 3 bytes; never null
              ! 1 value with zeros or a plus in front, which a number would lose
            text: longest value 5 bytes; of mixed kinds: 1 are true or false, 1 are texts; never null
              ! true and false stand in quotes; a boolean would take them, if they are meant as such
            text: 1 of 1 values are whole numbers, 1 of them beyond BIGINT, with up to 20 digits; as text, no digit is lost; never null
            decimal(18,2): 2 of 2 values are numbers with 2 places, zeros at their end included; up to 2 digits before the point; never null
            float: 2 of 2 values are numbers, with up to 1 place; never null
            float: 2 of 2 values are numbers, with up to 2 places; never null
              ! 1 number with more digits than COPY keeps of a number of JSON; write them in quotes to keep all
            text: 2 of 2 values are numbers, 1 of them with more digits than a double keeps; as text, no digit is lost; never null
            float: 2 of 2 values are numbers, with up to 20 places; never null
              ! 1 number with more digits than COPY keeps of a number of JSON; write them in quotes to keep all
            super: 1 of 2 values are objects or arrays; 1 are plain values, which SUPER takes too; never null
            text: longest value 5 bytes; of mixed kinds: 1 are true or false, 1 are numbers; never null
            timestamptz: 1 of 1 values are moments with an offset, 2015-07-01 00:00:00Z to 2015-07-01 00:00:00Z; empty in 1 of 2
        "#]],
    );
}

#[test]
fn texts_have_twice_the_room_of_the_longest() {
    let word =
        |length: usize| choose(&observed(&[Value::Field(&"x".repeat(length))]), 1, Origin::Text).type_word;
    assert_eq!(
        [1, 128, 129, 257, 8_192, 8_193].map(word),
        ["text", "text", "varchar(512)", "varchar(1024)", "varchar(16384)", "longtext"]
    );
    let long = told(&[Value::Field(&"x".repeat(65_536))], Origin::Text);
    assert!(long.contains("more than 65535 bytes, which no column takes"), "{long}");
}

/// Whether COPY takes a field into a column without a loss: what is cut or rounded is lost.
fn takes(column: ColumnType, field: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if field == r"\N" {
        return true;
    }
    match column {
        ColumnType::Varchar(length) => field.len() <= length as usize,
        _ if field.is_empty() => true,
        ColumnType::Boolean => ["true", "false"].contains(&field.to_ascii_lowercase().as_str()),
        ColumnType::BigInt => {
            field.parse::<i64>().is_ok_and(|number| number.to_string() == field || field == "-0")
        }
        ColumnType::DoublePrecision => {
            let digits = |text: &str| -> String {
                let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
                let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
                digits.trim_matches('0').to_owned()
            };
            let read: f64 = field.parse().unwrap();
            !read.is_finite() || digits(&format!("{read:e}")) == digits(field)
        }
        ColumnType::Numeric { precision, scale } => {
            let unsigned = field.trim_start_matches('-');
            let (whole, places) = unsigned.split_once('.').unwrap_or((unsigned, ""));
            let whole = whole.trim_start_matches('0');
            digits(whole)
                && digits(places)
                && places.len() <= scale.into()
                && whole.len() <= usize::from(precision - scale)
        }
        ColumnType::Date => field.len() == 10 && field.parse::<chrono::NaiveDate>().is_ok(),
        ColumnType::Timestamp => field.len() >= 10 && !field.contains(['Z', '+']),
        ColumnType::TimestampTz => field.len() >= 10,
        other => panic!("{other} is chosen for no field"),
    }
}

proptest! {
    #[test]
    fn what_is_chosen_takes_every_value_of_the_sample(values in fields()) {
        let seen = observed(&values.iter().map(|text| Value::Field(text)).collect::<Vec<_>>());
        let chosen = choose(&seen, values.len() as u64, Origin::Text);
        let column = ColumnType::parse(&chosen.type_word).unwrap();
        for value in &values {
            prop_assert!(takes(column, value), "{value:?} into {column}");
        }
    }

    #[test]
    fn more_rows_ask_for_a_type_that_takes_all_that_fewer_had(values in fields(), more in fields()) {
        let all: Vec<&String> = values.iter().chain(&more).collect();
        let seen = observed(&all.iter().map(|text| Value::Field(text)).collect::<Vec<_>>());
        let column = ColumnType::parse(&choose(&seen, all.len() as u64, Origin::Text).type_word).unwrap();
        prop_assert!(values.iter().all(|value| takes(column, value)));
    }
}

/// Columns of one kind, mostly, as real ones are.
fn fields() -> impl Strategy<Value = Vec<String>> {
    let vec = |one: &'static str| prop::collection::vec(one, 0..6);
    let kinds = prop_oneof![
        vec("-?(0|[1-9][0-9]{0,25})"),
        vec("-?(0|[1-9][0-9]{0,20})\\.[0-9]{1,25}"),
        vec("[1-9][0-9]{0,2}\\.[0-9][0-9]"),
        vec("2015-0[1-9]-1[0-9]"),
        vec("2015-0[1-9]-1[0-9][ T]1[0-9]:00:00(\\.[0-9]{1,7})?(Z|\\+02)?"),
        vec("(true|FALSE|)"),
        vec("(NA|-|NaN|1e5|007|\\.5|5\\.)"),
        vec("[a-z 0-9]{0,9}"),
    ];
    prop::collection::vec(kinds, 0..3).prop_map(|kinds| kinds.concat())
}
