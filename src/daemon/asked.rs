//! What a message asks for: the orders of a load message, or those of the files that its events announce, by the rules of now.
//!
//! Files of one table that are to be loaded alike are one order. What cannot become part of an order is a failure of its files, and
//! leaves the others alone.

mod orders;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use indexmap::IndexMap;
use tracing::debug;

use crate::config::routing::Unrouted;
use crate::daemon::asked::orders::Orders;
use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::load::gather::MANIFEST_FOLDER;
use crate::model::announced_file::AnnouncedFile;
use crate::model::object::{ObjectUri, SourceBucket};
use crate::model::shown::shown_within;
use crate::model::target_table::TargetTable;
use crate::request::InvalidRequest;
use crate::request::events::not_data::NotData;
use crate::request::events::{Content, Event, read};
use crate::request::order::Order;
use crate::routing::{Matched, Routed, Routes};
use crate::source::beside::is_beside_data;
use crate::source::generated::is_ours;

/// Tables that a failure of files names.
const MOST_NAMED: usize = 100;
/// Bytes of a key in a sentence.
const LONGEST_ADDRESS: usize = 512;

/// What decides over a message, besides itself.
pub(super) struct Rules<'a> {
    /// `None` without `ROUTES`.
    pub(super) routes: Option<&'a Routes>,
    pub(super) unrouted: Unrouted,
    pub(super) table_config_dir: Option<&'a Path>,
    /// Of our own manifests; `None`: a folder of each bucket.
    pub(super) manifest_folder: Option<&'a SourceBucket>,
}

/// What a message asks for.
pub(super) struct Asked {
    pub(super) orders: Vec<Order>,
    /// What became of its events besides; `None` for a load message.
    pub(super) events: Option<EventsOfMessage>,
}

/// Events of a message that are not part of an order, and how many are.
#[derive(Default)]
pub(super) struct EventsOfMessage {
    pub(super) routed: usize,
    /// Whose files a rule ignores.
    pub(super) ignored: usize,
    /// One of those, with the line of the rule.
    pub(super) ignored_example: Option<(ObjectUri, u32)>,
    /// Of files that no rule takes and that are acknowledged.
    pub(super) unrouted: usize,
    /// One of those.
    pub(super) unrouted_example: Option<ObjectUri>,
    pub(super) not_data: BTreeMap<NotData, usize>,
    /// Files that cannot be loaded, in groups of one failure.
    pub(super) refused: Vec<RefusedFiles>,
}

/// Files of a message that are not loaded, for one reason.
pub(super) struct RefusedFiles {
    pub(super) failure: Failure,
    /// The tables that their keys name all the same.
    pub(super) targets: Vec<TargetTable>,
    /// Never empty.
    pub(super) files: Vec<AnnouncedFile>,
}

impl EventsOfMessage {
    /// What was acknowledged without a load; `None` when nothing was.
    pub(super) fn acknowledged(&self) -> Option<String> {
        let unrouted = self
            .unrouted_example
            .as_ref()
            .map(|example| format!("no rule takes {} (such as {})", files(self.unrouted), address(example)));
        let ignored = self.ignored_example.as_ref().map(|(example, line)| {
            format!("a rule ignores {} (such as {}, by line {line})", files(self.ignored), address(example))
        });
        let not_data = self.not_data.iter().map(|(what, count)| match count {
            1 => what.to_string(),
            _ => format!("{what} {count} times"),
        });
        let not_data = not_data.collect::<Vec<String>>().join(", ");
        let not_data = (!not_data.is_empty()).then(|| format!("nothing to load for {not_data}"));
        let is_empty = self.routed == 0 && self.refused.is_empty();
        let nothing = is_empty.then(|| "the message has no events".to_owned());
        let parts: Vec<String> = [unrouted, ignored, not_data].into_iter().flatten().collect();
        if parts.is_empty() { nothing } else { Some(parts.join("; ")) }
    }
}

fn files(count: usize) -> String {
    if count == 1 { "a file".to_owned() } else { format!("{count} files") }
}

fn address(uri: &ObjectUri) -> String {
    shown_within(&uri.to_string(), LONGEST_ADDRESS)
}

/// Reads the body of a message.
///
/// # Errors
/// When it cannot be understood.
pub(super) fn asked(body: &str, message_id: &str, rules: &Rules<'_>) -> Result<Asked, InvalidRequest> {
    match read(body)? {
        Content::Load(request) => {
            let request = request.confined_to(rules.table_config_dir)?;
            Ok(Asked { orders: Order::all_of(request, message_id), events: None })
        }
        Content::Events(events) => Ok(sort(events, message_id, rules)),
    }
}

