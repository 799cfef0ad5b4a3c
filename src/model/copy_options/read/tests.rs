use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::model::copy_options::option::Argument;

/// The option as COPY would have it, or the sentence about it.
fn told(text: &str) -> String {
    match option(text) {
        Ok(option) => match option.argument() {
            None => option.word().to_string(),
            Some(argument) => format!("{} {argument:?}", option.word()),
        },
        Err(problem) => problem,
    }
}

#[test]
fn options_are_read_with_their_arguments() {
    let table = [
        "ACCEPTANYDATE",
        "AcceptInvChars",
        "ACCEPTINVCHARS AS '^'",
        "ACCEPTINVCHARS'^'",
        "compupdate",
        "COMPUPDATE off",
        "COMPUPDATE PRESET",
        "COMPROWS 1000000",
        "DATEFORMAT 'MM/DD/YYYY'",
        "dateformat as 'auto'",
        "ENCODING utf16le",
        "ENCODING AS 'UTF16'",
        "FIXEDWIDTH 'id:3, name:10'",
        "NULL AS ''",
        "NULL 'it''s'",
        r"NULL AS '\N'",
        r"NULL AS '\000'",
        "QUOTE AS '%'",
        "  TIMEFORMAT   'epochmillisecs'  ",
        "SERIALIZETOJSON",
    ];
    let read: Vec<String> = table.iter().map(|text| told(text)).collect();
    expect![[r#"
        ACCEPTANYDATE
        ACCEPTINVCHARS
        ACCEPTINVCHARS Text("^")
        ACCEPTINVCHARS Text("^")
        COMPUPDATE Word("ON")
        COMPUPDATE Word("OFF")
        COMPUPDATE Word("PRESET")
        COMPROWS Number(1000000)
        DATEFORMAT Text("MM/DD/YYYY")
        DATEFORMAT Text("auto")
        ENCODING Word("UTF16LE")
        ENCODING Word("UTF16")
        FIXEDWIDTH Text("id:3,name:10")
        NULL AS Text("")
        NULL AS Text("it's")
        NULL AS Text("\\N")
        NULL AS Text("\\000")
        QUOTE AS Text("%")
        TIMEFORMAT Text("epochmillisecs")
        SERIALIZETOJSON"#]]
    .assert_eq(&read.join("\n"));
}

#[test]
fn what_is_no_option_or_no_argument_is_told() {
    let table = [
        "",
        "ESCAPES",
        "DROP TABLE t",
        "ESCAPE REMOVEQUOTES",
        "ESCAPE; DROP TABLE t",
        "NULL AS",
        "NULL AS none",
        "NULL AS 'a",
        "NULL AS 'a' ESCAPE",
        r"NULL AS '\n'",
        "QUOTE ''",
        "QUOTE 'ab'",
        "QUOTE 'ä'",
        "ENCODING LATIN1",
        "COMPROWS 10",
        "COMPUPDATE MAYBE",
        "FIXEDWIDTH ''",
        "FIXEDWIDTH 'id'",
        "FIXEDWIDTH 'id:0'",
        "FIXEDWIDTH 'a''b:3'",
        "MAXERROR 100001",
        "IGNOREALLERRORS",
        "NOLOAD",
        "STATUPDATE ON",
        "TRUNCATECOLUMNS",
        "GZIP",
        "FORMAT AS JSON 'auto'",
        "IAM_ROLE 'arn:aws:iam::1:role/x'",
    ];
    let read: Vec<String> = table.iter().map(|text| told(text).replace("`copy_options`: ", "")).collect();
    expect![[r#"
        `` is not an option of COPY
        `ESCAPES` is not an option of COPY, did you mean ESCAPE?
        `DROP TABLE t` is not an option of COPY
        ESCAPE wants nothing behind it
        `; DROP TABLE t` stands behind ESCAPE; write each option in a text of its own
        NULL AS wants a text between single quotes, such as 'NULL', at most 1000 bytes without control characters
        NULL AS wants a text between single quotes, such as 'NULL', at most 1000 bytes without control characters
        the text behind NULL AS has no closing quote
        `ESCAPE` stands behind NULL AS; write each option in a text of its own
        NULL AS wants another text than a line feed, which ends the row
        QUOTE AS wants one ASCII character between single quotes, such as '%'
        QUOTE AS wants one ASCII character between single quotes, such as '%'
        QUOTE AS wants one ASCII character between single quotes, such as '%'
        ENCODING wants UTF8, UTF16, UTF16LE, UTF16BE or ISO88591
        COMPROWS wants a number from 1000 to 2147483647
        COMPUPDATE wants PRESET, ON or OFF
        FIXEDWIDTH wants the fields in their order between single quotes, such as 'id:3,name:10', at most 1600
        FIXEDWIDTH wants the fields in their order between single quotes, such as 'id:3,name:10', at most 1600
        FIXEDWIDTH wants the fields in their order between single quotes, such as 'id:3,name:10', at most 1600
        FIXEDWIDTH wants the fields in their order between single quotes, such as 'id:3,name:10', at most 1600
        MAXERROR wants a number up to 100000: fewer rows than it are skipped
        IGNOREALLERRORS cannot be given, rows that COPY refuses would be skipped without a limit, which MAXERROR has; remove it
        NOLOAD cannot be given, nothing would be loaded, and the ledger would say that it was; remove it
        STATUPDATE cannot be given, `meta.statupdate` of the table config says it; remove it
        TRUNCATECOLUMNS cannot be given, `meta.cuts` of the table config says what happens to values that do not fit; remove it
        GZIP cannot be given, the suffix of the file says it; remove it
        FORMAT cannot be given, the field `format` says it; remove it
        IAM_ROLE cannot be given, REDSHIFT_ROLE_ARN or `meta.role` of the table config says it; remove it"#]].assert_eq(&read.join("\n"));
}

proptest! {
    #[test]
    fn no_text_panics_or_gives_an_argument_that_is_not_quoted(
        text in prop_oneof![
            any::<String>(),
            "(?i)(null as|quote|dateformat|timeformat|acceptinvchars|encoding|fixedwidth|comprows|compupdate|escape) ?(as )?['a-z0-9:,; \\\\\n-]{0,12}",
        ],
    ) {
        if let Ok(read) = option(&text) {
            match read.argument() {
                // Whoever writes SQL quotes it; nothing that a quote could hide is in it.
                Some(Argument::Text(text)) => prop_assert!(!text.contains(char::is_control)),
                Some(Argument::Word(word)) => prop_assert!(word.bytes().all(|byte| byte.is_ascii_alphanumeric())),
                Some(Argument::Number(_)) | None => {}
            }
        }
    }
}
