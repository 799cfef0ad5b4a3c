//! Whatever the facts are, a plan that is made of them has no fault.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use s3_to_redshift::model::granularity::Granularity;
use s3_to_redshift::model::load_mode::LoadMode;
use s3_to_redshift::model::table::{FutureRows, TableState};
use s3_to_redshift::plan::check::check;
use s3_to_redshift::plan::data_set::{DataForm, DataSet};
use s3_to_redshift::plan::decision::Decision;
use s3_to_redshift::plan::input::{ImplausibleRows, PlanningInput, TableRows};
use s3_to_redshift::plan::planner::plan;
use s3_to_redshift::plan::row_count::RowCountPolicy;

use crate::golden_plans::{CONFIG, data, earlier_load, existing, input, input_for_existing, object, said};

/// Missing, or there without some of its columns.
fn tables() -> impl Strategy<Value = TableState> {
    option::weighted(0.8, (any::<bool>(), any::<bool>())).prop_map(|columns| {
        let Some((has_time, has_url)) = columns else { return TableState::Missing };
        let mut table = existing();
        table.columns.retain(|column| match column.name.as_str() {
            "time" => has_time,
            "url" => has_url,
            _ => true,
        });
        TableState::Table(table)
    })
}

fn rows() -> impl Strategy<Value = TableRows> {
    (any::<bool>(), 0..3_u64, option::weighted(0.2, 1..3_u64)).prop_map(
        |(has_any, in_window, implausible)| {
            let implausible =
                implausible.map(|count| ImplausibleRows { count, latest: "9999-01-01".to_owned() });
            TableRows { has_any, in_window, newest: None, implausible }
        },
    )
}

fn policies() -> impl Strategy<Value = RowCountPolicy> {
    (any::<bool>(), option::of(1..100_u8))
        .prop_map(|(refuses_zero, largest_drop)| RowCountPolicy { refuses_zero, largest_drop })
}

fn forms() -> impl Strategy<Value = DataForm> {
    prop_oneof![
        Just(DataForm::LoneObject),
        Just(DataForm::ObjectWithLongerNeighbours),
        Just(DataForm::StrictManifest),
        Just(DataForm::LenientManifest),
    ]
}

prop_compose! {
    /// Facts of which most call for a load.
    fn facts()(
        table in tables(),
        rows in rows(),
        mode in option::of(prop_oneof![Just(LoadMode::Append), Just(LoadMode::Replace), Just(LoadMode::Merge)]),
        granularity in option::of(prop_oneof![Just(Granularity::Hour), Just(Granularity::Day)]),
        (force, allows_future, has_cuts) in any::<(bool, bool, bool)>(),
        covered in vec("[a-z]{1,8}", 0..3),
        expected_rows in option::of(0..9_u64),
        row_count_policy in policies(),
        recent_row_counts in vec(0..9_u64, 0..5),
        earlier in option::of((0..3_u64, option::of(0..3_u64))),
    ) -> PlanningInput {
        let is_missing = table == TableState::Missing;
        let mut input = if is_missing { input(CONFIG) } else { PlanningInput { rows, ..input_for_existing() } };
        input.table = table;
        input.order.covered = covered;
        input.order.force = force;
        input.has_cuts = has_cuts;
        said(&mut input, |terms| {
            (terms.mode, terms.expected_rows, terms.granularity) = (mode, expected_rows, granularity);
        });
        if allows_future {
            input.spec.options.future_rows = FutureRows::Allowed;
        }
        input.row_count_policy = row_count_policy;
        input.recent_row_counts = recent_row_counts;
        input.earlier.of_window = earlier.map(|(rows, in_window)| earlier_load(rows, in_window));
        input
    }
}

proptest! {
    #[test]
    fn a_plan_that_the_planner_makes_has_no_fault(input in facts(), form in forms(), files in 1..4_usize) {
        let files = (0..files).map(|number| object(&format!("s3://analytics/{number}.json"))).collect();
        let decision = plan(&input, &DataSet { files, ..data(&input, form) });
        if let Decision::Load(plan) = decision {
            prop_assert_eq!(check(&plan), []);
        }
    }
}
