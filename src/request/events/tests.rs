use expect_test::{Expect, expect};
use serde_json::json;

use super::*;

/// What is read, a line for each event.
fn told(body: &str) -> String {
    match read(body) {
        Ok(Content::Load(request)) => format!("a load of {}", request.targets[0]),
        Ok(Content::Events(events)) if events.is_empty() => "nothing".to_owned(),
        Ok(Content::Events(events)) => events.iter().map(event).collect::<Vec<_>>().join("\n"),
        Err(invalid) => invalid.to_string(),
    }
}

fn event(event: &Event) -> String {
    match event {
        Event::File(AnnouncedFile { uri, size, etag, version_id, date: None }) => {
            let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            let size = size.map(|size| size.to_string());
            format!("{uri} {} {} {}", or_none(&size), or_none(etag), or_none(version_id))
        }
        Event::File(dated) => panic!("{dated:?}"),
        Event::NotData(what) => what.to_string(),
    }
}

fn check(body: &str, expected: &Expect) {
    expected.assert_eq(&told(body));
}

/// As AWS's guide shows it (Event message structure), of S3 version 2.1.
fn notification(name: &str, object: &serde_json::Value) -> serde_json::Value {
    json!({
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-west-1", "eventTime": "2015-07-01T00:00:00.000Z",
        "eventName": name, "userIdentity": {"principalId": "AWS:A"}, "requestParameters": {"sourceIPAddress": "192.0.2.1"},
        "responseElements": {"x-amz-request-id": "1", "x-amz-id-2": "2"},
        "s3": {"s3SchemaVersion": "1.0", "configurationId": "c", "bucket": {"name": "raw", "ownerIdentity": {"principalId": "A"},
            "arn": "arn:aws:s3:::raw"}, "object": object},
    })
}

fn records(records: &[serde_json::Value]) -> String {
    json!({ "Records": records }).to_string()
}

fn created(key: &str) -> String {
    records(&[notification(
        "ObjectCreated:Put",
        &json!({"key": key, "size": 7, "eTag": "abc", "sequencer": "0A"}),
    )])
}

/// As AWS's guide shows it (EventBridge event message structure).
fn bridge(kind: &str, more: &serde_json::Value) -> serde_json::Value {
    let mut detail = json!({
        "version": "0", "bucket": {"name": "raw"},
        "object": {"key": "web/a b+c%2F.json", "size": 5, "etag": "b19", "version-id": "V1", "sequencer": "61"},
        "request-id": "N", "requester": "123456789012", "source-ip-address": "192.0.2.1",
    });
    detail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({
        "version": "0", "id": "1-2", "detail-type": kind, "source": "aws.s3", "account": "111122223333",
        "time": "2015-07-01T00:00:00Z", "region": "eu-west-1", "resources": ["arn:aws:s3:::raw"], "detail": detail,
    })
}

fn enveloped(message: &str) -> String {
    json!({
        "Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:eu-west-1:1:files", "Subject": "Amazon S3 Notification",
        "Message": message, "Timestamp": "2015-07-01T00:00:00.000Z", "SignatureVersion": "1", "Signature": "x",
    })
    .to_string()
}

