//! Reads a file of routes, and names everything that is wrong with it.

use crate::model::batch_limits::BatchLimits;
use crate::model::misspelling::meant_for;
use crate::model::problems::Problems;
use crate::model::shown::excerpt;
use crate::request::fields::Field;
use crate::request::fields::table::FIELDS;
use crate::request::fields::value::Shape;
use crate::routing::byte_count;
use crate::routing::pattern::Pattern;
use crate::routing::rule::{Action, FieldText, LoadOf, Rule};
use crate::routing::template::Template;
use crate::routing::{InvalidRoutes, Routes};
use crate::yaml::{Key, Node, read as yaml};

/// Of one file.
const MOST_RULES: usize = 1_000;
/// Keys of a rule that are no fields of a message.
const OWN_KEYS: [&str; 4] = ["match", "ignore", "batch", "table"];
const BATCH_KEYS: [&str; 3] = ["files", "bytes", "linger"];
/// Fields that a file cannot ask for which announces itself, with what to do.
const NOT_OF_FILES: [(&str, &str); 7] = [
    ("tables", "write `table`: a file is of one table"),
    ("bucket", "remove it: it is the bucket of the key"),
    (
        "truncate",
        "remove it: announced files add rows, and take none of others away; `rewritten: replace` in the table config replaces the window of a \
         file that is written again, and a load message replaces a table",
    ),
    ("force", "remove it: an announced file is loaded once; send a load message to load it again"),
    ("expected_rows", "remove it: files of a table are loaded together"),
    ("stream_start", "remove it: spans are named by load messages"),
    ("stream_end", "remove it: spans are named by load messages"),
];

pub(super) fn read(text: &str) -> Result<Routes, InvalidRoutes> {
    let tree = yaml::read(text).map_err(|problems| InvalidRoutes { problems })?;
    let mut problems = Problems::default();
    let rules = match tree.root() {
        Some(root) => rules(root, &mut problems),
        None => Vec::new(),
    };
    if rules.is_empty() && problems.is_empty() {
        problems.add("it has no rules; write a list under `routes:`");
    }
    if !problems.is_empty() {
        return Err(InvalidRoutes { problems: problems.into_list() });
    }
    Ok(Routes { rules })
}

fn rules(root: Node<'_>, problems: &mut Problems) -> Vec<Rule> {
    for (key, _) in root.pairs().into_iter().flatten().filter(|(key, _)| key.text != "routes") {
        problems.add(unknown(key, &["routes"], "a file of routes"));
    }
    let Some(list) = root.get("routes").and_then(Node::items) else {
        problems.add("`routes` must be a list of rules");
        return Vec::new();
    };
    if list.len() > MOST_RULES {
        problems.add(format!("it has {} rules, at most {MOST_RULES} are taken", list.len()));
        return Vec::new();
    }
    list.filter_map(|node| rule(node, problems)).collect()
}

/// `None` when something is wrong with it, which is noted.
fn rule(node: Node<'_>, problems: &mut Problems) -> Option<Rule> {
    let line = node.line();
    let mut own = Problems::default();
    let rule = if node.is_map() { read_rule(node, &mut own) } else { None };
    if !node.is_map() {
        own.add(format!("must be a map, not {}", node.shown()));
    }
    let is_sound = own.is_empty();
    for problem in own.into_list() {
        problems.add(format!("the rule on line {line}: {problem}"));
    }
    rule.filter(|_| is_sound)
}

fn read_rule(node: Node<'_>, problems: &mut Problems) -> Option<Rule> {
    let (matched, ignored) = (node.get("match"), node.get("ignore"));
    let (key, written) = match (matched, ignored) {
        (Some(written), None) => ("match", written),
        (None, Some(written)) => ("ignore", written),
        (Some(_), Some(_)) => {
            problems.add("has both `match` and `ignore`; make two rules of it");
            return None;
        }
        (None, None) => {
            problems.add("needs `match`, or `ignore` for keys that are no data");
            return None;
        }
    };
    let Some(written) = written.scalar() else {
        problems.add(format!("`{key}` must be a pattern, not {}", written.shown()));
        return None;
    };
    let pattern = Pattern::parse(written.text).map_err(|problem| format!("`{key}` {problem}"));
    let pattern = problems.noted(pattern)?;
    let action = if ignored.is_some() {
        for (other, _) in node.pairs().into_iter().flatten().filter(|(other, _)| other.text != "ignore") {
            problems.add(format!("`{}` means nothing beside `ignore`", excerpt(other.text)));
        }
        Action::Ignore
    } else {
        Action::Load(load_of(node, &pattern, problems))
    };
    Some(Rule { line: node.line(), pattern, action })
}

