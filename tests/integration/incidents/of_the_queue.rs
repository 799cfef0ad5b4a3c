//! Incidents of the queue and its dead-letter queue.

use crate::incidents::Watched;
use crate::support::scenario::Scenario;

pub(super) const DEAD_LETTER_QUEUE_GONE: &str = "The dead-letter queue is gone";
pub(super) const POISON_STORM: &str = "Many messages are not understood";

#[tokio::test]
async fn a_dead_letter_queue_that_is_gone_is_told_as_in_the_runbook() {
    let watched = Watched::start(Scenario::new().await.loaded_once().await).await;
    let Watched { scenario, .. } = &watched;
    scenario.sqs.delete_queue().queue_url(&scenario.dead_letter_queue_url).send().await.unwrap();
    scenario.send("no message").await;
    watched.is_told_as_in_the_runbook(DEAD_LETTER_QUEUE_GONE).await;
}

#[tokio::test]
async fn many_messages_that_are_not_understood_are_told_as_in_the_runbook() {
    let watched = Watched::start(Scenario::new().await.loaded_once().await).await;
    let Watched { scenario, .. } = &watched;
    // Before them: the newest data, loaded after them, would be what they asked for.
    watched.daemon.settled(&scenario.send(&scenario.message("")).await).await;
    let misspelt = scenario.message(r#""trucate": true"#);
    for _ in 0..3 {
        scenario.send_batch(&vec![misspelt.clone(); 10]).await;
    }
    watched.is_told_as_in_the_runbook(POISON_STORM).await;
}
