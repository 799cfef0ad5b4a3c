//! Which options exclude a format, a field of the message, or each other (redshift-facts 0.14, 1.4 to 1.8).

use crate::model::copy_options::CopyOptions;
use crate::model::copy_options::option::{CopyOption, Encoding};
use crate::model::copy_options::word::CopyWord;
use crate::model::delimiter::Delimiter;
use crate::model::format::{Compression, Format};

/// Everything about a COPY that can exclude something else.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// As it was said or found; FIXEDWIDTH among the options is [`Format::FixedWidth`].
    pub format: Format,
    pub compression: Compression,
    /// The field `delimiter`, when it was given.
    pub delimiter: Option<&'a Delimiter>,
    /// Lines; 0 when it was not given.
    pub ignore_header: u64,
    /// Whether the field `json_paths` was given.
    pub json_paths: bool,
    /// The field `escape`, when it was given.
    pub escape: Option<bool>,
    pub options: &'a CopyOptions,
}

/// Which formats an option can stand beside, and what is the matter with the others.
fn verdict(word: CopyWord, format: Format) -> Result<(), &'static str> {
    use CopyWord as W;
    const JSON: &str = "COPY does not take it with JSON and Avro";
    const COLUMNAR: &str =
        "with Parquet and ORC only ACCEPTINVCHARS, EXPLICIT_IDS, FILLRECORD and SERIALIZETOJSON go";
    match (format, word) {
        (
            Format::Parquet | Format::Orc,
            W::AcceptInvChars | W::ExplicitIds | W::FillRecord | W::SerializeToJson,
        ) => Ok(()),
        (Format::Parquet | Format::Orc, _) => Err(COLUMNAR),
        (_, W::SerializeToJson) => Err("it is about nested columns of Parquet and ORC"),
        (Format::FixedWidth, W::FixedWidth) | (Format::Csv, W::Quote) => Ok(()),
        (_, W::FixedWidth) => Err("FIXEDWIDTH is a format of its own; leave `format` away"),
        (_, W::Quote) => Err("COPY takes it with CSV only"),
        (
            Format::Json | Format::Avro,
            W::Escape | W::FillRecord | W::IgnoreBlankLines | W::NullAs | W::RemoveQuotes,
        ) => Err(JSON),
        (Format::Csv, W::Escape | W::RemoveQuotes) => {
            Err("in CSV a quotation mark is doubled, and no backslash means anything")
        }
        (Format::FixedWidth, W::Escape | W::RemoveQuotes) => Err("a field of fixed width is taken as it is"),
        _ => Ok(()),
    }
}

/// Every combination that COPY refuses or would read wrong, a sentence each, in a fixed order. Empty when all is well.
pub fn conflicts(asked: &Asked<'_>) -> Vec<String> {
    let Asked { format, compression, delimiter, ignore_header, json_paths, escape, options } = *asked;
    let mut found = Vec::new();
    for option in options.iter() {
        let word = option.word();
        if let Err(fact) = verdict(word, format) {
            found.push(format!("`copy_options`: {word} does not go with format {format}: {fact}"));
        } else if format == Format::FixedWidth && is_foreign(option) {
            let fact = "files of fixed width must be UTF-8";
            found.push(format!("`copy_options`: ENCODING does not go with FIXEDWIDTH: {fact}"));
        }
    }
    let mut field = |is_given: bool, name: &str, fits: bool, fact: &str| {
        if is_given && !fits {
            found.push(format!("`{name}` does not go with format {format}: {fact}"));
        }
    };
    let is_separated = matches!(format, Format::Csv | Format::Delimited);
    field(delimiter.is_some(), "delimiter", is_separated, "only csv and delimited have one");
    field(
        ignore_header > 0,
        "ignore_header",
        format.has_header(),
        "it has no header, and what is skipped would be lost",
    );
    let has_paths = matches!(format, Format::Json | Format::Avro);
    field(json_paths, "json_paths", has_paths, "COPY reads paths with json and avro only");
    let is_delimited = format == Format::Delimited;
    field(
        escape.is_some(),
        "escape",
        is_delimited,
        "only delimited data has backslashes and quotes that it is about",
    );
    if compression != Compression::None && format.is_columnar() {
        found.push(format!(
            "a file packed by {} as a whole does not go with format {format}, which is packed inside; write it without",
            compression.name()
        ));
    }
    let separator = delimiter.map_or(own_separator(format), Delimiter::as_str);
    if let Some(fact) = taken_for_a_mark(format, separator, escape.unwrap_or(is_delimited), options) {
        found.push(format!("`delimiter` does not go with format {format}: {fact}"));
    }
    found.extend(between_options(format, separator, options));
    found
}

