//! `identity`: a column that Redshift numbers.

use crate::model::column_type::ColumnType;
use crate::model::identity::Identity;
use crate::source::table_config::notes::{Context, Notes};
use crate::yaml::{Node, Scalar, Style};

/// `true`, or `[seed, step]`; `None` when no identity is asked for, or something is wrong with it.
pub(super) fn read(
    map: Node<'_>,
    column_type: Option<ColumnType>,
    context: &Context,
    notes: &mut Notes,
) -> Option<Identity> {
    let value = map.get("identity")?;
    let identity = match (value.scalar().and_then(Scalar::boolean), value.items()) {
        (Some(false), _) => return None,
        (Some(true), _) => Some(Identity::USUAL),
        (None, Some(items)) => pair(&items.collect::<Vec<_>>()),
        (None, None) => None,
    };
    if identity.is_none() {
        notes.problems.add(format!(
            "{} must be true, or a list of two whole numbers, `[seed, step]`, of which the step is not 0; not {}",
            context.key("identity"),
            value.shown()
        ));
    }
    if let Some(column_type) = column_type
        && !matches!(column_type, ColumnType::Integer | ColumnType::BigInt)
    {
        notes.problems.add(format!(
            "{} is for columns of type int or bigint, not {column_type}",
            context.key("identity")
        ));
    }
    if map.get("defaultval").is_some() {
        notes.problems.add(format!(
            "{} and `defaultval` contradict each other, as Redshift makes the values; remove one of the two",
            context.key("identity")
        ));
    }
    identity
}

fn pair(items: &[Node<'_>]) -> Option<Identity> {
    let number = |node: &Node<'_>| {
        let scalar = node.scalar().filter(|scalar| scalar.style == Style::Plain)?;
        let digits = scalar.text.strip_prefix('-').unwrap_or(scalar.text);
        // To the original's library 010 is eight.
        let is_plain = digits == "0" || !digits.starts_with(['0', '+']);
        scalar.text.parse::<i64>().ok().filter(|_| is_plain)
    };
    match items {
        [seed, step] => Identity::new(number(seed)?, number(step)?),
        _ => None,
    }
}
