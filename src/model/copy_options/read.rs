//! Reading one option from text: a word, perhaps AS, and its argument.

use crate::model::copy_options::option::{CompUpdate, CopyOption, Encoding, FieldWidth};
use crate::model::copy_options::word::{CopyWord, NOT_TAKEN};
use crate::model::misspelling::meant_for;
use crate::model::shown::excerpt;

/// Bytes of the longest option: 1,600 fields of fixed width with their labels.
const LONGEST: usize = 256 * 1024;
/// Bytes of a text that COPY compares or reads times with.
const LONGEST_TEXT: usize = 1_000;
/// By the grammar of COPY.
const MOST_ERRORS: u32 = 100_000;
/// As many as a table has columns.
const MOST_FIELDS: usize = 1_600;

/// `NULL AS 'none'`. What is wrong is a sentence.
pub(super) fn option(text: &str) -> Result<CopyOption, String> {
    if text.len() > LONGEST {
        return Err(format!("`copy_options`: `{}` is too long", excerpt(text)));
    }
    let trimmed = text.trim();
    let end = trimmed.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(trimmed.len());
    let (first, rest) = trimmed.split_at_checked(end).unwrap_or((trimmed, ""));
    if let Some((word, reason)) = NOT_TAKEN.iter().find(|(word, _)| word.eq_ignore_ascii_case(first)) {
        return Err(format!("`copy_options`: {word} cannot be given, {reason}; remove it"));
    }
    let Some(word) = CopyWord::find(first) else { return Err(unknown(trimmed, first)) };
    let argument = Written::read(word, rest)?;
    with_argument(word, &argument).map_err(|wants| format!("`copy_options`: {word} wants {wants}"))
}

fn unknown(text: &str, first: &str) -> String {
    use strum::IntoEnumIterator as _;
    let labels = CopyWord::iter().map(CopyWord::label);
    let meant = meant_for(first, labels).map(|meant| format!(", did you mean {meant}?")).unwrap_or_default();
    format!("`copy_options`: `{}` is not an option of COPY{meant}", excerpt(text))
}

/// What stands behind the word.
#[derive(Debug, PartialEq, Eq)]
enum Written {
    Nothing,
    /// Between single quotes, doubled ones resolved.
    Text(String),
    /// Not quoted: letters and digits.
    Bare(String),
}

impl Written {
    fn read(word: CopyWord, rest: &str) -> Result<Self, String> {
        let rest = rest.trim();
        let is_as = |text: &str| text.eq_ignore_ascii_case("as");
        let rest = match rest.split_at_checked(2) {
            Some((start, behind))
                if is_as(start) && !behind.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') =>
            {
                behind.trim_start()
            }
            _ => rest,
        };
        if rest.is_empty() {
            return Ok(Self::Nothing);
        }
        let more = |more: &str| {
            format!(
                "`copy_options`: `{}` stands behind {word}; write each option in a text of its own",
                excerpt(more)
            )
        };
        let Some(quoted) = rest.strip_prefix('\'') else {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            return match rest.split_at_checked(end) {
                Some((bare, "")) => Ok(Self::Bare(bare.to_owned())),
                _ => Err(more(rest)),
            };
        };
        let mut text = String::new();
        let mut characters = quoted.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            if character != '\'' {
                text.push(character);
            } else if characters.next_if(|(_, next)| *next == '\'').is_some() {
                text.push('\'');
            } else {
                let behind = quoted.get(at + 1..).unwrap_or_default().trim();
                return if behind.is_empty() { Ok(Self::Text(text)) } else { Err(more(behind)) };
            }
        }
        Err(format!("`copy_options`: the text behind {word} has no closing quote"))
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Nothing | Self::Bare(_) => None,
        }
    }

    fn word_or_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Bare(text) => Some(text),
            Self::Nothing => None,
        }
    }

    fn one_ascii(&self) -> Option<char> {
        let mut characters = self.text()?.chars();
        let first =
            characters.next().filter(|character| character.is_ascii() && !character.is_ascii_control());
        first.filter(|_| characters.next().is_none())
    }
}