fn load_of(node: Node<'_>, pattern: &Pattern, problems: &mut Problems) -> LoadOf {
    let mut load = LoadOf::default();
    for (key, value) in node.pairs().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        match key.text {
            "match" => {}
            "batch" => load.limits = limits(value, problems),
            name => {
                let Some(field) = field_of(key, problems) else { continue };
                let Some(text) = field_text(name, field, value, problems) else { continue };
                let known: Vec<&str> = pattern.names().collect();
                for part in text.templates().iter().flat_map(Template::parts) {
                    if !known.contains(&part) {
                        problems
                            .add(format!("`{name}` names the part `{{{part}}}`, which the pattern has not"));
                    }
                }
                load.fields.push((field, text));
            }
        }
    }
    for (field, part) in [("schema", "schema"), ("tables", "table")] {
        let is_said = load.fields.iter().any(|(known, _)| known.name == field);
        if !is_said && !pattern.names().any(|name| name == part) {
            problems.add(format!(
                "does not tell the {part}: name a part {{{part}}} in the pattern, or write `{part}:`"
            ));
        }
    }
    load
}

/// The field of a message that a key of a rule is for.
fn field_of(key: Key<'_>, problems: &mut Problems) -> Option<&'static Field> {
    if let Some((name, what)) = NOT_OF_FILES.iter().find(|(name, _)| *name == key.text) {
        problems.add(format!("`{name}` is not for rules; {what}"));
        return None;
    }
    let name = if key.text == "table" { "tables" } else { key.text };
    let field = FIELDS.iter().find(|field| field.name == name);
    if field.is_none() {
        let fields = FIELDS.iter().map(|field| field.name);
        let fields = fields.filter(|name| NOT_OF_FILES.iter().all(|(not, _)| not != name));
        let known: Vec<&'static str> = OWN_KEYS.into_iter().chain(fields).collect();
        problems.add(unknown(key, &known, "a rule"));
    }
    field
}

fn field_text(name: &str, field: &Field, value: Node<'_>, problems: &mut Problems) -> Option<FieldText> {
    let text = |node: Node<'_>| {
        let scalar = node.scalar()?;
        let is_switch = field.shape == Shape::Switch;
        let switch = scalar.boolean().filter(|_| is_switch).map(|is_on| is_on.to_string());
        Some(Template::parse(&switch.unwrap_or_else(|| scalar.text.to_owned())))
    };
    let read = match value.items() {
        Some(items) if field.shape == Shape::Texts => {
            items.map(text).collect::<Option<Vec<_>>>().map(FieldText::List)
        }
        Some(_) => None,
        None => text(value).map(FieldText::One),
    };
    if read.is_none() {
        problems.add(format!("`{name}` must be one value, not {}", value.shown()));
    }
    read
}

fn limits(node: Node<'_>, problems: &mut Problems) -> BatchLimits {
    let mut limits = BatchLimits::DEFAULT;
    let Some(pairs) = node.pairs() else {
        problems.add(format!("`batch` must be a map of {}, not {}", BATCH_KEYS.join(", "), node.shown()));
        return limits;
    };
    for (key, value) in pairs {
        let text = value.scalar().map_or("", |scalar| scalar.text);
        let read = match key.text {
            "files" => text
                .parse()
                .ok()
                .filter(|files| (1..=BatchLimits::MOST_FILES).contains(files))
                .map(|files| limits.files = files)
                .ok_or_else(|| {
                    format!("`batch.files` must be a number from 1 to {}", BatchLimits::MOST_FILES)
                }),
            "bytes" => byte_count::read(text)
                .filter(|bytes| (1..=BatchLimits::MOST_BYTES).contains(bytes))
                .map(|bytes| limits.bytes = bytes)
                .ok_or_else(|| "`batch.bytes` must be a size such as 1GiB or 500MB, at most 1TiB".to_owned()),
            "linger" => humantime::parse_duration(text)
                .ok()
                .filter(|linger| *linger <= BatchLimits::LONGEST_LINGER)
                .map(|linger| limits.linger = linger)
                .ok_or_else(|| "`batch.linger` must be a duration such as 60s, at most 1h".to_owned()),
            _ => Err(unknown(key, &BATCH_KEYS, "`batch`")),
        };
        problems.noted(read);
    }
    limits
}

fn unknown(key: Key<'_>, known: &[&'static str], of: &str) -> String {
    match meant_for(key.text, known.iter().copied()) {
        Some(right) => format!("`{}` must be written `{right}`", excerpt(key.text)),
        None => format!("`{}` is no key of {of}; check its spelling, or remove it", excerpt(key.text)),
    }
}
