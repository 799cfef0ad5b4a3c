//! Gathers things by table until there are enough of them to ask about. Of bounded size, whatever is listed.

use std::collections::HashMap;

use crate::model::target_table::TargetTable;

/// Things of one table that are asked about together.
pub const CHUNK: usize = 500;
/// Things that are held of all tables together: a bucket may have more tables than memory has room for a chunk of each.
pub const MOST_HELD: usize = 10 * CHUNK;

/// Things that are not asked about yet.
#[derive(Debug)]
pub struct Chunks<T> {
    of_tables: HashMap<TargetTable, Vec<T>>,
    held: usize,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self { of_tables: HashMap::new(), held: 0 }
    }
}

impl<T> Chunks<T> {
    /// Adds a thing; returns what is to be asked about before the next one is added.
    pub fn add(&mut self, target: TargetTable, thing: T) -> Option<(TargetTable, Vec<T>)> {
        let chunk = self.of_tables.entry(target.clone()).or_default();
        chunk.push(thing);
        self.held += 1;
        let full = if chunk.len() >= CHUNK {
            target
        } else if self.held >= MOST_HELD {
            self.of_tables.iter().max_by_key(|(_, chunk)| chunk.len())?.0.clone()
        } else {
            return None;
        };
        let (target, chunk) = self.of_tables.remove_entry(&full)?;
        self.held -= chunk.len();
        Some((target, chunk))
    }

    /// What is left, by table.
    pub fn rest(self) -> impl Iterator<Item = (TargetTable, Vec<T>)> {
        let mut rest: Vec<_> = self.of_tables.into_iter().collect();
        rest.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
        rest.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::missing::scope::tests::target;

    #[test]
    fn a_table_is_asked_about_when_it_has_a_chunk() {
        let mut chunks = Chunks::default();
        for thing in 1..CHUNK {
            assert_eq!(chunks.add(target("pages"), thing), None);
        }
        assert_eq!(chunks.add(target("visits"), 0), None);
        let (of, chunk) = chunks.add(target("pages"), CHUNK).unwrap();
        assert_eq!((of, chunk), (target("pages"), (1..=CHUNK).collect()));
        assert_eq!(chunks.rest().collect::<Vec<_>>(), [(target("visits"), vec![0])]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn nothing_is_lost_and_memory_is_bounded_whatever_the_tables(tables in 1..3000_u32, things in 0..9_000_u32) {
            let mut chunks = Chunks::default();
            let mut seen = Vec::new();
            for thing in 0..things {
                // Spread so that no table comes near a chunk of its own while there are many.
                let of = target(&format!("t{}", thing.wrapping_mul(2_654_435_761) % tables));
                if let Some((_, chunk)) = chunks.add(of, thing) {
                    prop_assert!(chunk.len() <= CHUNK);
                    seen.extend(chunk);
                }
                prop_assert!(chunks.held < MOST_HELD);
            }
            prop_assert_eq!(chunks.held, chunks.of_tables.values().map(Vec::len).sum::<usize>());
            seen.extend(chunks.rest().flat_map(|(_, chunk)| chunk));
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..things).collect::<Vec<_>>());
        }
    }
}
