//! The keys of `meta` that say how the data files are written; a message may say the same.

use crate::model::file_terms::FileTerms;
use crate::source::table_config::notes::{Context, Notes};
use crate::yaml::Node;

pub(super) fn read(map: Node<'_>, context: &Context, notes: &mut Notes) -> FileTerms {
    let mut terms = FileTerms::default();
    let mut text = |key, read: &mut dyn FnMut(&str) -> Result<(), String>| {
        let found = notes.text(map, key, context).map(str::to_owned);
        if let Some(Err(problem)) = found.map(|text| read(&text)) {
            notes.problems.add(of_meta(&problem));
        }
    };
    text("format", &mut |word| terms.read_format(word));
    text("delimiter", &mut |delimiter| terms.read_delimiter(delimiter));
    text("json_paths", &mut |address| terms.read_json_paths(address));
    if map.get("ignore_header").is_some() {
        let lines = notes.number(map, "ignore_header", context);
        if let Err(problem) = terms.read_ignore_header(lines.into()) {
            notes.problems.add(of_meta(&problem));
        }
    }
    if let Some(options) = copy_options(map, context, notes)
        && let Err(problems) = terms.read_copy_options(options.iter().map(String::as_str))
    {
        problems.iter().for_each(|problem| notes.problems.add(of_meta(problem)));
    }
    if map.get("escape").is_some() {
        terms.escape = Some(notes.boolean(map, "escape", context));
    }
    terms
}

/// A list of texts, or one text.
fn copy_options(map: Node<'_>, context: &Context, notes: &mut Notes) -> Option<Vec<String>> {
    let value = map.get("copy_options")?;
    if value.is_null() {
        return None;
    }
    let of = |node: Node<'_>| node.scalar().map(|scalar| scalar.text.to_owned());
    let texts = match value.items() {
        Some(items) => items.map(of).collect(),
        None => of(value).map(|text| vec![text]),
    };
    if texts.is_none() {
        notes
            .problems
            .add(format!("{} must be a list of texts, one for each option", context.key("copy_options")));
    }
    texts
}

/// The sentence about a field, of the key of the same name.
fn of_meta(problem: &str) -> String {
    problem.replacen('`', "`meta.", 1)
}
