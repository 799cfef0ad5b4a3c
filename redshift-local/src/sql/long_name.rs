//! Names of 64 to 127 bytes (fact 3.6), which Redshift has and PostgreSQL would cut: PostgreSQL keeps a stand-in for each.
//!
//! A stand-in follows from its name, so every session makes the same one. The way back needs somebody who remembers the
//! pair, and who refuses a second name with the same stand-in.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

/// In bytes.
pub(crate) const LIMIT_OF_POSTGRES: usize = 63;
/// In bytes.
pub(crate) const LIMIT_OF_REDSHIFT: usize = 127;

/// Stand-ins begin with it. `catalog/long_names.sql` says the same.
const MARK: &str = "rs_long";
/// What follows: the second where the name needs quotes. PostgreSQL then writes them around the stand-in too.
const LINKS: [char; 2] = ['_', '$'];
/// So many digits of five bits: two stand-ins, and what PostgreSQL puts between them for a key's name, fit in its limit.
const DIGITS: usize = 20;
/// In bytes, of a stand-in.
pub(crate) const STAND_IN: usize = MARK.len() + 1 + DIGITS;
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A name and what PostgreSQL calls it. A temporary table's `#` belongs to neither.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct LongName {
    pub name: String,
    pub stand_in: String,
}

impl LongName {
    /// `None` where PostgreSQL can keep the name itself. What is longer than Redshift's limit is for others to refuse.
    pub(crate) fn of(name: &str) -> Option<Self> {
        if name.len() <= LIMIT_OF_POSTGRES {
            return None;
        }
        let name = name.strip_prefix('#').unwrap_or(name).to_owned();
        let digest = Sha256::digest(name.as_bytes());
        let digits = digest.iter().take(DIGITS).map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
        let link = LINKS[usize::from(needs_quotes(&name))];
        let stand_in = MARK.chars().chain([link]).chain(digits).collect();
        Some(Self { name, stand_in })
    }
}

/// As PostgreSQL sees it, key words aside, of which none is that long.
fn needs_quotes(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_digit())
        || name.bytes().any(|byte| !(byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'))
}

/// The name that PostgreSQL has for it.
pub(crate) fn for_postgres(name: &str) -> Cow<'_, str> {
    match LongName::of(name) {
        None => Cow::Borrowed(name),
        Some(LongName { stand_in, .. }) if name.starts_with('#') => Cow::Owned(format!("#{stand_in}")),
        Some(LongName { stand_in, .. }) => Cow::Owned(stand_in),
    }
}

/// Whether somebody who wrote the text could mean a stand-in by it.
pub(crate) fn holds_stand_in(text: &str) -> bool {
    stand_ins(text.to_ascii_lowercase().as_bytes()).next().is_some()
}

/// The text with names in the places of their stand-ins, or nothing when it holds none that `name_of` knows.
pub(crate) fn restored<'a>(text: &[u8], name_of: impl Fn(&str) -> Option<&'a str>) -> Option<Vec<u8>> {
    let mut whole: Option<Vec<u8>> = None;
    let mut from = 0;
    for (start, stand_in) in stand_ins(text) {
        let Some(name) = name_of(stand_in) else { continue };
        let whole = whole.get_or_insert_with(|| Vec::with_capacity(text.len() + LIMIT_OF_REDSHIFT));
        whole.extend_from_slice(&text[from..start]);
        whole.extend_from_slice(name.as_bytes());
        from = start + stand_in.len();
    }
    if let Some(whole) = &mut whole {
        whole.extend_from_slice(&text[from..]);
    }
    whole
}

/// What looks like a stand-in, and where it begins.
fn stand_ins(text: &[u8]) -> impl Iterator<Item = (usize, &str)> {
    memchr::memmem::find_iter(text, MARK).filter_map(move |start| {
        let found = text.get(start..start + STAND_IN)?;
        let (link, digits) = found[MARK.len()..].split_first()?;
        let is_one = LINKS.contains(&char::from(*link)) && digits.iter().all(|byte| ALPHABET.contains(byte));
        is_one.then_some(())?;
        Some((start, std::str::from_utf8(found).ok()?))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, prop_assert_ne, proptest};

    use super::*;

    #[test]
    fn names_that_postgres_can_keep_are_its_own() {
        let kept = "n".repeat(63);
        assert_eq!(for_postgres(&kept), kept);
        assert_eq!(for_postgres(&"n".repeat(64)), "rs_long_ogkz2taithtd6xjbmon3");
    }

    #[test]
    fn a_name_that_needs_quotes_has_a_stand_in_that_needs_them() {
        for name in ["1", "ä", "N", " "].map(|odd| format!("{odd}{}", "n".repeat(64))) {
            assert!(for_postgres(&name).starts_with("rs_long$"), "{name}");
        }
    }

    #[test]
    fn a_temporary_table_keeps_its_hash() {
        let name = format!("#{}", "n".repeat(63));
        let stand_in = for_postgres(&name);
        assert!(stand_in.starts_with("#rs_long_"), "{stand_in}");
        let long = LongName::of(&name).expect("it is long");
        assert_eq!(long.name, "n".repeat(63));
    }

    #[test]
    fn a_key_made_of_two_stand_ins_is_not_cut() {
        let stand_in = for_postgres(&"n".repeat(64)).into_owned();
        assert!(format!("{stand_in}_{stand_in}_fkey1").len() <= LIMIT_OF_POSTGRES);
    }

    #[test]
    fn names_come_back_also_out_of_longer_words() {
        let long = LongName::of(&"ä".repeat(40)).expect("it is long");
        let text = format!("\"{0}_pkey\" of {0}, rs_long_, rs_long$22222222222222222222", long.stand_in);
        let found = restored(text.as_bytes(), |found| (found == long.stand_in).then_some(long.name.as_str()));
        let expected = text.replace(&long.stand_in, &long.name);
        assert_eq!(String::from_utf8(found.expect("it holds one")).expect("it is text"), expected);
        assert_eq!(restored(b"rs_long_1", |_| Some("x")), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn two_names_never_share_what_postgres_calls_them(one in "\\PC{0,90}", other in "\\PC{0,90}", end in "[a-z]{1,9}") {
            if one != other && !holds_stand_in(&one) && !holds_stand_in(&other) {
                prop_assert_ne!(for_postgres(&one), for_postgres(&other));
            }
            // However much they begin alike.
            let longer = format!("{one}{end}");
            prop_assert_ne!(for_postgres(&one), for_postgres(&longer));
        }

        #[test]
        fn what_postgres_calls_it_fits_and_is_its_own_stand_in(name in "#?\\PC{0,127}") {
            let kept = for_postgres(&name).into_owned();
            prop_assert!(kept.len() <= LIMIT_OF_POSTGRES);
            prop_assert_eq!(for_postgres(&kept), kept.as_str());
        }

        #[test]
        fn any_name_comes_back(name in "[\\PC&&[^#]]{64,127}", around in "\\PC{0,9}") {
            let long = LongName::of(&name).expect("it has 64 bytes at least");
            let text = format!("{around}{}{around}", long.stand_in);
            let back = restored(text.as_bytes(), |_| Some(&long.name)).expect("it holds a stand-in");
            prop_assert_eq!(back, format!("{around}{name}{around}").into_bytes());
        }
    }
}
