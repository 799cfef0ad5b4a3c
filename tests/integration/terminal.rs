//! What a terminal gets beyond plain text, and that nothing else does.

use std::io::Read;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use serde_json::Value;

use crate::support::scenario::{DAY_1, Finished, Scenario};

const ESCAPE: char = '\u{1b}';

/// What a command whose stderr is a terminal writes there and to a pipe as its stdout.
async fn on_a_terminal(mut command: Command) -> (String, String) {
    let of_terminal = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let screen = openpt(of_terminal).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let terminal = ioctl_tiocgptpeer(&screen, of_terminal).unwrap();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(terminal);
    tokio::task::spawn_blocking(move || {
        let child = command.spawn().unwrap();
        // It has the other end of the terminal too, which would never be at its end.
        drop(command);
        let mut drawn = Vec::new();
        // Linux says so when the other end is closed.
        let end = std::fs::File::from(screen).read_to_end(&mut drawn).unwrap_err();
        assert_eq!(rustix::io::Errno::from_io_error(&end), Some(rustix::io::Errno::IO));
        let output = child.wait_with_output().unwrap();
        (String::from_utf8(drawn).unwrap(), String::from_utf8(output.stdout).unwrap())
    })
    .await
    .unwrap()
}

async fn with(scenario: &Scenario, arguments: &[&str], variables: &[(&str, &str)]) -> Finished {
    let set = |command: &mut Command| {
        command.envs(variables.iter().copied());
    };
    scenario.run_with(arguments, set).await
}

#[tokio::test]
async fn a_long_command_tells_a_terminal_what_it_does_and_takes_it_away_again() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let table = ["--schema", &scenario.name, "--tables", "events", "--bucket", &scenario.name];
    for (arguments, doing) in [
        (&["check"][..], "asking queue, bucket and warehouse"),
        (&["dead-letters", "list"], "looking through the dead-letter queue"),
        (&["plan"], "looking at the data and the table of "),
        (&["load"], "0 of 1 tables"),
        (&["prune", "--dry-run"], "looking for what is old"),
    ] {
        let flags = if matches!(arguments, ["plan" | "load"]) { &table[..] } else { &[] };
        let program = |variables: &[(&str, &str)]| {
            let mut program = scenario.program();
            program.args(arguments).args(flags).envs(variables.iter().copied());
            program
        };
        let (drawn, printed) = on_a_terminal(program(&[("TERM", "xterm")])).await;
        assert!(drawn.contains(doing), "{arguments:?}: {drawn:?}");
        let (_, after) = drawn.rsplit_once(doing).unwrap();
        assert!(after.contains("\r\u{1b}[2K"), "{arguments:?} clears its line: {drawn:?}");
        assert!(!printed.contains(ESCAPE) && !printed.contains(doing), "{arguments:?}: {printed:?}");
        for variables in [&[("TERM", "dumb")][..], &[("TERM", "xterm"), ("CI", "true")], &[]] {
            let (drawn, _) = on_a_terminal(program(variables)).await;
            assert!(!drawn.contains(doing), "{arguments:?} with {variables:?}: {drawn:?}");
        }
        let into_pipes = with(&scenario, &[arguments, flags].concat(), &[("TERM", "xterm")]).await;
        assert!(!into_pipes.stderr.contains(doing), "{into_pipes:?}");
        assert!(!into_pipes.stderr.contains(ESCAPE), "{into_pipes:?}");
    }
    let mut program = scenario.program();
    program.args(["check", "--json"]).env("TERM", "xterm");
    let (drawn, _) = on_a_terminal(program).await;
    assert!(!drawn.contains("asking"), "programs read JSON: {drawn:?}");
}

#[tokio::test]
async fn colours_are_for_terminals_and_for_those_who_force_them_unless_nobody_wants_any() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    let load = ["load", "--schema", &scenario.name, "--tables", "events", "--bucket", &scenario.name];
    for arguments in [&load[..], &["history"], &["check"]] {
        let forced = ("CLICOLOR_FORCE", "1");
        let coloured = with(&scenario, arguments, &[forced]).await;
        assert!(coloured.stdout.contains(ESCAPE), "{arguments:?}: {coloured:?}");
        for variables in [&[][..], &[("NO_COLOR", "1"), forced], &[("CLICOLOR", "0")]] {
            let plain = with(&scenario, arguments, variables).await;
            let has_colours = [&plain.stdout, &plain.stderr].iter().any(|text| text.contains(ESCAPE));
            assert!(!has_colours, "{arguments:?} with {variables:?}: {plain:?}");
        }
    }
    let logged = with(&scenario, &["history"], &[("CLICOLOR_FORCE", "1"), ("RUST_LOG", "debug")]).await;
    assert!(logged.stderr.contains(ESCAPE), "{logged:?}");
    let as_json = [("CLICOLOR_FORCE", "1"), ("RUST_LOG", "debug"), ("LOG_FORMAT", "json")];
    let logged = with(&scenario, &["history"], &as_json).await;
    assert!(!logged.stderr.is_empty() && !logged.stderr.contains(ESCAPE), "{logged:?}");
}

#[tokio::test]
async fn every_listing_is_told_to_programs_too() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    let ledger = format!("{}_ledger.loads", scenario.name);
    scenario.sql(&format!("UPDATE {ledger} SET finished_at = finished_at - INTERVAL '200 days'")).await;
    scenario.put_day(crate::support::scenario::DAY_2, [2]).await;
    scenario.load(&["--truncate"]).await.success();
    for arguments in [
        &["history", "--json"][..],
        &["check", "--json"],
        &["dead-letters", "list", "--json"],
        &["prune", "--dry-run", "--json"],
        &["prune", "--json"],
    ] {
        let finished = with(&scenario, arguments, &[("CLICOLOR_FORCE", "1")]).await;
        let lines: Vec<Value> =
            finished.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        if arguments[0] == "prune" {
            let is_removed = arguments.len() == 2;
            let [of_ledger, of_manifests] = lines.last_chunk().expect("two lines at least");
            assert_eq!(of_ledger["removed"], is_removed, "{finished:?}");
            assert_eq!(of_ledger["ledger"]["loads"].as_u64(), Some(u64::try_from(lines.len() - 2).unwrap()));
            assert_eq!(of_manifests["manifests"], 0, "{finished:?}");
        }
    }
}
