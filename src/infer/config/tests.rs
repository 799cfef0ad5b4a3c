use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::infer::json;
use crate::model::ident::Ident;
use crate::source::table_config;

fn target() -> TargetTable {
    TargetTable { schema: Ident::new("api").unwrap(), table: Ident::new("hits").unwrap() }
}

fn draft(rows: &str, file_date: Option<&str>) -> Draft {
    let empty = Draft {
        target: target(),
        sample: "api_hits.json (json): some rows".to_owned(),
        file_date: file_date.map(|date| DataDate::parse(date).unwrap()),
        rows: 0,
        columns: Vec::new(),
        remarks: Vec::new(),
        meta: Vec::new(),
    };
    empty.of_sample(&json::sample(rows.as_bytes(), true), Origin::Json, By::Name).unwrap()
}

#[test]
fn a_config_says_what_was_guessed_and_why() {
    let rows = r#"{"id": 1, "day": "2015-07-01T00:00:00Z", "price": 1.50, "user": "ada"}
        {"id": 2, "day": "2015-07-01T00:00:00Z", "price": 12.25, "tags": ["a"], "at": "2015-07-02"}"#;
    expect![[r##"
        # A first table config for api.hits, inferred from api_hits.json (json): some rows.
        # A sample says nothing of the rest of the data, nor of tomorrow's: look at every line, then run `plan --check-data`.
        # To decide:
        # - datadatecolumn: `day` has the date of the file's name in every row of the sample; `at` is null in some rows
        # - primarykey: none is set; without a null and with no value twice: `id`
        # - distkey, sortord: none is set, so that Redshift's AUTO chooses both
        # - notnull: nothing is, even where the sample has no null
        hits:
          dest: hits
          columns:
            - {dest: id, type: bigint}  # 2 of 2 values are whole numbers, 1 to 2; never null
            - {dest: day, type: timestamptz}  # 2 of 2 values are moments with an offset, 2015-07-01 00:00:00Z to 2015-07-01 00:00:00Z; never null
            - {dest: price, type: "decimal(18,2)"}  # 2 of 2 values are numbers with 2 places, zeros at their end included; up to 2 digits before the point; never null
            - {dest: user, type: text}  # longest value 3 bytes; absent in 1 of 2
              # ! `user` is a reserved word: queries write it in quotes
            - {dest: tags, type: super}  # 1 of 1 values are objects or arrays; absent in 1 of 2
            - {dest: at, type: date}  # 1 of 1 values are dates, 2015-07-02 to 2015-07-02; absent in 1 of 2
          meta:
            schema: api
            datadatecolumn: day  # a guess: it has the date of the file's name in every row of the sample
    "##]].assert_eq(&draft(rows, Some("2015-07-01T00:00:00Z")).yaml());
}

#[test]
fn without_a_column_for_the_data_date_the_config_says_so_and_is_refused_until_there_is_one() {
    let yaml = draft(r#"{"id": 1}"#, None).yaml();
    assert!(yaml.contains("# datadatecolumn: which column? None can hold dates."), "{yaml}");
    let refused = table_config::parse(&yaml, &target()).unwrap_err().to_string();
    assert!(refused.contains("`meta.datadatecolumn` is missing"), "{refused}");
}

#[test]
fn more_fields_than_a_table_has_columns_are_refused() {
    let row: Vec<String> = (0..=COLUMNS).map(|n| format!("\"k{n}\": 1")).collect();
    let sample = json::sample(format!("{{{}}}", row.join(",")).as_bytes(), true);
    let empty = Draft { columns: Vec::new(), ..draft("{\"a\": 1}", None) };
    let refused = empty.of_sample(&sample, Origin::Json, By::Name).unwrap_err().to_string();
    assert!(
        refused.starts_with("has 1,601 fields, and a Redshift table has at most 1600 columns"),
        "{refused}"
    );
}

proptest! {
    #[test]
    fn our_own_reader_takes_what_is_written(keys in prop::collection::btree_map("\\PC{1,12}|[a-z:#'\"{} ,-]{1,6}|true|no|404|1e3", 0..4_usize, 1..9)) {
        let values = ["1", "\"x\"", "1.25", "[1]"];
        let pairs: Vec<String> = keys
            .iter()
            .map(|(key, value)| format!("{}: {}", serde_json::to_string(key).unwrap(), values[*value]))
            .collect();
        let row = format!("{{\"day\": \"2015-07-01\", {}}}", pairs.join(", "));
        let draft = draft(&row, None);
        let spec = table_config::parse(&draft.yaml(), &target()).map_err(|error| TestCaseError::fail(format!("{error}\n{}", draft.yaml())))?;
        let wanted: Vec<String> = draft.columns.iter().map(|column| column.dest.to_ascii_lowercase()).collect();
        let read: Vec<String> = spec.columns.iter().map(|column| column.name.to_string()).collect();
        prop_assert_eq!(read, wanted);
        prop_assert!(spec.passed_over.is_empty());
    }
}
