//! The state of the daemon in one sentence: the first thing that somebody reads who was woken.

use std::time::Duration;

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nobody needs to do anything.
    Well,
    /// Messages are loaded, and something waits for somebody.
    Attention,
    /// No messages are received, as somebody wants it so.
    Paused,
    /// No messages are received.
    Stopped,
}

/// What the sentence is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    pub is_draining: bool,
    /// For how long Redshift was not reached; `None` while it is.
    pub warehouse_down_for: Option<Duration>,
    /// Whether it answers, and refuses the login.
    pub warehouse_refuses_login: bool,
    /// Whether it was reached since the start.
    pub warehouse_was_reached: bool,
    /// What keeps every load from starting besides, as the predicate of a sentence.
    pub closed: Option<String>,
    /// Whether that is somebody's wish.
    pub is_closed_by_wish: bool,
    pub paused_tables: usize,
    pub queue_is_down: bool,
    pub dead_letter_queue_is_down: bool,
    /// The file of routes has become wrong or cannot be read, and the rules from before are in use.
    pub routes_are_refused: bool,
    /// Messages in hand.
    pub held: usize,
    pub running: usize,
    /// Messages that wait for a load.
    pub waiting: usize,
    /// Running loads that wait for a lock of somebody else.
    pub blocked: usize,
    /// Tables that have failed and were not loaded since.
    pub failed_tables: usize,
    pub late_tables: usize,
    /// Nothing is known of what was loaded, and so of what is late.
    pub ledger_not_read: bool,
    pub dead_letters: Option<i64>,
}

