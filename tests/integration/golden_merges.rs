//! Plans of merges, from the facts to the exact SQL.

use expect_test::{ExpectFile, expect_file};
use s3_to_redshift::model::data_date::DataDate;
use s3_to_redshift::model::duplicates::Duplicates;
use s3_to_redshift::model::ident::Ident;
use s3_to_redshift::model::identity::Identity;
use s3_to_redshift::model::load_mode::LoadMode;
use s3_to_redshift::model::table::{ColumnDefault, Distribution, TableState};
use s3_to_redshift::plan::data_set::DataForm;
use s3_to_redshift::plan::decision::Decision;
use s3_to_redshift::plan::input::{EarlierLoad, PlanningInput};
use s3_to_redshift::plan::planner::plan;
use s3_to_redshift::plan::scaling;

use crate::golden_plans::{
    CONFIG, check_files, column, data, earlier_load, existing, input, input_for_existing, primary_key, said,
};

fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

fn merging(mut input: PlanningInput, duplicates: Duplicates) -> PlanningInput {
    said(&mut input, |terms| (terms.mode, terms.duplicates) = (Some(LoadMode::Merge), Some(duplicates)));
    input
}

fn check(input: &PlanningInput, expected: &ExpectFile) {
    check_files(input, &data(input, DataForm::LoneObject), expected);
}

#[tokio::test]
async fn a_merge_into_a_table_that_is_sorted_by_another_column() {
    check(&merging(input_for_existing(), Duplicates::Refuse), &expect_file!["../golden/plans/merge.txt"]);
}

/// The table of the config with a key of two columns, the first of which sorts it, and a column of its own.
fn sorted_by_its_key() -> PlanningInput {
    let config = CONFIG.replace(
        "{dest: time, type: timestamp, sortord: 1}",
        "{dest: time, type: timestamp, primarykey: true, sortord: 1}",
    );
    let mut table = existing();
    table.columns[1].not_null = true;
    table.columns.push(column("note", "varchar(10)"));
    table.constraints = vec![primary_key(&["id", "time"])];
    let known = input_for_existing();
    PlanningInput { table: TableState::Table(table), rows: known.rows, ..input(&config) }
}

#[tokio::test]
async fn the_latest_row_of_a_key_is_merged_into_a_table_that_is_sorted_by_it() {
    let latest = Duplicates::LatestBy(ident("url"));
    check(&merging(sorted_by_its_key(), latest), &expect_file!["../golden/plans/merge_latest_by.txt"]);
}

#[tokio::test]
async fn a_merge_makes_its_table_and_takes_rows_that_are_the_same_for_one() {
    let config = CONFIG.replace("type: longtext, defaultval: \"''\"", "type: super");
    check(
        &merging(input(&config), Duplicates::IdenticalOnly),
        &expect_file!["../golden/plans/merge_new_table.txt"],
    );
}

#[tokio::test]
async fn what_keeps_a_load_off_concurrency_scaling_is_told() {
    let mut usual = input_for_existing();
    let told = |input: &PlanningInput| {
        let data = data(input, DataForm::LoneObject);
        let Decision::Load(plan) = plan(input, &data) else { panic!("it is loaded") };
        scaling::told(input, &plan)
    };
    assert_eq!(told(&usual), "the transaction may run on a concurrency-scaling cluster");
    let stays = "the transaction stays on the main cluster, as ";
    usual.rows.has_any = false;
    assert_eq!(told(&usual), format!("{stays}COPY analyzes an empty table (unless `meta.statupdate: off`)"));
    usual.spec.options.statupdate = Some(false);
    assert_eq!(told(&usual), "the transaction may run on a concurrency-scaling cluster");
    usual.has_cuts = true;
    let merging = merging(usual, Duplicates::Refuse);
    let temporary = "a merge uses a temporary table, and cut values are counted in a temporary table";
    assert_eq!(told(&merging), format!("{stays}{temporary}"));
    let mut unlike = input_for_existing();
    unlike.spec.distribution = Distribution::Auto;
    unlike.spec.options.statupdate = Some(true);
    let mut there = existing();
    there.distribution = Distribution::All;
    unlike.table = TableState::Table(there);
    assert_eq!(
        told(&unlike),
        format!("{stays}COPY analyzes the table (`meta.statupdate: on`), and the table is DISTSTYLE ALL")
    );
}

#[tokio::test]
async fn what_cannot_be_merged_is_refused_before_anything_runs() {
    let refused = |config: &str, duplicates| merging(input(config), duplicates);
    let cases = [
        ("no_key", refused(&CONFIG.replace("primarykey: true, notnull: true, ", ""), Duplicates::Refuse)),
        (
            "key_default",
            refused(&CONFIG.replace("type: bigint,", "type: bigint, defaultval: 0,"), Duplicates::Refuse),
        ),
        ("latest_by_unknown", refused(CONFIG, Duplicates::LatestBy(ident("updated_at")))),
        ("latest_by_key", refused(CONFIG, Duplicates::LatestBy(ident("id")))),
        (
            "latest_by_type",
            refused(
                &CONFIG.replace("type: longtext, defaultval: \"''\"", "type: super"),
                Duplicates::LatestBy(ident("url")),
            ),
        ),
        (
            "not_comparable",
            refused(
                &CONFIG.replace("type: longtext, defaultval: \"''\"", "type: geometry"),
                Duplicates::IdenticalOnly,
            ),
        ),
        ("identity", {
            let mut table = existing();
            let mut number = column("number", "bigint");
            number.default = Some(ColumnDefault::Identity(Identity::USUAL));
            table.columns.push(number);
            let there = PlanningInput { table: TableState::Table(table), ..input_for_existing() };
            merging(there, Duplicates::Refuse)
        }),
    ];
    let decisions: Vec<String> = cases
        .iter()
        .map(|(name, input)| {
            let decision = plan(input, &data(input, DataForm::LoneObject));
            let Decision::Refuse(refusal) = decision else { panic!("{name}: {decision:?}") };
            format!("{name} ({}): {refusal}\n", refusal.kind().label())
        })
        .collect();
    expect_file!["../golden/plans/merge_refusals.txt"].assert_eq(&decisions.concat());
}

#[tokio::test]
async fn an_older_file_does_not_take_later_corrections_back() {
    let mut older = merging(sorted_by_its_key(), Duplicates::Refuse);
    let of = |date| EarlierLoad { data_date: DataDate::parse(date).unwrap(), ..earlier_load(1, None) };
    older.earlier.newest = Some(of("2015-07-01T00:00:01Z"));
    check(&older, &expect_file!["../golden/plans/merge_older.txt"]);
    older.earlier.newest = Some(of("2015-07-01T00:00:00Z"));
    let same = plan(&older, &data(&older, DataForm::LoneObject));
    assert!(matches!(same, Decision::Load(_)), "{same:?}");
}
