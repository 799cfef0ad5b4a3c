use std::time::Duration;

use expect_test::expect;

use super::*;
use crate::config::warehouse::{LoadErrorSettings, Tls};

const MINUTE: Duration = Duration::from_secs(60);

fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

const COMPLETE: [(&str, &str); 5] = [
    ("QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/1/loads"),
    ("REDSHIFT_HOST", "redshift.example.com"),
    ("REDSHIFT_DB", "analytics"),
    ("REDSHIFT_USER", "loader"),
    ("REDSHIFT_PASSWORD", "secret"),
];

#[test]
fn defaults_are_those_of_the_contract() {
    let settings = ServeSettings::read(environment(&COMPLETE)).unwrap();
    assert_eq!((settings.warehouse.port, settings.warehouse.tls), (5439, Tls::VerifyFull));
    assert_eq!(settings.warehouse.ledger_schema.as_str(), "s3_to_redshift");
    let load_errors = LoadErrorSettings { shown: 5, with_values: false };
    assert_eq!(settings.warehouse.load_errors, load_errors);
    assert_eq!((settings.loads.max_concurrent, settings.loads.timeout), (4, 120 * MINUTE));
    assert_eq!(settings.daemon.max_held_messages, 1000);
    assert_eq!(settings.daemon.visibility_timeout, 5 * MINUTE);
    assert_eq!(settings.daemon.shutdown_grace, 5 * MINUTE);
    assert_eq!(settings.daemon.listen_address.to_string(), "0.0.0.0:8080");
    assert_eq!(settings.daemon.table_config_dir, None);
    assert_eq!(settings.notify, None);
}

