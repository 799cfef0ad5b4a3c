use super::order::ALWAYS;
use super::*;
use crate::model::column_type::ColumnType;
use crate::model::copy_options::CopyOptions;
use crate::model::copy_template::{CopyTemplate, Parameter, TemplateName};
use crate::model::data_date::DataDate;
use crate::model::format::{Compression, Format};
use crate::model::load_id::{Fingerprint, LoadId, LoadKey};
use crate::model::object::{Access, ObjectMeta};
use crate::model::own_sql::OwnStatement;
use crate::model::table::{
    Column, DataDateColumn, Distribution, KeyCase, OutsideRows, SortKey, TableOptions, TableSpec,
};
use crate::model::target_table::TargetTable;
use crate::model::window::Window;
use crate::model::zone::Zone;
use crate::plan::LedgerRow;
use crate::plan::input::LoadsSince;
use crate::plan::reading::Reading;
use crate::plan::row_count::RowCountGate;
use crate::plan::step::{DateGate, EarlierRows, FilesAsListed, ImplausibleGate, Place, RowsOfWindow};
use crate::schema::widening::Widening;
use crate::source::manifest::ListedFile;

use StepKind::{
    CheckDates, CheckDeleted, CheckFiles, CheckRowCount, CheckTemplate, Delete, LookAgain, PostSql, PreSql,
    RecordLoad, RecordSuperseded,
};

fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

fn uri(key: &str) -> ObjectUri {
    ObjectUri { bucket: "b".to_owned(), key: key.to_owned() }
}

fn target() -> TargetTable {
    TargetTable { schema: ident("public"), table: ident("pages") }
}

fn date() -> DataDate {
    DataDate::parse("2015-07-01T00:00:00Z").unwrap()
}

fn column(name: &str) -> Column {
    Column {
        name: ident(name),
        column_type: ColumnType::Timestamp,
        not_null: false,
        default: None,
        encoding: None,
    }
}

fn window() -> Window {
    Window::exact(date(), Zone::UTC)
}

fn rows_of_window() -> RowsOfWindow {
    let rows = window().in_column(ColumnType::Timestamp).unwrap();
    RowsOfWindow { window: window(), column: ident("time"), which: rows.which }
}

fn data_date_column() -> DataDateColumn {
    DataDateColumn { name: ident("time"), column_type: ColumnType::Timestamp }
}

fn create_table() -> Step {
    Step::CreateTable(Box::new(TableSpec {
        target: target(),
        columns: vec![column("id"), column("time")],
        primary_key: Vec::new(),
        distribution: Distribution::Auto,
        sort_key: SortKey::AutoOrNone,
        data_date_column: data_date_column(),
        options: TableOptions::default(),
        rescue: None,
        passed_over: Vec::new(),
    }))
}

fn manifest(key: &str) -> Preparation {
    Preparation::WriteManifest {
        uri: uri(key),
        files: vec![ListedFile { uri: uri("file"), content_length: None }],
        region: "r".to_owned(),
    }
}

fn template() -> CopyTemplate {
    CopyTemplate { name: TemplateName { schema: None, name: ident("conventions") }, parameters: Vec::new() }
}

