//! Plans of loads of announced files.

use super::*;
use crate::model::loaded_file::FileOfLoad;

/// A good plan that adds announced files to a table that has rows.
fn announced() -> LoadPlan {
    let mut plan = good();
    plan.key.window = Window::of_files(window().hull(), Zone::UTC);
    let look = Step::LookForFiles { files: Vec::new(), known: Vec::new() };
    plan.transaction.splice(..3, [Step::Delete(Replaced::None), look]);
    let file = FileOfLoad { uri: uri("file"), version_id: None, etag: "e".to_owned(), bytes: 1 };
    plan.transaction.insert(plan.transaction.len() - 1, Step::RecordFiles(vec![file]));
    plan
}

fn without(kind: StepKind) -> Vec<Fault> {
    let mut plan = announced();
    plan.transaction.remove(place(&plan, kind));
    check(&plan)
}

#[test]
fn announced_files_are_looked_for_under_the_lock_and_recorded_before_the_load() {
    assert_eq!(check(&announced()), []);
    assert_eq!(without(StepKind::RecordFiles), [Fault::FilesUnknown]);
    assert!(without(StepKind::LookForFiles).contains(&Fault::FilesUnknown));
    let moved = |kind: StepKind, to: StepKind| {
        let mut plan = announced();
        let (from, to) = (place(&plan, kind), place(&plan, to));
        plan.transaction.swap(from, to);
        check(&plan)
    };
    let late = Fault::TooLate { step: StepKind::LookForFiles, end: StepKind::Copy };
    assert!(moved(StepKind::LookForFiles, StepKind::CheckDates).contains(&late));
    let apart = Fault::NotFollowed { step: StepKind::RecordFiles, next: StepKind::RecordLoad };
    assert!(moved(StepKind::RecordFiles, StepKind::CheckDates).contains(&apart));
    let mut new = announced();
    new.transaction.splice(..2, [create_table()]);
    assert_eq!(check(&new), [], "of a table that nobody has loaded nothing can be known");
}

#[test]
fn announced_files_replace_no_rows() {
    let mut plan = announced();
    plan.transaction[0] = Step::Delete(Replaced::Window(rows_of_window()));
    assert_eq!(check(&plan), [Fault::OtherMode(LoadMode::Append)]);
    let mut merge = announced();
    merge.key.window = window();
    assert_eq!(check(&merge), [Fault::OtherMode(LoadMode::Append)], "only announced files and merges");
}

#[test]
fn a_table_that_was_found_empty_is_looked_at_again_for_any_load() {
    let mut plan = announced();
    plan.ledger_row.table_was_empty = true;
    assert_eq!(check(&plan), [Fault::EmptinessUnchecked]);
    plan.transaction.insert(1, Step::LookAgain(LoadsSince { moment: date().instant(), count: 0 }));
    assert_eq!(check(&plan), []);
}
