//! What `plan` shows is what `load` sends: recorded on the way to Redshift, and compared statement by statement.
//!
//! `UPDATE_EXPECT=1 cargo test sent_sql` rewrites the files after a wanted change.

use expect_test::{ExpectFile, expect_file};

use crate::support::recording_proxy::{Asked, RecordingProxy};
use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::secrets::SECRETS;
use crate::support::servers::AWS_ACCESS_KEY_ID;
use crate::support::table;

/// Sent by a load and not shown: they read or limit what the session itself does, and change nothing.
const NOT_SHOWN: [&str; 2] = ["SET statement_timeout TO ", "SELECT pg_last_copy_count()"];
/// Shown and not sent: what the program does without Redshift.
const NO_SQL: &str = "-- ";
/// Shown before a statement that a load sends on another session than its own.
const ON_SECOND: &str = "-- on a second connection: ";

/// Plans and loads the same, and compares. The file has what was sent, with `+` what `plan` does not show.
async fn check(mut scenario: Scenario, flags: &[&str], expected: ExpectFile) {
    let proxy = RecordingProxy::before(scenario.redshift_port).await;
    scenario.redshift_port = proxy.port;
    let shown = shown(&scenario.plan(flags).await.success().stdout);
    let before = proxy.asked().len();
    scenario.load(flags).await.success();
    let sent = sent(&proxy.asked()[before..]);
    let masked = |statements: Vec<String>| -> Vec<String> {
        statements.iter().map(|statement| masked(&scenario, statement)).collect()
    };
    let (shown, sent) = (masked(shown), masked(sent));
    let is_extra = |statement: &&String| NOT_SHOWN.iter().any(|start| statement.starts_with(start));
    let without_extras: Vec<&String> = sent.iter().filter(|statement| !is_extra(statement)).collect();
    assert_eq!(without_extras.len(), shown.len(), "sent {sent:#?}\nshown {shown:#?}");
    for (sent, shown) in without_extras.into_iter().zip(&shown) {
        assert_eq!(&with_numbers_of(sent, shown), shown);
    }
    let mark = |statement: &String| if is_extra(&statement) { '+' } else { ' ' };
    let lines: Vec<String> =
        sent.iter().map(|statement| format!("{} {statement}\n", mark(statement))).collect();
    expected.assert_eq(&lines.concat());
}

/// The statements of a plan.
fn shown(plan: &str) -> Vec<String> {
    let (_, statements) = plan.split_once("\n  statements\n").expect("the plan is to load");
    // Each line of them is indented.
    let statements = statements.replace("\n    ", "\n");
    let statements = statements.split(";\n").map(|statement| statement.trim().to_owned());
    let is_sent = |statement: &String| statement.starts_with(ON_SECOND) || !statement.starts_with(NO_SQL);
    statements.filter(|statement| !statement.is_empty() && is_sent(statement)).collect()
}

/// The statements of a load, from the first that changes something to COMMIT.
fn sent(asked: &[Asked]) -> Vec<String> {
    let begins: Vec<usize> = positions(asked, |asked| asked.statement == "BEGIN");
    let [begin] = begins[..] else { panic!("not one transaction: {asked:#?}") };
    let session = asked[begin].session;
    let own = |asked: &Asked| asked.session == session;
    let is_preparation = |asked: &&Asked| {
        asked.statement.starts_with("ALTER TABLE ") || asked.statement.starts_with(NOT_SHOWN[0])
    };
    let prepared = asked[..begin].iter().rev().filter(|asked| own(asked)).take_while(is_preparation).count();
    let before = positions(&asked[..begin], own);
    // The first limit of a session is set when it is opened, before it is asked for its number.
    let first = before.len().checked_sub(prepared).and_then(|at| before.get(at)).copied().unwrap_or(begin);
    let commit = positions(asked, |asked| own(asked) && asked.statement == "COMMIT");
    let [commit] = commit[..] else { panic!("not one COMMIT: {asked:#?}") };
    let opening = ["SET timezone TO 'UTC'", NOT_SHOWN[0], "SELECT pg_backend_pid()"];
    let of_load = asked[first..=commit].iter();
    of_load
        .filter(|asked| own(asked) || !opening.iter().any(|start| asked.statement.starts_with(start)))
        .map(|asked| match own(asked) {
            true => asked.statement.clone(),
            false => format!("{ON_SECOND}{}", asked.statement),
        })
        .collect()
}

