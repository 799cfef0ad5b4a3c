//! The statements of a merge: the staging table, and its rows on their way into the target.

use std::fmt;

use crate::model::column_type::ColumnType;
use crate::model::duplicates::Duplicates;
use crate::model::ident::Ident;
use crate::model::target_table::TargetTable;
use crate::plan::merge::Merge;
use crate::warehouse::redshift::sql::quote::{Literal, Name};
use crate::warehouse::redshift::sql::text::Sql;

/// What the staged rows say; the first column of the rows of [`keys`] names the fact.
pub(crate) const ROWS: &str = "rows";
pub(crate) const KEYS: &str = "keys";
pub(crate) const NULL_KEYS: &str = "null keys";
/// Keys that have rows among which nobody can choose.
pub(crate) const UNDECIDED: &str = "undecided keys";
pub(crate) const FIRST: &str = "first";
pub(crate) const LAST: &str = "last";

/// The place of a row among those of its key. No column has a name like it: those that the loader gives begin with this too.
const PLACE: &str = "\"s3_to_redshift place\"";

/// The first and the last staged value of the column that the target is sorted by, as Redshift writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) first: String,
    pub(crate) last: String,
}

/// The types, encodings, keys and defaults are those of the target, so that COPY makes the same of the data, and the join
/// needs to send no rows about (redshift-facts 2.10).
pub(crate) fn create_staging(target: &TargetTable) -> Sql {
    Sql::new(format!(
        "CREATE TEMP TABLE {} (LIKE {} INCLUDING DEFAULTS)",
        Name::staging(),
        Name::of_table(target)
    ))
}

/// Fact, number and text, a row each.
pub(crate) fn keys(merge: &Merge) -> Sql {
    let staging = Name::staging();
    let key = Name::list(&merge.key);
    let fact = |name: &str, from: String| {
        format!(
            "SELECT '{name}'::varchar AS fact, COUNT(*)::bigint AS number, NULL::varchar AS text FROM {from}"
        )
    };
    let is_null: Vec<String> =
        merge.key.iter().map(|column| format!("{} IS NULL", Name::of(column))).collect();
    let mut facts = vec![
        fact(ROWS, staging.to_string()),
        fact(KEYS, format!("(SELECT {key} FROM {staging} GROUP BY {key}) keys")),
        fact(NULL_KEYS, format!("{staging} WHERE {}", is_null.join(" OR "))),
        fact(
            UNDECIDED,
            format!("(SELECT {key} FROM {} GROUP BY {key} HAVING COUNT(*) > 1) undecided", candidates(merge)),
        ),
    ];
    facts.extend(merge.range.iter().flat_map(|column| {
        [(FIRST, "MIN"), (LAST, "MAX")].map(|(name, function)| {
            format!(
                "SELECT '{name}'::varchar, 0::bigint, {function}({})::varchar FROM {staging}",
                Name::of(column)
            )
        })
    }));
    Sql::new(facts.join(" UNION ALL "))
}

/// The rows of each key that are to be chosen from, where rows that are the same are one.
fn candidates(merge: &Merge) -> String {
    let staging = Name::staging();
    let Merge { key, columns, .. } = merge;
    // A SUPER is compared by its bytes, which reach as far as it does; as text it would end at that of a VARCHAR. A NULL stays
    // one: written out it would be the `null` of JSON.
    let all: Vec<String> = columns
        .iter()
        .map(|column| match column.column_type {
            ColumnType::Super => {
                let name = Name::of(&column.name);
                format!("CASE WHEN {name} IS NOT NULL THEN JSON_SERIALIZE_TO_VARBYTE({name}) END AS {name}")
            }
            _ => Name::of(&column.name).to_string(),
        })
        .collect();
    // By place, as DISTINCT is not named among what VARBYTE has (redshift-facts 2.10).
    let places: Vec<String> = (1..=all.len()).map(|place| place.to_string()).collect();
    let (all, places) = (all.join(", "), places.join(", "));
    match &merge.duplicates {
        Duplicates::Refuse => staging.to_string(),
        Duplicates::IdenticalOnly => {
            format!("(SELECT {all} FROM {staging} GROUP BY {places}) candidates")
        }
        Duplicates::LatestBy(by) => format!(
            "(SELECT {all} FROM (SELECT {}, RANK() OVER (PARTITION BY {} ORDER BY {} DESC NULLS LAST) AS {PLACE} \
             FROM {staging}) ranked WHERE {PLACE} = 1 GROUP BY {places}) candidates",
            Name::list(columns.iter().map(|column| &column.name)),
            Name::list(key),
            Name::of(by)
        ),
    }
}

