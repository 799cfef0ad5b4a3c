use super::*;

fn wish(point: &str, effect: &str) -> Wish {
    Wish { point: point.to_owned(), effect: effect.to_owned(), times: 1, ..Wish::default() }
}

#[test]
fn unknown_words_are_answered_with_the_known_ones() {
    let refusal = wish("commit", "cut").fault().expect_err("it is called before_commit or after_commit");
    assert!(
        refusal.starts_with("there is no point 'commit'; there is login, before_statement,"),
        "{refusal}"
    );
    let refusal = wish("login", "explode").fault().expect_err("nothing explodes");
    assert!(refusal.contains("hold, slow, cut, vanish, silence, error, serializable"), "{refusal}");
}

#[test]
fn nothing_fails_after_it_was_done() {
    assert!(wish("after_commit", "serializable").fault().is_err());
    assert!(wish("after_commit", "cut").fault().is_ok());
    assert!(wish("before_commit", "serializable").fault().is_ok());
}

#[test]
fn s3_fails_in_copy_only() {
    assert!(wish("before_statement", "s3_503").fault().is_err());
    assert!(wish("copy_start", "s3_503").fault().is_ok());
}

#[test]
fn a_table_is_chosen_with_and_without_its_schema() {
    let table = TableName(vec!["s".to_owned(), "t".to_owned()]);
    let subject = Subject { user: "dev", application: "", statement: "COPY s.t", table: Some(&table) };
    let by_table = |name: &str| Selector { table: Some(name.to_owned()), ..Selector::default() };
    assert!(by_table("t").chooses(&subject));
    assert!(by_table("s.t").chooses(&subject));
    assert!(!by_table("x.t").chooses(&subject));
}
