use proptest::prelude::{ProptestConfig, proptest};
use tokio::sync::mpsc;

use super::*;
use crate::copy::grammar::options::Options;

fn read(document: &str, shape: &Shape) -> String {
    let kind = ColumnKind::Varchar { length: 9 };
    let column = Column { name: "c".to_owned(), kind, not_null: false, default: None };
    match values(document, Some(shape), &[column.clone(), column]) {
        Ok(values) => format!("{values:?}"),
        Err(reject) => format!("{} {}", reject.code, reject.reason),
    }
}

fn by_paths(paths: [&str; 2]) -> Shape {
    let text = serde_json::json!({ "jsonpaths": paths }).to_string();
    Shape::of_paths(&paths::parse(text.as_bytes()).expect("they are in order").expect("they are there"))
}

#[test]
fn names_match_as_they_are_or_whatever_their_case() {
    let document = r#"{"B":1,"a":"x\ty","c":2}"#;
    let names = || ["a", "b"].into_iter();
    assert_eq!(read(document, &Shape::of_names(names(), false)), r#"[Some("x\ty"), None]"#);
    assert_eq!(read(document, &Shape::of_names(names(), true)), r#"[Some("x\ty"), Some("1")]"#);
    assert!(read("[1]", &Shape::of_names(names(), false)).starts_with("1216"));
}

#[test]
fn paths_reach_into_objects_and_arrays() {
    let document = r#"{"a":{"b":[10,{"c":"deep"}]},"b":null}"#;
    assert_eq!(read(document, &by_paths(["$.a.b[1].c", "$.b.c"])), r#"[Some("deep"), None]"#);
    assert_eq!(
        read(document, &by_paths(["$['a']['b']", "$['a']['b'][0]"])),
        r#"[Some("[10,{\"c\":\"deep\"}]"), Some("10")]"#
    );
    assert_eq!(read("[1, 2]", &by_paths(["$[1]", "$[0]"])), r#"[Some("2"), Some("1")]"#);
    assert_eq!(
        read("[1]", &by_paths(["$[1]", "$[0]"])),
        "1216 Invalid JSONPath format: Not an array or index out of range."
    );
    assert_eq!(
        read(document, &by_paths(["$.a.b.c", "$.b"])),
        "1216 Invalid JSONPath format: Member is not an object."
    );
}

const FOUR: ColumnKind = ColumnKind::Varchar { length: 4 };

/// What PostgreSQL gets for the one column `a`, or the load error.
fn loaded(document: &str, kind: ColumnKind, options: Options) -> String {
    let column = Column { name: "a".to_owned(), kind, not_null: false, default: None };
    let shape = Shape::of_names(["a"].into_iter(), false);
    let (batches_in, mut batches) = mpsc::channel(1);
    let mut sink = RowSink::new(vec![column], options, batches_in);
    match row("s3://b/k", 1, document, Some(&shape), &mut sink) {
        Ok(()) => {
            sink.finish().expect("somebody takes the batch");
            let batch = batches.blocking_recv().expect("there is a row");
            String::from_utf8_lossy(&batch).trim().to_owned()
        }
        Err(_) => {
            let error = sink.into_errors().remove(0);
            format!("{} {}", error.reject.code, error.reject.reason)
        }
    }
}

#[test]
fn a_number_passes_through_a_double_on_its_way_to_a_decimal_and_a_string_does_not() {
    let money = ColumnKind::Numeric { precision: 12, scale: 2 };
    let rounding = || Options { round_decimals: true, ..Options::default() };
    for (document, cut, rounded) in [
        (r#"{"a": 1.15}"#, "1.14", "1.15"),
        (r#"{"a": "1.15"}"#, "1.15", "1.15"),
        (r#"{"a": -8.41e0}"#, "-8.41", "-8.41"),
        (r#"{"a": -1.15}"#, "-1.14", "-1.15"),
        (r#"{"a": 1.005}"#, "1.00", "1.00"),
        (r#"{"a": "1.005"}"#, "1.00", "1.01"),
        (r#"{"a": 5e-324}"#, "0.00", "0.00"),
        (r#"{"a": 20.259}"#, "20.25", "20.26"),
        (
            r#"{"a": 1e400}"#,
            "1222 Numeric overflow, Value '1e400', Type: Decimal",
            "1222 Numeric overflow, Value '1e400', Type: Decimal",
        ),
    ] {
        assert_eq!(loaded(document, money, Options::default()), cut, "{document}");
        assert_eq!(loaded(document, money, rounding()), rounded, "{document} ROUNDEC");
    }
    let whole = ColumnKind::Numeric { precision: 18, scale: 0 };
    assert_eq!(loaded(r#"{"a": 9007199254740993}"#, whole, rounding()), "9007199254740992");
    assert_eq!(loaded(r#"{"a": "9007199254740993"}"#, whole, rounding()), "9007199254740993");
    // The page speaks of floating point values; an integer is none.
    assert_eq!(
        loaded(r#"{"a": 9007199254740993}"#, ColumnKind::BigInt, Options::default()),
        "9007199254740993"
    );
}

#[test]
fn a_document_is_an_object_or_an_array() {
    let shape = || Shape::of_names(["a"].into_iter(), false);
    let no_structure = "1216 Invalid JSON object: neither an object nor an array";
    for document in ["null", " null ", "1", "true", "\"a\""] {
        assert!(read(document, &shape()).starts_with("1216"), "{document}");
        assert_eq!(loaded(document, FOUR, Options::default()), no_structure, "{document}");
    }
    assert!(matches!(values("null", None, &[]), Err(reject) if reject.code == 1216));
    assert_eq!(read("{}", &shape()), "[None, None]");
}

#[test]
fn keys_that_differ_in_case_only_are_one_key_and_the_last_of_them_counts() {
    let names = || ["userId", "b"].into_iter();
    assert_eq!(read(r#"{"USERID":1,"userid":2}"#, &Shape::of_names(names(), true)), r#"[Some("2"), None]"#);
    assert_eq!(read(r#"{"USERID":1,"userId":2}"#, &Shape::of_names(names(), false)), r#"[Some("2"), None]"#);
    assert_eq!(
        read(r#"{"ÄB":1,"B":2}"#, &Shape::of_names(["äb", "b"].into_iter(), true)),
        r#"[Some("1"), Some("2")]"#
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_document_makes_it_panic(document in "([{}\\[\\],:]|\"[abé\\\\u0]{0,3}\"|null|1|true){0,12}") {
        drop(read(&document, &by_paths(["$.a[0].b", "$.a"])));
        drop(read(&document, &by_paths(["$[0]['a']", "$[2]"])));
        drop(read(&document, &Shape::of_names(["a", "b"].into_iter(), true)));
    }
}
