//! Parts of one date: the objects of a directory, or of an UNLOAD. When they are whole, and what one COPY loads of them.

pub mod whole;

use crate::model::data_date::DataDate;
use crate::model::object::{Access, ObjectMeta, ObjectUri};
use crate::source::manifest::MAX_FILES;
use crate::source::parts::whole::{Counted, Missing, NotWhole, Unusable, Whole};
use crate::source::suffix::{NotSupported, Stored};

/// Which set of parts an object belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetName {
    pub date: DataDate,
    pub kind: SetKind,
    /// What the keys of its objects start with: `…_2015-07-01T00:00:00Z/`.
    pub address: ObjectUri,
    /// The same up to the date.
    pub stem: ObjectUri,
}

/// In the order of preference for one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SetKind {
    /// `<schema>_<table>_<date>/`
    Directory,
    /// `<schema>_<table>_<date>.0000_part_00`, and what else UNLOAD names so.
    Unload,
}

/// What one object is to its set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    Part(Stored),
    /// A part by its place, of a kind that COPY cannot read.
    Unreadable(NotSupported),
    /// Says that all parts are there: `_SUCCESS` of Hadoop and Spark.
    Mark,
    /// A list of the parts, which also says that all are there.
    Manifest,
    /// In a directory of the directory, where values of rows may stand in names.
    Inner,
    /// Of a Delta or Hudi table: some of its files hold rows that were removed.
    TableLog,
    /// What tools keep beside the parts: `_temporary/`, `.part-0000.crc`, `part-0001.tmp`.
    Hidden,
}

/// A set of parts, as far as it was listed. Of bounded size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartSet {
    pub name: SetName,
    /// Two at most; that there are two says that there is no telling which one is meant.
    pub manifests: Vec<ObjectMeta>,
    mark: Option<ObjectMeta>,
    /// As many as one load takes.
    parts: Vec<(ObjectMeta, Stored)>,
    count: u64,
    unusable: Option<Unusable>,
}

impl PartSet {
    pub fn new(name: SetName, object: ObjectMeta, member: Member) -> Self {
        let mut set = Self::of_nothing(name);
        set.add(object, member);
        set
    }

    /// Before any object of it is seen.
    pub fn of_nothing(name: SetName) -> Self {
        let (manifests, parts) = (Vec::new(), Vec::new());
        Self { name, manifests, mark: None, parts, count: 0, unusable: None }
    }

    pub fn add(&mut self, object: ObjectMeta, member: Member) {
        let unusable = match member {
            Member::Part(stored) => {
                self.count += 1;
                if self.parts.len() < MAX_FILES {
                    self.parts.push((object, stored));
                }
                return;
            }
            Member::Mark => {
                self.mark = Some(object);
                return;
            }
            Member::Manifest => {
                if self.manifests.len() < 2 {
                    self.manifests.push(object);
                }
                return;
            }
            Member::Hidden => return,
            Member::Unreadable(reason) => Unusable::Unreadable(object.uri, reason),
            Member::Inner => Unusable::Inner(object.uri),
            Member::TableLog => Unusable::TableLog(object.uri),
        };
        // A table's log explains whatever else is odd.
        let explains_more = matches!(unusable, Unusable::TableLog(_))
            && !matches!(self.unusable, Some(Unusable::TableLog(_)));
        if self.unusable.is_none() || explains_more {
            self.unusable = Some(unusable);
        }
    }

    /// The set as one object, whose key is only a prefix.
    pub fn object(&self) -> ObjectMeta {
        let uri = self.name.address.clone();
        ObjectMeta { uri, etag: String::new(), size: 0, access: Access::AtOnce }
    }

    /// Whether the set, listed anew, is what was found whole before: no part more or less, none written again, by the same mark.
    pub fn is_still(&self, found: &Whole) -> bool {
        self.manifests.is_empty() && self.whole(found.counted.wanted).as_ref() == Ok(found)
    }

    /// The parts, when they are all there: a mark says so, or without one the number that the config wants.
    ///
    /// A set with a manifest is what its manifest says instead.
    pub fn whole(&self, wanted: Option<u32>) -> Result<Whole, NotWhole> {
        let unusable = |why| Err(NotWhole::Unusable(why));
        if let Some(why) = &self.unusable {
            return unusable(why.clone());
        }
        let found = self.count;
        match (&self.mark, wanted) {
            (Some(_), _) => {}
            (None, None) => {
                let missing = Missing::Mark(self.name.kind);
                return Err(NotWhole::Unfinished { found, missing });
            }
            (None, Some(wanted)) if found < u64::from(wanted) => {
                return Err(NotWhole::Unfinished { found, missing: Missing::Parts(wanted) });
            }
            (None, Some(wanted)) if found > u64::from(wanted) => {
                return unusable(Unusable::TooMany { found, wanted });
            }
            (None, Some(_)) => {}
        }
        self.as_found(wanted).map_err(NotWhole::Unusable)
    }

    /// The parts that are there, be they all or not.
    pub fn as_found(&self, wanted: Option<u32>) -> Result<Whole, Unusable> {
        let found = self.count;
        if found > self.parts.len() as u64 {
            return Err(Unusable::Unbounded(found));
        }
        let mut parts: Vec<&(ObjectMeta, Stored)> =
            self.parts.iter().filter(|(object, _)| object.size > 0).collect();
        parts.sort_unstable_by(|(left, _), (right, _)| left.uri.cmp(&right.uri));
        let Some((first, stored)) = parts.first() else { return Err(Unusable::Nothing(found)) };
        if let Some((other, _)) = parts.iter().find(|(_, other)| other != stored) {
            return Err(Unusable::Mixed(first.uri.clone(), other.uri.clone()));
        }
        let files: Vec<ObjectMeta> = parts.iter().map(|(object, _)| object.clone()).collect();
        let empty = found - files.len() as u64;
        let set = self.name.clone();
        let counted = Counted { set, parts: found, empty, mark: self.mark.clone(), wanted };
        Ok(Whole { files, stored: *stored, counted })
    }
}

#[cfg(test)]
mod tests;
