//! Which data file a request means, out of all that are listed.

use std::cmp::Reverse;

use crate::model::data_date::DataDate;
use crate::model::format::Format;
use crate::model::object::ObjectUri;
use crate::source::layout::{DataFile, Named};
use crate::source::parts::{PartSet, SetKind};
use crate::source::suffix::{Stored, Suffix};

/// What may be the data of a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Candidate {
    File(DataFile),
    Parts(Box<PartSet>),
}

/// The best of a listing so far: the data of the wanted date, or of the newest date in any name. The time of upload plays no
/// part. Only that is kept: there may be any number.
///
/// Several of one date are one data set in several forms: the manifest first, then the others in the order of [`Suffix`],
/// then directories of parts, the files of an UNLOAD, what is of another format than the one that is asked for, and what cannot
/// be loaded; at last the key decides, so that every daemon chooses alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Best {
    wanted: Option<DataDate>,
    format: Option<Format>,
    pub found: Option<Candidate>,
}

impl Best {
    /// Of the wanted date, or of the newest one. `format` is the one that is asked for.
    pub fn of(wanted: Option<DataDate>, format: Option<Format>) -> Self {
        Self { wanted, format, found: None }
    }

    /// Says whether the object is the best now, or a part of it.
    pub fn see(&mut self, named: Named) -> bool {
        if let (Some(Candidate::Parts(set)), Named::Part(name, ..)) = (&mut self.found, &named)
            && set.name == *name
        {
            let Named::Part(_, member, object) = named else { return false };
            set.add(object, member);
            return true;
        }
        let candidate = match named {
            Named::File(file) => Candidate::File(file),
            Named::Part(name, member, object) => {
                Candidate::Parts(Box::new(PartSet::new(name, object, member)))
            }
        };
        let is_wanted = self.wanted.is_none_or(|date| candidate.date() == date);
        let place = candidate.place(self.format);
        let is_better = self.found.as_ref().is_none_or(|best| place < best.place(self.format));
        if is_wanted && is_better {
            self.found = Some(candidate);
        }
        is_wanted && is_better
    }

    /// Whether what was found here comes before what was found in another listing for the same order.
    pub fn is_before(&self, other: &Self) -> bool {
        match (&self.found, &other.found) {
            (Some(found), Some(of_other)) => found.place(self.format) < of_other.place(self.format),
            (found, _) => found.is_some(),
        }
    }
}

impl Candidate {
    pub fn date(&self) -> DataDate {
        match self {
            Self::File(file) => file.date,
            Self::Parts(set) => set.name.date,
        }
    }

    fn place(&self, asked: Option<Format>) -> (Reverse<DataDate>, Kind, Option<&Suffix>, &ObjectUri) {
        let (kind, suffix, uri) = match self {
            Self::File(file) => {
                let kind = match file.suffix {
                    Suffix::Data(Stored { format: Some(format), .. })
                        if asked.is_some_and(|asked| asked != format) =>
                    {
                        Kind::OtherFormat
                    }
                    Suffix::Manifest | Suffix::Data(_) => Kind::File,
                    Suffix::NotSupported(_) => Kind::NotSupported,
                };
                (kind, Some(&file.suffix), &file.object.uri)
            }
            Self::Parts(set) => (Kind::Parts(set.name.kind), None, &set.name.address),
        };
        (Reverse(self.date()), kind, suffix, uri)
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    File,
    Parts(SetKind),
    /// By its suffix. What a name leaves open is of the format that is asked for.
    OtherFormat,
    NotSupported,
}

#[cfg(test)]
mod tests;
