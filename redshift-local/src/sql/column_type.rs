//! A column's type as Redshift reads it, where PostgreSQL would read another or none.

use super::cursor::Cursor;
use super::refusal::Refusal;
use super::rewrite::Edits;

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
    "super",
    "varbyte",
    "varbinary",
    "binary",
];
const TYPES_NOT_COVERED: &[&str] = &["geometry", "geography", "hllsketch", "interval"];
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

/// A type as Redshift reads it (facts 0.19, 3.2): rewritten where PostgreSQL would read something wider.
/// Returns the length of a VARCHAR, `None` for any other type.
pub(crate) fn rewrite(
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
    let base_end = ahead.end_of_last();
    let mut varchar_length = None;
    match name.as_str() {
        "text" => {
            ahead.eat_parenthesis();
            edits.replace(token.start..ahead.end_of_last(), "varchar(256)");
            varchar_length = Some(256);
        }
        "varchar" | "nvarchar" => varchar_length = Some(varchar(ahead, token.start, edits)?),
        "char" | "character" | "nchar" if varying => {
            varchar_length = Some(varchar(ahead, token.start, edits)?);
        }
        "bpchar" => {
            let length = length(ahead)?.unwrap_or(256);
            edits.replace(token.start..ahead.end_of_last(), format!("char({length})"));
        }
        "char" | "character" | "nchar" => {
            let length = length(ahead)?.unwrap_or(1);
            if !(1..=4096).contains(&length) {
                return Err(Refusal::new("22023", "length for type character cannot exceed 4096"));
            }
            edits.replace(token.start..base_end, "char");
        }
        "numeric" | "decimal" => numeric(ahead, base_end, edits)?,
        "varbyte" | "varbinary" => varbyte(ahead, token.start, edits)?,
        "binary" => {
            ahead.expect_word("varying")?;
            varbyte(ahead, token.start, edits)?;
        }
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
    edits.replace(start..ahead.end_of_last(), format!("varchar({length})"));
    Ok(length)
}

/// The longest VARBYTE (fact 1.11), and the longest that PostgreSQL lets a type modifier be.
const LONGEST_VARBYTE: u64 = 16_777_216;
const LONGEST_MODIFIER: u64 = 10_485_760;

fn varbyte(ahead: &mut Cursor<'_>, start: usize, edits: &mut Edits) -> Result<(), Refusal> {
    let length = length(ahead)?.unwrap_or(64_000);
    if !(1..=LONGEST_VARBYTE).contains(&length) {
        return Err(Refusal::new(
            "22023",
            format!("length for type binary varying cannot exceed {LONGEST_VARBYTE}"),
        ));
    }
    if length > LONGEST_MODIFIER {
        return Err(Refusal::not_covered(&format!("VARBYTE longer than {LONGEST_MODIFIER} bytes")));
    }
    edits.replace(start..ahead.end_of_last(), format!("varbyte({length})"));
    Ok(())
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
