//! Tokens with their places, by Redshift's rules: backslash escapes in literals, `#` opening a temporary table's name.

/// What a token is. Comments and blanks are not tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A key word or an unquoted name.
    Word,
    /// A name in double quotes.
    QuotedName,
    /// A literal in single quotes, its prefix (`E`, `N`, `B`, `X`) included.
    Literal,
    /// `$tag$ ... $tag$`
    DollarLiteral,
    Number,
    /// `$1`
    Parameter,
    /// Any other character.
    Symbol(u8),
}

/// A token and its bytes in the source, which begin and end on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

/// A literal, quoted name or comment that does not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unterminated {
    pub start: usize,
}

pub(crate) fn lex(source: &str) -> Result<Vec<Token>, Unterminated> {
    let bytes = source.as_bytes();
    let mut tokens = Vec::with_capacity(bytes.len() / 5);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let next = bytes.get(at + 1).copied();
        let kind = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b'\x0b' | b'\x0c' => {
                at += 1;
                continue;
            }
            b'-' if next == Some(b'-') => {
                at = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
                continue;
            }
            b'/' if next == Some(b'*') => {
                at = end_of_comment(bytes, at).ok_or(Unterminated { start })?;
                continue;
            }
            b'\'' => {
                at = end_of_literal(bytes, at).ok_or(Unterminated { start })?;
                Kind::Literal
            }
            b'e' | b'E' | b'n' | b'N' | b'b' | b'B' | b'x' | b'X' if next == Some(b'\'') => {
                at = end_of_literal(bytes, at + 1).ok_or(Unterminated { start })?;
                Kind::Literal
            }
            b'"' => {
                at = end_of_quoted_name(bytes, at).ok_or(Unterminated { start })?;
                Kind::QuotedName
            }
            b'$' if next.is_some_and(|next| next.is_ascii_digit()) => {
                at = skip_while(bytes, at + 1, |byte| byte.is_ascii_digit());
                Kind::Parameter
            }
            b'$' => match opening_tag(bytes, at) {
                Some(tag) => {
                    at = end_of_dollar_literal(bytes, at, tag).ok_or(Unterminated { start })?;
                    Kind::DollarLiteral
                }
                None => {
                    at += 1;
                    Kind::Symbol(byte)
                }
            },
            b'0'..=b'9' => {
                at = end_of_number(bytes, at);
                Kind::Number
            }
            b'#' if next.is_some_and(opens_name) => {
                at = skip_while(bytes, at + 1, continues_name);
                Kind::Word
            }
            byte if opens_name(byte) => {
                at = skip_while(bytes, at, continues_name);
                Kind::Word
            }
            byte => {
                at += 1;
                Kind::Symbol(byte)
            }
        };
        tokens.push(Token { kind, start, end: at });
    }
    Ok(tokens)
}

/// The value of a literal token: quotes off, escapes resolved.
pub(crate) fn literal_value(token: &str) -> String {
    let inner = token.trim_start_matches(|prefix: char| prefix != '\'');
    let inner = inner.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\'')).unwrap_or_default();
    let mut value = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(character) = rest.next() {
        match character {
            '\'' => {
                // Only ever doubled in here.
                rest.next();
                value.push('\'');
            }
            '\\' => match rest.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('r') => value.push('\r'),
                Some('b') => value.push('\x08'),
                Some('f') => value.push('\x0c'),
                Some(digit @ '0'..='7') => value.push(octal(digit, &mut rest)),
                Some(other) => value.push(other),
                None => {}
            },
            other => value.push(other),
        }
    }
    value
}

fn octal(first: char, rest: &mut std::str::Chars<'_>) -> char {
    let mut code = first.to_digit(8).unwrap_or_default();
    for _ in 0..2 {
        let mut ahead = rest.clone();
        let Some(digit) = ahead.next().and_then(|next| next.to_digit(8)) else { break };
        code = code * 8 + digit;
        *rest = ahead;
    }
    char::from_u32(code & 0x7f).unwrap_or('\0')
}

fn opens_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn continues_name(byte: u8) -> bool {
    opens_name(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn skip_while(bytes: &[u8], from: usize, belongs: impl Fn(u8) -> bool) -> usize {
    bytes[from..].iter().position(|&byte| !belongs(byte)).map_or(bytes.len(), |length| from + length)
}

fn end_of_comment(bytes: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = start;
    loop {
        match (bytes.get(at)?, bytes.get(at + 1)) {
            (b'/', Some(b'*')) => {
                depth += 1;
                at += 2;
            }
            (b'*', Some(b'/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => at += 1,
        }
    }
}

/// `10`, `1.5`, `1e-7`; in `10WHEN` a word begins after the digits.
fn end_of_number(bytes: &[u8], start: usize) -> usize {
    let digits = |at| skip_while(bytes, at, |byte| byte.is_ascii_digit());
    let end = skip_while(bytes, start, |byte| byte.is_ascii_digit() || byte == b'.');
    match bytes.get(end..).unwrap_or_default() {
        [b'e' | b'E', b'+' | b'-', b'0'..=b'9', ..] => digits(end + 2),
        [b'e' | b'E', b'0'..=b'9', ..] => digits(end + 1),
        _ => end,
    }
}

fn end_of_literal(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'\\' => at += 2,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

fn end_of_quoted_name(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' if bytes.get(at + 1) == Some(&b'"') => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// The `$tag$` that stands at `start`, if one does.
fn opening_tag(bytes: &[u8], start: usize) -> Option<&[u8]> {
    let end = skip_while(bytes, start + 1, |byte| opens_name(byte) || byte.is_ascii_digit());
    (bytes.get(end) == Some(&b'$')).then(|| &bytes[start..=end])
}

fn end_of_dollar_literal(bytes: &[u8], start: usize, tag: &[u8]) -> Option<usize> {
    let body = start + tag.len();
    memchr::memmem::find(&bytes[body..], tag).map(|length| body + length + tag.len())
}

#[cfg(test)]
mod tests;
