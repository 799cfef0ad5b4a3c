//! Plans with a fault each.

mod order;
mod contents;
mod files;

use super::*;
use crate::model::column_type::ColumnType;
use crate::model::copy_options::CopyOptions;
use crate::model::copy_template::{CopyTemplate, TemplateName};
use crate::model::data_date::DataDate;
use crate::model::format::{Compression, Format};
use crate::model::load_id::{Fingerprint, LoadId, LoadKey};
use crate::model::object::{Access, ObjectMeta};
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
use crate::source::manifest::ListedFile;

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

pub(in crate::plan) fn spec() -> TableSpec {
    TableSpec {
        target: target(),
        columns: vec![column("id"), column("time")],
        primary_key: Vec::new(),
        distribution: Distribution::Auto,
        sort_key: SortKey::AutoOrNone,
        data_date_column: data_date_column(),
        options: TableOptions::default(),
        rescue: None,
        passed_over: Vec::new(),
    }
}

fn create_table() -> Step {
    Step::CreateTable(Box::new(spec()))
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
pub(in crate::plan) fn good() -> LoadPlan {
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
            cadence: None,
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
                there_already: 0,
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

fn place(plan: &LoadPlan, kind: StepKind) -> usize {
    plan.transaction.iter().position(|step| StepKind::from(step) == kind).expect("it is there")
}

fn without(kind: StepKind) -> Vec<Fault> {
    let mut plan = good();
    plan.transaction.remove(place(&plan, kind));
    check(&plan)
}

#[test]
fn a_good_plan_has_no_fault() {
    assert_eq!(check(&good()), []);
    assert_eq!(check(&good_for_new_table()), []);
    let mut of_producer = good();
    of_producer.ledger_row.source_url = uri("generated");
    of_producer.preparation.clear();
    assert_eq!(check(&of_producer), [], "a producer's manifest is not written");
    for optional in [StepKind::CheckDeleted, StepKind::CheckRowCount, StepKind::RecordSuperseded] {
        assert_eq!(without(optional), [], "{optional}");
    }
}

#[test]
fn faults_are_told_in_sentences() {
    let told = |fault: Fault| fault.to_string();
    assert_eq!(told(Fault::Missing(StepKind::RecordLoad)), "the transaction has no step RecordLoad");
    assert_eq!(
        told(Fault::NotFollowed { step: StepKind::Delete, next: StepKind::LookAgain }),
        "step Delete is not followed by LookAgain at once"
    );
    assert_eq!(
        told(Fault::OtherMode(LoadMode::Append)),
        "Delete removes other rows than the mode `append` of the ledger row says"
    );
}
