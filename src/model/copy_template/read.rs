//! Reading the statement that `SHOW TEMPLATE` answers with: it would make the template again [DG `r_SHOW_TEMPLATE`].
//!
//! Whatever is not understood for certain makes the whole unreadable: a word that was passed over could be NOLOAD.

use crate::model::copy_template::{Parameter, Written};

/// Far more than COPY has.
const MOST: usize = 100;

/// The parameters in `CREATE OR REPLACE TEMPLATE db.schema.name FOR COPY AS …;`.
pub(super) fn parameters(definition: &str) -> Option<Vec<Parameter>> {
    let tokens = tokens(definition)?;
    let mut ahead = Ahead { tokens: &tokens };
    ahead.word("CREATE").then_some(())?;
    if ahead.word("OR") {
        ahead.word("REPLACE").then_some(())?;
    }
    ahead.word("TEMPLATE").then_some(())?;
    ahead.name()?;
    while ahead.symbol('.') {
        ahead.name()?;
    }
    (ahead.word("FOR") && ahead.word("COPY")).then_some(())?;
    let mut parameters = Vec::new();
    ahead.word("AS");
    while let Some(parameter) = ahead.parameter()? {
        parameters.push(parameter);
        (parameters.len() <= MOST).then_some(())?;
    }
    Some(parameters)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A name without quotes, a word of COPY, or a number.
    Bare(String),
    Name,
    Text(String),
    Symbol(char),
}

struct Ahead<'a> {
    tokens: &'a [Token],
}

impl Ahead<'_> {
    fn next(&mut self) -> Option<Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first.clone())
    }

    /// Steps over the word if it is ahead.
    fn word(&mut self, word: &str) -> bool {
        let is_there =
            matches!(self.tokens.first(), Some(Token::Bare(bare)) if bare.eq_ignore_ascii_case(word));
        if is_there {
            self.next();
        }
        is_there
    }

    fn symbol(&mut self, symbol: char) -> bool {
        let is_there = self.tokens.first() == Some(&Token::Symbol(symbol));
        if is_there {
            self.next();
        }
        is_there
    }

    fn name(&mut self) -> Option<()> {
        matches!(self.next()?, Token::Bare(_) | Token::Name).then_some(())
    }

    /// The next one; `Some(None)` at the end of the statement.
    fn parameter(&mut self) -> Option<Option<Parameter>> {
        if self.symbol(';') || self.tokens.is_empty() {
            return self.tokens.is_empty().then_some(None);
        }
        if self.word("FORMAT") {
            self.word("AS");
        }
        let Some(Token::Bare(word)) = self.next() else { return None };
        let word = word.to_ascii_uppercase();
        word.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(())?;
        let said_as = self.word("AS");
        let argument = match self.tokens.first() {
            Some(Token::Text(text)) => Some(Written::Text(text.clone())),
            Some(Token::Bare(bare)) if is_argument(&word, bare) => Some(Written::Bare(bare.clone())),
            _ => None,
        };
        if argument.is_some() {
            self.next();
        } else if said_as {
            return None;
        }
        Some(Some(Parameter { word, argument }))
    }
}

/// Whether a word without quotes belongs to the one before it.
fn is_argument(word: &str, bare: &str) -> bool {
    const SWITCH: [&str; 5] = ["ON", "OFF", "TRUE", "FALSE", "PRESET"];
    match word {
        "ENCODING" => true,
        "COMPUPDATE" | "STATUPDATE" => SWITCH.iter().any(|switch| switch.eq_ignore_ascii_case(bare)),
        _ => bare.starts_with(|c: char| c.is_ascii_digit()),
    }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(first) = characters.next() {
        let is_bare = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '$' | '#');
        match first {
            _ if first.is_whitespace() => {}
            '\'' => tokens.push(Token::Text(quoted(&mut characters)?)),
            '"' => {
                // A doubled quote is two names in a row to this loop, and none of them is of interest.
                characters.by_ref().find(|c| *c == '"')?;
                if tokens.last() != Some(&Token::Name) {
                    tokens.push(Token::Name);
                }
            }
            '.' | ';' => tokens.push(Token::Symbol(first)),
            _ if is_bare(&first) => {
                let mut bare = String::from(first);
                while let Some(next) = characters.next_if(is_bare) {
                    bare.push(next);
                }
                tokens.push(Token::Bare(bare));
            }
            _ => return None,
        }
    }
    Some(tokens)
}

/// The value of a literal whose first quote was read. Redshift takes backslashes for escapes in every literal
/// (redshift-facts 0.15), and the statement is one that it would take; one before anything but a quote or another
/// backslash leaves it open what the writer meant.
fn quoted(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let mut text = String::new();
    loop {
        match characters.next()? {
            '\\' => text.push(characters.next().filter(|c| matches!(c, '\\' | '\''))?),
            '\'' if characters.next_if_eq(&'\'').is_none() => return Some(text),
            character => text.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(options: &str) -> Option<String> {
        let found = parameters(&format!("CREATE OR REPLACE TEMPLATE dev.etl.one FOR COPY AS {options};"))?;
        Some(found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn what_the_guide_shows_is_read() {
        for (shown, expected) in [
            ("FORMAT AS JSON 'auto' NULL '' MAXERROR 100", "JSON 'auto', NULL '', MAXERROR 100"),
            (
                "ENCRYPTED NOLOAD ENCODING UTF16 DELIMITER ','",
                "ENCRYPTED, NOLOAD, ENCODING UTF16, DELIMITER ','",
            ),
            (
                "TRUNCATECOLUMNS NULL 'null_string' EXPLICIT_IDS TIMEFORMAT 'DD.MM.YYYY HH:MI:SS' ACCEPTANYDATE",
                "TRUNCATECOLUMNS, NULL 'null_string', EXPLICIT_IDS, TIMEFORMAT 'DD.MM.YYYY HH:MI:SS', ACCEPTANYDATE",
            ),
            ("csv quote as '%' ignoreheader as 1 gzip", "CSV, QUOTE '%', IGNOREHEADER 1, GZIP"),
            ("COMPUPDATE OFF STATUPDATE NOLOAD", "COMPUPDATE OFF, STATUPDATE, NOLOAD"),
        ] {
            assert_eq!(read(shown).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_literal_is_read_as_redshift_reads_it_or_not_at_all() {
        assert_eq!(read(r"NULL '\\N'").as_deref(), Some(r"NULL '\N'"));
        assert_eq!(read(r"NULL 'it''s NOLOAD' GZIP").as_deref(), Some("NULL 'it''s NOLOAD', GZIP"));
        assert_eq!(read(r"NULL 'it\'s' GZIP").as_deref(), Some("NULL 'it''s', GZIP"));
        for odd in [
            r"NULL '\N'",
            r"DELIMITER '\'",
            "NULL 'x",
            "CSV, GZIP",
            "CSV AS GZIP",
            "'x'",
            "CSV; NOLOAD",
            "1 CSV",
        ] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_name_may_hold_anything() {
        let odd = r#"CREATE OR REPLACE TEMPLATE "d""b"."FOR COPY AS NOLOAD".for FOR COPY AS CSV;"#;
        assert_eq!(parameters(odd).map(|found| found.len()), Some(1));
        assert_eq!(parameters("CREATE TABLE t FOR COPY AS CSV"), None);
        assert_eq!(parameters("CREATE TEMPLATE t FOR UNLOAD AS CSV"), None);
    }
}
