//! What a template of COPY adds to how files are read: what neither message nor config say. What would lose rows in silence,
//! or is about other files than those of the load, is refused by its name.
//!
//! The load says all of it in its COPY as well, so that the header is read as COPY reads it, and `plan` shows what runs.

use crate::model::copy_options::option::CopyOption;
use crate::model::copy_options::{CopyOptions, reason_against};
use crate::model::copy_template::{CopyTemplate, Parameter, Written};
use crate::model::delimiter::Delimiter;
use crate::model::format::{Compression, Format, Mapping};
use crate::plan::reading::Reading;
use crate::plan::settings::{FileSettings, Origin};

/// The reading with what the template says.
///
/// # Errors
/// A sentence for each parameter that cannot stand in it.
pub(super) fn completed(
    reading: Reading,
    settings: &FileSettings,
    template: &CopyTemplate,
) -> Result<Reading, Vec<String>> {
    let mut whole = reading;
    let (mut options, mut problems) = (Vec::new(), Vec::new());
    for parameter in &template.parameters {
        match added(parameter, &whole, settings) {
            Ok(Added::Nothing) => {}
            Ok(Added::Delimiter(delimiter)) => whole.delimiter = Some(delimiter),
            Ok(Added::IgnoreHeader(lines)) => whole.ignore_header = lines,
            Ok(Added::Option(option)) => options.push(option),
            Err(fact) => problems.push(format!(
                "the template `{}` of `meta.template` says {parameter}: {fact}",
                template.name
            )),
        }
    }
    if problems.is_empty() {
        whole.options = whole.options.or(&options);
        // Of the fields and options together; without the template there was none.
        let sentence =
            |found: String| found.replace("`copy_options`", &format!("the template `{}`", template.name));
        problems.extend(whole.conflicts(&settings.escape).into_iter().map(sentence));
    }
    whole.template = Some(template.clone());
    if problems.is_empty() { Ok(whole) } else { Err(problems) }
}

/// What a parameter adds.
enum Added {
    /// The load says it in any case, or it changes no row.
    Nothing,
    Delimiter(Delimiter),
    IgnoreHeader(u64),
    Option(CopyOption),
}

fn added(parameter: &Parameter, reading: &Reading, settings: &FileSettings) -> Result<Added, String> {
    let value = parameter.value();
    let number = || value.and_then(|text| text.parse::<u64>().ok());
    let is_columnar = reading.format.is_columnar();
    match parameter.word.as_str() {
        "MAXERROR" | "TRUNCATECOLUMNS" if is_columnar => Err(format!(
            "COPY does not take it with {}; take it out of the template, or name another",
            reading.format
        )),
        // The load says it in any case.
        "TRUNCATECOLUMNS" => Ok(Added::Nothing),
        // The first error fails the load with both [DG copy-parameters-data-load].
        "MAXERROR" if matches!(number(), Some(0 | 1)) => Ok(Added::Nothing),
        "MAXERROR" => Err("rows that COPY refuses would be skipped and not counted; take it out of the template, and say it in \
             `copy_options` of the table config"
            .to_owned()),
        "IGNOREALLERRORS" | "NOLOAD" => {
            let reason = reason_against(&parameter.word).unwrap_or_default();
            Err(format!("{reason}; take it out of the template, or name another"))
        }
        "CSV" | "JSON" | "AVRO" | "PARQUET" | "ORC" | "FIXEDWIDTH" => format(parameter, reading),
        "GZIP" | "BZIP2" | "ZSTD" | "LZOP" => compression(&parameter.word, reading.compression),
        "DELIMITER" if settings.delimiter.origin != Origin::Default => Ok(Added::Nothing),
        "DELIMITER" => Delimiter::parse(value.unwrap_or_default())
            .map(Added::Delimiter)
            .map_err(|error| format!("{error}; say `delimiter` in `meta`")),
        "IGNOREHEADER" if settings.ignore_header.origin != Origin::Default => Ok(Added::Nothing),
        "IGNOREHEADER" => number()
            .map(Added::IgnoreHeader)
            .ok_or_else(|| "this is no number of lines; say `ignore_header` in `meta`".to_owned()),
        // `meta.statupdate` is said beside it, and wins.
        "STATUPDATE" => Ok(Added::Nothing),
        _ => option(parameter).map(Added::Option),
    }
}

