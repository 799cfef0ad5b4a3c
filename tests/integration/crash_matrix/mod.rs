//! Every step of a load times everything that can go wrong in it: the rows are there once, whatever it was.
//!
//! The tables in docs/promise.md are made by these tests: `UPDATE_EXPECT=1` writes them anew.

mod case;
mod work;

use std::fmt::Write as _;

use expect_test::expect_file;
use futures_util::stream::{self, StreamExt as _};

use case::{Disturbance, outcome};
use work::Loading;

/// Cases that run at the same time.
const AT_ONCE: usize = 10;

/// Of each step and disturbance what came of it.
async fn matrix(loading: Loading) -> String {
    let steps = loading.steps();
    let cases = steps.iter().flat_map(|step| Disturbance::ALL.map(|disturbance| (step, disturbance)));
    let cells: Vec<&str> = stream::iter(cases)
        .map(async |(step, disturbance)| {
            if !disturbance.applies_to(step) {
                return "";
            }
            match outcome(loading, step, disturbance).await {
                Ok(()) => "once",
                Err(problem) => panic!("{}, {disturbance:?}: {problem}", step.name),
            }
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut text = "| the load is interrupted when".to_owned();
    for disturbance in Disturbance::ALL {
        write!(text, " | {}", disturbance.title()).expect("a String takes every character");
    }
    text.push_str(" |\n|---|---|---|---|---|---|\n");
    for (step, cells) in steps.iter().zip(cells.chunks(Disturbance::ALL.len())) {
        writeln!(text, "| {} | {} |", step.name, cells.join(" | ")).expect("a String takes every character");
    }
    text
}

/// Compares with the page between the comments of this name, which is read now: the other test may have written its table.
fn is_on_the_page(name: &str, table: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/promise.md");
    let page = std::fs::read_to_string(path).expect("the page can be read");
    let begin = format!("<!-- {name}, made by tests/integration/crash_matrix -->");
    let end = format!("<!-- end of {name} -->");
    let (before, rest) = page.split_once(&begin).expect("the page has a place for it");
    let (_, after) = rest.split_once(&end).expect("the place ends");
    expect_file!["../../../docs/promise.md"].assert_eq(&format!("{before}{begin}\n{table}{end}{after}"));
}

#[tokio::test]
async fn rows_are_there_once_wherever_a_load_is_interrupted_and_however() {
    is_on_the_page("crash matrix", &matrix(Loading::Message).await);
}

#[tokio::test]
async fn announced_files_are_loaded_once_wherever_their_load_is_interrupted_and_however() {
    is_on_the_page("crash matrix of announced files", &matrix(Loading::Batch).await);
}
