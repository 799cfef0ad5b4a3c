//! Words that mean something else to PostgreSQL, wherever in a statement they stand: names that fold although quoted,
//! `#names`, SYSDATE, MINUS, parts of dates, types.

use super::lexer::Kind;
use super::quote::identifier;
use super::rewrite::Edits;
use super::statement::Statement;

/// Values in PostgreSQL's grammar (`system_user` since 16), and names in Redshift's.
const WORDS_OF_POSTGRES: [&str; 2] = ["current_catalog", "system_user"];

/// What PostgreSQL's grammar has taken over from functions of that name, with clauses of its own: some of it in 16, the
/// rest in 17. Redshift has functions only, and of these `json_serialize`; in quotes they are functions everywhere.
const SYNTAX_OF_JSON: [&str; 12] = [
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "merge_action",
];

fn is_one_of(words: &[&str], text: &str) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// What every statement needs: names fold although quoted, `#names` get quotes, SYSDATE becomes a call,
/// and so on.
pub(crate) fn rewrite(statement: &Statement<'_>, edits: &mut Edits) {
    for (index, &token) in statement.tokens.iter().enumerate() {
        let text = statement.text(token);
        match token.kind {
            Kind::QuotedName if text.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                edits.replace_token(token, identifier(&statement.quoted_name(text)));
            }
            Kind::Word if text.starts_with('#') => {
                edits.replace_token(token, identifier(&text.to_ascii_lowercase()));
            }
            Kind::Word if text.eq_ignore_ascii_case("sysdate") => {
                let qualified = index > 0 && statement.is_symbol(index - 1, b'.');
                if !qualified
                    && !statement.is_symbol(index + 1, b'.')
                    && !statement.is_symbol(index + 1, b'(')
                {
                    edits.replace_token(token, "sysdate()");
                }
            }
            // Where it is a function, it is one of ours, which knows long names.
            Kind::Word if text.eq_ignore_ascii_case("current_schema") => {
                let is_call = statement.is_symbol(index + 1, b'(') || statement.is_symbol(index + 1, b'.');
                let is_label =
                    index > 0 && (statement.is_symbol(index - 1, b'.') || statement.is_word(index - 1, "as"));
                if !is_call && !is_label {
                    edits.insert(token.end, "()");
                }
            }
            // As a text first: PostgreSQL would cut a long name in it.
            Kind::Parameter
                if statement.is_symbol(index + 1, b':')
                    && statement.is_symbol(index + 2, b':')
                    && statement.is_word(index + 3, "regclass") =>
            {
                edits.insert(token.end, "::text");
            }
            // Redshift has no such word [jdbc #155]: these are names of columns.
            Kind::Word if is_one_of(&WORDS_OF_POSTGRES, text) => {
                edits.replace_token(token, identifier(&text.to_ascii_lowercase()));
            }
            Kind::Word if statement.is_symbol(index + 1, b'(') && is_one_of(&SYNTAX_OF_JSON, text) => {
                edits.replace_token(token, identifier(&text.to_ascii_lowercase()));
            }
            // `10WHEN`, as AWS's driver writes: PostgreSQL wants a blank since 15.
            Kind::Number
                if statement
                    .tokens
                    .get(index + 1)
                    .is_some_and(|next| next.kind == Kind::Word && next.start == token.end) =>
            {
                edits.insert(token.end, " ");
            }
            // Redshift takes a number for a condition, as sqlalchemy-redshift writes it.
            Kind::Number if is_condition(statement, index) => edits.insert(token.end, " <> 0"),
            // `varchar(max)`, in casts as well as in definitions.
            Kind::Word if text.eq_ignore_ascii_case("max") && is_length(statement, index) => {
                edits.replace_token(token, "65535");
            }
            // `dateadd(day, ...)`: to PostgreSQL the part would be a column.
            Kind::Word if is_date_part(statement, index) => {
                edits.replace_token(token, format!("'{}'", text.to_ascii_lowercase()));
            }
            Kind::Word
                if text.eq_ignore_ascii_case("minus")
                    && index > 0
                    && (statement.is_word(index + 1, "select") || statement.is_symbol(index + 1, b'('))
                    && !statement.is_symbol(index - 1, b'.')
                    && !statement.is_word(index - 1, "as") =>
            {
                edits.replace_token(token, "EXCEPT");
            }
            Kind::Word if text.eq_ignore_ascii_case("convert") => convert(statement, index, edits),
            // In a cast: `x::varbinary(3)`, `CAST (x AS binary varying)`.
            Kind::Word if text.eq_ignore_ascii_case("varbinary") && follows_a_cast(statement, index) => {
                edits.replace_token(token, "varbyte");
            }
            Kind::Word if text.eq_ignore_ascii_case("binary") && follows_a_cast(statement, index) => {
                if let Some(varying) =
                    statement.tokens.get(index + 1).filter(|_| statement.is_word(index + 1, "varying"))
                {
                    edits.replace(token.start..varying.end, "varbyte");
                }
            }
            _ => {}
        }
    }
}

