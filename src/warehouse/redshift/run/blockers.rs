//! Who holds a table that a statement waits for.

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use tokio_postgres::SimpleQueryRow;
use tracing::warn;

use crate::config::ending;
use crate::failure::{Failure, Stage};
use crate::model::ident::Ident;
use crate::model::shown::shown;
use crate::model::target_table::TargetTable;
use crate::warehouse::redshift::sql::catalog;
use crate::warehouse::redshift::{Redshift, errors};

/// What a statement may wait for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lock<'a> {
    Of(&'a TargetTable),
    /// Nobody has read which relations the statement is about: it is asked while it waits, as what has ended waits for nothing.
    Awaited,
}

/// A transaction that holds a lock of a table.
#[derive(Debug)]
struct Blocker {
    process_id: i32,
    user: String,
    /// Since the transaction began, in seconds.
    age: u64,
    last_statement: LastStatement,
}

/// What is told of the last statement of somebody else's session.
#[derive(Debug, PartialEq, Eq)]
enum LastStatement {
    /// Clusters without the view, or without the right to it, still name the session.
    Unseen,
    Kind(&'static str),
    /// Its beginning. It may hold values, which are told only where those of refused rows are.
    Text(String),
}

/// The holders of what a statement waits for, as far as they are seen.
#[derive(Debug, Default)]
struct Found {
    /// What it waits for, where that was not known.
    relation: Option<TargetTable>,
    blockers: Vec<Blocker>,
}

/// A text for people: who holds a lock against a statement of this stage, in the session of `waiting`.
pub(super) async fn describe(redshift: &Redshift, lock: Lock<'_>, stage: Stage, waiting: i32) -> String {
    look(redshift, lock, stage, waiting).await.0
}

/// The text, and whether somebody was seen to hold it.
async fn look(redshift: &Redshift, lock: Lock<'_>, stage: Stage, waiting: i32) -> (String, bool) {
    let looked = tokio::time::timeout(ending::NAME_BLOCKERS, find(redshift, lock, stage, waiting)).await;
    match looked {
        Ok(Ok(found)) => (found.words(lock), !found.blockers.is_empty()),
        Ok(Err(failure)) => (format!("who holds it cannot be seen: {failure}"), false),
        Err(_) => ("who holds it cannot be seen: no answer in time".to_owned(), false),
    }
}

/// The statement that waited has ended: whoever held its lock holds up nobody now.
struct Unblocks<'a>(&'a Redshift, &'a TargetTable);

impl Drop for Unblocks<'_> {
    fn drop(&mut self) {
        self.0.progress.is_blocked(self.1, None);
    }
}

/// Says in the log, and of the load of `target`, who holds the lock, after growing pauses, for as long as it is polled.
pub(crate) async fn report_blockers(
    redshift: &Redshift,
    lock: Lock<'_>,
    target: &TargetTable,
    what: &str,
    stage: Stage,
    waiting: i32,
) -> Infallible {
    let mut patience = redshift.sessions.lock_wait_warning;
    let _at_the_end = Unblocks(redshift, target);
    loop {
        tokio::time::sleep(patience).await;
        let (blockers, are_seen) = look(redshift, lock, stage, waiting).await;
        redshift.progress.is_blocked(target, are_seen.then_some(blockers.as_str()));
        warn!("{what} is taking long: {blockers}");
        patience *= 2;
    }
}

async fn find(redshift: &Redshift, lock: Lock<'_>, stage: Stage, waiting: i32) -> Result<Found, Failure> {
    let mut session = redshift.pool.session(stage).await?;
    let question = match lock {
        // Readers are in the way of ADD COLUMN only (redshift-facts 2.4b).
        Lock::Of(table) => catalog::lock_holders(table, stage == Stage::Prepare, waiting),
        Lock::Awaited => catalog::holders_of_awaited_locks(waiting),
    };
    let holders = session.rows(&question).await;
    let unseen = |error: &tokio_postgres::Error| {
        errors::statement_failed("looking for locks in svv_transactions", stage, error)
    };
    let mut found = Found::default();
    for row in holders.map_err(|error| unseen(&error))? {
        // A statement waits for one lock at a time.
        found.relation = relation(&row);
        let Some(mut blocker) = Blocker::read(&row) else { continue };
        if let Ok(rows) = session.rows(&catalog::last_query(blocker.process_id)).await
            && let Some(text) = rows.first().and_then(|row| row.get(0))
        {
            let with_text = redshift.settings.load_errors.with_values;
            blocker.last_statement = LastStatement::of(text, with_text);
        }
        found.blockers.push(blocker);
    }
    Ok(found)
}

/// Of an answer to [`catalog::holders_of_awaited_locks`].
fn relation(row: &SimpleQueryRow) -> Option<TargetTable> {
    if row.len() < 5 {
        return None;
    }
    let [schema, table] = [row.get(3)?, row.get(4)?].map(Ident::of_catalog);
    Some(TargetTable { schema, table })
}

