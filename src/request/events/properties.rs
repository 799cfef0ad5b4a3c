//! Whatever a message says, it is read or refused.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;

/// Names and texts that mean something here, and any others.
fn word() -> impl Strategy<Value = String> {
    let known = [
        "Records",
        "Event",
        "Type",
        "Message",
        "Notification",
        "detail-type",
        "source",
        "detail",
        "bucket",
        "object",
        "name",
        "key",
        "eventSource",
        "eventName",
        "s3",
        "size",
        "eTag",
        "versionId",
        "reason",
        "deletion-type",
        "aws:s3",
        "aws.s3",
        "s3:TestEvent",
        "ObjectCreated:Put",
        "Object Created",
        "schema",
        "tables",
        "%",
        "%zz",
        "+",
        "a/",
    ];
    prop_oneof![4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from);
        let pairs = prop::collection::vec((word(), inner.clone()), 0..6);
        let object = pairs.prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<String, Value>>()));
        let text = inner.prop_map(|value| Value::from(value.to_string()));
        prop_oneof![list, object, text]
    })
}

const REAL: [&str; 3] = [
    r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"raw"},"object":{"key":"dt%3D1/a+b.json","size":1024,"eTag":"d4","versionId":"09","sequencer":"00"}}}]}"#,
    r#"{"version":"0","detail-type":"Object Created","source":"aws.s3","detail":{"bucket":{"name":"raw"},"object":{"key":"k","size":5,"etag":"b1"},"reason":"PutObject"}}"#,
    r#"{"Type":"Notification","TopicArn":"arn","Message":"{\"Records\":[{\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"bucket\":{\"name\":\"raw\"},\"object\":{\"key\":\"k\"}}}]}"}"#,
];

/// What is read holds what it promises, and is the same when it is written again.
fn holds(body: &str) -> Result<(), TestCaseError> {
    let Ok(Content::Events(events)) = read(body) else { return Ok(()) };
    let files = events.iter().filter_map(|event| match event {
        Event::File(file) => Some(file),
        Event::NotData(_) => None,
    });
    let files: Vec<&AnnouncedFile> = files.collect();
    for file in &files {
        prop_assert!(
            !file.uri.key.is_empty() && file.uri.key.len() <= LONGEST_KEY && !file.uri.key.ends_with('/')
        );
        prop_assert!(!file.uri.bucket.contains('/'));
    }
    let again = read(&rewrite::notification_of(files.iter().copied()));
    let expected = Content::Events(files.into_iter().cloned().map(Event::File).collect());
    prop_assert_eq!(again.unwrap(), expected);
    Ok(())
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused(value in json()) {
        holds(&value.to_string())?;
    }

    #[test]
    fn a_real_message_with_some_bytes_changed_is_read_or_refused(
        real in prop::sample::select(REAL.to_vec()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
        is_cut: bool,
    ) {
        let mut bytes = real.as_bytes().to_vec();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        holds(&String::from_utf8_lossy(&bytes))?;
    }
}

#[test]
fn deep_nesting_is_refused() {
    for body in [
        format!(r#"{{"Records":{}"#, "[".repeat(100_000)),
        format!(r#"{{"Records":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000)),
        format!(
            r#"{{"detail-type":"Object Created","source":"aws.s3","detail":{}1{}}}"#,
            r#"{"object":"#.repeat(50_000),
            "}".repeat(50_000)
        ),
    ] {
        assert!(read(&body).is_err());
    }
}