/// One of the options that `copy_options` may have.
fn option(parameter: &Parameter) -> Result<CopyOption, String> {
    if let Some(reason) = reason_against(&parameter.word) {
        return Err(format!("{reason}; take it out of the template, or name another"));
    }
    let read = CopyOptions::parse([parameter.to_string().as_str()]);
    let problem = |problems: Vec<String>| problems.join("; ").replace("`copy_options`: ", "");
    let options = read.map_err(problem)?;
    options.iter().next().cloned().ok_or_else(|| "this is no option of COPY".to_owned())
}

fn format(parameter: &Parameter, reading: &Reading) -> Result<Added, String> {
    let said = match parameter.word.as_str() {
        "CSV" => Format::Csv,
        "JSON" => Format::Json,
        "AVRO" => Format::Avro,
        "PARQUET" => Format::Parquet,
        "ORC" => Format::Orc,
        _ => Format::FixedWidth,
    };
    if said != reading.format {
        let read = reading.format;
        return Err(format!(
            "the files are read as {read}; say `format` in `meta` when they are not, or name a template for {read}"
        ));
    }
    let by_name = said.mapping() == Mapping::Name;
    let paths = reading.json_paths.as_ref().map(ToString::to_string);
    match &parameter.argument {
        Some(Written::Text(by)) if by_name && by.starts_with("s3://") && paths.as_ref() != Some(by) => {
            Err("the load finds columns by other means; say `json_paths` in `meta`".to_owned())
        }
        Some(Written::Text(by)) if by_name && by == "noshred" => {
            Err("whole documents in one column are not loaded; take it out of the template".to_owned())
        }
        Some(Written::Text(by)) if by_name && by == "auto ignorecase" => Err(
            "the load says so where the table config spells a `dest` with capitals; take it out of the template".to_owned(),
        ),
        _ => Ok(Added::Nothing),
    }
}

