//! Broken files of CSV, with a header.

use crate::broken::{Case, by_chance, check, loaded, other_kinds, refused};

const HEADER: &str = "id,name,amount,is_new,data_date";

fn row(id: &str) -> String {
    format!("{id},\"näme \"\"{id}\"\"\",1.25,true,2015-07-01T00:00:00Z\n")
}

pub(super) fn whole() -> String {
    let rows: String = (1..=12).map(|id| row(&id.to_string())).collect();
    format!("{HEADER}\n{rows}")
}

/// A bad row in the third line, the header being the first.
fn third(bad: &str) -> String {
    format!("{HEADER}\n{}{bad}\n{}", row("1"), row("3"))
}

fn by_hand() -> Vec<Case> {
    let csv = |name: &str, content: String, says| refused(name, "csv", content, says);
    let wide = "x".repeat(70_000);
    vec![
        csv(
            "a text for a number",
            third("seven,a,1,true,2015-07-01"),
            &["line 3", "column `id`", "Invalid digit"],
        ),
        csv("nothing for what must be there", third(",a,1,true,2015-07-01"), &["line 3", "column `id`"]),
        csv(
            "a number that is too large",
            third("99999999999999999999,a,1,true,2015-07-01"),
            &["line 3", "column `id`"],
        ),
        loaded(
            "a name that is too long, which is cut",
            "csv",
            third("2,123456789012345678901,1,true,2015-07-01"),
            3,
        ),
        csv("a word for an amount", third("2,a,much,true,2015-07-01"), &["line 3", "column `amount`"]),
        csv("a comma in an amount", third("2,a,\"1,5\",true,2015-07-01"), &["line 3", "column `amount`"]),
        csv("a word for a boolean", third("2,a,1,perhaps,2015-07-01"), &["line 3", "column `is_new`"]),
        csv("a month that is not there", third("2,a,1,true,2015-13-01"), &["line 3", "column `data_date`"]),
        csv(
            "a day as people write it",
            third("2,a,1,true,the first of July"),
            &["line 3", "column `data_date`"],
        ),
        csv("a field too few", third("2,a,1,true"), &["line 3"]),
        csv("a field too many", third("2,a,1,true,2015-07-01,more"), &["line 3"]),
        csv("an empty line", third(""), &["line 3"]),
        csv("a quotation mark that is not closed", third("2,\"a,1,true,2015-07-01"), &["line 3"]),
        csv("a text behind a closed quotation mark", third("2,\"a\"b,1,true,2015-07-01"), &["line 3"]),
        csv("a quotation mark that is not doubled", third("2,\"a\" b\",1,true,2015-07-01"), &["line 3"]),
        csv("semicolons in a row", third("2;a;1;true;2015-07-01"), &["line 3"]),
        csv("semicolons everywhere", whole().replace(',', ";"), &["line 2"]),
        csv("a row that is cut", format!("{HEADER}\n{}2,a", row("1")), &["line 3"]),
        csv("a NUL in a text", third("2,a\0b,1,true,2015-07-01"), &["line 3", "column `name`"]),
        refused(
            "bytes that are no UTF-8",
            "csv",
            [third("").trim_end().as_bytes(), b"\n4,\xe4,1,true,2015-07-01\n"].concat(),
            &["line"],
        ),
        csv("a page of a server", "<html>502 Bad Gateway</html>".to_owned(), &["is HTML or XML"]),
        csv(
            "an unknown column",
            whole().replacen("is_new", "is_old", 1),
            &["the column `is_old` in its header"],
        ),
        csv(
            "a column twice",
            whole().replacen("is_new", "name", 1),
            &["the column `name` twice in its header"],
        ),
        csv("a column without a name", whole().replacen("is_new", "", 1), &["the column `` in its header"]),
        csv(
            "a header without what must be there",
            "name,data_date\na,2015-07-01\n".to_owned(),
            &["lacks the column `id`"],
        ),
        csv(
            "a header whose mark is not closed",
            format!("id,\"name,amount\n{}", row("1")),
            &["a quotation mark in its header that is not closed"],
        ),
        csv(
            "a header of 70 kB that does not end",
            format!("{HEADER},{wide}"),
            &["no line end within its first bytes"],
        ),
        csv(
            "a header of ten thousand columns",
            format!("{HEADER}{}\n", ",c".repeat(10_000)),
            &["more than 2000 columns in its header"],
        ),
        refused(
            "a header that is no UTF-8",
            "csv",
            b"id,n\xe4me,data_date\n1,a,2015-07-01\n".as_slice(),
            &["is not UTF-8 text in its header"],
        ),
        loaded("one row that is taken for a header", "csv", row("1"), 0),
        loaded("a name of 70 kB, which is cut", "csv", third(&format!("2,{wide},1,true,2015-07-01")), 3),
        csv("only line feeds", "\n\n\n".to_owned(), &["line 2"]),
        csv("zeros", "\0".repeat(300), &["begins with a NUL byte"]),
        loaded("no byte at all", "csv", "", 0),
        loaded("a header and no more", "csv", HEADER, 0),
        loaded(
            "a byte order mark and line ends of Windows",
            "csv",
            format!("\u{feff}{}", whole().replace('\n', "\r\n")),
            12,
        ),
    ]
}

#[tokio::test]
async fn broken_csv_is_loaded_as_a_whole_or_refused_in_a_sentence() {
    let cases = by_hand().into_iter().chain(other_kinds("csv", &whole())).chain(by_chance(
        "csv",
        whole().as_bytes(),
        None,
        25,
    ));
    check(", ignore_header: 1", cases.collect()).await;
}
