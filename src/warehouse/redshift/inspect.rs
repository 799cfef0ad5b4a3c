//! Reads what is there: the definition of a table, and what its rows say of a data date.

use chrono::{DateTime, Utc};
use tokio_postgres::SimpleQueryRow;

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::column_type::ColumnType;
use crate::model::default_value::DefaultValue;
use crate::model::encoding::Encoding;
use crate::model::ident::Ident;
use crate::model::identity::Identity;
use crate::model::table::{
    Column, ColumnDefault, Constraint, ConstraintKind, Distribution, ExistingTable, SortKey, TableState,
    ViewOfColumn,
};
use crate::model::target_table::TargetTable;
use crate::model::window::rows::ColumnValue;
use crate::plan::input::{ImplausibleRows, RowsQuestion, TableRows};
use crate::warehouse::redshift::run::blockers::{Lock, report_blockers};
use crate::warehouse::redshift::sql::{catalog, rows};
use crate::warehouse::redshift::{Redshift, errors};

/// What the answers to [`catalog::definition`] say.
pub(super) fn state(target: &TargetTable, answers: &[Vec<SimpleQueryRow>]) -> Result<TableState, Failure> {
    let [relation, rows, of_constraints] = answers else {
        let sentence = format!("the definition of {target} cannot be read: Redshift gave too few answers");
        return Err(Failure::new(FailureKind::StatementRefused, Stage::Inspect, sentence));
    };
    let Some(relation) = relation.first() else { return Ok(TableState::SchemaMissing) };
    match relation.get(0) {
        None => return Ok(TableState::Missing),
        Some("r" | "p") => {}
        Some("m") => return Ok(TableState::NotATable("materialized view")),
        Some("f") => return Ok(TableState::NotATable("foreign table")),
        Some(_) => return Ok(TableState::NotATable("view")),
    }
    let columns = rows.iter().map(|row| CatalogColumn::read(row, target)).collect::<Result<Vec<_>, _>>()?;
    Ok(TableState::Table(ExistingTable {
        distribution: distribution(relation.get(1), &columns),
        chosen_dist_key: dist_key(&columns),
        sort_key: sort_key(&columns),
        constraints: constraints(of_constraints),
        views: Vec::new(),
        columns: columns.into_iter().map(|column| column.column).collect(),
    }))
}

pub(super) async fn views_of_columns(
    redshift: &Redshift,
    target: &TargetTable,
    columns: &[Ident],
) -> Result<Vec<ViewOfColumn>, Failure> {
    let mut session = redshift.pool.session(Stage::Inspect).await?;
    let rows = session.rows(&catalog::views_of_columns(target, columns)).await;
    let rows = rows.map_err(|error| {
        errors::statement_failed(&format!("looking for views of {target}"), Stage::Inspect, &error)
    })?;
    let view = |row: &SimpleQueryRow| {
        let [column, schema, table] = [row.get(0)?, row.get(1)?, row.get(2)?].map(Ident::of_catalog);
        Some(ViewOfColumn { column, view: TargetTable { schema, table } })
    };
    Ok(rows.iter().filter_map(view).collect())
}

pub(super) async fn table_rows(
    redshift: &Redshift,
    target: &TargetTable,
    question: Option<&RowsQuestion>,
) -> Result<TableRows, Failure> {
    let mut session = redshift.pool.session(Stage::Inspect).await?;
    let sql = rows::table_rows(target, question);
    let (what, waiting) = (format!("reading the dates of {target}"), session.process_id);
    // Whoever has the table for himself (LOCK, ALTER, TRUNCATE) holds up readers too (redshift-facts 2.5).
    let facts = tokio::select! {
        biased;
        facts = session.rows(&sql) => facts,
        never = report_blockers(redshift, Lock::Of(target), target, &what, Stage::Inspect, waiting) => match never {},
    };
    let facts = facts.map_err(|error| errors::statement_failed(&what, Stage::Inspect, &error))?;
    let mut found = TableRows::default();
    for fact in &facts {
        match fact.get(0) {
            Some(rows::ANY_ROW) => found.has_any = number(fact, target)?.is_some_and(|count| count > 0),
            Some(rows::OF_WINDOW) => {
                let count = number(fact, target)?.unwrap_or_default();
                found.in_window = u64::try_from(count).unwrap_or_default();
            }
            Some(rows::NEWEST) => {
                let newest = number(fact, target)?;
                found.newest = newest.zip(question).map(|(seconds, RowsQuestion { column, zone, .. })| {
                    // A date beyond this clock is later than any other.
                    let value = ColumnValue::of_epoch(seconds, column.column_type);
                    value.map_or(DateTime::<Utc>::MAX_UTC, |value| value.instant(*zone))
                });
            }
            Some(rows::IMPLAUSIBLE) => found.implausible = implausible(fact, target)?,
            _ => {}
        }
    }
    Ok(found)
}

