//! What a COPY asks for beside its format: how objects are read, values converted, errors counted (facts 1.2 to 1.7).

use super::clauses::Clauses;
use super::format::{Format, one_character};
use super::keyword::Keyword;
use crate::copy::value::pattern::Pattern;
use crate::sql::refusal::Refusal;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    pub format: Format,
    pub compression: Compression,
    pub encoding: Encoding,
    pub manifest: bool,
    /// Where the bucket is, if not where we are.
    pub region: Option<String>,
    pub tolerance: Tolerance,
    pub no_load: bool,
    pub ignore_header: u64,
    pub ignore_blank_lines: bool,
    pub fill_record: bool,
    pub null_as: String,
    pub empty_as_null: bool,
    pub blanks_as_null: bool,
    pub trim_blanks: bool,
    pub truncate_columns: bool,
    pub round_decimals: bool,
    pub accept_any_date: bool,
    /// What stands in for an invalid character.
    pub accept_invalid_characters: Option<u8>,
    pub time_format: TimeFormat,
    pub date_format: DateFormat,
    pub explicit_ids: bool,
    /// STATUPDATE ON, which is for the table's owner.
    pub update_statistics: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Compression {
    #[default]
    None,
    Gzip,
    Bzip2,
    Zstd,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    #[default]
    Utf8,
    /// The byte order is the one that the byte order mark tells.
    Utf16,
    Utf16LittleEndian,
    Utf16BigEndian,
    Iso88591,
}

/// How many bad rows the load bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tolerance {
    /// It fails when errors reach this number (fact 1.7).
    FailsAt(u64),
    IgnoresAll,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum TimeFormat {
    /// `YYYY-MM-DD HH:MI:SS`, with an offset behind it for TIMESTAMPTZ.
    #[default]
    Standard,
    /// Most spellings of a date and time, epochs not among them.
    Auto,
    EpochSeconds,
    EpochMilliseconds,
    /// What the columnar formats keep; no statement says it.
    EpochMicroseconds,
    Pattern(Pattern),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum DateFormat {
    /// `YYYY-MM-DD`
    #[default]
    Standard,
    Auto,
    /// What the columnar formats keep; no statement says it.
    EpochDays,
    Pattern(Pattern),
}

impl Default for Options {
    fn default() -> Self {
        Self::of(&Clauses::default()).expect("a statement without options is in order")
    }
}

impl Options {
    pub(crate) fn of(clauses: &Clauses) -> Result<Self, Refusal> {
        let says = |keyword| clauses.says(keyword);
        let format = Format::of(clauses)?;
        let (default_time, default_date) = if format.is_columnar() {
            (TimeFormat::EpochMicroseconds, DateFormat::EpochDays)
        } else {
            Default::default()
        };
        let replacement =
            clauses.text(Keyword::AcceptInvChars, |text| one_character(Keyword::AcceptInvChars, text))?;
        Ok(Self {
            format,
            compression: Compression::of(clauses),
            encoding: clauses.text(Keyword::Encoding, encoding)?.unwrap_or_default(),
            manifest: says(Keyword::Manifest),
            region: clauses.text(Keyword::Region, |text| Ok(text.to_owned()))?,
            tolerance: match clauses.count(Keyword::MaxError) {
                _ if says(Keyword::IgnoreAllErrors) => Tolerance::IgnoresAll,
                // Without MAXERROR, and with 0, the first error fails the load.
                count => Tolerance::FailsAt(count.unwrap_or(0).max(1)),
            },
            no_load: says(Keyword::NoLoad),
            ignore_header: clauses.count(Keyword::IgnoreHeader).unwrap_or(0),
            ignore_blank_lines: says(Keyword::IgnoreBlankLines),
            fill_record: says(Keyword::FillRecord),
            null_as: clauses.text(Keyword::NullAs, null_as)?.unwrap_or_else(|| "\\N".to_owned()),
            empty_as_null: says(Keyword::EmptyAsNull),
            blanks_as_null: says(Keyword::BlanksAsNull),
            trim_blanks: says(Keyword::TrimBlanks),
            truncate_columns: says(Keyword::TruncateColumns),
            round_decimals: says(Keyword::RoundDec),
            accept_any_date: says(Keyword::AcceptAnyDate),
            accept_invalid_characters: says(Keyword::AcceptInvChars).then(|| replacement.unwrap_or(b'?')),
            time_format: clauses.text(Keyword::TimeFormat, time_format)?.unwrap_or(default_time),
            date_format: clauses.text(Keyword::DateFormat, date_format)?.unwrap_or(default_date),
            explicit_ids: says(Keyword::ExplicitIds),
            update_statistics: clauses.says_on(Keyword::StatUpdate),
        })
    }
}

impl Compression {
    fn of(clauses: &Clauses) -> Self {
        match () {
            () if clauses.says(Keyword::Gzip) => Self::Gzip,
            () if clauses.says(Keyword::Bzip2) => Self::Bzip2,
            () if clauses.says(Keyword::Zstd) => Self::Zstd,
            () => Self::None,
        }
    }
}

fn encoding(text: &str) -> Result<Encoding, Refusal> {
    match text.to_ascii_uppercase().as_str() {
        "UTF8" => Ok(Encoding::Utf8),
        "UTF16" => Ok(Encoding::Utf16),
        "UTF16LE" => Ok(Encoding::Utf16LittleEndian),
        "UTF16BE" => Ok(Encoding::Utf16BigEndian),
        "ISO88591" => Ok(Encoding::Iso88591),
        _ => Err(Refusal::new("42601", format!("invalid ENCODING '{text}'"))),
    }
}

/// Any text but a newline [DG copy-parameters-data-conversion].
fn null_as(text: &str) -> Result<String, Refusal> {
    if text == "\n" {
        return Err(Refusal::new("42601", "NULL AS cannot be a newline"));
    }
    Ok(text.to_owned())
}

/// The key words are case-sensitive (fact 1.6).
fn time_format(text: &str) -> Result<TimeFormat, Refusal> {
    match text {
        "auto" => Ok(TimeFormat::Auto),
        "epochsecs" => Ok(TimeFormat::EpochSeconds),
        "epochmillisecs" => Ok(TimeFormat::EpochMilliseconds),
        "YYYY-MM-DD HH:MI:SS" | "YYYY-MM-DD HH24:MI:SS" => Ok(TimeFormat::Standard),
        _ => pattern(Keyword::TimeFormat, text).map(TimeFormat::Pattern),
    }
}

fn date_format(text: &str) -> Result<DateFormat, Refusal> {
    match text {
        "auto" => Ok(DateFormat::Auto),
        "YYYY-MM-DD" => Ok(DateFormat::Standard),
        _ => pattern(Keyword::DateFormat, text).map(DateFormat::Pattern),
    }
}

fn pattern(keyword: Keyword, text: &str) -> Result<Pattern, Refusal> {
    Pattern::parse(text).ok_or_else(|| Refusal::not_covered(&format!("{keyword} '{text}'")))
}
