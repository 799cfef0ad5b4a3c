//! Checks the data of a planned load, and changes nothing.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::failure::{Failure, FailureKind};
use crate::load::Loader;
use crate::load::attempt::may_fit;
use crate::load::gather::Considered;
use crate::model::format::Format;
use crate::plan::LoadPlan;
use crate::plan::cuts::Cutting;
use crate::plan::data_check::{DataCheck, Verdict, columns};
use crate::warehouse::DataQuestion;

impl Loader {
    /// What COPY would make of the data of a plan. As a load does, it tries a second time, allowing what the config allows,
    /// where not all of the data fits.
    pub async fn check_data(
        &self,
        considered: &Considered,
        plan: &LoadPlan,
        stop: &CancellationToken,
    ) -> DataCheck {
        let bytes = plan.ledger_row.bytes;
        let Some(copy) = plan.copy() else { return not_possible(bytes, NO_COPY) };
        if copy.reading.format.is_columnar() {
            return not_possible(bytes, &no_noload(copy.reading.format));
        }
        let input = &considered.input;
        let columns = columns(plan, &input.spec, &input.table);
        let start = Instant::now();
        let ask = async |cutting| {
            let question = DataQuestion { plan, columns: &columns, cutting };
            self.warehouse.check_data(&question, stop).await
        };
        let mut refused = match ask(copy.cutting).await {
            Ok(lines) => return taken(copy.cutting, lines, bytes, start.elapsed()),
            Err(refused) => refused,
        };
        let mut verdict = verdict_of(&refused);
        if verdict == Verdict::Refused && may_fit(plan, input, &refused) {
            match ask(Cutting::Allowed).await {
                Ok(_) => verdict = Verdict::Changed,
                Err(other) => {
                    verdict = verdict_of(&other);
                    refused = other;
                }
            }
        }
        DataCheck::of_refusal(verdict, refused, bytes, start.elapsed())
    }
}

fn verdict_of(failure: &Failure) -> Verdict {
    if failure.kind == FailureKind::DataRejected { Verdict::Refused } else { Verdict::Failed }
}

/// COPY has refused nothing.
fn taken(cutting: Cutting, lines: Option<u64>, bytes: u64, took: Duration) -> DataCheck {
    let (verdict, reason) = match cutting {
        Cutting::Refused => (Verdict::Taken, None),
        Cutting::Allowed => (Verdict::Changed, Some(LAST_HAD_CUTS.to_owned())),
    };
    DataCheck { verdict, reason, lines, bytes, took, refused_rows: Vec::new() }
}

/// [DG copy-usage_notes-copy-from-columnar]
fn no_noload(format: Format) -> String {
    format!(
        "COPY takes no NOLOAD for {format}; only the schema of the files was compared with the table config"
    )
}

const NO_COPY: &str = "the plan has no COPY";
const LAST_HAD_CUTS: &str = "values of the last load did not fit, so that COPY cuts from the beginning; how many it would cut now is not counted";

fn not_possible(bytes: u64, why: &str) -> DataCheck {
    DataCheck {
        verdict: Verdict::NotPossible,
        reason: Some(why.to_owned()),
        lines: None,
        bytes,
        took: Duration::ZERO,
        refused_rows: Vec::new(),
    }
}
