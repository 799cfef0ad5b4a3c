//! What is noted while a config is read: problems, and keys that were passed over.

use std::str::FromStr;

use crate::model::problems::Problems;
use crate::model::shown::excerpt;
use crate::yaml::{Node, Scalar, Style};

/// Grows while a config is read. Both lists are of bounded length.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) problems: Problems,
    /// Paths, which are no problems, in a list of the same bounds.
    pub(super) passed_over: Problems,
}

/// A map of the config, and how its keys are named to people.
pub(super) struct Context {
    /// What a sentence begins with: "column `id`: ".
    pub(super) before: String,
    /// What its keys are qualified with in a sentence: "meta.".
    pub(super) within: &'static str,
    /// The same for the list of keys that were passed over: `columns[0].`.
    pub(super) path: String,
}

impl Context {
    /// A key of the map, as a sentence begins with it.
    pub(super) fn key(&self, key: &str) -> String {
        format!("{}`{}{key}`", self.before, self.within)
    }
}

impl Notes {
    /// A scalar under a key, as it is written.
    pub(super) fn scalar<'t>(&mut self, map: Node<'t>, key: &str, context: &Context) -> Option<Scalar<'t>> {
        let value = map.get(key)?;
        match value.scalar() {
            Some(scalar) if scalar.style == Style::Tagged => {
                self.problems.add(format!(
                    "{} has a tag that is not understood; write the value itself",
                    context.key(key)
                ));
                None
            }
            Some(scalar) => Some(scalar),
            None => {
                self.problems.add(format!("{} must be one value, not {}", context.key(key), value.shown()));
                None
            }
        }
    }

    /// A text under a key, as it is written: `1e3` without quotes is the text `1e3`.
    pub(super) fn text<'t>(&mut self, map: Node<'t>, key: &str, context: &Context) -> Option<&'t str> {
        self.scalar(map, key, context).map(|scalar| scalar.text)
    }

    /// A boolean under a key; false when it is not there.
    pub(super) fn boolean(&mut self, map: Node<'_>, key: &str, context: &Context) -> bool {
        let Some(scalar) = self.scalar(map, key, context) else { return false };
        scalar.boolean().unwrap_or_else(|| {
            let shown = scalar.shown();
            self.problems
                .add(format!("{} must be true or false, without quotes, not {shown}", context.key(key)));
            false
        })
    }

    /// A whole number under a key; 0 when it is not there.
    pub(super) fn number(&mut self, map: Node<'_>, key: &str, context: &Context) -> u32 {
        let Some(scalar) = self.scalar(map, key, context) else { return 0 };
        // To the original's library 010 is eight.
        let is_plain = scalar.style == Style::Plain
            && scalar.text.bytes().all(|byte| byte.is_ascii_digit())
            && (scalar.text == "0" || !scalar.text.starts_with('0'));
        scalar.text.parse().ok().filter(|_| is_plain).unwrap_or_else(|| {
            self.problems.add(format!("{} must be a whole number, not {}", context.key(key), scalar.shown()));
            0
        })
    }

    /// One of a few words under a key.
    pub(super) fn word<T: Copy>(
        &mut self,
        map: Node<'_>,
        key: &str,
        context: &Context,
        words: &[(&str, T)],
    ) -> Option<T> {
        self.word_of(map, key, context, words, |word, written| word == written)
    }

    /// The same, where SQL's own words are used to be in capitals.
    pub(super) fn word_in_any_case<T: Copy>(
        &mut self,
        map: Node<'_>,
        key: &str,
        context: &Context,
        words: &[(&str, T)],
    ) -> Option<T> {
        self.word_of(map, key, context, words, str::eq_ignore_ascii_case)
    }

    fn word_of<T: Copy>(
        &mut self,
        map: Node<'_>,
        key: &str,
        context: &Context,
        words: &[(&str, T)],
        is_same: impl Fn(&str, &str) -> bool,
    ) -> Option<T> {
        let scalar = self.scalar(map, key, context)?;
        let found = words.iter().find(|(word, _)| is_same(word, scalar.text)).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let shown = excerpt(scalar.text);
            self.problems.add(format!("{} must be {}, not `{shown}`", context.key(key), words.join(" or ")));
        }
        found
    }
}

/// The words of an enum, each with what it means.
pub(super) fn meanings<T: FromStr>(words: &[&'static str]) -> Vec<(&'static str, T)> {
    words.iter().filter_map(|word| Some((*word, word.parse().ok()?))).collect()
}
