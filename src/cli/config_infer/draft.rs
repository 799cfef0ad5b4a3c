//! Reads as much of a file as a sample needs, and makes the config of it.

use crate::cli::config_infer::file::SampledFile;
use crate::infer::choose::Origin;
use crate::infer::config::Draft;
use crate::infer::declared::{Declared, has_nested, of_avro, of_columnar};
use crate::infer::name::By;
use crate::infer::text::{TextFile, TextSample};
use crate::infer::{SAMPLE, UNPACKED, dialect, json, text};
use crate::model::count::{counted, grouped};
use crate::model::file_terms::FileTerms;
use crate::model::format::{Compression, Format};
use crate::model::target_table::TargetTable;
use crate::plan::reading::Reading;
use crate::plan::settings::FileSettings;
use crate::source::content::oddity;
use crate::source::head::avro;
use crate::source::head::unpack::unpacked;
use crate::source::layout::dated_name;
use crate::source::orc::tail;
use crate::source::parquet::footer;
use crate::source::suffix::{Stored, Suffix, suffix_of_part};

/// Bytes at the end of a file, which hold the schema of most.
const END: u64 = 64 * 1024;

/// # Errors
/// When there is no sample, or no table for it; a sentence that names the file.
pub(super) async fn draft(
    file: &SampledFile,
    target: TargetTable,
    terms: &FileTerms,
) -> Result<Draft, String> {
    let reading = reading(file, terms).map_err(|clause| format!("{file} {clause}"))?;
    let made = match reading.format {
        Format::Json => of_json(file, &reading, target).await,
        Format::Csv | Format::Delimited | Format::FixedWidth => of_text(file, reading, terms, target).await,
        Format::Avro | Format::Parquet | Format::Orc => of_declared(file, &reading, target).await,
    };
    made.map_err(|stop| match stop {
        Stop::Unread(sentence) => sentence,
        Stop::Odd(clause) => format!("{file} {clause}"),
    })
}

/// Why there is no config.
enum Stop {
    Unread(String),
    /// What is wrong with the file, as a clause that follows its name.
    Odd(String),
}

impl From<String> for Stop {
    fn from(sentence: String) -> Self {
        Self::Unread(sentence)
    }
}

fn odd(why: &impl ToString) -> Stop {
    Stop::Odd(why.to_string())
}

fn reading(file: &SampledFile, terms: &FileTerms) -> Result<Reading, String> {
    let stored = match suffix_of_part(file.name()) {
        Some(Suffix::Data(stored)) => stored,
        Some(Suffix::Manifest) => return Err("is a manifest; name one of its files".to_owned()),
        Some(Suffix::NotSupported(reason)) => return Err(format!("cannot be loaded: {reason}")),
        None if terms.format.is_some() => Stored { format: None, compression: Compression::None },
        None => return Err("does not say its format by its name; say --format".to_owned()),
    };
    let settings = FileSettings::of(terms, &FileTerms::default());
    Reading::of(&settings, stored).map_err(|refused| format!("cannot be loaded: {refused}"))
}

/// The unpacked beginning of a file.
struct Start {
    bytes: Vec<u8>,
    is_whole: bool,
    /// Stored bytes that were looked at.
    looked_at: u64,
}

async fn start(file: &SampledFile, reading: &Reading) -> Result<Start, Stop> {
    if file.size == 0 {
        return Err(odd(&"is empty"));
    }
    let head = file.head(SAMPLE).await?;
    if let Some(clause) = oddity(&head, reading.format, reading.compression, reading.encoding()) {
        return Err(Stop::Odd(clause));
    }
    let packed = reading.compression.name();
    let bytes = unpacked(&head, reading.compression, UNPACKED);
    let bytes = bytes.map_err(|error| Stop::Odd(format!("cannot be unpacked as {packed} ({error})")))?;
    let looked_at = u64::try_from(head.len()).unwrap_or(u64::MAX);
    Ok(Start { is_whole: looked_at >= file.size && bytes.len() < UNPACKED, bytes, looked_at })
}

async fn of_json(file: &SampledFile, reading: &Reading, target: TargetTable) -> Result<Draft, Stop> {
    let start = start(file, reading).await?;
    let sample = json::sample(&start.bytes, start.is_whole);
    if sample.fields.is_empty() {
        let why = sample.remarks.first().cloned().unwrap_or_else(|| NO_ROW.to_owned());
        return Err(Stop::Odd(format!(
            "has no JSON object with a key among those that were looked at: {why}"
        )));
    }
    let words = words(file, reading, &start, sample.rows);
    empty(file, reading, target, words).of_sample(&sample, Origin::Json, By::Name).map_err(|wide| odd(&wide))
}

const NO_ROW: &str = "no row is whole within its first bytes";

