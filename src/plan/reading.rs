//! How COPY reads the files of a load: out of what message and config say, and of the suffix.

mod by_template;

use std::fmt;

use crate::failure::FailureKind;
use crate::model::copy_options::CopyOptions;
use crate::model::copy_options::conflicts::{Asked, conflicts};
use crate::model::copy_options::option::{CopyOption, Encoding};
use crate::model::copy_options::word::CopyWord;
use crate::model::copy_template::CopyTemplate;
use crate::model::delimiter::Delimiter;
use crate::model::format::{Compression, Format};
use crate::model::object::ObjectUri;
use crate::plan::settings::{FileSettings, Origin, Setting};
use crate::source::head::header::{Dialect, Quoting};
use crate::source::suffix::Stored;

/// How COPY reads the files of a load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub format: Format,
    /// Whether the suffix of the files says the format, as nobody else does.
    pub by_suffix: bool,
    pub compression: Compression,
    /// What was asked for; `None` is the format's own.
    pub delimiter: Option<Delimiter>,
    /// Lines at the start of each file.
    pub ignore_header: u64,
    pub json_paths: Option<ObjectUri>,
    /// Of delimited data: as UNLOAD … ADDQUOTES ESCAPE writes it.
    pub escape: bool,
    pub options: CopyOptions,
    /// The template that COPY is told; what it says is in the other fields already.
    pub template: Option<CopyTemplate>,
}

/// What was asked for does not go together, or says no format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotReadable {
    pub origin: Origin,
    /// Sentences, never empty.
    pub problems: Vec<String>,
}

impl Reading {
    pub fn of(settings: &FileSettings, stored: Stored) -> Result<Self, NotReadable> {
        let FileSettings { format, delimiter, ignore_header, json_paths, copy_options, escape, template } =
            settings;
        let said = format.value.or_else(|| copy_options.value.format());
        // A delimiter makes a file of no format delimited, and stands between the fields of one that is CSV.
        let meant = match stored.format {
            None if delimiter.value.is_some() => Some(Format::Delimited),
            None if json_paths.value.is_some() => Some(Format::Json),
            by_suffix => by_suffix,
        };
        let refused = |problems| NotReadable { origin: settings.origin(), problems };
        let Some(format) = said.or(meant) else {
            return Err(refused(vec![
                "its name does not say its format; say it with `format`, or with `meta.format` in the table config"
                    .to_owned(),
            ]));
        };
        let reading = Self {
            format,
            by_suffix: said.is_none() && stored.format == Some(format),
            compression: stored.compression,
            delimiter: delimiter.value.clone(),
            ignore_header: ignore_header.value,
            json_paths: json_paths.value.clone(),
            escape: escape.value,
            options: copy_options.value.clone(),
            template: None,
        };
        let found = reading.conflicts(escape);
        if !found.is_empty() {
            return Err(refused(found));
        }
        match template {
            None => Ok(reading),
            Some(template) => by_template::completed(reading, settings, template)
                .map_err(|problems| NotReadable { origin: Origin::Config, problems }),
        }
    }

    /// `escape` is the setting, which matters where somebody says it.
    fn conflicts(&self, escape: &Setting<bool>) -> Vec<String> {
        conflicts(&Asked {
            format: self.format,
            compression: self.compression,
            delimiter: self.delimiter.as_ref(),
            ignore_header: self.ignore_header,
            json_paths: self.json_paths.is_some(),
            escape: (escape.origin != Origin::Default).then_some(escape.value),
            options: &self.options,
        })
    }

    /// What stands between fields of text.
    pub fn separator(&self) -> &str {
        let own = if self.format == Format::Csv { Delimiter::COMMA } else { Delimiter::PIPE };
        self.delimiter.as_ref().map_or(own, Delimiter::as_str)
    }

    /// Whether the last skipped line may name the columns.
    pub fn may_have_header(&self) -> bool {
        self.ignore_header > 0 && matches!(self.format, Format::Csv | Format::Delimited)
    }

