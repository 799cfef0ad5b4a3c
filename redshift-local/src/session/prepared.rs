//! What a session keeps between the messages of the extended protocol.

use std::collections::HashMap;
use std::sync::Arc;

use crate::shared::long_names::InUse;
use crate::sql::command::Command;
use crate::sql::inward::Inward;
use crate::wire::frame::Frame;
use crate::wire::result::Shape;

/// The statements and portals of a session, by name. The empty name is the unnamed one.
#[derive(Default)]
pub(crate) struct Prepared {
    pub(super) statements: HashMap<String, Arc<Statement>>,
    pub(super) portals: HashMap<String, Portal>,
    /// After an error everything is passed over until the client synchronises.
    pub(super) skipping: bool,
}

#[derive(Clone)]
pub(super) struct Portal {
    pub(super) statement: Arc<Statement>,
    /// Of its rows, in the formats that Bind chose.
    pub(super) shape: Shape,
}

pub(super) struct Statement {
    pub(super) command: Command,
    pub(super) source: String,
    /// What PostgreSQL and `command` know of it, where that has stand-ins for long names.
    pub(super) inward: Option<Inward>,
    /// The Parse that PostgreSQL got; `None` for a statement that it never sees, such as COPY.
    pub(super) parse: Option<Frame>,
    #[expect(dead_code, reason = "long names are remembered as long as a statement can be asked for")]
    pub(super) names: Option<Arc<InUse>>,
}

impl Statement {
    /// Where in its source the character is that PostgreSQL calls by this number.
    pub(super) fn original_position(&self, position: usize) -> usize {
        let sql = self.command.sql();
        match &self.inward {
            None => sql.map_or(position, |sql| sql.original_position(&self.source, position)),
            Some(inward) => {
                let position = sql.map_or(position, |sql| sql.original_position(&inward.sql.text, position));
                inward.sql.original_position(&self.source, position)
            }
        }
    }
}
