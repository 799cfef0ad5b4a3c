//! Long names in what a client says when it logs in.

use crate::sql::long_name::LongName;

/// Behind the last character of what can be a name without quotes.
fn ends_word(character: char) -> bool {
    character.is_ascii() && !character.is_ascii_alphanumeric() && !matches!(character, '_' | '$')
}

/// The `options` of a login, where `-c search_path=...` may hold names.
pub(crate) fn login_options(options: &str) -> String {
    if !options.contains("search_path") {
        return options.to_owned();
    }
    let with_stand_in = |piece: &str| {
        let word = piece.trim_end_matches(ends_word);
        let end = piece.strip_prefix(word).unwrap_or_default();
        match LongName::of(&word.to_ascii_lowercase()) {
            Some(long) => format!("{}{end}", long.stand_in),
            None => piece.to_owned(),
        }
    };
    options.split_inclusive(ends_word).map(with_stand_in).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::long_name::for_postgres;

    #[test]
    fn a_search_path_may_come_with_the_login() {
        let long = "n".repeat(64);
        let options = format!("-c search_path={long},b -c a=1");
        assert_eq!(login_options(&options), options.replace(&long, &for_postgres(&long)));
        assert_eq!(login_options(&format!("-c a={long}")), format!("-c a={long}"));
    }
}
