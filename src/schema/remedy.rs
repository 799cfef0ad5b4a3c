//! What would make a table fit its config, where no load may do it: for people, who know what hangs on the table.

use crate::model::encoding::Encoding;
use crate::model::ident::Ident;
use crate::model::table::{Column, ConstraintKind, Distribution, ExistingTable, SortKey, TableSpec};
use crate::model::target_table::TargetTable;
use crate::schema::conflict::Conflict;
use crate::schema::rebuild::{Rebuild, rebuild};
use crate::schema::widening::{Obstacle, Widening, obstacles};

/// What a text is packed with when its own encoding is in the way.
const WIDENABLE: Encoding = Encoding::Zstd;

/// Conflicts, and what resolves them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// Never empty.
    pub of: Vec<Conflict>,
    pub target: TargetTable,
    /// In their order; never empty.
    pub remedies: Vec<Remedy>,
}

/// One change of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    AddColumn(Column),
    Widen(Widening),
    Encode {
        column: Ident,
        encoding: Encoding,
    },
    DropConstraint(Ident),
    AddPrimaryKey(Vec<Ident>),
    DropView(TargetTable),
    Distribute(Distribution),
    Sort(SortKey),
    /// Takes the sort key away, to be said again once its column is changed.
    Unsort,
    /// Says it again, though nobody knows whether it was said or Redshift has chosen it.
    SortAgain(SortKey),
    Rebuild(Box<Rebuild>),
}

/// How to resolve the conflicts, as far as a change of the table resolves them; the others say themselves what to change in
/// the config.
pub fn resolve(wanted: &TableSpec, there: &ExistingTable, conflicts: &[Conflict]) -> Vec<Resolution> {
    let is_first_for_the_config =
        |conflict: &Conflict| matches!(conflict, Conflict::NotNullWithoutDefault { .. });
    let answers: Vec<Answer> = conflicts.iter().map(|conflict| answer(conflict, wanted, there)).collect();
    let resolution = |of: Vec<Conflict>, remedies| Resolution { of, target: wanted.target.clone(), remedies };
    if answers.contains(&Answer::Rebuild) {
        // Its rows would have no value for that column.
        if conflicts.iter().any(is_first_for_the_config) {
            return Vec::new();
        }
        let resolved = conflicts.iter().zip(&answers).filter(|(_, answer)| **answer != Answer::ChangeConfig);
        let of = resolved.map(|(conflict, _)| conflict.clone()).collect();
        return vec![resolution(of, vec![Remedy::Rebuild(Box::new(rebuild(wanted, there)))])];
    }
    let in_place = conflicts.iter().zip(answers).filter_map(|(conflict, answer)| match answer {
        Answer::InPlace(remedies) => Some(resolution(vec![conflict.clone()], remedies)),
        Answer::Rebuild | Answer::ChangeConfig => None,
    });
    // A column is widened while it is in no key. What else there is to say of the keys comes behind it.
    let (mut resolutions, others): (Vec<Resolution>, Vec<Resolution>) = in_place.partition(widens);
    if let Some(last) = resolutions.last_mut() {
        last.remedies.extend(given_back(there, conflicts));
    }
    resolutions.extend(others);
    each_once(resolutions)
}

fn widens(resolution: &Resolution) -> bool {
    resolution.remedies.iter().any(|remedy| matches!(remedy, Remedy::Widen(_)))
}

/// The keys of the table out of which its columns had to be taken to be widened, but for those that the config wants changed.
fn given_back(there: &ExistingTable, conflicts: &[Conflict]) -> Vec<Remedy> {
    let obstacles: Vec<Obstacle> =
        conflicts.iter().flat_map(|conflict| in_the_way(conflict, there)).collect();
    let is_in_the_way = |is_it: fn(&Obstacle) -> bool| obstacles.iter().any(is_it);
    let is_left = |is_it: fn(&Conflict) -> bool| !conflicts.iter().any(is_it);
    let primary_key = is_in_the_way(|obstacle| {
        matches!(obstacle, Obstacle::Constraint { kind: ConstraintKind::PrimaryKey, .. })
    }) && is_left(|conflict| matches!(conflict, Conflict::PrimaryKey { .. }));
    let dist_key = is_in_the_way(|obstacle| *obstacle == Obstacle::DistKey)
        && is_left(|conflict| matches!(conflict, Conflict::Distribution { .. }));
    let sort_key = is_in_the_way(|obstacle| *obstacle == Obstacle::SortKey)
        && is_left(|conflict| matches!(conflict, Conflict::SortKey { .. }));
    let remedies = [
        primary_key.then(|| Remedy::AddPrimaryKey(there.primary_key().to_vec())),
        dist_key.then(|| Remedy::Distribute(there.distribution.clone())),
        sort_key.then(|| Remedy::SortAgain(there.sort_key.clone())),
    ];
    remedies.into_iter().flatten().collect()
}

/// What keeps the column of a conflict from being widened.
fn in_the_way(conflict: &Conflict, there: &ExistingTable) -> Vec<Obstacle> {
    match conflict {
        Conflict::Narrow(widening) => {
            there.column(&widening.column).map(|column| obstacles(column, there)).unwrap_or_default()
        }
        Conflict::NotWidened { obstacles, .. } => obstacles.clone(),
        _ => Vec::new(),
    }
}

