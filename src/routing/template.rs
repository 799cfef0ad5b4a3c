//! A text of a rule in which parts of the key stand by their names, as `s3://analytics/configs/{table}.yml`.

use crate::routing::pattern::part_name;

/// A text with names of parts in braces. Other braces are what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Part(String),
}

impl Template {
    pub(super) fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            match behind.split_once('}').filter(|(name, _)| part_name(name).is_some()) {
                Some((name, after)) => {
                    pieces.push(Piece::Text(before.to_owned()));
                    pieces.push(Piece::Part(name.to_owned()));
                    rest = after;
                }
                None => {
                    pieces.push(Piece::Text(format!("{before}{{")));
                    rest = behind;
                }
            }
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Self(pieces)
    }

    /// The names of its parts.
    pub(super) fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Part(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// Whether some key may make it this text, as far as its ends tell. Letter case does not count, as names fold it.
    pub(super) fn may_be(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let fixed = |piece: Option<&Piece>| match piece {
            Some(Piece::Text(text)) => text.to_lowercase(),
            Some(Piece::Part(_)) | None => String::new(),
        };
        let (start, end) = (fixed(self.0.first()), fixed(self.0.last()));
        match self.parts().next() {
            None => text == self.fill(&[]).to_lowercase(),
            Some(_) => {
                text.len() > start.len() + end.len() && text.starts_with(&start) && text.ends_with(&end)
            }
        }
    }

    /// The text with its parts; one that is not among them is empty, which the reader of a rule has made sure is none.
    pub(super) fn fill(&self, parts: &[(String, String)]) -> String {
        let value = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Part(name) => parts
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
                .unwrap_or_default(),
        };
        self.0.iter().map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_filled_in_and_other_braces_stay() {
        let parts = [("table".to_owned(), "pages".to_owned()), ("x".to_owned(), "{table}".to_owned())];
        for (text, filled) in [
            ("s3://b/{table}.yml", "s3://b/pages.yml"),
            ("NULL AS '{}'", "NULL AS '{}'"),
            ("{ table }{", "{ table }{"),
            ("{x}", "{table}"),
            ("plain", "plain"),
        ] {
            assert_eq!(Template::parse(text).fill(&parts), filled, "{text}");
        }
        assert_eq!(Template::parse("{a}-{b}").parts().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn what_a_template_may_become_is_told_by_its_ends() {
        for (template, text, may_be) in [
            ("pages", "pages", true),
            ("Pages", "pages", true),
            ("pages", "page", false),
            ("{table}", "pages", true),
            ("web_{table}_v2", "web_pages_v2", true),
            ("web_{table}_v2", "web_pages", false),
            ("web_{table}_v2", "web__v2", false),
        ] {
            assert_eq!(Template::parse(template).may_be(text), may_be, "{template} {text}");
        }
    }
}
