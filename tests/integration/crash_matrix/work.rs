//! What is loaded while it is interrupted, and the steps of its load.

use crate::support::scenario::{DAY_2, Scenario};
use crate::support::table;

/// Where a load is interrupted.
pub(super) struct Step {
    pub(super) name: &'static str,
    /// What a fault of redshift-local strikes there. Nothing of Redshift's comes between `COMMIT` and `DeleteMessage`.
    pub(super) fault: Option<&'static str>,
    /// A statement that comes before, where the one that is struck was sent once already.
    pub(super) after: Option<&'static str>,
}

const fn step(name: &'static str, fault: &'static str) -> Step {
    Step { name, fault: Some(fault), after: None }
}

const ASKED_FOR_MESSAGE: Step =
    step("the ledger is asked for the message", "'before_statement', {}, containing => 'WHEN message_id'");
const ASKED_FOR_FILES: Step =
    step("the ledger is asked for the files", "'before_statement', {}, containing => 'of_keys'");
const TABLE: Step = step("the table is looked at", "'before_statement', {}, containing => 'attisdistkey'");
const ADD_COLUMN: Step = step("ADD COLUMN", "'before_statement', {}, containing => 'ADD COLUMN'");
const ALTER_COLUMN: Step = step("ALTER COLUMN TYPE", "'before_statement', {}, containing => 'ALTER COLUMN'");
const DELETE: Step = step("DELETE", "'before_statement', {}, containing => 'DELETE FROM'");
const FILES_UNDER_LOCK: Step =
    Step { name: "the files are looked for under the lock", after: Some("DELETE FROM"), ..ASKED_FOR_FILES };
const COPY_BEGINS: Step = step("COPY begins", "'copy_start', {}");
const COPY_HAS_ROWS: Step = step("COPY has loaded rows", "'copy_middle', {}");
const FILES_WRITTEN: Step =
    step("the rows of `files` are written", r#"'before_statement', {}, containing => '"files" (load_id'"#);
const ROW_WRITTEN: Step =
    step("the ledger row is written", r#"'before_statement', {}, containing => '"loads" (load_id'"#);
const COMMIT_SENT: Step = step("COMMIT is sent", "'before_commit', {}");
const COMMIT_DONE: Step = step("COMMIT is done", "'after_commit', {}");
const MESSAGE_DELETED: Step = Step { name: "DeleteMessage is sent", fault: None, after: None };

const STEPS_OF_MESSAGE: [Step; 11] = [
    ASKED_FOR_MESSAGE,
    TABLE,
    ADD_COLUMN,
    ALTER_COLUMN,
    DELETE,
    COPY_BEGINS,
    COPY_HAS_ROWS,
    ROW_WRITTEN,
    COMMIT_SENT,
    COMMIT_DONE,
    MESSAGE_DELETED,
];

const STEPS_OF_BATCH: [Step; 13] = [
    ASKED_FOR_FILES,
    TABLE,
    ADD_COLUMN,
    ALTER_COLUMN,
    DELETE,
    FILES_UNDER_LOCK,
    COPY_BEGINS,
    COPY_HAS_ROWS,
    FILES_WRITTEN,
    ROW_WRITTEN,
    COMMIT_SENT,
    COMMIT_DONE,
    MESSAGE_DELETED,
];

/// Files of the batch, two of each message.
const KEYS: [[&str; 2]; 2] = [["in/2.json.gz", "in/3.json.gz"], ["in/4.json.gz", "in/5.json.gz"]];
/// The files of both messages are to be loaded together.
const RULES: &str = r#"
routes:
  - match: "s3://BUCKET/in/*"
    schema: BUCKET
    table: events
    config: "s3://BUCKET/config.yml"
    batch: {linger: 1s}
"#;

/// What is loaded into a table with a day in it, with a table config that brings a new column and a wider one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loading {
    /// The second day, by a load message that forces it, so that nothing but the ledger can tell that it was loaded.
    Message,
    /// Four files that two messages announce.
    Batch,
}

impl Loading {
    pub(super) fn steps(self) -> &'static [Step] {
        match self {
            Self::Message => &STEPS_OF_MESSAGE,
            Self::Batch => &STEPS_OF_BATCH,
        }
    }

    pub(super) async fn prepare(self, scenario: Scenario) -> Scenario {
        let columns = [
            "{dest: id, type: bigint, notnull: true}",
            "{dest: name, type: longtext}",
            "{dest: more, type: int}",
        ];
        let config = table::config_with(&scenario.name, &columns);
        let config = config.replace("datadatecolumn: data_date", "datadatecolumn: data_date, widen: true");
        match self {
            Self::Message => {
                scenario.put_config(DAY_2, &config).await;
                scenario
            }
            Self::Batch => {
                scenario.put("config.yml", config).await;
                for (id, key) in (2..).zip(KEYS.as_flattened()) {
                    scenario.put(key, table::gzip(&table::rows(DAY_2, [id]))).await;
                }
                scenario.routed_by(RULES, "park").await
            }
        }
    }

    /// Returns the ids of the messages.
    pub(super) async fn send(self, scenario: &Scenario) -> Vec<String> {
        match self {
            Self::Message => vec![scenario.send(&scenario.message(r#""force": true"#)).await],
            Self::Batch => {
                let [first, second] = KEYS.each_ref().map(|keys| scenario.event_of(keys));
                vec![scenario.send(&first).await, scenario.send(&second).await]
            }
        }
    }

    /// Whether the rows are there once, and the ledger knows them once.
    pub(super) async fn audit(self, scenario: &Scenario) -> Result<(), String> {
        let loads = scenario.ledger_rows().await;
        let found = (scenario.ids().await, loads.as_str());
        match self {
            Self::Message if found == ("1,2".to_owned(), "2") => Ok(()),
            Self::Batch if found.0 == "1,2,3,4,5" => {
                let query = format!(
                    "SELECT COUNT(*), COUNT(DISTINCT object_key), COUNT(DISTINCT load_id) + 1 FROM {}_ledger.files",
                    scenario.name
                );
                let files = scenario.value(&query).await;
                if files == format!("4|4|{loads}") {
                    return Ok(());
                }
                Err(format!("{files} files, keys and loads in the ledger, which has {loads} loads"))
            }
            Self::Message | Self::Batch => {
                Err(format!("rows {} and {} rows of the ledger", found.0, found.1))
            }
        }
    }
}
