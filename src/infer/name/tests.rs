use super::*;
use crate::infer::value::Value;

fn told(fields: &[&str], by: By) -> String {
    let mut sample = Sample::default();
    for field in fields {
        sample.field(field).unwrap().add(Value::Field("1"));
    }
    let Columns { named, left_out } = columns(&sample, by);
    let names = named.iter().map(|Named { dest, remarks, .. }| {
        let remarks: String = remarks.iter().map(|remark| format!(" ({remark})")).collect();
        format!("{dest}{remarks}")
    });
    names.chain(left_out.iter().map(|sentence| format!("- {sentence}"))).collect::<Vec<_>>().join("\n")
}

#[test]
fn names_that_differ_in_case_only_are_one_column() {
    let told = told(&["userId", "id", "USERID"], By::Name);
    assert_eq!(
        told,
        "userId (the file has `USERID` too, in 1 row: names that differ in case only are one column, and of both in one row COPY takes one)\nid"
    );
}

#[test]
fn a_name_that_no_column_can_have_is_left_out_or_called_by_its_place() {
    let long = "x".repeat(128);
    let odd = ["", " id", "a\nb", "ctid", &long, "good"];
    let left_out = told(&odd, By::Name);
    assert_eq!(left_out.lines().next(), Some("good"));
    assert_eq!(left_out.matches("cannot be a column").count(), 5, "{left_out}");
    assert!(!left_out.contains("a\nb"), "{left_out}");
    let placed = told(&odd, By::Place);
    for (place, line) in placed.lines().take(5).enumerate() {
        assert!(line.starts_with(&format!("column_{}", place + 1)), "{line}");
    }
}

#[test]
fn reserved_words_are_columns_and_told() {
    assert_eq!(told(&["User"], By::Name), "User (`user` is a reserved word: queries write it in quotes)");
}
