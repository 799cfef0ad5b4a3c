//! Patterns of keys: globs with named parts, or regular expressions.

use std::fmt;

use regex::{Regex, RegexBuilder};

use crate::model::shown::excerpt;
use crate::routing::date_part::{DatePart, RFC_3339};

/// Bytes of a pattern.
const LONGEST: usize = 2_000;
/// Bytes of a name of a part.
const LONGEST_NAME: usize = 32;
/// Bytes of a compiled expression: far more than any pattern by hand takes.
const LARGEST_EXPRESSION: usize = 1 << 20;
/// What begins a pattern that is a regular expression.
const REGEX: &str = "regex:";
/// The part that is a date.
pub(super) const DATE: &str = "date";

/// Which keys a rule is for; always the whole `s3://bucket/key`.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    written: String,
    expression: Regex,
    /// How the part `date` is written; RFC 3339 when nothing is said.
    date: Option<DatePart>,
}

impl Pattern {
    /// Reads a pattern as a rule has it.
    ///
    /// # Errors
    /// A sentence about what is wrong, to stand behind the name of its key.
    pub(super) fn parse(written: &str) -> Result<Self, String> {
        if written.len() > LONGEST {
            return Err(format!("is {} bytes long, at most {LONGEST} are taken", written.len()));
        }
        let (expression, date) = match written.strip_prefix(REGEX) {
            Some(expression) => (expression.to_owned(), None),
            None => of_glob(written)?,
        };
        let whole = RegexBuilder::new(&format!("^(?:{expression})$"))
            .size_limit(LARGEST_EXPRESSION)
            .dot_matches_new_line(true)
            .build()
            .map_err(|error| format!("is no regular expression: {}", excerpt(&last_line(&error))))?;
        let odd = whole.capture_names().flatten().find(|name| part_name(name).is_none());
        if let Some(odd) = odd {
            return Err(format!("has a part `{}`; {NAMES}", excerpt(odd)));
        }
        Ok(Self { written: written.to_owned(), expression: whole, date })
    }

    /// The names of its parts.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.expression.capture_names().flatten()
    }

    /// The parts of a key that it is for, in their order; a part that a regular expression leaves out is none.
    pub(super) fn parts_of(&self, address: &str) -> Option<Vec<(String, String)>> {
        let found = self.expression.captures(address)?;
        let part = |name: &str| Some((name.to_owned(), found.name(name)?.as_str().to_owned()));
        Some(self.names().filter_map(part).collect())
    }

    /// The expression of the whole address.
    pub(super) fn expression(&self) -> &str {
        self.expression.as_str()
    }

    /// How the part `date` is read, where the pattern says it.
    pub(super) fn date(&self) -> Option<&DatePart> {
        self.date.as_ref()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

const NAMES: &str = "names of parts are of lower-case letters, digits and _, and begin with a letter";

/// The name of a part, if it is one.
pub(super) fn part_name(name: &str) -> Option<&str> {
    let is_inner = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    let is_name = name.len() <= LONGEST_NAME
        && name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name.chars().all(is_inner);
    is_name.then_some(name)
}

/// A glob as a regular expression, and how its date is written. A part takes as little as it can.
fn of_glob(written: &str) -> Result<(String, Option<DatePart>), String> {
    let Some(behind) = written.strip_prefix("s3://") else {
        return Err(format!("must begin with s3:// or {REGEX}, not `{}`", excerpt(written)));
    };
    if !behind.contains('/') {
        return Err("must name keys, as s3://bucket/folder/*.json.gz, not only a bucket".to_owned());
    }
    let (mut expression, mut date) = (regex::escape("s3://"), None);
    let mut names: Vec<&str> = Vec::new();
    let mut rest = behind;
    while let Some(letter) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**/").filter(|_| is_behind_a_slash(behind, rest)) {
            expression += "(?:.*/)?";
            rest = after;
        } else if let Some(after) = rest.strip_prefix("**") {
            expression += ".*";
            rest = after;
        } else if let Some(after) = rest.strip_prefix('*') {
            expression += "[^/]*";
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let (part, after) = after.split_once('}').ok_or("has a { without its }")?;
            let (name, format) =
                part.split_once(':').map_or((part, None), |(name, format)| (name, Some(format)));
            let name = part_name(name).ok_or_else(|| format!("has a part `{}`; {NAMES}", excerpt(name)))?;
            if names.contains(&name) {
                return Err(format!("has the part `{name}` twice"));
            }
            names.push(name);
            let letters = match (name, format) {
                (DATE, None) => RFC_3339.to_owned(),
                (DATE, Some(format)) => date.insert(DatePart::parse(format)?).expression(),
                (_, None) => "[^/]+?".to_owned(),
                (_, Some(_)) => return Err(format!("says a format of `{name}`; only `{DATE}` has one")),
            };
            expression += &format!("(?P<{name}>{letters})");
            rest = after;
        } else {
            expression += &regex::escape(letter.encode_utf8(&mut [0; 4]));
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        }
    }
    Ok((expression, date))
}

/// Whether the rest of a pattern begins a folder of its bucket: there `**/` is any folders, or none.
fn is_behind_a_slash(pattern: &str, rest: &str) -> bool {
    pattern.strip_suffix(rest).is_some_and(|before| before.ends_with('/'))
}