#[test]
fn every_problem_is_reported_at_once_and_no_secret_is() {
    let broken = environment(&[
        ("REDSHIFT_PASSWORD", "hunter2"),
        ("REDSHIFT_PORT", "many"),
        ("REDSHIFT_SSLMODE", "prefer"),
        ("REDSHIFT_ROLE_ARN", "a role"),
        ("MAX_CONCURRENT_LOADS", "0"),
        ("LOAD_TIMEOUT", "7200"),
        ("VISIBILITY_TIMEOUT", "13h"),
        ("LISTEN_ADDRESS", "8080"),
        ("MANIFEST_URL", "/tmp"),
        ("TABLE_CONFIG_SQL", "no"),
        ("TABLE_CONFIG_DIR", "configs"),
        ("NOTIFY_URL", "loads"),
    ]);
    let text = ServeSettings::read(broken).unwrap_err().to_string();
    expect![[r#"
        the configuration is not usable:
          - QUEUE_URL is required
          - NOTIFY_URL must be the ARN of an SNS topic such as arn:aws:sns:eu-west-1:111122223333:loads, or the URL of an SQS queue, not `loads`
          - REDSHIFT_HOST is required
          - REDSHIFT_PORT must be a port number, not `many`
          - REDSHIFT_DB is required
          - REDSHIFT_USER is required
          - REDSHIFT_SSLMODE must be verify-full or disable, not `prefer`
          - REDSHIFT_ROLE_ARN must be `default` or the ARN of an IAM role such as arn:aws:iam::111122223333:role/copy, several separated by commas without spaces, not `a role`
          - LOAD_TIMEOUT must be a duration of at least 1s with a unit, such as 90s or 5m, not `7200`
          - MAX_CONCURRENT_LOADS must be a number of at least 1, not `0`
          - MANIFEST_URL must be a folder such as s3://bucket/prefix/, not `/tmp`
          - TABLE_CONFIG_SQL must be allow or refuse, not `no`
          - LISTEN_ADDRESS must be an address and port such as 0.0.0.0:8080, not `8080`
          - TABLE_CONFIG_DIR must be the absolute path of a directory that is there, not `configs`
          - VISIBILITY_TIMEOUT must be at most 12h, which is SQS's limit"#]]
    .assert_eq(&text);
}

/// What is wrong with a variable that has this value, when all others are right.
fn problems(name: &str, value: &str) -> String {
    let others = COMPLETE.into_iter().filter(|(other, _)| *other != name);
    let variables: Vec<(&str, &str)> = others.chain([(name, value)]).collect();
    match ServeSettings::read(environment(&variables)) {
        Ok(_) => "none".to_owned(),
        Err(invalid) => invalid.problems.join("; "),
    }
}

#[test]
fn an_endpoint_is_told_which_part_of_it_goes_where() {
    let host = "a.b.eu-west-1.redshift.amazonaws.com";
    for (endpoint, told) in [
        ("HOST:5439/dev", "REDSHIFT_HOST=HOST, REDSHIFT_PORT=5439, REDSHIFT_DB=dev"),
        ("HOST:5439", "REDSHIFT_HOST=HOST, REDSHIFT_PORT=5439"),
        ("HOST/", "REDSHIFT_HOST=HOST"),
        ("https://HOST/", "REDSHIFT_HOST=HOST"),
        ("redshift://HOST:5439/dev", "REDSHIFT_HOST=HOST, REDSHIFT_PORT=5439, REDSHIFT_DB=dev"),
        (
            "jdbc:redshift:iam://HOST:5439/dev?ssl=true",
            "REDSHIFT_HOST=HOST, REDSHIFT_PORT=5439, REDSHIFT_DB=dev",
        ),
        (
            "jdbc:redshift://HOST:5439/dev;UID=me;PWD=hunter2",
            "REDSHIFT_HOST=HOST, REDSHIFT_PORT=5439, REDSHIFT_DB=dev",
        ),
        ("postgresql://me:hunter2@HOST/dev", "REDSHIFT_HOST=HOST, REDSHIFT_DB=dev"),
        ("[::1]:5439", "REDSHIFT_HOST=::1, REDSHIFT_PORT=5439"),
    ] {
        let told = format!(
            "REDSHIFT_HOST must be a host name alone; set {}",
            told.replace("HOST=HOST", &format!("HOST={host}"))
        );
        assert_eq!(problems("REDSHIFT_HOST", &endpoint.replace("HOST", host)), told, "{endpoint}");
    }
    let unclear = ["postgresql://me:p@ss/word@HOST/dev", "postgresql://me:1234/x@HOST/dev"];
    for odd in ["/var/run", "two words", "https://", ":5439", "a@"].into_iter().chain(unclear) {
        let told = problems("REDSHIFT_HOST", odd);
        assert!(!told.contains("word") || odd == "two words", "{told}");
        assert!(!told.contains("1234"), "{told}");
        assert!(told.starts_with("REDSHIFT_HOST must be a host name such as "), "{odd}: {told}");
    }
    for good in [host, "localhost", "127.0.0.1", "::1", "my_cluster", "Host."] {
        assert_eq!(problems("REDSHIFT_HOST", good), "none", "{good}");
    }
}

#[test]
fn a_queue_is_named_by_its_url() {
    for name in ["QUEUE_URL", "DEAD_LETTER_QUEUE_URL"] {
        assert_eq!(
            problems(name, "arn:aws:sqs:eu-west-1:1:loads-2.fifo"),
            format!(
                "{name} must be the URL of a queue, not its ARN; that is https://sqs.eu-west-1.amazonaws.com/1/loads-2.fifo"
            )
        );
        for odd in [
            "loads",
            "sqs.eu-west-1.amazonaws.com/1/loads",
            "https://sqs.eu-west-1.amazonaws.com/",
            "sqs://x/y",
        ] {
            let told = problems(name, odd);
            assert!(
                told.starts_with(&format!("{name} must be the URL of a queue such as https://")),
                "{told}"
            );
            assert!(told.ends_with(&format!("not `{odd}`")), "{told}");
        }
        assert_eq!(problems(name, "http://localhost:9324/queue/loads"), "none");
    }
    let same = problems("DEAD_LETTER_QUEUE_URL", COMPLETE[0].1);
    assert_eq!(same, "DEAD_LETTER_QUEUE_URL must be another queue than QUEUE_URL");
}

#[test]
fn notices_go_to_a_topic_or_to_a_queue_that_is_not_read_from() {
    let target = |value| {
        let variables: Vec<(&str, &str)> = COMPLETE.into_iter().chain([("NOTIFY_URL", value)]).collect();
        ServeSettings::read(environment(&variables)).map(|settings| settings.notify)
    };
    let arn = "arn:aws-cn:sns:cn-north-1:111122223333:loads.fifo";
    let topic = NotifyTarget::Topic { arn: arn.to_owned(), region: "cn-north-1".to_owned() };
    assert_eq!(target(arn), Ok(Some(topic)));
    let url = "http://localhost:4566/1/notices";
    assert_eq!(target(url), Ok(Some(NotifyTarget::Queue(url.to_owned()))));
    let same = problems("NOTIFY_URL", COMPLETE[0].1);
    assert_eq!(same, "NOTIFY_URL must be another queue than QUEUE_URL and DEAD_LETTER_QUEUE_URL");
    assert_eq!(
        problems("NOTIFY_URL", "arn:aws:sqs:eu-west-1:1:notices"),
        "NOTIFY_URL must be the URL of a queue, not its ARN; that is https://sqs.eu-west-1.amazonaws.com/1/notices"
    );
    for odd in [
        "arn:aws:sns:eu-west-1:1:loads",
        "arn:aws:sns::111122223333:loads",
        "arn:aws:sns:r:111122223333:a b",
        "x",
    ] {
        assert!(
            problems("NOTIFY_URL", odd).starts_with("NOTIFY_URL must be the ARN of an SNS topic"),
            "{odd}"
        );
    }
}

#[test]
fn other_addresses_and_names_that_cannot_be_right_are_refused() {
    for (name, odd) in [
        ("REDSHIFT_ROLE_ARN", "redshift-copy"),
        ("REDSHIFT_ROLE_ARN", "arn:aws:redshift:eu-west-1:111122223333:cluster:a"),
        ("REDSHIFT_ROLE_ARN", "arn:aws:iam::111122223333:user/a"),
        ("REDSHIFT_ROLE_ARN", "arn:aws:iam::1:role/a"),
        ("MANIFEST_URL", "bucket/prefix"),
        ("MANIFEST_URL", "https://bucket.s3.amazonaws.com/prefix"),
        ("LEDGER_SCHEMA", "pg_loads"),
        ("LEDGER_SCHEMA", "a\u{7}b"),
        ("REDSHIFT_PORT", "0"),
    ] {
        let told = problems(name, odd);
        assert!(told.starts_with(&format!("{name} must be ")) && !told.contains(char::is_control), "{told}");
    }
    let long = problems("LEDGER_SCHEMA", &"x".repeat(10_000));
    assert!(long.len() < 500, "{long}");
    for good in ["default", "arn:aws-cn:iam::111122223333:role/path/a,arn:aws:iam::444455556666:role/b"] {
        assert_eq!(problems("REDSHIFT_ROLE_ARN", good), "none");
    }
}

#[test]
fn a_password_that_is_no_text_is_told_so() {
    use std::os::unix::ffi::OsStringExt;
    let latin_1 = std::ffi::OsString::from_vec(b"pa\xdfwort".to_vec());
    let others = COMPLETE.into_iter().filter(|(name, _)| *name != "REDSHIFT_PASSWORD");
    let others = others.map(|(name, value)| (name.into(), value.into()));
    let odd = ["REDSHIFT_PASSWORD", "LEDGER_SCHEMA", "DEAD_LETTER_QUEUE_URL", "NOT_OURS"];
    let odd = odd.map(|name| (name.into(), latin_1.clone()));
    let invalid = ServeSettings::read(Environment::of(others.chain(odd))).unwrap_err();
    expect![[r#"
        the configuration is not usable:
          - DEAD_LETTER_QUEUE_URL is not UTF-8 text
          - REDSHIFT_PASSWORD is not UTF-8 text
          - LEDGER_SCHEMA is not UTF-8 text"#]]
    .assert_eq(&invalid.to_string());
}

#[test]
fn s3_is_compared_with_the_ledger_only_where_routes_say_what_is_data() {
    let read = |more: &[(&str, &str)]| ServeSettings::read(environment(&[&COMPLETE[..], more].concat()));
    let routes = ("ROUTES", "/etc/routes.yml");
    let settings = read(&[routes, ("MISSING_INTERVAL", "1h")]).unwrap();
    assert_eq!(settings.daemon.missing_interval, Some(60 * MINUTE));
    assert_eq!(read(&[]).unwrap().daemon.missing_interval, None);
    for (more, why) in [
        (&[("MISSING_INTERVAL", "1h")][..], "MISSING_INTERVAL needs ROUTES"),
        (&[routes, ("MISSING_INTERVAL", "4m")], "MISSING_INTERVAL must be a duration of at least 5m"),
    ] {
        assert!(read(more).unwrap_err().to_string().contains(why), "{why}");
    }
}
