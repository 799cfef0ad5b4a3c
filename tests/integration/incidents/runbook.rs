//! What docs/runbook.md says of an incident, as facts: a heading for each, and under it a table of two columns.

use std::collections::BTreeSet;

const RUNBOOK: &str = include_str!("../../../docs/runbook.md");
const CHAPTER: &str = "## Ten incidents\n";

/// What somebody sees. What is in code is said so, but that `…` stands for what differs from one time to the next.
pub(super) struct Facts {
    /// The heading of the page.
    pub(super) sentence: String,
    /// Sections of the page, by the beginning of their title, and what they say; the title is empty for what stands before them.
    pub(super) page: Vec<(String, String)>,
    /// Parts of one line.
    pub(super) log: Vec<String>,
    /// Expressions that find something.
    pub(super) metric: Vec<String>,
    /// Alerts that are due.
    pub(super) alert: Vec<String>,
    /// `None`: no finding has failed.
    pub(super) check: Option<CheckFact>,
}

/// One finding.
pub(super) struct CheckFact {
    pub(super) check: String,
    pub(super) verdict: String,
    pub(super) sentence: String,
}

impl Facts {
    /// Fails the test when the runbook lacks the incident, or a line of it, or a line says nothing that can be looked for.
    pub(super) fn of(incident: &str) -> Self {
        let chapter = chapters().find(|(title, _)| *title == incident);
        let (_, text) = chapter.unwrap_or_else(|| panic!("the runbook has no incident `{incident}`"));
        let cell = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(&format!("| {name} | ")));
            let line = line.unwrap_or_else(|| panic!("the runbook does not say the {name} of `{incident}`"));
            line.strip_suffix(" |").expect("a line of a table ends so")
        };
        // A cell without code would have the test look for nothing, and find it.
        let facts = |name: &str| {
            let facts: Vec<String> = in_code(cell(name)).map(str::to_owned).collect();
            assert_ne!(facts, Vec::<String>::new(), "the {name} of `{incident}` has nothing in code");
            assert!(facts.iter().all(|fact| !fact.trim_matches('…').is_empty()), "{name} of `{incident}`");
            facts
        };
        assert!(!cell("do").is_empty(), "{incident}");
        facts("page");
        Self {
            sentence: facts("sentence").swap_remove(0),
            page: of_sections(cell("page")),
            log: facts("log"),
            metric: facts("metric"),
            alert: facts("alert"),
            check: CheckFact::in_cell(cell("check")),
        }
    }
}

impl CheckFact {
    /// `` `login` **failed**: `what it says` ``, or that nothing has failed.
    fn in_cell(cell: &str) -> Option<Self> {
        if cell.starts_with("nothing has failed: ") {
            return None;
        }
        let mut codes = in_code(cell);
        let check = codes.next().expect("the check is in code").to_owned();
        let verdict = cell.split("**").nth(1).expect("the verdict is in bold").to_owned();
        Some(Self { check, verdict, sentence: codes.next().expect("it says something").to_owned() })
    }
}

/// The titles of all incidents.
pub(super) fn incidents() -> BTreeSet<String> {
    chapters().map(|(title, _)| title.to_owned()).collect()
}

/// Whether a text says this, where `…` is any text.
pub(super) fn says(text: &str, pattern: &str) -> bool {
    let mut rest = text;
    pattern.split('…').all(|part| match rest.split_once(part) {
        Some((_, behind)) => {
            rest = behind;
            true
        }
        None => false,
    })
}

fn chapters() -> impl Iterator<Item = (&'static str, &'static str)> {
    let (_, behind) = RUNBOOK.split_once(CHAPTER).expect("the runbook has the chapter");
    let chapter = behind.split("\n## ").next().expect("a split has a first part");
    chapter.split("\n### ").skip(1).map(|text| text.split_once('\n').expect("a title is a line"))
}

fn in_code(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// `` `before all`; **Title**: `this`, `that` ``
fn of_sections(cell: &str) -> Vec<(String, String)> {
    let mut title = "";
    let mut said = Vec::new();
    for (index, part) in cell.split("**").enumerate() {
        match index % 2 {
            0 => said.extend(in_code(part).map(|text| (title.to_owned(), text.to_owned()))),
            _ => title = part,
        }
    }
    said
}
