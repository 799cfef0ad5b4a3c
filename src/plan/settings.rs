//! What a load does where message and table config may both say it: the message wins.

use std::fmt;

use crate::model::data_date::DataDate;
use crate::model::granularity::Granularity;
use crate::model::load_mode::LoadMode;
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
        let Self { granularity, zone, mode } = self;
        let all = [
            ("granularity", granularity.origin, granularity.value.label().to_owned()),
            ("timezone", zone.origin, zone.value.to_string()),
            ("mode", mode.origin, mode.value.label().to_owned()),
        ];
        let said = all.into_iter().filter(|(_, origin, _)| *origin != Origin::Default);
        said.map(|(name, origin, value)| format!("{name} {value} ({origin})")).collect()
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
