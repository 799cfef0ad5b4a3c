//! A jsonpaths file: one path for each column [DG copy-usage_notes-copy-from-json].

use serde_json::Value;

/// The steps from the document to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path(pub Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum Fault {
    #[error("JSONPaths file is not in correct json format")]
    NotJson,
    #[error("Invalid JSONPath format. Supported notations are 'dot-notation' and 'bracket-notation': {0}")]
    Notation(String),
    #[error(
        "Number of jsonpaths and the number of columns should match. JSONPath size: {paths}, \
         Number of columns in table or column list: {columns}"
    )]
    Count { paths: usize, columns: usize },
}

/// The paths, in order. `None` when the file has no `jsonpaths`: it then means 'auto' (fact 1.4).
pub(crate) fn parse(text: &[u8]) -> Result<Option<Vec<Path>>, Fault> {
    let file: Value = serde_json::from_slice(text).map_err(|_| Fault::NotJson)?;
    let Some(paths) = file.as_object().ok_or(Fault::NotJson)?.get("jsonpaths") else { return Ok(None) };
    let mut seen = None;
    let read = |path: &Value| {
        let text = path.as_str().ok_or_else(|| Fault::Notation(path.to_string()))?;
        let (path, notation) = parse_path(text).ok_or_else(|| Fault::Notation(text.to_owned()))?;
        // All paths are written in the same notation.
        if let Some(notation) = notation
            && *seen.get_or_insert(notation) != notation
        {
            return Err(Fault::Notation(text.to_owned()));
        }
        Ok(path)
    };
    let paths: Result<Vec<Path>, Fault> = paths.as_array().ok_or(Fault::NotJson)?.iter().map(read).collect();
    paths.map(Some)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notation {
    Dot,
    Bracket,
}

/// `$.a.b[0]` or `$['a']['b'][0]`; the notation is that of the keys, if there are any.
fn parse_path(text: &str) -> Option<(Path, Option<Notation>)> {
    let mut rest = text.strip_prefix('$')?;
    let mut steps = Vec::new();
    let mut notation = None;
    while !rest.is_empty() {
        let (step, written, after) = step(rest)?;
        if let Some(written) = written
            && *notation.get_or_insert(written) != written
        {
            return None;
        }
        steps.push(step);
        rest = after;
    }
    Some((Path(steps), notation))
}

fn step(text: &str) -> Option<(Step, Option<Notation>, &str)> {
    if let Some(name) = text.strip_prefix('.') {
        let length = name.find(['.', '[']).unwrap_or(name.len());
        let (name, rest) = name.split_at_checked(length)?;
        // Wild cards and filters are not supported.
        let plain = !name.is_empty() && !name.contains(['*', '?', '@', '(', ']']);
        return plain.then(|| (Step::Key(name.to_owned()), Some(Notation::Dot), rest));
    }
    let inside = text.strip_prefix('[')?;
    if let Some(quote) = inside.chars().next().filter(|first| matches!(first, '\'' | '"')) {
        let (name, rest) = inside.strip_prefix(quote)?.split_once(quote)?;
        let rest = rest.strip_prefix(']')?;
        return Some((Step::Key(name.to_owned()), Some(Notation::Bracket), rest));
    }
    let (index, rest) = inside.split_once(']')?;
    let digits = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
    Some((Step::Index(index.parse().ok().filter(|_| digits)?), None, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, proptest};

    use super::*;

    #[test]
    fn keys_are_in_dots_or_in_brackets_but_not_in_both() {
        let expected = Path(vec![Step::Key("a".to_owned()), Step::Index(2), Step::Key("b".to_owned())]);
        assert_eq!(parse_path("$.a[2].b"), Some((expected.clone(), Some(Notation::Dot))));
        assert_eq!(parse_path("$['a'][2][\"b\"]"), Some((expected, Some(Notation::Bracket))));
        for path in ["a", "$.", "$..a", "$.*", "$[", "$[-1]", "$.a['b']", "$['a'].b", "$[?(@.a)]"] {
            assert_eq!(parse_path(path), None, "{path}");
        }
        let mixed = br#"{"jsonpaths": ["$.a", "$['b']"]}"#;
        assert_eq!(parse(mixed), Err(Fault::Notation("$['b']".to_owned())));
    }

    #[test]
    fn a_file_without_the_key_means_auto() {
        assert_eq!(parse(br#"{"paths": ["$.a"]}"#), Ok(None));
        assert_eq!(parse(b"[]"), Err(Fault::NotJson));
        assert_eq!(parse(br#"{"jsonpaths": {}}"#), Err(Fault::NotJson));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_path_makes_the_parser_panic(path in "\\$?([.\\[\\]'\"*é0-9a]){0,12}") {
            drop(parse_path(&path));
            drop(parse(path.as_bytes()));
        }
    }
}
