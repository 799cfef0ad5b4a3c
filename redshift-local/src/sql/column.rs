//! One column's definition, in CREATE TABLE or ADD COLUMN: Redshift's types and words, as PostgreSQL shall see them.

use super::attributes::Attributes;
use super::cursor::Cursor;
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

const TYPES: &[&str] = &[
    "smallint",
    "int2",
    "integer",
    "int",
    "int4",
    "bigint",
    "int8",
    "decimal",
    "numeric",
    "real",
    "float4",
    "double",
    "float8",
    "float",
    "boolean",
    "bool",
    "char",
    "character",
    "nchar",
    "bpchar",
    "varchar",
    "nvarchar",
    "text",
    "date",
    "timestamp",
    "timestamptz",
    "time",
    "timetz",
];
const TYPES_NOT_COVERED: &[&str] =
    &["super", "varbyte", "varbinary", "binary", "geometry", "geography", "hllsketch", "interval"];
const TYPES_OF_POSTGRES: &[&str] = &[
    "bigserial",
    "bit",
    "box",
    "bytea",
    "cidr",
    "circle",
    "inet",
    "json",
    "jsonb",
    "line",
    "lseg",
    "macaddr",
    "money",
    "path",
    "point",
    "polygon",
    "serial",
    "serial2",
    "serial4",
    "serial8",
    "smallserial",
    "tsquery",
    "tsvector",
    "uuid",
    "xml",
];

