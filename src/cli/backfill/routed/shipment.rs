//! The notifications of files, and the loads that answer them.

use std::collections::{HashMap, VecDeque};

use crate::cli::backfill::failed;
use crate::cli::backfill::routed::Files;
use crate::cli::backfill::run::{Message, Shipment};
use crate::cli::{CommandError, passed_over};
use crate::missing::answers::{SentFiles, UnloadedFile};
use crate::missing::batches::bodies;
use crate::missing::dated_files::{OldestFiles, Place};
use crate::missing::flight::{Flight, Sent};
use crate::model::count::counted;
use crate::model::object::{ObjectMeta, ObjectUri};
use crate::model::routed_date::RoutedDate;
use crate::model::target_table::TargetTable;
use crate::queue::group::GroupId;
use crate::request::events::rewrite::Body;

/// Files of one walk, with their messages: some tens of megabytes of memory.
const MOST_HELD: usize = 20_000;

/// The files that are not sent yet.
pub(in crate::cli::backfill) struct FilesToSend<'a> {
    of: Files<'a>,
    /// The oldest first.
    messages: VecDeque<FilesMessage>,
    /// Where the next walk begins; `None` when there is no more.
    behind: Option<Place>,
    /// Files whose messages were handed out.
    taken: u64,
    /// The same, and those that are still to come.
    all: u64,
}

/// Files of one table, in the order of their dates.
pub(in crate::cli::backfill) struct FilesMessage {
    body: String,
    dates: [RoutedDate; 2],
    sent: SentFiles,
}

/// Files that are waited for, and the dates of the first and the last when they were sent.
pub(in crate::cli::backfill) struct AskedFiles {
    dates: [RoutedDate; 2],
    /// How many there were when they were sent.
    all: usize,
    sent: SentFiles,
}

impl<'a> FilesToSend<'a> {
    /// Finds the first of them, and looks at one of each table.
    ///
    /// # Errors
    /// When a mistake in rules or table config would keep them all from being loaded.
    pub(in crate::cli::backfill) async fn find(of: Files<'a>) -> Result<Self, CommandError> {
        let mut to_send = Self { of, messages: VecDeque::new(), behind: None, taken: 0, all: 0 };
        let oldest = to_send.walk().await?;
        for (target, first) in oldest.firsts() {
            to_send.of.preflight(target, first).await?;
        }
        to_send.messages = messages(oldest).into();
        Ok(to_send)
    }

    /// The next files. Says what of them is passed over.
    async fn walk(&mut self) -> Result<OldestFiles, CommandError> {
        let mut oldest = OldestFiles::new(MOST_HELD, self.of.rewritten, self.behind.take());
        self.of.walk(&mut oldest).await?;
        self.behind = oldest.next_behind();
        let (loaded, rewritten) = oldest.passed_over();
        self.all = self.taken + oldest.to_send();
        if loaded > 0 {
            tracing::info!("{} passed over, as the ledger has them", counted(loaded, "file"));
        }
        passed_over::tell_rewritten(rewritten);
        Ok(oldest)
    }
}

/// Messages of one table each, in the order of the dates of their first files.
fn messages(oldest: OldestFiles) -> Vec<FilesMessage> {
    let mut messages = Vec::new();
    for (target, files) in oldest.of_tables() {
        let mut rest = files.as_slice();
        for Body { text, files: count } in bodies(files.iter().map(|(_, file)| &file.object)) {
            let (of_message, behind) = rest.split_at(count);
            rest = behind;
            let [Some((first, _)), Some((last, _))] = [of_message.first(), of_message.last()] else {
                continue;
            };
            let of_message = of_message.iter().map(|(_, file)| file.clone());
            let sent = SentFiles { target: target.clone(), files: of_message.collect() };
            messages.push(FilesMessage { body: text, dates: [*first, *last], sent });
        }
    }
    // Those of one table stay in their order.
    messages.sort_by_key(|message| message.dates[0].as_written());
    messages
}

