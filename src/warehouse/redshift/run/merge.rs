//! What the staged rows of a merge say, and what follows from it.

use tokio_postgres::SimpleQueryRow;

use crate::failure::{Failure, FailureKind};
use crate::model::duplicates::Duplicates;
use crate::plan::merge::Merge;
use crate::warehouse::redshift::run::action::Action;
use crate::warehouse::redshift::sql::ledger::rows::MovedRows;
use crate::warehouse::redshift::sql::merge::{FIRST, KEYS, LAST, NULL_KEYS, ROWS, Range, UNDECIDED};

/// The staged rows, counted before one of them goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Staged {
    pub(super) rows: u64,
    /// Keys that are not the same.
    pub(super) keys: u64,
    null_keys: u64,
    /// Keys that have rows among which nobody can choose.
    undecided: u64,
    /// Where the target is sorted by a column of the key; of no rows there is none.
    pub(super) range: Option<Range>,
}

/// Why the staged rows are not merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotMerged {
    #[error("COPY has loaded {copied} rows, and {staged} are staged; please report it")]
    NotAsCopied { copied: u64, staged: u64 },
    #[error("{0} rows of the data have a null in the primary key; fix the file")]
    NullKeys(u64),
    #[error("{loaded} rows were added for {keys} keys of the data; please report it")]
    NotOneOfEach { loaded: u64, keys: u64 },
}

impl NotMerged {
    pub(super) fn kind(self) -> FailureKind {
        match self {
            Self::NotAsCopied { .. } | Self::NotOneOfEach { .. } => FailureKind::UnexpectedRowCount,
            Self::NullKeys(_) => FailureKind::DataRejected,
        }
    }
}

impl Staged {
    /// Reads the answer to [`keys`](crate::warehouse::redshift::sql::merge::keys).
    ///
    /// # Errors
    /// When a number is not there: it must not pass for none.
    pub(super) fn read(facts: &[SimpleQueryRow], action: &Action<'_>) -> Result<Self, Failure> {
        let fact = |name| facts.iter().find(|fact| fact.get(0) == Some(name));
        let number = |name| {
            fact(name).and_then(|fact| fact.get(1)?.parse().ok()).ok_or_else(|| action.without_number())
        };
        let text = |name| fact(name).and_then(|fact| fact.get(2)).map(str::to_owned);
        Ok(Self {
            rows: number(ROWS)?,
            keys: number(KEYS)?,
            null_keys: number(NULL_KEYS)?,
            undecided: number(UNDECIDED)?,
            range: text(FIRST).zip(text(LAST)).map(|(first, last)| Range { first, last }),
        })
    }

    /// Whether all that was copied is staged, with a key.
    pub(super) fn check(&self, copied: u64) -> Result<(), NotMerged> {
        match self.null_keys {
            _ if self.rows != copied => Err(NotMerged::NotAsCopied { copied, staged: self.rows }),
            0 => Ok(()),
            rows => Err(NotMerged::NullKeys(rows)),
        }
    }

    /// Why rows of one key are refused; `None` when there are none that nobody can choose from.
    pub(super) fn undecided(&self, merge: &Merge) -> Option<String> {
        let keys = (self.undecided > 0).then_some(self.undecided)?;
        let key: Vec<String> = merge.key.iter().map(|column| format!("`{column}`")).collect();
        let (key, rows) = (key.join(", "), self.rows);
        Some(match merge.latest_by() {
            Some(by) => format!(
                "{keys} keys ({key}) of the {rows} rows have several latest rows by `{by}` that differ; fix the file, or choose \
                 a column in `duplicates` that tells them apart"
            ),
            None if merge.duplicates == Duplicates::Refuse => format!(
                "{keys} keys ({key}) have more than one of the {rows} rows of the data; fix the file, or say which row of a key \
                 is taken: `duplicates: latest_by:<column>`, or `identical_only` for rows that are the same"
            ),
            None => format!(
                "{keys} keys ({key}) have rows that differ, of {rows} rows of the data; fix the file, or say which row of a key is \
                 taken: `duplicates: latest_by:<column>`"
            ),
        })
    }

    /// Counts what was added: one row of each key, but for those of which the table has a later one.
    pub(super) fn settle(&self, merge: &Merge, moved: &mut MovedRows) -> Result<(), NotMerged> {
        let outdated = self.keys.checked_sub(moved.loaded);
        let (loaded, keys) = (moved.loaded, self.keys);
        let outdated = outdated.filter(|keys| *keys == 0 || merge.latest_by().is_some());
        moved.outdated = Some(outdated.ok_or(NotMerged::NotOneOfEach { loaded, keys })?);
        moved.duplicate = Some(self.rows - self.keys);
        // Of the keys that came those count that were there; where nobody has told them apart, all may have been.
        moved.beyond_keys = Some(moved.deleted.saturating_sub(moved.matched.unwrap_or(loaded).min(loaded)));
        // They were counted with rows that were left out, of whose dates nobody knows.
        moved.in_window = moved.in_window.filter(|_| moved.loaded == self.rows);
        Ok(())
    }
}
