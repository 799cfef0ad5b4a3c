use proptest::prelude::*;

use super::*;
use crate::infer::choose::{Origin, choose};

fn told(start: &[u8], is_whole: bool) -> String {
    let Sample { fields, rows, remarks, .. } = sample(start, is_whole);
    let types: Vec<String> = fields
        .iter()
        .map(|(name, seen)| format!("{name} {}", choose(seen, rows, Origin::Json).type_word))
        .collect();
    let remarks: String = remarks.iter().map(|remark| format!("; {remark}")).collect();
    format!("{rows}: {}{remarks}", types.join(", "))
}

#[test]
fn keys_are_fields_in_the_order_in_which_they_are_met() {
    assert_eq!(
        told(b"{\"id\": 1, \"o\": {\"x\": [1]}}\n{\"new\": \"a\\u0062\", \"id\": null}", true),
        "2: id bigint, o super, new text"
    );
    assert_eq!(told(b"{} {}\n", true), "2: ");
}

#[test]
fn a_row_that_is_cut_is_left_out_whole() {
    assert_eq!(told(b"{\"id\": 1}\n{\"id\": \"x\", \"cut\": \"a", false), "1: id bigint");
    let whole = told(b"{\"id\": 1}\n{\"id\": \"x\", \"cut\": \"a", true);
    assert_eq!(whole, "1: id bigint; 1 row no JSON and passed over, the first in line 2: COPY refuses such");
}

#[test]
fn rows_that_are_no_json_are_told_with_the_first_line() {
    assert_eq!(
        told(b"{\"id\": 1}\nnot json\n{\"id\": 2.5}\n{\"id\": \xff}\n{\"id\": 3}\n", true),
        "3: id float; 2 rows no JSON and passed over, the first in line 2: COPY refuses such"
    );
    assert_eq!(
        told(b"[1, 2]\n[3]\n", true),
        "0: ; 2 rows of arrays, whose values have no names: COPY finds them by `json_paths` only"
    );
}

#[test]
fn what_copy_will_choke_on_is_told() {
    assert!(told(br#"{"a": 1, "a": 2}"#, true).contains("a key stands twice"));
    assert!(told(br#"{"a": "\ud800"}"#, true).contains("half of a surrogate pair"));
    let nul = sample(br#"{"a": "\u0000"}"#, true);
    assert_eq!(nul.fields["a"].with_nul, 1);
    let deep = format!("{{\"a\": {}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(sample(deep.as_bytes(), true).fields["a"].deepest, 5_000);
}

#[test]
fn names_are_bounded() {
    let wide: String = (0..3_000).map(|n| format!("{{\"k{n}\": 1}}\n")).collect();
    let wide = sample(wide.as_bytes(), true);
    assert!(wide.has_more_fields && wide.fields.len() < 3_000);
    let long = format!("{{\"{}\": 1}}", "ä".repeat(10_000));
    assert!(sample(long.as_bytes(), true).fields.keys().all(|name| name.len() <= 1_024));
}

proptest! {
    #[test]
    fn the_order_of_the_rows_does_not_matter(mut rows in prop::collection::vec(row(), 0..12), seed: u64) {
        let types = |rows: &[String]| {
            let sample = sample(rows.concat().as_bytes(), true);
            let mut types: Vec<String> = sample
                .fields
                .iter()
                .map(|(name, seen)| format!("{name} {:?}", choose(seen, sample.rows, Origin::Json)))
                .collect();
            types.sort();
            types
        };
        let before = types(&rows);
        fastrand::Rng::with_seed(seed).shuffle(&mut rows);
        prop_assert_eq!(types(&rows), before);
    }

    #[test]
    fn no_bytes_make_it_panic(start in prop_oneof![any::<Vec<u8>>(), r#"[\{\}\[\]",:a1\\un ]{0,60}"#.prop_map(String::into_bytes)], is_whole: bool) {
        sample(&start, is_whole);
    }
}

fn row() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("null".to_owned()),
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,2})?",
        "\"(2015-07-01|x|1|true|)\"",
        "(true|false|\\[1\\])"
    ];
    prop::collection::vec(("[ab]", value), 0..3).prop_map(|pairs| {
        let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
        format!("{{{}}}\n", pairs.join(", "))
    })
}
