//! A second opinion: what `serde_yaml` writes is read back as it was.

use proptest::prelude::*;
use serde_yaml::Value;

use super::*;

/// Without the separators that end a line in YAML 1.1, which `serde_yaml` writes, and not in 1.2, which is read.
fn text() -> impl Strategy<Value = String> {
    let texts = prop_oneof!["[a-z0-9_.~:#,-]{0,8}", "\\PC{0,12}", "[ \t\n'\"\\\\{}\\[\\]&*!|>%@`]{0,6}"];
    texts.prop_filter("a line of YAML 1.1 ends", |text| !text.contains(['\u{85}', '\u{2028}', '\u{2029}']))
}

/// Texts, lists and maps within one another.
fn value() -> impl Strategy<Value = Value> {
    let leaf = text().prop_map(Value::String);
    leaf.prop_recursive(4, 40, 6, |inner| {
        let keys = text().prop_filter("a merge key is no key of its own", |key| key != "<<");
        let pairs = |map: std::collections::BTreeMap<String, Value>| {
            Value::Mapping(map.into_iter().map(|(key, value)| (Value::String(key), value)).collect())
        };
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Sequence),
            prop::collection::btree_map(keys, inner, 0..6).prop_map(pairs),
        ]
    })
}

/// The node as `serde_yaml` would hold it, all scalars as texts.
fn as_value(node: Node<'_>) -> Value {
    if let Some(scalar) = node.scalar() {
        return Value::String(scalar.text.to_owned());
    }
    if let Some(items) = node.items() {
        return Value::Sequence(items.map(as_value).collect());
    }
    let pairs = node.pairs().expect("what is no scalar and no list is a map");
    Value::Mapping(pairs.map(|(key, value)| (Value::String(key.text.to_owned()), as_value(value))).collect())
}

proptest! {
    #[test]
    fn what_serde_yaml_writes_is_read_as_it_was(value in value()) {
        let written = serde_yaml::to_string(&value).unwrap();
        let tree = read::read(&written);
        let tree = tree.map_err(|problems| TestCaseError::fail(format!("{problems:?} of {written}")))?;
        prop_assert_eq!(tree.root().map(as_value), Some(value), "{}", written);
    }

    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in "(?s).{0,200}") {
        drop(read::read(&text));
    }
}
