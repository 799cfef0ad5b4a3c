//! What stands in a step, and that it fits the others.

use super::*;
use crate::model::copy_template::Parameter;
use crate::schema::widening::Widening;

fn copy_of(plan: &mut LoadPlan) -> &mut Copy {
    let found = plan.transaction.iter_mut().find_map(|step| match step {
        Step::Copy(copy) => Some(copy),
        _ => None,
    });
    found.expect("it is there")
}

#[test]
fn copy_names_its_columns_once() {
    let mut plan = good();
    copy_of(&mut plan).columns.push(ident("id"));
    assert_eq!(check(&plan), [Fault::CopiedTwice(ident("id"))]);
    copy_of(&mut plan).columns.clear();
    assert_eq!(check(&plan), [Fault::NoColumns]);
}

#[test]
fn a_template_is_looked_at_again_after_copy() {
    let unchecked = Fault::TemplateUnchecked(template().name);
    assert_eq!(without(StepKind::CheckTemplate), std::slice::from_ref(&unchecked));
    let mut other = good();
    let parameters = vec![Parameter { word: "NOLOAD".to_owned(), argument: None }];
    copy_of(&mut other).reading.template = Some(CopyTemplate { parameters, ..template() });
    assert_eq!(check(&other), [unchecked]);
}

#[test]
fn no_column_is_added_twice() {
    let mut plan = good();
    plan.preparation.push(Preparation::AddColumn(column("id")));
    assert_eq!(check(&plan), [Fault::AddedTwice(ident("id"))]);
}

#[test]
fn no_column_is_widened_twice() {
    let mut plan = good();
    let widening = |to| Preparation::Widen(Widening { column: ident("url"), from: 10, to });
    plan.preparation.push(widening(20));
    assert_eq!(check(&plan), []);
    plan.preparation.push(widening(30));
    assert_eq!(check(&plan), [Fault::WidenedTwice(ident("url"))]);
}

#[test]
fn the_manifest_that_is_written_is_the_one_that_copy_reads() {
    let mut unwritten = good();
    unwritten.preparation.clear();
    assert_eq!(check(&unwritten), [Fault::ManifestUnwritten(uri("generated"))]);
    let mut other = good();
    other.preparation.push(manifest("other"));
    assert_eq!(check(&other), [Fault::WrittenUnread(uri("other"))]);
    let mut unread = good();
    copy_of(&mut unread).source = CopySource::Object(uri("file"));
    assert_eq!(check(&unread), [Fault::WrittenUnread(uri("generated"))]);
}

#[test]
fn the_ledger_row_says_what_delete_removes() {
    let mut plan = good();
    plan.ledger_row.mode = LoadMode::Replace;
    assert_eq!(check(&plan), [Fault::OtherMode(LoadMode::Replace)]);
    plan.transaction[0] = Step::Delete(Replaced::All);
    assert_eq!(check(&plan), []);
    plan.ledger_row.mode = LoadMode::Append;
    assert_eq!(check(&plan), [Fault::OtherMode(LoadMode::Append)]);
}