/// The last line says what is wrong; those above show where, over several lines.
fn last_line(error: &regex::Error) -> String {
    error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(pattern: &str, address: &str) -> Option<Vec<(String, String)>> {
        Pattern::parse(pattern).unwrap().parts_of(address)
    }

    fn values(pattern: &str, address: &str) -> Option<Vec<String>> {
        Some(parts(pattern, address)?.into_iter().map(|(_, value)| value).collect())
    }

    #[test]
    fn a_star_ends_at_a_slash_and_two_do_not() {
        let matches = |pattern: &str, address: &str| parts(pattern, address).is_some();
        assert!(matches("s3://b/a/*.json", "s3://b/a/x.json"));
        assert!(!matches("s3://b/a/*.json", "s3://b/a/x/y.json"));
        assert!(matches("s3://b/**/_SUCCESS", "s3://b/a/x/_SUCCESS"));
        assert!(matches("s3://b/a/**", "s3://b/a/line\nbreak"));
        for folders in ["", "x/", "x/y/"] {
            assert!(matches("s3://b/a/**/*.json", &format!("s3://b/a/{folders}1.json")), "{folders}");
            assert!(matches("s3://b/**/_SUCCESS", &format!("s3://b/{folders}_SUCCESS")), "{folders}");
        }
        assert!(!matches("s3://b/a/**/*.json", "s3://b/ab/1.json"));
        assert!(!matches("s3://b/**/_SUCCESS", "s3://b/x_SUCCESS"), "it is a name of its own");
        assert!(!matches("s3://**/a/b", "s3://a/b"), "a bucket is no folder");
        assert!(matches("s3://b/x**/y", "s3://b/xx/z/y"));
        assert!(!matches("s3://b/x**/y", "s3://b/xy"));
        assert!(!matches("s3://b/a/*", "s3://b/a/x\u{0}/y"));
        assert!(!matches("s3://b/a.json", "s3://b/aXjson"), "other characters are what they are");
        assert!(!matches("s3://b/a?[x]+", "s3://b/a"));
        assert!(matches("s3://b/a?[x]+", "s3://b/a?[x]+"));
        assert!(!matches("s3://b/a", "s3://b/ab"), "it is the whole key");
    }

    #[test]
    fn parts_are_named_and_take_as_little_as_they_can() {
        let pattern = "s3://raw/{schema}/{table}/dt={date:%Y-%m-%d}/*.json.gz";
        let found = values(pattern, "s3://raw/web/pages/dt=2015-07-01/part-0.json.gz");
        assert_eq!(found.unwrap(), ["web", "pages", "2015-07-01"]);
        assert_eq!(values(pattern, "s3://raw/web/pages/dt=2015-7-1/p.json.gz"), None);
        assert_eq!(values(pattern, "s3://raw//pages/dt=2015-07-01/p.json.gz"), None, "a part is not empty");
        assert_eq!(values("s3://b/{schema}_{table}.csv", "s3://b/a_b_c.csv").unwrap(), ["a", "b_c"]);
        for date in ["2015-07-01T00:00:00Z", "2015-07-01T00%3A00%3A00Z"] {
            let key = format!("s3://b/a_{date}.csv");
            assert_eq!(values("s3://b/{t}_{date}.csv", &key).unwrap(), ["a", date]);
        }
    }

    #[test]
    fn a_regular_expression_is_for_the_whole_address() {
        let pattern = r"regex:s3://drop/(?P<table>[a-z_]+)-[0-9]+\.csv";
        assert_eq!(values(pattern, "s3://drop/pages-12.csv").unwrap(), ["pages"]);
        assert_eq!(values(pattern, "s3://drop/pages-12.csv.gz"), None);
        let anchored = r"regex:^s3://drop/(?P<table>[a-z_]+)-[0-9]+\.csv$";
        assert_eq!(values(anchored, "s3://drop/pages-12.csv").unwrap(), ["pages"]);
        let either = "regex:s3://a/(?P<table>x)|s3://b/y";
        assert_eq!(values(either, "s3://b/y").unwrap(), [] as [&str; 0]);
        assert_eq!(values(either, "zs3://b/y"), None);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (pattern, why) in [
            ("raw/*.json", "must begin with s3:// or regex:"),
            ("s3://bucket", "must name keys"),
            ("s3://b/{table", "has a { without its }"),
            ("s3://b/{Table}", "has a part `Table`; names of parts"),
            ("s3://b/{}", "has a part ``; names of parts"),
            ("s3://b/{a}/{a}", "has the part `a` twice"),
            ("s3://b/{table:%Y}", "says a format of `table`"),
            ("s3://b/{date:%H}", "is no date format"),
            ("regex:(", "is no regular expression"),
            ("regex:(?P<Table>x)", "has a part `Table`"),
            ("regex:(a{1000}){1000}", "is no regular expression"),
        ] {
            let problem = Pattern::parse(pattern).unwrap_err();
            assert!(problem.contains(why), "{pattern}: {problem}");
        }
        assert!(Pattern::parse(&format!("s3://b/{}", "x".repeat(LONGEST))).is_err());
    }
}