/// A plan with every step that can stand in one, for a table that is there.
fn good() -> LoadPlan {
    let object = ObjectMeta { uri: uri("file"), etag: "e".to_owned(), size: 1, access: Access::AtOnce };
    let earlier = EarlierRows {
        target: target(),
        load_id: LoadId("earlier".to_owned()),
        rows: 1,
        column: ident("time"),
        window: window(),
    };
    let copy = Copy {
        into: Place::Target,
        cutting: Cutting::Refused,
        columns: vec![ident("id"), ident("time")],
        source: CopySource::Manifest(uri("generated")),
        reading: Reading {
            format: Format::Json,
            by_suffix: true,
            compression: Compression::None,
            delimiter: None,
            ignore_header: 0,
            json_paths: None,
            escape: true,
            options: CopyOptions::default(),
            template: Some(template()),
        },
        region: "r".to_owned(),
        key_case: KeyCase::Lower,
        rounds_decimals: false,
        statupdate: None,
    };
    LoadPlan {
        key: LoadKey { target: target(), window: window(), fingerprint: Fingerprint("f".to_owned()) },
        ledger_row: LedgerRow {
            format: Format::Json,
            drift: None,
            widened: Vec::new(),
            load_id: LoadId("load".to_owned()),
            message_id: "m".to_owned(),
            source_url: uri("file"),
            data_date: date(),
            config_fingerprint: Fingerprint("c".to_owned()),
            data_date_column: ident("time"),
            table_was_empty: false,
            mode: LoadMode::Append,
            forced: false,
            bytes: 1,
            started_at: date().instant(),
        },
        preparation: vec![Preparation::AddColumn(column("id")), manifest("generated")],
        transaction: vec![
            Step::Delete(Replaced::Window(rows_of_window())),
            Step::LookAgain(LoadsSince { moment: date().instant(), count: 0 }),
            Step::CheckDeleted(earlier),
            Step::Copy(copy),
            Step::CheckFiles(FilesAsListed::Each(vec![object])),
            Step::CheckTemplate(template()),
            Step::CheckDates(DateGate {
                of: Place::Target,
                rows: rows_of_window(),
                outside: OutsideRows::Allowed,
                implausible: ImplausibleGate::Open,
            }),
            Step::CheckRowCount(RowCountGate::default()),
            Step::RecordSuperseded(vec!["other".to_owned()]),
            Step::RecordLoad,
        ],
    }
}

/// The same for a table that is not there.
fn good_for_new_table() -> LoadPlan {
    let mut plan = good();
    plan.transaction.splice(..3, [create_table()]);
    plan
}

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

fn place(plan: &LoadPlan, kind: StepKind) -> usize {
    plan.transaction.iter().position(|step| StepKind::from(step) == kind).expect("it is there")
}

fn without(kind: StepKind) -> Vec<Fault> {
    let mut plan = good();
    plan.transaction.remove(place(&plan, kind));
    check(&plan)
}

/// A good plan in which a step stands at another place among the others.
fn moved(kind: StepKind, to: usize) -> Vec<Fault> {
    let mut plan = good();
    let step = plan.transaction.remove(place(&plan, kind));
    plan.transaction.insert(to, step);
    check(&plan)
}

fn copy_of(plan: &mut LoadPlan) -> &mut Copy {
    let found = plan.transaction.iter_mut().find_map(|step| match step {
        Step::Copy(copy) => Some(copy),
        _ => None,
    });
    found.expect("it is there")
}

#[test]
fn a_good_plan_has_no_fault() {
    assert_eq!(check(&good()), []);
    assert_eq!(check(&good_for_new_table()), []);
    let mut of_producer = good();
    of_producer.ledger_row.source_url = uri("generated");
    of_producer.preparation.clear();
    assert_eq!(check(&of_producer), [], "a producer's manifest is not written");
    for optional in [CheckDeleted, CheckRowCount, RecordSuperseded] {
        assert_eq!(without(optional), [], "{optional}");
    }
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
    assert_eq!(without(CheckTemplate), std::slice::from_ref(&unchecked));
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

#[test]
fn faults_are_told_in_sentences() {
    let told = |fault: Fault| fault.to_string();
    assert_eq!(told(Fault::Missing(RecordLoad)), "the transaction has no step RecordLoad");
    assert_eq!(
        told(Fault::NotFollowed { step: Delete, next: LookAgain }),
        "step Delete is not followed by LookAgain at once"
    );
    assert_eq!(
        told(Fault::OtherMode(LoadMode::Append)),
        "Delete removes other rows than the mode `append` of the ledger row says"
    );
}