/// Staged rows that a later row of the target outlives go. A null is before everything.
pub(crate) fn drop_older(target: &TargetTable, merge: &Merge, by: &Ident, range: Option<&Range>) -> Sql {
    let (staged, there) = (Of::staging(by), Of::target(target, by));
    Sql::new(format!(
        "DELETE FROM {} USING {} WHERE {} AND ({there} > {staged} OR ({staged} IS NULL AND {there} IS NOT NULL))",
        Name::staging(),
        Name::of_table(target),
        matches(target, merge, range)
    ))
}

/// Staged rows get the values of columns that the data does not fill.
pub(crate) fn keep_columns(target: &TargetTable, merge: &Merge, range: Option<&Range>) -> Sql {
    let kept =
        merge.kept.iter().map(|column| format!("{} = {}", Name::of(column), Of::target(target, column)));
    Sql::new(format!(
        "UPDATE {} SET {} FROM {} WHERE {}",
        Name::staging(),
        kept.collect::<Vec<_>>().join(", "),
        Name::of_table(target),
        matches(target, merge, range)
    ))
}

/// The target has no alias, which DELETE does not take (redshift-facts 2.8b).
pub(crate) fn delete_matches(target: &TargetTable, merge: &Merge, range: Option<&Range>) -> Sql {
    Sql::new(format!(
        "DELETE FROM {} USING {} WHERE {}",
        Name::of_table(target),
        Name::staging(),
        matches(target, merge, range)
    ))
}

/// One row of each key; which one does not depend on their order.
pub(crate) fn insert_staged(target: &TargetTable, merge: &Merge) -> Sql {
    let columns = Name::list(merge.columns.iter().map(|column| &column.name).chain(&merge.kept));
    let key = Name::list(&merge.key);
    let chosen = |order: String| {
        format!(
            "(SELECT {columns}, ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY {order}) AS {PLACE} FROM {}) chosen WHERE {PLACE} = 1",
            Name::staging()
        )
    };
    let from = match &merge.duplicates {
        Duplicates::Refuse => Name::staging().to_string(),
        // They are the same.
        Duplicates::IdenticalOnly => chosen(key.to_string()),
        Duplicates::LatestBy(by) => chosen(format!("{} DESC NULLS LAST", Name::of(by))),
    };
    Sql::new(format!("INSERT INTO {} ({columns}) SELECT {columns} FROM {from}", Name::of_table(target)))
}

pub(crate) fn drop_staging() -> Sql {
    Sql::new(format!("DROP TABLE {}", Name::staging()))
}

/// Which rows of the two tables belong together; literals, which the zone maps of the blocks answer, bound the part of the target
/// that is read.
fn matches(target: &TargetTable, merge: &Merge, range: Option<&Range>) -> String {
    let equal =
        merge.key.iter().map(|column| format!("{} = {}", Of::target(target, column), Of::staging(column)));
    let within = merge.range.iter().zip(range).map(|(column, Range { first, last })| {
        format!("{} BETWEEN {} AND {}", Of::target(target, column), Literal::text(first), Literal::text(last))
    });
    equal.chain(within).collect::<Vec<_>>().join(" AND ")
}

/// A column, with the name of its table before it.
struct Of(Name, Name);

impl Of {
    fn staging(column: &Ident) -> Self {
        Self(Name::staging(), Name::of(column))
    }

    fn target(target: &TargetTable, column: &Ident) -> Self {
        Self(Name::of(&target.table), Name::of(column))
    }
}

impl fmt::Display for Of {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}
