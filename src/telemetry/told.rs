//! What is said once in the life of the process.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Beyond so many it begins anew: then something is said twice, and nothing is kept for ever.
const MOST: usize = 10_000;

/// Things that were said.
#[derive(Debug, Default)]
pub struct Told(Mutex<HashSet<String>>);

impl Told {
    /// Whether it was not said before; from now on it was.
    pub fn is_new(&self, thing: &str) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.contains(thing) {
            return false;
        }
        if told.len() >= MOST {
            told.clear();
        }
        told.insert(thing.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_new_once_and_no_more_are_kept_than_the_bound() {
        let told = Told::default();
        assert!(told.is_new("a") && !told.is_new("a") && told.is_new("b"));
        for number in 0..MOST {
            told.is_new(&number.to_string());
        }
        assert!(told.0.lock().unwrap().len() <= MOST && told.is_new("a"));
    }
}
