//! The differences that a table may have from its config.

use s3_to_redshift::model::column_type::ColumnType;
use s3_to_redshift::model::default_value::DefaultValue;
use s3_to_redshift::model::encoding::Encoding;
use s3_to_redshift::model::ident::Ident;
use s3_to_redshift::model::identity::Identity;
use s3_to_redshift::model::table::{
    Column, ColumnDefault, Constraint, ConstraintKind, Distribution, ExistingTable, SortKey, ViewOfColumn,
};
use s3_to_redshift::model::target_table::TargetTable;

use crate::golden_plans::{column, primary_key};

const CONFIG: &str = r#"
pages:
  dest: pages
  columns:
    - {dest: id, type: bigint, primarykey: true, distkey: true}
    - {dest: time, type: timestamp, sortord: 1}
    - {dest: url, type: "varchar(1024)"}
  meta: {schema: api_hits, datadatecolumn: time}
"#;

/// A config, and a table that differs from it.
pub(super) struct Difference {
    pub(super) title: &'static str,
    pub(super) config: String,
    pub(super) table: ExistingTable,
}

fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

fn default(text: &str) -> Option<ColumnDefault> {
    Some(ColumnDefault::Value(DefaultValue::parse(text).unwrap()))
}

/// What the config asks for.
fn table() -> ExistingTable {
    ExistingTable {
        columns: vec![
            Column { not_null: true, ..column("id", "bigint") },
            column("time", "timestamp"),
            column("url", "varchar(1024)"),
        ],
        constraints: vec![primary_key(&["id"])],
        distribution: Distribution::Key(ident("id")),
        chosen_dist_key: None,
        sort_key: SortKey::Compound(vec![ident("time")]),
        views: Vec::new(),
    }
}

fn there(title: &'static str, change: impl FnOnce(&mut ExistingTable)) -> Difference {
    let mut table = table();
    change(&mut table);
    Difference { title, config: CONFIG.to_owned(), table }
}

fn wanted(title: &'static str, from: &str, to: &str) -> Difference {
    assert!(CONFIG.contains(from), "{from}");
    Difference { title, config: CONFIG.replace(from, to), table: table() }
}

/// The config with one more column.
fn one_more(title: &'static str, column: &str) -> Difference {
    wanted(title, "  meta:", &format!("    - {column}\n  meta:"))
}

/// The table with a shorter `url`.
fn shorter(title: &'static str, change: impl FnOnce(&mut ExistingTable)) -> Difference {
    there(title, |table| {
        table.columns[2].column_type = ColumnType::Varchar(256);
        change(table);
    })
}

fn of_url(kind: ConstraintKind, name: &str) -> Constraint {
    Constraint { name: ident(name), kind, columns: vec![ident("url")] }
}

