//! Log lines: each says what it speaks of, and no text from outside breaks out of its own, in either format. Nor does it
//! anywhere else where somebody reads it.

use serde_json::{Value, json};

use crate::support::daemon::Daemon;
use crate::support::scenario::{DAY_1, DAY_2, Scenario};
use crate::support::table;
use crate::support::wait::wait_for;

/// What README promises.
const LONGEST_LINE: usize = 16_000;

/// Sends a message whose load waits for a lock until the log says so. Returns its id and the lines.
async fn lines_of_a_waiting_load(scenario: &Scenario) -> (String, Vec<String>) {
    let daemon = Daemon::ready(scenario).await;
    let lock = scenario.lock_table().await;
    let id = scenario.send(&scenario.message("")).await;
    wait_for("the wait to be reported", async || daemon.log.find("is taking long")).await;
    lock.query("COMMIT").await;
    wait_for("the message to be settled", async || daemon.log.find("disposition")).await;
    (id, daemon.log.all())
}

async fn with_warnings(format: &str, filter: &str) -> Scenario {
    let mut scenario = Scenario::new().await.loaded_once().await;
    for (name, value) in [("LOCK_WAIT_WARNING", "1s"), ("LOG_FORMAT", format), ("RUST_LOG", filter)] {
        scenario.variables.insert(name.to_owned(), value.to_owned());
    }
    scenario
}

#[tokio::test]
async fn every_line_of_a_load_names_its_message_its_load_and_its_table() {
    let scenario = with_warnings("json", "info").await;
    let (id, lines) = lines_of_a_waiting_load(&scenario).await;
    let line_with = |text: &str| -> Value {
        let line = lines.iter().find(|line| line.contains(text)).expect("it was written");
        serde_json::from_str(line).expect("a log line is JSON")
    };
    let (warning, settled) = (line_with("is taking long"), line_with("disposition"));
    assert!(settled["load.id"].is_string(), "{settled}");
    for line in [&warning, &settled] {
        let fields = [&line["message.id"], &line["load.id"], &line["table"]];
        assert_eq!(fields, [&json!(id), &settled["load.id"], &json!(scenario.table())], "{line}");
    }
}

#[tokio::test]
async fn lines_of_the_aws_sdk_within_a_load_name_it_too() {
    let scenario = with_warnings("json", "info,aws_smithy_runtime=debug,aws_sdk_s3=debug").await;
    let (id, lines) = lines_of_a_waiting_load(&scenario).await;
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of_s3: Vec<&Value> = lines.iter().filter(|line| line["rpc.service"] == "S3").collect();
    assert!(of_s3.len() > 2, "the SDK tells little: {lines:#?}");
    for line in of_s3 {
        assert_eq!((&line["message.id"], &line["table"]), (&json!(id), &json!(scenario.table())), "{line}");
        assert!(line["load.id"].is_string(), "{line}");
    }
}

#[tokio::test]
async fn in_text_format_a_line_has_the_same_fields() {
    let scenario = with_warnings("text", "info").await;
    let (id, lines) = lines_of_a_waiting_load(&scenario).await;
    let line = lines.iter().find(|line| line.contains("is taking long")).expect("it was written");
    assert!(line.contains(&format!(" message.id={id} table={} load.id=", scenario.table())), "{line}");
}

#[tokio::test]
async fn a_load_without_a_message_names_itself_in_its_lines() {
    let scenario = with_warnings("text", "info").await;
    let lock = scenario.lock_table().await;
    let unlock = async {
        scenario.waits_for_lock().await;
        // Until the load has said so, which nobody but its reader sees: after LOCK_WAIT_WARNING and a look for the holder,
        // which is given up after five seconds.
        wait_for("the load to say that it waits", async || {
            // Of this test: others wait for locks on the same server.
            let waited = format!(
                "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%{}%' \
                 AND now() - query_start > interval '8 s'",
                scenario.name
            );
            (scenario.value(&waited).await != "0").then_some(())
        })
        .await;
        lock.query("COMMIT").await;
    };
    let (finished, ()) = tokio::join!(scenario.load(&[]), unlock);
    let line = finished.stderr.lines().find(|line| line.contains("is taking long")).expect("it was written");
    assert!(line.contains(" message.id=cli-") && line.contains(" load.id="), "{line}");
    assert!(line.ends_with(&format!(" table={}", scenario.table())), "{line}");
    let load_id = line.split_once(" load.id=").and_then(|(_, rest)| rest.split(' ').next()).unwrap();
    finished.says(&format!("(load {load_id})"));
}

