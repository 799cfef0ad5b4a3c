//! The long names that have stand-ins in PostgreSQL, as all sessions remember them.
//!
//! A name that is given to something stays, although that is rolled back or dropped: another session may use it by now,
//! and it costs little. One that is only used, such as a column's in one query, is forgotten with what uses it: clients
//! make up new ones all day.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

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
    names: HashMap<String, Name>,
    /// The databases whose names of earlier runs are in `names`.
    recalled: HashSet<String>,
}

struct Name {
    name: String,
    /// It was given to something.
    stays: bool,
    /// How many `InUse` hold it.
    uses: usize,
}

/// Names that are remembered as long as this lives.
pub(crate) struct InUse {
    names: Vec<LongName>,
    all: Arc<LongNames>,
}

impl LongNames {
    /// Has the stand-ins lead back to their names, or refuses a name whose stand-in is another's already: one of the two
    /// would be taken for the other.
    pub(crate) fn in_use(self: &Arc<Self>, names: &[LongName]) -> Result<InUse, Refusal> {
        let mut in_use = self.none_in_use();
        if names.is_empty() {
            return Ok(in_use);
        }
        let mut known = self.known_to_change();
        for long in names {
            let known = known.entry(long);
            if known.name != long.name {
                let both = format!("the name \"{}\" beside \"{}\"", long.name, known.name);
                return Err(Refusal::not_covered(&both));
            }
            known.uses += 1;
            in_use.names.push(long.clone());
        }
        Ok(in_use)
    }

    /// For names to be taken over.
    pub(crate) fn none_in_use(self: &Arc<Self>) -> InUse {
        InUse { names: Vec::new(), all: Arc::clone(self) }
    }

    /// Remembers names, which are in use, for as long as the program runs.
    pub(crate) fn keep(&self, names: &[LongName]) {
        let mut known = self.known_to_change();
        for long in names {
            known.entry(long).stays = true;
        }
    }

    /// The text with names in the places of their stand-ins; `None` when it holds none, which is nearly always.
    pub(crate) fn restored(&self, text: &[u8]) -> Option<Vec<u8>> {
        let known = self.known();
        if known.names.is_empty() {
            return None;
        }
        restored(text, |stand_in| known.names.get(stand_in).map(|known| known.name.as_str()))
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
    pub(crate) fn recall(&self, database: &str, names: &[LongName]) {
        self.keep(names);
        self.known_to_change().recalled.insert(database.to_owned());
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn known_to_change(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn entry(&mut self, long: &LongName) -> &mut Name {
        let name = || Name { name: long.name.clone(), stays: false, uses: 0 };
        self.names.entry(long.stand_in.clone()).or_insert_with(name)
    }
}

impl InUse {
    /// Holds on to the other's names too, to each of them once.
    pub(crate) fn take_over(&mut self, mut other: Self) {
        // What is left in the other one is let go, since it is held here already.
        let all = std::mem::take(&mut other.names).into_iter();
        let (held, new): (Vec<_>, Vec<_>) = all.partition(|long| self.names.contains(long));
        other.names = held;
        self.names.extend(new);
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        if self.names.is_empty() {
            return;
        }
        let mut known = self.all.known_to_change();
        for long in &self.names {
            let known = known.entry(long);
            known.uses = known.uses.saturating_sub(1);
        }
        for long in &self.names {
            if known.names.get(&long.stand_in).is_some_and(|known| !known.stays && known.uses == 0) {
                known.names.remove(&long.stand_in);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long_name() -> LongName {
        LongName::of(&"a".repeat(64)).expect("it is long")
    }

    #[test]
    fn a_second_name_with_the_same_stand_in_is_refused() {
        let names = Arc::new(LongNames::default());
        let one = long_name();
        let other = LongName { name: "b".repeat(64), ..one.clone() };
        let in_use = names.in_use(std::slice::from_ref(&one)).expect("it is the first");
        let again = names.in_use(std::slice::from_ref(&one)).expect("it is the same");
        let Err(refusal) = names.in_use(std::slice::from_ref(&other)) else { panic!("it is another's") };
        assert_eq!(refusal.code, "0A000");
        assert_eq!(names.name_of(&format!("{}_pkey", one.stand_in)), format!("{}_pkey", one.name));
        drop((in_use, again));
        assert!(names.in_use(&[other]).is_ok());
    }

    #[test]
    fn a_name_is_forgotten_with_its_last_use_unless_it_stays() {
        let names = Arc::new(LongNames::default());
        let long = long_name();
        let of = |names: &Arc<LongNames>| names.in_use(&[long_name()]).expect("there is no other");
        let mut session = of(&names);
        let statement = of(&names);
        session.take_over(of(&names));
        drop(statement);
        assert_eq!(names.name_of(&long.stand_in), long.name);
        drop(session);
        assert_eq!(names.name_of(&long.stand_in), long.stand_in);

        let statement = of(&names);
        names.keep(std::slice::from_ref(&long));
        drop(statement);
        assert_eq!(names.name_of(&long.stand_in), long.name);
    }
}
