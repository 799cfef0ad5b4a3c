//! Names that a query gives in its select list and uses again in it or in its conditions: `SELECT a + 1 AS b, b * 2`.
//!
//! Redshift lets a later expression name an earlier one [DG `r_SELECT_list`], and its drivers' metadata queries do so in
//! WHERE too. A column of that name comes first. Which columns there are only PostgreSQL knows, so what is found here
//! are the places where an alias could be meant; it is put in where PostgreSQL finds no column.

use std::ops::Range;

use super::lexer::Kind;
use super::quote::identifier;
use super::rewrite::Edits;
use super::statement::Statement;

/// A word that may stand for an expression of the select list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    /// The index of the word among the tokens.
    pub token: usize,
    /// The bytes of the expression.
    definition: Range<usize>,
    /// The word is a whole item of the select list, which gets its name from it.
    names_column: Option<String>,
}

/// One parenthesis, or the statement itself.
#[derive(Debug, Default)]
struct Level {
    /// What the SELECT at this level has named so far; `None` where there is none.
    aliases: Option<Vec<(String, Range<usize>)>>,
    clause: Clause,
    /// The token that the current item of the select list begins with.
    item: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Clause {
    List,
    Condition,
    #[default]
    Other,
}

const CONDITIONS: [&str; 3] = ["where", "having", "qualify"];
const OTHERS: [&str; 9] =
    ["group", "order", "limit", "offset", "union", "intersect", "except", "minus", "window"];

/// In the order of the text.
pub(crate) fn mentions(statement: &Statement<'_>) -> Vec<Mention> {
    if !["select", "with", "insert", "create"].iter().any(|word| statement.is_word(0, word)) {
        return Vec::new();
    }
    let any = |words: &[&str], index: usize| words.iter().any(|word| statement.is_word(index, word));
    let mut found = Vec::new();
    let mut levels = vec![Level::default()];
    for (index, token) in statement.tokens.iter().enumerate() {
        let Some(level) = levels.last_mut() else { return found };
        match token.kind {
            Kind::Symbol(b'(') => levels.push(Level::default()),
            Kind::Symbol(b')') => {
                levels.pop();
            }
            Kind::Symbol(b',') => level.end_item(statement, index),
            Kind::Word if any(&["select"], index) => {
                let first = if any(&["distinct", "all"], index + 1) { index + 2 } else { index + 1 };
                *level = Level { aliases: Some(Vec::new()), clause: Clause::List, item: first };
            }
            Kind::Word if any(&["from"], index) && !any(&["distinct"], index.saturating_sub(1)) => {
                level.end_item(statement, index);
                level.clause = Clause::Other;
            }
            Kind::Word if any(&CONDITIONS, index) => level.clause = Clause::Condition,
            Kind::Word if any(&OTHERS, index) => level.clause = Clause::Other,
            Kind::Word | Kind::QuotedName if is_bare(statement, index) => {
                found.extend(mention(statement, index, &levels));
            }
            _ => {}
        }
    }
    found
}

/// Puts the expressions in the places of the words; one may hold another.
pub(crate) fn substitute(statement: &Statement<'_>, chosen: &[Mention], edits: &mut Edits) {
    let mut chosen: Vec<_> = chosen.iter().collect();
    chosen.sort_by_key(|mention| mention.token);
    for mention in chosen {
        let expression = edits.within(statement.source, mention.definition.clone());
        let name =
            mention.names_column.as_ref().map(|name| format!(" AS {}", identifier(name))).unwrap_or_default();
        edits.replace_token(statement.tokens[mention.token], format!("({expression}){name}"));
    }
}

impl Level {
    /// `expression [AS] name`, up to the token at `end`.
    fn end_item(&mut self, statement: &Statement<'_>, end: usize) {
        let Some(aliases) = self.aliases.as_mut().filter(|_| self.clause == Clause::List) else { return };
        let item = std::mem::replace(&mut self.item, end + 1);
        let last = if item + 2 < end && statement.is_word(end - 2, "as") {
            end - 3
        } else if item + 1 < end && is_named(statement, item, end) {
            end - 2
        } else {
            return;
        };
        if let Some(name) = name_at(statement, end - 1) {
            aliases.push((name, statement.tokens[item].start..statement.tokens[last].end));
        }
    }
}

/// The last token of the item is its name, without AS: what is before it is an expression by itself.
fn is_named(statement: &Statement<'_>, item: usize, end: usize) -> bool {
    const ENDS_OF_EXPRESSIONS: [&str; 5] = ["end", "isnull", "notnull", "null", "over"];
    let expression_ends = match statement.tokens[end - 2].kind {
        // `interval '1' day` is no name.
        Kind::Literal => end < item + 3 || !statement.is_word(end - 3, "interval"),
        Kind::QuotedName | Kind::Number | Kind::Parameter => true,
        Kind::Word => {
            let is_whole = end - 2 == item || statement.is_symbol(end - 3, b'.');
            statement.is_word(end - 2, "end") || (is_whole && !statement.is_word(end - 2, "not"))
        }
        Kind::Symbol(symbol) => symbol == b')',
        Kind::DollarLiteral => false,
    };
    expression_ends && !ENDS_OF_EXPRESSIONS.iter().any(|word| statement.is_word(end - 1, word))
}

/// What the word at `index` may stand for: the innermost SELECT around it knows.
fn mention(statement: &Statement<'_>, index: usize, levels: &[Level]) -> Option<Mention> {
    let name = name_at(statement, index)?;
    let own = levels.iter().rposition(|level| level.aliases.is_some())?;
    let level = &levels[own];
    if level.clause == Clause::Other {
        return None;
    }
    let (_, definition) = level.aliases.as_ref()?.iter().rfind(|(alias, _)| *alias == name)?;
    let next = index + 1;
    let is_item = level.clause == Clause::List
        && own + 1 == levels.len()
        && level.item == index
        && (next == statement.tokens.len()
            || statement.is_symbol(next, b',')
            || statement.is_symbol(next, b')')
            || statement.is_word(next, "from"));
    Some(Mention { token: index, definition: definition.clone(), names_column: is_item.then_some(name) })
}

/// Neither part of a longer name, nor a call, nor a type, nor the giving of a name.
fn is_bare(statement: &Statement<'_>, index: usize) -> bool {
    let follows = index.checked_sub(1).is_some_and(|before| {
        [b'.', b':'].iter().any(|&symbol| statement.is_symbol(before, symbol))
            || statement.is_word(before, "as")
    });
    let leads = [b'.', b'('].iter().any(|&symbol| statement.is_symbol(index + 1, symbol));
    !follows && !leads
}

fn name_at(statement: &Statement<'_>, index: usize) -> Option<String> {
    let token = statement.tokens.get(index)?;
    let text = statement.text(*token);
    match token.kind {
        Kind::Word => Some(text.to_ascii_lowercase()),
        Kind::QuotedName => Some(statement.quoted_name(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, proptest};

    use super::*;
    use crate::sql::statement::split;

    fn substituted(source: &str) -> String {
        let mut edits = Edits::default();
        let statements = split(source);
        if let Some(statement) = statements.first() {
            substitute(statement, &mentions(statement), &mut edits);
        }
        edits.apply(source).text
    }

    #[test]
    fn an_alias_stands_for_its_expression_in_the_list_and_in_conditions() {
        assert_eq!(
            substituted(
                "select a + 1 as b, b * 2 as \"C\", f(c, b) from t where c > 1 group by c order by b"
            ),
            "select a + 1 as b, (a + 1) * 2 as \"C\", f(((a + 1) * 2), (a + 1)) from t \
             where ((a + 1) * 2) > 1 group by c order by b"
        );
        assert_eq!(
            substituted(
                "select f(x) over (order by y) a, t.b \"c\", case when d then 1 end e, 2 g from t where a + c + e + g > 0"
            ),
            "select f(x) over (order by y) a, t.b \"c\", case when d then 1 end e, 2 g from t \
             where (f(x) over (order by y)) + (t.b) + (case when d then 1 end) + (2) > 0"
        );
        assert_eq!(substituted("select 1 as a, a from t"), "select 1 as a, (1) AS \"a\" from t");
        assert_eq!(
            substituted("select x as a from t union select y as a from u where a = 1"),
            "select x as a from t union select y as a from u where (y) = 1"
        );
    }

    #[test]
    fn what_is_no_mention_stays() {
        for source in [
            "select a, b as a from t",
            "select 1 as a, t.a, a.b, a(), x::a, (select a from u) from t join a on a = 1",
            "select interval '1' day, not b, x is null, f() over w, t.a, (b) isnull from t where day or b or w or isnull",
            "update t set a = 1 where a = 2",
            "select * from (select 1 as a) where a = 1",
        ] {
            assert_eq!(substituted(source), source);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn no_text_makes_it_panic(source in "select (select|from|where|as|[(),.1]| |a|\"b\"){0,30}") {
            substituted(&source);
        }
    }
}
