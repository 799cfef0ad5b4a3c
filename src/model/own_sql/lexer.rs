//! Tokens of SQL as Redshift cuts them, as far as it takes to see where a statement ends and with which words it begins.

/// What a token is. Comments and blanks are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A key word, or a name without quotes.
    Word,
    /// A name in double quotes.
    QuotedName,
    /// A text in single quotes.
    Literal,
    /// `$tag$`, which opens a text. What follows is not looked at.
    DollarQuote,
    /// Any other character.
    Symbol(char),
}

/// A token and where it stands, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a backslash in `'…'` is. In `E'…'` it is an escape in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backslash {
    /// As Redshift has it (redshift-facts 0.15).
    Escapes,
    /// As standard SQL has it.
    Itself,
}

/// A text in quotes or a comment does not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotEnded;

pub(super) fn lex(text: &str, backslash: Backslash) -> Result<Vec<Token>, NotEnded> {
    let bytes = text.as_bytes();
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let start = at;
        let next = bytes.get(at + 1).copied();
        let kind = match character {
            ' ' | '\t' | '\n' | '\r' => {
                at += 1;
                continue;
            }
            '-' if next == Some(b'-') => {
                at = end_of_line(bytes, at);
                continue;
            }
            '/' if next == Some(b'*') => {
                at = end_of_comment(bytes, at)?;
                continue;
            }
            '\'' => {
                let is_marked = tokens.last().is_some_and(|last| last.end == start && is_e(text, *last));
                let backslash = if is_marked { Backslash::Escapes } else { backslash };
                at = end_of_quoted(bytes, at, backslash)?;
                Kind::Literal
            }
            '"' => {
                at = end_of_quoted(bytes, at, Backslash::Itself)?;
                Kind::QuotedName
            }
            '$' => match end_of_tag(bytes, at) {
                Some(end) => {
                    tokens.push(Token { kind: Kind::DollarQuote, start, end });
                    return Ok(tokens);
                }
                None => {
                    at += 1;
                    Kind::Symbol('$')
                }
            },
            // A temporary table's name may begin so.
            '#' if next.is_some_and(opens_name) => {
                at = end_of_word(bytes, at + 1);
                Kind::Word
            }
            _ if bytes.get(at).copied().is_some_and(opens_name) => {
                at = end_of_word(bytes, at);
                Kind::Word
            }
            other => {
                at += other.len_utf8();
                Kind::Symbol(other)
            }
        };
        tokens.push(Token { kind, start, end: at });
    }
    Ok(tokens)
}

fn is_e(text: &str, token: Token) -> bool {
    text.get(token.start..token.end).is_some_and(|word| word.eq_ignore_ascii_case("e"))
}

fn opens_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

/// Digits too: of a number and the word that begins right behind it nobody here wants to know.
fn end_of_word(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let belongs = |byte: u8| opens_name(byte) || byte.is_ascii_digit() || byte == b'$';
    from + rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len())
}

fn end_of_line(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
}

/// A comment in a comment is taken for one that does not end: servers differ in where it ends.
fn end_of_comment(bytes: &[u8], start: usize) -> Result<usize, NotEnded> {
    let mut at = start + 2;
    loop {
        match (bytes.get(at).ok_or(NotEnded)?, bytes.get(at + 1)) {
            (b'/', Some(b'*')) => return Err(NotEnded),
            (b'*', Some(b'/')) => return Ok(at + 2),
            _ => at += 1,
        }
    }
}

/// The end of what the quote at `start` opens; two of them in it are one that is meant.
fn end_of_quoted(bytes: &[u8], start: usize, backslash: Backslash) -> Result<usize, NotEnded> {
    let quote = bytes.get(start).ok_or(NotEnded)?;
    let mut at = start + 1;
    loop {
        match bytes.get(at).ok_or(NotEnded)? {
            b'\\' if backslash == Backslash::Escapes => at += 2,
            byte if byte == quote && bytes.get(at + 1) == Some(quote) => at += 2,
            byte if byte == quote => return Ok(at + 1),
            _ => at += 1,
        }
    }
}

/// The end of the `$tag$` at `start`, if one stands there; `$1` opens nothing.
fn end_of_tag(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = bytes.get(start + 1..)?;
    let length = rest.iter().position(|byte| !opens_name(*byte) && !byte.is_ascii_digit())?;
    (rest.get(length) == Some(&b'$')).then_some(start + 1 + length + 1)
}
