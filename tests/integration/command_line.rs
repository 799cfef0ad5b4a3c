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
    let finished = scenario.run(&["load", "--bucket", "/", "--date", "yesterday", "--mode", "upsert"]).await;
    assert_eq!(finished.code, Some(2), "{finished:?}");
    for problem in [
        "`schema` is required",
        "`tables` must name",
        "`bucket` must be",
        "`date`: `yesterday`",
        "`mode` must be append, replace or merge",
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
async fn completions_and_manual_know_every_command() {
    let scenario = Scenario::new().await;
    let help = scenario.run(&["--help"]).await.success().stdout;
    let (_, listed) = help.split_once("Commands:\n").unwrap();
    let (listed, _) = listed.split_once("\n\n").unwrap();
    // Their names stand two blanks from the edge, and what they do further to the right.
    let names = listed.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    assert!(names.contains(&"serve") && names.contains(&"dead-letters"), "{names:?}");
    for arguments in
        [&["completions", "bash"][..], &["completions", "zsh"], &["completions", "fish"], &["man"]]
    {
        // Nobody sets anything to read a manual.
        let unset = |command: &mut Command| {
            command.env_clear();
        };
        let run = scenario.run_with(arguments, unset).await.success();
        for name in &names {
            let in_roff = name.replace('-', "\\-");
            assert!(run.stdout.contains(name) || run.stdout.contains(&in_roff), "{arguments:?} lacks {name}");
        }
        assert_eq!(run.stderr, "");
    }
    let page = scenario.run(&["man", "dead-letters", "redrive"]).await.success();
    assert!(page.stdout.contains(".TH s3-to-redshift-dead-letters-redrive 1"), "{page:?}");
    assert!(page.stdout.contains("dry\\-run"), "{page:?}");
    assert_eq!(scenario.run(&["man", "fly"]).await.code, Some(2));
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

#[tokio::test]
async fn output_that_cannot_be_written_is_told_as_such() {
    let scenario = Scenario::new().await;
    let full = std::fs::File::create("/dev/full").unwrap();
    let finished = scenario.program().arg("history").stdout(full).output().unwrap();
    let told = String::from_utf8(finished.stderr).unwrap();
    assert_eq!(finished.status.code(), Some(1), "{told}");
    assert!(told.contains("s3-to-redshift: the output cannot be written: No space left on device"), "{told}");
}

/// As `s3-to-redshift plan | head` does it, and `2>&1` before the bar.
#[tokio::test]
async fn a_reader_that_has_read_enough_ends_every_command_without_a_word() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let of_table = ["--schema", &scenario.name, "--tables", "events", "--bucket", &scenario.name];
    for command in [
        &["plan"][..],
        &["load"],
        &["history"],
        &["history", "--json"],
        &["check"],
        &["dead-letters", "list"],
        &["--help"],
        &["--version"],
    ] {
        let flags = if matches!(command, ["plan" | "load"]) { &of_table[..] } else { &[] };
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut program = scenario.program();
        program.args(command).args(flags).env("RUST_LOG", "debug");
        let errors = program.stdout(writer.try_clone().unwrap()).output().unwrap();
        let last = String::from_utf8(errors.stderr).unwrap().lines().last().unwrap_or_default().to_owned();
        assert_eq!(errors.status.code(), Some(141), "{command:?}: {last}");
        assert!(!last.contains("roken pipe") && !last.contains("bug"), "{command:?}: {last}");
        // The very same, with nobody to read the log either.
        let status = program.stdout(writer.try_clone().unwrap()).stderr(writer).status().unwrap();
        assert_eq!(status.code(), Some(141), "{command:?}");
    }
    assert_eq!(scenario.ids().await, "1", "what was asked for is done, whoever listens");
}
