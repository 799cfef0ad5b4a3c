//! VACUUM RECLUSTER: not of every table [DG `r_VACUUM_command`].

use super::failure::Failure;
use super::state::Session;
use crate::sql::cursor::TableName;
use crate::sql::quote::literal;
use crate::sql::refusal::Refusal;

impl Session {
    /// A missing table is PostgreSQL's to refuse.
    pub(crate) async fn check_recluster(&mut self, table: &TableName) -> Result<(), Failure> {
        let query = format!(
            "SELECT EXISTS (SELECT FROM redshift_catalog.table_attributes a
                             WHERE a.relation = t.oid AND (a.diststyle = 8 OR redshift_catalog.is_interleaved(a.sortkey)))
               FROM pg_catalog.postgres_class t WHERE t.oid = to_regclass({})",
            literal(&table.to_string())
        );
        let rows = self.backend.ask(&query).await?;
        let is_refused = rows.into_iter().flatten().flatten().any(|refused| refused == "t");
        if is_refused {
            let words =
                "VACUUM RECLUSTER is not supported for tables with interleaved sort keys or DISTSTYLE ALL";
            return Err(Refusal::unsupported(words).into());
        }
        Ok(())
    }
}