fn own_separator(format: Format) -> &'static str {
    if format == Format::Csv { Delimiter::COMMA } else { Delimiter::PIPE }
}

/// Why COPY would take a delimiter for something else. Another quotation mark of CSV is judged with the option that says it.
fn taken_for_a_mark(
    format: Format,
    separator: &str,
    escapes: bool,
    options: &CopyOptions,
) -> Option<&'static str> {
    match format {
        Format::Csv if options.quote().is_none() && separator.contains('"') => Some(
            "it holds `\"`, which is the quotation mark unless `copy_options` says another with QUOTE AS",
        ),
        Format::Delimited if (escapes || options.says(CopyWord::Escape)) && separator.contains('\\') => {
            Some("it holds a backslash, which stands before escaped characters unless `escape: false`")
        }
        Format::Delimited
            if (escapes || options.says(CopyWord::RemoveQuotes)) && separator.contains(['"', '\'']) =>
        {
            Some("it holds a quotation mark, which stands around fields unless `escape: false`")
        }
        _ => None,
    }
}

fn between_options(format: Format, delimiter: &str, options: &CopyOptions) -> Vec<String> {
    let mut found = Vec::new();
    for option in options.iter() {
        match option {
            CopyOption::Quote(quote) if delimiter.contains(*quote) => found.push(format!(
                "`copy_options`: QUOTE AS does not go with `delimiter`: both are `{}`",
                quote.escape_default()
            )),
            CopyOption::NullAs(null) if is_separated_by(format, null, delimiter) => found.push(format!(
                "`copy_options`: NULL AS does not go with `delimiter`: its text holds `{}`, at which the field ends",
                delimiter.escape_default()
            )),
            _ => {}
        }
    }
    if let (true, true) = (options.says(CopyWord::CompRows), says_off(options)) {
        found.push(
            "`copy_options`: COMPROWS does not go with COMPUPDATE OFF: no rows are looked at".to_owned(),
        );
    }
    found
}

fn is_separated_by(format: Format, text: &str, delimiter: &str) -> bool {
    format == Format::Delimited && text.contains(delimiter)
}

fn is_foreign(option: &CopyOption) -> bool {
    matches!(option, CopyOption::Encoding(encoding) if *encoding != Encoding::Utf8)
}

fn says_off(options: &CopyOptions) -> bool {
    use crate::model::copy_options::option::CompUpdate;
    options.iter().any(|option| matches!(option, CopyOption::CompUpdate(CompUpdate::Off)))
}

#[cfg(test)]
mod tests {
    use expect_test::{expect, expect_file};
    use strum::IntoEnumIterator as _;

    use super::*;

