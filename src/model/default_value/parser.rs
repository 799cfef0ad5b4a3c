//! The text of a default to its parsed form.

use crate::model::default_value::DefaultValue;

/// Any other bare word would be a column, and a DEFAULT may not name one.
const CALLS_WITHOUT_PARENTHESES: [&str; 6] =
    ["sysdate", "current_date", "current_timestamp", "current_user", "session_user", "user"];

/// How deep parentheses and calls may be nested. Nobody writes more, and without an end the text of a producer would
/// overflow the stack.
const MAX_NESTING: usize = 16;

/// A default, and the casts that stand in its text.
pub(super) struct Parsed {
    pub(super) value: DefaultValue,
    /// As written, those of arguments included.
    pub(super) casts: Vec<String>,
}

/// `None` when the text is no default.
pub(super) fn parse(text: &str) -> Option<Parsed> {
    let mut parser = Parser { rest: text, nesting: 0, casts: Vec::new() };
    let value = parser.value()?;
    parser.rest.trim_start().is_empty().then_some(Parsed { value, casts: parser.casts })
}

/// Recursive descent over `value`: a literal, a call or a parenthesised value, with any casts behind it.
struct Parser<'a> {
    rest: &'a str,
    nesting: usize,
    casts: Vec<String>,
}

impl Parser<'_> {
    fn value(&mut self) -> Option<DefaultValue> {
        if self.nesting > MAX_NESTING {
            return None;
        }
        self.nesting += 1;
        let value = self.uncast_value()?;
        self.nesting -= 1;
        while self.take("::") {
            let before = self.rest;
            self.type_name()?;
            let written = before.get(..before.len() - self.rest.len())?;
            self.casts.push(written.trim().to_owned());
        }
        Some(value)
    }

    fn uncast_value(&mut self) -> Option<DefaultValue> {
        self.rest = self.rest.trim_start();
        if self.take("(") {
            let value = self.value()?;
            return self.take(")").then_some(value);
        }
        match self.rest.chars().next()? {
            '\'' => self.quoted().map(DefaultValue::Text),
            first if first.is_ascii_digit() || matches!(first, '-' | '+' | '.') => self.number(),
            first if first.is_ascii_alphabetic() || first == '_' => self.word_or_call(),
            _ => None,
        }
    }

    fn word_or_call(&mut self) -> Option<DefaultValue> {
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_').to_ascii_lowercase();
        if !self.take("(") {
            return Some(match name.as_str() {
                "null" => DefaultValue::Null,
                "true" => DefaultValue::Boolean(true),
                "false" => DefaultValue::Boolean(false),
                word if CALLS_WITHOUT_PARENTHESES.contains(&word) => {
                    DefaultValue::Call { name, arguments: None }
                }
                _ => return None,
            });
        }
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.value()?);
                if self.take(")") {
                    break;
                }
                if !self.take(",") {
                    return None;
                }
            }
        }
        Some(DefaultValue::Call { name, arguments: Some(arguments) })
    }

    fn number(&mut self) -> Option<DefaultValue> {
        let text = self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'));
        text.parse::<f64>().ok().filter(|value| value.is_finite())?;
        Some(DefaultValue::Number(text.to_owned()))
    }

    /// A quoted text: `''` is a quote, and a backslash escapes (redshift-facts 0.15).
    fn quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1).peekable();
        while let Some((at, character)) = characters.next() {
            match character {
                '\'' if matches!(characters.peek(), Some((_, '\''))) => {
                    characters.next();
                    text.push('\'');
                }
                '\'' => {
                    self.rest = self.rest.get(at + 1..)?;
                    return Some(text);
                }
                '\\' => text.push(match characters.next()?.1 {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    other => other,
                }),
                other => text.push(other),
            }
        }
        None
    }

    fn type_name(&mut self) -> Option<()> {
        let text = self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ' ' | '"'));
        if text.trim().is_empty() {
            return None;
        }
        if self.take("(") {
            self.take_while(|c| c != ')');
            return self.take(")").then_some(());
        }
        Some(())
    }

    fn take(&mut self, token: &str) -> bool {
        match self.rest.trim_start().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn take_while(&mut self, accepts: impl Fn(char) -> bool) -> &str {
        let end = self.rest.find(|c| !accepts(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}
