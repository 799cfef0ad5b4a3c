//! What the count of values that did not fit says.

use tokio_postgres::SimpleQueryRow;

use crate::failure::{Failure, FailureKind};
use crate::plan::cuts::{CutColumn, Cuts, CutsGate};
use crate::warehouse::redshift::run::action::Action;

/// Reads the answer to [`count`](crate::warehouse::redshift::sql::cuts::count).
///
/// # Errors
/// When a number is not there, which must not pass for none, or when the wide table has other rows than the target got.
pub(super) fn read(
    rows: &[SimpleQueryRow],
    gate: &CutsGate,
    copied: u64,
    action: &Action<'_>,
) -> Result<Cuts, Failure> {
    let failed = |why: String| {
        let sentence = format!("{} failed: {why}", action.what);
        Failure::new(FailureKind::StatementRefused, action.stage, sentence)
    };
    let number = |index: usize| {
        let number = rows.first().and_then(|row| row.get(index)?.parse::<u64>().ok());
        number.ok_or_else(|| failed("Redshift did not say how many there are".to_owned()))
    };
    let (in_wide, with_cuts) = (number(0)?, number(1)?);
    if in_wide != copied {
        return Err(failed(format!(
            "{copied} rows were copied, and {in_wide} for the count; please report it"
        )));
    }
    let mut cuts = Cuts { rows: with_cuts, ..Cuts::default() };
    let width = if gate.replaces { 2 } else { 1 };
    for (index, column) in gate.columns.iter().enumerate() {
        let at = 2 + index * width;
        let cut = number(at)?;
        let replaced = if gate.replaces { number(at + 1)? } else { 0 };
        cuts.cut += cut;
        cuts.replaced += replaced;
        if cut > 0 || replaced > 0 {
            cuts.columns.push(CutColumn { column: column.clone(), cut, replaced });
        }
    }
    Ok(cuts)
}
