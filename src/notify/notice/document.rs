//! The JSON Schema of a notice, for those who read them. `UPDATE_EXPECT=1 cargo test document` writes it anew.

use expect_test::expect_file;
use serde_json::json;

use super::{Event, Notice};
use crate::model::ident::Ident;
use crate::model::target_table::TargetTable;

/// Each field, its rule, and what it says.
const FIELDS: [(&str, &str, &str); 12] = [
    (
        "event",
        r#""enum": ["loaded", "skipped", "refused", "parked"]"#,
        "What became of the table: `parked` failed and its message is in the dead-letter queue; `refused` failed for good, and its message is still in the queue.",
    ),
    ("load_id", TEXT, "The load: that of the ledger, or the attempt that failed."),
    ("message_id", r#""type": "string""#, "The message of the queue."),
    ("schema", TEXT, "Null, as `table`, when the message cannot be understood and names none."),
    ("table", TEXT, "The target table."),
    (
        "data_date",
        r#""type": ["string", "null"], "format": "date-time""#,
        "The data date of the file, where it is known.",
    ),
    ("rows", NUMBER, "Rows that COPY has loaded; null unless `loaded`."),
    ("bytes", NUMBER, "Bytes of the files as stored; null unless `loaded`."),
    ("source", TEXT, "The data file or the producer's manifest; null unless `loaded`."),
    ("kind", TEXT, "The class of the failure, or why it was skipped; null when `loaded`."),
    ("reason", TEXT, "The same in a sentence, of 4 KiB at most; null when `loaded`."),
    ("at", r#""type": "string", "format": "date-time""#, "When the message was settled."),
];

const TEXT: &str = r#""type": ["string", "null"]"#;
const NUMBER: &str = r#""type": ["integer", "null"], "minimum": 0"#;

/// One that was loaded, and one that was not.
fn example() -> [Notice; 2] {
    let ident = |name| Ident::new(name).unwrap();
    let loaded = Notice {
        event: Event::Loaded,
        load_id: Some("0198f2a4-4c1e-7b5e-9d3a-0c8f0a3e6b11".to_owned()),
        message_id: "5fea7756-0ea4-451a-a703-a558b933e274".to_owned(),
        target: Some(TargetTable { schema: ident("api_hits"), table: ident("pages") }),
        data_date: Some("2015-07-01T00:00:00Z".to_owned()),
        rows: Some(842),
        bytes: Some(31_415),
        source: Some("s3://analytics/api_hits_pages_2015-07-01T00:00:00Z.json.gz".to_owned()),
        kind: None,
        reason: None,
        at: "2015-07-01T00:05:12.345Z".to_owned(),
    };
    let parked = Notice {
        event: Event::Parked,
        data_date: None,
        rows: None,
        bytes: None,
        source: None,
        kind: Some("data_rejected"),
        reason: Some("COPY of s3://analytics/api_hits_pages_2015-07-01T00:00:00Z.json.gz into api_hits.pages failed: …".to_owned()),
        ..loaded.clone()
    };
    [loaded, parked]
}

fn schema() -> String {
    let names = FIELDS.map(|(name, ..)| json!(name).to_string()).join(", ");
    let properties = FIELDS.map(|(name, rule, says)| {
        format!("    {}: {{ \"description\": {}, {rule} }}", json!(name), json!(says))
    });
    let examples = example().map(|notice| format!("    {}", notice.body())).join(",\n");
    format!(
        r#"{{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Notice of s3-to-redshift",
  "description": "What became of one table of a message, as it is sent to NOTIFY_URL, mostly in order. A notice may be lost or come twice: the ledger is the record. Later versions may add fields.",
  "type": "object",
  "required": [{names}],
  "properties": {{
{properties}
  }},
  "examples": [
{examples}
  ]
}}
"#,
        properties = properties.join(",\n")
    )
}

#[test]
fn the_json_schema_has_every_field_of_a_notice_in_its_order() {
    let schema = schema();
    serde_json::from_str::<serde_json::Value>(&schema).unwrap();
    for notice in example() {
        let body = notice.body();
        let places = FIELDS.map(|(name, ..)| body.find(&format!("\"{name}\":")).expect(name));
        assert!(places.is_sorted(), "{body}");
        let value: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(value.as_object().unwrap().len(), FIELDS.len());
    }
    expect_file!["../../../deploy/notice.schema.json"].assert_eq(&schema);
}