/// Rows of a date that cannot be true, out of a row of [`rows::table_rows`] or [`rows::dates_of_rows`].
pub(super) fn implausible(
    fact: &SimpleQueryRow,
    target: &TargetTable,
) -> Result<Option<ImplausibleRows>, Failure> {
    let count = number(fact, target)?.and_then(|count| u64::try_from(count).ok()).filter(|count| *count > 0);
    Ok(count.map(|count| ImplausibleRows { count, latest: fact.get(2).unwrap_or_default().to_owned() }))
}

/// The number of a fact; `None` is null. One that cannot be read must not pass for nothing.
fn number(fact: &SimpleQueryRow, target: &TargetTable) -> Result<Option<i64>, Failure> {
    let Some(text) = fact.get(1) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let sentence = format!("the rows of {target} cannot be judged: Redshift says `{text}`");
        Failure::new(FailureKind::StatementRefused, Stage::Inspect, sentence)
    })
}

/// A column, and its part in the keys of the table.
struct CatalogColumn {
    column: Column,
    is_dist_key: bool,
    /// 0 for none; all positive for a compound key; alternating signs for an interleaved one (redshift-facts 3.3).
    sort_position: i32,
}

impl CatalogColumn {
    fn read(row: &SimpleQueryRow, target: &TargetTable) -> Result<Self, Failure> {
        let text = |index: usize| row.get(index).unwrap_or_default();
        let unreadable = |what: String| {
            Failure::new(
                FailureKind::SchemaConflict,
                Stage::Inspect,
                format!("{target} cannot be compared with its table config: column `{}` {what}", text(0)),
            )
        };
        let name = Ident::of_catalog(text(0));
        let column_type = ColumnType::parse(text(1))
            .map_err(|error| unreadable(format!("has an unknown type: {error}")))?;
        let default = row.get(3).map(|expression| {
            let identity = Identity::of_catalog(expression).map(ColumnDefault::Identity);
            let value = || DefaultValue::parse(expression).ok().map(ColumnDefault::Value);
            identity.or_else(value).unwrap_or_else(|| ColumnDefault::Other(expression.to_owned()))
        });
        let encoding = row.get(6).and_then(Encoding::parse);
        Ok(Self {
            column: Column { name, column_type, not_null: text(2) == "t", default, encoding },
            is_dist_key: text(4) == "t",
            sort_position: text(5).parse().unwrap_or_default(),
        })
    }
}

/// Rows of one constraint stand one behind another.
fn constraints(rows: &[SimpleQueryRow]) -> Vec<Constraint> {
    let mut constraints: Vec<Constraint> = Vec::new();
    for row in rows {
        let [Some(name), Some(kind), Some(column)] = [row.get(0), row.get(1), row.get(2)] else { continue };
        let (name, column) = (Ident::of_catalog(name), Ident::of_catalog(column));
        let kind = match kind {
            "p" => ConstraintKind::PrimaryKey,
            "u" => ConstraintKind::Unique,
            _ => ConstraintKind::ForeignKey,
        };
        match constraints.last_mut() {
            Some(last) if last.name == name => last.columns.push(column),
            _ => constraints.push(Constraint { name, kind, columns: vec![column] }),
        }
    }
    constraints
}

/// `reldiststyle`: 0 EVEN, 1 KEY, 8 ALL, 9 AUTO, of which 10 to 12 are the current forms (redshift-facts 3.3).
fn distribution(style: Option<&str>, columns: &[CatalogColumn]) -> Distribution {
    match style {
        Some("0") => Distribution::Even,
        Some("8") => Distribution::All,
        Some("1") => dist_key(columns).map_or(Distribution::Auto, Distribution::Key),
        _ => Distribution::Auto,
    }
}

fn dist_key(columns: &[CatalogColumn]) -> Option<Ident> {
    columns.iter().find(|column| column.is_dist_key).map(|column| column.column.name.clone())
}

fn sort_key(columns: &[CatalogColumn]) -> SortKey {
    let mut positions: Vec<(u32, &CatalogColumn)> = columns
        .iter()
        .filter(|column| column.sort_position != 0)
        .map(|column| (column.sort_position.unsigned_abs(), column))
        .collect();
    positions.sort_by_key(|(position, _)| *position);
    let interleaved = positions.iter().any(|(_, column)| column.sort_position < 0);
    let names: Vec<Ident> = positions.into_iter().map(|(_, column)| column.column.name.clone()).collect();
    match (names.is_empty(), interleaved) {
        (true, _) => SortKey::AutoOrNone,
        (false, true) => SortKey::Interleaved(names),
        (false, false) => SortKey::Compound(names),
    }
}
