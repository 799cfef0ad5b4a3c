//! Golden plans: facts in, and everything that `plan` shows out, the exact SQL included.
//!
//! `UPDATE_EXPECT=1 cargo test golden` rewrites the files after a wanted change.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use expect_test::{ExpectFile, expect_file};

use s3_to_redshift::aws_calls::AwsCalls;
use s3_to_redshift::config::warehouse::{CopyRole, LoadErrorSettings, Tls, WarehouseSettings};
use s3_to_redshift::model::column_type::ColumnType;
use s3_to_redshift::model::data_date::DataDate;
use s3_to_redshift::model::default_value::DefaultValue;
use s3_to_redshift::model::granularity::Granularity;
use s3_to_redshift::model::ident::Ident;
use s3_to_redshift::model::load_id::LoadId;
use s3_to_redshift::model::load_mode::LoadMode;
use s3_to_redshift::model::object::{Access, ObjectMeta, ObjectUri, SourceBucket};
use s3_to_redshift::model::own_sql::{OwnSql, OwnStatement};
use s3_to_redshift::model::secret::Secret;
use s3_to_redshift::model::table::{
    Column, ColumnDefault, Constraint, ConstraintKind, Distribution, ExistingTable, KeyCase, SortKey,
    TableState,
};
use s3_to_redshift::model::target_table::TargetTable;
use s3_to_redshift::model::zone::{Span, Zone};
use s3_to_redshift::plan::check::check as faults;
use s3_to_redshift::plan::data_set::{DataForm, DataSet};
use s3_to_redshift::plan::decision::{Decision, Refusal};
use s3_to_redshift::plan::input::{
    EarlierLoad, EarlierLoads, ImplausibleRows, LoadsSince, Misnamed, PlanningInput, TableRows,
};
use s3_to_redshift::plan::planner::{plan, without_files};
use s3_to_redshift::plan::row_count::RowCountPolicy;
use s3_to_redshift::plan::settings::Settings;
use s3_to_redshift::plan::{fingerprint, render};
use s3_to_redshift::request::order::Order;
use s3_to_redshift::request::terms::Terms;
use s3_to_redshift::source::parts::whole::Counted;
use s3_to_redshift::source::parts::{SetKind, SetName};
use s3_to_redshift::source::suffix::{Suffix, suffix_of};
use s3_to_redshift::source::table_config;
use s3_to_redshift::storage::s3::S3;
use s3_to_redshift::telemetry::metrics::Metrics;
use s3_to_redshift::warehouse::Warehouse;
use s3_to_redshift::warehouse::redshift::{Redshift, SessionSettings};

pub(crate) const CONFIG: &str = r#"
pages:
  dest: pages
  columns:
    - {dest: id, type: bigint, primarykey: true, notnull: true, distkey: true}
    - {dest: time, type: timestamp, sortord: 1}
    - {dest: url, type: longtext, defaultval: "''"}
  meta: {schema: api_hits, datadatecolumn: time}
"#;

fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

fn uri(text: &str) -> ObjectUri {
    ObjectUri::parse(text).unwrap()
}

fn now() -> DateTime<Utc> {
    DataDate::parse("2015-07-02T08:00:00Z").unwrap().instant()
}

pub(crate) fn object(address: &str) -> ObjectMeta {
    ObjectMeta { uri: uri(address), etag: "\"abc\"".to_owned(), size: 1234, access: Access::AtOnce }
}

