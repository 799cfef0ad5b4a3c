//! How a table spreads and orders its rows: the keys of the columns, and the styles of `meta`.

use crate::model::ident::Ident;
use crate::model::table::{Distribution, SortKey};
use crate::source::table_config::notes::{Context, Notes};
use crate::yaml::Node;

/// Redshift's limits (redshift-facts 2.14). Redshift Serverless makes interleaved keys compound ones [DG
/// t_Sorting_data-interleaved].
const MOST_COMPOUND: usize = 400;
const MOST_INTERLEAVED: usize = 8;

/// `meta.diststyle` and `meta.sortstyle`, where they are given.
#[derive(Default)]
pub(super) struct Styles {
    dist: Option<DistStyle>,
    sort: Option<SortStyle>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum DistStyle {
    Auto,
    Even,
    Key,
    All,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SortStyle {
    Compound,
    Interleaved,
    Auto,
}

impl Styles {
    pub(super) fn read(map: Node<'_>, context: &Context, notes: &mut Notes) -> Self {
        let dist = [
            ("auto", DistStyle::Auto),
            ("even", DistStyle::Even),
            ("key", DistStyle::Key),
            ("all", DistStyle::All),
        ];
        let sort = [
            ("compound", SortStyle::Compound),
            ("interleaved", SortStyle::Interleaved),
            ("auto", SortStyle::Auto),
        ];
        Self {
            dist: notes.word_in_any_case(map, "diststyle", context, &dist),
            sort: notes.word_in_any_case(map, "sortstyle", context, &sort),
        }
    }

    /// `dist_keys` are the columns that are marked so.
    pub(super) fn distribution(&self, mut dist_keys: Vec<Ident>, notes: &mut Notes) -> Distribution {
        if dist_keys.len() > 1 {
            notes.problems.add(format!("{} columns are marked `distkey`; a table has one", dist_keys.len()));
        }
        match (self.dist, dist_keys.pop()) {
            (None | Some(DistStyle::Auto), None) => Distribution::Auto,
            (Some(DistStyle::Even), None) => Distribution::Even,
            (Some(DistStyle::All), None) => Distribution::All,
            (None | Some(DistStyle::Key), Some(column)) => Distribution::Key(column),
            (Some(DistStyle::Key), None) => {
                notes.problems.add("`meta.diststyle: key` needs a column that is marked `distkey: true`");
                Distribution::Auto
            }
            (Some(style), Some(column)) => {
                let (word, spreads) = match style {
                    DistStyle::Even => ("even", "spreads the rows by no key"),
                    DistStyle::All => ("all", "keeps all rows on every node"),
                    DistStyle::Auto | DistStyle::Key => ("auto", "leaves the key to Redshift"),
                };
                notes.problems.add(format!(
                    "`meta.diststyle: {word}` {spreads}, and column `{column}` is marked `distkey`; remove one of the two"
                ));
                Distribution::Auto
            }
        }
    }

    /// `columns` are those with a `sortord`, in their order.
    pub(super) fn sort_key(&self, columns: Vec<Ident>, notes: &mut Notes) -> SortKey {
        let count = columns.len();
        let mut at_most = |most: usize, word: &str| {
            if count > most {
                notes
                    .problems
                    .add(format!("the sort key has {count} columns; {word} one has at most {most}"));
            }
        };
        match (self.sort, count) {
            (None | Some(SortStyle::Auto), 0) => SortKey::AutoOrNone,
            (None | Some(SortStyle::Compound), 1..) => {
                at_most(MOST_COMPOUND, "a compound");
                SortKey::Compound(columns)
            }
            (Some(SortStyle::Interleaved), 1..) => {
                at_most(MOST_INTERLEAVED, "an interleaved");
                SortKey::Interleaved(columns)
            }
            (Some(SortStyle::Compound | SortStyle::Interleaved), 0) => {
                notes
                    .problems
                    .add("`meta.sortstyle` needs columns with a `sortord`, which make the sort key");
                SortKey::AutoOrNone
            }
            (Some(SortStyle::Auto), 1..) => {
                notes.problems.add(
                    "`meta.sortstyle: auto` leaves the sort key to Redshift, and columns have a `sortord`; remove one of the two",
                );
                SortKey::AutoOrNone
            }
        }
    }
}
