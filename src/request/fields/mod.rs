//! The fields of a load message: what each is, how its value is read, and the [table](table::FIELDS) of all of them.

pub mod table;
pub mod value;
#[cfg(test)]
mod document;

use std::fmt;

use crate::request::fields::value::{Put, Shape};

/// One field of a load message, and the flag of the command line of the same name.
pub struct Field {
    pub name: &'static str,
    pub absent: Absent,
    pub shape: Shape,
    /// What the help of the command line shows for the flag's value.
    pub metavar: &'static str,
    /// What it asks for, in a sentence without its capital and its full stop.
    pub doc: &'static str,
    pub put: Put,
}

/// What a request means that lacks a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// Nothing: it is refused.
    IsRefused,
    /// The same as with this value.
    Means(&'static str),
    /// The same as with no other value, in words; empty when there is nothing to say.
    Is(&'static str),
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Field").field(&self.name).finish()
    }
}

impl Field {
    pub fn is_required(&self) -> bool {
        self.absent == Absent::IsRefused
    }
}

#[cfg(test)]
mod tests;
