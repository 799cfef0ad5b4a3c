//! What to tell of a table that nothing is known of: a slip of the pen finds as little as a table that has nothing.

use std::collections::BTreeSet;

use crate::model::misspelling::meant_for;
use crate::model::shown::shown;

/// Tables that are named beside one that is not there.
const MOST_SHOWN: usize = 5;

/// The known table that is meant by the name as it is written, or which there are, as `…; there are a.b, a.c`; empty without any.
pub fn meant(written: &str, known: &BTreeSet<String>) -> String {
    let bare = |name: &str| name.split_once('.').map_or(name, |(_, table)| table).to_owned();
    let is_near = |known: &&String| meant_for(written, [known.as_str(), &bare(known)]).is_some();
    if let Some(meant) = known.iter().find(is_near) {
        return format!("; did you mean {}?", shown(meant));
    }
    if known.is_empty() {
        return String::new();
    }
    let more = known.len().saturating_sub(MOST_SHOWN);
    let shown: Vec<_> = known.iter().take(MOST_SHOWN).map(|name| shown(name)).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("; there are {}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant_among(written: &str, known: &[&str]) -> String {
        meant(written, &known.iter().copied().map(str::to_owned).collect())
    }

    #[test]
    fn a_slip_is_told_with_the_table_that_is_meant_else_with_those_that_there_are() {
        let known = ["web.sessions", "web.visits"];
        assert_eq!(meant_among("web.sesions", &known), "; did you mean web.sessions?");
        assert_eq!(meant_among("sesions", &known), "; did you mean web.sessions?", "in whatever schema");
        assert_eq!(meant_among("web.pages", &known), "; there are web.sessions, web.visits");
        assert_eq!(meant_among("pages", &[]), "");
        assert_eq!(meant_among("x", &["a", "b", "c", "d", "e", "f"]), "; there are a, b, c, d, e and 1 more");
    }
}
