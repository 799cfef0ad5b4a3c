//! Every difference between a table and its config, under every policy of the config: one file, in which policies with the
//! same outcome stand together.
//!
//! `UPDATE_EXPECT=1 cargo test matrix` rewrites the file after a wanted change.

mod differences;

use std::fmt::Write;

use expect_test::expect_file;

use s3_to_redshift::model::table::{ExistingTable, TableState};
use s3_to_redshift::plan::check::check;
use s3_to_redshift::plan::data_set::DataForm;
use s3_to_redshift::plan::decision::{Decision, Refusal};
use s3_to_redshift::plan::input::{PlanningInput, TableRows};
use s3_to_redshift::plan::planner::plan;
use s3_to_redshift::plan::render;
use s3_to_redshift::warehouse::Warehouse;
use s3_to_redshift::warehouse::redshift::Redshift;

use crate::golden_plans::{data, input, redshift};

use differences::{Difference, differences_of_columns, differences_of_keys};

/// What each policy adds to `meta`.
const POLICIES: [(&str, &str); 4] = [
    ("nothing said", ""),
    ("new_columns: refuse", ", new_columns: refuse"),
    ("widen: true", ", widen: true"),
    ("narrow_columns: refuse", ", narrow_columns: refuse"),
];

/// What `plan` says of the table and its decision, and the statements that change the table or would.
fn outcome(redshift: &Redshift, config: &str, table: &ExistingTable) -> String {
    let rows = TableRows { has_any: true, ..TableRows::default() };
    let input = PlanningInput { table: TableState::Table(table.clone()), rows, ..input(config) };
    let decision = plan(&input, &data(&input, DataForm::LoneObject));
    let statements = match &decision {
        Decision::Load(plan) => {
            assert_eq!(check(plan), []);
            let statements = redshift.statements(plan).into_iter();
            statements.filter(|statement| statement.starts_with("ALTER TABLE")).collect()
        }
        Decision::Refuse(Refusal::Conflicts { resolutions, .. }) => redshift.resolving(resolutions),
        Decision::Skip(_) | Decision::Refuse(_) => Vec::new(),
    };
    let page = render::text(&input, None, "s3://analytics/config.yml", &decision, &statements);
    let is_told = |line: &&str| {
        let labels = ["  difference ", "  decision ", "  note        an `encode`"];
        labels.iter().any(|label| line.starts_with(label))
    };
    let (facts, statements) = match page.split_once("\n\n") {
        Some((facts, statements)) => (facts, statements),
        None => (page.as_str(), ""),
    };
    let facts: Vec<&str> = facts.lines().filter(is_told).collect();
    format!("{}\n{statements}", facts.join("\n"))
}

#[tokio::test]
async fn the_matrix_of_differences_and_policies() {
    let redshift = redshift();
    let mut page = String::new();
    for Difference { title, config, table } in
        differences_of_columns().into_iter().chain(differences_of_keys())
    {
        writeln!(page, "# {title}\n").unwrap();
        let mut outcomes: Vec<(Vec<&str>, String)> = Vec::new();
        for (policy, said) in POLICIES {
            let config = config.replace("datadatecolumn: time", &format!("datadatecolumn: time{said}"));
            let outcome = outcome(&redshift, &config, &table);
            match outcomes.iter_mut().find(|(_, known)| *known == outcome) {
                Some((policies, _)) => policies.push(policy),
                None => outcomes.push((vec![policy], outcome)),
            }
        }
        for (policies, outcome) in outcomes {
            let policies =
                if policies.len() == POLICIES.len() { "any policy".to_owned() } else { policies.join(" | ") };
            writeln!(page, "## {policies}\n{outcome}").unwrap();
        }
    }
    expect_file!["../../golden/plans/schema_policies.txt"].assert_eq(&page);
}
