//! One column's definition, in CREATE TABLE or ADD COLUMN: Redshift's types and words, as PostgreSQL shall see them.

use super::attributes::Attributes;
use super::column_type;
use super::cursor::Cursor;
use super::foreign_key;
use super::lexer::Kind;
use super::refusal::Refusal;
use super::rewrite::Edits;

/// What a definition said, beside what goes into the attributes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Definition {
    pub not_null: bool,
    /// A default other than NULL.
    pub has_default: bool,
    pub identity: bool,
    /// UNIQUE, PRIMARY KEY, REFERENCES, DISTKEY or SORTKEY, in upper case.
    pub keys: Vec<&'static str>,
}

/// Rewrites from the name to `end`, the index of the first token that is not the definition's.
pub(crate) fn rewrite(
    ahead: &mut Cursor<'_>,
    end: usize,
    table: &str,
    attributes: &mut Attributes,
    edits: &mut Edits,
) -> Result<Definition, Refusal> {
    let column = ahead.expect_name()?;
    check_name(&column)?;
    let kind = ahead.peek_word().unwrap_or_default();
    column_type::rewrite(ahead, table, &column, edits)?;
    let mut definition = Definition::default();
    while ahead.index < end {
        let start = ahead.peek().map_or(0, |token| token.start);
        if ahead.eat("distkey") {
            attributes.set_distkey(column.clone())?;
            definition.keys.push("DISTKEY");
            remove(ahead, start, edits);
        } else if ahead.eat("sortkey") {
            attributes.set_sortkey(vec![column.clone()])?;
            definition.keys.push("SORTKEY");
            remove(ahead, start, edits);
        } else if ahead.eat("encode") {
            attributes.take_encoding(&column, ahead)?;
            remove(ahead, start, edits);
        } else if ahead.eat("identity") {
            definition.identity = true;
            edits.replace(start..ahead.end_of_last(), "GENERATED ALWAYS AS IDENTITY");
            rewrite_identity(ahead, edits)?;
        } else if ahead.eat_all(&["generated", "by", "default", "as", "identity"]) {
            definition.identity = true;
            rewrite_identity(ahead, edits)?;
        } else if ahead.eat_all(&["collate", "case_sensitive"]) {
            remove(ahead, start, edits);
        } else if ahead.is("collate") {
            return Err(Refusal::not_covered("COLLATE CASE_INSENSITIVE"));
        } else if ahead.eat("references") {
            let key = foreign_key::take_reference(ahead, None, vec![column.clone()])?;
            attributes.foreign_keys.push(key);
            definition.keys.push("REFERENCES");
            remove(ahead, start, edits);
        } else if ahead.eat_all(&["not", "null"]) {
            definition.not_null = true;
        } else if ahead.eat("default") {
            definition.has_default = !ahead.is("null");
            // The value's first token is never an attribute.
            if !ahead.eat_parenthesis() {
                ahead.index += 1;
            }
        } else if ahead.eat_all(&["primary", "key"]) {
            definition.keys.push("PRIMARY KEY");
        } else if ahead.eat("unique") {
            definition.keys.push("UNIQUE");
        } else if !ahead.eat_parenthesis() {
            ahead.index += 1;
        }
    }
    // [DG r_CREATE_TABLE_NEW]
    if definition.identity && !["int", "integer", "int4", "bigint", "int8"].contains(&kind.as_str()) {
        return Err(Refusal::new("22023", "identity column type must be integer or bigint"));
    }
    Ok(definition)
}

/// The columns that every table of PostgreSQL 8.0 has [DG `r_names`]; its later releases gave up the first.
pub(crate) fn check_name(column: &str) -> Result<(), Refusal> {
    if ["oid", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"].contains(&column) {
        let message = format!("column name \"{column}\" conflicts with a system column name");
        return Err(Refusal::new("42701", message));
    }
    Ok(())
}

/// `(seed, step)`, or nothing, which is (1, 1)
fn rewrite_identity(ahead: &mut Cursor<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    let start = ahead.peek().map_or(0, |token| token.start);
    if !ahead.eat_symbol(b'(') {
        return Ok(());
    }
    let seed = ahead.eat_integer().ok_or_else(|| ahead.syntax_error())?;
    ahead.expect_symbol(b',')?;
    let step = ahead.eat_integer().ok_or_else(|| ahead.syntax_error())?;
    ahead.expect_symbol(b')')?;
    edits.replace(
        start..ahead.end_of_last(),
        format!("(START WITH {seed} INCREMENT BY {step} MINVALUE {seed})"),
    );
    Ok(())
}

fn remove(ahead: &Cursor<'_>, start: usize, edits: &mut Edits) {
    edits.remove(start..ahead.end_of_last());
}

/// The index of the comma or closing parenthesis that ends the element at the cursor.
pub(crate) fn end_of_element(ahead: &Cursor<'_>) -> usize {
    let mut probe = ahead.clone();
    while let Some(token) = probe.peek() {
        if matches!(token.kind, Kind::Symbol(b',' | b')')) {
            break;
        }
        if !probe.eat_parenthesis() {
            probe.index += 1;
        }
    }
    probe.index
}