/// A newer file for a table that does not exist.
pub(crate) fn input(config: &str) -> PlanningInput {
    let target = TargetTable { schema: ident("api_hits"), table: ident("pages") };
    let date = DataDate::parse("2015-07-01T00:00:00Z").unwrap();
    let spec = table_config::parse(config, &target).unwrap();
    let order = Order {
        target: target.clone(),
        force: false,
        terms: Arc::new(Terms::of(SourceBucket::parse("analytics").unwrap())),
        message_id: "message-1".to_owned(),
        covered: Vec::new(),
        announced: None,
    };
    let settings = Settings::of(&order.terms, &spec.options);
    PlanningInput {
        load_id: LoadId("018f-load".to_owned()),
        window: settings.window(&order.terms, date).unwrap(),
        settings,
        order,
        date,
        chosen: object("s3://analytics/api_hits_pages_2015-07-01T00:00:00Z.json.gz"),
        misnamed: Misnamed::default(),
        known_files: Vec::new(),
        spec,
        config_fingerprint: fingerprint::of_config(config),
        table: TableState::Missing,
        rows: TableRows::default(),
        earlier: EarlierLoads::default(),
        loads_since: LoadsSince { moment: now() - chrono::Duration::days(1), count: 3 },
        has_cuts: false,
        widened_before: Vec::new(),
        row_count_policy: RowCountPolicy::default(),
        recent_row_counts: Vec::new(),
        manifest_folder: uri("s3://analytics/manifests/"),
        now: now(),
    }
}

/// The same for the table that [`CONFIG`] asks for, with older rows in it.
pub(crate) fn input_for_existing() -> PlanningInput {
    let rows = TableRows { has_any: true, ..TableRows::default() };
    PlanningInput { table: TableState::Table(existing()), rows, ..input(CONFIG) }
}

/// Has the message say something more.
pub(crate) fn said(input: &mut PlanningInput, say: impl FnOnce(&mut Terms)) {
    say(Arc::make_mut(&mut input.order.terms));
    input.settings = Settings::of(&input.order.terms, &input.spec.options);
    input.window = input.settings.window(&input.order.terms, input.date).unwrap();
}

/// Gives the file another date.
fn dated(input: &mut PlanningInput, date: &str) {
    input.date = DataDate::parse(date).unwrap();
    input.window = input.settings.window(&input.order.terms, input.date).unwrap();
}

/// The data set of the chosen file alone.
pub(crate) fn data(input: &PlanningInput, form: DataForm) -> DataSet {
    let Some(Suffix::Data(stored)) = suffix_of(input.chosen.uri.file_name()) else {
        panic!("it is a data file")
    };
    DataSet { files: vec![input.chosen.clone()], form, stored, region: "eu-west-1".to_owned(), look: None }
}

pub(crate) fn earlier_load(rows: u64, rows_in_window: Option<u64>) -> EarlierLoad {
    EarlierLoad {
        load_id: LoadId("018f-earlier".to_owned()),
        data_date: DataDate::parse("2015-07-01T00:00:00Z").unwrap(),
        finished_at: (now() - TimeDelta::hours(1)).timestamp_micros(),
        rows,
        rows_in_window,
        data_date_column: Some(ident("time")),
        config_fingerprint: Some(fingerprint::of_config(CONFIG)),
        is_of_window: true,
    }
}

pub(crate) fn column(name: &str, column_type: &str) -> Column {
    let column_type = ColumnType::parse(column_type).unwrap();
    Column { name: ident(name), column_type, not_null: false, default: None, encoding: None }
}

pub(crate) fn primary_key(columns: &[&str]) -> Constraint {
    let columns = columns.iter().map(|name| ident(name)).collect();
    Constraint { name: ident("pages_pkey"), kind: ConstraintKind::PrimaryKey, columns }
}

/// The table that [`CONFIG`] asks for.
pub(crate) fn existing() -> ExistingTable {
    let empty = ColumnDefault::Value(DefaultValue::parse("''::character varying").unwrap());
    ExistingTable {
        columns: vec![
            Column { not_null: true, ..column("id", "bigint") },
            column("time", "timestamp without time zone"),
            Column { default: Some(empty), ..column("url", "character varying(65535)") },
        ],
        constraints: vec![primary_key(&["id"])],
        distribution: Distribution::Key(ident("id")),
        chosen_dist_key: None,
        sort_key: SortKey::Compound(vec![ident("time")]),
        views: Vec::new(),
    }
}

