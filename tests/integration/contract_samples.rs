//! The decoder judges every sample message as the JSON Schema in `deploy/` does.

use serde_json::Value;

use s3_to_redshift::request::decode::decode;

fn samples() -> Value {
    serde_json::from_str(include_str!("../../deploy/message.samples.json")).unwrap()
}

#[test]
fn valid_samples_are_understood() {
    let samples = samples();
    let valid = samples["valid"].as_object().unwrap();
    assert!(!valid.is_empty(), "there are none");
    for (name, message) in valid {
        decode(&message.to_string()).unwrap_or_else(|invalid| panic!("{name}: {invalid}"));
    }
}

#[test]
fn invalid_samples_are_refused_with_the_name_of_their_field() {
    let samples = samples();
    let invalid = samples["invalid"].as_object().unwrap();
    assert!(!invalid.is_empty(), "there are none");
    for (name, sample) in invalid {
        let invalid = decode(&sample["message"].to_string()).expect_err(name);
        let field = sample["field"].as_str().unwrap();
        assert!(invalid.to_string().contains(&format!("`{field}`")), "{name}: {invalid}");
    }
}
