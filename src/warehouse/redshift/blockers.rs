//! Who holds a table that a statement waits for.

use std::fmt;
use std::time::Duration;

use tokio_postgres::SimpleQueryRow;

use crate::config::ending;
use crate::failure::{Failure, Stage};
use crate::model::shown::shown;
use crate::model::target_table::TargetTable;
use crate::warehouse::redshift::Redshift;
use crate::warehouse::redshift::sql::catalog;

/// A transaction that holds a lock of a table.
#[derive(Debug)]
struct Blocker {
    process_id: i32,
    user: String,
    /// Since the transaction began, in seconds.
    age: u64,
    /// Its last statement, shortened; empty when it cannot be seen.
    query: String,
}

/// A text for people: who holds a table against a statement of this stage, in the session of `waiting`.
pub(super) async fn describe(
    redshift: &Redshift,
    target: &TargetTable,
    stage: Stage,
    waiting: i32,
) -> String {
    let looked = tokio::time::timeout(ending::NAME_BLOCKERS, find(redshift, target, stage, waiting)).await;
    match looked {
        Ok(Ok(blockers)) if blockers.is_empty() => {
            "nobody else is seen to hold it, so it may simply be long; users who are no superusers see others only with SYSLOG ACCESS UNRESTRICTED"
                .to_owned()
        }
        Ok(Ok(blockers)) => {
            let blockers: Vec<String> = blockers.iter().map(ToString::to_string).collect();
            format!("it is held by {}", blockers.join(" and by "))
        }
        Ok(Err(failure)) => format!("who holds it cannot be seen: {failure}"),
        Err(_) => "who holds it cannot be seen: no answer in time".to_owned(),
    }
}

async fn find(
    redshift: &Redshift,
    target: &TargetTable,
    stage: Stage,
    waiting: i32,
) -> Result<Vec<Blocker>, Failure> {
    let mut session = redshift.pool.session(stage).await?;
    // Readers are in the way of ADD COLUMN only (redshift-facts 2.4b).
    let also_readers = stage == Stage::Prepare;
    let holders = session.rows(&catalog::lock_holders(target, also_readers, waiting)).await;
    let unseen = |error: &tokio_postgres::Error| {
        super::errors::statement_failed("looking for locks in svv_transactions", stage, error)
    };
    let mut blockers = Vec::new();
    for row in holders.map_err(|error| unseen(&error))? {
        let mut blocker = Blocker::read(&row);
        // Clusters without this view, or without the right to it, still name the session.
        if let Ok(rows) = session.rows(&catalog::last_query(blocker.process_id)).await
            && let Some(query) = rows.first().and_then(|row| row.get(0))
        {
            blocker.query = query.split_whitespace().collect::<Vec<&str>>().join(" ");
        }
        blockers.push(blocker);
    }
    Ok(blockers)
}

impl Blocker {
    fn read(row: &SimpleQueryRow) -> Self {
        let field = |index| row.get(index).map(str::trim).unwrap_or_default();
        Self {
            process_id: field(0).parse().unwrap_or_default(),
            user: field(1).to_owned(),
            age: field(2).parse().unwrap_or_default(),
            query: String::new(),
        }
    }
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { process_id, user, age, query } = self;
        let age = humantime::format_duration(Duration::from_secs(*age));
        write!(f, "pid {process_id} of user `{}`, in a transaction that began {age} ago", shown(user))?;
        if query.is_empty() { Ok(()) } else { write!(f, " and last ran `{}`", shown(query)) }
    }
}