pub(crate) fn redshift() -> Redshift {
    let settings = WarehouseSettings {
        host: "redshift.example.com".to_owned(),
        port: 5439,
        database: "analytics".to_owned(),
        user: "loader".to_owned(),
        password: Secret::new("secret"),
        tls: Tls::Disable,
        copy_role: Some(CopyRole::Arns("arn:aws:iam::1:role/copy".to_owned())),
        ledger_schema: ident("s3_to_redshift"),
        load_errors: LoadErrorSettings { shown: 5, with_values: false },
    };
    let sessions = SessionSettings {
        concurrent_loads: 1,
        lock_wait_warning: Duration::from_secs(30),
        statement_timeout: Duration::from_secs(60),
        loader: "s3-to-redshift on host".to_owned(),
    };
    let metrics = Arc::new(Metrics::new());
    let calls = AwsCalls::counted_in(Arc::clone(&metrics));
    let store = S3::new(aws_config::SdkConfig::builder().build(), false, calls);
    Redshift::new(settings, sessions, Arc::new(store), metrics, Arc::default()).unwrap()
}

fn check(input: &PlanningInput, expected: &ExpectFile) {
    check_files(input, &data(input, DataForm::LoneObject), expected);
}

pub(crate) fn check_files(input: &PlanningInput, data: &DataSet, expected: &ExpectFile) {
    let decision = plan(input, data);
    let statements = match &decision {
        Decision::Load(plan) => {
            assert_eq!(faults(plan), []);
            redshift().statements(plan)
        }
        Decision::Refuse(Refusal::Conflicts { resolutions, .. }) => redshift().resolving(resolutions),
        Decision::Skip(_) | Decision::Refuse(_) => Vec::new(),
    };
    let text = render::text(input, Some(data), "s3://analytics/config.yml", &decision, &statements);
    expected.assert_eq(&text);
}

#[tokio::test]
async fn a_new_table() {
    check(&input(CONFIG), &expect_file!["../golden/plans/new_table.txt"]);
}

#[tokio::test]
async fn keys_of_a_config_that_mean_nothing_here_are_listed() {
    let config = CONFIG
        .replace("type: bigint,", "type: bigint, source: _id,")
        .replace("  dest: pages", "  dest: pages\n  owner: web")
        .replace("datadatecolumn: time", "datadatecolumn: time, cadence: 1d");
    check(&input(&config), &expect_file!["../golden/plans/passed_over.txt"]);
}

#[tokio::test]
async fn a_load_that_answers_other_messages_too() {
    let mut input = input(CONFIG);
    input.order.covered = vec!["message-2".to_owned(), "it's 3".to_owned()];
    check(&input, &expect_file!["../golden/plans/superseding.txt"]);
}

#[tokio::test]
async fn a_load_whose_rows_are_counted() {
    let mut input = input(CONFIG);
    input.row_count_policy = RowCountPolicy { refuses_zero: true, largest_drop: Some(10) };
    input.recent_row_counts = vec![100, 120, 90];
    check(&input, &expect_file!["../golden/plans/counted_rows.txt"]);
}

#[tokio::test]
async fn a_new_table_whose_keys_are_left_to_redshift() {
    let config = CONFIG.replace(", distkey: true", "").replace(", sortord: 1", "");
    check(&input(&config), &expect_file!["../golden/plans/new_table_with_auto_keys.txt"]);
}

#[tokio::test]
async fn names_and_defaults_that_need_quoting() {
    let config = r#"
pages:
  dest: pages
  columns:
    - {dest: "odd \"name\"; drop", type: text, defaultval: "'it''s \\ odd'"}
    - {dest: User, type: "numeric(10,2)", notnull: true, defaultval: -0.5}
    - {dest: day, type: date, defaultval: sysdate}
    - {dest: seen, type: timestamptz, defaultval: "getdate()"}
  meta: {schema: api_hits, datadatecolumn: day}
"#;
    check(&input(config), &expect_file!["../golden/plans/quoting.txt"]);
}

