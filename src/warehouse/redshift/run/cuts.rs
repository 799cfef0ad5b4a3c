//! What the count of values that did not fit says.

use tokio_postgres::SimpleQueryRow;

use crate::failure::{Failure, FailureKind};
use crate::plan::cuts::{CutColumn, Cuts, CutsGate};
use crate::warehouse::redshift::run::action::Action;

/// Reads the answer to [`count`](crate::warehouse::redshift::sql::cuts::count).
///
/// # Errors
/// When a number is not there, which must not pass for none, or when the wide table has other rows than the target got. Where rows
/// may be skipped it may have more: it takes values that the target refuses.
pub(super) fn read(
    rows: &[SimpleQueryRow],
    gate: &CutsGate,
    copied: u64,
    skipped: Option<u64>,
    action: &Action<'_>,
) -> Result<Cuts, Failure> {
    let failed = |why: String| {
        let sentence = format!("{} failed: {why}", action.what);
        Failure::new(FailureKind::StatementRefused, action.stage, sentence)
    };
    let texts = rows.iter().flat_map(|row| (0..row.len()).map(|index| row.get(index).unwrap_or_default()));
    let mut numbers = texts.flat_map(|text| text.split(' ')).map(str::parse::<u64>);
    let mut number = || match numbers.next() {
        Some(Ok(number)) => Ok(number),
        Some(Err(_)) | None => Err(failed("Redshift did not say how many there are".to_owned())),
    };
    let (in_wide, with_cuts) = (number()?, number()?);
    if !(copied..=copied + skipped.unwrap_or_default()).contains(&in_wide) {
        return Err(failed(format!(
            "{copied} rows were copied, and {in_wide} for the count; please report it"
        )));
    }
    let mut cuts = Cuts { rows: with_cuts, ..Cuts::default() };
    for column in &gate.columns {
        let cut = number()?;
        let replaced = if gate.replaces { number()? } else { 0 };
        cuts.cut += cut;
        cuts.replaced += replaced;
        if cut > 0 || replaced > 0 {
            cuts.columns.push(CutColumn { column: column.clone(), cut, replaced });
        }
    }
    Ok(cuts)
}
