//! What pages ask of the ledger.

use chrono::{DateTime, Utc};

use crate::warehouse::redshift::sql::ledger::Ledger;
use crate::warehouse::redshift::sql::ledger::version::LedgerVersion;
use crate::warehouse::redshift::sql::quote::Literal;
use crate::warehouse::redshift::sql::text::Sql;

/// Loads of a table from which its cadence is learnt.
const LOADS_OF_A_TABLE: u32 = 9;
/// More than a page shows, and not more than memory bears.
const MOST_LOADS: u32 = 50_000;

impl Ledger {
    /// The last loads of every table, the newest first: schema, table, load id, data date and end in seconds since 1970,
    /// rows, the newest data date of all loads of the table, the cadence that its config said, in seconds, the message's id, and the mode.
    pub(crate) fn last_loads(&self, version: LedgerVersion) -> Sql {
        Sql::new(format!(
            "SELECT target_schema, target_table, load_id, EXTRACT(EPOCH FROM data_date)::bigint, \
             EXTRACT(EPOCH FROM finished_at)::bigint, rows_loaded, EXTRACT(EPOCH FROM newest_date)::bigint, cadence, message_id, mode FROM \
             (SELECT target_schema, target_table, load_id, data_date, finished_at, rows_loaded, {} AS cadence, message_id, mode, \
             MAX(data_date) OVER (PARTITION BY target_schema, target_table) AS newest_date, \
             ROW_NUMBER() OVER (PARTITION BY target_schema, target_table ORDER BY finished_at DESC, load_id DESC) AS place \
             FROM {}) ranked WHERE place <= {LOADS_OF_A_TABLE} ORDER BY target_schema, target_table, place LIMIT {MOST_LOADS}",
            version.ask("cadence_seconds"),
            self.name()
        ))
    }

    /// Hour in seconds since 1970, and its loads and their rows.
    pub(crate) fn loads_by_hour(&self, since: DateTime<Utc>) -> Sql {
        Sql::new(format!(
            "SELECT EXTRACT(EPOCH FROM DATE_TRUNC('hour', finished_at))::bigint AS hour_of, COUNT(*)::bigint, \
             SUM(rows_loaded)::bigint FROM {} WHERE finished_at >= {} GROUP BY 1 ORDER BY 1",
            self.name(),
            Literal::timestamp(since)
        ))
    }
}

/// What Redshift says of its version.
pub(crate) const VERSION: Sql = Sql::words("SELECT version()");