#[tokio::test]
async fn a_newer_file_for_an_existing_table() {
    check(&input_for_existing(), &expect_file!["../golden/plans/newer_file.txt"]);
}

#[tokio::test]
async fn values_that_do_not_fit_are_counted_in_a_wide_table() {
    let config = CONFIG.replace(
        "datadatecolumn: time",
        "datadatecolumn: time, cuts: \"refuse_over:0.5%\", copy_options: [ACCEPTINVCHARS, MAXERROR 10]",
    );
    let mut cutting = input(&config.replace("type: longtext", "type: text"));
    cutting.has_cuts = true;
    check(&cutting, &expect_file!["../golden/plans/cuts.txt"]);
}

#[tokio::test]
async fn missing_columns_come_before_the_transaction() {
    let mut table = existing();
    table.columns.retain(|column| column.name.as_str() != "url");
    table.columns.push(column("legacy", "int"));
    let missing = PlanningInput { table: TableState::Table(table), ..input_for_existing() };
    check(&missing, &expect_file!["../golden/plans/missing_column.txt"]);
}

#[tokio::test]
async fn truncate_deletes_in_the_transaction() {
    let mut truncating = input_for_existing();
    said(&mut truncating, |terms| terms.mode = Some(LoadMode::Replace));
    check(&truncating, &expect_file!["../golden/plans/truncate.txt"]);
}

/// The window of the file of [`input_for_existing`] in New York, where the config's column holds wall times.
fn in_new_york(granularity: Granularity, date: &str) -> PlanningInput {
    let mut input = input_for_existing();
    dated(&mut input, date);
    said(&mut input, |terms| {
        terms.granularity = Some(granularity);
        terms.zone = Some(Zone::parse("America/New_York").unwrap());
    });
    input
}

#[tokio::test]
async fn a_day_by_wall_times_of_its_zone() {
    let day = in_new_york(Granularity::Day, "2015-07-01T04:00:00Z");
    check(&day, &expect_file!["../golden/plans/day.txt"]);
}

#[tokio::test]
async fn an_hour_that_the_clocks_show_twice_is_refused_with_both_instants() {
    let twice = in_new_york(Granularity::Hour, "2014-11-02T06:30:00Z");
    check(&twice, &expect_file!["../golden/plans/hour_shown_twice.txt"]);
}

#[tokio::test]
async fn a_day_into_which_the_clock_was_set_back_by_instants_and_with_rows_outside_allowed() {
    let config = CONFIG.replace("time, type: timestamp", "time, type: timestamptz").replace(
        "datadatecolumn: time",
        "datadatecolumn: time, granularity: day, timezone: America/St_Johns, outside: allow",
    );
    let mut day = input(&config);
    dated(&mut day, "2006-10-28T12:00:00Z");
    check(&day, &expect_file!["../golden/plans/day_of_two_parts.txt"]);
    day.table = TableState::Table(existing());
    check(&day, &expect_file!["../golden/plans/day_of_a_table_with_wall_times.txt"]);
}

#[tokio::test]
async fn a_span_that_the_message_names() {
    let mut stream = input_for_existing();
    let at = |text| DataDate::parse(text).unwrap().instant();
    let span = Span { start: at("2015-06-30T22:00:00Z"), end: at("2015-07-01T00:00:00Z") };
    said(&mut stream, |terms| (terms.granularity, terms.stream) = (Some(Granularity::Stream), Some(span)));
    check(&stream, &expect_file!["../golden/plans/stream.txt"]);
}

#[tokio::test]
async fn force_loads_what_the_table_has() {
    let mut forced = input_for_existing();
    forced.rows.newest = Some(now());
    forced.order.force = true;
    check(&forced, &expect_file!["../golden/plans/force.txt"]);
}

