//! What a load does, spelt once: `plan` shows these actions, and a run performs the same ones.

mod of_step;

use std::time::Duration;

use crate::failure::{Failure, FailureKind, Stage};
use crate::model::ident::Ident;
use crate::model::shown::shown;
use crate::model::target_table::TargetTable;
use crate::plan::LoadPlan;
use crate::plan::step::{Preparation, Step};
use crate::warehouse::redshift::Redshift;
use crate::warehouse::redshift::sql::ledger::rows::{EndOfLoad, MovedRows};
use crate::warehouse::redshift::sql::load::{self, Authorization};
use crate::warehouse::redshift::sql::merge::Range;
use crate::warehouse::redshift::sql::text::Sql;
use crate::warehouse::redshift::sql::{catalog, session, table};

/// One thing that a load does.
pub(super) struct Action<'a> {
    /// What it is called in sentences: "deleting rows from s.t".
    pub(super) what: String,
    pub(super) stage: Stage,
    pub(super) means: Means<'a>,
}

pub(super) enum Means<'a> {
    /// A statement in the load's own session.
    Statement {
        sql: Sql,
        /// The table whose lock it may wait for, held by others.
        lock: Option<&'a TargetTable>,
    },
    /// Several of the same kind, one after another.
    Statements { statements: Vec<Sql>, lock: &'a TargetTable },
    /// Questions on a second connection, one after another, whose answers are taken for one: the transaction of a load never reads what others write (redshift-facts 2.4), and
    /// would see it as it was.
    Questions(Vec<Sql>),
    /// No SQL: what is done without Redshift, in words.
    Words(String),
}

/// What nobody knows before a load runs.
pub(super) struct Moment<'a> {
    /// By whose rights COPY reads, wherever it is asked.
    pub(super) authorization: Authorization<'a>,
    /// `None` before the load: then words stand for the numbers.
    pub(super) moved: Option<MovedRows>,
    /// Of the staged rows of a merge.
    pub(super) range: Option<Range>,
    pub(super) end: EndOfLoad,
}

impl<'a> Moment<'a> {
    fn beforehand(redshift: &'a Redshift, plan: &LoadPlan) -> Self {
        let is_first = plan.transaction.iter().any(|step| matches!(step, Step::CreateTable(_)));
        let role = redshift.settings.copy_role.as_ref();
        let words = |text: &str| text.to_owned();
        let range = Range { first: words("<first of the data>"), last: words("<last of the data>") };
        Self {
            authorization: role.map_or(Authorization::MaskedKeys, Authorization::Role),
            moved: None,
            range: Some(range),
            end: if is_first { EndOfLoad::After(None) } else { EndOfLoad::Expected },
        }
    }
}

/// All that `plan` shows, in the order in which a run does it.
pub(super) fn of_plan<'a>(redshift: &'a Redshift, plan: &'a LoadPlan) -> Vec<Action<'a>> {
    let moment = Moment::beforehand(redshift, plan);
    let preparation = plan.preparation.iter().map(|preparation| Action::of_preparation(plan, preparation));
    let steps = plan.transaction.iter().map(|step| Action::of_step(redshift, plan, step, &moment));
    preparation.chain([Action::begin()]).chain(steps).chain([Action::commit(plan)]).collect()
}

pub(super) fn stage_of(step: &Step) -> Stage {
    match step {
        Step::CreateTable(_) | Step::Delete(_) | Step::CheckDeleted(_) => Stage::Replace,
        Step::LookAgain(_) | Step::LookForFiles { .. } => Stage::Replace,
        Step::PreSql(_) => Stage::PreSql,
        Step::PostSql(_) => Stage::PostSql,
        Step::CountSurplus(_)
        | Step::CheckSurplus(_)
        | Step::CreateWide(_)
        | Step::CopyWide(_)
        | Step::CountSkipped
        | Step::CountCuts(_)
        | Step::DropWide
        | Step::CreateStaging
        | Step::Copy(_)
        | Step::CheckFiles(_)
        | Step::CheckTemplate(_)
        | Step::CheckDates(_)
        | Step::CheckRowCount(_)
        | Step::CheckKeys(_) => Stage::Copy,
        Step::DropOlder(_)
        | Step::KeepColumns(_)
        | Step::DeleteMatches(_)
        | Step::InsertStaged(_)
        | Step::DropStaging => Stage::Merge,
        Step::RecordSuperseded(_) | Step::RecordFiles(_) | Step::RecordLoad => Stage::Record,
    }
}

