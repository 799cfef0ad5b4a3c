//! The action of each step of a transaction.

use crate::model::copy_template::CopyTemplate;
use crate::model::shown::shown;
use crate::plan::LoadPlan;
use crate::plan::input::LoadsSince;
use crate::plan::step::{EarlierRows, FilesAsListed, Step};
use crate::warehouse::redshift::Redshift;
use crate::warehouse::redshift::run::action::{Action, Means, Moment, load_of, stage_of};
use crate::warehouse::redshift::sql::ledger::version::LedgerVersion;
use crate::warehouse::redshift::sql::{catalog, cuts, load, merge, own, rows, table};

impl<'a> Action<'a> {
    pub(in crate::warehouse::redshift::run) fn of_step(
        redshift: &'a Redshift,
        plan: &'a LoadPlan,
        step: &Step,
        moment: &Moment<'_>,
    ) -> Self {
        let (target, ledger, row) = (&plan.key.target, &redshift.ledger, &plan.ledger_row);
        let check = |words: String| (load_of(plan), Means::Words(format!("ROLLBACK {words}")));
        let (what, means) = match step {
            Step::CreateTable(spec) => {
                (format!("creating {}", spec.target), Means::statement(table::create_table(spec)))
            }
            Step::Delete(replaced) => {
                let what = format!("deleting rows from {target}");
                (what, Means::with_lock(load::delete(target, replaced), target))
            }
            Step::LookAgain(LoadsSince { moment, .. }) => {
                let what = format!("reading the ledger {}", ledger.loads());
                (what, Means::question(ledger.count_loads_since(target, *moment)))
            }
            Step::LookForFiles { files, .. } => {
                let questions = ledger.known_files(target, files, LedgerVersion::LATEST);
                (format!("looking for files in the ledger {}", ledger.files()), Means::Questions(questions))
            }
            Step::CheckDeleted(EarlierRows { load_id, rows, .. }) => {
                check(format!("if DELETE has removed fewer than the {rows} rows of load {load_id}"))
            }
            Step::PreSql(own) => (format!("`meta.pre_sql` {own}"), Means::statement(own::statement(own))),
            Step::PostSql(own) => (format!("`meta.post_sql` {own}"), Means::statement(own::statement(own))),
            Step::Copy(copy) => {
                let what = format!("COPY of {} into {target}", shown(&row.source_url.to_string()));
                let sql = load::copy(target, copy, &row.load_id, &moment.authorization);
                (what, Means::statement(sql))
            }
            Step::CheckFiles(FilesAsListed::Prefix(object)) => {
                let uri = object.uri.to_string();
                check(format!("if {} has changed by now, or another key starts with it", shown(&uri)))
            }
            Step::CheckFiles(FilesAsListed::Each(files)) => {
                check(format!("if one of {} files has changed by now", files.len()))
            }
            Step::CheckFiles(FilesAsListed::Parts(whole)) => {
                let (address, parts) = (whole.counted.set.address.to_string(), whole.counted.parts);
                check(format!("unless {} has the same {parts} parts by now", shown(&address)))
            }
            Step::CheckTemplate(CopyTemplate { name, .. }) => {
                (format!("looking at the template `{name}` again"), Means::question(catalog::template(name)))
            }
            Step::CheckDates(gate) => {
                let what = format!("looking at the dates of the rows of {target}");
                (what, Means::statement(rows::dates_of_rows(target, gate)))
            }
            Step::CreateWide(columns) => {
                (format!("making a wide table for {target}"), Means::statement(cuts::create_wide(columns)))
            }
            Step::CopyWide(copy) => {
                let what = format!("COPY of {} into a wide table", shown(&row.source_url.to_string()));
                let sql = cuts::copy_wide(copy, &row.load_id, &moment.authorization);
                (what, Means::statement(sql))
            }
            Step::CountCuts(gate) => {
                (format!("counting the values that do not fit {target}"), Means::statement(cuts::count(gate)))
            }
            Step::CountSurplus(key) | Step::CheckSurplus(key) => {
                let what = format!("looking for rows of one key in {target}");
                (what, Means::statement(rows::surplus(target, key)))
            }
            Step::CountSkipped => {
                check("unless sys_load_history tells how many rows COPY has skipped".to_owned())
            }
            Step::DropWide => {
                (format!("dropping the wide table for {target}"), Means::statement(cuts::drop_wide()))
            }
            Step::CreateStaging => (
                format!("making the staging table of {target}"),
                Means::statement(merge::create_staging(target)),
            ),
            Step::CheckKeys(merge) => {
                (format!("counting the keys of the data of {target}"), Means::statement(merge::keys(merge)))
            }
            Step::DropOlder(merge) => {
                let by = merge.latest_by().expect("only such a merge has the step");
                let sql = merge::drop_older(target, merge, by, moment.range.as_ref());
                (format!("comparing the data with later rows of {target}"), Means::statement(sql))
            }
            Step::KeepColumns(merge) => {
                let sql = merge::keep_columns(target, merge, moment.range.as_ref());
                (format!("keeping values of {target}"), Means::statement(sql))
            }
            Step::DeleteMatches(merge) => {
                let sql = merge::delete_matches(target, merge, moment.range.as_ref());
                (format!("deleting the rows of {target} that are replaced"), Means::statement(sql))
            }
            Step::InsertStaged(merge) => (
                format!("adding the rows to {target}"),
                Means::statement(merge::insert_staged(target, merge)),
            ),
            Step::DropStaging => {
                (format!("dropping the staging table of {target}"), Means::statement(merge::drop_staging()))
            }
            Step::CheckRowCount(gate) => check(format!("unless COPY has loaded {gate} rows")),
            Step::RecordSuperseded(message_ids) => {
                let what = format!("noting which messages the load of {target} covers");
                let sql = ledger.insert_superseded(plan, message_ids);
                (what, Means::with_lock(sql, ledger.superseded()))
            }
            Step::RecordFiles(files) => {
                let what = format!("noting which files the load of {target} has loaded");
                let statements = ledger.insert_files(plan, files, moment.end);
                (what, Means::Statements { statements, lock: ledger.files() })
            }
            Step::RecordLoad => {
                let what = format!("writing the ledger row of {target}");
                let sql = ledger.insert(plan, moment.moved, moment.end, &redshift.sessions.loader);
                (what, Means::with_lock(sql, ledger.loads()))
            }
        };
        Self { what, stage: stage_of(step), means }
    }
}