#[tokio::test]
async fn what_is_not_newer_is_skipped() {
    let mut stale = input_for_existing();
    stale.rows.newest = Some(now());
    check(&stale, &expect_file!["../golden/plans/not_newer.txt"]);
}

#[tokio::test]
async fn files_that_are_in_the_table_are_skipped_whatever_its_rows_say() {
    let mut same = input_for_existing();
    same.earlier.of_files = Some(earlier_load(842, Some(0)));
    check(&same, &expect_file!["../golden/plans/same_files.txt"]);
    same.config_fingerprint = fingerprint::of_config("another");
    check(&same, &expect_file!["../golden/plans/same_files_other_config.txt"]);
}

#[tokio::test]
async fn rows_that_would_stay_beside_the_new_ones_are_refused_even_with_force() {
    let mut undated = input_for_existing();
    undated.order.force = true;
    undated.rows.in_window = 2;
    undated.earlier.of_window = Some(earlier_load(842, Some(2)));
    check(&undated, &expect_file!["../golden/plans/would_double.txt"]);
}

#[tokio::test]
async fn rows_that_have_got_their_dates_since_are_replaced_if_delete_removes_them_all() {
    let mut unknown = input_for_existing();
    unknown.order.force = true;
    unknown.rows.in_window = 842;
    unknown.earlier.of_window = Some(earlier_load(842, Some(0)));
    check(&unknown, &expect_file!["../golden/plans/check_deleted.txt"]);
}

#[tokio::test]
async fn a_table_with_rows_of_a_date_that_cannot_be_true_is_named_with_them() {
    let mut implausible = input_for_existing();
    let latest = "294276-12-31 23:59:59".to_owned();
    implausible.rows.implausible = Some(ImplausibleRows { count: 3, latest });
    check(&implausible, &expect_file!["../golden/plans/implausible_rows.txt"]);
}

#[tokio::test]
async fn a_file_of_a_date_that_cannot_be_true_is_refused() {
    let mut implausible = input(CONFIG);
    dated(&mut implausible, "2015-07-03T08:00:01Z");
    check(&implausible, &expect_file!["../golden/plans/implausible_date.txt"]);
}

#[tokio::test]
async fn the_config_decides_about_decimals_capitals_and_statistics() {
    let mut asked = input(&CONFIG.replace("type: longtext, defaultval: \"''\"", "type: \"decimal(10,2)\""));
    asked.spec.options.key_case = KeyCase::Ignored;
    asked.spec.options.statupdate = Some(true);
    check(&asked, &expect_file!["../golden/plans/options.txt"]);
}

#[tokio::test]
async fn statements_of_the_table_config_stand_in_the_transaction() {
    let own = |number, text| OwnStatement::parse(number, text).unwrap();
    let mut around = input_for_existing();
    around.spec.options.own_sql = OwnSql {
        pre: vec![own(1, "DELETE FROM api_hits.stage;")],
        post: vec![
            own(
                1,
                "-- since the load\nINSERT INTO api_hits.daily -- sums\nSELECT 'a;b', COUNT(*) FROM api_hits.pages;",
            ),
            own(2, "GRANT SELECT ON api_hits.pages TO GROUP readers"),
        ],
    };
    check(&around, &expect_file!["../golden/plans/own_sql.txt"]);
}

#[tokio::test]
async fn other_keys_that_start_with_the_chosen_one_call_for_a_manifest() {
    let ambiguous = input(CONFIG);
    let data = data(&ambiguous, DataForm::ObjectWithLongerNeighbours);
    check_files(&ambiguous, &data, &expect_file!["../golden/plans/longer_neighbours.txt"]);
}

