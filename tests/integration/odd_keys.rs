//! Keys that XML cannot carry, and keys that an encoding of them could change.

use futures_util::stream::{StreamExt, iter};

use crate::support::scenario::{DAY_1, Scenario};
use crate::support::servers::{self, Cloud};
use crate::support::table;

/// Loads the file of [`DAY_1`] in the folder, and shows what was said.
async fn loaded_from(scenario: &Scenario, folder: &str) -> String {
    let bucket = format!("{}/{folder}", scenario.name);
    let flags = ["load", "--schema", &scenario.name, "--tables", "events", "--bucket", &bucket];
    scenario.run(&flags).await.success().stdout
}

async fn put_in_folder(scenario: &Scenario, folder: &str) {
    let name = scenario.key(DAY_1, "json");
    scenario.put(&format!("{folder}/{name}"), table::rows(DAY_1, [1])).await;
    let config = format!("{folder}/config_{}_events_{DAY_1}.yml", scenario.name);
    scenario.put(&config, table::config(&scenario.name)).await;
}

async fn keys_with_control_characters_pass_by(cloud: &'static Cloud, refused: Option<char>) {
    let scenario = Scenario::on(cloud).await;
    scenario.put_day(DAY_1, [1]).await;
    let characters = ('\u{1}'..='\u{1f}').chain(['\u{7f}', '\u{85}', '\u{fffe}']);
    let characters = characters.filter(|character| Some(*character) != refused);
    for (number, character) in characters.enumerate() {
        scenario.put(&format!("{}_events_{number}{character}.json", scenario.name), "").await;
    }
    scenario.load(&[]).await.success();
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn keys_with_control_characters_do_not_break_a_listing() {
    keys_with_control_characters_pass_by(servers::ministack().await, None).await;
}

#[tokio::test]
async fn keys_with_control_characters_do_not_break_a_listing_of_moto_either() {
    // It takes a line break for the end of its own address.
    keys_with_control_characters_pass_by(servers::moto().await, Some('\n')).await;
}

#[tokio::test]
async fn a_folder_is_found_whatever_its_name_looks_like_encoded() {
    for cloud in [servers::ministack().await, servers::moto().await] {
        let scenario = Scenario::on(cloud).await;
        for folder in ["a b", "a+b", "a%2Bb", "a%20b", "ä&<>'\"", "100%", "a%zz"] {
            put_in_folder(&scenario, folder).await;
            let flags = scenario.sql(&format!("DROP TABLE IF EXISTS {}", scenario.table())).await;
            drop(flags);
            let said = loaded_from(&scenario, folder).await;
            assert!(said.contains(&format!("/{folder}/")), "{folder}: {said}");
            assert_eq!(scenario.ids().await, "1", "{folder}");
        }
    }
}

#[tokio::test]
async fn listings_of_many_pages_with_odd_keys_are_read_to_their_end() {
    let scenario = Scenario::new().await;
    let keys = (0..1050).map(|number| format!("{}_events_0 +%\u{2}{number}", scenario.name));
    let put = async |key: String| scenario.put(&key, "").await;
    iter(keys).map(put).buffer_unordered(16).collect::<()>().await;
    scenario.put_day(DAY_1, [1]).await;
    scenario.load(&[]).await.success();
    assert_eq!(scenario.ids().await, "1");
}

#[tokio::test]
async fn what_is_said_of_a_key_with_control_characters_has_none() {
    let scenario = Scenario::new().await;
    put_in_folder(&scenario, "bell\u{7}\u{1b}[31m").await;
    let said = loaded_from(&scenario, "bell\u{7}\u{1b}[31m").await;
    assert!(said.contains(r"/bell\u{7}\u{1b}[31m/"), "{said:?}");
    let flags = ["load", "--schema", &scenario.name, "--tables", "other", "--bucket"];
    let folder = format!("{}/bell\u{7}\u{1b}[31m", scenario.name);
    let plan = ["plan", "--force", "--schema", &scenario.name, "--tables", "events", "--bucket", &folder];
    let planned = scenario.run(&plan).await;
    planned.says("COPY");
    assert!(!planned.stdout.contains(['\u{7}', '\u{1b}']), "{planned:?}");
    let bucket = format!("{}/bell\u{7}", scenario.name);
    let finished = scenario.run(&[&flags[..], &[&bucket]].concat()).await;
    finished.says(r"/bell\u{7}/");
    assert!(!finished.stdout.trim_end().contains(char::is_control), "{finished:?}");
}
