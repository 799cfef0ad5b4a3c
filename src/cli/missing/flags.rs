//! What `missing` is told.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use serde_json::{Map, Value};

use crate::cli::table_flag;
use crate::config::environment::Environment;
use crate::missing::date_range::moment;
use crate::missing::rate::Rate;
use crate::missing::scope::Scope;
use crate::model::shown::excerpt;
use crate::request::decode::decode;
use crate::request::{InvalidRequest, LoadRequest};

#[derive(Args)]
pub(in crate::cli) struct MissingFlags {
    /// Look at the dated layouts in this bucket, or below a prefix of it, instead of where ROUTES says
    #[arg(long, requires_all = ["schema", "tables"])]
    pub(super) bucket: Option<String>,
    /// The target schema of these tables
    #[arg(long, requires_all = ["bucket", "tables"])]
    schema: Option<String>,
    /// The target tables, separated by commas
    #[arg(long, value_name = "A,B", requires_all = ["bucket", "schema"])]
    tables: Option<String>,
    /// Only of this target table: schema.table, or table in every schema
    #[arg(long)]
    table: Option<String>,
    /// Only what was written to S3 since this day, RFC 3339 time, or for so long, such as 7d
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only what was written to S3 longer ago than this: younger files may be on their way
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = humantime::parse_duration)]
    older_than: Duration,
    /// One JSON object a line for each file, or for the data of each date
    #[arg(long)]
    pub(super) json: bool,
    /// Send it to `QUEUE_URL`, where the daemon loads each file once, however often it is sent
    #[arg(long)]
    pub(super) enqueue: bool,
    /// With --enqueue: at most so many messages a second (10/s) or a minute (30/m); the unit is required. A message has at most 50 files
    #[arg(long, value_name = "N/s|N/m", default_value = "10/s", requires = "enqueue")]
    pub(super) rate: Rate,
    /// With --enqueue: also what was loaded and then written again. The table config's `rewritten` says what becomes of it; data
    /// of a date replaces the rows of that date
    #[arg(long, requires = "enqueue")]
    pub(super) rewritten: bool,
    /// End with 3 when something is missing
    #[arg(long)]
    pub(super) exit_code: bool,
}

impl MissingFlags {
    /// The tables of the dated layouts, checked as a message is; `None` when routes are meant.
    pub(super) fn dated(&self) -> Option<Result<LoadRequest, InvalidRequest>> {
        let (bucket, schema, tables) = (self.bucket.as_ref()?, self.schema.as_ref()?, self.tables.as_ref()?);
        let fields = [("bucket", bucket), ("schema", schema), ("tables", tables)];
        let fields = fields.map(|(name, value)| (name.to_owned(), Value::from(value.as_str())));
        Some(decode(&Value::Object(Map::from_iter(fields)).to_string()))
    }

    /// What is wrong with it is a problem of the call.
    pub(super) fn scope(&self, now: DateTime<Utc>, environment: &mut Environment) -> Scope {
        let ago = |time: Duration| now.checked_sub_signed(chrono::Duration::from_std(time).ok()?);
        let table = table_flag::read(self.table.as_deref(), environment);
        let since = self.since.as_deref().and_then(|text| {
            let since = moment(text).or_else(|| ago(humantime::parse_duration(text).ok()?));
            if since.is_none() {
                environment.problem(format!(
                    "--since must be a day such as 2015-07-01, an RFC 3339 time, or a duration such as 7d, not `{}`",
                    excerpt(text)
                ));
            }
            since
        });
        let before = if self.older_than.is_zero() { None } else { ago(self.older_than) };
        Scope { table, since, before }
    }
}
