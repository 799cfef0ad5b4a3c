//! Long names, kept where PostgreSQL finds them: its catalogs shall show the names and not their stand-ins.

use std::sync::Arc;

use tokio_postgres::{Error, Row};

use super::backend::Status;
use super::failure::Failure;
use super::state::Session;
use crate::shared::long_names::InUse;
use crate::sql::long_name::LongName;
use crate::sql::quote::literal;
use crate::sql::refusal::Refusal;
use crate::sql::settings::stand_in;
use crate::sql::statement::Statement;
use crate::wire::report::Report;

impl Session {
    /// Remembers the names that the database kept from earlier runs.
    pub(crate) async fn recall_long_names(&self) -> Result<(), Error> {
        if self.shared.long_names.are_recalled(&self.database) {
            return Ok(());
        }
        let query = "SELECT stand_in, name FROM redshift_catalog.long_names";
        let rows = self.shared.control.connect(&self.database).await?.query(query, &[]).await?;
        let pair = |row: &Row| Ok(LongName { stand_in: row.try_get(0)?, name: row.try_get(1)? });
        let names = rows.iter().map(pair).collect::<Result<Vec<_>, Error>>()?;
        self.shared.long_names.recall(&self.database, &names);
        Ok(())
    }

    /// Remembers the names of the statement at hand, which may have none: until the next one, and as long as what this
    /// returns lives. What it leaves in PostgreSQL's session, such as a cursor, may be asked for until the session ends.
    pub(crate) fn use_long_names(
        &mut self,
        statement: &Statement<'_>,
        names: &[LongName],
    ) -> Result<Arc<InUse>, Refusal> {
        let in_use = Arc::new(self.shared.long_names.in_use(names)?);
        if ["declare", "prepare", "set"].iter().any(|verb| statement.is_word(0, verb)) {
            self.names_of_session.take_over(self.shared.long_names.in_use(names)?);
        }
        self.names_of_statement = Arc::clone(&in_use);
        Ok(in_use)
    }

    /// Keeps names that are about to be given. On a session of its own: what is rolled back may be tried again at once,
    /// by somebody else too, and nobody shall wait for us or conflict with us.
    pub(crate) async fn keep_long_names(&mut self, names: &[LongName]) -> Result<(), Failure> {
        if names.is_empty() || self.backend.status() == Status::Failed {
            return Ok(());
        }
        self.insert(names)
            .await
            .map_err(|error| Report::error("XX000", format!("the names could not be kept: {error}")))?;
        self.shared.long_names.keep(names);
        if self.backend.status() == Status::Open {
            // The transaction's snapshot may be older than the row.
            let pairs: serde_json::Map<_, _> =
                names.iter().map(|long| (long.stand_in.clone(), long.name.clone().into())).collect();
            self.own_long_names.extend(pairs);
            let own = serde_json::to_string(&self.own_long_names).expect("strings always serialize");
            self.backend.ask(&format!("SET LOCAL {} = {}", stand_in("long_names"), literal(&own))).await?;
        }
        Ok(())
    }

    async fn insert(&self, names: &[LongName]) -> Result<(), Error> {
        let rows: Vec<_> = names
            .iter()
            .map(|long| format!("({}, {})", literal(&long.stand_in), literal(&long.name)))
            .collect();
        let sql = format!(
            "INSERT INTO redshift_catalog.long_names (stand_in, name) VALUES {} ON CONFLICT DO NOTHING",
            rows.join(", ")
        );
        self.shared.control.connect(&self.database).await?.batch_execute(&sql).await
    }
}
