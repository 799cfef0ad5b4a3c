//! The process of one test: a bucket, a queue with a dead-letter queue, a schema, a ledger.

use std::collections::HashMap;
use std::process::{Command, Output};

use aws_config::{BehaviorVersion, Region};
use aws_sdk_sqs::operation::receive_message::ReceiveMessageError;
use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};
use tokio_postgres::{NoTls, SimpleQueryMessage};

use crate::support::secrets::{self, SECRETS};
use crate::support::servers::{self, AWS_ACCESS_KEY_ID, Cloud, aws_variables};
use crate::support::table::{self, TABLE};
use crate::support::wait::wait_for;

pub(crate) const DAY_1: &str = "2015-07-01T00:00:00Z";
pub(crate) const DAY_2: &str = "2015-07-02T00:00:00Z";
pub(crate) const DAY_3: &str = "2015-07-03T00:00:00Z";

pub(crate) struct Scenario {
    pub(crate) cloud: &'static Cloud,
    /// Bucket, queue and schema all have this name.
    pub(crate) name: String,
    pub(crate) queue_url: String,
    pub(crate) dead_letter_queue_url: String,
    pub s3: aws_sdk_s3::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
    /// Where the program under test looks for Redshift.
    pub(crate) redshift_port: u16,
    /// Variables of the program under test that differ from the usual ones.
    pub(crate) variables: HashMap<String, String>,
}

impl Scenario {
    pub(crate) async fn new() -> Self {
        Self::on(servers::ministack().await).await
    }

    pub(crate) async fn on(cloud: &'static Cloud) -> Self {
        let name = format!("t{}", uuid::Uuid::now_v7().simple());
        let config = aws_config_of(cloud).await;
        let s3_config = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
        let (s3, sqs) = (aws_sdk_s3::Client::from_conf(s3_config), aws_sdk_sqs::Client::new(&config));
        s3.create_bucket().bucket(&name).send().await.expect("the bucket is made");
        let dead =
            sqs.create_queue().queue_name(format!("{name}-dead")).send().await.expect("a queue is made");
        let queue = sqs
            .create_queue()
            .queue_name(&name)
            .attributes(
                QueueAttributeName::RedrivePolicy,
                redrive_policy(dead.queue_url().expect("a queue has an address"), 50),
            )
            .send()
            .await
            .expect("a queue is made");
        let scenario = Self {
            cloud,
            queue_url: queue.queue_url.expect("a queue has an address"),
            dead_letter_queue_url: dead.queue_url.expect("a queue has an address"),
            s3,
            sqs,
            redshift_port: cloud.redshift_port,
            variables: HashMap::new(),
            name,
        };
        scenario.sql(&format!("CREATE SCHEMA {}", scenario.name)).await;
        scenario
    }

    /// Lets the queue deliver a message this often before it is moved to the dead-letter queue.
    pub(crate) async fn receive_up_to(&self, deliveries: u32) {
        let policy = self.policy_of_deliveries(deliveries);
        let request = self.sqs.set_queue_attributes().queue_url(&self.queue_url);
        let request = request.attributes(QueueAttributeName::RedrivePolicy, policy);
        request.send().await.expect("the policy is set");
    }

    /// Of a queue that shares the dead-letter queue.
    pub(crate) fn policy_of_deliveries(&self, deliveries: u32) -> String {
        redrive_policy(&self.dead_letter_queue_url, deliveries)
    }

    /// `<schema>.events`
    pub(crate) fn table(&self) -> String {
        format!("{}.{TABLE}", self.name)
    }

    pub(crate) async fn put(&self, key: &str, content: impl Into<Vec<u8>>) {
        self.put_into(&self.name, key, content).await;
    }

    pub(crate) async fn put_into(&self, bucket: &str, key: &str, content: impl Into<Vec<u8>>) {
        let body = aws_sdk_s3::primitives::ByteStream::from(content.into());
        self.s3.put_object().bucket(bucket).key(key).body(body).send().await.expect("the object is stored");
    }

    /// A gzipped data file of [`TABLE`] in the flat layout with rows of these ids, and the usual config.
    pub(crate) async fn put_day(&self, date: &str, ids: impl IntoIterator<Item = u32>) {
        self.put_file(date, &table::rows(date, ids)).await;
        self.put_config(date, &table::config(&self.name)).await;
    }

    pub(crate) async fn put_file(&self, date: &str, rows: &str) {
        self.put(&self.key(date, "json.gz"), table::gzip(rows)).await;
    }

    pub(crate) async fn put_config(&self, date: &str, text: &str) {
        self.put(&format!("config_{}_{TABLE}_{date}.yml", self.name), text).await;
    }

