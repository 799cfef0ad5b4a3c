use std::sync::Arc;

use aws_config::BehaviorVersion;
use aws_config::credential_process::CredentialProcessProvider;
use aws_sdk_s3::config::{Region, SharedCredentialsProvider};

use super::*;

/// Of a program in Ireland that has no credentials.
pub(super) fn sdk_config() -> SdkConfig {
    let no_credentials = CredentialProcessProvider::new("false".to_owned());
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(no_credentials))
        .build()
}

#[tokio::test]
async fn without_credentials_access_is_denied_in_one_short_line() {
    let refused = S3::new(sdk_config(), false, AwsCalls::counted_in(Arc::default()))
        .list("b", "p", &mut drop)
        .await
        .unwrap_err();
    assert_eq!(refused.kind, StorageErrorKind::Denied, "{refused}");
    let line = refused.to_string();
    assert!(!line.contains('\n') && line.len() < 250, "{line}");
}

#[test]
fn an_etag_is_one_however_an_answer_spells_it() {
    for spelling in ["\"abc-2\"", "abc-2", "W/\"abc-2\""] {
        assert_eq!(bare_etag(Some(spelling.to_owned())), "abc-2");
    }
}
