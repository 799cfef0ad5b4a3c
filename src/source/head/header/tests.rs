use proptest::prelude::*;

use super::*;

const CSV: Dialect<'static> = Dialect { delimiter: ",", quoting: Quoting::Doubled('"') };
const UNLOADED: Dialect<'static> =
    Dialect { delimiter: "|", quoting: Quoting::Marks { escape: true, remove_quotes: true } };

fn header(start: &[u8], line: u64, dialect: &Dialect<'_>) -> String {
    match names(start, true, line, Encoding::Utf8, dialect) {
        Ok(names) => names.join("/"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn csv_headers_are_read_as_their_writers_write_them() {
    let cases: [(&str, &str); 10] = [
        ("id,name\n1,a\n", "id/name"),
        // Excel, and Snowflake's "CSV for Excel".
        ("\u{feff}id,name\r\n1,a\r\n", "id/name"),
        ("\u{feff}\"id\",\"name\"\r\n", "id/name"),
        ("id , name\n", "id/name"),
        ("id, \"full name\" ,x\n", "id/full name/x"),
        (r#""a ""b"" c",d"#, r#"a "b" c/d"#),
        ("\"a,b\",c\n", "a,b/c"),
        ("id,,name,\n", "id//name/"),
        ("a\"b,c\n", "a\"b/c"),
        ("\"a,b\n", "has a quotation mark in its header that is not closed"),
    ];
    for (text, expected) in cases {
        assert_eq!(header(text.as_bytes(), 1, &CSV), expected, "{text:?}");
    }
}

#[test]
fn delimiters_and_quotation_marks_are_those_of_the_dialect() {
    let of = |delimiter: &'static str, quote: char| Dialect { delimiter, quoting: Quoting::Doubled(quote) };
    assert_eq!(header(b"id;name;1,5\n", 1, &of(";", '"')), "id/name/1,5");
    assert_eq!(header(b"id\t\tname\n", 1, &of("\t", '"')), "id//name");
    assert_eq!(header(b"%a,b%,c\n", 1, &of(",", '%')), "a,b/c");
    assert_eq!(header(b"id|~|na|me\n", 1, &of("|~|", '"')), "id/na|me");
}

#[test]
fn unload_writes_backslashes_and_quotes_around_names() {
    for (text, expected) in [
        ("id|name", "id/name"),
        (r#""id"|"na|me""#, "id/na|me"),
        (r"a\|b|c\\d", r"a|b/c\d"),
        (r#"'id'|"it\"s""#, "id/it\"s"),
        (r#"a"b|c"#, "a\"b/c"),
        (r#""id|name"#, "has a quotation mark in its header that is not closed"),
    ] {
        assert_eq!(header(text.as_bytes(), 1, &UNLOADED), expected, "{text}");
    }
    let plain = Dialect { delimiter: "|", quoting: Quoting::Marks { escape: false, remove_quotes: false } };
    assert_eq!(header(br#""id"|a\b"#, 1, &plain), r#""id"/a\b"#);
}

#[test]
fn the_last_skipped_line_is_the_header() {
    assert_eq!(header(b"# export\nof today\nid,name\n1,a\n", 3, &CSV), "id/name");
    assert_eq!(header(b"id,name", 1, &CSV), "id/name");
    assert_eq!(header(b"id,name\n", 2, &CSV), "has fewer than the 2 lines that `ignore_header` skips");
    assert_eq!(header(b"", 1, &CSV), "has fewer than the 1 lines that `ignore_header` skips");
    assert_eq!(names(b"id,na", false, 1, Encoding::Utf8, &CSV), Err(NoHeader::LongerThanHead));
    assert_eq!(names(b"id,na\n", false, 3, Encoding::Utf8, &CSV), Err(NoHeader::LongerThanHead));
}

#[test]
fn encodings_are_those_that_copy_is_told() {
    let wide = |order: fn(u16) -> [u8; 2]| "\u{feff}id,größe\r\n1,2".encode_utf16().flat_map(order).collect();
    let (little, big): (Vec<u8>, Vec<u8>) = (wide(u16::to_le_bytes), wide(u16::to_be_bytes));
    let expected = Ok(vec!["id".to_owned(), "größe".to_owned()]);
    for (start, encoding) in [
        (little.as_slice(), Encoding::Utf16),
        (&big, Encoding::Utf16),
        (&little, Encoding::Utf16LittleEndian),
        (&big, Encoding::Utf16BigEndian),
        (b"id,gr\xf6\xdfe\n", Encoding::Iso88591),
    ] {
        assert_eq!(names(start, true, 1, encoding, &CSV), expected, "{encoding:?}");
    }
    assert_eq!(names(b"id,gr\xf6\n", true, 1, Encoding::Utf8, &CSV), Err(NoHeader::NotText("UTF-8")));
    // Rows are COPY's matter.
    assert_eq!(header(b"id,name\n\xff", 1, &CSV), "id/name");
    // A head that is cut within a character.
    let cut = "id,name\nä".as_bytes();
    assert!(names(&cut[..cut.len() - 1], false, 1, Encoding::Utf8, &CSV).is_ok());
}

#[test]
fn names_are_counted_before_they_are_taken() {
    let most = vec!["a"; NAMES].join(",");
    assert_eq!(names(most.as_bytes(), true, 1, Encoding::Utf8, &CSV).map(|names| names.len()), Ok(NAMES));
    let more = format!("{most},a");
    assert_eq!(names(more.as_bytes(), true, 1, Encoding::Utf8, &CSV), Err(NoHeader::TooManyColumns));
    assert_eq!(
        header(vec!["a"; NAMES + 1].join("|").as_bytes(), 1, &UNLOADED),
        "has more than 2000 columns in its header"
    );
}

proptest! {
    #[test]
    fn no_head_makes_it_panic(
        start in prop_oneof![any::<Vec<u8>>(), "[a,|\"'\\\\\r\né ]{0,40}".prop_map(String::into_bytes)],
        is_whole: bool, line in 0_u64..4,
    ) {
        for encoding in Encoding::ALL {
            for dialect in [CSV, UNLOADED] {
                drop(names(&start, is_whole, line, encoding, &dialect));
            }
        }
    }

    #[test]
    fn names_of_any_text_that_a_writer_of_csv_quotes_are_read_back(written in proptest::collection::vec("[a-zäß,\"; ]{1,8}", 1..6)) {
        let quoted: Vec<String> = written.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
        let read = names(quoted.join(",").as_bytes(), true, 1, Encoding::Utf8, &CSV).unwrap();
        let expected: Vec<&str> = written.iter().map(|name| name.trim()).collect();
        prop_assert_eq!(read, expected);
    }
}