    pub(crate) fn key(&self, date: &str, suffix: &str) -> String {
        format!("{}_{TABLE}_{date}.{suffix}", self.name)
    }

    /// A message for [`TABLE`] with more fields, such as `"force": true`.
    pub(crate) fn message(&self, more: &str) -> String {
        self.message_for(&[TABLE], more)
    }

    pub(crate) fn message_for(&self, tables: &[&str], more: &str) -> String {
        let tables: Vec<String> = tables.iter().map(|table| format!("{table:?}")).collect();
        let more = if more.is_empty() { String::new() } else { format!(", {more}") };
        format!(
            r#"{{"schema": "{0}", "tables": [{1}], "bucket": "{0}"{more}}}"#,
            self.name,
            tables.join(", ")
        )
    }

    /// Sends a message and returns its id.
    pub(crate) async fn send(&self, body: &str) -> String {
        let request = self.sqs.send_message().queue_url(&self.queue_url).message_body(body);
        request.send().await.expect("the message is sent").message_id.expect("a message has an id")
    }

    /// Sends up to ten messages at once.
    pub(crate) async fn send_batch(&self, bodies: &[String]) {
        let entry = |(number, body): (usize, &String)| {
            SendMessageBatchRequestEntry::builder().id(number.to_string()).message_body(body).build()
        };
        let entries = bodies.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>();
        let entries = entries.expect("an id and a body are set");
        let request = self.sqs.send_message_batch().queue_url(&self.queue_url).set_entries(Some(entries));
        let sent = request.send().await.expect("the messages are sent");
        assert_eq!(sent.successful.len(), bodies.len());
    }

    /// Waits until the queue is empty: every message was deleted or parked.
    pub(crate) async fn drained(&self) {
        wait_for("the queue to be empty", async || (self.queued().await? == 0).then_some(())).await;
    }

