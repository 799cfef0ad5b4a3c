//! One way in which an existing table contradicts its config, in words for the person who must decide.

use std::fmt;

use crate::model::column_type::ColumnType;
use crate::model::ident::Ident;
use crate::model::table::{Column, ColumnDefault, Distribution, SortKey};
use crate::schema::widening::{Obstacle, Widening};

/// A difference that no load may repair, because it would change or lose what others rely on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    Type {
        column: Ident,
        wanted: ColumnType,
        there: ColumnType,
    },
    NotNull {
        column: Ident,
        wanted: bool,
    },
    /// The config lets nobody add columns.
    NewColumn {
        column: Column,
    },
    /// The config takes no shorter column.
    Narrow(Widening),
    /// Redshift would not widen the column.
    NotWidened {
        widening: Widening,
        /// Never empty.
        obstacles: Vec<Obstacle>,
    },
    Default {
        column: Ident,
        wanted: Option<ColumnDefault>,
        there: Option<ColumnDefault>,
    },
    /// ADD COLUMN takes NOT NULL only together with a DEFAULT (redshift-facts 0.18).
    NotNullWithoutDefault {
        column: Ident,
    },
    /// ADD COLUMN takes no IDENTITY (redshift-facts 2.3).
    IdentityNotAddable {
        column: Ident,
    },
    /// COPY leaves out a column that the config does not name, and it would be null.
    NotNullNotInConfig {
        column: Ident,
    },
    PrimaryKey {
        wanted: Vec<Ident>,
        there: Vec<Ident>,
    },
    Distribution {
        wanted: Distribution,
        there: Distribution,
    },
    SortKey {
        wanted: SortKey,
        there: SortKey,
    },
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type { column, wanted, there } => {
                write!(f, "column `{column}` is {there}, the config wants {wanted}")
            }
            Self::NewColumn { column } => write!(
                f,
                "column `{}` is missing, and `meta.new_columns: refuse` lets no load add it",
                column.name
            ),
            Self::Narrow(Widening { column, from, to }) => write!(
                f,
                "column `{column}` is varchar({from}), the config wants varchar({to}), and `meta.narrow_columns: refuse` \
                 takes no shorter one"
            ),
            Self::NotWidened { widening: Widening { column, from, to }, obstacles } => {
                let obstacles: Vec<String> = obstacles.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "column `{column}` is varchar({from}), the config wants varchar({to}), and Redshift would not widen it, as {}",
                    obstacles.join(" and ")
                )
            }
            Self::NotNull { column, wanted: true } => {
                write!(f, "column `{column}` takes nulls, the config wants NOT NULL")
            }
            Self::NotNull { column, wanted: false } => {
                write!(f, "column `{column}` is NOT NULL, the config wants it to take nulls")
            }
            Self::Default { column, wanted, there } => write!(
                f,
                "column `{column}` has {}, the config wants {}",
                default_words(there.as_ref()),
                default_words(wanted.as_ref())
            ),
            Self::NotNullWithoutDefault { column } => write!(
                f,
                "column `{column}` is missing and cannot be added, because Redshift adds a NOT NULL column only with a default; give it a `defaultval`"
            ),
            Self::IdentityNotAddable { column } => write!(
                f,
                "column `{column}` is missing and cannot be added, because Redshift makes identity columns only together with \
                 their table"
            ),
            Self::NotNullNotInConfig { column } => write!(
                f,
                "column `{column}` is NOT NULL without a default and not in the config, so that no row can be loaded; add it to \
                 the config"
            ),
            Self::PrimaryKey { wanted, there } => write!(
                f,
                "the primary key is {}, the config wants {}",
                names_or(there, "none"),
                names_or(wanted, "none")
            ),
            Self::Distribution { wanted, there } => write!(
                f,
                "the table is {}, the config wants {}",
                distribution_words(there),
                distribution_words(wanted)
            ),
            Self::SortKey { wanted, there } => write!(
                f,
                "the sort key is {}, the config wants {}",
                sort_key_words(there),
                sort_key_words(wanted)
            ),
        }
    }
}

fn names_or(names: &[Ident], none: &str) -> String {
    if names.is_empty() {
        return none.to_owned();
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("({})", quoted.join(", "))
}

fn distribution_words(distribution: &Distribution) -> String {
    match distribution {
        Distribution::Key(column) => format!("DISTKEY `{column}`"),
        Distribution::Even => "DISTSTYLE EVEN".to_owned(),
        Distribution::All => "DISTSTYLE ALL".to_owned(),
        Distribution::Auto => "DISTSTYLE AUTO".to_owned(),
    }
}

fn sort_key_words(key: &SortKey) -> String {
    match key {
        SortKey::AutoOrNone => "none".to_owned(),
        SortKey::Compound(columns) => names_or(columns, "none"),
        SortKey::Interleaved(columns) => format!("interleaved {}", names_or(columns, "none")),
    }
}

fn default_words(default: Option<&ColumnDefault>) -> String {
    match default {
        None => "no default".to_owned(),
        Some(ColumnDefault::Value(value)) => format!("default {value}"),
        Some(ColumnDefault::Identity(identity)) => identity.to_string(),
        Some(ColumnDefault::Other(text)) => format!("default {text}"),
    }
}