    fn asked(format: Format, options: &CopyOptions) -> Asked<'_> {
        let (compression, delimiter, escape) = (Compression::None, None, None);
        Asked { format, compression, delimiter, ignore_header: 0, json_paths: false, escape, options }
    }

    /// One way to write the option.
    fn written(word: CopyWord) -> String {
        match word {
            CopyWord::FixedWidth => "FIXEDWIDTH 'a:1'".to_owned(),
            CopyWord::Quote => "QUOTE '%'".to_owned(),
            CopyWord::DateFormat => "DATEFORMAT 'MM/DD/YYYY'".to_owned(),
            CopyWord::TimeFormat => "TIMEFORMAT 'epochsecs'".to_owned(),
            CopyWord::Encoding => "ENCODING UTF16".to_owned(),
            CopyWord::NullAs => "NULL AS 'none'".to_owned(),
            CopyWord::CompRows => "COMPROWS 1000".to_owned(),
            CopyWord::MaxError => "MAXERROR 10".to_owned(),
            word => word.label().to_owned(),
        }
    }

    #[test]
    fn the_whole_matrix_is_as_it_was_looked_at() {
        let mut table = String::new();
        for format in Format::iter() {
            for word in CopyWord::iter() {
                let options = CopyOptions::parse([written(word).as_str()]).unwrap();
                let found = conflicts(&asked(format, &options));
                let judged = if found.is_empty() { "taken".to_owned() } else { found.join("; ") };
                table.push_str(&format!("{format} | {word} | {judged}\n"));
            }
        }
        expect_file!["conflicts.golden.txt"].assert_eq(&table);
    }

    #[test]
    fn fields_and_pairs_of_options_are_judged_too() {
        let options = CopyOptions::parse(["QUOTE ';'", "COMPROWS 1000", "COMPUPDATE OFF"]).unwrap();
        let delimiter = Delimiter::parse(";").unwrap();
        let csv = Asked { delimiter: Some(&delimiter), json_paths: true, ..asked(Format::Csv, &options) };
        let nothing = CopyOptions::default();
        let parquet = Asked {
            delimiter: Some(&delimiter),
            ignore_header: 1,
            compression: Compression::Gzip,
            ..asked(Format::Parquet, &nothing)
        };
        let null = CopyOptions::parse(["NULL AS '||'"]).unwrap();
        let found =
            [conflicts(&csv), conflicts(&parquet), conflicts(&asked(Format::Delimited, &null))].concat();
        expect![[r#"
            `json_paths` does not go with format csv: COPY reads paths with json and avro only
            `copy_options`: QUOTE AS does not go with `delimiter`: both are `;`
            `copy_options`: COMPROWS does not go with COMPUPDATE OFF: no rows are looked at
            `delimiter` does not go with format parquet: only csv and delimited have one
            `ignore_header` does not go with format parquet: it has no header, and what is skipped would be lost
            a file packed by gzip as a whole does not go with format parquet, which is packed inside; write it without
            `copy_options`: NULL AS does not go with `delimiter`: its text holds `|`, at which the field ends"#]].assert_eq(&found.join("\n"));
    }

    #[test]
    fn a_delimiter_that_is_also_a_mark_is_refused() {
        let judged = |format, text: &str, escape: Option<bool>, options: &[&str]| {
            let options = CopyOptions::parse(options.iter().copied()).unwrap();
            let delimiter = Delimiter::parse(text).unwrap();
            let found = conflicts(&Asked { delimiter: Some(&delimiter), escape, ..asked(format, &options) });
            found.join("; ")
        };
        assert!(judged(Format::Csv, "\"", None, &[]).contains("the quotation mark"));
        assert_eq!(judged(Format::Csv, "\"", None, &["QUOTE '%'"]), "");
        assert_eq!(judged(Format::Csv, "\\", None, &[]), "", "a backslash means nothing in CSV");
        for (text, escape, options) in [("\\", None, &[][..]), ("\\", Some(false), &["ESCAPE"])] {
            assert!(
                judged(Format::Delimited, text, escape, options).contains("it holds a backslash"),
                "{text}"
            );
        }
        for text in ["\"", "'"] {
            assert!(judged(Format::Delimited, text, Some(true), &[]).contains("it holds a quotation mark"));
        }
        for text in ["\\", "\"", "|"] {
            assert_eq!(judged(Format::Delimited, text, Some(false), &[]), "", "{text}");
        }
    }

    #[test]
    fn escape_is_about_delimited_data_alone() {
        let options = CopyOptions::default();
        for format in Format::iter() {
            for escape in [true, false] {
                let found = conflicts(&Asked { escape: Some(escape), ..asked(format, &options) });
                assert_eq!(found.is_empty(), format == Format::Delimited, "{format}");
                assert!(found.iter().all(|told| told.starts_with("`escape` does not go with format ")));
            }
        }
    }
}