impl Shipment for FilesToSend<'_> {
    type Asked = AskedFiles;
    const UNIT: &'static str = "file";

    fn all(&self) -> u64 {
        self.all
    }

    async fn next(&mut self) -> Result<Option<Message<AskedFiles>>, CommandError> {
        if self.messages.is_empty() && self.behind.is_some() {
            self.messages = messages(self.walk().await?).into();
        }
        let Some(FilesMessage { body, dates, sent }) = self.messages.pop_front() else { return Ok(None) };
        let all = sent.files.len();
        self.taken += all as u64;
        Ok(Some(Message {
            body,
            group: GroupId::of(&sent.target),
            date: dates[1].to_string(),
            asked: AskedFiles { dates, all, sent },
        }))
    }

    async fn look(
        &mut self,
        flight: &mut Flight<AskedFiles>,
    ) -> Result<(u64, Vec<Sent<AskedFiles>>), CommandError> {
        let (mut loaded, mut answered) = (0, Vec::new());
        for (target, files) in files_of_tables(flight) {
            let known = self.of.loader.warehouse.known_files(&target, &files).await.map_err(failed)?;
            let known: HashMap<&ObjectUri, _> = known.iter().map(|file| (&file.uri, file)).collect();
            let is_loaded = |AskedFiles { sent, .. }: &mut AskedFiles| {
                if sent.target == target {
                    loaded += sent.take_loaded(&known) as u64;
                }
                sent.files.is_empty()
            };
            answered.extend(flight.answered(is_loaded));
        }
        Ok((loaded, answered))
    }

    fn count(asked: &AskedFiles) -> u64 {
        asked.sent.files.len() as u64
    }

    fn is_loaded_in_part(AskedFiles { all, sent, .. }: &AskedFiles) -> bool {
        sent.files.len() < *all
    }

    fn name(
        AskedFiles { dates: [first, last], sent: SentFiles { target, files }, .. }: &AskedFiles,
    ) -> String {
        let files = if files.is_empty() {
            String::new()
        } else {
            format!("{} of ", counted(files.len() as u64, "file"))
        };
        let dates = if first == last { first.to_string() } else { format!("{first} to {last}") };
        format!("{files}{target} of {dates}")
    }
}

/// The files of each table that are waited for.
fn files_of_tables(flight: &Flight<AskedFiles>) -> Vec<(TargetTable, Vec<ObjectMeta>)> {
    let mut of_tables: Vec<(TargetTable, Vec<ObjectMeta>)> = Vec::new();
    for AskedFiles { sent: SentFiles { target, files }, .. } in flight.waiting() {
        let files = files.iter().map(|UnloadedFile { object, .. }| object.clone());
        match of_tables.iter_mut().find(|(of, _)| of == target) {
            Some((_, all)) => all.extend(files),
            None => of_tables.push((target.clone(), files.collect())),
        }
    }
    of_tables
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::missing::Why;
    use crate::missing::batches::MOST_FILES;
    use crate::missing::dated_files::{DatedFile, FileSink, KnownFile};
    use crate::model::data_date::DataDate;
    use crate::model::ident::Ident;
    use crate::model::object::{Access, ListedObject};

    fn target(table: &str) -> TargetTable {
        TargetTable { schema: Ident::new("web").unwrap(), table: Ident::new(table).unwrap() }
    }

    fn never_loaded(day: u32, key: String) -> KnownFile {
        let date = RoutedDate::Instant(DataDate::parse(&format!("2015-07-{day:02}T00:00:00Z")).unwrap());
        let uri = ObjectUri { bucket: "b".to_owned(), key };
        let meta = ObjectMeta { uri, etag: "e".to_owned(), size: 1, access: Access::AtOnce };
        let file = DatedFile { date, object: ListedObject { meta, last_modified: None } };
        KnownFile { file, why: Some(Why::NeverLoaded), loaded_etag: None }
    }

    #[test]
    fn messages_of_several_tables_are_sent_in_the_order_of_their_dates() {
        let mut oldest = OldestFiles::new(1_000, false, None);
        for (table, days) in [("hits", [4, 1]), ("pages", [3, 2])] {
            let of_day =
                |day| (0..MOST_FILES).map(move |number| never_loaded(day, format!("{day}/{number}")));
            oldest.take(&target(table), days.into_iter().flat_map(of_day).collect());
        }
        let sent: Vec<(String, String)> = messages(oldest)
            .into_iter()
            .map(|FilesMessage { dates: [first, _], sent, .. }| {
                (sent.target.table.to_string(), first.to_string())
            })
            .collect();
        let expected = [("hits", 1), ("pages", 2), ("pages", 3), ("hits", 4)];
        let expected = expected.map(|(table, day)| (table.to_owned(), format!("2015-07-0{day}T00:00:00Z")));
        assert_eq!(sent, expected);
    }
}
