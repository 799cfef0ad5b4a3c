//! Where on S3 the objects are that rules may take: what their patterns begin with.

use std::collections::BTreeMap;
use std::fmt;

use regex_syntax::hir::literal::{Extractor, Literal};

use crate::routing::pattern::Pattern;

/// The listings that show every object that a rule may take for data, each of them once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walk {
    /// None of them lies within another.
    pub prefixes: Vec<KeyPrefix>,
    /// The rules whose objects may be in any bucket: line and pattern.
    pub not_walkable: Vec<(u32, String)>,
}

/// The keys of a bucket that start with a text, which may be empty, and may end anywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyPrefix {
    pub bucket: String,
    pub prefix: String,
}

impl fmt::Display for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}*", self.bucket, self.prefix)
    }
}

impl Walk {
    pub(super) fn of<'a>(rules: impl IntoIterator<Item = (u32, &'a Pattern)>) -> Self {
        let mut walk = Self::default();
        for (line, pattern) in rules {
            match prefixes(pattern.expression()) {
                Some(prefixes) => walk.prefixes.extend(prefixes),
                None => walk.not_walkable.push((line, pattern.to_string())),
            }
        }
        // A prefix comes right behind those that it lies within.
        walk.prefixes.sort_unstable();
        walk.prefixes
            .dedup_by(|inner, outer| inner.bucket == outer.bucket && inner.prefix.starts_with(&outer.prefix));
        walk
    }
}

/// What every address of an expression begins with, one for each bucket, as many listings of one folder show no more than one does; `None` where the bucket is not always told.
fn prefixes(expression: &str) -> Option<Vec<KeyPrefix>> {
    let expression = regex_syntax::parse(expression).ok()?;
    let beginnings = Extractor::new().extract(&expression);
    let mut of_buckets: BTreeMap<String, String> = BTreeMap::new();
    for beginning in beginnings.literals()? {
        let KeyPrefix { bucket, prefix } = key_prefix(beginning)?;
        let common = match of_buckets.get(&bucket) {
            Some(known) => common_start(known, &prefix).to_owned(),
            None => prefix,
        };
        of_buckets.insert(bucket, common);
    }
    Some(of_buckets.into_iter().map(|(bucket, prefix)| KeyPrefix { bucket, prefix }).collect())
}

fn key_prefix(beginning: &Literal) -> Option<KeyPrefix> {
    // A letter may be cut in two where the literal ends.
    let text = match std::str::from_utf8(beginning.as_bytes()) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(beginning.as_bytes().get(..error.valid_up_to())?).ok()?,
    };
    let (bucket, prefix) = text.strip_prefix("s3://")?.split_once('/')?;
    (!bucket.is_empty()).then(|| KeyPrefix { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
}

fn common_start<'a>(left: &'a str, right: &str) -> &'a str {
    let same = left.char_indices().zip(right.chars()).find(|((_, left), right)| left != right);
    let end = same.map_or(left.len().min(right.len()), |((at, _), _)| at);
    left.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(patterns: &[&str]) -> Walk {
        let patterns: Vec<Pattern> = patterns.iter().map(|text| Pattern::parse(text).unwrap()).collect();
        Walk::of(patterns.iter().enumerate().map(|(at, pattern)| (u32::try_from(at).unwrap() + 1, pattern)))
    }

    fn prefixes(patterns: &[&str]) -> Vec<String> {
        let walk = walk(patterns);
        assert_eq!(walk.not_walkable, [], "{patterns:?}");
        walk.prefixes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_prefix_of_a_glob_ends_where_it_leaves_something_open() {
        for (pattern, prefix) in [
            ("s3://raw/{schema}/{table}/dt={date:%Y-%m-%d}/*.json.gz", "s3://raw/*"),
            ("s3://raw/web/dt={date:%Y-%m-%d}/*.json.gz", "s3://raw/web/dt=*"),
            ("s3://raw/a+b.c/pa*", "s3://raw/a+b.c/pa*"),
            ("s3://raw/ä/**", "s3://raw/ä/*"),
            ("s3://raw/one.csv", "s3://raw/one.csv*"),
            ("s3://raw/**", "s3://raw/*"),
            ("s3://raw/web/**/part-*.json", "s3://raw/web/*"),
        ] {
            assert_eq!(prefixes(&[pattern]), [prefix], "{pattern}");
        }
    }

    #[test]
    fn a_regular_expression_with_a_literal_beginning_is_walked_too() {
        for (pattern, expected) in [
            (r"regex:^s3://drop/(?P<table>[a-z_]+)-[0-9]+\.csv$", &["s3://drop/*"][..]),
            (r"regex:s3://drop/in/x[0-9]{8}\.csv", &["s3://drop/in/x*"]),
            (r"regex:s3://(?:a|b)/x/.*", &["s3://a/x/*", "s3://b/x/*"]),
            (r"regex:s3://a/(?:web|wet)/.*", &["s3://a/we*"]),
        ] {
            assert_eq!(prefixes(&[pattern]), expected, "{pattern}");
        }
    }

    #[test]
    fn prefixes_that_overlap_are_walked_once() {
        let overlapping = [
            "s3://raw/web/a/*",
            "s3://raw/web/*",
            "s3://raw/wet/*",
            "s3://raw/web/b/{table}/x",
            "s3://other/web/*",
        ];
        assert_eq!(prefixes(&overlapping), ["s3://other/web/*", "s3://raw/web/*", "s3://raw/wet/*"]);
    }

    #[test]
    fn a_rule_whose_bucket_is_open_is_told_and_not_walked() {
        let open = [
            "s3://raw-{region}/*",
            "s3://{bucket}/*",
            "regex:.*/x",
            "regex:s3://a/x|.*",
            "regex:(?i)s3://a/x",
        ];
        let walk = walk(&[&open[..], &["s3://raw/*"]].concat());
        assert_eq!(walk.prefixes.iter().map(ToString::to_string).collect::<Vec<_>>(), ["s3://raw/*"]);
        assert_eq!(walk.not_walkable.len(), open.len(), "{walk:?}");
        assert_eq!(walk.not_walkable[1], (2, "s3://{bucket}/*".to_owned()));
    }
}
