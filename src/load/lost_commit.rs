//! A COMMIT whose answer is lost: the ledger is asked whether the load is in the table.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::config::ending;
use crate::failure::Failure;
use crate::load::Loader;
use crate::model::load_id::LoadId;
use crate::warehouse::Committed;

/// Pauses before each question to the ledger about a load whose COMMIT was not answered.
const RESOLVE_PAUSES: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(15),
];

/// The ledger may be hard to reach, or locked by somebody.
const LONGEST_QUESTION: Duration = Duration::from_secs(10);

impl Loader {
    /// A lost answer to COMMIT is not a failure: the ledger knows. The transaction may still be on its way, and the
    /// warehouse be hard to reach, so the ledger is asked for a while; after that the next delivery decides, under the
    /// table's write lock.
    pub(super) async fn resolve(
        &self,
        load_id: &LoadId,
        failure: Failure,
        cancel: &CancellationToken,
    ) -> Result<Committed, Failure> {
        warn!(error = %failure, "answer to COMMIT is lost, asking the ledger");
        let asking = async {
            for pause in RESOLVE_PAUSES {
                tokio::time::sleep(pause).await;
                let asked = tokio::time::timeout(LONGEST_QUESTION, self.warehouse.find_load(load_id)).await;
                if let Ok(Ok(Some(committed))) = asked {
                    return Ok(committed);
                }
            }
            Err(failure.clone())
        };
        tokio::select! {
            biased;
            found = asking => found,
            () = async { cancel.cancelled().await; tokio::time::sleep(ending::ASK_LEDGER).await } => Err(failure.clone()),
        }
    }
}
