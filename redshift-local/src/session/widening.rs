//! ALTER TABLE ... ALTER COLUMN ... TYPE: what the catalog has to say against it (fact 2.2).
//!
//! A view that reads the column is in PostgreSQL's way too, which refuses it in the words of Redshift.

use super::failure::Failure;
use super::state::Session;
use crate::sql::alter_table::Widening;
use crate::sql::quote::literal;
use crate::sql::refusal::Refusal;

/// The encodings of columns whose size stays as it is [DG `r_ALTER_TABLE`].
const FIXED_BY_ENCODING: [&str; 4] = ["bytedict", "runlength", "text255", "text32k"];

/// A column as it is.
#[derive(Debug)]
struct Column {
    table: String,
    name: String,
    /// Of a VARCHAR, in bytes.
    length: Option<u64>,
    encoding: String,
    has_default: bool,
    /// UNIQUE, PRIMARY KEY or FOREIGN KEY.
    has_key: bool,
    /// It is the dist key, or in the sort key.
    spreads_or_sorts: bool,
}

impl Session {
    /// Only a VARCHAR changes, only in size, and only when nothing hangs on it.
    pub(crate) async fn check_widening(&mut self, wish: &Widening) -> Result<(), Failure> {
        // A missing table or column is PostgreSQL's to refuse.
        match self.column_to_widen(wish).await? {
            Some(column) => Ok(column.check(wish.length)?),
            None => Ok(()),
        }
    }

    async fn column_to_widen(&mut self, wish: &Widening) -> Result<Option<Column>, Failure> {
        let query = format!(
            "SELECT CASE WHEN a.atttypid = 'varchar'::regtype THEN a.atttypmod - 4 END,
                    pg_catalog.format_encoding(shown.attencodingtype), a.atthasdef,
                    EXISTS (SELECT FROM pg_catalog.postgres_constraint c
                             WHERE c.conrelid = attrelid AND attnum = ANY (c.conkey) AND c.contype IN ('f', 'p', 'u')),
                    shown.attisdistkey OR shown.attsortkeyord <> 0
               FROM pg_catalog.postgres_attribute a
               JOIN redshift_catalog.all_attributes shown USING (attrelid, attnum)
               JOIN pg_catalog.postgres_class t ON t.oid = a.attrelid AND t.relkind = 'r'
              WHERE attrelid = to_regclass({table}) AND a.attname = {column} AND NOT a.attisdropped AND attnum > 0",
            table = literal(&wish.table.to_string()),
            column = literal(&wish.column),
        );
        let rows = self.backend.ask(&query).await?;
        let Some([length, Some(encoding), Some(has_default), Some(has_key), Some(spreads_or_sorts)]) =
            rows.first().map(Vec::as_slice)
        else {
            return Ok(None);
        };
        Ok(Some(Column {
            table: wish.table.short().to_owned(),
            name: wish.column.clone(),
            length: length.as_ref().and_then(|length| length.parse().ok()),
            encoding: encoding.clone(),
            has_default: has_default == "t",
            has_key: has_key == "t",
            spreads_or_sorts: spreads_or_sorts == "t",
        }))
    }
}

impl Column {
    fn check(&self, wish: u64) -> Result<(), Refusal> {
        let Self { table, name, encoding, .. } = self;
        let column = format!("cannot alter column \"{name}\" of relation \"{table}\"");
        let message = match self.length {
            None => format!("{column}, ALTER COLUMN TYPE is only supported for the size of a VARCHAR column"),
            Some(length) if length == wish => format!("{column}, target column size should be different"),
            Some(length) if self.has_default && wish < length => {
                "cannot decrease a VARCHAR column size with default value".to_owned()
            }
            Some(_) if self.has_default => format!("{column} with a default value"),
            Some(_) if self.has_key => {
                format!("{column} with a UNIQUE, PRIMARY KEY or FOREIGN KEY constraint")
            }
            Some(_) if FIXED_BY_ENCODING.contains(&encoding.as_str()) => {
                format!("{column} with encode type \"{encoding}\"")
            }
            // Also where Redshift has chosen the key [estuary/connectors #4893].
            Some(_) if self.spreads_or_sorts => {
                return Err(Refusal::new("XX000", "found unexpected dependency for column"));
            }
            Some(_) => return Ok(()),
        };
        Err(Refusal::unsupported(message))
    }
}
