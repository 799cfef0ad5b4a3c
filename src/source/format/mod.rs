//! What files of each format look like: a file per format.
//!
//! What COPY takes beside each stands in [`copy_options`](crate::model::copy_options).

mod avro;
mod csv;
mod delimited;
mod fixed_width;
mod json;
mod orc;
mod parquet;

use crate::model::format::Format;

/// What is known of the files of a format.
pub struct FileFacts {
    /// The ends of names that say the format, in lower case, the usual one first.
    pub suffixes: &'static [&'static str],
    /// Bytes that every such file begins with.
    pub magic: &'static [u8],
    /// How it packs its own pages or blocks, as writers put it before the suffix: `part-0000.snappy.parquet`.
    pub inner_codecs: &'static [&'static str],
    /// Whether a file may also be packed as a whole, so that COPY is told GZIP, BZIP2 or ZSTD.
    pub is_packed_whole: bool,
    /// What is wrong with the unpacked beginning of a file, which is not empty and not of another known form, as a clause
    /// that follows the file's name. `None` when it begins as it should.
    pub oddity: fn(start: &[u8]) -> Option<String>,
}

/// The facts of a format.
pub fn facts(format: Format) -> &'static FileFacts {
    match format {
        Format::Json => &json::FACTS,
        Format::Csv => &csv::FACTS,
        Format::Delimited => &delimited::FACTS,
        Format::FixedWidth => &fixed_width::FACTS,
        Format::Avro => &avro::FACTS,
        Format::Parquet => &parquet::FACTS,
        Format::Orc => &orc::FACTS,
    }
}

/// What text is not, whichever the format: HTML that a server sent instead of the file, say.
fn odd_text(start: &[u8]) -> Option<String> {
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace())?;
    let rest = start.trim_ascii_start().to_ascii_lowercase();
    let is_page = [b"<!doctype".as_slice(), b"<html", b"<?xml"].iter().any(|page| rest.starts_with(page));
    match first {
        b'<' if is_page => Some("is HTML or XML, perhaps the error page of a server".to_owned()),
        0 => Some("begins with a NUL byte, as text does not".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn no_suffix_is_that_of_two_formats() {
        let mut all: Vec<&str> = Format::iter().flat_map(|format| facts(format).suffixes).copied().collect();
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn what_is_columnar_is_never_packed_as_a_whole() {
        // COPY takes no word of compression beside them (redshift-facts 1.5).
        for format in Format::iter() {
            assert_eq!(facts(format).is_packed_whole, !format.is_columnar(), "{format}");
        }
    }
}