    /// How the fields of that line are written.
    pub fn dialect(&self) -> Dialect<'_> {
        let quoting = match self.format {
            Format::Csv => Quoting::Doubled(self.options.quote().unwrap_or('"')),
            _ => Quoting::Marks {
                escape: self.says_of_delimited(CopyWord::Escape),
                remove_quotes: self.says_of_delimited(CopyWord::RemoveQuotes),
            },
        };
        Dialect { delimiter: self.separator(), quoting }
    }

    /// Whether COPY is told ESCAPE, or REMOVEQUOTES: delimited data is as UNLOAD writes it, unless somebody says otherwise.
    pub fn says_of_delimited(&self, word: CopyWord) -> bool {
        (self.escape && self.format == Format::Delimited) || self.options.says(word)
    }

    pub fn encoding(&self) -> Encoding {
        let said = self.options.iter().find_map(|option| match option {
            CopyOption::Encoding(encoding) => Some(*encoding),
            _ => None,
        });
        said.unwrap_or(Encoding::Utf8)
    }

    /// Whether objects can be kept whole, besides their values in columns.
    pub fn can_rescue(&self) -> bool {
        self.format == Format::Json && self.json_paths.is_none()
    }

    /// Whether keys and fields find their columns by name, with no list of paths.
    pub fn goes_by_name(&self) -> bool {
        matches!(self.format, Format::Json | Format::Avro) && self.json_paths.is_none()
    }
}

impl NotReadable {
    pub fn kind(&self) -> FailureKind {
        match self.origin {
            Origin::Message => FailureKind::InvalidRequest,
            Origin::Config => FailureKind::InvalidTableConfig,
            Origin::Default => FailureKind::UnusableDataFile,
        }
    }
}

impl fmt::Display for NotReadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::file_terms::FileTerms;
    use crate::source::suffix::Suffix;

    fn reading(suffix: &str, say: impl FnOnce(&mut FileTerms)) -> Result<Reading, String> {
        let Some(Suffix::Data(stored)) = Suffix::parse(suffix) else { panic!("{suffix} is not of data") };
        let mut terms = FileTerms::default();
        say(&mut terms);
        let settings = FileSettings::of(&terms, &FileTerms::default());
        Reading::of(&settings, stored).map_err(|refused| refused.to_string())
    }

    fn format(suffix: &str, say: impl FnOnce(&mut FileTerms)) -> Format {
        reading(suffix, say).unwrap().format
    }

    #[test]
    fn the_suffix_says_the_format_unless_somebody_does() {
        assert_eq!(format("csv.gz", |_| {}), Format::Csv);
        assert_eq!(format("json", |terms| terms.format = Some(Format::Csv)), Format::Csv);
        assert_eq!(format("gz", |terms| terms.format = Some(Format::Json)), Format::Json);
        assert!(reading("txt", |_| {}).unwrap_err().contains("say it with `format`"));
    }

    #[test]
    fn a_delimiter_means_delimited_where_the_suffix_does_not_say_csv() {
        let semicolon = |terms: &mut FileTerms| terms.read_delimiter(";").unwrap();
        assert_eq!(format("txt", semicolon), Format::Delimited);
        assert_eq!(format("csv", semicolon), Format::Csv);
        assert!(
            reading("parquet", semicolon)
                .unwrap_err()
                .contains("`delimiter` does not go with format parquet")
        );
    }

    #[test]
    fn fixed_width_is_said_by_an_option() {
        let widths = |terms: &mut FileTerms| terms.read_copy_options(["FIXEDWIDTH 'a:1'"]).unwrap();
        assert_eq!(format("txt", widths), Format::FixedWidth);
        assert!(
            reading("txt", |terms| {
                widths(terms);
                terms.format = Some(Format::Csv);
            })
            .unwrap_err()
            .contains("leave `format` away")
        );
    }
}
