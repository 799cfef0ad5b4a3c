//! A table as a config wants it, and as Redshift has it.

use crate::model::after_work::AfterWork;
use crate::model::column_type::ColumnType;
use crate::model::copy_template::TemplateName;
use crate::model::cuts::OnCuts;
use crate::model::default_value::DefaultValue;
use crate::model::drift::OnDrift;
use crate::model::duplicates::Duplicates;
use crate::model::file_terms::FileTerms;
use crate::model::granularity::Granularity;
use crate::model::ident::Ident;
use crate::model::load_mode::LoadMode;
use crate::model::own_sql::OwnSql;
use crate::model::target_table::TargetTable;
use crate::model::zone::Zone;

/// One column, wanted or there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: Ident,
    pub column_type: ColumnType,
    pub not_null: bool,
    pub default: Option<ColumnDefault>,
}

/// The DEFAULT of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnDefault {
    Value(DefaultValue),
    /// Something of the catalog's that [`DefaultValue`] does not understand, such as an IDENTITY; as text.
    Other(String),
}

/// What a table config asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSpec {
    pub target: TargetTable,
    /// In the order of the config; never empty, no name twice.
    pub columns: Vec<Column>,
    /// Names of `columns`.
    pub primary_key: Vec<Ident>,
    /// A name of `columns`; `None` leaves the distribution to Redshift.
    pub dist_key: Option<Ident>,
    /// Names of `columns` in key order; empty leaves the order to Redshift.
    pub sort_key: Vec<Ident>,
    /// The one of `columns` that holds a row's data date.
    pub data_date_column: DataDateColumn,
    /// With [`OnDrift::Rescue`].
    pub rescue: Option<Rescue>,
    pub options: TableOptions,
    /// Keys of the config that mean nothing here and were passed over, in its order, as `columns[2].note` for the third
    /// column; twenty at most, and then how many more.
    pub passed_over: Vec<String>,
}

/// Where JSON objects are kept whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rescue {
    /// One of the columns, which no file has: a SUPER that takes nulls.
    pub column: Ident,
    /// The key of each other column, in their order, as the config spells it.
    pub keys: Vec<String>,
}

impl TableSpec {
    /// The column that COPY fills from a field of this name, where fields find their columns by name.
    pub fn column_of_field(&self, name: &str) -> Option<&Column> {
        let minds_case = self.options.key_case == KeyCase::Lower;
        let is_it = |column: &&Column| match minds_case {
            true => column.name.as_str() == name,
            false => column.name.as_str().eq_ignore_ascii_case(name),
        };
        self.columns.iter().find(is_it)
    }

    /// The columns that files have, in the order of the config.
    pub fn columns_of_files(&self) -> Vec<Column> {
        let is_rescued = |column: &&Column| self.rescue.as_ref().is_some_and(|to| to.column == column.name);
        self.columns.iter().filter(|column| !is_rescued(column)).cloned().collect()
    }
}

/// What the config says about loads of the table, besides its columns and keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableOptions {
    pub future_rows: FutureRows,
    /// `None` where it depends on the granularity.
    pub outside: Option<OutsideRows>,
    /// What the message may say as well, and says louder.
    pub granularity: Option<Granularity>,
    pub zone: Option<Zone>,
    pub mode: Option<LoadMode>,
    pub duplicates: Option<Duplicates>,
    pub files: FileTerms,
    /// Whether COPY updates the table's statistics; `None` leaves it to Redshift.
    pub statupdate: Option<bool>,
    pub drift: OnDrift,
    /// What becomes of values that do not fit their columns.
    pub cuts: OnCuts,
    /// How many parts make a date whole; more than 0.
    pub parts: Option<u32>,
    /// The template that COPY uses.
    pub template: Option<TemplateName>,
    pub own_sql: OwnSql,
    /// In the order of the config, each once.
    pub after: Vec<AfterWork>,
    pub key_case: KeyCase,
}

/// What becomes of rows whose data date cannot be true: later than a day after now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FutureRows {
    #[default]
    Refused,
    Allowed,
}

/// What becomes of rows whose data date is not of the window that the load replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutsideRows {
    Refused,
    Allowed,
}

/// How the keys of JSON data find their columns. Redshift folds the names of columns to lower case, JSON `'auto'` does not
/// fold the keys (redshift-facts 0.17).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeyCase {
    /// Every name of the config is in lower case, and so are the keys.
    #[default]
    Lower,
    /// The config spells a name with capitals, so the keys have some.
    Ignored,
}

/// The column that says to which data date a row belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDateColumn {
    pub name: Ident,
    /// A type that [`ColumnType::holds_dates`].
    pub column_type: ColumnType,
}

/// What Redshift has under the name of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableState {
    /// Neither a table nor anything else; the schema is there.
    Missing,
    /// The schema itself is not there.
    SchemaMissing,
    Table(ExistingTable),
    /// A view, for example; the word says what.
    NotATable(&'static str),
}

/// A table that can be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingTable {
    /// In the order of the table.
    pub columns: Vec<Column>,
    pub primary_key: Vec<Ident>,
    pub distribution: Distribution,
    pub sort_key: SortKey,
}

/// How an existing table spreads its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distribution {
    /// Redshift chooses, and may change its mind: never drift.
    Auto,
    Even,
    All,
    Key(Ident),
}

/// How an existing table orders its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SortKey {
    /// No key, or one that Redshift chose for a table that left it the choice.
    AutoOrNone,
    Compound(Vec<Ident>),
    Interleaved(Vec<Ident>),
}