#[tokio::test]
async fn parts_are_loaded_through_a_manifest_of_those_that_are_not_empty() {
    let mut directory = input(CONFIG);
    directory.chosen = object("s3://analytics/api_hits_pages_2015-07-01T00:00:00Z/");
    let part = |name: &str| object(&format!("s3://analytics/api_hits_pages_2015-07-01T00:00:00Z/{name}"));
    let stem = object("s3://analytics/api_hits_pages_2015-07-01T00:00:00Z").uri;
    let address = directory.chosen.uri.clone();
    let set = SetName { date: directory.date, kind: SetKind::Directory, address, stem };
    let counted = Counted { set, parts: 3, empty: 1, mark: Some(part("_SUCCESS")), wanted: None };
    let files = vec![part("part-00000.json.gz"), part("part-00002.json.gz")];
    let mut first = directory.clone();
    first.chosen = files[0].clone();
    let parts = DataSet { files, ..data(&first, DataForm::Parts(Box::new(counted))) };
    check_files(&directory, &parts, &expect_file!["../golden/plans/parts.txt"]);
}

#[tokio::test]
async fn a_strict_manifest_is_used_as_it_is_and_a_lenient_one_is_not() {
    let mut manifest = input(CONFIG);
    manifest.chosen = object("s3://analytics/api_hits_pages_2015-07-01T00:00:00Z.manifest");
    let files = vec![object("s3://analytics/a.json"), object("s3://analytics/b.json")];
    let mut first = manifest.clone();
    first.chosen = files[0].clone();
    let listed = |form| DataSet { files: files.clone(), ..data(&first, form) };
    let (strict, lenient) = (listed(DataForm::StrictManifest), listed(DataForm::LenientManifest));
    check_files(&manifest, &strict, &expect_file!["../golden/plans/strict_manifest.txt"]);
    check_files(&manifest, &lenient, &expect_file!["../golden/plans/lenient_manifest.txt"]);
}

#[tokio::test]
async fn the_files_of_a_manifest_are_not_looked_at_when_the_table_has_newer_rows() {
    let mut stale = input_for_existing();
    stale.chosen = object("s3://analytics/api_hits_pages_2015-07-01T00:00:00Z.manifest");
    assert_eq!(without_files(&stale), None);
    stale.rows.newest = Some(now());
    let decision = without_files(&stale).unwrap();
    let text = render::text(&stale, None, "s3://analytics/config.yml", &decision, &[]);
    expect_file!["../golden/plans/not_newer_manifest.txt"].assert_eq(&text);
}

#[tokio::test]
async fn all_conflicts_are_refused_together() {
    let mut table = existing();
    table.columns[0].column_type = ColumnType::Integer;
    table.columns[1].not_null = true;
    table.constraints.clear();
    table.distribution = Distribution::Even;
    table.sort_key = SortKey::Interleaved(vec![ident("time"), ident("id")]);
    let conflicting = PlanningInput { table: TableState::Table(table), ..input_for_existing() };
    check(&conflicting, &expect_file!["../golden/plans/conflicts.txt"]);
}

#[tokio::test]
async fn a_view_is_refused() {
    let view = PlanningInput { table: TableState::NotATable("view"), ..input(CONFIG) };
    check(&view, &expect_file!["../golden/plans/view.txt"]);
}

#[tokio::test]
async fn a_date_column_cannot_hold_a_time_of_day() {
    let config = CONFIG.replace("type: timestamp", "type: date");
    let mut coarse = input(&config);
    dated(&mut coarse, "2015-07-01T12:00:00Z");
    check(&coarse, &expect_file!["../golden/plans/date_too_coarse.txt"]);
}

#[tokio::test]
async fn a_date_that_no_column_can_hold_is_refused() {
    for date in ["2015-07-01T00:00:00.1234567Z", "2015-06-30T23:59:60Z", "0001-01-01T00:00:00+01:00"] {
        let mut fine = input(CONFIG);
        dated(&mut fine, date);
        let decision = without_files(&fine);
        assert!(matches!(decision, Some(Decision::Refuse(Refusal::DateNotHeld(_)))), "{decision:?}");
    }
}
