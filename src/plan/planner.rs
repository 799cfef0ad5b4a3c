//! Facts in, decision out.

use chrono::NaiveTime;

use crate::model::column_type::ColumnType;
use crate::model::load_id::LoadKey;
use crate::model::object::ObjectUri;
use crate::model::table::{Column, TableState};
use crate::plan::fingerprint::fingerprint;
use crate::plan::input::{DataForm, PlanningInput};
use crate::plan::row_count::RowCountGate;
use crate::plan::{
    Copy, CopySource, Decision, LedgerRow, LoadMode, LoadPlan, Preparation, Refusal, Replaced, SkipReason,
    Step,
};
use crate::schema::diff::diff;

/// Decides about one table of one request.
pub fn plan(input: &PlanningInput) -> Decision {
    let target = input.spec.target.clone();
    let column = &input.spec.data_date_column;
    if column.column_type == ColumnType::Date && input.data.date.instant().time() != NaiveTime::MIN {
        return Decision::Refuse(Refusal::DateTooCoarse { column: column.clone(), date: input.data.date });
    }
    match &input.table {
        TableState::SchemaMissing => Decision::Refuse(Refusal::SchemaMissing(target)),
        TableState::NotATable(kind) => Decision::Refuse(Refusal::NotATable { target, kind }),
        TableState::Missing => Decision::Load(load(input, Vec::new(), true)),
        TableState::Table(existing) => {
            let diff = diff(&input.spec, existing);
            if !diff.conflicts.is_empty() {
                return Decision::Refuse(Refusal::Conflicts { target, conflicts: diff.conflicts });
            }
            if let Some(newest) = input.newest_in_table.filter(|_| !input.wish.force) {
                return Decision::Skip(SkipReason::NotNewer { candidate: input.data.date, newest });
            }
            Decision::Load(load(input, diff.missing, false))
        }
    }
}

fn load(input: &PlanningInput, missing: Vec<Column>, create: bool) -> LoadPlan {
    let PlanningInput { wish, data, spec, .. } = input;
    let key = LoadKey {
        target: spec.target.clone(),
        data_date: data.date,
        fingerprint: fingerprint(data, &input.config_text),
    };
    let (source, manifest) = copy_source(input, &key);
    let mut preparation: Vec<Preparation> = missing.into_iter().map(Preparation::AddColumn).collect();
    preparation.extend(manifest);

    let mut transaction = if create {
        vec![Step::CreateTable(spec.clone())]
    } else {
        let replaced = if wish.truncate {
            Replaced::All
        } else {
            Replaced::DataDate { column: spec.data_date_column.clone(), date: data.date }
        };
        vec![Step::Delete(replaced), Step::LookAgain { loads_of_target: input.loads_of_target }]
    };
    let lone_object = match &source {
        CopySource::Object(uri) => Some(uri.clone()),
        CopySource::Manifest(_) => None,
    };
    transaction.push(Step::Copy(Copy {
        columns: spec.columns.iter().map(|column| column.name.clone()).collect(),
        source,
        gzip: data.gzip,
        region: data.region.clone(),
    }));
    transaction.extend(lone_object.map(Step::LookForNeighbours));
    let gate =
        RowCountGate::new(wish.expected_rows, input.row_count_policy, &input.recent_row_counts, wish.force);
    if !gate.is_open() {
        transaction.push(Step::CheckRowCount(gate));
    }
    if !wish.superseded.is_empty() {
        transaction.push(Step::RecordSuperseded(wish.superseded.clone()));
    }
    transaction.push(Step::RecordLoad);
    let ledger_row = LedgerRow {
        load_id: wish.load_id.clone(),
        message_id: wish.message_id.clone(),
        source_url: data.chosen.clone(),
        mode: if wish.truncate { LoadMode::Replace } else { LoadMode::Append },
        forced: wish.force,
        bytes: data.files.iter().map(|file| file.size).sum(),
        started_at: input.now,
    };
    LoadPlan { key, ledger_row, preparation, transaction }
}

/// COPY takes the path of an object for a prefix (redshift-facts 0.13), and passes over a missing file of a manifest
/// unless its entry is mandatory: wherever that could change what is loaded, a manifest of our own names the files.
fn copy_source(input: &PlanningInput, key: &LoadKey) -> (CopySource, Option<Preparation>) {
    let chosen = input.data.chosen.clone();
    match input.data.form {
        DataForm::LoneObject => (CopySource::Object(chosen), None),
        DataForm::StrictManifest => (CopySource::Manifest(chosen), None),
        DataForm::ObjectWithLongerNeighbours | DataForm::LenientManifest => {
            // Named by what it lists, so that repeating the load writes the same object again.
            let uri = ObjectUri {
                bucket: input.manifest_folder.bucket.clone(),
                key: format!("{}{}/{}.manifest", input.manifest_folder.key, key.target, key.fingerprint),
            };
            let files = input.data.files.iter().map(|file| file.uri.clone()).collect();
            (CopySource::Manifest(uri.clone()), Some(Preparation::WriteManifest { uri, files }))
        }
    }
}
