//! A merge that is killed: nothing is left behind, and the next one does it.

use std::process::Stdio;

use futures_util::stream::{self, StreamExt as _};

use super::duplicates::{CASES, Case, ends_as_it_says, scenario_of};
use super::names;
use crate::support::servers::{self, Cloud};
use crate::support::wait::wait_for;

/// The statements of a merge, each by what it contains and no statement before it does.
const STEPS: [&str; 9] = [
    "\"events\" WHERE false",
    "CREATE TEMP TABLE",
    "COPY",
    "undecided",
    "UPDATE \"s3_to_redshift_staging\"",
    "USING \"s3_to_redshift_staging\"",
    "ROW_NUMBER()",
    "DROP TABLE",
    "COMMIT",
];

#[tokio::test]
async fn a_merge_that_is_killed_at_any_step_leaves_nothing_behind_and_is_done_by_the_next() {
    let merged = CASES.iter().filter(|case| case.end.is_ok());
    let clouds = [servers::ministack().await, servers::serializable().await];
    let cases = merged.flat_map(|case| clouds.map(|cloud| (case, cloud)));
    let cases = cases.flat_map(|(case, cloud)| STEPS.map(|step| (case, cloud, step)));
    stream::iter(cases)
        .for_each_concurrent(6, async |(case, cloud, step)| {
            // One row of each key is chosen only where a key may have several.
            let step = if step == "ROW_NUMBER()" && case.duplicates == "refuse" { "GETDATE()" } else { step };
            killed(case, cloud, step).await;
            if step == "UPDATE \"s3_to_redshift_staging\"" && case.duplicates.starts_with("latest_by") {
                killed(case, cloud, "DELETE FROM \"s3_to_redshift_staging\"").await;
            }
        })
        .await;
}

async fn killed(case: &Case, cloud: &'static Cloud, step: &str) {
    let mut scenario = scenario_of(case, cloud).await;
    // So that rows have something to keep.
    scenario
        .sql(&format!("ALTER TABLE {} ADD COLUMN note varchar(9) DEFAULT 'kept'", scenario.table()))
        .await;
    let operator = scenario.with_own_user().await;
    let held = format!("'before_statement', 'hold', containing => '{step}'");
    let fault = scenario.inject(&operator, &held).await;
    let mut load = scenario.program();
    load.args(["load", "--schema", &scenario.name, "--tables", "events", "--bucket", &scenario.name]);
    load.stdout(Stdio::null()).stderr(Stdio::null());
    let mut load = load.spawn().expect("the program starts");
    operator.struck(&fault).await;
    load.kill().expect("it is a child");
    load.wait().expect("it is a child");
    operator.query(&format!("SELECT redshift_local.clear_faults({fault})")).await;
    // A session ends when the server notices that nobody is there any more; until then its transaction is in the way.
    let sessions = format!("SELECT COUNT(*) FROM pg_stat_activity WHERE usename = '{}'", scenario.name);
    wait_for("the sessions of the killed load to end", async || {
        (operator.query(&sessions).await == ["0"]).then_some(())
    })
    .await;
    assert_eq!(names(&scenario).await, "1|one 2|two", "{}: {step}", case.name);
    ends_as_it_says(&scenario, case).await;
}
