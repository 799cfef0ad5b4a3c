//! What a request asks for each of its tables alike.

use std::path::PathBuf;

use crate::model::data_date::DataDate;
use crate::model::duplicates::Duplicates;
use crate::model::file_terms::FileTerms;
use crate::model::granularity::Granularity;
use crate::model::ident::Ident;
use crate::model::load_mode::LoadMode;
use crate::model::object::{ObjectUri, SourceBucket};
use crate::model::problems::Problems;
use crate::model::shown::excerpt;
use crate::model::target_table::TargetTable;
use crate::model::window::Window;
use crate::model::zone::{Span, Zone};
use crate::request::{InvalidRequest, LoadRequest};

/// What a request asks for each of its tables alike. Requests of equal terms ask for the same load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Where the files are.
    pub source: SourceBucket,
    pub selection: Selection,
    /// Whose rows are replaced; `None` when the request does not say.
    pub granularity: Option<Granularity>,
    /// Of the data date column.
    pub zone: Option<Zone>,
    /// Of granularity stream: a span that makes a [`Window`].
    pub stream: Option<Span>,
    /// `None` when the request does not say.
    pub mode: Option<LoadMode>,
    /// Of a merge; `None` when the request does not say.
    pub duplicates: Option<Duplicates>,
    /// How the files are written.
    pub files: FileTerms,
    /// A table config instead of the one beside the data file.
    pub config: Option<ConfigLocation>,
    /// Roll back when COPY loads another number; only with a single target.
    pub expected_rows: Option<u64>,
}

/// Which of the files is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Selection {
    #[default]
    Newest,
    /// The one of this data date.
    Date(DataDate),
}

/// Where a table config is when the request names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ConfigLocation {
    S3(ObjectUri),
    /// Any path: a person at this machine names it.
    Local(PathBuf),
    /// A file of the daemon's directory of table configs, by its path from there: a message names it.
    InDirectory {
        directory: PathBuf,
        file: PathBuf,
    },
}

/// A request while it is read, field by field.
#[derive(Debug, Default)]
pub struct Draft {
    pub schema: Option<Ident>,
    pub tables: Vec<Ident>,
    pub force: bool,
    pub source: Option<SourceBucket>,
    pub selection: Selection,
    pub truncate: bool,
    pub mode: Option<LoadMode>,
    pub duplicates: Option<Duplicates>,
    pub granularity: Option<Granularity>,
    pub zone: Option<Zone>,
    pub stream_start: Option<DataDate>,
    pub stream_end: Option<DataDate>,
    pub files: FileTerms,
    pub config: Option<ConfigLocation>,
    pub expected_rows: Option<u64>,
}

impl Terms {
    /// The newest file of `source`, and nothing else said.
    pub fn of(source: SourceBucket) -> Self {
        Self {
            source,
            selection: Selection::Newest,
            granularity: None,
            zone: None,
            stream: None,
            mode: None,
            duplicates: None,
            files: FileTerms::default(),
            config: None,
            expected_rows: None,
        }
    }

    /// Whether the rows of the table are to go, whatever their data date, as far as the request says.
    pub fn replace_all(&self) -> bool {
        self.mode == Some(LoadMode::Replace)
    }
}

impl Selection {
    /// The only data date that is wanted; `None` for the newest.
    pub fn date(&self) -> Option<DataDate> {
        match self {
            Self::Newest => None,
            Self::Date(date) => Some(*date),
        }
    }
}

impl ConfigLocation {
    /// Reads an address on S3, or a path; otherwise says what is wrong with `config`.
    pub fn parse(raw: &str) -> Result<Self, String> {
        if raw.trim().is_empty() {
            return Err("`config` must be an s3:// address or a path, or be left out".to_owned());
        }
        if raw.contains("://") && !raw.starts_with("s3://") {
            return Err(format!("`config` must be an s3:// address or a path, not `{}`", excerpt(raw)));
        }
        if !raw.starts_with("s3://") {
            return Ok(Self::Local(PathBuf::from(raw)));
        }
        ObjectUri::parse(raw).map(Self::S3).map_err(|error| format!("`config`: {error}"))
    }
}

impl Draft {
    /// The span that the request names, if it is one.
    fn stream(&self) -> Result<Option<Span>, String> {
        let takes_span = self.granularity.map(Granularity::takes_span);
        let span = match (self.stream_start, self.stream_end) {
            (None, None) if takes_span == Some(true) => {
                return Err("`granularity: stream` needs `stream_start` and `stream_end`".to_owned());
            }
            (None, None) => return Ok(None),
            (Some(_), None) => return Err("`stream_start` needs `stream_end`".to_owned()),
            (None, Some(_)) => return Err("`stream_end` needs `stream_start`".to_owned()),
            (Some(start), Some(end)) => Span { start: start.instant(), end: end.instant() },
        };
        if takes_span == Some(false) {
            return Err("`stream_start` and `stream_end` belong to `granularity: stream`".to_owned());
        }
        match Window::stream(span, Zone::UTC) {
            Some(_) => Ok(Some(span)),
            None => {
                Err("`stream_start` must be before `stream_end`, and both be in the years 1 to 9999 and have six decimals at most"
                    .to_owned())
            }
        }
    }

    /// The request, if nothing is wrong with it; else all problems, after those that are known.
    pub(super) fn finish(self, known: Problems) -> Result<LoadRequest, InvalidRequest> {
        let mut problems = known;
        if self.expected_rows.is_some() && self.tables.len() > 1 {
            problems.add(
                "`expected_rows` is about one table, and `tables` names several; send a message for each",
            );
        }
        let stream = problems.noted(self.stream()).flatten();
        match self.mode {
            Some(mode @ (LoadMode::Append | LoadMode::Merge)) if self.truncate => problems.add(format!(
                "`truncate: true` and `mode: {}` contradict each other; send one of them",
                mode.label()
            )),
            _ => {}
        }
        // Without a mode of its own the request may be for a table whose config says merge.
        let is_merge = self.mode.is_none_or(|mode| mode == LoadMode::Merge) && !self.truncate;
        if self.duplicates.is_some() && !is_merge {
            problems.add("`duplicates` belongs to `mode: merge`; leave it out, or send this mode");
        }
        let in_schema = |schema: Ident| {
            self.tables.into_iter().map(|table| TargetTable { schema: schema.clone(), table }).collect()
        };
        let targets: Vec<TargetTable> = self.schema.map(in_schema).unwrap_or_default();
        let Some(source) = self.source.filter(|_| problems.is_empty()) else {
            return Err(InvalidRequest { problems: problems.into_list(), targets });
        };
        let terms = Terms {
            source,
            selection: self.selection,
            granularity: self.granularity,
            zone: self.zone,
            stream,
            mode: if self.truncate { Some(LoadMode::Replace) } else { self.mode },
            duplicates: self.duplicates,
            files: self.files,
            config: self.config,
            expected_rows: self.expected_rows,
        };
        Ok(LoadRequest { targets, force: self.force, terms })
    }
}
