//! Options of COPY that a message or a config may ask for, each read into a type: no text of theirs is ever SQL.
//!
//! Which of them exclude a format or each other stands in [`conflicts`].

pub mod word;
pub mod option;
mod read;
pub mod conflicts;

use crate::model::copy_options::option::{CompUpdate, CopyOption};
use crate::model::copy_options::word::CopyWord;
use crate::model::format::Format;
use crate::model::problems::Problems;

/// Options that were asked for, each once, in the order of [`CopyWord`], however they were listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopyOptions(Vec<CopyOption>);

/// Why an option that begins with this word is never one of ours, as it follows "it cannot be given, ".
pub fn reason_against(first: &str) -> Option<&'static str> {
    word::NOT_TAKEN.iter().find(|(word, _)| word.eq_ignore_ascii_case(first)).map(|(_, reason)| *reason)
}

/// Far more than COPY has.
const MOST: usize = 100;

impl CopyOptions {
    /// Reads a list, each text one option: `NULL AS 'none'`. Every problem of it is noted.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, Vec<String>> {
        let mut problems = Problems::default();
        let mut options: Vec<CopyOption> = Vec::new();
        for (number, text) in texts.into_iter().enumerate() {
            if number == MOST {
                problems.add(format!("`copy_options` has more than {MOST} entries"));
                break;
            }
            let Some(option) = problems.noted(read::option(text)) else { continue };
            if options.iter().any(|other| other.word() == option.word()) {
                problems.add(format!("`copy_options` has {} twice; remove one", option.word()));
            } else {
                options.push(option);
            }
        }
        if !problems.is_empty() {
            return Err(problems.into_list());
        }
        options.sort_by_key(CopyOption::word);
        Ok(Self(options))
    }

    /// In the order of [`CopyWord`].
    pub fn iter(&self) -> impl Iterator<Item = &CopyOption> {
        self.0.iter()
    }

    /// These, and those of `others` about which they say nothing.
    pub fn or(&self, others: &[CopyOption]) -> Self {
        let added = others.iter().filter(|option| !self.says(option.word()));
        let mut options: Vec<CopyOption> = self.0.iter().chain(added).cloned().collect();
        options.sort_by_key(CopyOption::word);
        Self(options)
    }

    pub fn says(&self, word: CopyWord) -> bool {
        self.0.iter().any(|option| option.word() == word)
    }

    /// The same, but that COPY finds no encodings for the columns.
    pub fn without_encodings(&self) -> Self {
        let stays =
            |option: &&CopyOption| !matches!(option.word(), CopyWord::CompRows | CopyWord::CompUpdate);
        let mut options: Vec<CopyOption> = self.0.iter().filter(stays).cloned().collect();
        options.push(CopyOption::CompUpdate(CompUpdate::Off));
        options.sort_by_key(CopyOption::word);
        Self(options)
    }

    /// The same for a table whose columns have no IDENTITY.
    pub fn without_explicit_ids(&self) -> Self {
        Self(self.0.iter().filter(|option| option.word() != CopyWord::ExplicitIds).cloned().collect())
    }

    /// The same, but that bytes which are replaced at all are replaced by this character.
    pub fn with_replacement(&self, character: char) -> Self {
        let other = |option: &CopyOption| match option {
            CopyOption::AcceptInvChars(_) => CopyOption::AcceptInvChars(Some(character)),
            option => option.clone(),
        };
        Self(self.0.iter().map(other).collect())
    }

    /// Rows with errors at which a load fails, where MAXERROR lets it skip fewer; `None` skips none.
    pub fn tolerance(&self) -> Option<u32> {
        let asked = self.0.iter().find_map(|option| match option {
            CopyOption::MaxError(rows) => Some(*rows),
            _ => None,
        });
        // The first error fails the load with both [DG copy-parameters-data-load].
        asked.filter(|rows| *rows > 1)
    }

    /// The format that an option asks for: fixed width has no word of its own in the field `format`.
    pub fn format(&self) -> Option<Format> {
        self.says(CopyWord::FixedWidth).then_some(Format::FixedWidth)
    }

    /// The quotation mark of CSV, when one was asked for.
    pub fn quote(&self) -> Option<char> {
        self.0.iter().find_map(|option| match option {
            CopyOption::Quote(quote) => Some(*quote),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> Result<String, String> {
        let options = CopyOptions::parse(texts.iter().copied()).map_err(|problems| problems.join("; "))?;
        Ok(options.iter().map(|option| option.word().label()).collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn the_order_of_options_does_not_depend_on_the_list() {
        let expected = Ok("EMPTYASNULL, NULL AS, TRIMBLANKS".to_owned());
        assert_eq!(read(&["TRIMBLANKS", "NULL AS ''", "EMPTYASNULL"]), expected);
        assert_eq!(read(&["emptyasnull", "null ''", "TrimBlanks"]), expected);
        assert_eq!(read(&[]), Ok(String::new()));
    }

    #[test]
    fn every_problem_of_a_list_is_told() {
        assert_eq!(
            read(&["ESCAPE", "escape", "GZIP"]).unwrap_err(),
            "`copy_options` has ESCAPE twice; remove one; `copy_options`: GZIP cannot be given, the suffix of the file says \
             it; remove it"
        );
        assert!(read(&["ESCAPE"; 200]).unwrap_err().ends_with("more"));
    }

    #[test]
    fn without_encodings_no_option_asks_for_any() {
        let options = CopyOptions::parse(["COMPROWS 1000", "EMPTYASNULL", "COMPUPDATE ON"]).unwrap();
        let expected = CopyOptions::parse(["EMPTYASNULL", "COMPUPDATE OFF"]).unwrap();
        assert_eq!(options.without_encodings(), expected);
        assert_eq!(expected.without_encodings(), expected);
    }

    #[test]
    fn without_explicit_ids_all_other_options_stay() {
        let options = CopyOptions::parse(["EXPLICIT_IDS", "EMPTYASNULL"]).unwrap();
        assert_eq!(options.without_explicit_ids(), CopyOptions::parse(["EMPTYASNULL"]).unwrap());
    }

    #[test]
    fn fixed_width_is_a_format_that_an_option_asks_for() {
        let options = CopyOptions::parse(["FIXEDWIDTH 'id:3,name:10'"]).unwrap();
        assert_eq!(options.format(), Some(Format::FixedWidth));
        assert_eq!(CopyOptions::default().format(), None);
    }
}