    /// Messages in the queue, received or not; `None` when it does not answer.
    pub(crate) async fn queued(&self) -> Option<u32> {
        let counts = self.sqs.get_queue_attributes().queue_url(&self.queue_url);
        let counts = counts.attribute_names(QueueAttributeName::All).send().await.ok()?.attributes?;
        let count = |name| -> u32 {
            counts.get(&name).and_then(|text| text.parse().ok()).expect("a queue knows its messages")
        };
        let waiting = count(QueueAttributeName::ApproximateNumberOfMessages);
        Some(waiting + count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible))
    }

    /// Receives so many messages, of which there are no more, and returns their bodies.
    pub(crate) async fn all_bodies(&self, count: usize) -> Vec<String> {
        let mut bodies = Vec::new();
        wait_for("messages in the queue", async || {
            let request = self.sqs.receive_message().queue_url(&self.queue_url).max_number_of_messages(10);
            let messages = request.visibility_timeout(600).send().await.ok()?.messages.unwrap_or_default();
            bodies.extend(messages.into_iter().filter_map(|message| message.body));
            (bodies.len() >= count).then_some(())
        })
        .await;
        let queued = self.queued().await.expect("the queue answers");
        assert_eq!((bodies.len(), queued as usize), (count, count), "{bodies:#?}");
        bodies
    }

    /// Waits for a parked message.
    pub(crate) async fn parked(&self) -> Parked {
        wait_for("a message in the dead-letter queue", async || {
            let request = self.sqs.receive_message().queue_url(&self.dead_letter_queue_url);
            let messages = request.message_attribute_names("All").send().await.ok()?.messages?;
            let message = messages.into_iter().next()?;
            let attributes = message.message_attributes.unwrap_or_default().into_iter();
            let attributes: HashMap<String, String> =
                attributes.filter_map(|(name, value)| Some((name, value.string_value?))).collect();
            secrets::assert_none_in("a parked message", &format!("{attributes:#?}"));
            Some(Parked { body: message.body?, receipt_handle: message.receipt_handle?, attributes })
        })
        .await
    }

    /// The same, and takes it away.
    pub(crate) async fn parked_and_taken(&self) -> Parked {
        let parked = self.parked().await;
        let request = self.sqs.delete_message().queue_url(&self.dead_letter_queue_url);
        request.receipt_handle(&parked.receipt_handle).send().await.expect("the message is there");
        parked
    }

    /// Runs statements as the database's superuser and returns the rows, columns joined by `|`.
    pub(crate) async fn sql(&self, statements: &str) -> Vec<String> {
        let session = self.session().await;
        session.query(statements).await
    }

    /// One value of one row.
    pub(crate) async fn value(&self, query: &str) -> String {
        self.sql(query).await.pop().expect("the query has a row")
    }

    /// Ids in [`TABLE`], in order.
    pub(crate) async fn ids(&self) -> String {
        self.sql(&format!("SELECT id FROM {} ORDER BY id", self.table())).await.join(",")
    }

    /// Rows of the ledger.
    pub(crate) async fn ledger_rows(&self) -> String {
        self.value(&format!("SELECT COUNT(*) FROM {}_ledger.loads", self.name)).await
    }

    /// A table with a day in it, and a file of the next day.
    pub(crate) async fn loaded_once(self) -> Self {
        self.put_day(DAY_1, [1]).await;
        self.load(&[]).await.success();
        self.put_day(DAY_2, [2]).await;
        self
    }

    /// A session that holds the write lock of [`TABLE`], so that loads of it wait.
    pub(crate) async fn lock_table(&self) -> Session {
        let session = self.session().await;
        session.query("BEGIN").await;
        session.query(&format!("DELETE FROM {} WHERE id = -1", self.table())).await;
        session
    }

    /// Messages in the dead-letter queue.
    pub(crate) async fn dead_letters(&self) -> u32 {
        let request = self.sqs.get_queue_attributes().queue_url(&self.dead_letter_queue_url);
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let counts = request.attribute_names(name.clone()).send().await.expect("the queue is there");
        let count = counts.attributes.and_then(|counts| counts.get(&name)?.parse().ok());
        count.expect("a queue knows its messages")
    }

    /// Waits until a session waits for a lock of [`TABLE`], or to create it.
    pub(crate) async fn waits_for_lock(&self) {
        wait_for("a load to wait for a lock", async || self.is_waited_for().await.then_some(())).await;
    }

    /// Whether a session waits for a lock of [`TABLE`], or to create it.
    pub(crate) async fn is_waited_for(&self) -> bool {
        self.waiters().await > 0
    }

    /// Sessions that wait for a lock of [`TABLE`], or to create it.
    pub(crate) async fn waiters(&self) -> u32 {
        let query = format!(
            "SELECT COUNT(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE NOT l.granted \
             AND (l.relation = to_regclass('{}') OR a.query LIKE 'CREATE TABLE \"{}%')",
            self.table(),
            self.name
        );
        self.value(&query).await.parse().expect("it is a number")
    }

    pub(crate) async fn session(&self) -> Session {
        self.session_called("tests").await
    }

    /// A session that maintenance leaves alone.
    pub(crate) async fn administrator(&self) -> Session {
        self.session_called("redshift_local admin").await
    }

    async fn session_called(&self, application: &str) -> Session {
        let port = self.cloud.redshift_port;
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(port).user("dev").password(&SECRETS.password).dbname("dev");
        let connected = config.application_name(application).connect(NoTls).await;
        let (client, connection) = connected.expect("redshift-local answers");
        let driver = tokio::task::JoinSet::from_iter([async {
            // An error ends the session, and the next statement says so.
            drop(connection.await);
        }]);
        Session { client, _driver: driver }
    }

    /// The program under test with this scenario's settings.
    pub(crate) fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_s3-to-redshift"));
        command
            .env_clear()
            .envs(aws_variables())
            .env("AWS_ENDPOINT_URL", &self.cloud.aws_endpoint)
            .env("QUEUE_URL", &self.queue_url)
            .env("REDSHIFT_HOST", "127.0.0.1")
            .env("REDSHIFT_PORT", self.redshift_port.to_string())
            .env("REDSHIFT_DB", "dev")
            .env("REDSHIFT_USER", "dev")
            .env("REDSHIFT_PASSWORD", &SECRETS.password)
            .env("REDSHIFT_SSLMODE", "disable")
            .env("LEDGER_SCHEMA", format!("{}_ledger", self.name))
            .env("LISTEN_ADDRESS", "127.0.0.1:0")
            .envs(&self.variables);
        command
    }

    /// Runs the program with these arguments to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Finished {
        self.run_with(arguments, |_| {}).await
    }

    /// The same, with more settings than the usual ones, or fewer.
    pub(crate) async fn run_with(&self, arguments: &[&str], set: impl FnOnce(&mut Command)) -> Finished {
        let mut command = self.program();
        command.args(arguments);
        set(&mut command);
        let output = tokio::task::spawn_blocking(move || command.output()).await.expect("the thread ends");
        Finished::of(output.expect("the program starts"))
    }

    /// `load` of [`TABLE`] with more flags.
    pub(crate) async fn load(&self, more: &[&str]) -> Finished {
        self.request("load", more).await
    }

    /// `plan` of [`TABLE`] with more flags.
    pub(crate) async fn plan(&self, more: &[&str]) -> Finished {
        self.request("plan", more).await
    }

    async fn request(&self, command: &str, more: &[&str]) -> Finished {
        let usual = [command, "--schema", &self.name, "--tables", TABLE, "--bucket", &self.name];
        self.run(&[&usual[..], more].concat()).await
    }
}

