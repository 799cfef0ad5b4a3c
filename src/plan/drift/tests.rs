use super::*;
use crate::model::target_table::TargetTable;
use crate::source::head::keys::Keys;
use crate::source::table_config;

const CONFIG: &str = "
pages:
  dest: pages
  columns:
    - {dest: id, type: bigint}
    - {dest: time, type: timestamp}
  meta: {schema: api_hits, datadatecolumn: time}
";

fn spec(config: &str) -> TableSpec {
    let target = TargetTable { schema: Ident::new("api_hits").unwrap(), table: Ident::new("pages").unwrap() };
    table_config::parse(config, &target).unwrap()
}

fn uri(key: &str) -> ObjectUri {
    ObjectUri::parse(&format!("s3://b/{key}")).unwrap()
}

fn drift(config: &str, heads: &[&str]) -> Option<Drift> {
    let mut keys = Keys::default();
    for (number, head) in heads.iter().enumerate() {
        keys.look(number, head.as_bytes());
    }
    let files = (0..heads.len()).map(|number| uri(&format!("part-{number}"))).collect();
    Drift::of_keys(&SeenKeys { keys, files, unseen: None, odd: None }, &spec(config))
}

#[test]
fn files_that_the_config_knows_have_no_drift() {
    assert_eq!(drift(CONFIG, &[r#"{"id": 1, "time": "2015-07-01"}"#, "{}"]), None);
}

#[test]
fn a_field_for_a_column_that_redshift_numbers_is_told_as_that() {
    let config = CONFIG.replace("  meta:", "    - {dest: n, type: int, identity: true}\n  meta:");
    let found = drift(&config, &[r#"{"id": 1, "n": 7}"#]).unwrap();
    assert_eq!(
        found.sentence(&uri("part-0")),
        "fields of s3://b/part-0 that the table config lacks are dropped by COPY (1): `n` (an identity column, which Redshift fills)"
    );
    assert_eq!(found.refusals(), ["has the field `n`, whose column is an identity, which Redshift fills"]);
}

#[test]
fn the_sentence_names_the_fields_their_files_and_the_lines_that_would_take_them() {
    let found = drift(CONFIG, &[r#"{"id": 1, "user": {"a": 1}}"#, r#"{"on": 1, "it's": "x"}"#]).unwrap();
    assert_eq!(
        found.sentence(&uri("part-0")),
        "fields of s3://b/part-0 that the table config lacks are dropped by COPY (3): `user`, `on` (first in s3://b/part-1), `it's` (first \
         in s3://b/part-1); to load them, add to `columns` of the table config: - {dest: user, type: super} - {dest: 'on', type: bigint} \
         - {dest: 'it''s', type: longtext}"
    );
}

#[test]
fn the_lines_are_yaml_that_the_config_takes() {
    let found =
        drift(CONFIG, &[r#"{"on": 1, "it's": "x", "a: b": true, "12": null, "größe": 2.5}"#]).unwrap();
    let lines: Vec<String> = found.config_lines().iter().map(|line| format!("    {line}\n")).collect();
    let longer = CONFIG.replace("  meta:", &format!("{}  meta:", lines.concat()));
    let names: Vec<String> = spec(&longer).columns.iter().map(|column| column.name.to_string()).collect();
    assert_eq!(names, ["id", "time", "on", "it's", "a: b", "12", "größe"]);
    assert_eq!(drift(&longer, &[r#"{"on": 1, "it's": "x", "a: b": true, "12": null, "größe": 2.5}"#]), None);
}

#[test]
fn a_key_that_differs_in_case_only_is_told_as_that() {
    let found = drift(CONFIG, &[r#"{"ID": 1, "Time": "x"}"#]).unwrap();
    assert!(found.sentence(&uri("part-0")).contains("`ID` (the column `id` but for the case"), "{found:?}");
    assert_eq!(found.config_lines(), Vec::<String>::new());
    // With capitals in the config COPY minds no case.
    assert_eq!(drift(&CONFIG.replace("dest: id", "dest: Id"), &[r#"{"ID": 1, "Time": "x"}"#]), None);
}

#[test]
fn with_rescue_a_key_is_known_as_the_config_spells_it() {
    let rescue = CONFIG.replace("dest: id", "dest: Id").replace("time}\n", "time, drift: rescue}\n");
    assert_eq!(drift(&rescue, &[r#"{"Id": 1, "time": "x"}"#]), None);
    let found = drift(&rescue, &[r#"{"id": 1, "_rescued": 2}"#]).unwrap();
    assert!(found.are_rescued);
    assert_eq!(found.names(100), "id, _rescued");
}

#[test]
fn what_people_are_told_is_bounded_and_says_how_much_more_there_is() {
    let head: String = (0..500).map(|number| format!("{{\"{}{number}\": 1}}", "k".repeat(5_000))).collect();
    let found = drift(CONFIG, &[&head]).unwrap();
    // Names that are the same as far as they are kept are one.
    assert_eq!(found.count, 1);
    let head: String = (0..500).map(|number| format!("{{\"{}{number}\": 1}}", "k".repeat(500))).collect();
    let found = drift(CONFIG, &[&head]).unwrap();
    assert_eq!(found.count, 500);
    assert!(found.sentence(&uri("part-0")).len() < 4_000);
    assert!(found.names(10_000).ends_with(" and 480 more"));
    assert!(found.names(300).len() <= 300);
    assert_eq!(found.refusals().len(), TOLD + 1);
    assert_eq!(found.config_lines(), Vec::<String>::new());
}

#[test]
fn a_refusal_names_the_file_of_each_field() {
    let found = drift(CONFIG, &[r#"{"id": 1, "a": 1}"#, r#"{"b": 1}"#]).unwrap();
    assert_eq!(
        found.refusals(),
        [
            "has the field `a`, which the table config lacks (this line takes it: - {dest: a, type: bigint})",
            "has the field `b` (first in s3://b/part-1), which the table config lacks (this line takes it: - {dest: b, type: bigint})",
        ]
    );
}

#[test]
fn more_names_than_are_counted_are_told_as_that() {
    let head: String = (0..3_000).map(|number| format!("{{\"k{number}\": 1}}")).collect();
    assert!(drift(CONFIG, &[&head]).unwrap().names(10_000).contains(" and at least "));
}
