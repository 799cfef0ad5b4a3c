//! How long the end may take, once loads are told to stop: one budget, and the shares of it.
//!
//! The platform kills the daemon `SHUTDOWN_GRACE` and [`BUDGET`] after it was told to stop (deploy/). Whatever a server
//! does or does not answer, each way of ending is to fit the budget. The same shares hold for a load that is stopped by
//! `LOAD_TIMEOUT` or because its lease is lost, and that for a look at who holds a lock for every such look.

use std::time::Duration;

/// What platforms grant beyond `SHUTDOWN_GRACE`.
pub const BUDGET: Duration = Duration::from_secs(30);

/// For a cancelled statement to end, before the server is asked to end its session.
pub const CANCEL: Duration = Duration::from_secs(8);
/// For a look at who holds the lock that the statement waited for.
pub const NAME_BLOCKERS: Duration = Duration::from_secs(5);
pub const ROLL_BACK: Duration = Duration::from_secs(4);
/// For ending, from another session, one that does not answer.
pub const END_SESSION: Duration = Duration::from_secs(4);

/// For the answer to a COMMIT that was sent.
pub const COMMIT: Duration = Duration::from_secs(5);
/// For asking the ledger about a COMMIT without an answer.
pub const ASK_LEDGER: Duration = Duration::from_secs(9);

/// For the answer to the last question to the queue, as what is given back before could be received by it.
pub const LAST_POLL: Duration = Duration::from_secs(10);

/// For giving a message back, or whatever its settlement is.
pub const SETTLE: Duration = Duration::from_secs(5);
/// For notices that are not sent yet, once every message is settled. To a place that answers many a second are sent.
pub const NOTICES: Duration = Duration::from_secs(1);
/// For everything else: what is left of the services, and the machine's own slowness.
pub const REST: Duration = Duration::from_secs(3);

/// The ways of ending, each with its shares in order. Written by hand: that the sums fit is checked here, at compile time,
/// and that a daemon whose servers fall silent ends so, in `tests/integration/shutdown.rs`. A new wait on one of these
/// ways gets a share here.
const WAYS: [&[Duration]; 4] = [
    // A statement is stopped. At worst each step ends just in time, and the last one is needed too. One of the table config's
    // own is looked at before it is stopped, and others after.
    &[CANCEL, NAME_BLOCKERS, ROLL_BACK, END_SESSION, SETTLE, NOTICES, REST],
    // COMMIT was sent.
    &[COMMIT, END_SESSION, ASK_LEDGER, SETTLE, NOTICES, REST],
    // What comes after loads is stopped when the drain begins, beside everything else.
    &[CANCEL, END_SESSION, NOTICES, REST],
    // Messages are still received, and given back.
    &[LAST_POLL, SETTLE, NOTICES, REST],
];

const _: () = {
    let mut way = 0;
    while way < WAYS.len() {
        let (mut seconds, mut share) = (0, 0);
        while share < WAYS[way].len() {
            seconds += WAYS[way][share].as_secs();
            share += 1;
        }
        assert!(seconds <= BUDGET.as_secs(), "a way of ending takes longer than the budget");
        way += 1;
    }
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The value behind `name` and a colon, in YAML or JSON.
    fn value<'a>(text: &'a str, name: &str) -> &'a str {
        let line = text.lines().find(|line| line.contains(name)).unwrap();
        line.rsplit(": ").next().unwrap().trim_matches([' ', ',', '"'])
    }

    #[test]
    fn platforms_wait_for_the_drain_and_the_budget_together() {
        let kubernetes = include_str!("../../deploy/kubernetes/deployment.yaml");
        let settings = include_str!("../../deploy/kubernetes/configmap.yaml");
        let marathon = include_str!("../../deploy/marathon/app.json");
        for (granted, drain) in [
            (value(kubernetes, "terminationGracePeriodSeconds: "), value(settings, "SHUTDOWN_GRACE: ")),
            (value(marathon, "taskKillGracePeriodSeconds"), value(marathon, "SHUTDOWN_GRACE")),
        ] {
            let granted = Duration::from_secs(granted.parse().unwrap());
            let drain = humantime::parse_duration(drain).unwrap();
            assert!(granted >= drain + BUDGET, "{granted:?} for a drain of {drain:?} and {BUDGET:?}");
        }
    }
}
