//! `pre_sql` and `post_sql` of `meta`: lists of statements, each judged before anything runs.

use crate::model::own_sql::{MOST_STATEMENTS, OwnSql, OwnStatement};
use crate::model::shown::excerpt;
use crate::source::table_config::notes::{Context, Notes};
use crate::yaml::{Node, Style};

pub(super) fn read(map: Node<'_>, context: &Context, notes: &mut Notes) -> OwnSql {
    OwnSql { pre: list(map, "pre_sql", context, notes), post: list(map, "post_sql", context, notes) }
}

fn list(map: Node<'_>, key: &str, context: &Context, notes: &mut Notes) -> Vec<OwnStatement> {
    let Some(value) = map.get(key).filter(|value| !value.is_null()) else { return Vec::new() };
    let key = context.key(key);
    let Some(items) = value.items() else {
        notes.problems.add(format!("{key} must be a list of statements, not {}", value.shown()));
        return Vec::new();
    };
    if items.len() > MOST_STATEMENTS {
        notes
            .problems
            .add(format!("{key} has {} statements; at most {MOST_STATEMENTS} are taken", items.len()));
        return Vec::new();
    }
    let mut statements = Vec::new();
    for (number, item) in (1..).zip(items) {
        let Some(scalar) = item.scalar().filter(|scalar| scalar.style != Style::Tagged) else {
            notes.problems.add(format!("{key} statement {number} must be a text, not {}", item.shown()));
            continue;
        };
        let judged = OwnStatement::parse(number, scalar.text)
            .map_err(|refused| format!("{key} statement {number} (`{}`) {refused}", excerpt(scalar.text)));
        statements.extend(notes.problems.noted(judged));
    }
    statements
}