fn sort(events: Vec<Event>, message_id: &str, rules: &Rules<'_>) -> Asked {
    let mut of_message = EventsOfMessage::default();
    // A file that was announced twice is there as the last event says, as far as events are in order.
    let mut files: IndexMap<ObjectUri, AnnouncedFile> = IndexMap::new();
    for event in events {
        match event {
            Event::File(file) if is_ours(&file.uri, MANIFEST_FOLDER, rules.manifest_folder) => {
                trace_of(message_id, &file.uri, "it is a manifest of our own");
                *of_message.not_data.entry(NotData::Generated).or_default() += 1;
            }
            Event::File(file) => drop(files.insert(file.uri.clone(), file)),
            Event::NotData(what) => *of_message.not_data.entry(what).or_default() += 1,
        }
    }
    let (mut orders, mut invalid, mut unrouted) = (Orders::default(), Refusals::default(), Vec::new());
    for file in files.into_values() {
        let routed = rules.routes.map_or(Routed::Unrouted, |routes| routes.route(&file.uri));
        match routed {
            Routed::Ignored(matched) => {
                trace_of(message_id, &file.uri, format_args!("the rule on line {} ignores it", matched.line));
                of_message.ignored += 1;
                of_message.ignored_example = Some((file.uri, matched.line));
            }
            _ if is_beside_data(&file.uri) => {
                trace_of(message_id, &file.uri, "by its name it lies beside data");
                *of_message.not_data.entry(NotData::Beside).or_default() += 1;
            }
            Routed::Unrouted => {
                trace_of(message_id, &file.uri, "no rule takes it");
                unrouted.push(file);
            }
            Routed::Invalid(matched, problems) => {
                trace_of(message_id, &file.uri, format_args!("the rule on line {} refuses it", matched.line));
                invalid.add(file, &matched, problems);
            }
            Routed::Load(matched, load) => {
                let (date, limits) = (load.date, load.limits);
                match orders.kind_of(matched.line, *load, rules.table_config_dir) {
                    Ok(kind) => {
                        of_message.routed += 1;
                        orders.put(kind, AnnouncedFile { date, ..file }, limits);
                    }
                    Err(problems) => invalid.add(file, &matched, problems),
                }
            }
        }
    }
    of_message.refused.extend(invalid.refused());
    match (rules.routes, rules.unrouted) {
        (Some(_), Unrouted::Ignore) => {
            of_message.unrouted = unrouted.len();
            of_message.unrouted_example = unrouted.pop().map(|file| file.uri);
        }
        (routes, _) => of_message.refused.extend(without_rule(unrouted, routes.is_some())),
    }
    Asked { orders: orders.of(message_id), events: Some(of_message) }
}

/// The log line of a file that becomes part of no order: counters have no keys. At a level that only those see who look for one.
fn trace_of(message_id: &str, file: &ObjectUri, why: impl fmt::Display) {
    debug!(message.id = message_id, "{} is not loaded: {why}", address(file));
}

/// Files that a rule takes and cannot make a load of.
#[derive(Default)]
struct Refusals {
    files: Vec<AnnouncedFile>,
    targets: Vec<TargetTable>,
    /// The first of them, and what is wrong with it.
    first: Option<String>,
}

impl Refusals {
    fn add(&mut self, file: AnnouncedFile, matched: &Matched, invalid: InvalidRequest) {
        self.first.get_or_insert_with(|| {
            format!("{} by the rule on line {} of the routes: {invalid}", address(&file.uri), matched.line)
        });
        for target in invalid.targets {
            if self.targets.len() < MOST_NAMED && !self.targets.contains(&target) {
                self.targets.push(target);
            }
        }
        self.files.push(file);
    }

    fn refused(self) -> Option<RefusedFiles> {
        let Self { files, targets, first } = self;
        let first = first?;
        let sentence = match files.len() {
            1 => format!("a file makes no load, {first}"),
            count => format!("{count} files make no load, such as {first}"),
        };
        let failure = Failure::new(FailureKind::InvalidRequest, Stage::Decode, sentence);
        let failure = failure.advised(&Advice::FixKeyOrRoute).of_files(&files);
        Some(RefusedFiles { failure, targets, files })
    }
}

/// Files for which no rule says what becomes of them, where that is a failure.
fn without_rule(files: Vec<AnnouncedFile>, are_there_routes: bool) -> Option<RefusedFiles> {
    let address = address(&files.first()?.uri);
    let what = match files.len() {
        1 => format!("no rule takes the file {address}"),
        count => format!("no rule takes {count} files, such as {address}"),
    };
    let (sentence, advice) = match are_there_routes {
        true => (what, Advice::AddRoute),
        false => (format!("{what}: ROUTES is not set"), Advice::SetRoutes),
    };
    let failure = Failure::new(FailureKind::Unrouted, Stage::Decode, sentence).advised(&advice);
    Some(RefusedFiles { failure: failure.of_files(&files), targets: Vec::new(), files })
}

#[cfg(test)]
mod tests;
