//! The dates of the dated layouts that have data on S3, and whether the ledger knows that data.
//!
//! Several objects of one date are one data set in several forms, of which one is loaded. It is known when a load of the date was
//! of one of these forms, as it is now. Of each date little is kept, however many parts it has.

use std::collections::BTreeMap;

use crate::missing::date_range::DateRange;
use crate::missing::{Data, Missing, Why};
use crate::model::data_date::DataDate;
use crate::model::load_id::Fingerprint;
use crate::model::load_of_date::LoadOfDate;
use crate::model::object::{Access, ListedObject, ObjectMeta, ObjectUri, SourceBucket};
use crate::model::target_table::TargetTable;
use crate::plan::fingerprint;
use crate::source::layout::{self, DataFile, Named};
use crate::source::parts::{Member, PartSet, SetName};
use crate::source::select::Best;
use crate::source::suffix::Suffix;

/// Reads listings of a target, of either layout or both.
pub struct Dates<'a> {
    source: &'a SourceBucket,
    target: &'a TargetTable,
    range: Option<DateRange>,
    dates: BTreeMap<DataDate, DateOnS3>,
    has_others: bool,
    /// The parts that are being listed. They come together, so that the parts of one date at a time are held.
    open: Option<OpenSet>,
}

/// What S3 has of a date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DateOnS3 {
    forms: Vec<Form>,
}

/// The data of a date in one form: a file, a manifest, or parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The address of parts, with the bytes of all of them and the time of the newest.
    pub object: ListedObject,
    pub objects: u64,
    /// The object, or the first one of the parts, by which one of several forms is preferred.
    named: Named,
    content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    /// Of these files.
    Files(Fingerprint),
    /// A manifest, of whose files the listing does not tell; or parts that are not loaded as they are.
    Untold,
}

struct OpenSet {
    set: PartSet,
    first: Named,
    all: ListedObject,
    objects: u64,
}

impl<'a> Dates<'a> {
    /// Those of a range; without one all of them.
    pub fn of(source: &'a SourceBucket, target: &'a TargetTable, range: Option<DateRange>) -> Self {
        Self { source, target, range, dates: BTreeMap::new(), has_others: false, open: None }
    }

    pub fn see(&mut self, object: ListedObject) {
        let named = layout::named(object.meta.clone(), self.source, self.target);
        match named.filter(Named::is_data) {
            Some(Named::File(file)) if self.is_in_range(file.date) => {
                let content = match file.suffix {
                    Suffix::Manifest => Content::Untold,
                    Suffix::Data(_) | Suffix::NotSupported(_) => {
                        Content::Files(fingerprint::of_files(std::slice::from_ref(&object.meta)))
                    }
                };
                let date = self.dates.entry(file.date).or_default();
                date.forms.push(Form { object, objects: 1, named: Named::File(file), content });
            }
            Some(Named::Part(name, member, meta)) if self.is_in_range(name.date) => {
                self.see_part(name, member, ListedObject { meta, ..object });
            }
            Some(Named::File(_) | Named::Part(..)) => self.has_others = true,
            None => {}
        }
    }

    /// Whether there was data of dates beyond the range.
    pub fn has_others(&self) -> bool {
        self.has_others
    }

    /// Every date that has data.
    pub fn finish(mut self) -> BTreeMap<DataDate, DateOnS3> {
        self.close();
        self.dates
    }

    fn is_in_range(&self, date: DataDate) -> bool {
        self.range.is_none_or(|range| range.contains(date))
    }

    fn see_part(&mut self, name: SetName, member: Member, object: ListedObject) {
        if self.open.as_ref().is_some_and(|open| open.set.name != name) {
            self.close();
        }
        let open = self.open.get_or_insert_with(|| {
            let uri = name.address.clone();
            let meta = ObjectMeta { uri, etag: String::new(), size: 0, access: Access::AtOnce };
            OpenSet {
                set: PartSet::of_nothing(name.clone()),
                first: Named::Part(name, member.clone(), object.meta.clone()),
                all: ListedObject { meta, last_modified: None },
                objects: 0,
            }
        });
        open.all.last_modified = open.all.last_modified.max(object.last_modified);
        if !matches!(member, Member::Mark | Member::Manifest | Member::Hidden) {
            open.objects += 1;
            open.all.meta.size += object.meta.size;
        }
        open.set.add(object.meta, member);
    }

    fn close(&mut self) {
        let Some(OpenSet { set, first, mut all, objects }) = self.open.take() else { return };
        if objects == 0 && set.manifests.is_empty() {
            // A mark alone is no data.
            return;
        }
        let date = self.dates.entry(set.name.date).or_default();
        // A store that lists in no order shows parts of one set apart from one another: their hash cannot be told.
        if let Some(known) = date.forms.iter_mut().find(|form| form.is_of(&set.name.address)) {
            known.objects += objects;
            known.object.meta.size += all.meta.size;
            known.object.last_modified = known.object.last_modified.max(all.last_modified);
            known.content = Content::Untold;
            return;
        }
        let content = match (set.manifests.as_slice(), set.as_found(None)) {
            // A manifest among the parts stands for them.
            ([manifest, ..], _) => {
                all.meta.uri = manifest.uri.clone();
                Content::Untold
            }
            ([], Ok(whole)) => Content::Files(fingerprint::of_files(&whole.files)),
            ([], Err(_)) => Content::Untold,
        };
        date.forms.push(Form { object: all, objects: objects.max(1), named: first, content });
    }
}

impl DateOnS3 {
    /// The form that a load takes.
    pub fn preferred(&self) -> &Form {
        let mut best = Best::of(None, None);
        let preferred = self.forms.iter().filter(|form| best.see(form.named.clone())).last();
        preferred.or(self.forms.first()).expect("a date is there for an object of it")
    }

    /// Why the data is missing when these are all loads of the date; `None` when it is not.
    pub fn why_missing(&self, loads: &[&LoadOfDate]) -> Option<Why> {
        // Ids of loads sort by time.
        let Some(last) = loads.iter().max_by_key(|load| &load.load_id) else { return Some(Why::NeverLoaded) };
        let of_last = self.forms.iter().find(|form| form.object.meta.uri.to_string() == last.source_url);
        let is_known = match of_last {
            Some(form) => form.was_loaded_by(last),
            // It is gone, as files are after their time; another form of the date may have been loaded before.
            None => self.forms.iter().any(|form| loads.iter().any(|load| form.was_loaded_by(load))),
        };
        (!is_known).then_some(Why::Rewritten)
    }

    pub fn missing(&self, target: &TargetTable, date: DataDate, why: Why) -> Missing {
        let Form { object, objects, .. } = self.preferred();
        let data = Data::OfDate(date);
        Missing { target: target.clone(), object: object.clone(), objects: *objects, data, why }
    }
}

impl Form {
    fn was_loaded_by(&self, load: &LoadOfDate) -> bool {
        let is_content = match &self.content {
            Content::Files(fingerprint) => *fingerprint == load.fingerprint,
            Content::Untold => true,
        };
        is_content && self.object.meta.uri.to_string() == load.source_url
    }

    fn is_of(&self, address: &ObjectUri) -> bool {
        match &self.named {
            Named::Part(name, ..) => name.address == *address,
            Named::File(DataFile { .. }) => false,
        }
    }
}

#[cfg(test)]
mod tests;
