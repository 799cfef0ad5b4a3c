//! Makes the ledger where there is none, and gives one of an earlier version what this one needs.

use tracing::info;

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::model::table::{ExistingTable, TableState};
use crate::model::target_table::TargetTable;
use crate::warehouse::redshift::ledger::unreadable;
use crate::warehouse::redshift::sql::catalog;
use crate::warehouse::redshift::sql::text::Sql;
use crate::warehouse::redshift::{Redshift, errors, inspect};

/// How often the ledger is looked at before what is in the way is reported.
const ATTEMPTS: usize = 3;

/// Looks before it creates: a loader without the right to create schemas works with a ledger that was made for it. A conflict
/// may mean that another daemon makes the same at the same moment (redshift-facts 2.11), or that something else was in the
/// way: only another look tells.
pub(in crate::warehouse::redshift) async fn prepare(redshift: &Redshift) -> Result<(), Failure> {
    let mut result = Ok(());
    for _ in 0..ATTEMPTS {
        result = make_what_is_missing(redshift).await;
        match &result {
            Err(failure) if failure.kind == FailureKind::Conflict => {}
            _ => break,
        }
    }
    result
}

async fn make_what_is_missing(redshift: &Redshift) -> Result<(), Failure> {
    for (table, create, state) in look(redshift).await? {
        let what = format!("creating the ledger {table}");
        match state {
            TableState::Table(there) => {
                add_what_is_missing(redshift, &table, &there).await?;
                continue;
            }
            TableState::NotATable(kind) => return Err(not_a_table(&table, kind)),
            TableState::Missing => {}
            TableState::SchemaMissing => {
                run(redshift, &what, &redshift.ledger.create_schema()).await?;
            }
        }
        run(redshift, &what, &create).await?;
    }
    Ok(())
}

/// Each table of the ledger with the statement that makes it and what is there under its name; nothing when both are there with
/// all their columns.
pub(in crate::warehouse::redshift) async fn look(
    redshift: &Redshift,
) -> Result<Vec<(TargetTable, Sql, TableState)>, Failure> {
    let tables = redshift.ledger.tables();
    let mut session = redshift.pool.session(Stage::Inspect).await?;
    // What has all columns needs no look at the catalog, on which a new session spends most of its time.
    match session.answers(&redshift.ledger.have_all_columns()).await {
        Ok(_) => return Ok(Vec::new()),
        Err(error) if errors::relation_is_missing(&error) || errors::column_is_missing(&error) => {}
        Err(error) => return Err(unreadable(redshift, &error)),
    }
    let questions: Vec<Sql> = tables.iter().flat_map(|(table, _)| catalog::definition(table)).collect();
    let answers = session.answers(&questions).await.map_err(|error| unreadable(redshift, &error))?;
    let of_each = answers.chunks(questions.len() / tables.len());
    let states = tables
        .into_iter()
        .zip(of_each)
        .map(|((table, create), answers)| Ok((table.clone(), create, inspect::state(table, answers)?)));
    states.collect()
}

/// A view, say, under the name of a table of the ledger.
pub(in crate::warehouse::redshift) fn not_a_table(table: &TargetTable, kind: &str) -> Failure {
    let sentence = format!("the ledger {table} is a {kind}");
    Failure::new(FailureKind::StatementRefused, Stage::Inspect, sentence)
        .advised(&Advice::UseOtherLedgerSchema)
}

/// The columns that a table of an earlier version lacks, each with the statement that adds it.
pub(in crate::warehouse::redshift) fn missing_columns(
    redshift: &Redshift,
    table: &TargetTable,
    there: &ExistingTable,
) -> Vec<(&'static str, Sql)> {
    let is_there = |column| there.columns.iter().any(|there| there.name.as_str() == column);
    let additions = redshift.ledger.additions(table);
    additions.into_iter().filter(|(column, _)| !is_there(*column)).collect()
}

/// A ledger that an earlier version made gets the columns that this one needs. Safe to repeat, and while daemons of both
/// versions run.
async fn add_what_is_missing(
    redshift: &Redshift,
    table: &TargetTable,
    there: &ExistingTable,
) -> Result<(), Failure> {
    let missing = missing_columns(redshift, table, there);
    for (index, (column, addition)) in missing.iter().enumerate() {
        let what = format!("adding the column `{column}` to the ledger {table}");
        run(redshift, &what, addition).await.map_err(|failure| {
            if failure.kind == FailureKind::Conflict {
                return failure;
            }
            let left = missing.iter().skip(index).map(|(_, addition)| addition.to_show());
            let statements = left.collect::<Vec<_>>().join("; ");
            failure.and("this version needs it").advised(&Advice::HaveOwnerRun(statements))
        })?;
    }
    if !missing.is_empty() {
        info!(
            "the ledger {table} of an earlier version has got the {} columns that this one needs",
            missing.len()
        );
    }
    Ok(())
}

async fn run(redshift: &Redshift, what: &str, statement: &Sql) -> Result<(), Failure> {
    let mut session = redshift.pool.session(Stage::Inspect).await?;
    let result = session.rows(statement).await;
    result.map(drop).map_err(|error| errors::statement_failed(what, Stage::Inspect, &error))
}
