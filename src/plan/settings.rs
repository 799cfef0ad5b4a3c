//! What a load does where message and table config may both say it: the message wins.

use std::fmt;

use crate::model::copy_options::CopyOptions;
use crate::model::copy_template::CopyTemplate;
use crate::model::data_date::DataDate;
use crate::model::delimiter::Delimiter;
use crate::model::duplicates::Duplicates;
use crate::model::file_terms::FileTerms;
use crate::model::format::Format;
use crate::model::granularity::Granularity;
use crate::model::load_mode::LoadMode;
use crate::model::object::ObjectUri;
use crate::model::table::TableOptions;
use crate::model::window::Window;
use crate::model::zone::Zone;
use crate::request::terms::Terms;

/// Who has said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Message,
    /// The `meta` of the table config.
    Config,
    /// Nobody.
    Default,
}

/// A value, and who has said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    pub value: T,
    pub origin: Origin,
}

/// All settings of one load that have two places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub granularity: Setting<Granularity>,
    /// Of the data date column.
    pub zone: Setting<Zone>,
    pub mode: Setting<LoadMode>,
    /// Of a merge.
    pub duplicates: Setting<Duplicates>,
    pub files: FileSettings,
}

/// How the files are written, as far as somebody says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSettings {
    pub format: Setting<Option<Format>>,
    pub delimiter: Setting<Option<Delimiter>>,
    /// Lines at the start of each file.
    pub ignore_header: Setting<u64>,
    pub json_paths: Setting<Option<ObjectUri>>,
    pub copy_options: Setting<CopyOptions>,
    /// Of delimited data.
    pub escape: Setting<bool>,
    /// As Redshift has it, of the name in the config; it says what nobody else does.
    pub template: Option<CopyTemplate>,
}

/// A granularity and a span that do not belong together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoWindow {
    #[error(
        "granularity stream ({0}) replaces the rows of a span, and the message names none; send `stream_start` and `stream_end`"
    )]
    SpanMissing(Origin),
    #[error(
        "`stream_start` and `stream_end` belong to granularity stream, and it is {granularity} ({origin}); send `granularity: stream`, or \
         leave the span out"
    )]
    SpanUnused { granularity: &'static str, origin: Origin },
}

impl<T> Setting<T> {
    fn of(message: Option<T>, config: Option<T>, default: T) -> Self {
        match (message, config) {
            (Some(value), _) => Self { value, origin: Origin::Message },
            (None, Some(value)) => Self { value, origin: Origin::Config },
            (None, None) => Self { value: default, origin: Origin::Default },
        }
    }
}

impl Settings {
    pub fn of(terms: &Terms, options: &TableOptions) -> Self {
        Self {
            granularity: Setting::of(terms.granularity, options.granularity, Granularity::default()),
            zone: Setting::of(terms.zone, options.zone, Zone::UTC),
            mode: Setting::of(terms.mode, options.mode, LoadMode::Append),
            duplicates: Setting::of(
                terms.duplicates.clone(),
                options.duplicates.clone(),
                Duplicates::default(),
            ),
            files: FileSettings::of(&terms.files, &options.files),
        }
    }

    /// The window of a file of this date.
    pub fn window(&self, terms: &Terms, date: DataDate) -> Result<Window, NoWindow> {
        let (Setting { value: granularity, origin }, zone) = (&self.granularity, self.zone.value);
        if terms.stream.is_some() && !granularity.takes_span() {
            return Err(NoWindow::SpanUnused { granularity: granularity.label(), origin: *origin });
        }
        Window::of(*granularity, date, terms.stream, zone).ok_or(NoWindow::SpanMissing(*origin))
    }

    /// What is not by default, with its origin, for people.
    pub fn said(&self) -> Vec<String> {
        let Self { granularity, zone, mode, duplicates, files } = self;
        let all = [
            ("granularity", granularity.origin, granularity.value.label().to_owned()),
            ("timezone", zone.origin, zone.value.to_string()),
            ("mode", mode.origin, mode.value.label().to_owned()),
            ("duplicates", duplicates.origin, duplicates.value.to_string()),
        ];
        let all = all.into_iter().chain(files.words());
        let said = all.filter(|(_, origin, _)| *origin != Origin::Default);
        said.map(|(name, origin, value)| format!("{name} {value} ({origin})")).collect()
    }
}

impl FileSettings {
    pub fn of(message: &FileTerms, config: &FileTerms) -> Self {
        fn perhaps<T: Clone>(message: Option<&T>, config: Option<&T>) -> Setting<Option<T>> {
            Setting::of(message.cloned().map(Some), config.cloned().map(Some), None)
        }
        Self {
            format: perhaps(message.format.as_ref(), config.format.as_ref()),
            delimiter: perhaps(message.delimiter.as_ref(), config.delimiter.as_ref()),
            ignore_header: Setting::of(message.ignore_header, config.ignore_header, 0),
            json_paths: perhaps(message.json_paths.as_ref(), config.json_paths.as_ref()),
            copy_options: Setting::of(
                message.copy_options.clone(),
                config.copy_options.clone(),
                CopyOptions::default(),
            ),
            escape: Setting::of(message.escape, config.escape, true),
            template: None,
        }
    }

    /// Who has to change something when they do not go together: the message, if it says any of them.
    pub fn origin(&self) -> Origin {
        let Self { format, delimiter, ignore_header, json_paths, copy_options, escape, template: _ } = self;
        let origins = [
            format.origin,
            delimiter.origin,
            ignore_header.origin,
            json_paths.origin,
            copy_options.origin,
            escape.origin,
        ];
        let said = |origin: &Origin| origins.contains(origin);
        [Origin::Message, Origin::Config].into_iter().find(said).unwrap_or(Origin::Default)
    }

    /// The name of each, its origin and its value, for people.
    fn words(&self) -> Vec<(&'static str, Origin, String)> {
        let Self { format, delimiter, ignore_header, json_paths, copy_options, escape, template: _ } = self;
        let options = copy_options.value.iter().map(|option| option.word().label());
        vec![
            ("format", format.origin, format.value.map(|format| format.to_string()).unwrap_or_default()),
            (
                "delimiter",
                delimiter.origin,
                delimiter.value.as_ref().map(|delimiter| format!("`{delimiter}`")).unwrap_or_default(),
            ),
            ("ignore_header", ignore_header.origin, ignore_header.value.to_string()),
            (
                "json_paths",
                json_paths.origin,
                json_paths.value.as_ref().map(ToString::to_string).unwrap_or_default(),
            ),
            ("copy_options", copy_options.origin, options.collect::<Vec<_>>().join(" ")),
            ("escape", escape.origin, escape.value.to_string()),
        ]
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Message => "from the message",
            Self::Config => "from the table config",
            Self::Default => "by default",
        })
    }
}
