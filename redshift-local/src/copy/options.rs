//! COPY's options, in any order and case, `AS` left out or not (facts 1.2 to 1.7).

use std::collections::BTreeSet;

use crate::sql::cursor::Cursor;
use crate::sql::lexer::Kind;
use crate::sql::refusal::Refusal;

/// How the objects are cut into rows and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Fields between delimiters; a newline always ends the row.
    Delimited {
        delimiter: u8,
    },
    Csv {
        delimiter: u8,
        quote: u8,
    },
    /// A stream of objects, keys matched with column names as they are.
    Json,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum TimeFormat {
    /// `YYYY-MM-DD HH:MI:SS`, with an offset behind it for TIMESTAMPTZ.
    #[default]
    Standard,
    /// Most spellings of a date and time, epochs not among them.
    Auto,
    EpochSeconds,
    EpochMilliseconds,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    pub csv: bool,
    pub json: bool,
    pub delimiter: Option<u8>,
    pub quote: Option<u8>,
    pub gzip: bool,
    pub manifest: bool,
    /// Where the bucket is, if not where we are.
    pub region: Option<String>,
    pub max_errors: u64,
    pub no_load: bool,
    pub ignore_header: u64,
    pub ignore_blank_lines: bool,
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
    pub auto_dates: bool,
    pub explicit_ids: bool,
    /// Every option said, in upper case.
    pub said: BTreeSet<&'static str>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            csv: false,
            json: false,
            delimiter: None,
            quote: None,
            gzip: false,
            manifest: false,
            region: None,
            max_errors: 0,
            no_load: false,
            ignore_header: 0,
            ignore_blank_lines: false,
            null_as: "\\N".to_owned(),
            empty_as_null: false,
            blanks_as_null: false,
            trim_blanks: false,
            truncate_columns: false,
            round_decimals: false,
            accept_any_date: false,
            accept_invalid_characters: None,
            time_format: TimeFormat::default(),
            auto_dates: false,
            explicit_ids: false,
            said: BTreeSet::new(),
        }
    }
}

/// Options of Redshift that are refused as not covered, so that nobody takes silence for success.
const NOT_COVERED: &[&str] = &[
    "AVRO",
    "BZIP2",
    "ENCODING",
    "ENCRYPTED",
    "ESCAPE",
    "FILLRECORD",
    "FIXEDWIDTH",
    "IGNOREALLERRORS",
    "LZOP",
    "MASTER_SYMMETRIC_KEY",
    "ORC",
    "PARQUET",
    "READRATIO",
    "REMOVEQUOTES",
    "SERIALIZETOJSON",
    "SHAPEFILE",
    "SSH",
    "ZSTD",
];

impl Options {
    pub(crate) fn format(&self) -> Format {
        let delimiter = self.delimiter;
        if self.json {
            Format::Json
        } else if self.csv {
            Format::Csv { delimiter: delimiter.unwrap_or(b','), quote: self.quote.unwrap_or(b'"') }
        } else {
            Format::Delimited { delimiter: delimiter.unwrap_or(b'|') }
        }
    }

    pub(crate) fn says(&self, option: &str) -> bool {
        self.said.contains(&option)
    }

