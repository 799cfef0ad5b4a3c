//! Which dead letters somebody names, and what may be wrong with the names.

use clap::Args;
use strum::IntoEnumIterator;

use crate::cli::table_flag;
use crate::config::environment::Environment;
use crate::failure::FailureKind;
use crate::model::misspelling::meant_for;
use crate::model::shown::{excerpt, shown};
use crate::queue::dead_letter::DeadLetter;
use crate::queue::dead_letter::filter::DeadLetterFilter;

/// Tables that are named beside one that is not there.
const TABLES_SHOWN: usize = 5;

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
        let mut named: Vec<&str> = seen.iter().flat_map(DeadLetter::tables).collect();
        named.sort_unstable();
        named.dedup();
        if named.is_empty() || named.iter().any(|name| table.takes(name)) {
            return None;
        }
        let bare = |name: &&str| name.split_once('.').map_or(*name, |(_, table)| table).to_owned();
        let near = |known: &&&str| meant_for(written, [**known, &bare(known)]).is_some();
        let meant = match named.iter().find(near) {
            Some(meant) => format!("did you mean {}?", shown(meant)),
            None => {
                let more = named.len().saturating_sub(TABLES_SHOWN);
                let shown: Vec<_> = named.iter().take(TABLES_SHOWN).map(|name| shown(name)).collect();
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("they name {}{more}", shown.join(", "))
            }
        };
        Some(format!("no parked message names the table {}: {meant}", excerpt(written)))
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