pub(super) fn differences_of_columns() -> Vec<Difference> {
    let identity = || Some(ColumnDefault::Identity(Identity::USUAL));
    let mut with_default = shorter("a shorter VARCHAR with a default", |table| {
        table.columns[2].default = default("''::character varying");
    });
    with_default.config = CONFIG.replace("\"varchar(1024)\"", "\"varchar(1024)\", defaultval: \"''\"");
    let mut several = there("several differences at once", |table| {
        table.columns[0].column_type = ColumnType::Integer;
        table.columns[2].column_type = ColumnType::Varchar(256);
        table.columns.push(column("legacy", "int"));
    });
    several.config = several.config.replace("  meta:", "    - {dest: country, type: text}\n  meta:");
    vec![
        there("no difference", |_| {}),
        one_more("a column that the table lacks", "{dest: country, type: text}"),
        one_more(
            "a column that the table lacks, NOT NULL with a default and with an encoding",
            "{dest: country, type: text, notnull: true, defaultval: \"'NL'\", encode: zstd}",
        ),
        one_more(
            "a column that the table lacks, NOT NULL without a default",
            "{dest: country, type: text, notnull: true}",
        ),
        one_more("an identity column that the table lacks", "{dest: n, type: bigint, identity: true}"),
        shorter("a shorter VARCHAR", |_| {}),
        with_default,
        shorter("a shorter VARCHAR in constraints", |table| {
            table.constraints.push(of_url(ConstraintKind::Unique, "pages_url_key"));
            table.constraints.push(of_url(ConstraintKind::ForeignKey, "pages_url_fkey"));
        }),
        shorter("a shorter VARCHAR with an encoding that cannot be widened", |table| {
            table.columns[2].encoding = Some(Encoding::Bytedict);
        }),
        Difference {
            config: CONFIG.replace("datadatecolumn: time", "datadatecolumn: time, sortstyle: interleaved"),
            ..shorter(
                "a shorter VARCHAR with such an encoding, and another dist key, in a table with an interleaved key",
                |table| {
                    table.columns[2].encoding = Some(Encoding::Bytedict);
                    table.sort_key = SortKey::Interleaved(vec![ident("time")]);
                    table.distribution = Distribution::Even;
                },
            )
        },
        shorter("a shorter VARCHAR that views read", |table| {
            let view = |view: &str| ViewOfColumn {
                column: ident("url"),
                view: TargetTable { schema: ident("reports"), table: ident(view) },
            };
            table.views = vec![view("daily"), view("weekly")];
        }),
        there("a longer VARCHAR", |table| table.columns[2].column_type = ColumnType::Varchar(2048)),
        there("another type", |table| table.columns[0].column_type = ColumnType::Integer),
        there("NOT NULL where the config takes nulls", |table| table.columns[2].not_null = true),
        wanted(
            "a default that the table lacks",
            "\"varchar(1024)\"",
            "\"varchar(1024)\", defaultval: \"''\"",
        ),
        Difference {
            table: ExistingTable {
                columns: vec![
                    Column { encoding: Some(Encoding::Lzo), ..column("url", "varchar(1024)") },
                    column("time", "timestamp"),
                    Column { not_null: true, ..column("id", "bigint") },
                ],
                ..table()
            },
            ..wanted(
                "another encoding, and another order",
                "\"varchar(1024)\"",
                "\"varchar(1024)\", encode: zstd",
            )
        },
        there("a column that only the table has", |table| table.columns.push(column("legacy", "int"))),
        there("an identity column that only the table has", |table| {
            let identity = Column { not_null: true, default: identity(), ..column("n", "bigint") };
            table.columns.push(identity);
        }),
        there("a NOT NULL column without a default that only the table has", |table| {
            table.columns.push(Column { not_null: true, ..column("legacy", "int") });
        }),
        there("an identity column that the config has as a plain one", |table| {
            table.columns[0].default = identity();
        }),
        several,
        there("another type, in a table with more than the config knows", |table| {
            table.columns[0].column_type = ColumnType::Integer;
            table.columns[2].column_type = ColumnType::Varchar(2048);
            table.columns[2].encoding = Some(Encoding::Lzo);
            let other = Some(ColumnDefault::Other("upper('x'::text)".to_owned()));
            table.columns.push(Column { default: other, ..column("legacy", "varchar(9)") });
            table.columns.push(Column { default: default("7"), not_null: true, ..column("filled", "int") });
            table.constraints.push(of_url(ConstraintKind::Unique, "pages_url_key"));
            table.constraints.push(of_url(ConstraintKind::ForeignKey, "pages_url_fkey"));
        }),
        Difference {
            config: CONFIG.replace(", distkey: true", "").replace(", sortord: 1", ""),
            ..there("another type, in a table whose config leaves its keys open", |table| {
                table.columns[0].column_type = ColumnType::Integer;
                table.distribution = Distribution::All;
            })
        },
    ]
}

pub(super) fn differences_of_keys() -> Vec<Difference> {
    let mut key_of_shorter = shorter("a shorter VARCHAR in the primary key", |table| {
        table.columns[2].not_null = true;
        table.constraints = vec![primary_key(&["url"])];
    });
    key_of_shorter.config = CONFIG
        .replace("primarykey: true, ", "notnull: true, ")
        .replace("\"varchar(1024)\"", "\"varchar(1024)\", primarykey: true");
    vec![
        key_of_shorter,
        there("no primary key", |table| table.constraints.clear()),
        there("another primary key", |table| table.constraints = vec![primary_key(&["id", "time"])]),
        there("another dist key", |table| table.distribution = Distribution::Key(ident("url"))),
        there("DISTSTYLE EVEN", |table| table.distribution = Distribution::Even),
        Difference {
            config: CONFIG
                .replace(", distkey: true", "")
                .replace("datadatecolumn: time", "datadatecolumn: time, diststyle: all"),
            ..there("a dist key, where the config wants DISTSTYLE ALL", |_| {})
        },
        there("another sort key", |table| table.sort_key = SortKey::Compound(vec![ident("id")])),
        there("an interleaved sort key", |table| table.sort_key = SortKey::Interleaved(vec![ident("time")])),
        wanted(
            "a compound sort key of one column, where the config wants an interleaved one",
            "datadatecolumn: time",
            "datadatecolumn: time, sortstyle: interleaved",
        ),
        Difference {
            table: ExistingTable { sort_key: SortKey::Compound(vec![ident("time"), ident("id")]), ..table() },
            config: CONFIG
                .replace("distkey: true", "distkey: true, sortord: 2")
                .replace("datadatecolumn: time", "datadatecolumn: time, sortstyle: interleaved"),
            ..there("a compound sort key, where the config wants an interleaved one", |_| {})
        },
        Difference {
            config: CONFIG.replace(", distkey: true", "").replace(", sortord: 1", ""),
            ..there("keys, where the config asks for none", |_| {})
        },
        Difference {
            config: CONFIG
                .replace(", distkey: true", "")
                .replace(", sortord: 1", "")
                .replace("  meta:", "    - {dest: country, type: text, distkey: true, sortord: 1}\n  meta:"),
            ..there("keys of a column that the table lacks", |_| {})
        },
        there("DISTSTYLE AUTO and SORTKEY AUTO", |table| {
            table.distribution = Distribution::Auto;
            table.sort_key = SortKey::AutoOrNone;
        }),
    ]
}
