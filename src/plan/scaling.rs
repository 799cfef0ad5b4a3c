//! Whether the transaction of a load may run on a concurrency-scaling cluster, which takes loads off a busy main cluster.
//!
//! The rules are those of [DG concurrency-scaling], as far as a plan can know them: node types, queues and policies are
//! the cluster's. What we choose by default keeps to them.

use crate::model::table::{Column, Distribution, SortKey, TableState};
use crate::plan::LoadPlan;
use crate::plan::input::PlanningInput;
use crate::plan::step::Step;

/// In words, for `plan`.
pub fn told(input: &PlanningInput, plan: &LoadPlan) -> String {
    match obstacles(input, plan).as_slice() {
        [] => "the transaction may run on a concurrency-scaling cluster".to_owned(),
        obstacles => format!("the transaction stays on the main cluster, as {}", obstacles.join(", and ")),
    }
}

/// What keeps it on the main cluster; each follows "as".
fn obstacles(input: &PlanningInput, plan: &LoadPlan) -> Vec<&'static str> {
    let has = |is_it: fn(&Step) -> bool| plan.transaction.iter().any(is_it);
    let mut found = Vec::new();
    if has(|step| matches!(step, Step::CreateTable(_))) {
        found.push("it creates the table");
    }
    let is_merge = has(|step| matches!(step, Step::CreateStaging));
    if is_merge {
        found.push("a merge uses a temporary table");
    }
    if has(|step| matches!(step, Step::CreateWide(_))) {
        found.push("cut values are counted in a temporary table");
    }
    if has(|step| matches!(step, Step::PreSql(_) | Step::PostSql(_))) {
        found.push(
            "the table config has statements in it (`pre_sql`, `post_sql`), which are not judged for it",
        );
    }
    // Of a merge COPY fills another table, and is not told to analyze it.
    let statupdate = if is_merge { Some(false) } else { input.spec.options.statupdate };
    match statupdate {
        Some(true) => found.push("COPY analyzes the table (`meta.statupdate: on`)"),
        // Redshift decides, and does of an empty table (redshift-facts 1.7).
        None if !input.rows.has_any => {
            found.push("COPY analyzes an empty table (unless `meta.statupdate: off`)");
        }
        None | Some(false) => {}
    }
    let TableState::Table(existing) = &input.table else { return found };
    if existing.columns.iter().any(Column::is_identity) {
        found.push("the table has an IDENTITY column");
    }
    if existing.distribution == Distribution::All {
        found.push("the table is DISTSTYLE ALL");
    }
    if matches!(existing.sort_key, SortKey::Interleaved(_)) {
        found.push("its sort key is interleaved");
    }
    found
}
