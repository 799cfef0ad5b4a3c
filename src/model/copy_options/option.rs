//! An option of COPY, with its argument as a value.

use std::fmt::Write as _;

use crate::model::copy_options::word::CopyWord;

/// An option and its argument (redshift-facts 1.4, 1.6, 1.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyOption {
    /// Those without an argument.
    Plain(CopyWord),
    /// What stands in for an invalid character; `None` leaves it to COPY's question mark. An ASCII character but NUL.
    AcceptInvChars(Option<char>),
    CompRows(u32),
    CompUpdate(CompUpdate),
    /// Instead of `auto`, which is always said otherwise.
    DateFormat(String),
    Encoding(Encoding),
    /// In the order of the columns; never empty.
    FixedWidth(Vec<FieldWidth>),
    /// Rows with errors at which the load fails, so that fewer are skipped; none with 0 or 1.
    MaxError(u32),
    /// Any text but a line feed. A backslash stands for itself: `\N`, and `\0` for the NUL character.
    NullAs(String),
    /// An ASCII character.
    Quote(char),
    /// Instead of `auto`, which is always said otherwise; `epochsecs` and `epochmillisecs` among them.
    TimeFormat(String),
}

/// Whether COPY chooses the encodings of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompUpdate {
    Preset,
    On,
    Off,
}

/// The encoding of text files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    /// Its byte order mark says the order.
    Utf16,
    Utf16LittleEndian,
    Utf16BigEndian,
    Iso88591,
}

/// A field of fixed width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldWidth {
    /// Letters, digits and underscores; it means nothing.
    pub label: String,
    /// In characters, at least one [DG copy-parameters-data-conversion, ENCODING].
    pub width: u32,
}

/// The argument of an option, for who writes SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// To be quoted as a literal.
    Text(String),
    Number(u32),
    /// A word of COPY.
    Word(&'static str),
}

impl CopyOption {
    pub fn word(&self) -> CopyWord {
        match self {
            Self::Plain(word) => *word,
            Self::AcceptInvChars(_) => CopyWord::AcceptInvChars,
            Self::CompRows(_) => CopyWord::CompRows,
            Self::CompUpdate(_) => CopyWord::CompUpdate,
            Self::DateFormat(_) => CopyWord::DateFormat,
            Self::Encoding(_) => CopyWord::Encoding,
            Self::FixedWidth(_) => CopyWord::FixedWidth,
            Self::MaxError(_) => CopyWord::MaxError,
            Self::NullAs(_) => CopyWord::NullAs,
            Self::Quote(_) => CopyWord::Quote,
            Self::TimeFormat(_) => CopyWord::TimeFormat,
        }
    }

    /// What stands behind its word in COPY; `None` for nothing.
    pub fn argument(&self) -> Option<Argument> {
        Some(match self {
            Self::Plain(_) => return None,
            Self::AcceptInvChars(character) => Argument::Text((*character)?.to_string()),
            Self::CompRows(rows) | Self::MaxError(rows) => Argument::Number(*rows),
            Self::CompUpdate(CompUpdate::Preset) => Argument::Word("PRESET"),
            Self::CompUpdate(CompUpdate::On) => Argument::Word("ON"),
            Self::CompUpdate(CompUpdate::Off) => Argument::Word("OFF"),
            Self::DateFormat(text) | Self::NullAs(text) | Self::TimeFormat(text) => {
                Argument::Text(text.clone())
            }
            Self::Encoding(encoding) => Argument::Word(encoding.word()),
            Self::FixedWidth(widths) => Argument::Text(specification(widths)),
            Self::Quote(quote) => Argument::Text(quote.to_string()),
        })
    }
}

impl Encoding {
    pub const ALL: [Self; 5] =
        [Self::Utf8, Self::Utf16, Self::Utf16LittleEndian, Self::Utf16BigEndian, Self::Iso88591];

    /// As COPY calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF8",
            Self::Utf16 => "UTF16",
            Self::Utf16LittleEndian => "UTF16LE",
            Self::Utf16BigEndian => "UTF16BE",
            Self::Iso88591 => "ISO88591",
        }
    }
}

/// `id:3,name:10`
fn specification(widths: &[FieldWidth]) -> String {
    let mut text = String::new();
    for (place, FieldWidth { label, width }) in widths.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        write!(text, "{comma}{label}:{width}").expect("a string takes any text");
    }
    text
}
