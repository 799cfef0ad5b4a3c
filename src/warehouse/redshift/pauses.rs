//! Pauses, read and written in the schema of the ledger. Their table is made by the first pause; as long as there is none, nothing
//! is paused.

use chrono::DateTime;
use tokio_postgres::SimpleQueryRow;

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::model::ident::Ident;
use crate::model::pause::{Pause, PauseTarget, Pauses, WhoAndWhy};
use crate::warehouse::redshift::connect::session::Session;
use crate::warehouse::redshift::sql::session::BEGIN;
use crate::warehouse::redshift::sql::text::Sql;
use crate::warehouse::redshift::{Redshift, errors};

/// How often a pause is written that others write at the same time.
const ATTEMPTS: usize = 3;

pub(super) async fn pauses(redshift: &Redshift) -> Result<Pauses, Failure> {
    let mut session = redshift.pool.session(Stage::Inspect).await?;
    let rows = match session.rows(&redshift.ledger.read_pauses()).await {
        Err(error) if errors::relation_is_missing(&error) => return Ok(Pauses::default()),
        rows => rows.map_err(|error| failed("reading", Stage::Inspect, redshift, &error))?,
    };
    let unreadable = || {
        let sentence = format!("a row of the pauses in {} has an unexpected form", redshift.ledger.pauses());
        Failure::new(FailureKind::StatementRefused, Stage::Inspect, sentence)
    };
    let pauses = rows.iter().map(|row| pause_of(row).ok_or_else(unreadable));
    Ok(Pauses::new(pauses.collect::<Result<_, _>>()?))
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
    let written = match in_transaction(&mut session, statements).await {
        Err(error) if errors::relation_is_missing(&error) && is_to_be_made => {
            make(redshift, &mut session).await?;
            in_transaction(&mut session, statements).await
        }
        Err(error) if errors::relation_is_missing(&error) => return Ok(()),
        written => written,
    };
    written.map_err(|error| failed("writing", Stage::Record, redshift, &error))
}

async fn make(redshift: &Redshift, session: &mut Session) -> Result<(), Failure> {
    let ledger = &redshift.ledger;
    let create = ledger.create_pauses();
    let mut made = in_transaction(session, &create).await;
    if made.as_ref().is_err_and(errors::relation_is_missing) {
        made = match session.rows(&ledger.create_schema()).await {
            Ok(_) => in_transaction(session, &create).await,
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

async fn in_transaction(session: &mut Session, statements: &[Sql]) -> Result<(), tokio_postgres::Error> {
    session.enters_transaction();
    let written = match session.answers([&BEGIN].into_iter().chain(statements)).await {
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
