//! Every field of a load message, once: what it means, and what is made of its value.
//!
//! From this table come the decoder of messages, the flags of the command line, the JSON Schema in `deploy/`, and the
//! table of fields in the README. A new field is an entry here, a place in [`terms`](crate::request::terms), and whatever
//! acts on it.

use crate::model::data_date::DataDate;
use crate::model::duplicates::Duplicates;
use crate::model::format::Format;
use crate::model::granularity::Granularity;
use crate::model::load_mode::LoadMode;
use crate::model::object::SourceBucket;
use crate::model::shown::excerpt;
use crate::model::zone::Zone;
use crate::request::fields::value::{Form, Put, Shape};
use crate::request::fields::{Absent, Field};
use crate::request::terms::{ConfigLocation, Draft, Selection};

/// Bytes of a bucket and its prefix: a key of S3 has no more.
const LONGEST_BUCKET: usize = 1024;
const LONGEST_DATE: usize = 64;
/// Bytes of an object's address, or of a path.
const LONGEST_ADDRESS: usize = 2048;
/// Bytes of a word, or the name of a zone.
const LONGEST_WORD: usize = 64;
/// Bytes of a word and a column's name.
const LONGEST_CHOICE: usize = 256;

/// All fields, in the order in which they are shown and checked.
pub static FIELDS: [Field; 19] = [
    Field {
        name: "schema",
        absent: Absent::IsRefused,
        shape: Shape::Name,
        metavar: "SCHEMA",
        doc: "target schema",
        put: Put::Name(|name, draft| draft.schema = Some(name)),
    },
    Field {
        name: "tables",
        absent: Absent::IsRefused,
        shape: Shape::Names,
        metavar: "A,B",
        doc: "target tables, at most 100",
        put: Put::Name(|name, draft| {
            if !draft.tables.contains(&name) {
                draft.tables.push(name);
            }
        }),
    },
    Field {
        name: "bucket",
        absent: Absent::IsRefused,
        shape: Shape::Text {
            longest: LONGEST_BUCKET,
            form: Form::Pattern(r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?$"),
        },
        metavar: "BUCKET",
        doc: "S3 bucket to load from, with or without a prefix: `analytics`, `analytics/some/prefix`",
        put: Put::Text(bucket),
    },
    Field {
        name: "truncate",
        absent: Absent::Means("false"),
        shape: Shape::Switch,
        metavar: "true|false",
        doc: "replace all rows, in the transaction of the load; does not imply `force`",
        put: Put::Switch(|is_on, draft| draft.truncate = is_on),
    },
    Field {
        name: "force",
        absent: Absent::Means("false"),
        shape: Shape::Switch,
        metavar: "true|false",
        doc: "load even when the table has this or newer data; replaces the rows of that data date, or of its window",
        put: Put::Switch(|is_on, draft| draft.force = is_on),
    },
    Field {
        name: "date",
        absent: Absent::Is("the newest"),
        shape: Shape::Text { longest: LONGEST_DATE, form: Form::Instant },
        metavar: "DATE",
        doc: "load only this data date, RFC 3339 such as `2015-07-01T00:00:00Z`",
        put: Put::Text(date),
    },
    Field {
        name: "config",
        absent: Absent::Is("beside the file"),
        shape: Shape::Text { longest: LONGEST_ADDRESS, form: Form::Any },
        metavar: "CONFIG",
        doc: "another table config: `s3://…`, or a file of `TABLE_CONFIG_DIR`; for `load` and `plan` any path",
        put: Put::Text(|raw, draft| {
            draft.config = Some(ConfigLocation::parse(raw)?);
            Ok(())
        }),
    },
    Field {
        name: "granularity",
        absent: Absent::Is("`meta`, or `exact`"),
        shape: Shape::Word(Granularity::WORDS),
        metavar: "GRANULARITY",
        doc: "which rows the load replaces by the data date column: those of the very date, of its `hour` or `day`, or of a named span (`stream`)",
        put: Put::Text(granularity),
    },
    Field {
        name: "timezone",
        absent: Absent::Is("`meta`, or `UTC`"),
        shape: Shape::Text { longest: LONGEST_WORD, form: Form::Any },
        metavar: "ZONE",
        doc: "IANA zone of the data date column, such as `America/New_York`",
        put: Put::Text(zone),
    },
    Field {
        name: "stream_start",
        absent: Absent::Is(""),
        shape: Shape::Text { longest: LONGEST_DATE, form: Form::Instant },
        metavar: "DATE",
        doc: "start of the span whose rows are replaced, with `granularity: stream`",
        put: Put::Text(|raw, draft| {
            draft.stream_start = Some(instant("stream_start", raw)?);
            Ok(())
        }),
    },
    Field {
        name: "stream_end",
        absent: Absent::Is(""),
        shape: Shape::Text { longest: LONGEST_DATE, form: Form::Instant },
        metavar: "DATE",
        doc: "its end, which is not part of it",
        put: Put::Text(|raw, draft| {
            draft.stream_end = Some(instant("stream_end", raw)?);
            Ok(())
        }),
    },
    Field {
        name: "format",
        absent: Absent::Is("`meta`, or by the suffix"),
        shape: Shape::Word(&Format::NAMES),
        metavar: "FORMAT",
        doc: "format of the data, whatever the suffix of the file says",
        put: Put::Text(|raw, draft| draft.files.read_format(raw)),
    },
    Field {
        name: "delimiter",
        absent: Absent::Is("`meta`"),
        shape: Shape::Text { longest: LONGEST_WORD, form: Form::Any },
        metavar: "TEXT",
        doc: r"what stands between the fields of `csv` and of `delimited`, which it means by itself: `;`, `\t`, `|~|`, or octal as `\001`",
        put: Put::Text(|raw, draft| draft.files.read_delimiter(raw)),
    },
    Field {
        name: "ignore_header",
        absent: Absent::Is("`meta`"),
        shape: Shape::Count,
        metavar: "N",
        doc: "lines to skip at the start of each file; the last of them may name the columns",
        put: Put::Count(|lines, draft| draft.files.read_ignore_header(lines)),
    },
    Field {
        name: "json_paths",
        absent: Absent::Is("`meta`"),
        shape: Shape::Text { longest: LONGEST_ADDRESS, form: Form::Pattern("^s3://") },
        metavar: "ADDRESS",
        doc: "JSONPaths file, with a path for each column of the table config in its order",
        put: Put::Text(|raw, draft| draft.files.read_json_paths(raw)),
    },
    Field {
        name: "copy_options",
        absent: Absent::Is("`meta`"),
        shape: Shape::Texts,
        metavar: "OPTION",
        doc: "further options of COPY, one in each text, such as `NULL AS 'none'`; the flag may be repeated",
        put: Put::Texts(|texts, draft| draft.files.read_copy_options(texts.iter().copied())),
    },
    Field {
        name: "mode",
        absent: Absent::Is("`meta`, or `append`"),
        shape: Shape::Word(LoadMode::WORDS),
        metavar: "MODE",
        doc: "`replace` is `truncate`; `merge` replaces the rows whose primary key the data has, and adds the others",
        put: Put::Text(mode),
    },
    Field {
        name: "duplicates",
        absent: Absent::Is("`meta`, or `refuse`"),
        shape: Shape::Text {
            longest: LONGEST_CHOICE,
            form: Form::Pattern("^(refuse|identical_only|latest_by:.+)$"),
        },
        metavar: "WHAT",
        doc: "with `mode: merge`, what becomes of rows of one key in the data: `refuse`, `latest_by:<column>`, `identical_only`",
        put: Put::Text(|raw, draft| {
            let read = Duplicates::parse(raw).map_err(|problem| format!("`duplicates` {problem}"));
            draft.duplicates = Some(read?);
            Ok(())
        }),
    },
    Field {
        name: "expected_rows",
        absent: Absent::Is("any number"),
        shape: Shape::Count,
        metavar: "N",
        doc: "roll back and park the message when COPY loads another number; only with one table",
        put: Put::Count(|rows, draft| {
            draft.expected_rows = Some(rows);
            Ok(())
        }),
    },
];

fn bucket(raw: &str, draft: &mut Draft) -> Result<(), String> {
    let source = SourceBucket::parse(raw);
    let source = source.ok_or_else(|| {
        format!("`bucket` must be a bucket or bucket/prefix such as analytics/events, not `{}`", excerpt(raw))
    })?;
    draft.source = Some(source);
    Ok(())
}

fn date(raw: &str, draft: &mut Draft) -> Result<(), String> {
    draft.selection = Selection::Date(instant("date", raw)?);
    Ok(())
}

fn instant(field: &str, raw: &str) -> Result<DataDate, String> {
    DataDate::parse(raw).map_err(|error| format!("`{field}`: {error}"))
}

fn granularity(raw: &str, draft: &mut Draft) -> Result<(), String> {
    draft.granularity = Some(raw.parse().map_err(|_| {
        let words = Granularity::WORDS.join(", ");
        format!("`granularity` must be one of {words}, not `{}`", excerpt(raw))
    })?);
    Ok(())
}

fn zone(raw: &str, draft: &mut Draft) -> Result<(), String> {
    draft.zone = Some(Zone::parse(raw).map_err(|error| format!("`timezone`: {error}"))?);
    Ok(())
}

fn mode(raw: &str, draft: &mut Draft) -> Result<(), String> {
    draft.mode = Some(
        raw.parse()
            .map_err(|_| format!("`mode` must be append, replace or merge, not `{}`", excerpt(raw)))?,
    );
    Ok(())
}
