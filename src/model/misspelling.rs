//! Which known word is meant by one that is nearly it.

/// How many letters a word may differ from one of at least so many letters.
const SLIPS: [(usize, usize); 2] = [(9, 2), (6, 1)];
/// Nothing longer is meant for a word of ours.
const LONGEST: usize = 40;

/// The one of `known` that `written` is meant for. Case and separators never count: `expectedRows` is `expected_rows`.
pub fn meant_for<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if written.len() > LONGEST {
        return None;
    }
    let written = letters(written);
    let nearest = known.into_iter().min_by_key(|right| strsim::osa_distance(&letters(right), &written));
    nearest.filter(|right| is_near(&letters(right), &written))
}

fn is_near(right: &str, written: &str) -> bool {
    let distance = strsim::osa_distance(right, written);
    let allowed = SLIPS.iter().find(|(length, _)| right.len() >= *length).map_or(0, |(_, slips)| *slips);
    // In a short word one wrong letter makes another word, but two swapped letters do not.
    let is_swapped = distance == 1 && sorted(right) == sorted(written);
    is_swapped || distance <= allowed
}

/// The letters and digits of a word, in lower case.
pub fn letters(word: &str) -> String {
    word.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn sorted(text: &str) -> Vec<char> {
    let mut characters: Vec<char> = text.chars().collect();
    characters.sort_unstable();
    characters
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 4] = ["date", "expected_rows", "force", "schema"];

    #[test]
    fn case_separators_swapped_letters_and_few_slips_in_a_long_word_are_near() {
        for (written, right) in
            [("Schema", "schema"), ("shema", "schema"), ("expectedRows", "expected_rows"), ("daet", "date")]
        {
            assert_eq!(meant_for(written, KNOWN), Some(right), "{written}");
        }
    }

    #[test]
    fn another_word_is_not_near() {
        for written in ["data", "rate", "source", "", "x", &"schema".repeat(100)] {
            assert_eq!(meant_for(written, KNOWN), None, "{written}");
        }
    }
}