pub fn tell(facts: &Facts) -> (Level, String) {
    let Facts { held, running, waiting, .. } = facts;
    let messages = counted(*held, "message");
    if facts.is_draining {
        let loads = counted(*running, "load");
        return (
            Level::Stopped,
            format!("Ending: no new messages are received, {loads} may end, {messages} held"),
        );
    }
    if let Some(down_for) = facts.warehouse_down_for {
        let trouble = match (facts.warehouse_refuses_login, facts.warehouse_was_reached) {
            (true, true) => "Redshift has refused the login for",
            (true, false) => "Redshift has refused the login since the start, for",
            (false, true) => "Redshift unreachable for",
            (false, false) => "Redshift not reached since the start, for",
        };
        let since = format!("{trouble} {}", in_words(down_for));
        return (Level::Stopped, format!("Not receiving: {since}, {messages} held, nothing lost"));
    }
    if facts.queue_is_down {
        return (
            Level::Stopped,
            format!("Not receiving: the queue cannot be used, {messages} held, nothing lost"),
        );
    }
    if let Some(closed) = &facts.closed {
        let loads = counted(*running, "load");
        let level = if facts.is_closed_by_wish { Level::Paused } else { Level::Stopped };
        return (level, format!("Not receiving: {closed}; {loads} may end, {messages} held, nothing lost"));
    }
    let now = format!("{} running, {waiting} waiting", counted(*running, "load"));
    let mut troubles = Vec::new();
    let mut trouble = |count: usize, noun: &str, what: &str| {
        if count > 0 {
            troubles.push(format!("{} {what}", counted(count, noun)));
        }
    };
    trouble(facts.failed_tables, "table", "failed");
    trouble(facts.late_tables, "table", "late");
    trouble(facts.paused_tables, "table", "paused");
    trouble(facts.blocked, "load", "waiting for a lock of others");
    let dead = facts.dead_letters.and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
    trouble(dead, "dead letter", "to look at");
    if facts.dead_letter_queue_is_down {
        troubles.push("the dead-letter queue cannot be used".to_owned());
    }
    if facts.routes_are_refused {
        troubles.push("the file of routes is refused, and its rules from before are in use".to_owned());
    }
    if facts.ledger_not_read {
        troubles.push("which tables are late is not known, as the ledger was not read".to_owned());
    }
    match troubles.is_empty() {
        true => (Level::Well, format!("All is well: {now}")),
        false => (Level::Attention, format!("Receiving: {now}; {}", troubles.join(", "))),
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// In one unit, rounded down: `4 min`, `3 h`, `12 d`.
pub fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(facts: &Facts, level: Level, sentence: &str) {
        assert_eq!(tell(facts), (level, sentence.to_owned()));
    }

    #[test]
    fn each_state_has_its_sentence_and_the_worst_comes_first() {
        let mut facts = Facts { running: 3, ..Facts::default() };
        check(&facts, Level::Well, "All is well: 3 loads running, 0 waiting");
        let unread = Facts { ledger_not_read: true, ..facts.clone() };
        let sentence = "Receiving: 3 loads running, 0 waiting; which tables are late is not known, as the ledger was not read";
        check(&unread, Level::Attention, sentence);
        facts = Facts { failed_tables: 2, late_tables: 1, dead_letters: Some(4), waiting: 5, ..facts };
        let attention =
            "Receiving: 3 loads running, 5 waiting; 2 tables failed, 1 table late, 4 dead letters to look at";
        check(&facts, Level::Attention, attention);
        facts = Facts { queue_is_down: true, held: 12, ..facts };
        check(
            &facts,
            Level::Stopped,
            "Not receiving: the queue cannot be used, 12 messages held, nothing lost",
        );
        facts = Facts {
            warehouse_down_for: Some(Duration::from_secs(299)),
            warehouse_was_reached: true,
            ..facts
        };
        check(
            &facts,
            Level::Stopped,
            "Not receiving: Redshift unreachable for 4 min, 12 messages held, nothing lost",
        );
        facts = Facts { warehouse_was_reached: false, held: 0, ..facts };
        check(
            &facts,
            Level::Stopped,
            "Not receiving: Redshift not reached since the start, for 4 min, 0 messages held, nothing lost",
        );
        facts = Facts { warehouse_was_reached: true, warehouse_refuses_login: true, ..facts };
        check(
            &facts,
            Level::Stopped,
            "Not receiving: Redshift has refused the login for 4 min, 0 messages held, nothing lost",
        );
        facts = Facts { is_draining: true, running: 1, held: 1, ..facts };
        check(&facts, Level::Stopped, "Ending: no new messages are received, 1 load may end, 1 message held");
    }

    #[test]
    fn what_somebody_has_to_look_at_is_told_beside_the_loads_that_run() {
        let refused = Facts { routes_are_refused: true, ..Facts::default() };
        let sentence = "Receiving: 0 loads running, 0 waiting; the file of routes is refused, and its rules from before are in use";
        check(&refused, Level::Attention, sentence);
        let facts = Facts { running: 1, blocked: 1, dead_letter_queue_is_down: true, ..Facts::default() };
        check(
            &facts,
            Level::Attention,
            "Receiving: 1 load running, 0 waiting; 1 load waiting for a lock of others, the dead-letter queue cannot be used",
        );
    }

    #[test]
    fn a_pause_is_told_with_who_wants_it_unless_something_is_broken_besides() {
        let closed =
            Some("paused by anna since 2026-11-27T01:00:00Z; resume with `s3-to-redshift resume`".to_owned());
        let paused = Facts {
            closed,
            is_closed_by_wish: true,
            running: 1,
            held: 3,
            failed_tables: 1,
            ..Facts::default()
        };
        check(
            &paused,
            Level::Paused,
            "Not receiving: paused by anna since 2026-11-27T01:00:00Z; resume with `s3-to-redshift resume`; 1 load may end, 3 messages held, nothing lost",
        );
        let down = Facts { warehouse_down_for: Some(Duration::from_secs(60)), ..paused };
        assert_eq!(tell(&down).0, Level::Stopped);
        let not_known = Some("what is paused is not known: permission denied".to_owned());
        let not_known = Facts { closed: not_known, ..Facts::default() };
        assert_eq!(tell(&not_known).0, Level::Stopped, "nobody wants it so");
        let tables = Facts { paused_tables: 2, ..Facts::default() };
        check(&tables, Level::Attention, "Receiving: 0 loads running, 0 waiting; 2 tables paused");
    }

    #[test]
    fn a_time_is_told_in_one_unit() {
        let words = [0, 59, 60, 3599, 3600, 172_799, 172_800].map(|s| in_words(Duration::from_secs(s)));
        assert_eq!(words, ["0 s", "59 s", "1 min", "59 min", "1 h", "47 h", "2 d"]);
    }
}