/// Rewrites from the name to `end`, the index of the first token that is not the definition's.
pub(crate) fn rewrite(
    ahead: &mut Cursor<'_>,
    end: usize,
    table: &str,
    attributes: &mut Attributes,
    edits: &mut Edits,
) -> Result<Definition, Refusal> {
    let column = ahead.expect_name()?;
    rewrite_type(ahead, table, &column, edits)?;
    let mut definition = Definition::default();
    while ahead.index < end {
        let start = ahead.peek().map_or(0, |token| token.start);
        if ahead.eat("distkey") {
            attributes.set_distkey(column.clone())?;
            definition.keys.push("DISTKEY");
            remove(ahead, start, edits);
        } else if ahead.eat("sortkey") {
            attributes.sortkey = Some(vec![column.clone()]);
            definition.keys.push("SORTKEY");
            remove(ahead, start, edits);
        } else if ahead.eat("encode") {
            attributes.take_encoding(&column, ahead)?;
            remove(ahead, start, edits);
        } else if ahead.eat("identity") {
            definition.identity = true;
            edits.replace(start..end_of_last(ahead), "GENERATED ALWAYS AS IDENTITY");
            rewrite_identity(ahead, edits)?;
        } else if ahead.eat_all(&["generated", "by", "default", "as", "identity"]) {
            definition.identity = true;
            rewrite_identity(ahead, edits)?;
        } else if ahead.eat_all(&["collate", "case_sensitive"]) {
            remove(ahead, start, edits);
        } else if ahead.is("collate") {
            return Err(Refusal::not_covered("COLLATE CASE_INSENSITIVE"));
        } else if ahead.eat("references") {
            // Neither enforced by Redshift nor possible here, where unique indexes are not enforced either.
            ahead.expect_table()?;
            ahead.eat_parenthesis();
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
    Ok(definition)
}

/// `(seed, step)`
fn rewrite_identity(ahead: &mut Cursor<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    let start = ahead.peek().map_or(0, |token| token.start);
    ahead.expect_symbol(b'(')?;
    let seed = ahead.eat_integer().ok_or_else(|| ahead.syntax_error())?;
    ahead.expect_symbol(b',')?;
    let step = ahead.eat_integer().ok_or_else(|| ahead.syntax_error())?;
    ahead.expect_symbol(b')')?;
    edits.replace(start..end_of_last(ahead), format!("(START WITH {seed} INCREMENT BY {step})"));
    Ok(())
}

fn remove(ahead: &Cursor<'_>, start: usize, edits: &mut Edits) {
    edits.remove(start..end_of_last(ahead));
}

/// Where the token before the cursor ends.
fn end_of_last(ahead: &Cursor<'_>) -> usize {
    ahead.statement.tokens[ahead.index - 1].end
}

/// A type as Redshift reads it (facts 0.19, 3.2): rewritten where PostgreSQL would read something wider.
/// Returns the length of a VARCHAR, `None` for any other type.
pub(crate) fn rewrite_type(
    ahead: &mut Cursor<'_>,
    table: &str,
    column: &str,
    edits: &mut Edits,
) -> Result<Option<u64>, Refusal> {
    let Some(token) = ahead.peek() else { return Err(ahead.syntax_error()) };
    let name = ahead.expect_name()?;
    if TYPES_NOT_COVERED.contains(&name.as_str()) {
        return Err(Refusal::not_covered(&format!("the type {}", name.to_ascii_uppercase())));
    }
    if TYPES_OF_POSTGRES.contains(&name.as_str()) {
        return Err(Refusal::unsupported(format!(
            "Column \"{table}.{column}\" has unsupported type \"{name}\"."
        )));
    }
    if !TYPES.contains(&name.as_str()) {
        return Err(Refusal::new("42704", format!("type \"{name}\" does not exist")));
    }
    let varying = matches!(name.as_str(), "char" | "character" | "nchar") && ahead.eat("varying");
    let base_end = end_of_last(ahead);
    let mut varchar_length = None;
    match name.as_str() {
        "text" => {
            ahead.eat_parenthesis();
            edits.replace(token.start..end_of_last(ahead), "varchar(256)");
            varchar_length = Some(256);
        }
        "varchar" | "nvarchar" => varchar_length = Some(varchar(ahead, token.start, edits)?),
        "char" | "character" | "nchar" if varying => {
            varchar_length = Some(varchar(ahead, token.start, edits)?);
        }
        "bpchar" => {
            let length = length(ahead)?.unwrap_or(256);
            edits.replace(token.start..end_of_last(ahead), format!("char({length})"));
        }
        "char" | "character" | "nchar" => {
            let length = length(ahead)?.unwrap_or(1);
            if !(1..=4096).contains(&length) {
                return Err(Refusal::new("22023", "length for type character cannot exceed 4096"));
            }
            edits.replace(token.start..base_end, "char");
        }
        "numeric" | "decimal" => numeric(ahead, base_end, edits)?,
        "double" => ahead.expect_word("precision")?,
        "timestamp" | "time" => {
            ahead.eat_parenthesis();
            if !ahead.eat_all(&["without", "time", "zone"]) {
                ahead.eat_all(&["with", "time", "zone"]);
            }
        }
        _ => {}
    }
    if ahead.eat_symbol(b'[') {
        return Err(Refusal::unsupported(format!(
            "Column \"{table}.{column}\" has unsupported type \"{name}[]\"."
        )));
    }
    Ok(varchar_length)
}

fn varchar(ahead: &mut Cursor<'_>, start: usize, edits: &mut Edits) -> Result<u64, Refusal> {
    let length = length(ahead)?.unwrap_or(256);
    if !(1..=65_535).contains(&length) {
        return Err(Refusal::new("22023", "length for type character varying cannot exceed 65535"));
    }
    edits.replace(start..end_of_last(ahead), format!("varchar({length})"));
    Ok(length)
}

/// `( n )` or `( MAX )`, if a parenthesis is ahead.
fn length(ahead: &mut Cursor<'_>) -> Result<Option<u64>, Refusal> {
    if !ahead.eat_symbol(b'(') {
        return Ok(None);
    }
    let length = if ahead.eat("max") { Some(65_535) } else { ahead.eat_integer() };
    let length = length.ok_or_else(|| ahead.syntax_error())?;
    ahead.expect_symbol(b')')?;
    Ok(Some(length))
}

fn numeric(ahead: &mut Cursor<'_>, base_end: usize, edits: &mut Edits) -> Result<(), Refusal> {
    if !ahead.eat_symbol(b'(') {
        edits.insert(base_end, "(18,0)");
        return Ok(());
    }
    let precision = ahead.eat_integer().ok_or_else(|| ahead.syntax_error())?;
    if !(1..=38).contains(&precision) {
        return Err(Refusal::new("22023", format!("DECIMAL precision {precision} must be between 1 and 38")));
    }
    if ahead.eat_symbol(b',') {
        let scale = ahead.eat_integer().ok_or_else(|| ahead.syntax_error())?;
        if scale > precision.min(37) {
            return Err(Refusal::new(
                "22023",
                format!("DECIMAL scale {scale} must be between 0 and precision {precision}"),
            ));
        }
    }
    ahead.expect_symbol(b')')
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
