//! What CREATE TABLE says in words that only Redshift has, as it is left behind the statement for the catalog.

use serde::Serialize;
use std::collections::BTreeMap;

use super::cursor::Cursor;
use super::foreign_key::ForeignKey;
use super::refusal::Refusal;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Attributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diststyle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distkey: Option<String>,
    /// `Some(empty)`: AUTO or NONE was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sortkey: Option<Vec<String>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interleaved: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub encodings: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub foreign_keys: Vec<ForeignKey>,
    /// The table is there already, and is changed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub alters: bool,
    /// The table whose keys are taken over, quoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
    /// Its defaults are taken over too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub like_defaults: bool,
}

const DISTSTYLES: [&str; 4] = ["auto", "even", "key", "all"];
const ENCODINGS: [&str; 14] = [
    "auto",
    "az64",
    "bytedict",
    "delta",
    "delta32k",
    "lzo",
    "mostly8",
    "mostly16",
    "mostly32",
    "raw",
    "runlength",
    "text255",
    "text32k",
    "zstd",
];

impl Attributes {
    /// One attribute of the table, if one is ahead: `DISTSTYLE x`, `DISTKEY (c)`, `[COMPOUND | INTERLEAVED] SORTKEY (c, ...)`,
    /// `SORTKEY {AUTO | NONE}`, `ENCODE AUTO`, `BACKUP {YES | NO}`.
    pub(crate) fn take(&mut self, ahead: &mut Cursor<'_>) -> Result<bool, Refusal> {
        if ahead.eat("diststyle") {
            let style = ahead.peek_word().filter(|style| DISTSTYLES.contains(&style.as_str()));
            let style = style.ok_or_else(|| ahead.syntax_error())?;
            if self.diststyle.replace(style).is_some() {
                return Err(Refusal::new("42601", "multiple distribution styles specified"));
            }
            ahead.index += 1;
        } else if ahead.eat("distkey") {
            let column = parenthesised_name(ahead)?;
            self.set_distkey(column)?;
        } else if ahead.eat_all(&["sortkey", "auto"]) || ahead.eat_all(&["sortkey", "none"]) {
            self.set_sortkey(Vec::new())?;
        } else if ahead.is("sortkey") || ahead.is("compound") || ahead.is("interleaved") {
            self.interleaved = ahead.eat("interleaved");
            ahead.eat("compound");
            ahead.expect_word("sortkey")?;
            let columns = ahead.expect_names()?;
            let limit = if self.interleaved { 8 } else { 400 };
            if columns.len() > limit {
                return Err(Refusal::new(
                    "54011",
                    format!("maximum number of sortkeys exceeded. The maximum is {limit}."),
                ));
            }
            self.set_sortkey(columns)?;
        } else if ahead.eat_all(&["encode", "auto"]) {
        } else if ahead.eat("backup") {
            if !ahead.eat("yes") {
                ahead.expect_word("no")?;
            }
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    pub(crate) fn set_distkey(&mut self, column: String) -> Result<(), Refusal> {
        match self.distkey.replace(column) {
            None => Ok(()),
            Some(_) => Err(Refusal::new("42601", "multiple distribution keys specified")),
        }
    }

    /// None for AUTO and NONE.
    pub(crate) fn set_sortkey(&mut self, columns: Vec<String>) -> Result<(), Refusal> {
        let twice = columns.iter().enumerate().find(|(place, column)| columns[..*place].contains(column));
        if let Some((_, column)) = twice {
            return Err(Refusal::new("42701", format!("column \"{column}\" is in the sort key twice")));
        }
        match self.sortkey.replace(columns) {
            None => Ok(()),
            Some(_) => Err(Refusal::new("42601", "multiple sort keys specified")),
        }
    }

    /// `ENCODE x` of a column; the word itself is already behind us.
    pub(crate) fn take_encoding(&mut self, column: &str, ahead: &mut Cursor<'_>) -> Result<(), Refusal> {
        let encoding = ahead.peek_word().unwrap_or_default();
        if !ENCODINGS.contains(&encoding.as_str()) {
            return Err(ahead.syntax_error());
        }
        ahead.index += 1;
        self.encodings.insert(column.to_owned(), encoding);
        Ok(())
    }

    /// KEY and a distribution key come together or not at all.
    pub(crate) fn agree(&mut self) -> Result<(), Refusal> {
        match (self.diststyle.as_deref(), &self.distkey) {
            (None, Some(_)) => self.diststyle = Some("key".to_owned()),
            (Some("key"), None) => {
                return Err(Refusal::new(
                    "42601",
                    "Must specify distribution key for distribution style KEY",
                ));
            }
            (Some("key"), Some(_)) | (_, None) => {}
            (Some(style), Some(_)) => {
                let style = style.to_ascii_uppercase();
                return Err(Refusal::new(
                    "42601",
                    format!("Cannot specify distribution key for distribution style {style}"),
                ));
            }
        }
        Ok(())
    }

    /// The comment that carries this to the event trigger `redshift_catalog.after_ddl`, through both protocols and in
    /// the statement's own transaction. On a line of its own, should the statement end in a comment. Empty when nothing was said.
    pub(crate) fn comment(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        let json = serde_json::to_string(self).expect("strings and lists always serialize");
        // A name with an asterisk must not end the comment.
        format!("\n/* redshift-local: {} */", json.replace('*', "\\u002a"))
    }
}

fn parenthesised_name(ahead: &mut Cursor<'_>) -> Result<String, Refusal> {
    ahead.expect_symbol(b'(')?;
    let name = ahead.expect_name()?;
    ahead.expect_symbol(b')')?;
    Ok(name)
}
