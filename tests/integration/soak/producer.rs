//! The producer: writes files, again and again the same ones, and sends messages for them.

use std::collections::BTreeMap;

use crate::support::scenario::Scenario;
use crate::support::table;

pub(super) const TABLES: u32 = 8;
const DAYS: u32 = 28;
/// So many messages later, the configs have a column more.
const MESSAGES_A_COLUMN: usize = 40;

/// What it has done.
#[derive(Default)]
pub(super) struct Producer {
    /// The ids that each file has, by table and day.
    files: BTreeMap<(u32, u32), Vec<u32>>,
    /// Ids of the messages that force a load, each of which must be in the ledger in the end.
    pub(super) forced: Vec<String>,
    pub(super) messages: usize,
}

fn date(day: u32) -> String {
    format!("2015-07-{day:02}T00:00:00Z")
}

impl Producer {
    /// Writes a file, anew or for the first time, and sends a message that forces it; or one that needs no load.
    pub(super) async fn produce(&mut self, scenario: &Scenario, chance: &mut fastrand::Rng) {
        let (number, day) = (chance.u32(0..TABLES), chance.u32(1..=DAYS));
        let name = format!("t{number}");
        let has_file = self.files.keys().any(|(table, _)| *table == number);
        if has_file && chance.u32(0..4) == 0 {
            // The newest of whatever is there.
            scenario.send(&scenario.message_for(&[&name], "")).await;
        } else {
            let first = (day * 1000 + chance.u32(0..100)) * 10;
            let ids: Vec<u32> = (first..first + chance.u32(1..10)).collect();
            self.put(scenario, &name, day, &ids).await;
            self.files.insert((number, day), ids);
            let more = format!(r#""force": true, "date": "{}""#, date(day));
            self.forced.push(scenario.send(&scenario.message_for(&[&name], &more)).await);
        }
        self.messages += 1;
    }

    async fn put(&self, scenario: &Scenario, name: &str, day: u32, ids: &[u32]) {
        let more = format!("{{dest: column_{}, type: int}}", self.messages / MESSAGES_A_COLUMN);
        let columns = ["{dest: id, type: bigint, notnull: true}", "{dest: name, type: text}", &more];
        let config = table::config_of(&scenario.name, name, &columns);
        let key = format!("{}_{name}_{}", scenario.name, date(day));
        scenario.put(&format!("{key}.json"), table::rows(&date(day), ids.iter().copied())).await;
        scenario.put(&format!("config_{key}.yml"), config).await;
    }

    /// The rows that a table must have in the end: data date, id, name.
    pub(super) fn rows(&self, number: u32) -> Vec<String> {
        let days = self.files.range((number, 0)..(number + 1, 0));
        days.flat_map(|((_, day), ids)| ids.iter().map(move |id| (*day, *id)))
            .map(|(day, id)| format!("2015-07-{day:02} 00:00:00|{id}|name {id}"))
            .collect()
    }
}