fn positions(asked: &[Asked], is_wanted: impl Fn(&Asked) -> bool) -> Vec<usize> {
    asked.iter().enumerate().filter(|(_, asked)| is_wanted(asked)).map(|(at, _)| at).collect()
}

/// A statement without what differs between two runs of the same.
fn masked(scenario: &Scenario, statement: &str) -> String {
    let mut masked = statement
        .replace(&scenario.name, "S")
        .replace(AWS_ACCESS_KEY_ID, "***")
        .replace(&SECRETS.aws_secret_key, "***")
        .replace(&SECRETS.aws_session_token, "***")
        .replace(concat!("s3-to-redshift ", env!("CARGO_PKG_VERSION")), "s3-to-redshift <version>")
        // Whether keys are for a while only is not known before they are asked for.
        .replace(" SESSION_TOKEN '***'", "");
    for word in words(statement) {
        let is_hex = |text: &str| text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        let id = word.strip_prefix("cli-").unwrap_or(word);
        let mask = match word {
            "plan" => "message id",
            _ if word != id => "message id",
            _ if word.len() == 36 && is_hex(word) => "load id",
            _ if word.len() == 64 && is_hex(word) => "fingerprint",
            // A date of now, not of the data.
            _ if word.len() == 26 && word.starts_with("20") && !word.starts_with("2015-") => "date",
            _ => continue,
        };
        masked = masked.replace(word, &format!("<{mask}>"));
    }
    masked
}

/// What stands in quotes or between blanks.
fn words(statement: &str) -> Vec<&str> {
    let quoted = statement.split('\'').skip(1).step_by(2);
    let ids = statement.split([' ', '/', '_', '.', '\'']);
    quoted.chain(ids).filter(|word| !word.is_empty()).collect()
}

/// `sent` with the numbers for which `shown` has words, as nobody knows them before.
fn with_numbers_of(sent: &str, shown: &str) -> String {
    let (sent, shown): (Vec<&str>, Vec<&str>) = (sent.split(", ").collect(), shown.split(", ").collect());
    let part = |(at, part): (usize, &&str)| match shown.get(at) {
        Some(words) if words.starts_with("<rows ") => {
            part.parse::<u64>().expect("it is a number of rows");
            (*words).to_owned()
        }
        Some(words) if words.starts_with("<just after ") => {
            assert!(part.starts_with("TIMESTAMP '"), "{part}");
            (*words).to_owned()
        }
        _ => (*part).to_owned(),
    };
    sent.iter().enumerate().map(part).collect::<Vec<String>>().join(", ")
}

#[tokio::test]
async fn a_load_that_creates_its_table_sends_what_its_plan_shows() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1, 2]).await;
    check(scenario, &[], expect_file!["../golden/sent_sql/create.txt"]).await;
}

#[tokio::test]
async fn a_load_that_appends_sends_what_its_plan_shows() {
    let scenario = Scenario::new().await.loaded_once().await;
    check(scenario, &[], expect_file!["../golden/sent_sql/append.txt"]).await;
}

#[tokio::test]
async fn a_load_that_replaces_all_and_adds_and_widens_columns_sends_what_its_plan_shows() {
    let scenario = Scenario::new().await.loaded_once().await;
    let columns = [
        "{dest: id, type: bigint, notnull: true}",
        "{dest: name, type: longtext}",
        "{dest: url, type: longtext}",
    ];
    let config = table::config_with(&scenario.name, &columns);
    let config = config.replace("datadatecolumn: data_date", "datadatecolumn: data_date, widen: true");
    scenario.put_config(DAY_2, &config).await;
    let flags = ["--truncate", "--force"];
    check(scenario, &flags, expect_file!["../golden/sent_sql/replace_with_new_column.txt"]).await;
}

#[tokio::test]
async fn a_load_of_a_manifest_sends_what_its_plan_shows() {
    let scenario = Scenario::new().await;
    for (part, ids) in [("one", [1, 2]), ("two", [3, 4])] {
        scenario.put(&format!("{part}.json.gz"), table::gzip(&table::rows(DAY_1, ids))).await;
    }
    let entry = |part| format!(r#"{{"url": "s3://{}/{part}.json.gz", "mandatory": true}}"#, scenario.name);
    let manifest = format!(r#"{{"entries": [{}, {}]}}"#, entry("one"), entry("two"));
    scenario.put(&scenario.key(DAY_1, "manifest"), manifest).await;
    scenario.put_config(DAY_1, &table::config(&scenario.name)).await;
    check(scenario, &[], expect_file!["../golden/sent_sql/manifest.txt"]).await;
}