/// For those who may not see everything.
const SEES_LITTLE: &str = "users who are no superusers see others only with SYSLOG ACCESS UNRESTRICTED";

impl Found {
    fn words(&self, lock: Lock<'_>) -> String {
        let blockers: Vec<String> = self.blockers.iter().map(ToString::to_string).collect();
        let relation = self.relation.as_ref().map(|relation| shown(&relation.to_string()).into_owned());
        match (relation, lock, blockers.is_empty()) {
            (Some(relation), _, false) => {
                format!("it waits for the lock of {relation}, which is held by {}", blockers.join(" and by "))
            }
            (Some(relation), _, true) => {
                format!("it waits for the lock of {relation}, and nobody is seen to hold it; {SEES_LITTLE}")
            }
            (None, Lock::Awaited, _) => {
                "it is not seen to wait for a lock, so it may simply be long".to_owned()
            }
            (None, Lock::Of(_), true) => {
                format!("nobody else is seen to hold it, so it may simply be long; {SEES_LITTLE}")
            }
            (None, Lock::Of(_), false) => format!("it is held by {}", blockers.join(" and by ")),
        }
    }
}

impl Blocker {
    /// `None` where the row has none.
    fn read(row: &SimpleQueryRow) -> Option<Self> {
        let field = |index| row.get(index).map(str::trim);
        Some(Self {
            process_id: field(0)?.parse().unwrap_or_default(),
            user: field(1).unwrap_or_default().to_owned(),
            age: field(2).unwrap_or_default().parse().unwrap_or_default(),
            last_statement: LastStatement::Unseen,
        })
    }
}

/// First words of statements. Any other word of a statement may be a name or a value of its author's.
const KINDS: [&str; 36] = [
    "ABORT", "ALTER", "ANALYZE", "BEGIN", "CALL", "CANCEL", "CLOSE", "COMMENT", "COMMIT", "COPY", "CREATE",
    "DECLARE", "DELETE", "DROP", "END", "EXECUTE", "EXPLAIN", "FETCH", "GRANT", "INSERT", "LOCK", "MERGE",
    "PREPARE", "REFRESH", "RESET", "REVOKE", "ROLLBACK", "SELECT", "SET", "SHOW", "START", "TRUNCATE",
    "UNLOAD", "UPDATE", "VACUUM", "WITH",
];

const OTHER_KIND: &str = "a statement of unknown kind";

impl LastStatement {
    fn of(text: &str, with_text: bool) -> Self {
        if with_text {
            return Self::Text(text.split_whitespace().collect::<Vec<&str>>().join(" "));
        }
        // Views of Redshift may spell a line break as these two characters.
        let text = text.replace("\\n", "\n");
        let statement =
            without_leading_comments(&text).trim_start_matches(|c: char| c == '(' || c.is_whitespace());
        let word = statement.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        let kind = KINDS.into_iter().find(|kind| word.eq_ignore_ascii_case(kind));
        Self::Kind(kind.unwrap_or(OTHER_KIND))
    }
}

/// Tools put their own names and users before what they send.
fn without_leading_comments(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        let rest = match text.get(..2) {
            Some("--") => text.split_once('\n').map(|(_, rest)| rest),
            Some("/*") => text.split_once("*/").map(|(_, rest)| rest),
            _ => return text,
        };
        text = rest.unwrap_or_default();
    }
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { process_id, user, age, last_statement } = self;
        let age = humantime::format_duration(Duration::from_secs(*age));
        write!(f, "pid {process_id} of user `{}`, in a transaction that began {age} ago", shown(user))?;
        match last_statement {
            LastStatement::Unseen => Ok(()),
            LastStatement::Kind(kind) => write!(f, " and last ran {kind}"),
            LastStatement::Text(text) => write!(f, " and last ran `{}`", shown(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_somebody_elses_statement_only_the_kind_is_told() {
        let cases = [
            ("DELETE FROM t WHERE email = 'a@b.c'", "DELETE"),
            ("  /* app: x, user: ann */ -- 4711\n select * from t", "SELECT"),
            (r"-- dbt: model\nselect * from t", "SELECT"),
            (r"\n  /* app */\n-- 4711\n(select 1)", "SELECT"),
            ("(SELECT 1) UNION (SELECT 2)", "SELECT"),
            ("with secret as (select 1) select * from secret", "WITH"),
            ("copy t from 's3://b/k' credentials 'aws_access_key_id=…'", "COPY"),
            ("secret", OTHER_KIND),
            ("/* never ends", OTHER_KIND),
            ("", OTHER_KIND),
        ];
        for (text, kind) in cases {
            assert_eq!(LastStatement::of(text, false), LastStatement::Kind(kind), "{text}");
        }
        assert_eq!(LastStatement::of("select\n 1", true), LastStatement::Text("select 1".to_owned()));
    }
}
