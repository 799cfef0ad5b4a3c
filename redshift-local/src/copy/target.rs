//! The table a COPY fills: its columns, and what a row must have for each.

use crate::copy::column_kind::ColumnKind;
use crate::copy::grammar::format::Format;
use crate::session::backend::Row;
use crate::sql::cursor::TableName;
use crate::sql::long_name::for_postgres;
use crate::sql::quote::identifier;
use crate::sql::quote::literal;
use crate::sql::refusal::{Refusal, SETS_IDENTITY};

/// The table, and the columns that get values, in the order of the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub oid: u32,
    pub columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// As Redshift knows it.
    pub name: String,
    pub kind: ColumnKind,
    pub not_null: bool,
    /// The text that stands for NULL in a NOT NULL column with a default (fact 1.10).
    pub default: Option<String>,
}

pub(crate) fn query_for_relation(table: &TableName) -> String {
    let table = literal(&table.to_string());
    format!(
        "SELECT c.oid, c.relkind, pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = to_regclass({table})"
    )
}

/// Whether the relation is one that COPY fills, and the user its owner where that is asked for: STATUPDATE ON needs
/// it [DG copy-parameters-data-load].
pub(crate) fn check_relation(rows: &[Row], table: &TableName, as_owner: bool) -> Result<u32, Refusal> {
    let (relation, is_owner) = match rows.first().map(Vec::as_slice) {
        Some([Some(oid), Some(kind), owner]) => {
            (oid.parse().ok().map(|oid| (oid, kind.as_str())), owner.as_deref() == Some("t"))
        }
        _ => (None, false),
    };
    let name = table.short();
    match relation {
        None => Err(nonexistent(table)),
        Some((_, "r" | "p")) if as_owner && !is_owner => {
            Err(Refusal::new("42501", format!("must be owner of relation {name}")))
        }
        Some((oid, "r" | "p")) => Ok(oid),
        Some((_, "v" | "m")) => Err(Refusal::new("42809", format!("cannot copy to view \"{name}\""))),
        Some(_) => Err(Refusal::new("42809", format!("cannot copy to non-table relation \"{name}\""))),
    }
}

pub(crate) fn nonexistent(table: &TableName) -> Refusal {
    Refusal::new("XX000", format!("Cannot COPY into nonexistent table {}", table.short()))
}

pub(crate) fn query_for_columns(oid: u32) -> String {
    format!(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                pg_get_expr(d.adbin, d.adrelid)
           FROM pg_catalog.postgres_attribute a
           LEFT JOIN pg_catalog.postgres_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
          WHERE a.attrelid = {oid} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
    )
}

/// A column of the table, with its default as an expression that has still to be evaluated.
pub(crate) struct Described {
    pub column: Column,
    pub default_expression: Option<String>,
}

/// The columns that the statement fills: those it lists, or all but identities.
pub(crate) fn chosen_columns(
    rows: &[Row],
    listed: Option<&[String]>,
    explicit_ids: bool,
    table: &TableName,
) -> Result<Vec<Described>, Refusal> {
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let [Some(name), Some(kind), Some(not_null), identity, default] = row.as_slice() else { continue };
        let always_identity = identity.as_deref() == Some("a");
        let identity = always_identity || identity.as_deref() == Some("d");
        all.push((name, kind, not_null == "t", identity, always_identity, default));
    }
    let mut chosen = Vec::new();
    let in_order: Vec<_> = match listed {
        Some(listed) => {
            let find = |name: &String| {
                all.iter().find(|column| column.0 == name).ok_or_else(|| {
                    Refusal::new(
                        "42703",
                        format!("column \"{name}\" of relation \"{}\" does not exist", table.short()),
                    )
                })
            };
            listed.iter().map(find).collect::<Result<_, _>>()?
        }
        None => all.iter().filter(|column| explicit_ids || !column.3).collect(),
    };
    for (name, kind, not_null, _, always_identity, default) in in_order {
        if *always_identity && !explicit_ids {
            return Err(Refusal::unsupported(SETS_IDENTITY));
        }
        let kind = ColumnKind::parse(kind)
            .ok_or_else(|| Refusal::not_covered(&format!("COPY into a column of type {kind}")))?;
        let column = Column { name: (*name).clone(), kind, not_null: *not_null, default: None };
        chosen.push(Described { column, default_expression: (*default).clone() });
    }
    let missing = all.iter().find(|(name, _, not_null, identity, _, default)| {
        *not_null
            && !identity
            && default.is_none()
            && !chosen.iter().any(|chosen| chosen.column.name == **name)
    });
    if missing.is_some() {
        // [apache/airflow #30341]
        return Err(Refusal::new("42601", "NOT NULL column without DEFAULT must be included in column list"));
    }
    // [DG copy-parameters-column-mapping]
    let without_identity = all.iter().find(|(name, _, _, _, always_identity, _)| {
        *always_identity && !chosen.iter().any(|chosen| chosen.column.name == **name)
    });
    match without_identity.filter(|_| explicit_ids) {
        Some((name, ..)) => Err(Refusal::new(
            "42601",
            format!("EXPLICIT_IDS needs the identity column \"{name}\" in the column list"),
        )),
        None => Ok(chosen),
    }
}

/// What a format asks of the columns it fills.
pub(crate) fn check_fits(format: &Format, columns: &[Column]) -> Result<(), Refusal> {
    match format {
        Format::JsonDocument if !matches!(columns, [Column { kind: ColumnKind::Super, .. }]) => {
            Err(Refusal::new("XX000", "JSON 'noshred' requires a single column of type SUPER"))
        }
        Format::Parquet { serialize_to_json: false } | Format::Orc { serialize_to_json: false }
            if columns.iter().any(|column| column.kind == ColumnKind::Super) =>
        {
            Err(Refusal::unsupported("SUPER column in COPY query requires SERIALIZETOJSON option"))
        }
        Format::FixedWidth(widths) if widths.len() != columns.len() => {
            let (fields, columns) = (widths.len(), columns.len());
            Err(Refusal::new(
                "XX000",
                format!("FIXEDWIDTH specifies {fields} columns, but {columns} columns are loaded"),
            ))
        }
        _ => Ok(()),
    }
}

/// PostgreSQL's own COPY, which the rows go into.
pub(crate) fn copy_from_stdin(table: &TableName, columns: &[Column]) -> String {
    let names: Vec<String> = columns.iter().map(|column| identifier(&for_postgres(&column.name))).collect();
    format!("COPY {table} ({}) FROM STDIN", names.join(", "))
}
