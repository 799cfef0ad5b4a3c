//! A corpus of bad input: each piece goes through the daemon and ends in its documented disposition.
//!
//! What became of each is in `tests/golden/bad_input/`, one line a case, to be read by people; `UPDATE_EXPECT=1` rewrites
//! the files after a wanted change.

mod bodies;
mod configs;
mod listings;
mod manifests;

use std::fmt::Write as _;

use expect_test::ExpectFile;

use crate::support::daemon::Daemon;
use crate::support::scenario::Scenario;

/// One message of the corpus.
struct Case {
    /// What is special about it.
    name: String,
    body: String,
}

/// Sends every case and writes down what the daemon did with its first delivery.
async fn check(scenario: &Scenario, cases: Vec<Case>, expected: &ExpectFile) {
    let daemon = Daemon::ready(scenario).await;
    let mut sent = Vec::new();
    for Case { name, body } in cases {
        sent.push((name, scenario.send(&body).await));
    }
    let mut text = String::new();
    for (name, id) in sent {
        let settled = daemon.settled(&id).await;
        let field = |field: &str| settled[field].as_str().unwrap_or_default();
        let kind = match field("kind") {
            "" => String::new(),
            kind => format!(" {kind}"),
        };
        let story = field("message").replace(&scenario.name, "S");
        assert!(!story.contains(char::is_control), "{name}: {story:?}");
        let story: String = story.chars().take(300).collect();
        writeln!(text, "{name}\n    {}{kind}: {story}", field("disposition"))
            .expect("a String takes every text");
    }
    assert_eq!(daemon.get("/healthz").await.0, 200);
    expected.assert_eq(&text);
}

/// `text` as a name in a golden file.
fn shown(text: &str) -> String {
    let text = text.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'");
    let start: String = text.chars().take(100).collect();
    if start.len() < text.len() { format!("{start}… ({} bytes)", text.len()) } else { text }
}
