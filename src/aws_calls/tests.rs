use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use chrono::DateTime;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::*;
use crate::queue::sqs::Sqs;
use crate::queue::{MessageQueue, ReceiptHandle};

/// Answers one request, whatever it asks, and is gone.
async fn answer_one(listener: TcpListener, answer: String) -> std::io::Result<()> {
    let (stream, _) = listener.accept().await?;
    drop(listener);
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        if let Some(bytes) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = bytes.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    stream.read_exact(&mut vec![0; length]).await?;
    stream.write_all(answer.as_bytes()).await
}

/// The results that were counted of one deletion, whose request gets this answer.
async fn counted(answer: Option<(&str, &str)>) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let sdk_config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
        .retry_config(RetryConfig::disabled())
        .endpoint_url(&endpoint);
    let metrics = Arc::<Metrics>::default();
    let calls = AwsCalls::counted_in(Arc::clone(&metrics));
    let queue = Sqs::new(&sdk_config.build(), format!("{endpoint}/1/loads"), None, &calls);
    let handle = ReceiptHandle("a".to_owned());
    match answer {
        Some((status, body)) => {
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.0\r\n");
            let answer = format!("{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}");
            let (answered, deleted) = tokio::join!(answer_one(listener, answer), queue.delete(&handle));
            answered.unwrap();
            assert_eq!(deleted.is_ok(), status.starts_with('2'), "{deleted:?}");
        }
        None => {
            drop(listener);
            queue.delete(&handle).await.unwrap_err();
        }
    }
    let text = metrics.render(DateTime::UNIX_EPOCH);
    let of_deletions = |line: &str| {
        let line = line.strip_prefix(r#"s3_to_redshift_calls_total{call="DeleteMessage",result=""#)?;
        line.strip_suffix(r#"",service="sqs"} 1"#).map(str::to_owned)
    };
    text.lines().filter_map(of_deletions).collect()
}

#[tokio::test]
async fn a_request_counts_as_what_became_of_it() {
    let throttled = r#"{"__type":"com.amazonaws.sqs#RequestThrottled","message":"slower"}"#;
    let refused = r#"{"__type":"com.amazon.coral.service#AccessDeniedException","message":"no"}"#;
    for (answer, result) in [
        (Some(("200 OK", "{}")), "ok"),
        (Some(("403 Forbidden", refused)), "refused"),
        (Some(("400 Bad Request", throttled)), "throttled"),
        (Some(("429 Too Many Requests", "{}")), "throttled"),
        (Some(("503 Service Unavailable", "{}")), "unreachable"),
        (None, "unreachable"),
    ] {
        assert_eq!(counted(answer).await, [result], "{answer:?}");
    }
}