/// `(max)` behind a type of characters.
fn is_length(statement: &Statement<'_>, index: usize) -> bool {
    const TYPES: [&str; 3] = ["varchar", "nvarchar", "varying"];
    index > 1
        && statement.is_symbol(index - 1, b'(')
        && statement.is_symbol(index + 1, b')')
        && TYPES.iter().any(|kind| statement.is_word(index - 2, kind))
}

/// A bare word as the first argument of DATEADD and its kin.
fn is_date_part(statement: &Statement<'_>, index: usize) -> bool {
    const FUNCTIONS: [&str; 4] = ["dateadd", "datediff", "date_add", "date_diff"];
    index > 1
        && statement.is_symbol(index - 1, b'(')
        && statement.is_symbol(index + 1, b',')
        && FUNCTIONS.iter().any(|function| statement.is_word(index - 2, function))
}

/// `CONVERT(type, expression)`, which is a cast; PostgreSQL's own function has the text first.
fn convert(statement: &Statement<'_>, index: usize, edits: &mut Edits) {
    const TYPES: [&str; 22] = [
        "bigint",
        "bool",
        "boolean",
        "char",
        "character",
        "date",
        "decimal",
        "double",
        "float",
        "float4",
        "float8",
        "int",
        "int2",
        "int4",
        "int8",
        "integer",
        "numeric",
        "real",
        "smallint",
        "timestamp",
        "timestamptz",
        "varchar",
    ];
    let is_type = TYPES.iter().any(|word| statement.is_word(index + 2, word));
    if !statement.is_symbol(index + 1, b'(') || !is_type {
        return;
    }
    let mut depth = 0_usize;
    let mut comma: Option<usize> = None;
    for (at, token) in statement.tokens.iter().enumerate().skip(index + 2) {
        match token.kind {
            Kind::Symbol(b'(') => depth += 1,
            Kind::Symbol(b')') if depth == 0 => {
                let Some(comma) = comma else { return };
                let kind = statement.tokens[index + 2].start..statement.tokens[comma].start;
                let written = statement.source.get(kind.clone()).expect("tokens lie on character boundaries");
                // The length that another edit would have put there goes with the type.
                let written = written.to_ascii_lowercase().replace("(max)", "(65535)");
                edits.replace_token(statement.tokens[index], "CAST");
                edits.replace(kind.start..statement.tokens[comma].end, "");
                edits.insert(statement.tokens[at].start, format!(" AS {}", written.trim()));
                return;
            }
            Kind::Symbol(b')') => depth -= 1,
            Kind::Symbol(b',') if depth == 0 && comma.is_none() => comma = Some(at),
            _ => {}
        }
    }
}

/// `WHERE 1`, and no more of it
fn is_condition(statement: &Statement<'_>, index: usize) -> bool {
    let goes_on = |word: &&str| statement.is_word(index + 1, word);
    index > 0
        && statement.is_word(index - 1, "where")
        && (index + 1 == statement.tokens.len()
            || ["and", "or", "order", "group", "limit"].iter().any(goes_on))
}

fn follows_a_cast(statement: &Statement<'_>, index: usize) -> bool {
    index > 0 && (statement.is_symbol(index - 1, b':') || statement.is_word(index - 1, "as"))
}

#[cfg(test)]
mod tests;