    /// One option, if one is ahead.
    pub(crate) fn take(&mut self, ahead: &mut Cursor<'_>) -> Result<bool, Refusal> {
        let place = ahead.clone();
        if ahead.eat("format") {
            ahead.eat("as");
        }
        let Some(word) = ahead.peek_word() else { return Ok(false) };
        ahead.index += 1;
        let name = match word.as_str() {
            "csv" => said(&mut self.csv, "CSV"),
            "json" => {
                json_argument(&argument(ahead)?)?;
                said(&mut self.json, "JSON")
            }
            "delimiter" => {
                self.delimiter = Some(one_character("DELIMITER", &argument(ahead)?)?);
                "DELIMITER"
            }
            "quote" => {
                self.quote = Some(one_character("QUOTE", &argument(ahead)?)?);
                "QUOTE"
            }
            "gzip" => said(&mut self.gzip, "GZIP"),
            "manifest" => said(&mut self.manifest, "MANIFEST"),
            "region" => {
                self.region = Some(argument(ahead)?);
                "REGION"
            }
            "maxerror" => {
                self.max_errors = number(ahead, 0..=100_000)?;
                "MAXERROR"
            }
            "noload" => said(&mut self.no_load, "NOLOAD"),
            "ignoreheader" => {
                self.ignore_header = number(ahead, 0..=u64::MAX)?;
                "IGNOREHEADER"
            }
            "ignoreblanklines" => said(&mut self.ignore_blank_lines, "IGNOREBLANKLINES"),
            "null" => {
                self.null_as = argument(ahead)?;
                "NULL AS"
            }
            "emptyasnull" => said(&mut self.empty_as_null, "EMPTYASNULL"),
            "blanksasnull" => said(&mut self.blanks_as_null, "BLANKSASNULL"),
            "trimblanks" => said(&mut self.trim_blanks, "TRIMBLANKS"),
            "truncatecolumns" => said(&mut self.truncate_columns, "TRUNCATECOLUMNS"),
            "roundec" => said(&mut self.round_decimals, "ROUNDEC"),
            "acceptanydate" => said(&mut self.accept_any_date, "ACCEPTANYDATE"),
            "acceptinvchars" => {
                ahead.eat("as");
                let replacement =
                    ahead.eat_literal().map(|text| one_character("ACCEPTINVCHARS", &text)).transpose()?;
                self.accept_invalid_characters = Some(replacement.unwrap_or(b'?'));
                "ACCEPTINVCHARS"
            }
            "timeformat" => {
                self.time_format = time_format(&argument(ahead)?)?;
                "TIMEFORMAT"
            }
            "dateformat" => {
                self.auto_dates = date_format(&argument(ahead)?)?;
                "DATEFORMAT"
            }
            "explicit_ids" => said(&mut self.explicit_ids, "EXPLICIT_IDS"),
            "statupdate" => {
                switch(ahead);
                "STATUPDATE"
            }
            "compupdate" => {
                if !ahead.eat("preset") {
                    switch(ahead);
                }
                "COMPUPDATE"
            }
            "comprows" => {
                number(ahead, 1_000..=2_147_483_647)?;
                "COMPROWS"
            }
            _ => match NOT_COVERED.iter().find(|name| name.eq_ignore_ascii_case(&word)) {
                Some(name) => {
                    if *name == "SHAPEFILE" || *name == "AVRO" || *name == "FIXEDWIDTH" || *name == "ENCODING"
                    {
                        ahead.eat("as");
                        ahead.eat_literal();
                    }
                    name
                }
                None => {
                    *ahead = place;
                    return Ok(false);
                }
            },
        };
        if self.said.insert(name) {
            Ok(true)
        } else {
            Err(Refusal::new("42601", format!("conflicting or redundant options: {name}")))
        }
    }

    pub(crate) fn not_covered(&self) -> Option<&'static str> {
        self.said.iter().find(|name| NOT_COVERED.contains(name)).copied()
    }
}

fn said(flag: &mut bool, name: &'static str) -> &'static str {
    *flag = true;
    name
}

fn argument(ahead: &mut Cursor<'_>) -> Result<String, Refusal> {
    ahead.eat("as");
    ahead.expect_literal()
}

/// `[AS] n`, quoted or not.
fn number(ahead: &mut Cursor<'_>, range: std::ops::RangeInclusive<u64>) -> Result<u64, Refusal> {
    ahead.eat("as");
    let place = ahead.clone();
    let quoted = ahead.peek().is_some_and(|token| token.kind == Kind::Literal);
    let value = if quoted { ahead.expect_literal()?.parse().ok() } else { ahead.eat_integer() };
    value.filter(|value| range.contains(value)).ok_or_else(|| place.syntax_error())
}

fn switch(ahead: &mut Cursor<'_>) {
    ["on", "off", "true", "false"].iter().any(|word| ahead.eat(word));
}

fn one_character(option: &str, text: &str) -> Result<u8, Refusal> {
    match text.as_bytes() {
        &[byte] if byte.is_ascii() => Ok(byte),
        _ => Err(Refusal::new("42601", format!("{option} must be a single ASCII character"))),
    }
}

fn json_argument(text: &str) -> Result<(), Refusal> {
    match text {
        "auto" => Ok(()),
        "auto ignorecase" | "noshred" => Err(Refusal::not_covered(&format!("JSON '{text}'"))),
        _ if text.starts_with("s3://") => Err(Refusal::not_covered("JSON with a jsonpaths file")),
        _ => Err(Refusal::new("42601", format!("invalid JSON option '{text}'"))),
    }
}

/// The key words are case-sensitive (fact 1.6).
fn time_format(text: &str) -> Result<TimeFormat, Refusal> {
    match text {
        "auto" => Ok(TimeFormat::Auto),
        "epochsecs" => Ok(TimeFormat::EpochSeconds),
        "epochmillisecs" => Ok(TimeFormat::EpochMilliseconds),
        "YYYY-MM-DD HH:MI:SS" | "YYYY-MM-DD HH24:MI:SS" => Ok(TimeFormat::Standard),
        _ => Err(Refusal::not_covered(&format!("TIMEFORMAT '{text}'"))),
    }
}

fn date_format(text: &str) -> Result<bool, Refusal> {
    match text {
        "auto" => Ok(true),
        "YYYY-MM-DD" => Ok(false),
        _ => Err(Refusal::not_covered(&format!("DATEFORMAT '{text}'"))),
    }
}
