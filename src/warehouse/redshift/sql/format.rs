//! What COPY is told of the files: their format, their compression, and how values are read.

use crate::model::copy_options::option::{Argument, CopyOption};
use crate::model::copy_options::word::CopyWord;
use crate::model::format::{Compression, Format};
use crate::model::table::KeyCase;
use crate::plan::cuts::Cutting;
use crate::plan::reading::Reading;
use crate::plan::step::Copy;
use crate::warehouse::redshift::sql::quote::{Literal, Name};

/// What COPY is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    Load,
    /// Only to see whether it would take the data.
    Check {
        /// Refused rows that end it; `None` for the first one.
        most_errors: Option<u32>,
    },
}

/// Everything behind the source and the authorization, in an order that does not depend on who asked for what.
pub(super) fn clauses(copy: &Copy, aim: Aim) -> String {
    let Copy { reading, rounds_decimals, statupdate, .. } = copy;
    let mut words = format(reading, copy.key_case);
    if reading.ignore_header > 0 {
        words.push(format!("IGNOREHEADER {}", reading.ignore_header));
    }
    words.extend(compression(reading.compression).map(str::to_owned));
    if !reading.format.is_columnar() {
        words.push(told(reading, CopyWord::DateFormat).unwrap_or_else(|| "DATEFORMAT 'auto'".to_owned()));
        words.push(told(reading, CopyWord::TimeFormat).unwrap_or_else(|| "TIMEFORMAT 'auto'".to_owned()));
        words.extend((copy.cutting == Cutting::Allowed).then(|| "TRUNCATECOLUMNS".to_owned()));
        if *rounds_decimals || reading.options.says(CopyWord::RoundDec) {
            words.push("ROUNDEC".to_owned());
        }
    }
    // Bytes that are replaced, and rows that are skipped, are counted with what is cut. COPY of columns counts neither.
    let may_change = copy.cutting == Cutting::Allowed;
    let most_errors = match aim {
        Aim::Check { most_errors } => most_errors,
        Aim::Load => None,
    };
    let may_skip = may_change && most_errors.is_none();
    let is_left = |word| match word {
        CopyWord::AcceptInvChars => may_change || reading.format.is_columnar(),
        CopyWord::MaxError => may_skip,
        word => !is_said_before(word),
    };
    words.extend(reading.options.iter().filter(|option| is_left(option.word())).map(option));
    words.extend(statupdate.map(|on| if on { "STATUPDATE ON" } else { "STATUPDATE OFF" }.to_owned()));
    words.extend(most_errors.map(|most| format!("MAXERROR {most}")));
    words.extend(matches!(aim, Aim::Check { .. }).then(|| "NOLOAD".to_owned()));
    if let Some(template) = &reading.template {
        // What is said here wins over the template, which may have been changed since it was read. COPY of columns does not
        // take MAXERROR from anybody.
        let is_said = most_errors.is_some() || (may_skip && reading.options.says(CopyWord::MaxError));
        words.extend((!is_said && !reading.format.is_columnar()).then(|| "MAXERROR 0".to_owned()));
        // Last, by the grammar.
        words.push(format!("USING TEMPLATE {}", Name::of_template(&template.name)));
    }
    words.join(" ")
}

fn format(reading: &Reading, key_case: KeyCase) -> Vec<String> {
    let by_name = || match (&reading.json_paths, key_case) {
        (Some(paths), _) => Literal::text(&paths.to_string()),
        (None, KeyCase::Lower) => Literal::text("auto"),
        (None, KeyCase::Ignored) => Literal::text("auto ignorecase"),
    };
    let delimiter = || delimiter(reading.separator());
    let perhaps = |word| told(reading, word);
    match reading.format {
        Format::Json => vec![format!("FORMAT AS JSON {}", by_name())],
        Format::Avro => vec![format!("FORMAT AS AVRO {}", by_name())],
        Format::Parquet => {
            let nested = perhaps(CopyWord::SerializeToJson);
            ["FORMAT AS PARQUET".to_owned()].into_iter().chain(nested).collect()
        }
        Format::Orc => {
            ["FORMAT AS ORC".to_owned()].into_iter().chain(perhaps(CopyWord::SerializeToJson)).collect()
        }
        Format::Csv => ["FORMAT AS CSV".to_owned()]
            .into_iter()
            .chain(perhaps(CopyWord::Quote))
            .chain(reading.delimiter.is_some().then(delimiter))
            .collect(),
        Format::FixedWidth => perhaps(CopyWord::FixedWidth).into_iter().collect(),
        Format::Delimited => {
            let marks = [CopyWord::Escape, CopyWord::RemoveQuotes];
            let marks = marks.into_iter().filter(|word| reading.says_of_delimited(*word));
            [delimiter()].into_iter().chain(marks.map(|word| word.label().to_owned())).collect()
        }
    }
}

/// A control character alone is written as the guide does, so that people can see it: in octal, behind one backslash, whoever
/// resolves it, the literal or COPY [DG copy-parameters-data-format].
fn delimiter(characters: &str) -> String {
    match characters.as_bytes() {
        [one] if one.is_ascii_control() => format!("DELIMITER '\\{one:03o}'"),
        _ => format!("DELIMITER {}", Literal::text(characters)),
    }
}

fn compression(compression: Compression) -> Option<&'static str> {
    match compression {
        Compression::None => None,
        Compression::Gzip => Some("GZIP"),
        Compression::Bzip2 => Some("BZIP2"),
        Compression::Zstd => Some("ZSTD"),
    }
}

/// The option of this word, when it was asked for.
fn told(reading: &Reading, word: CopyWord) -> Option<String> {
    reading.options.iter().find(|option| option.word() == word).map(option)
}

fn option(option: &CopyOption) -> String {
    let word = option.word();
    match option.argument() {
        None => word.to_string(),
        Some(Argument::Text(text)) => format!("{word} {}", Literal::text(&text)),
        Some(Argument::Number(number)) => format!("{word} {number}"),
        Some(Argument::Word(argument)) => format!("{word} {argument}"),
    }
}

/// Whether a word has its place before the other options.
fn is_said_before(word: CopyWord) -> bool {
    matches!(
        word,
        CopyWord::FixedWidth
            | CopyWord::Quote
            | CopyWord::SerializeToJson
            | CopyWord::DateFormat
            | CopyWord::TimeFormat
            | CopyWord::RoundDec
            | CopyWord::Escape
            | CopyWord::RemoveQuotes
    )
}
