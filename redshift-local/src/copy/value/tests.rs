use super::*;

fn check(kind: ColumnKind, value: Option<&str>, options: &Options) -> String {
    let column = Column { name: "c".to_owned(), kind, not_null: false, default: None };
    let mut out = Vec::new();
    match write(&column, value, options, &mut out) {
        Ok(()) => String::from_utf8(out).expect("text in, text out"),
        Err(reject) => format!("{} {}", reject.code, reject.reason),
    }
}

const FOUR: ColumnKind = ColumnKind::Varchar { length: 4 };

#[test]
fn a_varchar_is_measured_in_bytes() {
    let plain = Options::default();
    assert_eq!(check(FOUR, Some("abcd"), &plain), "abcd");
    assert_eq!(check(FOUR, Some("äöü"), &plain), "1204 String length exceeds DDL length");
    let truncating = Options { truncate_columns: true, ..Options::default() };
    assert_eq!(check(FOUR, Some("aäöü"), &truncating), "aä");
}

#[test]
fn text_is_escaped_and_null_is_not_text() {
    let plain = Options::default();
    assert_eq!(check(FOUR, Some("\\\t\n"), &plain), "\\\\\\t\\n");
    assert_eq!(check(FOUR, None, &plain), "\\N");
    assert_eq!(check(FOUR, Some(""), &plain), "");
    assert_eq!(check(FOUR, Some(""), &Options { empty_as_null: true, ..Options::default() }), "\\N");
    assert_eq!(check(FOUR, Some("  "), &Options { blanks_as_null: true, ..Options::default() }), "\\N");
    assert_eq!(check(ColumnKind::Integer, Some(""), &plain), "\\N");
}

#[test]
fn a_null_for_a_not_null_column_takes_the_default_or_is_refused() {
    let mut column =
        Column { name: "c".to_owned(), kind: FOUR, not_null: true, default: Some("none".to_owned()) };
    let mut out = Vec::new();
    assert_eq!(write(&column, None, &Options::default(), &mut out), Ok(()));
    assert_eq!(out, b"none");
    column.default = None;
    assert_eq!(write(&column, None, &Options::default(), &mut out).expect_err("refused").code, 1213);
}

#[test]
fn dates_and_times_follow_the_formats() {
    let plain = Options::default();
    let auto = Options { time_format: TimeFormat::Auto, date_format: DateFormat::Auto, ..Options::default() };
    assert!(check(ColumnKind::Timestamp, Some("2015-07-01T00:00:00Z"), &plain).starts_with("1206"));
    assert_eq!(check(ColumnKind::Timestamp, Some("2015-07-01T00:00:00Z"), &auto), "2015-07-01 00:00:00");
    assert_eq!(
        check(ColumnKind::TimestampTz, Some("2015-07-01T02:00:00+02:00"), &auto),
        "2015-07-01 00:00:00+00"
    );
    assert!(check(ColumnKind::Date, Some("01.07."), &auto).starts_with("1205"));
    let any = Options { accept_any_date: true, ..Options::default() };
    assert_eq!(check(ColumnKind::Date, Some("never"), &any), "\\N");
}

#[test]
fn a_date_is_ten_characters_of_one_format_unless_auto_reads_it() {
    let plain = Options::default();
    let auto = Options { date_format: DateFormat::Auto, ..Options::default() };
    let short = "1205 Invalid Date Format - length must be 10 or more";
    let other = "1205 Invalid Date Format [YYYY-MM-DD]";
    for (value, default, recognised) in [
        ("2015-07-01", "2015-07-01", "2015-07-01"),
        ("20150701", short, "2015-07-01"),
        ("2015-7-1", short, "2015-07-01"),
        ("2015-07-1 ", short, "2015-07-01"),
        ("2015/07/01", other, "2015-07-01"),
        ("07/01/2015", other, "2015-07-01"),
        ("2015-07-01T10:20:30Z", other, "2015-07-01"),
        ("2015-07-01 10:20:30", other, "2015-07-01"),
        ("2015-13-01", other, "1205 Invalid Date Format [auto]"),
    ] {
        assert_eq!(check(ColumnKind::Date, Some(value), &plain), default, "{value}");
        assert_eq!(check(ColumnKind::Date, Some(value), &auto), recognised, "{value} with auto");
    }
    let pattern = Options {
        date_format: DateFormat::Pattern(pattern::Pattern::parse("MM/DD/YYYY").expect("it is one")),
        ..Options::default()
    };
    assert_eq!(
        check(ColumnKind::Date, Some("2015-07-01"), &pattern),
        "1205 Invalid Date Format [MM/DD/YYYY]"
    );
}

#[test]
fn a_moment_that_is_refused_is_told_the_format_that_it_missed() {
    let plain = Options::default();
    assert_eq!(
        check(ColumnKind::TimestampTz, Some("2015-07-01T10:20:30Z"), &plain),
        "1206 Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SSOF]"
    );
    let format = "MM/DD/YYYY HH:MI:SS AM";
    let pattern = Options {
        time_format: TimeFormat::Pattern(pattern::Pattern::parse(format).expect("it is one")),
        ..Options::default()
    };
    assert_eq!(
        check(ColumnKind::Timestamp, Some("6/20/2017"), &pattern),
        "1206 Invalid timestamp format or value [MM/DD/YYYY HH:MI:SS AM]"
    );
}

#[test]
fn years_go_from_bc_to_far_beyond_9999_where_a_format_can_say_them() {
    let auto = Options { time_format: TimeFormat::Auto, date_format: DateFormat::Auto, ..Options::default() };
    assert_eq!(check(ColumnKind::Date, Some("Jan-08-95 BC"), &auto), "0095-01-08 BC");
    assert_eq!(check(ColumnKind::TimestampTz, Some("Jan-08-95 BC"), &auto), "0095-01-08 00:00:00+00 BC");
    // Milliseconds where seconds were meant: Redshift goes on to the year 294276.
    let seconds = Options { time_format: TimeFormat::EpochSeconds, ..Options::default() };
    assert_eq!(check(ColumnKind::Timestamp, Some("1435746030000"), &seconds), "47466-12-24 21:40:00");
    assert!(check(ColumnKind::Timestamp, Some("14357460300000"), &seconds).starts_with("1206"));
    assert_eq!(check(ColumnKind::Timestamp, Some("-63000000000"), &seconds), "0028-08-11 08:00:00 BC");
}

#[test]
fn a_day_has_24_hours_and_its_end_is_a_time() {
    let plain = Options::default();
    assert_eq!(check(ColumnKind::Time, Some("24:00:00"), &plain), "24:00:00");
    assert_eq!(check(ColumnKind::TimeTz, Some("24:00:00+02"), &plain), "24:00:00+02:00");
    assert!(check(ColumnKind::Time, Some("24:00:01"), &plain).starts_with("1206"));
    assert!(check(ColumnKind::Time, Some("24:00:00.5"), &plain).starts_with("1206"));
}

#[test]
fn booleans_have_ten_spellings() {
    assert_eq!(check(ColumnKind::Boolean, Some("YES"), &Options::default()), "t");
    assert_eq!(check(ColumnKind::Boolean, Some("0"), &Options::default()), "f");
    assert_eq!(check(ColumnKind::Boolean, Some("maybe"), &Options::default()), "1210 Unknown boolean format");
}
