//! Which steps a transaction has, and in which order.

use super::*;
use crate::model::own_sql::OwnStatement;
use crate::plan::check::order::ALWAYS;

use StepKind::{
    CheckDates, CheckDeleted, CheckFiles, CheckRowCount, CheckTemplate, Delete, LookAgain, PostSql, PreSql,
    RecordLoad, RecordSuperseded,
};

/// The same with statements of the table config, two before COPY and two after the checks.
fn good_with_own_sql(mut plan: LoadPlan) -> LoadPlan {
    let own = |number| OwnStatement::parse(number, "SELECT 1").unwrap();
    let (pre, post) = ([1, 2].map(own).map(Step::PreSql), [1, 2].map(own).map(Step::PostSql));
    let last = place(&plan, RecordSuperseded);
    plan.transaction.splice(last..last, post);
    let copy = place(&plan, StepKind::Copy);
    plan.transaction.splice(copy..copy, pre);
    plan
}

/// A good plan in which a step stands at another place among the others.
fn moved(kind: StepKind, to: usize) -> Vec<Fault> {
    let mut plan = good();
    let step = plan.transaction.remove(place(&plan, kind));
    plan.transaction.insert(to, step);
    check(&plan)
}

#[test]
fn no_step_stands_twice() {
    let good = good();
    for (at, step) in good.transaction.iter().enumerate() {
        let mut doubled = good.clone();
        doubled.transaction.insert(at, step.clone());
        let kind = StepKind::from(step);
        assert!(check(&doubled).contains(&Fault::Doubled(kind)), "{kind}");
    }
}

#[test]
fn a_load_that_does_not_copy_or_know_what_it_copied_is_none() {
    for kind in ALWAYS {
        assert!(without(kind).contains(&Fault::Missing(kind)), "{kind}");
    }
}

#[test]
fn the_lock_comes_first() {
    assert!(without(Delete).contains(&Fault::BeginsWithoutLock));
    for to in 1..9 {
        assert!(moved(Delete, to).contains(&Fault::BeginsWithoutLock), "{to}");
    }
    let mut late = good_for_new_table();
    late.transaction.swap(0, 1);
    assert_eq!(check(&late)[0], Fault::BeginsWithoutLock);
}

#[test]
fn a_table_is_created_or_has_rows_deleted() {
    let mut both = good();
    both.transaction.insert(0, create_table());
    assert_eq!(check(&both), [Fault::CreatesAndDeletes]);
}

#[test]
fn the_ledger_is_asked_right_after_the_lock_is_held() {
    let unasked = Fault::NotFollowed { step: Delete, next: LookAgain };
    assert_eq!(without(LookAgain), std::slice::from_ref(&unasked));
    for to in 2..9 {
        assert!(moved(LookAgain, to).contains(&unasked), "{to}");
    }
    let without_lock = Fault::NotPreceded { step: LookAgain, first: Delete };
    assert!(moved(LookAgain, 0).contains(&without_lock));
}

#[test]
fn what_delete_removed_is_judged_between_delete_and_copy() {
    let late = Fault::TooLate { step: CheckDeleted, end: StepKind::Copy };
    assert!(moved(CheckDeleted, 5).contains(&late));
    assert!(moved(CheckDeleted, 0).contains(&Fault::NotPreceded { step: CheckDeleted, first: Delete }));
    let mut new = good_for_new_table();
    new.transaction.insert(1, good().transaction.remove(2));
    assert_eq!(check(&new), [Fault::NotPreceded { step: CheckDeleted, first: Delete }]);
}

#[test]
fn the_files_are_looked_at_right_after_copy() {
    let unseen = Fault::NotFollowed { step: StepKind::Copy, next: CheckFiles };
    assert_eq!(without(CheckFiles), [Fault::Missing(CheckFiles), unseen.clone()]);
    for to in [3, 5, 6, 7, 8] {
        assert!(moved(CheckFiles, to).contains(&unseen), "{to}");
    }
}

#[test]
fn what_copy_brought_is_judged_after_copy() {
    for step in [CheckFiles, CheckTemplate, CheckDates, CheckRowCount] {
        let early = Fault::NotPreceded { step, first: StepKind::Copy };
        assert!(moved(step, 3).contains(&early), "{step}");
    }
}

#[test]
fn the_rows_of_the_ledger_come_last_and_together() {
    let apart = Fault::NotFollowed { step: RecordSuperseded, next: RecordLoad };
    assert_eq!(moved(RecordSuperseded, 7), std::slice::from_ref(&apart));
    assert_eq!(moved(RecordSuperseded, 9), [apart, Fault::LedgerRowNotLast]);
    for to in 1..9 {
        assert!(moved(RecordLoad, to).contains(&Fault::LedgerRowNotLast), "{to}");
    }
}

#[test]
fn own_sql_stands_between_the_lock_and_copy_and_between_the_checks_and_the_ledger() {
    for good in [good_with_own_sql(good()), good_with_own_sql(good_for_new_table())] {
        assert_eq!(check(&good), []);
        let moved = |kind: StepKind, before: StepKind| {
            let mut plan = good.clone();
            let step = plan.transaction.remove(place(&plan, kind));
            plan.transaction.insert(place(&plan, before), step);
            check(&plan)
        };
        let lock = StepKind::from(&good.transaction[0]);
        assert!(moved(PreSql, lock).contains(&Fault::TooLate { step: lock, end: PreSql }));
        assert!(moved(PreSql, CheckDates).contains(&Fault::TooLate { step: PreSql, end: StepKind::Copy }));
        for check in [CheckDates, CheckRowCount] {
            assert!(moved(PostSql, check).contains(&Fault::TooLate { step: check, end: PostSql }), "{check}");
        }
        assert!(
            moved(PostSql, StepKind::Copy).contains(&Fault::NotPreceded { step: PostSql, first: CheckDates })
        );
        assert!(
            moved(PostSql, RecordLoad)
                .contains(&Fault::NotFollowed { step: RecordSuperseded, next: RecordLoad })
        );
        assert!(moved(RecordLoad, PostSql).contains(&Fault::LedgerRowNotLast));
    }
    let mut early = good_with_own_sql(good());
    let step = early.transaction.remove(place(&early, CheckDeleted));
    early.transaction.insert(place(&early, StepKind::Copy), step);
    assert_eq!(check(&early), [Fault::TooLate { step: CheckDeleted, end: PreSql }]);
}
