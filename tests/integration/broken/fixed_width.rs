//! Broken files whose fields have so many characters each.

use crate::broken::{Case, by_chance, check, loaded, other_kinds, refused};

fn fields(date: &str, id: &str, name: &str, amount: &str, is_new: &str) -> String {
    format!("{date:<20}{id:<8}{name:<22}{amount:<8}{is_new:<5}")
}

fn row(id: u32) -> String {
    fields("2015-07-01T00:00:00Z", &id.to_string(), "name", "1.25", "true") + "\n"
}

fn whole() -> String {
    (1..=12).map(row).collect()
}

fn third(bad: &str) -> String {
    format!("{}{}{bad}\n{}", row(1), row(2), row(4))
}

fn first(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

fn by_hand() -> Vec<Case> {
    let text = |name: &str, content: String, says| refused(name, "txt", content, says);
    let day = "2015-07-01";
    let wide = "x".repeat(70_000);
    vec![
        text(
            "a text for a number",
            third(&fields(day, "seven", "a", "1", "true")),
            &["line 3", "column `id`", "Invalid digit"],
        ),
        text(
            "blanks for what must be there",
            third(&fields(day, "", "a", "1", "true")),
            &["line 3", "column `id`"],
        ),
        text(
            "a fraction for an integer",
            third(&fields(day, "1.5", "a", "1", "true")),
            &["line 3", "column `id`"],
        ),
        loaded(
            "a name that is too long, which is cut",
            "txt",
            third(&fields(day, "3", "123456789012345678901", "1", "true")),
            4,
        ),
        text(
            "a word for an amount",
            third(&fields(day, "3", "a", "much", "true")),
            &["line 3", "column `amount`"],
        ),
        text(
            "a comma in an amount",
            third(&fields(day, "3", "a", "1,5", "true")),
            &["line 3", "column `amount`"],
        ),
        text(
            "a word for a boolean",
            third(&fields(day, "3", "a", "1", "maybe")),
            &["line 3", "column `is_new`"],
        ),
        text(
            "a month that is not there",
            third(&fields("2015-13-01", "3", "a", "1", "true")),
            &["line 3", "column `data_date`"],
        ),
        text(
            "a date that is none",
            third(&fields("tomorrow", "3", "a", "1", "true")),
            &["line 3", "column `data_date`"],
        ),
        text("a row that is too short", third(&first(&fields(day, "3", "a", "1", ""), 58)), &["line 3"]),
        text("a row of one character", third("x"), &["line 3"]),
        text("an empty line", third(""), &["line 3"]),
        text(
            "fields that moved to the right",
            third(&format!(" {}", fields(day, "3", "a", "1", "true"))),
            &["line 3"],
        ),
        text(
            "fields that moved to the left",
            third(&fields(day, "3", "a", "1", "true").replacen('2', "", 1)),
            &["line 3"],
        ),
        text("a field that is too wide", third(&fields(day, "123456789", "a", "1", "true")), &["line 3"]),
        text("a row that is cut", format!("{}{}", row(1), first(&row(2), 30)), &["line 2"]),
        text("a line break in a field", third(&fields(day, "3", "a\nb", "1", "true")), &["line 3"]),
        text("commas in a row", third("2015-07-01,3,a,1,true"), &["line 3"]),
        text("pipes in a row", third("2015-07-01|3|a|1|true"), &["line 3"]),
        loaded("tabs for blanks", "txt", third(&fields(day, "3\t\t\t\t", "a", "1", "true")), 4),
        text("a NUL in a text", third(&fields(day, "3", "a\0b", "1", "true")), &["line 3", "column `name`"]),
        text("zeros for blanks", third(&fields(day, "3", "a", "1", "true").replace(' ', "\0")), &["line 3"]),
        text("a row of 70 kB", third(&wide), &["line 3"]),
        text("no line end for 70 kB", wide.clone(), &["line 1"]),
        refused(
            "bytes that are no UTF-8",
            "txt",
            [
                row(1).as_bytes(),
                row(2).replace("name ", "\u{1}\u{2}\u{3}\u{4} ").replace('\u{1}', "").as_bytes(),
                b"\xe4\xe4\xe4\n",
            ]
            .concat(),
            &["line"],
        ),
        refused(
            "half of a character",
            "txt",
            [
                row(1).as_bytes(),
                fields(day, "3", "", "", "").as_bytes().split_at(28).0,
                b"\xc3",
                &[b' '; 21],
                b"1       true \n",
            ]
            .concat(),
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
            format!("{}\n{}", fields("data_date", "id", "name", "amount", "is_n"), row(1)),
            &["line 1", "column `data_date`"],
        ),
        text("a byte order mark", format!("\u{feff}{}", row(1)), &["line 1"]),
        text("JSON", "{\"id\": 1}\n".to_owned(), &["line 1"]),
        text("CSV", "id,name\n1,a\n".to_owned(), &["line 1"]),
        refused("an Avro file", "txt", b"Obj\x01\x04".as_slice(), &["is an Avro file"]),
        loaded("no byte at all", "txt", "", 0),
        loaded("no line end behind the last row", "txt", whole().trim_end_matches('\n'), 12),
        loaded("line ends of Windows", "txt", whole().replace('\n', "\r\n"), 12),
    ]
}

#[tokio::test]
async fn broken_fixed_width_text_is_loaded_as_a_whole_or_refused_in_a_sentence() {
    let cases = by_hand().into_iter().chain(other_kinds("txt", &whole())).chain(by_chance(
        "txt",
        whole().as_bytes(),
        None,
        25,
    ));
    let widths = "FIXEDWIDTH 'data_date:20,id:8,name:22,amount:8,is_new:5'";
    check(&format!(", copy_options: [\"{widths}\", TRIMBLANKS]"), cases.collect()).await;
}