/// At the end of a test that went well: what the program has left behind holds no secret either.
impl Drop for Scenario {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        // The runtime of the test waits for this.
        let searched = std::thread::scope(|scope| {
            let search = || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime starts").block_on(self.search_what_is_left());
            };
            scope.spawn(search).join()
        });
        if let Err(panic) = searched {
            std::panic::resume_unwind(panic);
        }
    }
}

impl Scenario {
    /// Searches the ledger, and the messages that were parked and not taken by the test.
    async fn search_what_is_left(&self) {
        let administrator = self.administrator().await;
        let ledger = format!("SELECT tablename FROM pg_tables WHERE schemaname = '{}_ledger'", self.name);
        for table in administrator.query(&ledger).await {
            let rows = administrator.query(&format!("SELECT * FROM {}_ledger.{table}", self.name)).await;
            secrets::assert_none_in(&format!("the ledger's table {table}"), &rows.join("\n"));
        }
        // One of their own: the connections of the test's client belong to its runtime.
        let sqs = aws_sdk_sqs::Client::new(&aws_config_of(self.cloud).await);
        // As many as tell of every reason for which a test has messages parked.
        let is_gone = ReceiveMessageError::is_queue_does_not_exist;
        for _ in 0..3 {
            let request = sqs.receive_message().queue_url(&self.dead_letter_queue_url);
            let request = request.max_number_of_messages(10).wait_time_seconds(0);
            let parked = request.message_attribute_names("All").send().await;
            let parked = match parked {
                Ok(parked) => parked.messages.unwrap_or_default(),
                // The test itself has deleted it.
                Err(error) if error.as_service_error().is_some_and(is_gone) => return,
                Err(error) => panic!("the dead-letter queue does not answer: {error:?}"),
            };
            if parked.is_empty() {
                return;
            }
            for message in parked {
                secrets::assert_none_in("a parked message", &format!("{:?}", message.message_attributes));
            }
        }
    }
}

/// How to reach a stand-in for AWS.
pub(crate) async fn aws_config_of(cloud: &Cloud) -> aws_config::SdkConfig {
    let (secret, token) = (SECRETS.aws_secret_key.clone(), SECRETS.aws_session_token.clone());
    let keys = aws_sdk_s3::config::Credentials::new(AWS_ACCESS_KEY_ID, secret, Some(token), None, "tests");
    aws_config::defaults(BehaviorVersion::latest())
        .endpoint_url(&cloud.aws_endpoint)
        .region(Region::from_static("us-east-1"))
        .credentials_provider(keys)
        .load()
        .await
}

/// A message in the dead-letter queue.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) body: String,
    receipt_handle: String,
    attributes: HashMap<String, String>,
}

impl Parked {
    /// Fails the test when it is not there.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).unwrap_or_else(|| panic!("no attribute {name} in {self:#?}"))
    }

    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&String, &String)> {
        self.attributes.iter()
    }
}

/// A session whose transactions the test controls.
pub(crate) struct Session {
    client: tokio_postgres::Client,
    _driver: tokio::task::JoinSet<()>,
}

impl Session {
    pub(crate) async fn query(&self, statements: &str) -> Vec<String> {
        let messages = self.client.simple_query(statements).await;
        let messages = messages.unwrap_or_else(|error| panic!("{statements}: {error:?}"));
        let row = |message| match message {
            SimpleQueryMessage::Row(row) => {
                let fields: Vec<&str> = (0..row.len()).map(|index| row.get(index).unwrap_or("∅")).collect();
                Some(fields.join("|"))
            }
            _ => None,
        };
        messages.into_iter().filter_map(row).collect()
    }
}

/// A run of the program that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        let finished =
            Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
        secrets::assert_none_in("a command on stdout", &finished.stdout);
        secrets::assert_none_in("a command on stderr", &finished.stderr);
        finished
    }

    /// The run, if it ended well.
    pub(crate) fn success(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Fails the test unless stdout or stderr says this.
    pub(crate) fn says(&self, text: &str) {
        assert!(!text.is_empty(), "everything says nothing");
        let everything = format!("{}\n{}", self.stdout, self.stderr);
        assert!(everything.contains(text), "expected `{text}` in:\n{everything}");
    }
}

/// Of a queue `http://host:port/<account>/<name>`.
fn redrive_policy(dead_letter_queue_url: &str, deliveries: u32) -> String {
    let mut parts = dead_letter_queue_url.rsplit('/');
    let (name, account) = (parts.next().expect("the name"), parts.next().expect("the account"));
    format!(
        r#"{{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:{account}:{name}","maxReceiveCount":"{deliveries}"}}"#
    )
}
