//! Which dead letters somebody names, and what may be wrong with the names.

use std::collections::BTreeSet;

use clap::Args;
use strum::IntoEnumIterator;

use crate::cli::table_flag;
use crate::config::environment::Environment;
use crate::failure::FailureKind;
use crate::model::misspelling::meant_for;
use crate::model::shown::excerpt;
use crate::model::unknown_table;
use crate::queue::dead_letter::DeadLetter;
use crate::queue::dead_letter::filter::DeadLetterFilter;

#[derive(Args)]
pub(in crate::cli) struct Which {
    /// Only of this target table: schema.table, or table in every schema
    #[arg(long)]
    table: Option<String>,
    /// Only those that failed so, such as `schema_conflict`
    #[arg(long)]
    kind: Option<String>,
    /// Only the one with this id of the original message
    #[arg(long)]
    id: Option<String>,
}

impl Which {
    /// Every name that can mean nothing is a problem of the call.
    pub(super) fn filter(&self, environment: &mut Environment) -> DeadLetterFilter {
        let table = table_flag::read(self.table.as_deref(), environment);
        let kind = self.kind.as_deref().and_then(|text| {
            kind_of(text).map_err(|problem| environment.problem(format!("--kind: {problem}"))).ok()
        });
        DeadLetterFilter { table, kind, id: self.id.clone() }
    }

    /// What to tell when none of the messages names the table that is asked for: a slip of the pen finds as little as a table
    /// that has not failed.
    pub(super) fn unknown_table(&self, filter: &DeadLetterFilter, seen: &[DeadLetter]) -> Option<String> {
        let (written, table) = (self.table.as_deref()?, filter.table.as_ref()?);
        let named: BTreeSet<String> = seen.iter().flat_map(DeadLetter::tables).map(str::to_owned).collect();
        if named.is_empty() || named.iter().any(|name| table.takes(name)) {
            return None;
        }
        let meant = unknown_table::meant(written, &named);
        Some(format!("no parked message names the table {}{meant}", excerpt(written)))
    }
}

fn kind_of(text: &str) -> Result<FailureKind, String> {
    let labels = || FailureKind::iter().map(FailureKind::label);
    if let Some(kind) = FailureKind::iter().find(|kind| kind.label() == text) {
        return Ok(kind);
    }
    Err(match meant_for(text, labels()) {
        Some(meant) => format!("there is no kind `{}`, did you mean {meant}?", excerpt(text)),
        None => {
            let all: Vec<&str> = labels().collect();
            format!("there is no kind `{}`; there are {}", excerpt(text), all.join(", "))
        }
    })
}