#[test]
fn a_notification_tells_of_several_files_whose_keys_are_decoded() {
    let files = [
        notification(
            "ObjectCreated:Put",
            &json!({"key": "dt%3D1/red+flower%2B.json", "size": 7, "eTag": "abc", "versionId": "V"}),
        ),
        notification(
            "ObjectCreated:CompleteMultipartUpload",
            &json!({"key": "%C3%A4.json", "size": 9, "eTag": "abc-2"}),
        ),
        notification("s3:ObjectCreated:Copy", &json!({"key": "c", "eTag": "\"q\"", "versionId": null})),
        notification("ObjectRestore:Completed", &json!({"key": "d", "size": "12"})),
    ];
    check(
        &records(&files),
        &expect![[r#"
            s3://raw/dt=1/red flower+.json 7 abc V
            s3://raw/ä.json 9 abc-2 -
            s3://raw/c - q -
            s3://raw/d 12 - -"#]],
    );
}

#[test]
fn what_is_no_data_says_what_it_is() {
    let of = |name: &str| notification(name, &json!({"key": "a"}));
    check(
        &records(&[
            of("ObjectRemoved:Delete"),
            of("LifecycleExpiration:DeleteMarkerCreated"),
            of("ObjectRestore:Post"),
            of("ObjectRestore:Delete"),
            of("LifecycleTransition"),
            of("IntelligentTiering"),
            of("ObjectTagging:Put"),
            of("ObjectAcl:Put"),
            of("Replication:OperationFailedReplication"),
            of("ReducedRedundancyLostObject"),
            of("ObjectOfTheFuture:Made"),
            notification("ObjectCreated:Put", &json!({"key": "some/folder/", "size": 0})),
        ]),
        &expect![[r#"
            a deletion
            a deletion
            a restore that has begun
            a restored copy that is gone
            another storage class
            another storage class
            tags
            an ACL
            an event of another kind
            an event of another kind
            an event of another kind
            a folder marker"#]],
    );
    check(r#"{"Records": []}"#, &expect!["nothing"]);
}

#[test]
fn a_test_event_is_one_bare_and_in_an_envelope() {
    let test = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2015-07-01T00:00:00.000Z","Bucket":"raw","RequestId":"1","HostId":"2"}"#;
    check(test, &expect!["a test event"]);
    check(&enveloped(test), &expect!["a test event"]);
}

#[test]
fn keys_of_eventbridge_are_as_they_are() {
    let file = "s3://raw/web/a b+c%2F.json 5 b19 V1";
    let put = bridge("Object Created", &json!({"reason": "PutObject"}));
    assert_eq!(told(&put.to_string()), file);
    assert_eq!(told(&enveloped(&put.to_string())), file);
    assert_eq!(told(&put["detail"].to_string()), file, "a bare detail");
    let restored = bridge(
        "Object Restore Completed",
        &json!({"restore-expiry-time": "2015-07-02T00:00:00Z", "source-storage-class": "GLACIER"}),
    );
    assert_eq!(told(&restored.to_string()), file);
    assert_eq!(told(&restored["detail"].to_string()), file);
    assert_eq!(told(r#"{"bucket": {"name": "raw"}, "object": {"key": "k"}}"#), "s3://raw/k - - -");
}

/// As Security Lake's guide shows what its subscribers get.
#[test]
fn an_event_of_eventbridge_without_its_kind_is_what_its_detail_says() {
    let without_kind = |mut event: serde_json::Value| {
        event.as_object_mut().unwrap().remove("detail-type").unwrap();
        event.to_string()
    };
    let of_lake = bridge("Object Created", &json!({"requester": "securitylake.amazonaws.com"}));
    assert_eq!(told(&without_kind(of_lake)), "s3://raw/web/a b+c%2F.json 5 b19 V1");
    let deleted = bridge("Object Deleted", &json!({"deletion-type": "Permanently Deleted"}));
    assert_eq!(told(&without_kind(deleted)), "a deletion");
    check(
        r#"{"source":"aws.ec2","detail":{"state":"running"}}"#,
        &expect![
            "this is an event of the service `aws.ec2` from EventBridge, and only those of `aws.s3` tell of files; narrow the rule that sends it"
        ],
    );
}

#[test]
fn what_eventbridge_tells_besides_is_no_data_with_or_without_its_envelope() {
    for (kind, more, what) in [
        (
            "Object Deleted",
            json!({"reason": "DeleteObject", "deletion-type": "Permanently Deleted"}),
            "a deletion",
        ),
        ("Object Restore Initiated", json!({"source-storage-class": "GLACIER"}), "a restore that has begun"),
        (
            "Object Storage Class Changed",
            json!({"destination-storage-class": "GLACIER"}),
            "another storage class",
        ),
        (
            "Object Access Tier Changed",
            json!({"destination-access-tier": "ARCHIVE_ACCESS"}),
            "another storage class",
        ),
    ] {
        let event = bridge(kind, &more);
        assert_eq!(told(&event.to_string()), what, "{kind}");
        assert_eq!(told(&event["detail"].to_string()), what, "the detail of {kind}");
    }
    for (kind, what) in [
        ("Object Restore Expired", "a restored copy that is gone"),
        ("Object ACL Updated", "an ACL"),
        ("Object Tags Added", "tags"),
        ("Object Tags Deleted", "tags"),
        ("Object Of The Future", "an event of another kind"),
    ] {
        let event = bridge(kind, &json!({}));
        assert_eq!(told(&event.to_string()), what);
        // Without its envelope nothing tells it from a file that is there: better one look too many than a file that is lost.
        assert_eq!(
            told(&event["detail"].to_string()),
            "s3://raw/web/a b+c%2F.json 5 b19 V1",
            "the detail of {kind}"
        );
    }
}

#[test]
fn the_envelope_of_sns_is_taken_off_load_messages_too() {
    let load = r#"{"schema": "s", "tables": "t", "bucket": "b"}"#;
    check(load, &expect!["a load of s.t"]);
    check(&enveloped(load), &expect!["a load of s.t"]);
    check(&enveloped(&enveloped(load)), &expect!["a load of s.t"]);
    check(
        &enveloped(&enveloped(&enveloped(load))),
        &expect![
            "the message has more than 2 envelopes of SNS around it; subscribe the queue to the first topic, or turn on raw message delivery"
        ],
    );
    check(
        &enveloped(r#"{"schema": "s", "tables": "t", "bucket": "b", "trucate": true}"#),
        &expect!["`trucate` must be written `truncate`"],
    );
    check(&enveloped("hello"), &expect!["the message is not JSON: expected value at line 1 column 1"]);
}

#[test]
fn a_question_of_sns_is_refused_with_what_to_do() {
    let question = json!({"Type": "SubscriptionConfirmation", "Message": "You have chosen", "Token": "t", "SubscribeURL": "u"});
    check(
        &question.to_string(),
        &expect![
            "this is a question of SNS whether the queue is to be subscribed; subscribe it as the owner of both, or confirm by the SubscribeURL"
        ],
    );
}

#[test]
fn events_of_another_service_are_refused_by_its_name() {
    check(
        r#"{"Records":[{"eventID":"1","eventName":"INSERT","eventSource":"aws:dynamodb","dynamodb":{"Keys":{}}}]}"#,
        &expect![
            "record 1 of the notification is an event of the service `aws:dynamodb`, and only those of S3 tell of files; do not send it to this queue"
        ],
    );
    check(
        r#"{"detail-type":"EC2 Instance State-change Notification","source":"aws.ec2","detail":{"state":"running"}}"#,
        &expect![
            "this is an event of the service `aws.ec2` from EventBridge, and only those of `aws.s3` tell of files; narrow the rule that sends it"
        ],
    );
    check(
        r#"{"detail-type":"AWS API Call via CloudTrail","source":"aws.s3","detail":{"eventName":"PutObject"}}"#,
        &expect![
            "this is `AWS API Call via CloudTrail` from EventBridge, which is not read; turn on EventBridge for the bucket, and send `Object Created`"
        ],
    );
}

#[test]
fn other_stores_send_the_same_with_less_in_it() {
    // MinIO, with more at the top; Ceph, with empty texts.
    check(
        r#"{"EventName":"s3:ObjectCreated:Put","Key":"raw/k","Records":[{"eventSource":"minio:s3","eventName":"s3:ObjectCreated:Put","s3":{"bucket":{"name":"raw"},"object":{"key":"k%2Fl","size":3,"eTag":"e"}}}]}"#,
        &expect!["s3://raw/k/l 3 e -"],
    );
    check(
        r#"{"Records":[{"eventSource":"ceph:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"raw"},"object":{"key":"k","size":3,"eTag":"","versionId":""}},"opaqueData":""}]}"#,
        &expect!["s3://raw/k 3 - -"],
    );
    // An input transformer of EventBridge that makes records.
    check(
        r#"{"Records":[{"s3":{"bucket":{"name":"raw"},"object":{"key":"k","size":-1,"eTag":5}}}]}"#,
        &expect!["s3://raw/k - - -"],
    );
}

#[test]
fn what_cannot_be_read_says_which_record_and_why() {
    check(r#"{"Records": {}}"#, &expect!["`Records` of the notification must be a list"]);
    check(r#"{"Records": [{}]}"#, &expect!["record 1 of the notification has no `s3`"]);
    check(
        r#"{"Records": [7]}"#,
        &expect![
            "record 1 of the notification cannot be read: invalid type: integer `7`, expected struct Record at line 1 column 1"
        ],
    );
    check(
        r#"{"Records": [{"eventName": "ObjectCreated:Put"}]}"#,
        &expect!["record 1 of the notification has no `s3`"],
    );
    check(
        r#"{"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "raw"}, "object": {}}}]}"#,
        &expect!["record 1 of the notification cannot be read: missing field `key` at line 1 column 40"],
    );
    check(&created("%FF%FE"), &expect!["record 1 of the notification has a key that is not UTF-8: `%FF%FE`"]);
    check(
        &created(""),
        &expect!["record 1 of the notification is not usable: a key has 1 to 1024 bytes, not 0"],
    );
    check(
        &created(&"x".repeat(1025)),
        &expect!["record 1 of the notification is not usable: a key has 1 to 1024 bytes, not 1025"],
    );
    check(
        r#"{"bucket": {"name": "raw/web"}, "object": {"key": "k"}}"#,
        &expect!["the event is not usable: `raw/web` is not the name of a bucket"],
    );
    check(
        r#"{"bucket": {}, "object": {}}"#,
        &expect!["the event of EventBridge cannot be read: missing field `name` at line 1 column 13"],
    );
}

#[test]
fn a_message_of_events_is_bounded_in_bytes_and_events() {
    let record = r#"{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"raw"},"object":{"key":"k"}}}"#;
    let of = |count: usize| format!(r#"{{"Records":[{}]}}"#, vec![record; count].join(","));
    assert_eq!(told(&of(10_000)).lines().count(), 10_000);
    check(&of(10_001), &expect!["the notification has 10001 records, at most 10000 are taken"]);
    let padded = |length: usize| format!("{}{}", of(1), " ".repeat(length - of(1).len()));
    check(&padded(1 << 20), &expect!["s3://raw/k - - -"]);
    check(
        &padded((1 << 20) + 1),
        &expect![
            "the message is 1048577 bytes long, a load message has at most 65536; send several with fewer tables each"
        ],
    );
}

#[test]
fn what_stands_twice_is_refused_as_in_load_messages() {
    check(
        r#"{"Records": [], "Records": []}"#,
        &expect!["`Records` appears twice in the message; send it once"],
    );
}

#[test]
fn files_are_announced_again_as_s3_announces_them() {
    let body = records(&[
        notification(
            "ObjectCreated:Put",
            &json!({"key": "a%2Bb+c%25.json", "size": 7, "eTag": "abc", "versionId": "V"}),
        ),
        notification("ObjectCreated:Put", &json!({"key": "%F0%9F%A6%80"})),
    ]);
    let Content::Events(events) = read(&body).unwrap() else { panic!("events") };
    let files: Vec<AnnouncedFile> = events
        .iter()
        .map(|event| match event {
            Event::File(file) => file.clone(),
            Event::NotData(what) => panic!("{what}"),
        })
        .collect();
    let again = rewrite::notification_of(&files);
    expect![[r#"{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"raw"},"object":{"key":"a%2Bb+c%25.json","size":7,"eTag":"abc","versionId":"V"}}},{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"raw"},"object":{"key":"%F0%9F%A6%80"}}}]}"#]]
        .assert_eq(&again);
    assert_eq!(read(&again).unwrap(), Content::Events(events));
}
