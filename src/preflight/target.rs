//! Verdicts on a target: what is there under its name, and what the loader's user may do with it.

use crate::failure::Failure;
use crate::failure::advice::Advice;
use crate::model::table::TableState;
use crate::model::target_table::TargetTable;
use crate::preflight::Finding;
use crate::warehouse::examined::{Rights, TargetFacts};

/// Views that are named.
const VIEWS_SHOWN: usize = 5;

/// What is there, who may write it, who may change it, and what holds on to it.
pub fn target(target: &TargetTable, user: &str, facts: &Result<TargetFacts, Failure>) -> Vec<Finding> {
    let findings = match facts {
        Err(failure) => vec![Finding::failed("table", failure)],
        Ok(facts) => match &facts.table {
            TableState::SchemaMissing => {
                let sentence = format!(
                    "the schema of {target} does not exist; check --schema, or create it with deploy/sql/grants.sql"
                );
                vec![Finding::failed("table", &sentence)]
            }
            TableState::NotATable(kind) => {
                let sentence = format!("{target} is a {kind}; load into another table");
                vec![Finding::failed("table", &sentence)]
            }
            TableState::Missing => vec![
                Finding::ok("table", format!("{target} is not there; the first load creates it")),
                rights(target, user, &needed_to_create(&facts.rights)),
            ],
            TableState::Table(there) => vec![
                Finding::ok("table", format!("{target} is there, with {} columns", there.columns.len())),
                rights(target, user, &needed_to_load(&facts.rights)),
                owner(target, facts.rights),
                views(target, facts),
            ],
        },
    };
    findings.into_iter().map(|finding| finding.of_table(target)).collect()
}

/// A right that is lacking, and on what.
type Lacking = (&'static str, On);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    Schema,
    Table,
}

fn needed_to_create(rights: &Rights) -> Vec<Lacking> {
    let needed = [("USAGE", On::Schema, rights.usage), ("CREATE", On::Schema, rights.create)];
    needed.into_iter().filter(|(_, _, has)| !has).map(|(right, on, _)| (right, on)).collect()
}

fn needed_to_load(rights: &Rights) -> Vec<Lacking> {
    let needed = [
        ("USAGE", On::Schema, rights.usage),
        ("SELECT", On::Table, rights.select),
        ("INSERT", On::Table, rights.insert),
        ("DELETE", On::Table, rights.delete),
    ];
    needed.into_iter().filter(|(_, _, has)| !has).map(|(right, on, _)| (right, on)).collect()
}

fn rights(target: &TargetTable, user: &str, lacking: &[Lacking]) -> Finding {
    if lacking.is_empty() {
        return Finding::ok("rights", format!("{user} may do on {target} what a load needs"));
    }
    let grant = |on: On, name: String| {
        let rights: Vec<&str> = lacking.iter().filter(|(_, of)| *of == on).map(|(right, _)| *right).collect();
        (!rights.is_empty()).then(|| format!("GRANT {} ON {name} TO {user}", rights.join(", ")))
    };
    let grants =
        [grant(On::Schema, format!("SCHEMA {}", target.schema)), grant(On::Table, target.to_string())];
    let names: Vec<&str> = lacking.iter().map(|(right, _)| *right).collect();
    let grants: Vec<String> = grants.into_iter().flatten().collect();
    let sentence =
        format!("{user} lacks {} for {target}; have its owner run `{}`", names.join(", "), grants.join("; "));
    Finding::failed("rights", &sentence)
}

fn owner(target: &TargetTable, rights: Rights) -> Finding {
    if rights.owns {
        return Finding::ok("owner", format!("columns can be added to {target} and widened"));
    }
    let sentence = format!(
        "{target} belongs to somebody else: a load that would add or widen a column fails; {}",
        Advice::OwnTable
    );
    Finding::warning("owner", sentence)
}

fn views(target: &TargetTable, facts: &TargetFacts) -> Finding {
    let mut views: Vec<String> = facts.views.iter().map(|held| held.view.to_string()).collect();
    views.sort_unstable();
    views.dedup();
    if views.is_empty() {
        return Finding::ok("views", format!("no view keeps columns of {target} from being changed"));
    }
    let more = match views.len().saturating_sub(VIEWS_SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    views.truncate(VIEWS_SHOWN);
    let sentence = format!(
        "{}{more} hold on to columns of {target}, which Redshift then does not widen; make them WITH NO SCHEMA BINDING",
        views.join(", ")
    );
    Finding::warning("views", sentence)
}
