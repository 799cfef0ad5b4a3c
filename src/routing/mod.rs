//! From the key of a file to what is to be loaded: ordered rules, of which the first that matches decides.
//!
//! Whoever may write into the bucket chooses keys, so what a part of a key says is read as a field of a message is, and refused in
//! the same words. Nothing here looks at S3.

mod pattern;
mod date_part;
mod template;
mod byte_count;
mod rule;
mod read;
pub mod walk;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::batch_limits::BatchLimits;
use crate::model::object::ObjectUri;
use crate::model::routed_date::RoutedDate;
use crate::model::target_table::TargetTable;
use crate::request::{InvalidRequest, LoadRequest};

pub use rule::MayTake;
use rule::{Action, Rule};
use walk::Walk;

/// The rules of one file, in their order.
#[derive(Debug, Clone)]
pub struct Routes {
    rules: Vec<Rule>,
}

/// Everything that is wrong with a file of routes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.join("; "))]
pub struct InvalidRoutes {
    /// Never empty.
    pub problems: Vec<String>,
}

/// What becomes of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Routed {
    /// No rule matches.
    Unrouted,
    /// The first rule that matches says that it is no data.
    Ignored(Matched),
    /// The first rule that matches makes no request of it that can be carried out.
    Invalid(Matched, InvalidRequest),
    Load(Matched, Box<RoutedLoad>),
}

/// The rule that matches, and what it has found in the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// From 1.
    pub line: u32,
    /// As it is written.
    pub pattern: String,
    /// The named parts of the key, in the order of the pattern.
    pub parts: Vec<(String, String)>,
}

/// What a rule makes of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutedLoad {
    /// Of one table, in the bucket of the key.
    pub request: LoadRequest,
    /// The date of the data, where the key tells it; by the clocks of the data date column's zone when it has no offset.
    pub date: Option<RoutedDate>,
    /// The fields of the message that asks for the same.
    pub fields: BTreeMap<String, Value>,
    pub limits: BatchLimits,
}

impl Routes {
    /// Reads a file of routes.
    ///
    /// # Errors
    /// Names every problem of every rule, with its line.
    pub fn parse(text: &str) -> Result<Self, InvalidRoutes> {
        read::read(text)
    }

    /// How many rules there are.
    pub fn count(&self) -> usize {
        self.rules.len()
    }

    /// Where the objects are that a rule may take for data.
    pub fn walk(&self) -> Walk {
        let rules = self.rules.iter().filter(|rule| matches!(rule.action, Action::Load(_)));
        Walk::of(rules.map(|rule| (rule.line, &rule.pattern)))
    }

    /// The tables that rules name whatever the key says.
    pub fn named_tables(&self) -> BTreeSet<TargetTable> {
        let named = |rule: &Rule| match &rule.action {
            Action::Ignore => None,
            Action::Load(load) => load.named_table(),
        };
        self.rules.iter().filter_map(named).collect()
    }

    /// Which files of a table the rules may take, as far as they tell without a key.
    pub fn may_take(&self, target: &TargetTable) -> MayTake {
        self.rules.iter().map(|rule| rule.may_take(target)).max().unwrap_or(MayTake::Nothing)
    }

    pub fn route(&self, key: &ObjectUri) -> Routed {
        let address = key.to_string();
        let found = self.rules.iter().find_map(|rule| Some((rule, rule.pattern.parts_of(&address)?)));
        let Some((rule, parts)) = found else { return Routed::Unrouted };
        let matched = Matched { line: rule.line, pattern: rule.pattern.to_string(), parts };
        match &rule.action {
            Action::Ignore => Routed::Ignored(matched),
            Action::Load(load) => match load.of(key, &rule.pattern, &matched.parts) {
                Ok(load) => Routed::Load(matched, Box::new(load)),
                Err(invalid) => Routed::Invalid(matched, invalid),
            },
        }
    }
}

#[cfg(test)]
mod tests;
