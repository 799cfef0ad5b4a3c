//! The words of COPY's options, and what becomes of each: taken, said by a field of ours, or refused.

use std::fmt;

/// An option that may be asked for. The order is that in which they stand in COPY.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::EnumIter)]
pub enum CopyWord {
    FixedWidth,
    Quote,
    SerializeToJson,
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
    NullAs,
    RemoveQuotes,
    RoundDec,
    TimeFormat,
    TrimBlanks,
    CompRows,
    CompUpdate,
    MaxError,
}

impl CopyWord {
    /// As COPY writes it.
    pub fn label(self) -> &'static str {
        match self {
            Self::FixedWidth => "FIXEDWIDTH",
            Self::Quote => "QUOTE AS",
            Self::SerializeToJson => "SERIALIZETOJSON",
            Self::AcceptAnyDate => "ACCEPTANYDATE",
            Self::AcceptInvChars => "ACCEPTINVCHARS",
            Self::BlanksAsNull => "BLANKSASNULL",
            Self::DateFormat => "DATEFORMAT",
            Self::EmptyAsNull => "EMPTYASNULL",
            Self::Encoding => "ENCODING",
            Self::Escape => "ESCAPE",
            Self::ExplicitIds => "EXPLICIT_IDS",
            Self::FillRecord => "FILLRECORD",
            Self::IgnoreBlankLines => "IGNOREBLANKLINES",
            Self::NullAs => "NULL AS",
            Self::RemoveQuotes => "REMOVEQUOTES",
            Self::RoundDec => "ROUNDEC",
            Self::TimeFormat => "TIMEFORMAT",
            Self::TrimBlanks => "TRIMBLANKS",
            Self::CompRows => "COMPROWS",
            Self::CompUpdate => "COMPUPDATE",
            Self::MaxError => "MAXERROR",
        }
    }

    /// The word that an option begins with, in any case.
    pub(super) fn find(first: &str) -> Option<Self> {
        use strum::IntoEnumIterator as _;
        Self::iter().find(|word| {
            word.label().split(' ').next().is_some_and(|label| label.eq_ignore_ascii_case(first))
        })
    }
}

impl fmt::Display for CopyWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// Words of COPY that are no options of ours, each with why, as it follows "GZIP cannot be given, ".
pub(super) const NOT_TAKEN: [(&str, &str); 36] = [
    // What the file, a field or the environment says.
    ("GZIP", "the suffix of the file says it"),
    ("BZIP2", "the suffix of the file says it"),
    ("ZSTD", "the suffix of the file says it"),
    ("LZOP", "files packed by lzop are not loaded"),
    ("FORMAT", "the field `format` says it"),
    ("JSON", "the fields `format` and `json_paths` say it"),
    ("CSV", "the field `format` says it"),
    ("AVRO", "the fields `format` and `json_paths` say it"),
    ("PARQUET", "the field `format` says it"),
    ("ORC", "the field `format` says it"),
    ("DELIMITER", "the field `delimiter` says it"),
    ("IGNOREHEADER", "the field `ignore_header` says it"),
    ("MANIFEST", "COPY is told whenever the files come from one"),
    ("REGION", "the bucket is asked for its region"),
    ("STATUPDATE", "`meta.statupdate` of the table config says it"),
    ("TRUNCATECOLUMNS", "`meta.cuts` of the table config says what happens to values that do not fit"),
    ("USING", "`meta.template` of the table config names a template"),
    ("TEMPLATE", "`meta.template` of the table config names one"),
    ("IAM_ROLE", "REDSHIFT_ROLE_ARN or `meta.role` of the table config says it"),
    ("CREDENTIALS", "REDSHIFT_ROLE_ARN or `meta.role` of the table config says who may read"),
    ("WITH", "REDSHIFT_ROLE_ARN or `meta.role` of the table config says who may read"),
    ("ACCESS_KEY_ID", "REDSHIFT_ROLE_ARN or `meta.role` of the table config says who may read"),
    ("SECRET_ACCESS_KEY", "a message is no place for a secret"),
    ("SESSION_TOKEN", "a message is no place for a secret"),
    // What would break a promise.
    ("IGNOREALLERRORS", "rows that COPY refuses would be skipped without a limit, which MAXERROR has"),
    ("NOLOAD", "nothing would be loaded, and the ledger would say that it was"),
    // What is not about files that we load.
    ("ENCRYPTED", "its key would stand in the message, and in Redshift's log of queries"),
    ("MASTER_SYMMETRIC_KEY", "a message is no place for a secret"),
    ("SHAPEFILE", "shapefiles are not loaded"),
    ("SIMPLIFY", "shapefiles are not loaded"),
    ("SSH", "it is about files on other hosts, and ours are on S3"),
    ("READRATIO", "it is about DynamoDB, and our files are on S3"),
    ("JOB", "COPY JOB loads beside the ledger"),
    ("AUTO", "COPY JOB loads beside the ledger"),
    ("FROM", "the fields `bucket` and `date` say it"),
    ("COPY", "it is no option"),
];

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn no_word_is_both_taken_and_not() {
        for (word, _) in NOT_TAKEN {
            assert_eq!(CopyWord::find(word), None, "{word}");
        }
        for word in CopyWord::iter() {
            let first = word.label().split(' ').next().expect("a label has a word");
            assert_eq!(CopyWord::find(&first.to_lowercase()), Some(word));
        }
    }

    #[test]
    fn the_order_is_that_of_the_guide_format_before_conversion_before_load() {
        assert!(CopyWord::Quote < CopyWord::AcceptAnyDate && CopyWord::TrimBlanks < CopyWord::CompRows);
    }
}
