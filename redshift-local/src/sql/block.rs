//! The SELECTs of a statement, each with the places of its clauses.

use std::ops::Range;

use super::lexer::Kind;
use super::statement::Statement;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clause {
    Into,
    From,
    Where,
    Group,
    Having,
    Qualify,
    Order,
    /// LIMIT, OFFSET or FETCH
    Limit,
}

/// One SELECT. All numbers are indexes of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub select: usize,
    /// In the order of the text.
    pub clauses: Vec<(Clause, usize)>,
    /// One past its last token.
    pub end: usize,
    /// It is an operand of UNION, INTERSECT or EXCEPT. What stands behind the last operand belongs to all of them.
    pub in_set: bool,
    /// Parentheses around it.
    pub depth: usize,
}

/// A SELECT whose end is not reached yet, and whether set operators stood beside it.
#[derive(Debug, Default)]
struct Level {
    open: Option<Block>,
    in_set: bool,
}

/// In the order in which they end, so that an inner one comes before the one around it.
pub(crate) fn blocks(statement: &Statement<'_>) -> Vec<Block> {
    let mut found = Vec::new();
    let mut levels = vec![Level::default()];
    for (index, token) in statement.tokens.iter().enumerate() {
        // A parenthesis too many is PostgreSQL's to refuse.
        let Some(depth) = levels.len().checked_sub(1) else { return found };
        let level = &mut levels[depth];
        match token.kind {
            Kind::Symbol(b'(') => levels.push(Level::default()),
            Kind::Symbol(b')') => {
                level.close(index, &mut found);
                levels.pop();
            }
            Kind::Word if is_name(statement, index) => {}
            Kind::Word if statement.is_word(index, "select") => {
                level.close(index, &mut found);
                let in_set = level.in_set;
                level.open = Some(Block { select: index, clauses: Vec::new(), end: index, in_set, depth });
            }
            Kind::Word if is_set_operator(statement, index) => {
                level.in_set = true;
                level.close(index, &mut found);
            }
            Kind::Word if statement.is_word(index, "with") && statement.is_word(index + 1, "no") => {
                level.close(index, &mut found);
            }
            Kind::Word => {
                let Some(block) = level.open.as_mut() else { continue };
                match clause(statement, index, block) {
                    Some(Clause::Order | Clause::Limit) if block.in_set => level.close(index, &mut found),
                    Some(clause) => block.clauses.push((clause, index)),
                    None => {}
                }
            }
            _ => {}
        }
    }
    while let Some(mut level) = levels.pop() {
        level.close(statement.tokens.len(), &mut found);
    }
    found
}

impl Level {
    fn close(&mut self, end: usize, found: &mut Vec<Block>) {
        if let Some(block) = self.open.take() {
            found.push(Block { end, in_set: self.in_set, ..block });
        }
    }
}

impl Block {
    pub(crate) fn at(&self, wanted: Clause) -> Option<usize> {
        self.clauses.iter().find(|(clause, _)| *clause == wanted).map(|&(_, index)| index)
    }

    /// Where the clause ends that begins at `index`.
    pub(crate) fn end_of(&self, index: usize) -> usize {
        self.clauses.iter().map(|&(_, next)| next).find(|&next| next > index).unwrap_or(self.end)
    }

    pub(crate) fn is_distinct(&self, statement: &Statement<'_>) -> bool {
        statement.is_word(self.select + 1, "distinct")
    }

    /// The items of the select list.
    pub(crate) fn items(&self, statement: &Statement<'_>) -> Vec<Range<usize>> {
        let mut start = self.select + 1;
        if ["distinct", "all"].iter().any(|word| statement.is_word(start, word)) {
            start += 1;
        }
        let is_count = statement.tokens.get(start + 1).is_some_and(|token| token.kind == Kind::Number);
        if statement.is_word(start, "top") && is_count {
            start += 2;
        }
        let end = self.end_of(self.select);
        let mut items = Vec::new();
        let mut depth = 0_usize;
        for (index, token) in statement.tokens.iter().enumerate().take(end).skip(start) {
            match token.kind {
                Kind::Symbol(b'(') => depth += 1,
                Kind::Symbol(b')') => depth = depth.saturating_sub(1),
                Kind::Symbol(b',') if depth == 0 => {
                    items.push(start..index);
                    start = index + 1;
                }
                _ => {}
            }
        }
        items.push(start..end);
        items
    }
}

fn is_name(statement: &Statement<'_>, index: usize) -> bool {
    index > 0
        && (statement.is_symbol(index - 1, b'.') || statement.is_word(index - 1, "as"))
        && !statement.is_word(index, "select")
}

fn is_set_operator(statement: &Statement<'_>, index: usize) -> bool {
    ["union", "intersect", "except"].iter().any(|word| statement.is_word(index, word))
        || (statement.is_word(index, "minus")
            && (statement.is_word(index + 1, "select") || statement.is_symbol(index + 1, b'(')))
}

fn clause(statement: &Statement<'_>, index: usize, block: &Block) -> Option<Clause> {
    let is = |word: &str| statement.is_word(index, word);
    let leads_to = |word: &str| statement.is_word(index + 1, word);
    let has_from = block.at(Clause::From).is_some();
    match () {
        () if is("into") && !has_from => Some(Clause::Into),
        () if is("from") => (!has_from && !statement.is_word(index - 1, "distinct")).then_some(Clause::From),
        () if is("where") => Some(Clause::Where),
        () if is("group") && leads_to("by") => Some(Clause::Group),
        () if is("having") => Some(Clause::Having),
        () if is("qualify") => (has_from && is_qualify(statement, index)).then_some(Clause::Qualify),
        () if is("order") && leads_to("by") => Some(Clause::Order),
        () if ["limit", "offset", "fetch"].iter().any(|word| is(word)) => Some(Clause::Limit),
        () => None,
    }
}

/// The clause, and no name of something: it is behind a complete expression and before another one.
fn is_qualify(statement: &Statement<'_>, index: usize) -> bool {
    const LEADS_TO_NAME: [&str; 12] =
        ["from", "join", "and", "or", "not", "where", "by", "on", "having", "then", "else", "when"];
    const FOLLOWS_NAME: [&str; 14] = [
        "where", "group", "having", "order", "limit", "offset", "fetch", "join", "on", "using", "left",
        "right", "inner", "cross",
    ];
    let before = statement.tokens[index - 1].kind;
    let is_complete = match before {
        Kind::Word => !LEADS_TO_NAME.iter().any(|word| statement.is_word(index - 1, word)),
        Kind::QuotedName | Kind::Literal | Kind::DollarLiteral | Kind::Number | Kind::Parameter => true,
        Kind::Symbol(symbol) => matches!(symbol, b')' | b']'),
    };
    let begins = statement.tokens.get(index + 1).is_some_and(|next| match next.kind {
        Kind::Word => !FOLLOWS_NAME.iter().any(|word| statement.is_word(index + 1, word)),
        Kind::Symbol(symbol) => matches!(symbol, b'(' | b'-' | b'+'),
        _ => true,
    });
    is_complete && begins
}

#[cfg(test)]
mod tests;
