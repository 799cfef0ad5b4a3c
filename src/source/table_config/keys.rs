//! The keys of a table config: those that are acted on, those of later versions, and what is meant by nearly one of them.

use crate::model::misspelling::{letters, meant_for};
use crate::model::shown::excerpt;
use crate::source::table_config::notes::{Context, Notes};
use crate::yaml::{Key, Node};

/// The keys of one level of the file.
pub(super) struct Level {
    /// Read by this version.
    pub(super) known: &'static [&'static str],
    pub(super) later: &'static [Later],
    /// Words that are likely to be meant for a key, though they are not spelt like it.
    pub(super) meant: &'static [(&'static str, &'static str)],
    /// Words of others that are passed over, with what to write in their place.
    pub(super) hints: &'static [(&'static str, &'static str)],
}

/// A key of the contract that this version does not act on.
pub(super) struct Later {
    pub(super) key: &'static str,
    /// Values that ask for what this version does anyway; without any, only an empty list or null asks for nothing.
    pub(super) neutral: &'static [&'static str],
}

/// Keys of one map that are compared with ours.
const MAX_KEYS: usize = 200;

/// Refuses keys that are nearly known or of later versions, and notes those that are passed over.
pub(super) fn judge(map: Node<'_>, level: &Level, context: &Context, notes: &mut Notes) {
    let count = map.pairs().into_iter().flatten().count();
    if count > MAX_KEYS {
        notes.problems.add(format!("{}a map has {count} keys, at most {MAX_KEYS} are read", context.before));
        return;
    }
    for (key, value) in map.pairs().into_iter().flatten() {
        if level.known.contains(&key.text) {
            continue;
        }
        if let Some(later) = level.later.iter().find(|later| later.key == key.text) {
            refuse_later(later, value, context, notes);
        } else if let Some(right) = nearly(key, level).filter(|_| !asks_for_nothing(value)) {
            let written = context.key(&excerpt(key.text));
            notes.problems.add(format!("{written} (line {}) must be written `{right}`", key.line));
        } else {
            notes.passed_over.add(format!("{}{}{}", context.path, excerpt(key.text), hint(key, level)));
        }
    }
}

/// Whoever writes `vacuum: false` has what is asked for.
fn asks_for_nothing(value: Node<'_>) -> bool {
    value.is_null() || value.scalar().is_some_and(|scalar| scalar.boolean() == Some(false))
}

fn refuse_later(later: &Later, value: Node<'_>, context: &Context, notes: &mut Notes) {
    let is_empty = value.is_null() || value.items().is_some_and(|items| items.len() == 0);
    let says = |neutral: &&str| match value.scalar() {
        Some(scalar) => {
            scalar.text == *neutral || scalar.boolean().is_some_and(|b| b.to_string() == **neutral)
        }
        None => false,
    };
    if is_empty || later.neutral.iter().any(says) {
        return;
    }
    let except = match later.neutral {
        [] => String::new(),
        [only] => format!(" except as `{only}`"),
        several => format!(" except as `{}`", several.join("` or `")),
    };
    notes.problems.add(format!("{} is not supported yet{except}; remove it", context.key(later.key)));
}

/// What to write in place of a word of others, in brackets.
fn hint(key: Key<'_>, level: &Level) -> String {
    let hint = level.hints.iter().find(|(word, _)| *word == letters(key.text));
    hint.map_or_else(String::new, |(_, hint)| format!(" ({hint})"))
}

/// The key that is meant by one that is none.
pub(super) fn nearly(key: Key<'_>, level: &Level) -> Option<&'static str> {
    let by_meaning = level.meant.iter().find(|(word, _)| *word == letters(key.text)).map(|(_, right)| *right);
    let all = level.known.iter().copied().chain(level.later.iter().map(|later| later.key));
    by_meaning.or_else(|| meant_for(key.text, all))
}