async fn of_text(
    file: &SampledFile,
    mut reading: Reading,
    terms: &FileTerms,
    target: TargetTable,
) -> Result<Draft, Stop> {
    let start = start(file, &reading).await?;
    let mut guessed = None;
    if reading.format == Format::Csv && reading.delimiter.is_none() {
        guessed = dialect::other_delimiter(&start.bytes, start.is_whole);
        reading.delimiter.clone_from(&guessed);
    }
    let found = text::sample(&TextFile {
        start: &start.bytes,
        is_whole: start.is_whole,
        dialect: &reading.dialect(),
        ignore_header: terms.ignore_header,
    });
    let TextSample { sample, ignore_header, has_names } = found.map_err(|why| odd(&why))?;
    if sample.fields.is_empty() {
        return Err(odd(&format!("has no row that was looked at: {NO_ROW}")));
    }
    let words = words(file, &reading, &start, sample.rows);
    let mut draft = empty(file, &reading, target, words);
    if guessed.is_some() {
        draft.remarks.push("that its fields are not parted by commas is a guess; see `delimiter`".to_owned());
    }
    if !has_names {
        draft
            .remarks
            .push("its columns have no names: call them as they are meant, in their order".to_owned());
    }
    if let Some(delimiter) = &reading.delimiter {
        draft.meta.push(("delimiter", dialect::written(delimiter)));
    }
    if ignore_header > 0 {
        draft.meta.push(("ignore_header", ignore_header.to_string()));
    }
    draft.of_sample(&sample, Origin::Text, By::Place).map_err(|wide| odd(&wide))
}

async fn of_declared(file: &SampledFile, reading: &Reading, target: TargetTable) -> Result<Draft, Stop> {
    let mut needs_json = false;
    let declared: Vec<Declared> = match reading.format {
        Format::Avro => of_avro(&avro::fields(&start(file, reading).await?.bytes).map_err(|why| odd(&why))?),
        Format::Orc => {
            let end = End::of(file, reading).await?;
            let footer = tail::footer(&end.bytes, file.size).map_err(|why| odd(&why))?;
            let packed = end.read(footer.range.clone()).await?;
            let columns = footer.columns(&packed).map_err(|why| odd(&why))?;
            let columns =
                columns.ok_or_else(|| odd(&"has a schema packed with LZ4, which is not unpacked here"))?;
            needs_json = has_nested(&columns);
            of_columnar(&columns)
        }
        _ => {
            let end = End::of(file, reading).await?;
            let range = footer::schema_range(&end.bytes, file.size).map_err(|why| odd(&why))?;
            let columns = footer::columns(&end.read(range).await?).map_err(|why| odd(&why))?;
            needs_json = has_nested(&columns);
            of_columnar(&columns)
        }
    };
    let sample = format!("the schema of {}: {}; no values were looked at", file.name(), reading.format);
    let mut draft = empty(file, reading, target, sample);
    if needs_json {
        draft.meta.push(("copy_options", "[SERIALIZETOJSON]".to_owned()));
    }
    draft.of_declared(declared).map_err(|wide| odd(&wide))
}

/// The end of a file that has its schema there.
struct End<'a> {
    file: &'a SampledFile,
    begin: u64,
    bytes: Vec<u8>,
}

impl<'a> End<'a> {
    async fn of(file: &'a SampledFile, reading: &Reading) -> Result<Self, Stop> {
        if file.size == 0 {
            return Err(odd(&"is empty"));
        }
        let head = file.head(crate::source::head::HEAD).await?;
        if let Some(clause) = oddity(&head, reading.format, reading.compression, reading.encoding()) {
            return Err(Stop::Odd(clause));
        }
        let begin = file.size.saturating_sub(END);
        Ok(Self { file, begin, bytes: file.range(begin..file.size).await? })
    }

    /// Those bytes of the file, which mostly are here already.
    async fn read(&self, range: std::ops::Range<u64>) -> Result<Vec<u8>, String> {
        let at = |place: u64| usize::try_from(place.checked_sub(self.begin)?).ok();
        let here = || self.bytes.get(at(range.start)?..at(range.end)?);
        match here() {
            Some(bytes) => Ok(bytes.to_vec()),
            None => self.file.range(range).await,
        }
    }
}

/// Nothing but what the file and its name say.
fn empty(file: &SampledFile, reading: &Reading, target: TargetTable, sample: String) -> Draft {
    let mut meta = Vec::new();
    if !reading.by_suffix {
        meta.push(("format", reading.format.word().to_owned()));
    }
    Draft {
        target,
        sample,
        file_date: dated_name(file.name()).map(|name| name.date),
        rows: 0,
        columns: Vec::new(),
        remarks: Vec::new(),
        meta,
    }
}

fn words(file: &SampledFile, reading: &Reading, start: &Start, rows: u64) -> String {
    let packed = match reading.compression {
        Compression::None => String::new(),
        packed => format!(", {}", packed.name()),
    };
    let all = if start.is_whole { "all of it" } else { "its beginning" };
    format!(
        "{} ({}{packed}): {} in {} of {} bytes, {all}",
        file.name(),
        reading.format,
        counted(rows, "row"),
        grouped(start.looked_at),
        grouped(file.size)
    )
}
