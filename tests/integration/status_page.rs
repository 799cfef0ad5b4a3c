//! What whoever is on call sees: the status page, the pages of loads and tables, and the same on `/status`.

use serde_json::Value;

use crate::support::daemon::Daemon;
use crate::support::holding_proxy::HoldingProxy;
use crate::support::process::free_port;
use crate::support::scenario::{DAY_1, DAY_2, DAY_3, Scenario};
use crate::support::table;
use crate::support::wait::wait_for;

const DAY_4: &str = "2015-07-04T00:00:00Z";
const BROKEN: &str = r#"{"id": "seven", "data_date": "2015-07-04T00:00:00Z"}"#;

async fn status(daemon: &Daemon) -> Value {
    serde_json::from_str(&daemon.get("/status").await.1).unwrap()
}

#[tokio::test]
async fn pages_tell_of_loads_and_refusals_and_are_served_while_redshift_is_down() {
    let mut scenario = Scenario::new().await;
    let port = free_port();
    let real = std::mem::replace(&mut scenario.redshift_port, port);
    let redshift = HoldingProxy::at(port, real, "nothing is held").await;
    let daemon = Daemon::ready(&scenario).await;
    let (mut load_id, mut message_id) = (String::new(), String::new());
    for (day, id) in [(DAY_1, 1), (DAY_2, 2), (DAY_3, 3)] {
        scenario.put_day(day, [id]).await;
        message_id = scenario.send(&scenario.message("")).await;
        let settled = daemon.settled(&message_id).await;
        load_id = settled["load.id"].as_str().unwrap().to_owned();
    }
    scenario.put_config(DAY_4, &table::config(&scenario.name)).await;
    scenario.put_file(DAY_4, BROKEN).await;
    let refused = scenario.send(&scenario.message("")).await;
    assert_eq!(daemon.settled(&refused).await["kind"], "data_rejected");
    let hostile = scenario.send(&scenario.message_for(&["<script>alert(1)</script>"], "")).await;
    assert_eq!(daemon.settled(&hostile).await["kind"], "no_data_file");

    let (code, page) = daemon.get("/").await;
    assert_eq!(code, 200);
    assert!(page.contains("Receiving: 0 loads running, 0 waiting; 2 tables failed, 1 table late"), "{page}");
    let file = format!("{} line 1 column id", scenario.key(DAY_4, "json.gz"));
    for said in
        [&*scenario.table(), "2015-07-03", "data_rejected", &file, &refused, "Invalid digit", "no_data_file"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("seven") && !page.contains("<script>alert"), "{page}");
    let told = status(&daemon).await;
    let loaded = &told["loaded_tables"][0];
    assert_eq!((&loaded["cadence_seconds"], &loaded["cadence_from"]), (&86_400.into(), &"ledger".into()));
    assert_eq!((&loaded["last_load"], &loaded["rows"]), (&load_id.as_str().into(), &1.into()));
    assert!(told["redshift_version"].as_str().unwrap().starts_with("PostgreSQL"), "{told}");

    let of_load = format!("/load/{load_id}");
    let (code, timeline) = daemon.get(&of_load).await;
    assert_eq!(code, 200, "{timeline}");
    for said in [
        &*message_id,
        "Committed: 1 row into",
        "loaded 1 rows",
        "discover",
        "replace",
        "copy",
        "commit",
        "FORMAT AS JSON",
    ] {
        assert!(timeline.contains(said), "{said}: {timeline}");
    }
    let of_table = format!("/table/{}", scenario.table());
    let (code, history) = daemon.get(&of_table).await;
    assert_eq!((code, history.matches("2015-07-0").count() >= 6), (200, true), "{history}");
    assert!(history.contains("<svg") && history.contains(&of_load), "{history}");
    for unknown in ["/load/none", "/table/none.none", "/load/%22%3E%3Cscript%3E"] {
        assert_eq!(daemon.get(unknown).await.0, 404, "{unknown}");
    }

    // Somebody loads an old day again, which helps nobody who waits for the newest.
    let again = scenario.send(&scenario.message(&format!(r#""date": "{DAY_1}", "force": true"#))).await;
    assert_eq!(daemon.settled(&again).await["rows"], 1);
    let page = wait_for("the page to tell of that load", async || {
        let id = daemon.settled(&again).await["load.id"].as_str().unwrap().to_owned();
        Some(daemon.get("/").await.1).filter(|page| page.contains(&id))
    })
    .await;
    assert!(page.contains("2 tables failed") && !page.contains("loaded since"), "{page}");

    drop(redshift);
    scenario.put_day(DAY_4, [4]).await;
    let held = scenario.send(&scenario.message("")).await;
    wait_for("the daemon to notice", async || daemon.log.find("warehouse is down")).await;
    let (code, page) = daemon.get("/").await;
    assert_eq!(code, 200);
    let down = [
        "Not receiving: Redshift unreachable for",
        "1 message held, nothing lost",
        "From the ledger as it was at",
        "Redshift cannot be reached",
    ];
    for said in down.into_iter().chain([&*scenario.table(), "2015-07-03"]) {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert_eq!(status(&daemon).await["level"], "stopped");
    assert_eq!(daemon.get(&of_table).await.0, 200, "what was read is still known");
    assert_eq!(daemon.get("/load/none-other").await.0, 503, "nobody can tell");

    let _redshift = HoldingProxy::at(port, real, "nothing is held").await;
    assert_eq!(daemon.settled(&held).await["rows"], 1);
    let since = wait_for("the page to tell that the table was loaded since", async || {
        Some(daemon.get("/").await.1).filter(|page| page.contains("loaded since"))
    })
    .await;
    assert!(since.contains("1 table failed"), "the other one: {since}");
    let failed = status(&daemon).await["failures"].as_array().unwrap().clone();
    let failed = failed.iter().find(|failure| failure["message_id"] == refused.as_str()).unwrap();
    for page in [of_table, format!("/load/{}", failed["load_id"].as_str().unwrap())] {
        let (code, page) = daemon.get(&page).await;
        assert!(code == 200 && page.contains("loaded since"), "{page}");
    }
}

#[tokio::test]
async fn a_cadence_of_the_table_config_makes_a_table_late_after_one_load_and_outlives_the_daemon() {
    let scenario = Scenario::new().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.put_config(DAY_1, &table::config_due(&scenario.name, "6h")).await;
    let daemon = Daemon::ready(&scenario).await;
    let message = scenario.send(&scenario.message("")).await;
    assert_eq!(daemon.settled(&message).await["rows"], 1);
    drop(daemon);

    let daemon = Daemon::ready(&scenario).await;
    let late = &status(&daemon).await["loaded_tables"][0];
    assert_eq!(
        (&late["cadence_seconds"], &late["cadence_from"], &late["is_late"]),
        (&21_600.into(), &"table config".into(), &true.into())
    );
    let page = daemon.get("/").await.1;
    assert!(page.contains("Receiving: 0 loads running, 0 waiting; 1 table late"), "{page}");
    let of_table = format!(r#"data_cadence_seconds{{schema="{}",table="events"}}"#, scenario.name);
    daemon.metric_reaches(&of_table, 21_600.0).await;
}

#[tokio::test]
async fn the_page_tells_who_holds_up_a_load_and_why_others_wait() {
    let mut scenario = Scenario::new().await.loaded_once().await;
    scenario.variables.insert("LOCK_WAIT_WARNING".to_owned(), "1s".to_owned());
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.lock_table().await;
    let running = scenario.send(&scenario.message("")).await;
    scenario.waits_for_lock().await;
    let waiting = scenario.send(&scenario.message("")).await;
    let page = wait_for("the page to tell who holds the lock", async || {
        let page = daemon.get("/").await.1;
        (page.contains("it is held by pid") && page.contains("1 waiting")).then_some(page)
    })
    .await;
    for said in ["1 load waiting for a lock of others", "replace", "its table is being loaded", &*running] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let told = status(&daemon).await;
    let load = &told["tables"][0]["load"];
    assert_eq!(load["stage"], "replace");
    let (code, timeline) = daemon.get(&format!("/load/{}", load["load_id"].as_str().unwrap())).await;
    assert!(code == 200 && timeline.contains("it is held by pid"), "{timeline}");
    lock.query("COMMIT").await;
    for id in [running, waiting] {
        assert_eq!(daemon.settled(&id).await["disposition"], "deleted");
    }
}

/// Whoever asked is not waited for any longer, and neither may the server work for them.
#[tokio::test]
async fn a_question_of_a_page_that_takes_too_long_is_ended_on_the_server() {
    let scenario = Scenario::new().await.loaded_once().await;
    let daemon = Daemon::ready(&scenario).await;
    let lock = scenario.administrator().await;
    lock.query("BEGIN").await;
    lock.query(&format!("LOCK {}_ledger.loads", scenario.name)).await;
    let asks = async || -> u32 {
        let query = format!(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%{}_ledger%ranked WHERE place%' \
             AND pid <> pg_backend_pid()",
            scenario.name
        );
        scenario.value(&query).await.parse().unwrap()
    };
    assert_eq!(daemon.get("/").await.0, 200);
    wait_for("the question to wait for the lock", async || (asks().await == 1).then_some(())).await;
    wait_for("the server to end the question", async || (asks().await == 0).then_some(())).await;
    lock.query("COMMIT").await;
    let page = wait_for("the ledger to be read again", async || {
        Some(daemon.get("/").await.1).filter(|page| page.contains(&scenario.table()))
    })
    .await;
    assert!(page.contains("2015-07-01"), "{page}");
}
