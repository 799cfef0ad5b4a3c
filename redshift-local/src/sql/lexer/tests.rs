use proptest::prelude::{ProptestConfig, proptest};

use super::*;

fn tokens(source: &str) -> Vec<&str> {
    lex(source)
        .expect("the source is terminated")
        .iter()
        .map(|token| source.get(token.start..token.end).expect("tokens lie on character boundaries"))
        .collect()
}

#[test]
fn a_backslash_keeps_a_quote_inside_the_literal() {
    assert_eq!(tokens(r"select 'it\'s; here', 'a''b';"), ["select", r"'it\'s; here'", ",", "'a''b'", ";"]);
}

#[test]
fn comments_nest_and_are_no_tokens() {
    assert_eq!(tokens("a /* b /* c */ d */ e -- f\ng"), ["a", "e", "g"]);
}

#[test]
fn a_word_may_follow_a_number_at_once() {
    assert_eq!(tokens("10WHEN 1.5e-7e 2e+x"), ["10", "WHEN", "1.5e-7", "e", "2", "e", "+", "x"]);
}

#[test]
fn dollars_open_parameters_and_literals() {
    assert_eq!(tokens("$1 $$a;b$$ $x$ $$ $x$"), ["$1", "$$a;b$$", "$x$ $$ $x$"]);
}

#[test]
fn a_temporary_name_is_one_word() {
    assert_eq!(tokens("from #stage, a # 3"), ["from", "#stage", ",", "a", "#", "3"]);
}

#[test]
fn literals_have_their_escapes_resolved() {
    assert_eq!(literal_value(r"'a\tb\\c\'d''e\174'"), "a\tb\\c'd'e|");
    assert_eq!(literal_value("E'x'"), "x");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_lexes_into_ordered_tokens_on_character_boundaries(source in "(\\PC|['\"$\\\\/*#;\n-]){0,60}") {
        let mut end = 0;
        for token in lex(&source).unwrap_or_default() {
            assert!(token.start >= end && token.end > token.start);
            assert!(source.get(token.start..token.end).is_some());
            end = token.end;
        }
    }
}
