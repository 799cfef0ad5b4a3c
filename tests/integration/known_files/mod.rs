//! What the ledger knows of announced files: recorded with their rows, asked for under the lock, and loaded once each.

mod forgotten;

use std::sync::Arc;
use std::time::Duration;

use expect_test::expect_file;
use tokio_util::sync::CancellationToken;

use s3_to_redshift::aws_calls::AwsCalls;
use s3_to_redshift::config::warehouse::{LoadErrorSettings, Tls, WarehouseSettings};
use s3_to_redshift::model::data_date::DataDate;
use s3_to_redshift::model::ident::Ident;
use s3_to_redshift::model::load_id::LoadId;
use s3_to_redshift::model::load_mode::LoadMode;
use s3_to_redshift::model::loaded_file::{FileOfLoad, LoadedFile};
use s3_to_redshift::model::object::{Access, ObjectMeta, ObjectUri};
use s3_to_redshift::model::secret::Secret;
use s3_to_redshift::model::target_table::TargetTable;
use s3_to_redshift::model::window::Window;
use s3_to_redshift::model::zone::Zone;
use s3_to_redshift::plan::LoadPlan;
use s3_to_redshift::plan::check::check;
use s3_to_redshift::plan::data_set::{DataForm, DataSet};
use s3_to_redshift::plan::decision::Decision;
use s3_to_redshift::plan::planner::plan;
use s3_to_redshift::plan::step::{FilesAsListed, Replaced, Step};
use s3_to_redshift::storage::s3::S3;
use s3_to_redshift::telemetry::metrics::Metrics;
use s3_to_redshift::warehouse::redshift::{Redshift, SessionSettings};
use s3_to_redshift::warehouse::survey::EarlierQuestion;
use s3_to_redshift::warehouse::{Execution, Warehouse};

use crate::golden_plans::{data, input_for_existing, object, redshift as golden_redshift};
use crate::support::scenario::{Scenario, aws_config_of};
use crate::support::secrets::SECRETS;

/// A table and its ledger, and a warehouse that is asked without the program. Every load of it copies the same row.
struct Files {
    scenario: Scenario,
    redshift: Redshift,
    target: TargetTable,
}

/// As an event announces it. Every key is one of the same bucket.
fn file(key: &str, etag: &str) -> ObjectMeta {
    let uri = ObjectUri { bucket: "bucket".to_owned(), key: key.to_owned() };
    ObjectMeta { uri, etag: etag.to_owned(), size: 20_000, access: Access::AtOnce }
}

fn recorded(files: &[ObjectMeta]) -> Step {
    let of_load = |file: &ObjectMeta| FileOfLoad {
        uri: file.uri.clone(),
        version_id: None,
        etag: file.etag.clone(),
        bytes: file.size,
    };
    Step::RecordFiles(files.iter().map(of_load).collect())
}

fn day() -> Window {
    Window::day(DataDate::parse("2015-07-01T00:00:00Z").unwrap(), Zone::UTC)
}

/// The plan of a load of one object by a message that replaces no rows, and asks for files in the place of loads.
fn plan_for(
    target: &TargetTable,
    chosen: ObjectMeta,
    files: &[ObjectMeta],
    known: &[LoadedFile],
) -> LoadPlan {
    let mut input = input_for_existing();
    input.load_id = LoadId(uuid::Uuid::now_v7().to_string());
    input.order.target = target.clone();
    input.spec.target = target.clone();
    input.chosen = chosen;
    let data = DataSet { region: "us-east-1".to_owned(), ..data(&input, DataForm::LoneObject) };
    let Decision::Load(mut plan) = plan(&input, &data) else { panic!("it is to be loaded") };
    for step in &mut plan.transaction {
        match step {
            Step::LookAgain(_) => {
                *step = Step::LookForFiles { files: files.to_vec(), known: known.to_vec() };
            }
            Step::CheckFiles(listed) => *listed = FilesAsListed::Each(Vec::new()),
            _ => {}
        }
    }
    *plan
}

/// Makes it one of announced files, of the instants of a day.
fn announced(mut plan: LoadPlan, files: &[ObjectMeta]) -> LoadPlan {
    plan.key.window = Window::of_files(day().hull(), Zone::UTC);
    plan.transaction[0] = Step::Delete(Replaced::None);
    plan.transaction.insert(plan.transaction.len() - 1, recorded(files));
    assert_eq!(check(&plan), []);
    plan
}

