//! What is missing, for people and for programs.

use std::io::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;

use crate::cli::terminal::HEAD;
use crate::missing::summary::{Summary, Total};
use crate::missing::{Data, Missing};
use crate::model::count::{counted, grouped};
use crate::model::shown::{shown, shown_as_json};

pub(super) fn json_line(missing: &Missing) -> String {
    let Missing { target, object, objects, data, why } = missing;
    let meta = &object.meta;
    // The parts of a date are several objects, each with an ETag of its own.
    let etag = Some(&meta.etag).filter(|etag| !etag.is_empty());
    let why: &'static str = why.into();
    let date = match data {
        Data::OfDate(date) => Some(date.to_string()),
        Data::File(date) => date.map(|date| date.to_string()),
    };
    let line = json!({
        "table": target.to_string(),
        "bucket": meta.uri.bucket,
        "key": meta.uri.key,
        "size": meta.size,
        "etag": etag,
        "last_modified": object.last_modified.map(in_seconds),
        "objects": objects,
        "data_date": date,
        "why": why,
    });
    shown_as_json(&line.to_string())
}

pub(super) fn summary(out: &mut impl Write, summary: &Summary, looked_at: u64) -> std::io::Result<()> {
    let looked_at = counted(looked_at, "object");
    if summary.tables.is_empty() {
        return writeln!(out, "nothing is missing: {looked_at} looked at");
    }
    let width = summary.tables.keys().map(|table| table.to_string().len()).max().unwrap_or_default().max(5);
    writeln!(
        out,
        "{HEAD}{:<width$}  {:>10}  {:>10}  {:>16}  {:<20}  newest{HEAD:#}",
        "table", "files", "rewritten", "bytes", "oldest"
    )?;
    let total = summary.total();
    let rows = summary.tables.iter().map(|(table, total)| (table.to_string(), total));
    for (name, row) in rows.chain([("total".to_owned(), &total)]) {
        let Total { files, bytes, rewritten, oldest, newest, examples } = row;
        let [files, rewritten, bytes] = [files, rewritten, bytes].map(|number| grouped(*number));
        let [oldest, newest] = [oldest, newest].map(|at| at.map(in_seconds).unwrap_or_default());
        let line =
            format!("{name:<width$}  {files:>10}  {rewritten:>10}  {bytes:>16}  {oldest:<20}  {newest}");
        writeln!(out, "{}", line.trim_end())?;
        for example in examples {
            writeln!(out, "  {}", shown(&example.to_string()))?;
        }
    }
    writeln!(out, "{looked_at} looked at")
}

fn in_seconds(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
