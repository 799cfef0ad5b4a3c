//! Values that do not fit their columns, and rows that COPY refuses: whether it may change or skip them, and how many it has.
//!
//! Redshift keeps no record of what TRUNCATECOLUMNS cuts. So COPY runs without it at first, when a value that does not fit
//! ends it and nothing else is known to be changed. Where the config allows cuts, the load runs again with it, and a second
//! COPY, into a table whose columns take all values, tells which did not fit. With MAXERROR it is the same: rows are skipped by the
//! second attempt only.

use std::fmt;

use crate::failure::load_error::LoadError;
use crate::model::column_type::ColumnType;
use crate::model::copy_options::word::CopyWord;
use crate::model::cuts::{OnCuts, Share};
use crate::model::ident::Ident;
use crate::model::table::{Column, TableSpec, TableState};
use crate::plan::merge::Merge;
use crate::plan::reading::Reading;
use crate::schema::diff::compare;

/// What COPY does with a value that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cutting {
    /// It refuses the value, and the load: none is changed.
    Refused,
    /// It cuts the value, replaces its bytes where ACCEPTINVCHARS is asked for, and skips its row where MAXERROR is and nothing
    /// else helps.
    Allowed,
}

/// How the values that did not fit are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutsGate {
    pub columns: Vec<TextColumn>,
    /// Whether bytes that are no UTF-8 are replaced.
    pub replaces: bool,
    /// Columns by which a merge finds and chooses rows: none of their values may be changed.
    pub deciding: Vec<Ident>,
    /// `None` lets any number pass.
    pub most: Option<Share>,
}

/// A column whose values may be too long for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextColumn {
    pub name: Ident,
    /// That it takes.
    pub bytes: u32,
}

/// The longest that a VARCHAR can be: of a column of this length nobody can tell by a longer one.
pub const WIDEST: u32 = 65_535;

/// Columns that are named.
const SHOWN: usize = 20;

/// Values of a load that did not fit, and rows that were refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cuts {
    pub rows: u64,
    pub cut: u64,
    pub replaced: u64,
    /// Rows that COPY has refused and left out, as MAXERROR lets it.
    pub skipped: u64,
    /// Those with such values; empty where only the numbers are known.
    pub columns: Vec<CutColumn>,
}

/// Values of one column that did not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutColumn {
    pub column: TextColumn,
    pub cut: u64,
    pub replaced: u64,
}

/// Values did not fit that must.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    #[error(
        "{} of {copied} rows have values that do not fit, more than {most} (`meta.cuts`): {cuts}; fix the file, or make the \
         columns wider",
        .cuts.rows
    )]
    TooMany { cuts: Cuts, copied: u64, most: Share },
    #[error(
        "{} of {all} rows were refused or have values that do not fit, more than {most} (`meta.cuts`): {cuts}; fix the file, or its \
         table config",
        .cuts.rows + .cuts.skipped
    )]
    TooManySkipped { cuts: Cuts, all: u64, most: Share },
    /// Rows of several keys would become rows of one.
    #[error(
        "column `{}` decides which rows a merge replaces, and {} of its values do not fit {} bytes; make the column wider, or fix the \
         file",
        .0.column.name, .0.cut + .0.replaced, .0.column.bytes
    )]
    OfKey(CutColumn),
}

impl CutsGate {
    /// # Errors
    /// When values of a deciding column did not fit, or more of the rows than the config allows have such values.
    pub fn check(&self, cuts: &Cuts, copied: u64) -> Result<(), NotAllowed> {
        let decides = |cut: &&CutColumn| self.deciding.contains(&cut.column.name);
        if let Some(of_key) = cuts.columns.iter().find(decides) {
            return Err(NotAllowed::OfKey(of_key.clone()));
        }
        let (all, cuts) = (copied.saturating_add(cuts.skipped), cuts.clone());
        match self.most {
            // A row that is skipped may be among those with values that do not fit.
            Some(most) if most.is_exceeded_by(cuts.rows.saturating_add(cuts.skipped).min(all), all) => {
                Err(match cuts.skipped {
                    0 => NotAllowed::TooMany { cuts, copied, most },
                    _ => NotAllowed::TooManySkipped { cuts, all, most },
                })
            }
            _ => Ok(()),
        }
    }
}

impl Cuts {
    pub fn are_none(&self) -> bool {
        self.cut == 0 && self.replaced == 0 && self.skipped == 0
    }
}

/// What COPY does in a load of such data; `seen` says that it is known to have values that do not fit.
pub fn cutting(spec: &TableSpec, reading: &Reading, seen: bool) -> Cutting {
    // COPY of columns knows no TRUNCATECOLUMNS (redshift-facts 0.14).
    if spec.options.cuts == OnCuts::Refuse || reading.format.is_columnar() {
        return Cutting::Refused;
    }
    if seen || word_of_template(reading).is_some() { Cutting::Allowed } else { Cutting::Refused }
}

/// By which a template lets COPY change values, whatever the command says.
pub fn word_of_template(reading: &Reading) -> Option<&str> {
    let changes = |word: &&str| *word == "TRUNCATECOLUMNS" || *word == CopyWord::AcceptInvChars.label();
    let parameters = reading.template.iter().flat_map(|template| &template.parameters);
    parameters.map(|parameter| parameter.word.as_str()).find(changes)
}