impl Files {
    async fn new() -> Self {
        let scenario = Scenario::new().await;
        scenario.put("row.json", r#"{"id": 1, "time": "2015-07-01T00:00:00Z", "url": "/"}"#).await;
        let schema = &scenario.name;
        scenario
            .sql(&format!(
                "CREATE TABLE {schema}.pages (id bigint NOT NULL, time timestamp, url varchar(65535))"
            ))
            .await;
        let [schema, table] = [schema, "pages"].map(|name| Ident::new(name).unwrap());
        let redshift = redshift(&scenario).await;
        redshift.prepare_ledger().await.unwrap();
        Self { target: TargetTable { schema, table }, redshift, scenario }
    }

    fn row(&self) -> ObjectMeta {
        object(&format!("s3://{}/row.json", self.scenario.name))
    }

    async fn execute(&self, plan: LoadPlan) -> Execution {
        self.redshift.execute(&plan, &CancellationToken::new()).await.unwrap()
    }

    /// Loads announced files of which this is known, and whether it came to that.
    async fn load_knowing(&self, files: &[ObjectMeta], known: &[LoadedFile]) -> bool {
        let plan = announced(plan_for(&self.target, self.row(), files, known), files);
        matches!(self.execute(plan).await, Execution::Committed(_))
    }

    async fn load(&self, files: &[ObjectMeta]) {
        let known = self.redshift.known_files(&self.target, files).await.unwrap();
        assert!(self.load_knowing(files, &known).await);
    }

    /// Loads the row in the place of all rows of the table.
    async fn replace_all(&self) {
        let mut plan = plan_for(&self.target, self.row(), &[], &[]);
        plan.transaction[0] = Step::Delete(Replaced::All);
        plan.ledger_row.mode = LoadMode::Replace;
        assert!(matches!(self.execute(plan).await, Execution::Committed(_)));
    }

    async fn of_message(&self, chosen: ObjectMeta) {
        let mut plan = plan_for(&self.target, self.row(), &[], &[]);
        plan.key.fingerprint = s3_to_redshift::plan::fingerprint::of_files(&[chosen]);
        assert!(matches!(self.execute(plan).await, Execution::Committed(_)));
    }

    /// Keys and `ETag`s.
    async fn known(&self, files: &[ObjectMeta]) -> Vec<(String, String)> {
        let known = self.redshift.known_files(&self.target, files).await.unwrap();
        known.into_iter().map(|known| (known.uri.key, known.etag)).collect()
    }

    async fn value(&self, query: &str) -> String {
        self.scenario.value(&query.replace("LEDGER", &format!("{}_ledger", self.scenario.name))).await
    }

    async fn sql(&self, statement: &str) {
        self.scenario.sql(&statement.replace("LEDGER", &format!("{}_ledger", self.scenario.name))).await;
    }
}

async fn redshift(scenario: &Scenario) -> Redshift {
    let settings = WarehouseSettings {
        host: "127.0.0.1".to_owned(),
        port: scenario.redshift_port,
        database: "dev".to_owned(),
        user: "dev".to_owned(),
        password: Secret::new(&SECRETS.password),
        tls: Tls::Disable,
        copy_role: None,
        ledger_schema: Ident::new(&format!("{}_ledger", scenario.name)).unwrap(),
        load_errors: LoadErrorSettings { shown: 5, with_values: false },
    };
    let sessions = SessionSettings {
        concurrent_loads: 1,
        lock_wait_warning: Duration::from_secs(30),
        statement_timeout: Duration::from_secs(60),
        loader: "tests".to_owned(),
    };
    let metrics = Arc::new(Metrics::new());
    let calls = AwsCalls::counted_in(Arc::clone(&metrics));
    let store = S3::new(aws_config_of(scenario.cloud).await, true, calls);
    Redshift::new(settings, sessions, Arc::new(store), metrics, Arc::default()).unwrap()
}

fn pairs<const N: usize>(known: [(&str, &str); N]) -> Vec<(String, String)> {
    known.map(|(key, etag)| (key.to_owned(), etag.to_owned())).to_vec()
}

#[tokio::test]
async fn a_file_is_known_once_its_load_has_committed_and_by_what_was_loaded_of_it_last() {
    let files = Files::new().await;
    let [first, second] = [file("a", "1"), file("b", "1")];
    assert_eq!(files.known(std::slice::from_ref(&first)).await, []);
    files.load(&[first.clone(), second.clone()]).await;
    let other = file("c", "1");
    assert_eq!(files.known(&[second.clone(), other, first]).await, pairs([("b", "1"), ("a", "1")]));
    // It was written again, and that was loaded too.
    let rewritten = file("a", "2");
    assert_eq!(files.known(std::slice::from_ref(&rewritten)).await, pairs([("a", "1")]));
    files.load(std::slice::from_ref(&rewritten)).await;
    assert_eq!(files.known(&[rewritten, second]).await, pairs([("a", "2"), ("b", "1")]));
    let row = files.value("SELECT target_table || bucket || bytes || COALESCE(version_id, '-') FROM LEDGER.files WHERE etag = '2'");
    assert_eq!(row.await, "pagesbucket20000-");
    assert_eq!(files.value("SELECT COUNT(DISTINCT granularity || load_id) FROM LEDGER.loads").await, "2");
}

#[tokio::test]
async fn the_same_keys_of_another_bucket_or_table_are_others() {
    let mut files = Files::new().await;
    files.load(&[file("a", "1")]).await;
    let mut elsewhere = file("a", "1");
    elsewhere.uri.bucket = "elsewhere".to_owned();
    assert_eq!(files.known(&[elsewhere]).await, []);
    files.target.table = Ident::new("others").unwrap();
    assert_eq!(files.known(&[file("a", "1")]).await, []);
}

#[tokio::test]
async fn a_load_that_does_not_know_what_was_loaded_meanwhile_is_rolled_back() {
    let files = Files::new().await;
    let both = [file("a", "1"), file("b", "1")];
    files.load(&both[1..]).await;
    assert!(!files.load_knowing(&both, &[]).await, "one of the two was loaded since");
    assert_eq!(files.value("SELECT COUNT(*) FROM LEDGER.files").await, "1");
    let known = files.redshift.known_files(&files.target, &both).await.unwrap();
    assert!(files.load_knowing(&both, &known).await);
    assert!(!files.load_knowing(&both, &known).await, "another load has loaded the same content");
    files.replace_all().await;
    let known = files.redshift.known_files(&files.target, &both).await.unwrap();
    assert_eq!(known, [], "all rows were replaced");
    assert!(files.load_knowing(&both, &known).await);
}

#[tokio::test]
async fn a_single_file_that_a_load_message_has_loaded_is_known_until_its_window_is_replaced() {
    let files = Files::new().await;
    files.of_message(file("a", "1")).await;
    assert_eq!(files.known(&[file("b", "1"), file("a", "1")]).await, pairs([("a", "1")]));
    assert_eq!(files.known(&[file("a", "2")]).await, [], "only a load of this very content can be found");
    files.of_message(file("b", "1")).await;
    assert_eq!(files.known(&[file("b", "1"), file("a", "1")]).await, pairs([("b", "1")]));
    // Announced files are of no window.
    files.load(&[file("c", "1")]).await;
    assert_eq!(files.known(&[file("b", "1")]).await, pairs([("b", "1")]));
    files.replace_all().await;
    assert_eq!(files.known(&[file("b", "1"), file("c", "1")]).await, []);
}

#[tokio::test]
async fn a_load_of_announced_files_is_none_of_a_window_whatever_instants_they_have() {
    let files = Files::new().await;
    files.load(&[file("a", "1")]).await;
    let window = day();
    let question = EarlierQuestion { window: &window, files: None, newest: true, replacing: None };
    let earlier = files.redshift.earlier_loads(&files.target, &question).await.unwrap();
    assert_eq!((earlier.of_window, earlier.latest_of_window), (None, None));
    assert_eq!(
        earlier.newest, None,
        "a batch without a date is dated by its load, and says nothing of other data"
    );
    assert_eq!(files.value("SELECT granularity FROM LEDGER.loads").await, "files");
}

#[tokio::test]
async fn thousands_of_files_are_written_and_asked_for_in_parts() {
    let files = Files::new().await;
    let all: Vec<ObjectMeta> = (0..2500).map(|number| file(&format!("key-{number}"), "1")).collect();
    files.load(&all).await;
    assert_eq!(files.value("SELECT COUNT(DISTINCT object_key) FROM LEDGER.files").await, "2500");
    let known = files.known(&all).await;
    assert_eq!((known.len(), known[2499].0.as_str()), (2500, "key-2499"));
    let plan = plan_for(&files.target, files.row(), &all, &[]);
    assert_eq!(files.execute(announced(plan, &all)).await, Execution::Stale);
    let of_message = file("of a message", "1");
    files.of_message(of_message.clone()).await;
    let known = files.known(&[&all[..], &[of_message]].concat()).await;
    assert_eq!((known.len(), known[2500].0.as_str()), (2501, "of a message"));
}

#[tokio::test]
async fn keys_are_kept_byte_by_byte() {
    let files = Files::new().await;
    let longest = "ü".repeat(512);
    let keys =
        [r#"it's \ "x""#, "'; DROP TABLE files; --", "a\nb\tc", "日本/🦀 +%41", "a", "a ", "A", &longest];
    let odd = keys.map(|key| file(key, &format!("\"{}\"", key.len())));
    files.load(&odd[..5]).await;
    assert_eq!(files.known(&odd).await.len(), 5);
    files.load(&odd[5..]).await;
    let known = files.known(&odd).await;
    assert_eq!(known, odd.map(|file| (file.uri.key, file.etag)).to_vec());
}

#[tokio::test]
async fn people_see_the_first_few_files_of_statements_about_many() {
    let target = TargetTable { schema: Ident::new("api_hits").unwrap(), table: Ident::new("pages").unwrap() };
    let keys = ["a", "it's \\ \"x\"", "line\nbreak", "d", "e"];
    let many = keys.map(|key| file(key, "\"1\""));
    let mut plan = plan_for(&target, object("s3://analytics/pages.json"), &many, &[]);
    plan.ledger_row.load_id = LoadId("018f-load".to_owned());
    let shown = |plan| golden_redshift().statements(&plan).join(";\n") + ";\n";
    let all = shown(announced(plan.clone(), &many));
    expect_file!["../../golden/plans/announced_files.txt"].assert_eq(&all);
    plan.transaction[1] = Step::LookForFiles { files: many[..1].to_vec(), known: Vec::new() };
    assert!(!shown(announced(plan, &many[..1])).contains("/* and"), "one file is shown whole");
}
