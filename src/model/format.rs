//! How data files are written, and how they are packed, as COPY tells them apart (redshift-facts 1.4, 1.5).
//!
//! What a file of each format looks like stands in [`source::format`](crate::source::format).

use std::fmt;

/// A format of data files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::EnumIter)]
pub enum Format {
    Json,
    Csv,
    /// Fields between delimiters, as UNLOAD writes them.
    Delimited,
    /// No word of the field `format`: asked with the option FIXEDWIDTH, which is where its widths stand.
    FixedWidth,
    Avro,
    Parquet,
    Orc,
}

/// How the values of a file find their columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mapping {
    /// By name; what has no column is dropped in silence.
    Name,
    /// By their place, among the columns that COPY lists.
    Position,
}

impl Format {
    /// The words of the field `format`, in the order in which a sentence lists them.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("json", Self::Json),
        ("csv", Self::Csv),
        ("delimited", Self::Delimited),
        ("avro", Self::Avro),
        ("parquet", Self::Parquet),
        ("orc", Self::Orc),
    ];

    /// The words alone.
    pub const NAMES: [&'static str; Self::WORDS.len()] = {
        let mut names = [""; Self::WORDS.len()];
        let mut at = 0;
        while at < names.len() {
            names[at] = Self::WORDS[at].0;
            at += 1;
        }
        names
    };

    /// The format that a word of the field `format` names.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, format)| *format)
    }

    /// As sentences call it; also its word in the field `format`, where it has one.
    pub fn word(self) -> &'static str {
        let word = Self::WORDS.iter().find(|(_, format)| *format == self).map(|(word, _)| *word);
        word.unwrap_or("fixed width")
    }

    /// Read column by column, through Redshift Spectrum, which takes next to none of COPY's options (redshift-facts 1.8).
    pub fn is_columnar(self) -> bool {
        matches!(self, Self::Parquet | Self::Orc)
    }

    pub fn mapping(self) -> Mapping {
        match self {
            Self::Json | Self::Avro => Mapping::Name,
            Self::Csv | Self::Delimited | Self::FixedWidth | Self::Parquet | Self::Orc => Mapping::Position,
        }
    }

    /// Whether its files may begin with lines that are no rows, which COPY skips. Of JSON every line is data.
    pub fn has_header(self) -> bool {
        matches!(self, Self::Csv | Self::Delimited | Self::FixedWidth)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How a file is packed as a whole. What Parquet, ORC and Avro pack inside of themselves is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, strum::EnumIter)]
pub enum Compression {
    #[default]
    None,
    Gzip,
    Bzip2,
    Zstd,
}

impl Compression {
    /// Its suffixes, the usual one first; none for what is not packed.
    pub fn suffixes(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::Gzip => &["gz", "gzip"],
            Self::Bzip2 => &["bz2"],
            Self::Zstd => &["zst"],
        }
    }

    /// As sentences call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "not compressed",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Zstd => "zstd",
        }
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn the_words_of_formats_are_read_back() {
        for (word, format) in Format::WORDS {
            assert_eq!((Format::parse(word), format.word()), (Some(format), word));
        }
        for word in ["JSON", "fixed width", "fixedwidth", "tsv", ""] {
            assert_eq!(Format::parse(word), None, "{word}");
        }
        assert_eq!(Format::iter().filter(|format| Format::parse(format.word()).is_none()).count(), 1);
    }

    #[test]
    fn what_is_columnar_goes_by_position_and_has_no_lines() {
        for format in Format::iter().filter(|format| format.is_columnar()) {
            assert_eq!((format.mapping(), format.has_header()), (Mapping::Position, false), "{format}");
        }
    }
}