fn compression(word: &str, stored: Compression) -> Result<Added, String> {
    if stored.name().eq_ignore_ascii_case(word) {
        return Ok(Added::Nothing);
    }
    let packed = match stored {
        Compression::None => "not packed".to_owned(),
        packed => format!("packed by {}", packed.name()),
    };
    Err(format!(
        "by their suffix the files are {packed}; name another template, or name the files as they are"
    ))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::model::copy_template::TemplateName;
    use crate::model::file_terms::FileTerms;
    use crate::source::suffix::Suffix;

    /// The reading of a file with this suffix, of which the config says something and the template the rest.
    fn read(suffix: &str, say: impl FnOnce(&mut FileTerms), template: &str) -> Result<Reading, String> {
        let Some(Suffix::Data(stored)) = Suffix::parse(suffix) else { panic!("{suffix} is not of data") };
        let mut terms = FileTerms::default();
        say(&mut terms);
        let mut settings = FileSettings::of(&FileTerms::default(), &terms);
        let shown = format!("CREATE OR REPLACE TEMPLATE dev.etl.one FOR COPY AS {template};");
        let name = TemplateName::parse("etl.one").unwrap();
        settings.template = Some(CopyTemplate::read(name, &shown).unwrap());
        Reading::of(&settings, stored).map_err(|refused| refused.problems.join("\n"))
    }

    fn options(reading: &Reading) -> String {
        reading.options.iter().map(|option| format!("{option:?}")).collect::<Vec<_>>().join(" ")
    }

    fn refused(suffix: &str, template: &str, expected: &Expect) {
        expected.assert_eq(&read(suffix, |_| {}, template).unwrap_err());
    }

    #[test]
    fn a_template_says_what_nobody_else_does() {
        let template = "FORMAT AS CSV GZIP DELIMITER ';' IGNOREHEADER 1 QUOTE '%' NULL 'none' BLANKSASNULL TRUNCATECOLUMNS \
                        MAXERROR 1 STATUPDATE OFF DATEFORMAT 'DD.MM.YYYY'";
        let reading = read("csv.gz", |_| {}, template).unwrap();
        assert_eq!((reading.separator(), reading.ignore_header), (";", 1));
        assert_eq!(
            options(&reading),
            "Quote('%') Plain(BlanksAsNull) DateFormat(\"DD.MM.YYYY\") NullAs(\"none\")"
        );
    }

    #[test]
    fn what_the_config_says_wins() {
        let say = |terms: &mut FileTerms| {
            terms.read_delimiter("|").unwrap();
            terms.read_ignore_header(0).unwrap();
            terms.read_copy_options(["NULL AS '-'"]).unwrap();
        };
        let reading = read("csv", say, "DELIMITER ';' IGNOREHEADER 1 NULL 'none' TRIMBLANKS").unwrap();
        assert_eq!((reading.separator(), reading.ignore_header), ("|", 0));
        assert_eq!(options(&reading), "NullAs(\"-\") Plain(TrimBlanks)");
    }

    #[test]
    fn what_would_lose_rows_in_silence_is_refused_by_name() {
        refused(
            "csv",
            "CSV MAXERROR 100",
            &expect![[
                r#"the template `etl.one` of `meta.template` says MAXERROR 100: rows that COPY refuses would be skipped and not counted; take it out of the template, and say it in `copy_options` of the table config"#
            ]],
        );
        refused(
            "csv",
            "IGNOREALLERRORS NOLOAD",
            &expect![[r#"
                the template `etl.one` of `meta.template` says IGNOREALLERRORS: rows that COPY refuses would be skipped without a limit, which MAXERROR has; take it out of the template, or name another
                the template `etl.one` of `meta.template` says NOLOAD: nothing would be loaded, and the ledger would say that it was; take it out of the template, or name another"#]],
        );
    }

    #[test]
    fn what_is_about_other_files_is_refused_by_name() {
        refused(
            "json",
            "FORMAT AS CSV GZIP",
            &expect![[r#"
                the template `etl.one` of `meta.template` says CSV: the files are read as json; say `format` in `meta` when they are not, or name a template for json
                the template `etl.one` of `meta.template` says GZIP: by their suffix the files are not packed; name another template, or name the files as they are"#]],
        );
        refused(
            "json.gz",
            "FORMAT AS JSON 's3://b/paths.json' GZIP",
            &expect![
                "the template `etl.one` of `meta.template` says JSON 's3://b/paths.json': the load finds columns by other means; say `json_paths` in `meta`"
            ],
        );
        refused(
            "csv",
            "ENCRYPTED NEWOPTION",
            &expect![[r#"
                the template `etl.one` of `meta.template` says ENCRYPTED: its key would stand in the message, and in Redshift's log of queries; take it out of the template, or name another
                the template `etl.one` of `meta.template` says NEWOPTION: `NEWOPTION` is not an option of COPY"#]],
        );
    }

    #[test]
    fn what_does_not_go_with_the_format_is_refused_as_an_option_would_be() {
        refused(
            "json",
            "NULL 'none' DELIMITER ';'",
            &expect![[r#"
                the template `etl.one`: NULL AS does not go with format json: COPY does not take it with JSON and Avro
                `delimiter` does not go with format json: only csv and delimited have one"#]],
        );
        refused(
            "parquet",
            "BLANKSASNULL",
            &expect![[
                r#"the template `etl.one`: BLANKSASNULL does not go with format parquet: with Parquet and ORC only ACCEPTINVCHARS, EXPLICIT_IDS, FILLRECORD and SERIALIZETOJSON go"#
            ]],
        );
    }
}
