//! Even shares: how far those who want much are cut back, so that all fit. Decides, and does nothing.

/// The highest level to which wishes can be cut so that they sum up to no more than `total`; `None` when they fit as they are.
///
/// It is how water stands in vessels that are connected: who wants less than the level has all of it, and the others have the same.
pub(super) fn level(mut wishes: Vec<usize>, total: usize) -> Option<usize> {
    wishes.sort_unstable();
    let (mut left, mut others) = (total, wishes.len());
    for wish in wishes {
        if wish > left / others {
            return Some(left / others);
        }
        left -= wish;
        others -= 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(wishes: &[usize], level: usize) -> usize {
        wishes.iter().map(|wish| *wish.min(&level)).sum()
    }

    #[test]
    fn who_wants_little_has_it_and_the_others_have_the_same() {
        assert_eq!(level(vec![90, 5, 80, 1], 50), Some(22));
        assert_eq!(level(vec![90], 50), Some(50));
        assert_eq!(level(vec![25, 25], 50), None);
        assert_eq!(level(Vec::new(), 0), None);
    }

    proptest! {
        #[test]
        fn wishes_are_cut_no_further_than_they_must_be(
            wishes in prop::collection::vec(0_usize..1000, 0..50),
            total in 0_usize..10_000,
        ) {
            let sum: usize = wishes.iter().sum();
            match level(wishes.clone(), total) {
                None => prop_assert!(sum <= total),
                Some(level) => {
                    prop_assert!(sum > total && cut(&wishes, level) <= total);
                    prop_assert!(cut(&wishes, level + 1) > total, "{} is not the highest", level);
                }
            }
        }
    }
}
