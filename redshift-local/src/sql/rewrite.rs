//! Edits to a statement's text, and the way back from a place in the result to the place in the source.

use std::ops::Range;

use super::lexer::{Kind, Token};
use super::quote::identifier;
use super::statement::Statement;

/// Replacements of byte ranges of one source, in any order; overlapping ones are a mistake of the caller.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edits {
    replacements: Vec<(Range<usize>, String)>,
}

impl Edits {
    pub(crate) fn replace(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.replacements.push((range, text.into()));
    }

    pub(crate) fn replace_token(&mut self, token: Token, text: impl Into<String>) {
        self.replace(token.start..token.end, text);
    }

    pub(crate) fn remove(&mut self, range: Range<usize>) {
        self.replace(range, "");
    }

    pub(crate) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at..at, text);
    }

    /// A part of the source with the edits that lie in it.
    pub(crate) fn within(&self, source: &str, part: Range<usize>) -> String {
        let inside =
            self.replacements.iter().filter(|(range, _)| part.start <= range.start && range.end <= part.end);
        let moved =
            inside.map(|(range, text)| (range.start - part.start..range.end - part.start, text.clone()));
        let source = source.get(part.clone()).expect("tokens lie on character boundaries");
        Self { replacements: moved.collect() }.apply(source).text
    }

    pub(crate) fn apply(mut self, source: &str) -> Rewritten {
        // What is put in before a part is no edit inside of it.
        self.replacements
            .sort_by_key(|(range, _)| (range.start, !range.is_empty(), std::cmp::Reverse(range.end)));
        let mut text = String::with_capacity(source.len() + 64);
        let mut kept = Vec::new();
        let mut from = 0;
        for (range, replacement) in &self.replacements {
            // An edit inside a part that another one removed has nothing left to do.
            if range.start < from {
                continue;
            }
            kept.push((text.len(), from));
            text.push_str(source.get(from..range.start).expect("edits lie on character boundaries"));
            kept.push((text.len(), range.start));
            text.push_str(replacement);
            from = range.end;
        }
        kept.push((text.len(), from));
        text.push_str(source.get(from..).expect("edits lie on character boundaries"));
        Rewritten { text, kept }
    }
}

/// The text for PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rewritten {
    pub text: String,
    /// From this byte of `text` on, the source continues at that byte; inside a replacement it stands still.
    kept: Vec<(usize, usize)>,
}

impl Rewritten {
    /// The text as it was written.
    pub(crate) fn unchanged(source: &str) -> Self {
        Edits::default().apply(source)
    }

    /// Where the character `position` (from 1) of the text was in the source.
    pub(crate) fn original_position(&self, source: &str, position: usize) -> usize {
        let byte =
            self.text.char_indices().nth(position.saturating_sub(1)).map_or(self.text.len(), |(at, _)| at);
        let part = self.kept.partition_point(|&(start, _)| start <= byte).saturating_sub(1);
        let (start, origin) = self.kept[part];
        let limit = self.kept.get(part + 1).map_or(source.len(), |&(_, next)| next);
        let origin = (origin + byte - start).min(limit);
        source.char_indices().take_while(|&(at, _)| at < origin).count() + 1
    }
}

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
pub(crate) fn names(statement: &Statement<'_>, edits: &mut Edits) {
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
mod tests {
    use super::*;
    use crate::sql::statement::split;

    #[test]
    fn quoted_names_fold_and_literals_do_not() {
        let source = r#"select "UserId", 'UserId', SYSDATE from #Stage"#;
        let statement = split(source).remove(0);
        let mut edits = Edits::default();
        names(&statement, &mut edits);
        assert_eq!(edits.apply(source).text, r##"select "userid", 'UserId', sysdate() from "#stage""##);
    }

    fn rewritten(source: &str) -> String {
        let statement = split(source).remove(0);
        let mut edits = Edits::default();
        names(&statement, &mut edits);
        edits.apply(source).text
    }

    #[test]
    fn words_of_redshift_become_those_of_postgres() {
        for (source, expected) in [
            (
                "select a::varchar(max), cast(b as character varying (MAX))",
                "select a::varchar(65535), cast(b as character varying (65535))",
            ),
            ("select max(a), greatest (max(b))", "select max(a), greatest (max(b))"),
            (
                "select dateadd(day, -1, a), DATEDIFF( month , a, b)",
                "select dateadd('day', -1, a), DATEDIFF( 'month' , a, b)",
            ),
            ("select dateadd('day', 1, a), day from t", "select dateadd('day', 1, a), day from t"),
            (
                "select a from t minus select a from u minus (select 1)",
                "select a from t EXCEPT select a from u EXCEPT (select 1)",
            ),
            ("select minus from t", "select minus from t"),
            (
                "select convert(varchar(max), a + f(1, 2)), convert(int, b)",
                "select CAST( a + f(1, 2) AS varchar(65535)), CAST( b AS int)",
            ),
            ("select convert('a', 'b')", "select convert('a', 'b')"),
        ] {
            assert_eq!(rewritten(source), expected, "{source}");
        }
    }

    #[test]
    fn words_of_newer_grammars_are_names() {
        let source = "select JSON_SERIALIZE(s), json_value, system_user from json_table";
        let statement = split(source).remove(0);
        let mut edits = Edits::default();
        names(&statement, &mut edits);
        assert_eq!(
            edits.apply(source).text,
            r#"select "json_serialize"(s), json_value, "system_user" from json_table"#
        );
    }

    #[test]
    fn a_place_in_the_result_leads_back_to_the_source() {
        let source = "create table t (a text, b oops)";
        let mut edits = Edits::default();
        edits.replace(18..22, "varchar(256)");
        let rewritten = edits.apply(source);
        let position = rewritten.text.find("oops").expect("the word is kept") + 1;
        assert_eq!(
            rewritten.original_position(source, position),
            source.find("oops").expect("it is there") + 1
        );
        assert_eq!(rewritten.original_position(source, 1), 1);
    }
}