/// Whether a COPY that has refused rows may load them when it is allowed to cut, or the others when it may skip some. Without a
/// reason it may.
pub fn may_fit(spec: &TableSpec, reading: &Reading, refused: &[LoadError]) -> bool {
    let is_about_it = |error: &LoadError| {
        let reason = error.reason.to_ascii_lowercase();
        let is_byte = ["utf8", "utf-8", "multibyte", "multi-byte", "invalid character"];
        reason.contains("exceeds ddl length")
            || (reading.options.says(CopyWord::AcceptInvChars)
                && is_byte.iter().any(|word| reason.contains(word)))
    };
    let may_skip = reading.options.tolerance().is_some();
    cutting(spec, reading, true) == Cutting::Allowed
        && (may_skip || refused.is_empty() || refused.iter().any(is_about_it))
}

/// The columns that COPY lists, each with room for every value, and how those that did not fit are counted.
pub fn counting(
    spec: &TableSpec,
    table: &TableState,
    listed: &[Ident],
    reading: &Reading,
    merge: Option<&Merge>,
) -> (Vec<Column>, CutsGate) {
    // What is there counts: a VARCHAR may be narrower than its config says, and stay so.
    let (there, widened) = match table {
        TableState::Table(existing) => (existing.columns.as_slice(), compare(spec, existing).widened),
        TableState::Missing | TableState::SchemaMissing | TableState::NotATable(_) => (&[][..], Vec::new()),
    };
    let of_name = |name: &Ident| there.iter().chain(&spec.columns).find(|column| column.name == *name);
    let columns: Vec<&Column> = listed.iter().filter_map(of_name).collect();
    let text = columns.iter().filter_map(|column| match column.column_type {
        ColumnType::Varchar(bytes) | ColumnType::Char(bytes) => {
            let widening = widened.iter().find(|widening| widening.column == column.name);
            let bytes = widening.map_or(bytes, |widening| widening.to);
            Some(TextColumn { name: column.name.clone(), bytes })
        }
        _ => None,
    });
    let most = match spec.options.cuts {
        OnCuts::RefuseOver(share) => Some(share),
        OnCuts::Allow | OnCuts::Refuse => None,
    };
    let replaces = reading.options.says(CopyWord::AcceptInvChars);
    let deciding = merge.into_iter().flat_map(|merge| merge.key.iter().chain(merge.latest_by())).cloned();
    let gate = CutsGate { columns: text.collect(), replaces, deciding: deciding.collect(), most };
    (columns.into_iter().map(wide).collect(), gate)
}

fn wide(column: &Column) -> Column {
    let column_type = match column.column_type {
        ColumnType::Varchar(_) | ColumnType::Char(_) => ColumnType::Varchar(WIDEST),
        other => other,
    };
    Column { name: column.name.clone(), column_type, not_null: false, default: None, encoding: None }
}

/// `1 rows skipped; 3 values cut: url 2 (256 bytes), name 1 (10 bytes)`
impl fmt::Display for Cuts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cut, replaced, columns, .. } = self;
        let names = |of: fn(&CutColumn) -> u64| {
            let some = || columns.iter().filter(|column| of(column) > 0);
            let words: Vec<String> = some()
                .take(SHOWN)
                .map(|column| {
                    format!("`{}` {} ({} bytes)", column.column.name, of(column), column.column.bytes)
                })
                .collect();
            let more = match some().count().saturating_sub(SHOWN) {
                0 => String::new(),
                more => format!(" and {more} more columns"),
            };
            if words.is_empty() { String::new() } else { format!(": {}{more}", words.join(", ")) }
        };
        if self.skipped > 0 {
            write!(f, "{} rows skipped", self.skipped)?;
            match (cut, replaced) {
                (0, 0) => return Ok(()),
                _ => f.write_str("; ")?,
            }
        }
        match (cut, replaced) {
            (0, 0) => f.write_str("no value cut"),
            (cut, 0) => write!(f, "{cut} values cut{}", names(|column| column.cut)),
            (0, replaced) => {
                write!(f, "{replaced} values with bytes replaced{}", names(|column| column.replaced))
            }
            (cut, replaced) => write!(
                f,
                "{cut} values cut{}; {replaced} values with bytes replaced{}",
                names(|column| column.cut),
                names(|column| column.replaced)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_skipped_count_among_those_that_do_not_fit() {
        let OnCuts::RefuseOver(half) = OnCuts::parse("refuse_over:50%").unwrap() else { panic!("a share") };
        let gate = CutsGate { columns: Vec::new(), replaces: false, deciding: Vec::new(), most: Some(half) };
        let cuts = |rows, skipped| Cuts { rows, cut: rows, skipped, ..Cuts::default() };
        assert_eq!(gate.check(&cuts(1, 2), 4), Ok(()), "3 of 6");
        let refused = gate.check(&cuts(2, 2), 4).unwrap_err().to_string();
        assert!(
            refused.starts_with("4 of 6 rows were refused or have values that do not fit, more than 50%")
        );
        assert_eq!(cuts(2, 2).to_string(), "2 rows skipped; 2 values cut");
        assert_eq!(cuts(0, 2).to_string(), "2 rows skipped");
        assert!(!cuts(0, 2).are_none());
    }
}
