//! Pauses, read and written in the schema of the ledger. Their table is made by the first pause; as long as there is none, nothing
//! is paused.

use std::time::Duration;

use chrono::DateTime;
use tokio_postgres::SimpleQueryRow;
use tokio_util::sync::CancellationToken;

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::model::ident::Ident;
use crate::model::pause::{Pause, PauseTarget, Pauses, WhoAndWhy};
use crate::warehouse::redshift::connect::session::{Interrupted, Session};
use crate::warehouse::redshift::sql::ledger::pauses::MOST;
use crate::warehouse::redshift::sql::session::BEGIN;
use crate::warehouse::redshift::sql::text::Sql;
use crate::warehouse::redshift::{Redshift, errors};

/// How often a pause is written that others write at the same time.
const ATTEMPTS: usize = 3;
/// For the server to read or write them. No load is started meanwhile, and sessions are few.
const LONGEST: Duration = Duration::from_secs(15);

pub(super) async fn pauses(redshift: &Redshift) -> Result<Pauses, Failure> {
    let mut session = redshift.pool.session(Stage::Inspect).await?;
    let rows = match rows_in_time(&mut session, &redshift.ledger.read_pauses()).await {
        Ok(rows) => rows,
        Err(Interrupted::Refused(error)) if errors::relation_is_missing(&error) => {
            return Ok(Pauses::default());
        }
        Err(Interrupted::Refused(error)) => return Err(failed("reading", Stage::Inspect, redshift, &error)),
        Err(Interrupted::Aborted) => return Err(too_slow(redshift)),
    };
    if rows.len() > MOST {
        let sentence =
            format!("{} has more than {MOST} pauses, which nobody can have meant", redshift.ledger.pauses());
        return Err(Failure::new(FailureKind::StatementRefused, Stage::Inspect, sentence));
    }
    let unreadable = || {
        let sentence = format!("a row of the pauses in {} has an unexpected form", redshift.ledger.pauses());
        Failure::new(FailureKind::StatementRefused, Stage::Inspect, sentence)
    };
    let pauses = rows.iter().map(|row| pause_of(row).ok_or_else(unreadable));
    Ok(Pauses::new(pauses.collect::<Result<_, _>>()?))
}

/// The server is told to end the question when it takes too long. A limit of the server's own would cost the session where there is
/// no table of pauses, as after an error nobody knows which limit holds.
async fn rows_in_time(session: &mut Session, question: &Sql) -> Result<Vec<SimpleQueryRow>, Interrupted> {
    let stop = CancellationToken::new();
    let mut reading = std::pin::pin!(session.rows_unless_aborted(question, &stop));
    tokio::select! {
        rows = &mut reading => return rows,
        () = tokio::time::sleep(LONGEST) => stop.cancel(),
    }
    reading.await
}

fn too_slow(redshift: &Redshift) -> Failure {
    let sentence = format!(
        "reading pauses in {} has taken longer than {} s; look who locks that table, and whether queries wait for a slot of WLM",
        redshift.ledger.pauses(),
        LONGEST.as_secs()
    );
    Failure::new(FailureKind::Timeout, Stage::Inspect, sentence)
}

/// `None` when it cannot be read: a pause must not pass for none.
fn pause_of(row: &SimpleQueryRow) -> Option<Pause> {
    let name = |index| row.get(index).map(|name| (!name.is_empty()).then(|| Ident::of_catalog(name)));
    let (schema, table) = (name(0)?, name(1)?);
    Some(Pause {
        target: table.map_or(PauseTarget::All, |table| PauseTarget::Table { schema, table }),
        since: DateTime::from_timestamp(row.get(2)?.parse().ok()?, 0)?,
        who: WhoAndWhy::new(row.get(3)?, row.get(4)?),
    })
}

/// One row for each target: a second pause of the same takes the place of the first.
pub(super) async fn pause(redshift: &Redshift, target: &PauseTarget, who: &WhoAndWhy) -> Result<(), Failure> {
    let ledger = &redshift.ledger;
    let statements = [ledger.delete_pause(target), ledger.insert_pause(target, who)];
    write(redshift, &statements, true).await
}

pub(super) async fn resume(redshift: &Redshift, target: &PauseTarget) -> Result<(), Failure> {
    write(redshift, &[redshift.ledger.delete_pauses(target)], false).await
}

/// In one transaction, and again when another one was in the way.
async fn write(redshift: &Redshift, statements: &[Sql], is_to_be_made: bool) -> Result<(), Failure> {
    let mut result = Ok(());
    for _ in 0..ATTEMPTS {
        result = write_once(redshift, statements, is_to_be_made).await;
        match &result {
            Err(failure) if failure.kind == FailureKind::Conflict => {}
            _ => break,
        }
    }
    result
}

async fn write_once(redshift: &Redshift, statements: &[Sql], is_to_be_made: bool) -> Result<(), Failure> {
    let mut session = redshift.pool.session(Stage::Record).await?;
    let written = match in_transaction(redshift, &mut session, statements).await {
        Err(error) if errors::relation_is_missing(&error) && is_to_be_made => {
            make(redshift, &mut session).await?;
            in_transaction(redshift, &mut session, statements).await
        }
        Err(error) if errors::relation_is_missing(&error) => return Ok(()),
        written => written,
    };
    written.map_err(|error| failed("writing", Stage::Record, redshift, &error))
}

async fn make(redshift: &Redshift, session: &mut Session) -> Result<(), Failure> {
    let ledger = &redshift.ledger;
    let create = ledger.create_pauses();
    let mut made = in_transaction(redshift, session, &create).await;
    if made.as_ref().is_err_and(errors::relation_is_missing) {
        made = match session.rows(&ledger.create_schema()).await {
            Ok(_) => in_transaction(redshift, session, &create).await,
            Err(error) => Err(error),
        };
    }
    made.map_err(|error| {
        let failure = failed("creating the table of", Stage::Record, redshift, &error);
        match failure.kind {
            FailureKind::Conflict => failure,
            _ => failure.advised(&Advice::MakePauses(create.map(|sql| sql.to_show().to_owned()).join("; "))),
        }
    })
}

async fn in_transaction(
    redshift: &Redshift,
    session: &mut Session,
    statements: &[Sql],
) -> Result<(), tokio_postgres::Error> {
    session.enters_transaction();
    let usual = redshift.sessions.statement_timeout;
    let written = match session.answers_in_time([&BEGIN].into_iter().chain(statements), LONGEST, usual).await
    {
        Ok(_) => session.commit().await,
        Err(error) => Err(error),
    };
    if written.is_err() {
        session.roll_back().await;
    }
    written
}

fn failed(doing: &str, stage: Stage, redshift: &Redshift, error: &tokio_postgres::Error) -> Failure {
    errors::statement_failed(&format!("{doing} pauses in {}", redshift.ledger.pauses()), stage, error)
}