#[tokio::test]
async fn a_message_that_cannot_be_understood_names_the_tables_that_it_speaks_of() {
    let scenario = Scenario::new().await;
    let daemon = Daemon::ready(&scenario).await;
    let id = scenario.send(&scenario.message_for(&["events", "pages"], r#""trucate": true"#)).await;
    let tables = format!("{0}.events,{0}.pages", scenario.name);
    assert_eq!(daemon.settled(&id).await["table"], *tables);
    assert_eq!(scenario.parked().await.attribute("tables"), tables);
    let status: Value = serde_json::from_str(&daemon.get("/status").await.1).unwrap();
    assert_eq!(status["failures"][0]["table"], *tables);
    let nameless = scenario.send("not json").await;
    assert_eq!(daemon.settled(&nameless).await.get("table"), None, "none is known");
}

/// A line of a log that was never written, and more that a terminal would act on.
const HOSTILE: &str = "x\n2026-01-01T00:00:00.000000Z  INFO loaded 1000000 rows into a.b\r\n{\"level\":\"INFO\",\"message\":\"forged\"}\n\u{1b}[2J\u{1b}[31m\u{7}\u{8}\u{85}\u{9b}1m\u{202e}\u{2066}\u{2028}\u{200b}\u{feff}\t\"\\'`$(true)";

/// Characters that may act on a terminal, break a line or turn its direction.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn check_lines(whence: &str, text: &str) {
    for line in text.lines() {
        assert!(!line.contains(acts), "{whence}: {line:?}");
        assert!(line.len() < LONGEST_LINE, "{whence}: {} bytes: {line}", line.len());
        assert!(!line.starts_with("2026-01-01T00:00:00.000000Z"), "{whence}: forged: {line}");
        assert!(!line.starts_with(r#"{"level":"INFO","message":"forged""#), "{whence}: forged: {line}");
    }
}

/// Messages with a hostile text in each field, short and long, and whether each is hopeless at once.
fn hostile_messages(scenario: &Scenario) -> Vec<String> {
    let mut messages = Vec::new();
    for text in [HOSTILE.to_owned(), HOSTILE.repeat(200), HOSTILE.repeat(4000)] {
        for field in ["schema", "bucket", "date", "config", "mode", "timezone", "a field of its own"] {
            let mut message = json!({"schema": scenario.name, "bucket": scenario.name, "tables": ["events"]});
            message[field] = json!(text);
            messages.push(message.to_string());
        }
        for tables in [json!([text]), json!(text), json!(["events", text, text])] {
            messages.push(json!({"schema": "s", "bucket": "b", "tables": tables}).to_string());
        }
        messages.push(json!({"schema": "s", "bucket": "b", "tables": "t", &text: 1}).to_string());
        // SQS takes no other control characters outside of JSON's escapes.
        messages.push(text.chars().filter(|c| !c.is_control() || "\n\r\t".contains(*c)).collect());
    }
    messages.retain(|message| message.len() < 1 << 20);
    messages
}

async fn hostile_texts_stay_in_their_lines(format: &str) {
    let mut scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    for (name, value) in
        [("LOG_FORMAT", format), ("LOAD_ERROR_VALUES", "true"), ("RUST_LOG", "info,s3_to_redshift=debug")]
    {
        scenario.variables.insert(name.to_owned(), value.to_owned());
    }
    let daemon = Daemon::ready(&scenario).await;
    let messages = hostile_messages(&scenario);
    assert!(messages.len() > 20, "{}", messages.len());
    // Of a bucket that nobody has it is not known whether it comes yet, so not all of them are parked.
    for (before, message) in messages.iter().enumerate() {
        scenario.send(message).await;
        wait_for("the message to be settled", async || {
            (daemon.log.all().iter().filter(|line| line.contains("receive_count")).count() > before)
                .then_some(())
        })
        .await;
    }
    // Rows and names of columns are a producer's too.
    let row = json!({"id": HOSTILE, "name": HOSTILE, "data_date": DAY_1});
    scenario.put(&format!("{}_refused_{DAY_1}.json", scenario.name), row.to_string()).await;
    let column = "{dest: \"a\\n\\e[2J\\u202Eb\", type: bigint}";
    let config = table::config_of(&scenario.name, "refused", &["{dest: id, type: bigint}"]);
    scenario.put(&format!("config_{}_refused_{DAY_1}.yml", scenario.name), config).await;
    let odd = table::config_of(&scenario.name, "odd", &[column]);
    scenario.put(&format!("{}_odd_{DAY_1}.json", scenario.name), table::rows(DAY_1, [1])).await;
    scenario.put(&format!("config_{}_odd_{DAY_1}.yml", scenario.name), odd).await;
    for (table, kind) in [("refused", "data_rejected"), ("odd", "invalid_table_config")] {
        scenario.send(&scenario.message_for(&[table], "")).await;
        wait_for(kind, async || daemon.log.find(kind)).await;
    }

    // So is the name of a folder. Of its file not all rows are of the file's date, which a line of its own says.
    let folder = "x\n2026-01-01T00:00:00.000000Z  INFO loaded 1000000 rows into a.b\n\u{1b}[2J\u{202e}";
    let key = |file: &str| format!("{folder}/{file}");
    let rows = [table::rows(DAY_1, [1]), table::rows(DAY_2, [2])].concat();
    scenario.put(&key(&format!("{}_foldered_{DAY_1}.json", scenario.name)), rows).await;
    let config = table::config_of(&scenario.name, "foldered", &["{dest: id, type: bigint}"]);
    scenario.put(&key(&format!("config_{}_foldered_{DAY_1}.yml", scenario.name)), config).await;
    let bucket = format!("{}/{folder}", scenario.name);
    let foldered = json!({"schema": scenario.name, "bucket": bucket, "tables": "foldered"});
    scenario.send(&foldered.to_string()).await;
    wait_for("the folder's file to be loaded", async || daemon.log.find("carry the data date")).await;
    wait_for("its message to be settled", async || daemon.log.find("loaded 2 rows into")).await;

    let (_, status) = daemon.get("/status").await;
    assert!(status.contains("data_rejected") && status.contains("invalid_request"), "{status}");
    check_lines("/status", &status);
    serde_json::from_str::<Value>(&status).expect("it is JSON");
    let mut parked = 0;
    while scenario.dead_letters().await > parked {
        for (name, value) in scenario.parked().await.attributes() {
            check_lines(name, value);
            assert!(!value.contains('\n'), "{name}: {value:?}");
        }
        parked += 1;
        if parked == 10 {
            break;
        }
    }
    assert!(parked > 0);
    let lines = daemon.log.all();
    check_lines("the log", &lines.join("\n"));
    for line in &lines {
        match format {
            "json" => assert!(
                serde_json::from_str::<Value>(line).is_ok_and(|line| line["level"].is_string()),
                "{line}"
            ),
            _ => assert!(line.starts_with("20") && line.get(27..28) == Some(" "), "{line}"),
        }
    }
}

#[tokio::test]
async fn hostile_texts_stay_in_their_lines_of_json() {
    hostile_texts_stay_in_their_lines("json").await;
}

#[tokio::test]
async fn hostile_texts_stay_in_their_lines_of_text() {
    hostile_texts_stay_in_their_lines("text").await;
}

#[tokio::test]
async fn hostile_texts_stay_in_their_lines_of_commands() {
    let scenario = Scenario::new().await.loaded_once().await;
    let name = &scenario.name;
    let long = HOSTILE.repeat(100);
    for text in [HOSTILE, &long] {
        let hostile = [
            ["--schema", text, "--tables", "events", "--bucket", name],
            ["--schema", name, "--tables", text, "--bucket", name],
            ["--schema", name, "--tables", "events", "--bucket", text],
        ];
        let more = [["--date", text], ["--config", text]];
        let usual = ["--schema", name, "--tables", "events", "--bucket", name];
        let all = hostile.iter().map(|flags| flags.to_vec());
        let all = all.chain(more.iter().map(|flags| [&usual[..], &flags[..]].concat()));
        for flags in all {
            for command in ["plan", "load", "enqueue"] {
                let finished = scenario.run(&[&[command][..], &flags].concat()).await;
                check_lines(command, &finished.stdout);
                check_lines(command, &finished.stderr);
            }
        }
    }
    // Whoever may write in the ledger may write anything.
    let quoted = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"));
    let (short, all) = (quoted("forged\n\u{1b}[2J\u{202e}"), quoted(HOSTILE));
    let row = format!(
        "UPDATE {name}_ledger.loads SET target_schema = {short}, target_table = {short}, mode = {short}, message_id = {short}, source_url = {all}"
    );
    scenario.sql(&row).await;
    for more in [&["--json"][..], &[]] {
        let finished = scenario.run(&[&["history"][..], more].concat()).await.success();
        assert!(finished.stdout.contains("forged"), "{finished:?}");
        check_lines("history", &finished.stdout);
    }
    let json = scenario.run(&["history", "--json"]).await.success();
    let entry: Value = serde_json::from_str(json.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(entry["source_url"], HOSTILE, "programs read it as it is");
}
