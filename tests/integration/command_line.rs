//! The command line: what it takes, and with which code it ends.

use std::process::Command;

use crate::support::scenario::{DAY_1, Scenario};

#[tokio::test]
async fn invocations_of_the_original_still_load() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let schema = format!("-schema={}", scenario.name);
    let bucket = format!("-bucket={}", scenario.name);
    scenario.run(&[&schema, "-tables=events", &bucket, "-force=true"]).await.success();
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn an_enqueued_request_is_what_the_daemon_loads() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let flags =
        ["enqueue", "--schema", &scenario.name, "--tables", "events", "--bucket", &scenario.name, "--force"];
    let enqueued = scenario.run(&flags).await.success();
    let daemon = crate::support::daemon::Daemon::ready(&scenario).await;
    assert_eq!(daemon.settled(enqueued.stdout.trim()).await["rows"], 1);
}

#[tokio::test]
async fn usage_errors_list_every_problem_and_end_with_2() {
    let scenario = Scenario::new().await;
    let finished = scenario.run(&["load", "--bucket", "/", "--date", "yesterday", "--mode", "merge"]).await;
    assert_eq!(finished.code, Some(2), "{finished:?}");
    for problem in [
        "`schema` is required",
        "`tables` must name",
        "`bucket` must be",
        "`date`: `yesterday`",
        "`mode` is not supported yet",
    ] {
        finished.says(problem);
    }
    assert_eq!(scenario.run(&["load", "--no-such-flag"]).await.code, Some(2));
    assert_eq!(scenario.run(&["no-such-command"]).await.code, Some(2));
}

#[tokio::test]
async fn configuration_errors_list_every_problem_and_end_with_2() {
    let mut scenario = Scenario::new().await;
    scenario.variables.insert("REDSHIFT_HOST".to_owned(), String::new());
    scenario.variables.insert("VISIBILITY_TIMEOUT".to_owned(), "300".to_owned());
    let finished = scenario.run(&["serve"]).await;
    assert_eq!(finished.code, Some(2), "{finished:?}");
    finished.says("REDSHIFT_HOST is required");
    finished.says("VISIBILITY_TIMEOUT must be a duration");
}

#[tokio::test]
async fn help_and_version_end_with_0() {
    let scenario = Scenario::new().await;
    for arguments in [&["--help"][..], &["--version"], &["-h"], &["load", "--help"], &["serve", "--help"]] {
        scenario.run(arguments).await.success();
    }
}

#[tokio::test]
async fn missing_aws_credentials_are_named_in_one_line() {
    let scenario = Scenario::new().await;
    let without = |program: &mut Command| {
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            program.env_remove(name);
        }
        program.env("HOME", "/nonexistent");
    };
    let arguments = ["enqueue", "--schema", "s", "--tables", "t", "--bucket", "b"];
    let finished = scenario.run_with(&arguments, without).await;
    let last = finished.stderr.lines().last().unwrap();
    assert!(last.contains("no AWS credentials were found"), "{finished:?}");
    assert!(last.contains("check the loader's AWS credentials"), "{finished:?}");
}
