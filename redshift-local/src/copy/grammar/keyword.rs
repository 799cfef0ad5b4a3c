//! The words of COPY's options, each with what may follow it (facts 1.2 to 1.7).

use std::fmt;

/// An option of COPY, whether or not this program covers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Keyword {
    Avro,
    Csv,
    FixedWidth,
    Json,
    Orc,
    Parquet,
    Shapefile,
    Delimiter,
    Quote,
    SerializeToJson,
    Simplify,
    Bzip2,
    Gzip,
    Lzop,
    Zstd,
    Encrypted,
    Manifest,
    MasterSymmetricKey,
    ReadRatio,
    Region,
    Ssh,
    AcceptAnyDate,
    AcceptInvChars,
    BlanksAsNull,
    DateFormat,
    EmptyAsNull,
    Encoding,
    Escape,
    ExplicitIds,
    FillRecord,
    IgnoreBlankLines,
    IgnoreHeader,
    NullAs,
    RemoveQuotes,
    RoundDec,
    TimeFormat,
    TrimBlanks,
    TruncateColumns,
    CompRows,
    CompUpdate,
    IgnoreAllErrors,
    MaxError,
    NoLoad,
    StatUpdate,
}

/// What may follow a word. `AS` may be left out everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Nothing,
    /// `[AS] 'text'`
    Text,
    /// `[AS] ['text']`
    PerhapsText,
    /// `[AS] word`, quoted or not.
    Name,
    /// `[AS] n`, quoted or not.
    Count(u64, u64),
    /// `[ON | OFF | TRUE | FALSE | PRESET]`
    Switch,
    /// `[AUTO] [n]`
    Tolerance,
}

/// The grammar as a table; the text is how messages call the option, and its first word is what it begins with.
pub(crate) const OPTIONS: [(Keyword, &str, Takes); 44] = [
    (Keyword::Avro, "AVRO", Takes::Text),
    (Keyword::Csv, "CSV", Takes::Nothing),
    (Keyword::FixedWidth, "FIXEDWIDTH", Takes::Text),
    (Keyword::Json, "JSON", Takes::Text),
    (Keyword::Orc, "ORC", Takes::Nothing),
    (Keyword::Parquet, "PARQUET", Takes::Nothing),
    (Keyword::Shapefile, "SHAPEFILE", Takes::Nothing),
    (Keyword::Delimiter, "DELIMITER", Takes::Text),
    (Keyword::Quote, "QUOTE", Takes::Text),
    (Keyword::SerializeToJson, "SERIALIZETOJSON", Takes::Nothing),
    (Keyword::Simplify, "SIMPLIFY", Takes::Tolerance),
    (Keyword::Bzip2, "BZIP2", Takes::Nothing),
    (Keyword::Gzip, "GZIP", Takes::Nothing),
    (Keyword::Lzop, "LZOP", Takes::Nothing),
    (Keyword::Zstd, "ZSTD", Takes::Nothing),
    (Keyword::Encrypted, "ENCRYPTED", Takes::Nothing),
    (Keyword::Manifest, "MANIFEST", Takes::Nothing),
    (Keyword::MasterSymmetricKey, "MASTER_SYMMETRIC_KEY", Takes::Text),
    (Keyword::ReadRatio, "READRATIO", Takes::Count(1, 200)),
    (Keyword::Region, "REGION", Takes::Text),
    (Keyword::Ssh, "SSH", Takes::Nothing),
    (Keyword::AcceptAnyDate, "ACCEPTANYDATE", Takes::Nothing),
    (Keyword::AcceptInvChars, "ACCEPTINVCHARS", Takes::PerhapsText),
    (Keyword::BlanksAsNull, "BLANKSASNULL", Takes::Nothing),
    (Keyword::DateFormat, "DATEFORMAT", Takes::Text),
    (Keyword::EmptyAsNull, "EMPTYASNULL", Takes::Nothing),
    (Keyword::Encoding, "ENCODING", Takes::Name),
    (Keyword::Escape, "ESCAPE", Takes::Nothing),
    (Keyword::ExplicitIds, "EXPLICIT_IDS", Takes::Nothing),
    (Keyword::FillRecord, "FILLRECORD", Takes::Nothing),
    (Keyword::IgnoreBlankLines, "IGNOREBLANKLINES", Takes::Nothing),
    (Keyword::IgnoreHeader, "IGNOREHEADER", Takes::Count(0, u64::MAX)),
    (Keyword::NullAs, "NULL AS", Takes::Text),
    (Keyword::RemoveQuotes, "REMOVEQUOTES", Takes::Nothing),
    (Keyword::RoundDec, "ROUNDEC", Takes::Nothing),
    (Keyword::TimeFormat, "TIMEFORMAT", Takes::Text),
    (Keyword::TrimBlanks, "TRIMBLANKS", Takes::Nothing),
    (Keyword::TruncateColumns, "TRUNCATECOLUMNS", Takes::Nothing),
    (Keyword::CompRows, "COMPROWS", Takes::Count(1_000, 2_147_483_647)),
    (Keyword::CompUpdate, "COMPUPDATE", Takes::Switch),
    (Keyword::IgnoreAllErrors, "IGNOREALLERRORS", Takes::Nothing),
    (Keyword::MaxError, "MAXERROR", Takes::Count(0, 100_000)),
    (Keyword::NoLoad, "NOLOAD", Takes::Nothing),
    (Keyword::StatUpdate, "STATUPDATE", Takes::Switch),
];

/// What `[FORMAT] [AS]` may stand before.
pub(crate) const FORMATS: [Keyword; 8] = [
    Keyword::Avro,
    Keyword::Csv,
    Keyword::Delimiter,
    Keyword::FixedWidth,
    Keyword::Json,
    Keyword::Orc,
    Keyword::Parquet,
    Keyword::Shapefile,
];

impl Keyword {
    /// The option that begins with this word, and what may follow.
    pub(crate) fn find(word: &str) -> Option<(Self, Takes)> {
        let begins =
            |label: &str| label.split(' ').next().is_some_and(|first| first.eq_ignore_ascii_case(word));
        OPTIONS.iter().find(|(_, label, _)| begins(label)).map(|&(keyword, _, takes)| (keyword, takes))
    }
}

impl Keyword {
    fn label(self) -> &'static str {
        OPTIONS.iter().find(|(keyword, ..)| *keyword == self).map_or("", |(_, label, _)| label)
    }

    /// The word that it begins with.
    pub(crate) fn first_word(self) -> &'static str {
        self.label().split(' ').next().unwrap_or_default()
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.label())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_its_place_in_the_table() {
        for (place, (keyword, label, takes)) in OPTIONS.iter().enumerate() {
            assert_eq!(*keyword as usize, place, "{label}");
            let first = label.split(' ').next().expect("a label has a word");
            assert_eq!(Keyword::find(&first.to_lowercase()), Some((*keyword, *takes)));
        }
    }
}
