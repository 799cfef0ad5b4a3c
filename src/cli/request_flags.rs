//! Flags that are fields of the load message, one name each.

use clap::Args;
use serde_json::{Map, Value};

use crate::request::LoadRequest;
use crate::request::decode::decode;
use crate::request::fields::InvalidRequest;

/// The fields of a load message.
#[derive(Args)]
pub(super) struct RequestFlags {
    /// Target schema
    #[arg(long)]
    schema: Option<String>,
    /// Tables to load, separated by commas
    #[arg(long, value_name = "A,B")]
    tables: Option<String>,
    /// Bucket to load from, or bucket/prefix
    #[arg(long)]
    bucket: Option<String>,
    /// Clear the tables first, in the transaction of the load; does not imply --force
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    truncate: Option<bool>,
    /// Load even when a table has this or newer data
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    force: Option<bool>,
    /// Load only this data date, such as 2015-07-01T00:00:00Z, instead of the newest
    #[arg(long)]
    date: Option<String>,
    /// Table config, s3://… or a path, instead of the one beside the data file
    #[arg(long)]
    config: Option<String>,
    /// Roll back when COPY loads another number of rows
    #[arg(long, value_name = "N")]
    expected_rows: Option<u64>,
    #[command(flatten)]
    later: LaterFlags,
}

/// Flags of the contract that are understood in order to be refused by name.
#[derive(Args)]
struct LaterFlags {
    #[arg(long, hide = true)]
    granularity: Option<String>,
    #[arg(long, hide = true)]
    timezone: Option<String>,
    #[arg(long, hide = true)]
    stream_start: Option<String>,
    #[arg(long, hide = true)]
    stream_end: Option<String>,
    #[arg(long, hide = true)]
    format: Option<String>,
    #[arg(long, hide = true)]
    delimiter: Option<String>,
    #[arg(long, hide = true)]
    ignore_header: Option<String>,
    #[arg(long, hide = true)]
    json_paths: Option<String>,
    #[arg(long, hide = true)]
    copy_options: Option<String>,
    #[arg(long, hide = true)]
    mode: Option<String>,
}

impl RequestFlags {
    /// The message that says the same.
    pub(super) fn message(&self) -> String {
        let LaterFlags { granularity, timezone, stream_start, stream_end, format, delimiter, .. } =
            &self.later;
        let LaterFlags { ignore_header, json_paths, copy_options, mode, .. } = &self.later;
        let texts = [
            ("schema", &self.schema),
            ("tables", &self.tables),
            ("bucket", &self.bucket),
            ("date", &self.date),
            ("config", &self.config),
            ("granularity", granularity),
            ("timezone", timezone),
            ("stream_start", stream_start),
            ("stream_end", stream_end),
            ("format", format),
            ("delimiter", delimiter),
            ("ignore_header", ignore_header),
            ("json_paths", json_paths),
            ("copy_options", copy_options),
            ("mode", mode),
        ];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, Value::String(text.clone()?))));
        let switches = [("truncate", self.truncate), ("force", self.force)];
        let switches = switches.into_iter().filter_map(|(name, switch)| Some((name, Value::Bool(switch?))));
        let numbers = self.expected_rows.map(|rows| ("expected_rows", Value::from(rows)));
        let fields: Map<String, Value> =
            texts.chain(switches).chain(numbers).map(|(name, value)| (name.to_owned(), value)).collect();
        Value::Object(fields).to_string()
    }

    /// The request, checked as a message with the same fields would be.
    pub(super) fn request(&self) -> Result<LoadRequest, InvalidRequest> {
        decode(&self.message())
    }
}
