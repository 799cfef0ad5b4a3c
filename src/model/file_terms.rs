//! What a message, or a config, says of how data files are written.

use crate::model::copy_options::CopyOptions;
use crate::model::delimiter::Delimiter;
use crate::model::format::Format;
use crate::model::object::ObjectUri;
use crate::model::shown::excerpt;

/// What a message, or a config, says of how data files are written; `None` for what it does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileTerms {
    pub format: Option<Format>,
    pub delimiter: Option<Delimiter>,
    /// Lines at the start of each file that are no data.
    pub ignore_header: Option<u64>,
    pub json_paths: Option<ObjectUri>,
    pub copy_options: Option<CopyOptions>,
    /// Whether delimited data is as UNLOAD … ADDQUOTES ESCAPE writes it. Only a config says so.
    pub escape: Option<bool>,
}

/// COPY's own limit is that of an integer; nobody has so many lines before the data.
const MOST_LINES: u64 = 1_000_000;

impl FileTerms {
    /// The format that the field, or an option, names.
    pub fn format_said(&self) -> Option<Format> {
        self.format.or_else(|| self.copy_options.as_ref()?.format())
    }

    /// Each reads one field; errors are whole sentences that name it.
    pub fn read_format(&mut self, word: &str) -> Result<(), String> {
        let words = Format::NAMES.join(", ");
        let format = Format::parse(word)
            .ok_or_else(|| format!("`format` must be one of {words}, not `{}`", excerpt(word)))?;
        self.format = Some(format);
        Ok(())
    }

    pub fn read_delimiter(&mut self, text: &str) -> Result<(), String> {
        self.delimiter = Some(Delimiter::parse(text).map_err(|error| format!("`delimiter`: {error}"))?);
        Ok(())
    }

    pub fn read_ignore_header(&mut self, lines: u64) -> Result<(), String> {
        if lines > MOST_LINES {
            return Err(format!("`ignore_header` is {lines}, at most {MOST_LINES} lines are skipped"));
        }
        self.ignore_header = Some(lines);
        Ok(())
    }

    pub fn read_json_paths(&mut self, address: &str) -> Result<(), String> {
        self.json_paths = Some(ObjectUri::parse(address).map_err(|error| format!("`json_paths`: {error}"))?);
        Ok(())
    }

    /// Every problem of the list is told.
    pub fn read_copy_options<'a>(
        &mut self,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), Vec<String>> {
        self.copy_options = Some(CopyOptions::parse(texts)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_names_the_field() {
        let mut terms = FileTerms::default();
        assert_eq!(
            terms.read_format("tsv").unwrap_err(),
            "`format` must be one of json, csv, delimited, avro, parquet, orc, not `tsv`"
        );
        assert!(terms.read_delimiter("").unwrap_err().starts_with("`delimiter`: "));
        assert!(terms.read_ignore_header(u64::MAX).unwrap_err().starts_with("`ignore_header` "));
        assert!(terms.read_json_paths("paths.json").unwrap_err().starts_with("`json_paths`: "));
        assert!(
            terms
                .read_copy_options(["GZIP"])
                .unwrap_err()
                .iter()
                .all(|problem| problem.starts_with("`copy_options`"))
        );
        assert_eq!(terms, FileTerms::default());
    }
}
