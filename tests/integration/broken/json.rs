//! Broken files of JSON.

use crate::broken::{Case, by_chance, check, loaded, refused};
use crate::support::table::gzip;

/// A row with this id, as the usual one with `more` behind.
fn row(id: &str, more: &str) -> String {
    format!(r#"{{"data_date": "2015-07-01T00:00:00Z", "id": {id}{more}}}"#)
}

/// Twelve rows of all columns.
pub(super) fn whole() -> String {
    (1..=12)
        .map(|id| {
            row(&id.to_string(), &format!(r#", "name": "näme \"{id}\"", "amount": {id}.25, "is_new": true"#))
                + "\n"
        })
        .collect()
}

/// Good rows around a bad one, which is in the third line.
fn third(bad: &str) -> String {
    format!("{}\n{}\n{bad}\n{}\n", row("1", ""), row("2", ""), row("4", ""))
}

fn by_hand() -> Vec<Case> {
    let good = row("1", "");
    let wide = "x".repeat(70_000);
    let json = |name: &str, content: String, says| refused(name, "json", content, says);
    vec![
        json(
            "a text for a number",
            third(&row("\"seven\"", "")),
            &["line 3", "column `id`", "Invalid digit"],
        ),
        json("a fraction for an integer", third(&row("1.5", "")), &["line 3", "column `id`"]),
        json(
            "a number that is too large",
            third(&row("9223372036854775808", "")),
            &["line 3", "column `id`"],
        ),
        json("null for what must be there", third(&row("null", "")), &["line 3", "column `id`"]),
        json("no id at all", third(r#"{"data_date": "2015-07-01"}"#), &["line 3", "column `id`"]),
        loaded(
            "a name that is too long, which is cut",
            "json",
            third(&row("3", r#", "name": "123456789012345678901""#)),
            4,
        ),
        json(
            "a month that is not there",
            third(r#"{"data_date": "2015-13-01T00:00:00Z", "id": 3}"#),
            &["line 3", "column `data_date`"],
        ),
        json(
            "a date that is none",
            third(r#"{"data_date": "yesterday", "id": 3}"#),
            &["line 3", "column `data_date`"],
        ),
        json(
            "a word for a boolean",
            third(&row("3", r#", "is_new": "perhaps""#)),
            &["line 3", "column `is_new`"],
        ),
        json(
            "a word for an amount",
            third(&row("3", r#", "amount": "much""#)),
            &["line 3", "column `amount`"],
        ),
        json(
            "an amount beyond a double",
            third(&row("3", r#", "amount": 1e400"#)),
            &["line 3", "column `amount`"],
        ),
        json("a row that is cut", third(r#"{"data_date": "2015-07-01", "id": "#), &["line 3"]),
        json("a row without its brace", format!("{good}\n{good}\n{{\"id\": 3\n"), &["line 3"]),
        json("a brace too many", third(&format!("{}}}", row("3", ""))), &["line 3"]),
        json("a comma between rows", third(&format!("{},", row("3", ""))), &["line 3"]),
        json("a comma too many", third(r#"{"data_date": "2015-07-01", "id": 3,}"#), &["line 3"]),
        json("single quotes", third("{'data_date': '2015-07-01', 'id': 3}"), &["line 3"]),
        json("a key without quotes", third("{id: 3}"), &["line 3"]),
        json("an array for a row", third("[3]"), &["line 3"]),
        json("a text for a row", third("\"three\""), &["line 3"]),
        json("NaN", third(&row("3", r#", "amount": NaN"#)), &["line 3"]),
        json("a bad escape", third(&row("3", r#", "name": "\q""#)), &["line 3"]),
        json("half of a surrogate", third(&row("3", r#", "name": "\ud800""#)), &["line 3"]),
        json("a line break in a text", third(&row("3", ", \"name\": \"a\nb\"")), &["line 3"]),
        json("a NUL in a text", third(&row("3", r#", "name": "a\u0000b""#)), &["line 3", "column `name`"]),
        refused(
            "bytes that are no UTF-8",
            "json",
            [third("").trim_end().as_bytes(), b"{\"id\": 3, \"name\": \"\xe4\"}"].concat(),
            &["line 4"],
        ),
        json("a byte order mark", format!("\u{feff}{good}\n"), &["begins with a byte order mark"]),
        json("an array of rows", format!("[{good},\n{good}]"), &["is a JSON array"]),
        json("a page of a server", "<html>502 Bad Gateway</html>".to_owned(), &["is HTML or XML"]),
        json("a CSV file", "id,name\n1,a\n".to_owned(), &["does not begin with `{`"]),
        json("a text of zeros", "\0".repeat(300), &["does not begin with `{`"]),
        json(
            "a row of 70 kB that does not end",
            format!("{good}\n{{\"id\": 2, \"name\": \"{wide}"),
            &["line 2"],
        ),
        json("rows nested without end", format!("{good}\n{}", "{\"a\":".repeat(20_000)), &["line 2"]),
        loaded(
            "a name of 70 kB, which is cut",
            "json",
            third(&row("3", &format!(r#", "name": "{wide}""#))),
            4,
        ),
        refused("a Parquet file", "json", b"PAR1\x15\x04\x15".as_slice(), &["is a Parquet file"]),
        refused(
            "a gzip file without the name",
            "json",
            gzip(&good),
            &["is gzip, but its name does not say so"],
        ),
        refused(
            "UTF-16",
            "json",
            good.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
            &["is UTF-16"],
        ),
        loaded("no byte at all", "json", "", 0),
        loaded("blanks only", "json", " \n\n\t\n", 0),
        loaded("a row without a line end, and two in a line", "json", format!("{good} {good}"), 2),
    ]
}

#[tokio::test]
async fn broken_json_is_loaded_as_a_whole_or_refused_in_a_sentence() {
    let cases = by_hand().into_iter().chain(by_chance("json", whole().as_bytes(), None, 25));
    check("", cases.collect()).await;
}