impl<'a> Action<'a> {
    pub(super) fn of_preparation(plan: &'a LoadPlan, preparation: &Preparation) -> Self {
        let target = &plan.key.target;
        let (what, means) = match preparation {
            Preparation::AddColumn(column) => {
                let what = format!("adding column `{}` to {target}", column.name);
                (what, Means::with_lock(table::add_column(target, column), target))
            }
            Preparation::Widen(widening) => {
                let what = format!("widening column `{}` of {target}", widening.column);
                (what, Means::with_lock(table::widen(target, widening), target))
            }
            Preparation::WritePaths { uri, keys, .. } => {
                let uri = uri.to_string();
                let words = format!(
                    "writes the JSON paths {} ({} keys, and the whole object)",
                    shown(&uri),
                    keys.len()
                );
                (load_of(plan), Means::Words(words))
            }
            Preparation::WriteManifest { uri, files, .. } => {
                let uri = uri.to_string();
                let words = format!("writes the manifest {} ({} files)", shown(&uri), files.len());
                (load_of(plan), Means::Words(words))
            }
        };
        Self { what, stage: Stage::Prepare, means }
    }

    pub(super) fn begin() -> Self {
        Self { what: "BEGIN".to_owned(), stage: Stage::Replace, means: Means::statement(session::BEGIN) }
    }

    pub(super) fn commit(plan: &LoadPlan) -> Self {
        let what = format!("COMMIT of {}", load_of(plan));
        Self { what, stage: Stage::Commit, means: Means::statement(session::COMMIT) }
    }

    /// Of the session alone, and no part of a plan: how long its statements may take from now on.
    pub(super) fn limit(timeout: Duration) -> Self {
        let what = "limiting the time of ALTER TABLE".to_owned();
        Self { what, stage: Stage::Prepare, means: Means::statement(session::limit_statements(timeout)) }
    }

    /// What became of a column that could not be widened.
    pub(super) fn look_at_column(plan: &LoadPlan, column: &Ident) -> Self {
        let target = &plan.key.target;
        let what = format!("looking at column `{column}` of {target} again");
        let means = Means::question(catalog::type_of_column(target, column));
        Self { what, stage: Stage::Prepare, means }
    }

    /// Part of COPY, whose answer does not tell it.
    pub(super) fn count_copied() -> Self {
        let what = "counting the rows of COPY".to_owned();
        Self { what, stage: Stage::Copy, means: Means::statement(load::ROWS_COPIED) }
    }

    /// By which the views know the COPY that was just performed.
    pub(super) fn ask_last_copy() -> Self {
        let what = "asking for the id of COPY".to_owned();
        Self { what, stage: Stage::Copy, means: Means::statement(load::LAST_COPY) }
    }

    /// What the views of loads say of a COPY.
    pub(super) fn ask_for_errors(plan: &LoadPlan, query: i64) -> Self {
        let what = format!("counting the rows that COPY has skipped for {}", plan.key.target);
        Self { what, stage: Stage::Copy, means: Means::question(catalog::errors_of_copy(query)) }
    }

    /// Its answer lacks a number, which must not pass for none.
    pub(super) fn without_number(&self) -> Failure {
        let sentence = format!("{} failed: Redshift did not say how many there are", self.what);
        Failure::new(FailureKind::StatementRefused, self.stage, sentence)
    }

    /// The text for people who look at a load: as `plan` shows it, so without values of the data; a statement of the table config by
    /// its name, as it may have such values.
    pub(super) fn step_to_show(redshift: &Redshift, plan: &LoadPlan, step: &Step) -> String {
        let action = Action::of_step(redshift, plan, step, &Moment::beforehand(redshift, plan));
        match step {
            Step::PreSql(_) | Step::PostSql(_) => format!("-- {}", action.what),
            _ => action.to_show(),
        }
    }

    /// For people, as a statement or a comment.
    pub(super) fn to_show(&self) -> String {
        match &self.means {
            Means::Statement { sql, .. } => sql.to_show().to_owned(),
            Means::Statements { statements, .. } => {
                statements.iter().map(Sql::to_show).collect::<Vec<_>>().join(";\n")
            }
            Means::Questions(questions) => {
                // Keys of files may have line breaks, which would end a comment.
                let comment = |sql: &Sql| format!("-- on a second connection: {}", shown(sql.to_show()));
                questions.iter().map(comment).collect::<Vec<_>>().join(";\n")
            }
            Means::Words(words) => format!("-- {words}"),
        }
    }
}

impl<'a> Means<'a> {
    fn statement(sql: Sql) -> Self {
        Self::Statement { sql, lock: None }
    }

    fn question(sql: Sql) -> Self {
        Self::Questions(vec![sql])
    }

    fn with_lock(sql: Sql, table: &'a TargetTable) -> Self {
        Self::Statement { sql, lock: Some(table) }
    }
}

pub(super) fn load_of(plan: &LoadPlan) -> String {
    format!("the load of {}", plan.key.target)
}