/// The option, or what it wants.
fn with_argument(word: CopyWord, written: &Written) -> Result<CopyOption, &'static str> {
    match word {
        CopyWord::AcceptInvChars => match (written, written.one_ascii()) {
            (Written::Nothing, _) => Ok(CopyOption::AcceptInvChars(None)),
            (_, Some(character)) => Ok(CopyOption::AcceptInvChars(Some(character))),
            _ => Err("one ASCII character between single quotes, such as '^'"),
        },
        CopyWord::CompRows => {
            let rows = written.word_or_text().and_then(|text| text.parse().ok());
            let rows = rows.filter(|rows| (1_000..=2_147_483_647).contains(rows));
            rows.map(CopyOption::CompRows).ok_or("a number from 1000 to 2147483647")
        }
        CopyWord::MaxError => {
            let rows = written.word_or_text().and_then(|text| text.parse().ok());
            let rows = rows.filter(|rows| *rows <= MOST_ERRORS);
            rows.map(CopyOption::MaxError).ok_or("a number up to 100000: fewer rows than it are skipped")
        }
        CopyWord::CompUpdate => match written {
            Written::Nothing => Ok(CopyOption::CompUpdate(CompUpdate::On)),
            Written::Bare(word) => match word.to_ascii_uppercase().as_str() {
                "PRESET" => Ok(CopyOption::CompUpdate(CompUpdate::Preset)),
                "ON" | "TRUE" => Ok(CopyOption::CompUpdate(CompUpdate::On)),
                "OFF" | "FALSE" => Ok(CopyOption::CompUpdate(CompUpdate::Off)),
                _ => Err("PRESET, ON or OFF"),
            },
            Written::Text(_) => Err("PRESET, ON or OFF, without quotes"),
        },
        CopyWord::DateFormat => short_text(written, "a format between single quotes, such as 'MM/DD/YYYY'")
            .map(CopyOption::DateFormat),
        CopyWord::TimeFormat => short_text(
            written,
            "a format between single quotes, such as 'DD.MM.YYYY HH:MI:SS' or 'epochmillisecs'",
        )
        .map(CopyOption::TimeFormat),
        CopyWord::Encoding => {
            let wanted = written.word_or_text().unwrap_or_default();
            let found =
                Encoding::ALL.into_iter().find(|encoding| encoding.word().eq_ignore_ascii_case(wanted));
            found.map(CopyOption::Encoding).ok_or("UTF8, UTF16, UTF16LE, UTF16BE or ISO88591")
        }
        CopyWord::FixedWidth => widths(written.text().unwrap_or_default())
            .map(CopyOption::FixedWidth)
            .ok_or("the fields in their order between single quotes, such as 'id:3,name:10', at most 1600"),
        CopyWord::NullAs => match written.text() {
            Some("\n" | "\\n") => Err("another text than a line feed, which ends the row"),
            Some(text) if is_short(text) => Ok(CopyOption::NullAs(text.to_owned())),
            _ => Err(
                "a text between single quotes, such as 'NULL', at most 1000 bytes without control characters",
            ),
        },
        CopyWord::Quote => written
            .one_ascii()
            .map(CopyOption::Quote)
            .ok_or("one ASCII character between single quotes, such as '%'"),
        CopyWord::SerializeToJson
        | CopyWord::AcceptAnyDate
        | CopyWord::BlanksAsNull
        | CopyWord::EmptyAsNull
        | CopyWord::Escape
        | CopyWord::ExplicitIds
        | CopyWord::FillRecord
        | CopyWord::IgnoreBlankLines
        | CopyWord::RemoveQuotes
        | CopyWord::RoundDec
        | CopyWord::TrimBlanks => match written {
            Written::Nothing => Ok(CopyOption::Plain(word)),
            Written::Text(_) | Written::Bare(_) => Err("nothing behind it"),
        },
    }
}

fn is_short(text: &str) -> bool {
    text.len() <= LONGEST_TEXT && !text.contains(char::is_control)
}

fn short_text(written: &Written, wants: &'static str) -> Result<String, &'static str> {
    let text = written.text().filter(|text| !text.trim().is_empty() && is_short(text));
    text.map(str::to_owned).ok_or(wants)
}

fn widths(text: &str) -> Option<Vec<FieldWidth>> {
    let field = |field: &str| -> Option<FieldWidth> {
        let (label, width) = field.split_once(':')?;
        let label = label.trim();
        let is_label = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let width = width.trim().parse().ok().filter(|width| (1..=65_535).contains(width))?;
        (!label.is_empty() && label.chars().all(is_label))
            .then(|| FieldWidth { label: label.to_owned(), width })
    };
    let fields: Option<Vec<FieldWidth>> = text.split(',').take(MOST_FIELDS + 1).map(field).collect();
    fields.filter(|fields| fields.len() <= MOST_FIELDS)
}

#[cfg(test)]
mod tests;
