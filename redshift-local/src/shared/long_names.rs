//! The long names that have stand-ins in PostgreSQL, as all sessions remember them.
//!
//! A pair stays although what it was made for is rolled back: another session may use it by now, and it costs little.

use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use crate::sql::cursor::TableName;
use crate::sql::long_name::{LongName, restored};
use crate::sql::refusal::Refusal;

#[derive(Default)]
pub(crate) struct LongNames {
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    /// By stand-in.
    names: HashMap<String, String>,
    /// The databases whose names of earlier runs are in `names`.
    recalled: HashSet<String>,
}

impl LongNames {
    /// Has the stand-ins lead back to their names, or refuses a name whose stand-in is another's already: one of the two
    /// would be taken for the other.
    pub(crate) fn remember(&self, names: &[LongName]) -> Result<(), Refusal> {
        if names.iter().all(|long| self.known().names.get(&long.stand_in) == Some(&long.name)) {
            return Ok(());
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for long in names {
            let name = known.names.entry(long.stand_in.clone()).or_insert_with(|| long.name.clone());
            if *name != long.name {
                return Err(Refusal::not_covered(&format!("the name \"{}\" beside \"{name}\"", long.name)));
            }
        }
        Ok(())
    }

    /// The text with names in the places of their stand-ins; `None` when it holds none, which is nearly always.
    pub(crate) fn restored(&self, text: &[u8]) -> Option<Vec<u8>> {
        let known = self.known();
        if known.names.is_empty() {
            return None;
        }
        restored(text, |stand_in| known.names.get(stand_in).map(String::as_str))
    }

    /// What Redshift calls it.
    pub(crate) fn name_of(&self, name: &str) -> String {
        let restored = self.restored(name.as_bytes());
        restored.and_then(|name| String::from_utf8(name).ok()).unwrap_or_else(|| name.to_owned())
    }

    pub(crate) fn table(&self, table: &TableName) -> TableName {
        TableName(table.0.iter().map(|part| self.name_of(part)).collect())
    }

    pub(crate) fn are_recalled(&self, database: &str) -> bool {
        self.known().recalled.contains(database)
    }

    /// What the database has kept. Two databases of earlier runs cannot disagree: a stand-in follows from its name.
    pub(crate) fn recall(&self, database: &str, names: Vec<LongName>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.names.extend(names.into_iter().map(|long| (long.stand_in, long.name)));
        known.recalled.insert(database.to_owned());
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_name_with_the_same_stand_in_is_refused() {
        let names = LongNames::default();
        let one = LongName::of(&"a".repeat(64)).expect("it is long");
        let other = LongName { name: "b".repeat(64), ..one.clone() };
        assert_eq!(names.remember(std::slice::from_ref(&one)), Ok(()));
        assert_eq!(names.remember(std::slice::from_ref(&one)), Ok(()));
        let refusal = names.remember(&[other]).expect_err("it is another's");
        assert_eq!(refusal.code, "0A000");
        assert_eq!(names.name_of(&format!("{}_pkey", one.stand_in)), format!("{}_pkey", one.name));
    }
}