/// Several columns may be in the way of one view, key or constraint: it is dropped before the first of them is changed.
fn each_once(mut resolutions: Vec<Resolution>) -> Vec<Resolution> {
    let mut done: Vec<Remedy> = Vec::new();
    for resolution in &mut resolutions {
        resolution.remedies.retain(|remedy| {
            let is_first = !done.contains(remedy);
            done.push(remedy.clone());
            is_first
        });
    }
    resolutions
}

/// What one conflict calls for.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    InPlace(Vec<Remedy>),
    Rebuild,
    ChangeConfig,
}

fn answer(conflict: &Conflict, wanted: &TableSpec, there: &ExistingTable) -> Answer {
    match conflict {
        Conflict::Type { .. }
        | Conflict::NotNull { .. }
        | Conflict::Default { .. }
        | Conflict::IdentityNotAddable { .. } => Answer::Rebuild,
        Conflict::NotNullWithoutDefault { .. } | Conflict::NotNullNotInConfig { .. } => Answer::ChangeConfig,
        Conflict::NewColumn { column } => Answer::InPlace(vec![Remedy::AddColumn(column.clone())]),
        Conflict::Narrow(widening) => match there.column(&widening.column) {
            Some(column) => widened(widening, &obstacles(column, there), there),
            None => Answer::ChangeConfig,
        },
        Conflict::NotWidened { widening, obstacles } => widened(widening, obstacles, there),
        Conflict::PrimaryKey { wanted: key, .. } => primary_key(key, there),
        // ALTER DISTSTYLE and DISTKEY are not for such tables (redshift-facts 2.14).
        Conflict::Distribution { .. } if is_interleaved(there) => Answer::Rebuild,
        Conflict::Distribution { wanted: distribution, .. } => {
            let added = match distribution {
                Distribution::Key(column) => added(column, wanted, there),
                Distribution::Auto | Distribution::Even | Distribution::All => None,
            };
            let spread = Remedy::Distribute(distribution.clone());
            Answer::InPlace(added.into_iter().chain([spread]).collect())
        }
        Conflict::SortKey { wanted: key, .. } => match key {
            // ALTER TABLE makes no interleaved key.
            SortKey::Interleaved(_) => Answer::Rebuild,
            SortKey::AutoOrNone => Answer::InPlace(vec![Remedy::Sort(key.clone())]),
            SortKey::Compound(columns) => {
                let added = columns.iter().filter_map(|column| added(column, wanted, there));
                Answer::InPlace(added.chain([Remedy::Sort(key.clone())]).collect())
            }
        },
    }
}

fn is_interleaved(table: &ExistingTable) -> bool {
    matches!(table.sort_key, SortKey::Interleaved(_))
}

/// A key may want a column that the table lacks.
fn added(name: &Ident, wanted: &TableSpec, there: &ExistingTable) -> Option<Remedy> {
    if there.column(name).is_some() {
        return None;
    }
    wanted.columns.iter().find(|column| column.name == *name).cloned().map(Remedy::AddColumn)
}

/// Redshift takes columns into a primary key only if they are NOT NULL.
fn primary_key(wanted: &[Ident], there: &ExistingTable) -> Answer {
    let is_strict = |name: &Ident| there.column(name).is_some_and(|column| column.not_null);
    if !wanted.iter().all(is_strict) {
        return Answer::Rebuild;
    }
    let dropped = there.constraints.iter().filter(|constraint| constraint.kind == ConstraintKind::PrimaryKey);
    let dropped = dropped.map(|constraint| Remedy::DropConstraint(constraint.name.clone()));
    let added = (!wanted.is_empty()).then(|| Remedy::AddPrimaryKey(wanted.to_vec()));
    Answer::InPlace(dropped.chain(added).collect())
}

fn widened(widening: &Widening, obstacles: &[Obstacle], there: &ExistingTable) -> Answer {
    let is_packed = obstacles.iter().any(|obstacle| matches!(obstacle, Obstacle::Encoding(_)));
    // No statement takes a default away, or packs a column of a table with an interleaved key anew (redshift-facts 2.14).
    let is_of_key =
        obstacles.iter().any(|obstacle| matches!(obstacle, Obstacle::DistKey | Obstacle::SortKey));
    if obstacles.contains(&Obstacle::Default) || ((is_packed || is_of_key) && is_interleaved(there)) {
        return Answer::Rebuild;
    }
    let cleared = obstacles.iter().filter_map(|obstacle| match obstacle {
        Obstacle::Default => None,
        Obstacle::Constraint { name, .. } => Some(Remedy::DropConstraint(name.clone())),
        Obstacle::Encoding(_) => {
            Some(Remedy::Encode { column: widening.column.clone(), encoding: WIDENABLE })
        }
        Obstacle::DistKey => Some(Remedy::Distribute(Distribution::Even)),
        Obstacle::SortKey => Some(Remedy::Unsort),
        Obstacle::View(view) => Some(Remedy::DropView(view.clone())),
    });
    Answer::InPlace(cleared.chain([Remedy::Widen(widening.clone())]).collect())
}

#[cfg(test)]
mod tests;
