//! The statements of a table config, which are its own words.

use crate::model::own_sql::OwnStatement;
use crate::warehouse::redshift::sql::text::Sql;

/// As it is written: that it is one statement, and one that may stand in a load, is why there is such a value.
pub(crate) fn statement(own: &OwnStatement) -> Sql {
    Sql::new(own.text().to_owned())
}
