//! docs/settings.md tells of every variable that is read, and of no other; and what it says is the default is one.

use std::collections::BTreeSet;
use std::path::Path;

use crate::config::environment::Environment;
use crate::config::serve::ServeSettings;

const PAGE: &str = include_str!("../../docs/settings.md");
/// Read by crates below us.
const OF_OTHERS: [&str; 7] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_SQS",
    "AWS_REGION",
    "CLICOLOR_FORCE",
    "NO_COLOR",
    "SSL_CERT_FILE",
];
/// What the platform says, beside settings.
const OF_PLATFORM: [&str; 2] = ["HOSTNAME", "RUST_LOG"];

/// The names in the first cell of each row, and the second cell.
fn rows() -> impl Iterator<Item = (Vec<&'static str>, &'static str)> {
    let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let mut cells = row.split(" | ");
        let names = cells.next().unwrap().trim_matches('`').split("`, `").collect();
        (names, cells.next().unwrap())
    })
}

/// Every text in the sources of settings that looks like the name of a variable.
fn names_that_are_read() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config");
    let sources = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let sources = sources.filter(|path| path.is_file() && !path.ends_with("documented.rs"));
    let texts = sources.flat_map(|path| {
        let source = std::fs::read_to_string(path).unwrap();
        let (code, _tests) = source.split_once("#[cfg(test)]").unwrap_or((&source, ""));
        code.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    });
    let is_name =
        |text: &String| text.len() > 2 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    texts.filter(is_name).collect()
}

#[test]
fn every_variable_is_told_of_and_no_other() {
    let told: BTreeSet<String> = rows().flat_map(|(names, _)| names).map(str::to_owned).collect();
    let mut known = names_that_are_read();
    assert!(known.contains("QUEUE_URL") && known.contains("RUST_LOG"), "{known:?}");
    known.extend(OF_OTHERS.map(str::to_owned));
    known.extend(["HOSTNAME".to_owned()]);
    assert_eq!(told, known, "left: docs/settings.md, right: what is read");
}

#[test]
fn what_is_told_to_be_the_default_changes_nothing() {
    let needed = [
        ("QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/1/loads"),
        ("REDSHIFT_HOST", "redshift.example.com"),
        ("REDSHIFT_DB", "analytics"),
        ("REDSHIFT_USER", "loader"),
        ("REDSHIFT_PASSWORD", "secret"),
    ];
    let settings = |more: Option<(&str, &str)>| {
        let variables = needed.into_iter().chain(more);
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        ServeSettings::read(Environment::new(variables))
    };
    let usual = settings(None);
    let mut compared = 0;
    for (names, default) in rows() {
        let is_ours = !names.iter().any(|name| OF_OTHERS.contains(name) || OF_PLATFORM.contains(name));
        let value = default.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
        let Some(value) = value.filter(|_| is_ours) else { continue };
        let set = settings(Some((names[0], value)));
        assert!(set.is_ok(), "{}={value}: {set:?}", names[0]);
        assert_eq!(set, usual, "{}={value}", names[0]);
        compared += 1;
    }
    assert!(compared > 10, "{compared} defaults are told");
    for (name, _) in needed {
        assert!(rows().any(|row| row == (vec![name], "required")), "{name} is required");
    }
}
