//! Answers what `check` asks: of the warehouse, the ledger and the rights on a target. Nothing is changed; what is tried is
//! rolled back.

use chrono::DateTime;
use tokio_postgres::SimpleQueryRow;

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::model::ident::Ident;
use crate::model::table::TableState;
use crate::model::target_table::TargetTable;
use crate::warehouse::examined::{Isolation, LedgerState, Rights, TargetFacts, Version, WarehouseFacts};
use crate::warehouse::redshift::connect::session::Session;
use crate::warehouse::redshift::ledger::prepare;
use crate::warehouse::redshift::sql::session::BEGIN;
use crate::warehouse::redshift::sql::text::Sql;
use crate::warehouse::redshift::sql::{after, catalog, rights};
use crate::warehouse::redshift::{Redshift, errors, inspect};

impl Redshift {
    /// What the warehouse says of itself.
    pub async fn facts(&self) -> Result<WarehouseFacts, Failure> {
        let mut session = self.pool.session(Stage::Inspect).await?;
        let about = session.rows(&rights::ABOUT).await;
        let about = about.map_err(|error| failed("asking for the version", &error))?;
        let isolation = session.rows(&rights::ISOLATION).await;
        // Whatever the answer is, the session is not as another borrower expects it.
        session.discard();
        let default_zone = session.answers(&rights::DEFAULT_ZONE).await;
        let text = |index: usize| about.first().and_then(|row| row.get(index)).unwrap_or_default().to_owned();
        let first = |rows: &[SimpleQueryRow]| rows.first().and_then(|row| row.get(0)).map(str::to_owned);
        let isolation = isolation.ok().and_then(|rows| isolation_of(&first(&rows)?));
        Ok(WarehouseFacts {
            version: Version::of(&text(0)),
            zone: text(1),
            default_zone: default_zone.ok().and_then(|answers| first(answers.last()?)),
            told_at: text(2).parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
            isolation,
        })
    }

    /// Whether the ledger can be written, and what it is: a row is written, where need be to a ledger that is made for it, and
    /// rolled back.
    pub async fn ledger_state(&self) -> Result<LedgerState, Failure> {
        let found = prepare::look(self).await?;
        let (mut missing, mut to_make) = (Vec::new(), Vec::new());
        let mut is_there = false;
        let mut tables = Vec::new();
        for (table, create, state) in found {
            match state {
                TableState::Table(there) => {
                    is_there = true;
                    let lacking = prepare::missing_columns(self, &table, &there);
                    missing.extend(lacking.iter().map(|(column, _)| format!("{}.{column}", table.table)));
                    self.may_upgrade(&table, lacking).await?;
                }
                TableState::NotATable(kind) => return Err(prepare::not_a_table(&table, kind)),
                TableState::Missing => {
                    tables.push(table.table.to_string());
                    to_make.push(create);
                }
                TableState::SchemaMissing => {
                    if to_make.is_empty() {
                        to_make.push(self.ledger.create_schema());
                    }
                    to_make.push(create);
                }
            }
        }
        self.may_write_ledger(&to_make).await?;
        if is_there {
            missing.extend(tables);
        }
        Ok(match (missing.is_empty(), to_make.is_empty()) {
            (false, _) => LedgerState::Earlier { missing },
            (true, false) => LedgerState::CanBeMade,
            (true, true) => LedgerState::Writable,
        })
    }

    /// A daemon adds what a ledger of an earlier version lacks, for which it must own it.
    async fn may_upgrade(
        &self,
        table: &TargetTable,
        lacking: Vec<(&'static str, Sql)>,
    ) -> Result<(), Failure> {
        if lacking.is_empty() || self.rights(table).await?.owns {
            return Ok(());
        }
        let statements: Vec<&str> = lacking.iter().map(|(_, addition)| addition.to_show()).collect();
        let sentence = format!(
            "the ledger {table} of an earlier version lacks {} columns, which only its owner can add",
            lacking.len()
        );
        Err(Failure::new(FailureKind::PermissionDenied, Stage::Inspect, sentence)
            .advised(&Advice::HaveOwnerRun(statements.join("; "))))
    }

    async fn may_write_ledger(&self, to_make: &[Sql]) -> Result<(), Failure> {
        let (loads, superseded) = (self.ledger.loads(), self.ledger.superseded());
        let mut session = self.pool.session(Stage::Inspect).await?;
        session.enters_transaction();
        let tried = async {
            let send = async |session: &mut Session, what: &str, sql: &Sql| {
                session.rows(sql).await.map_err(|error| failed(what, &error))
            };
            send(&mut session, "beginning a transaction", &BEGIN).await?;
            for statement in to_make {
                send(&mut session, &format!("making the ledger {loads}"), statement).await?;
            }
            let what = format!("writing to the ledger {superseded}");
            send(&mut session, &what, &self.ledger.insert_nothing()).await?;
            for table in [loads, self.ledger.files()] {
                let rows = send(&mut session, "asking for rights", &rights::rights(table)).await?;
                let Rights { usage: true, select: true, insert: true, .. } = rights_of(rows.first()) else {
                    let sentence = format!("the loader's user may not read and write the ledger {table}");
                    return Err(Failure::new(FailureKind::PermissionDenied, Stage::Inspect, sentence)
                        .advised(&Advice::GrantRight));
                };
            }
            Ok(())
        };
        let tried = tried.await;
        session.roll_back().await;
        tried
    }

    /// What is there under the name of a target, and what our user may do with it. The ledger is not asked: it has a finding of
    /// its own.
    pub async fn target_facts(&self, target: &TargetTable) -> Result<TargetFacts, Failure> {
        let mut session = self.pool.session(Stage::Inspect).await?;
        let answers = session.answers(&catalog::definition(target)).await;
        drop(session);
        let what = format!("reading the definition of {target}");
        let table = inspect::state(target, &answers.map_err(|error| failed(&what, &error))?)?;
        let views = match &table {
            TableState::Table(there) => {
                let columns: Vec<Ident> = there.columns.iter().map(|column| column.name.clone()).collect();
                inspect::views_of_columns(self, target, &columns).await?
            }
            TableState::NotATable(_) | TableState::Missing | TableState::SchemaMissing => Vec::new(),
        };
        Ok(TargetFacts { rights: self.rights(target).await?, table, views })
    }

    async fn rights(&self, target: &TargetTable) -> Result<Rights, Failure> {
        let mut session = self.pool.session(Stage::Inspect).await?;
        let answers = session.answers(&[rights::rights(target), after::is_owner(target)]).await;
        let answers = answers.map_err(|error| failed(&format!("asking for rights on {target}"), &error))?;
        let [of_user, owner] = [0, 1].map(|index| answers.get(index).and_then(|rows| rows.first()));
        Ok(Rights { owns: owner.and_then(|row| row.get(0)) == Some("1"), ..rights_of(of_user) })
    }
}

fn rights_of(row: Option<&SimpleQueryRow>) -> Rights {
    let is = |index| row.and_then(|row| row.get(index)) == Some("t");
    Rights { usage: is(0), create: is(1), select: is(2), insert: is(3), delete: is(4), owns: false }
}

fn isolation_of(config: &str) -> Option<Isolation> {
    let (_, model) = config.split_once("concurrency_model=")?;
    match model.chars().next()? {
        '1' => Some(Isolation::Snapshot),
        '2' => Some(Isolation::Serializable),
        _ => None,
    }
}

fn failed(what: &str, error: &tokio_postgres::Error) -> Failure {
    errors::statement_failed(what, Stage::Inspect, error)
}
