//! `check`: each finding made to fail on real servers, and a setup in which nothing fails.

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::Value;

use crate::support::scenario::{DAY_1, Finished, Scenario};
use crate::support::secrets::SECRETS;
use crate::support::servers;
use crate::support::table::TABLE;

/// The findings of a run of `check --json`, as `check: verdict: sentence`.
struct Findings(Vec<Value>);

impl Findings {
    fn of(finished: &Finished) -> Self {
        Self(finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    /// Fails the test unless this was found, and said so.
    fn tell(&self, check: &str, verdict: &str, sentence: &str) {
        let is_it = |finding: &&Value| {
            finding["check"] == check
                && finding["verdict"] == verdict
                && finding["sentence"].as_str().unwrap().contains(sentence)
        };
        assert!(self.0.iter().find(is_it).is_some(), "no {check}: {verdict}: {sentence} in {:#?}", self.0);
    }

    fn failed(&self) -> Vec<&str> {
        let failed = self.0.iter().filter(|finding| finding["verdict"] == "failed");
        failed.map(|finding| finding["check"].as_str().unwrap()).collect()
    }
}

async fn check(scenario: &Scenario, more: &[&str]) -> (Finished, Findings) {
    let usual = ["check", "--schema", &scenario.name, "--bucket", &scenario.name, "--json"];
    let finished = scenario.run(&[&usual[..], more].concat()).await;
    let findings = Findings::of(&finished);
    (finished, findings)
}

#[tokio::test]
async fn a_setup_that_is_good_passes_before_and_after_the_ledger_is_made_and_nothing_is_left_behind() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    // Of another table, whose name begins alike.
    scenario.put(&format!("{}_{TABLE}_archive_{DAY_1}.json.gz", scenario.name), "").await;
    let (finished, findings) = check(&scenario, &["--tables", TABLE]).await;
    assert_eq!((finished.code, findings.failed()), (Some(0), vec![]), "{finished:?}");
    findings.tell("queue", "ok", "is a standard queue with 0 messages");
    findings.tell("visibility_timeout", "ok", "hidden for 5m");
    findings.tell("redrive_policy", "ok", "after 50 deliveries");
    findings.tell("dead_letter_queue", "ok", "has no messages");
    findings.tell("parking", "ok", "not for being ours; that it takes one with a body, only parking tells");
    findings.tell("clock_aws", "ok", "this machine's clock");
    findings.tell("bucket_region", "ok", "is in us-east-1");
    findings.tell("bucket_listing", "ok", "has 1 objects with data of these tables");
    findings.tell("bucket_reading", "ok", "can be read");
    findings.tell("manifest_folder", "ok", "/s3-to-redshift-manifests/ can be written to");
    findings.tell("copy_role", "unknown", "only a load tells");
    findings.tell("tls", "ok", "on this machine");
    findings.tell("login", "ok", "dev@127.0.0.1");
    findings.tell("version", "ok", "Redshift 1.0.");
    findings.tell("isolation", "ok", "SNAPSHOT");
    findings.tell("pauses", "ok", "nothing is paused");
    findings.tell("timezone", "ok", "UTC");
    findings.tell("clock_redshift", "ok", "this machine's clock");
    findings.tell("ledger", "ok", "the first daemon or load can make it");
    findings.tell("table", "ok", "the first load creates it");
    findings.tell("rights", "ok", "what a load needs");

    // Nothing was made, parked or stored.
    let schemas = format!("SELECT COUNT(*) FROM pg_namespace WHERE nspname = '{}_ledger'", scenario.name);
    assert_eq!(scenario.value(&schemas).await, "0");
    assert_eq!(scenario.dead_letters().await, 0);
    let objects = scenario.s3.list_objects_v2().bucket(&scenario.name).send().await.unwrap();
    assert_eq!(objects.key_count(), Some(3));
    let uploads = scenario.s3.list_multipart_uploads().bucket(&scenario.name).send().await.unwrap();
    assert_eq!(uploads.uploads().len(), 0);

    scenario.load(&[]).await.success();
    let shown = scenario.run(&["check", "--schema", &scenario.name, "--tables", TABLE]).await.success();
    shown.says("verdict  check               finding\n");
    shown.says("ok       ledger");
    shown.says("is of this version and can be written");
    shown.says(&format!("columns can be added to {}", scenario.table()));
    assert!(!shown.stdout.contains('\u{1b}'), "colours are for terminals: {shown:?}");
    let superseded = format!("SELECT COUNT(*) FROM {}_ledger.superseded_messages", scenario.name);
    assert_eq!(scenario.value(&superseded).await, "0");
}

#[tokio::test]
async fn rights_that_are_lacking_are_all_told_with_the_statement_that_grants_them() {
    let mut scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    let name = scenario.name.clone();
    for statement in [
        format!("CREATE USER {name} PASSWORD '{}'", SECRETS.user_password),
        format!("CREATE VIEW {name}.newest AS SELECT id FROM {name}.{TABLE}"),
        format!("GRANT SELECT ON {name}.{TABLE} TO {name}"),
    ] {
        scenario.sql(&statement).await;
    }
    scenario.variables.insert("REDSHIFT_USER".to_owned(), name.clone());
    scenario.variables.insert("REDSHIFT_PASSWORD".to_owned(), SECRETS.user_password.clone());
    let (finished, findings) = check(&scenario, &["--tables", &format!("{TABLE},newest,missing")]).await;
    assert_eq!(finished.code, Some(1), "{finished:?}");
    findings.tell("ledger", "failed", "permission denied");
    findings.tell(
        "rights",
        "failed",
        &format!(
            "lacks USAGE, INSERT, DELETE for {name}.{TABLE}; have its owner run `GRANT USAGE ON SCHEMA {name} TO {name}; GRANT \
             INSERT, DELETE ON {name}.{TABLE} TO {name}`"
        ),
    );
    findings.tell("owner", "warning", "make the loader's user the owner");
    findings.tell("views", "warning", &format!("{name}.newest hold on to columns of {name}.{TABLE}"));
    findings.tell("table", "failed", &format!("{name}.newest is a view"));
    findings.tell("rights", "failed", &format!("`GRANT USAGE, CREATE ON SCHEMA {name} TO {name}`"));

    // A ledger of an earlier version, which only its owner can bring up to date.
    scenario.sql(&format!("ALTER TABLE {name}_ledger.loads DROP COLUMN rows_beyond_keys")).await;
    scenario.sql(&format!("GRANT USAGE ON SCHEMA {name}_ledger TO {name}")).await;
    scenario.sql(&format!("GRANT ALL ON ALL TABLES IN SCHEMA {name}_ledger TO {name}")).await;
    let (_, findings) = check(&scenario, &["--tables", TABLE]).await;
    findings.tell("ledger", "failed", "have the owner of the table run `ALTER TABLE");
    scenario.variables.remove("REDSHIFT_USER");
    scenario.variables.insert("REDSHIFT_PASSWORD".to_owned(), SECRETS.password.clone());
    let (finished, findings) = check(&scenario, &["--tables", TABLE]).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    findings.tell("ledger", "ok", "adds loads.rows_beyond_keys");
}

#[tokio::test]
async fn what_is_not_there_is_told_of_all_at_once() {
    let mut scenario = Scenario::on(servers::serializable().await).await;
    let (real_queue, bucket) = (scenario.queue_url.clone(), scenario.name.clone());
    scenario.queue_url = format!("{real_queue}-gone");
    scenario.variables.insert("REDSHIFT_PASSWORD".to_owned(), "wrong".to_owned());
    scenario.variables.insert("MANIFEST_URL".to_owned(), format!("s3://{bucket}-gone/manifests/"));
    let wrong = ["check", "--bucket", &format!("{bucket}-gone"), "--json"];
    let finished = scenario.run(&wrong).await;
    let findings = Findings::of(&finished);
    assert_eq!(finished.code, Some(1), "{finished:?}");
    findings.tell("queue", "failed", "does not exist; check QUEUE_URL");
    findings.tell("bucket_region", "failed", "the bucket does not exist");
    findings.tell("manifest_folder", "failed", "set MANIFEST_URL to a folder");
    findings.tell("bucket_reading", "unknown", "no object to try");
    findings.tell("login", "failed", "check REDSHIFT_USER, REDSHIFT_PASSWORD and REDSHIFT_DB");
    findings.tell("warehouse", "unknown", "were not looked at");

    // The queue is there, what it parks in is not; the warehouse is there, the schema is not.
    scenario.queue_url = real_queue;
    scenario.variables = [("LOAD_TIMEOUT", "13h"), ("REDSHIFT_ROLE_ARN", "default")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    scenario.receive_up_to(3).await;
    scenario.sqs.delete_queue().queue_url(&scenario.dead_letter_queue_url).send().await.unwrap();
    let finished = scenario.run(&["check", "--schema", "nowhere", "--tables", "a", "--json"]).await;
    let findings = Findings::of(&finished);
    assert_eq!(findings.failed(), ["dead_letter_queue", "table"], "{finished:?}");
    findings.tell("redrive_policy", "warning", "maxReceiveCount is 3");
    findings.tell("visibility_timeout", "warning", "LOAD_TIMEOUT is 13h");
    findings.tell("dead_letter_queue", "failed", "DEAD_LETTER_QUEUE_URL or the redrive policy");
    findings.tell("isolation", "ok", "SERIALIZABLE");
    findings.tell("copy_role", "unknown", "the cluster's default role");
    findings.tell("table", "failed", "the schema of nowhere.a does not exist");

    let remove = scenario.sqs.set_queue_attributes().queue_url(&scenario.queue_url);
    remove.attributes(QueueAttributeName::RedrivePolicy, "").send().await.unwrap();
    let finished = scenario.run(&["check"]).await.success();
    finished.says("has none, and DEAD_LETTER_QUEUE_URL is not set");
}

#[tokio::test]
async fn a_read_only_database_is_told_from_one_without_rights() {
    let mut scenario = Scenario::new().await;
    let operator = scenario.with_own_user().await;
    let message = "message => 'cannot execute INSERT in a read-only transaction'";
    scenario
        .inject(&operator, &format!("'before_statement', 'error', containing => 'INSERT INTO', {message}"))
        .await;
    let (finished, findings) = check(&scenario, &["--tables", TABLE]).await;
    assert_eq!((finished.code, findings.failed()), (Some(1), vec!["ledger"]), "{finished:?}");
    findings.tell("ledger", "failed", "in a read-only transaction");
}

#[tokio::test]
async fn what_is_wrong_with_the_call_is_told_with_what_is_wrong_with_the_settings() {
    let mut scenario = Scenario::new().await;
    scenario.variables.insert("REDSHIFT_HOST".to_owned(), String::new());
    let finished = scenario.run(&["check", "--bucket", "s3://a", "--schema", "", "--tables", "a"]).await;
    assert_eq!(finished.code, Some(2), "{finished:?}");
    for problem in ["REDSHIFT_HOST is required", "--bucket must be the name of a bucket", "--schema: "] {
        finished.says(problem);
    }
}

#[tokio::test]
async fn objects_that_only_begin_as_data_of_a_table_are_told_from_data() {
    let scenario = Scenario::new().await;
    scenario.put(&format!("{}_{TABLE}_archive_{DAY_1}.json.gz", scenario.name), "").await;
    let (_, findings) = check(&scenario, &["--tables", TABLE]).await;
    findings.tell("bucket_listing", "warning", "has 1 objects whose names begin as those of these tables");
    findings.tell("bucket_reading", "unknown", "no object to try");
}

#[tokio::test]
async fn rules_that_are_wrong_are_found_before_a_daemon_refuses_to_start_with_them() {
    let scenario = Scenario::new().await.routed_by("routes: [{ignore: 's3://BUCKET/**'}]", "park").await;
    let (_, findings) = check(&scenario, &["--tables", TABLE]).await;
    findings.tell("routes", "ok", "has rules that can be used: 1");
    let scenario = scenario.routed_by("routes: [{match: 's3://BUCKET/**', schma: x}]", "park").await;
    let (finished, findings) = check(&scenario, &["--tables", TABLE]).await;
    assert_eq!((finished.code, findings.failed()), (Some(1), vec!["routes"]), "{finished:?}");
    findings.tell("routes", "failed", "`schma`");
}
