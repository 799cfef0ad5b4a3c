//! Broken files between delimiters, as UNLOAD writes them.

use crate::broken::{Case, by_chance, check, loaded, other_kinds, refused};

fn row(id: &str) -> String {
    format!("\"2015-07-01 00:00:00\"|\"{id}\"|\"näme \\\"{id}\\\" \\| x\"|\"1.25\"|\"t\"\n")
}

fn whole() -> String {
    (1..=12).map(|id| row(&id.to_string())).collect()
}

fn third(bad: &str) -> String {
    format!("{}{}{bad}\n{}", row("1"), row("2"), row("4"))
}

fn by_hand() -> Vec<Case> {
    let text = |name: &str, content: String, says| refused(name, "txt", content, says);
    let wide = "x".repeat(70_000);
    vec![
        text(
            "a text for a number",
            third("2015-07-01|seven|a|1|t"),
            &["line 3", "column `id`", "Invalid digit"],
        ),
        text("nothing for what must be there", third("2015-07-01||a|1|t"), &["line 3", "column `id`"]),
        text("NULL for what must be there", third("2015-07-01|\\N|a|1|t"), &["line 3", "column `id`"]),
        text(
            "a number that is too large",
            third("2015-07-01|99999999999999999999|a|1|t"),
            &["line 3", "column `id`"],
        ),
        loaded(
            "a name that is too long, which is cut",
            "txt",
            third("2015-07-01|3|123456789012345678901|1|t"),
            4,
        ),
        text("a word for an amount", third("2015-07-01|3|a|much|t"), &["line 3", "column `amount`"]),
        text("a comma in an amount", third("2015-07-01|3|a|1,5|t"), &["line 3", "column `amount`"]),
        text("a word for a boolean", third("2015-07-01|3|a|1|perhaps"), &["line 3", "column `is_new`"]),
        text("a month that is not there", third("2015-13-01|3|a|1|t"), &["line 3", "column `data_date`"]),
        text("a date that is none", third("tomorrow|3|a|1|t"), &["line 3", "column `data_date`"]),
        text("a field too few", third("2015-07-01|3|a|1"), &["line 3", "Delimiter not found"]),
        text("a field too many", third("2015-07-01|3|a|1|t|more"), &["line 3"]),
        text("an empty line", third(""), &["line 3"]),
        text("a delimiter that nothing marks", third("2015-07-01|3|a|b|1|t"), &["line 3"]),
        text("a mark that is not closed", third("\"2015-07-01|3|a|1|t"), &["line 3"]),
        text("marks of two kinds", third("\"2015-07-01'|3|a|1|t"), &["line 3"]),
        text("a backslash before a delimiter", third("2015-07-01\\|3|a|1|t"), &["line 3"]),
        text("a backslash at the end", format!("{}2015-07-01|3|a|1|t\\", row("1")), &["line 2"]),
        text("commas in a row", third("2015-07-01,3,a,1,t"), &["line 3"]),
        text("tabs in a row", third("2015-07-01\t3\ta\t1\tt"), &["line 3"]),
        text("a row that is cut", format!("{}{}2015-07-01|3|a", row("1"), row("2")), &["line 3"]),
        text("a line break that nothing marks", third("2015-07-01|3|a\nb|1|t"), &["line 3"]),
        text("a NUL in a text", third("2015-07-01|3|a\0b|1|t"), &["line 3", "column `name`"]),
        loaded("a name of 70 kB, which is cut", "txt", third(&format!("2015-07-01|3|{wide}|1|t")), 4),
        text("a row of 70 kB without a delimiter", third(&wide), &["line 3"]),
        refused(
            "bytes that are no UTF-8",
            "txt",
            [third("").trim_end().as_bytes(), b"\n2015-07-01|4|\xe4|1|t\n"].concat(),
            &["line"],
        ),
        refused(
            "half of a character",
            "txt",
            [row("1").as_bytes(), b"2015-07-01|4|\xc3|1|t\n"].concat(),
            &["line 2", "UTF8"],
        ),
        text("a page of a server", "<html>502 Bad Gateway</html>".to_owned(), &["is HTML or XML"]),
        text(
            "an error of S3",
            "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code></Error>".to_owned(),
            &["is HTML or XML"],
        ),
        text("zeros", "\0".repeat(300), &["begins with a NUL byte"]),
        text(
            "a header",
            format!("data_date|id|name|amount|is_new\n{}", row("1")),
            &["line 1", "column `data_date`"],
        ),
        text("a byte order mark", format!("\u{feff}{}", row("1")), &["line 1", "column `data_date`"]),
        text("JSON", "{\"id\": 1}\n".to_owned(), &["line 1"]),
        refused("an ORC file", "txt", b"ORC\x0a\x0b".as_slice(), &["is an ORC file"]),
        loaded("no byte at all", "txt", "", 0),
        loaded("no line end behind the last row", "txt", whole().trim_end(), 12),
        loaded("line ends of Windows", "txt", whole().replace('\n', "\r\n"), 12),
    ]
}

#[tokio::test]
async fn broken_delimited_text_is_loaded_as_a_whole_or_refused_in_a_sentence() {
    let cases = by_hand().into_iter().chain(other_kinds("txt", &whole())).chain(by_chance(
        "txt",
        whole().as_bytes(),
        None,
        25,
    ));
    check(", format: delimited", cases.collect()).await;
}
