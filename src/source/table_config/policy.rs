//! What a load may change in a table that differs from its config: `new_columns`, `widen` and `narrow_columns`.

use crate::model::schema_policy::{NarrowColumns, NewColumns, SchemaPolicy};
use crate::source::table_config::notes::{Context, Notes, meanings};
use crate::yaml::Node;

const NARROW: [(&str, NarrowColumns); 2] = [("keep", NarrowColumns::Keep), ("refuse", NarrowColumns::Refuse)];

pub(super) fn read(map: Node<'_>, context: &Context, notes: &mut Notes) -> SchemaPolicy {
    let new_columns = notes.word(map, "new_columns", context, &meanings::<NewColumns>(NewColumns::WORDS));
    let widen = notes.boolean(map, "widen", context);
    let narrow = notes.word(map, "narrow_columns", context, &NARROW);
    if widen && narrow.is_some() {
        notes.problems.add(
            "`meta.widen: true` and `meta.narrow_columns` contradict each other, as no column stays narrow; remove one of the two",
        );
    }
    SchemaPolicy {
        new_columns: new_columns.unwrap_or_default(),
        narrow_columns: if widen { NarrowColumns::Widen } else { narrow.unwrap_or_default() },
    }
}
