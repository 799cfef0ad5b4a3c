//! Requests about deliveries of one queue, up to ten in each.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry};

use futures_util::future::join_all;

use crate::queue::sqs::refusal::AskedQueue;
use crate::queue::sqs::whole_seconds;
use crate::queue::{QueueError, ReceiptHandle};

/// What became of one entry of a batch.
type Answer = Result<(), QueueError>;

/// Deletes up to ten deliveries, with an answer for each, in order.
///
/// Nobody below tries an entry of a batch again: what SQS could not do just then is asked for alone, without the others.
pub(super) async fn delete(
    client: &Client,
    asked: AskedQueue<'_>,
    handles: &[&ReceiptHandle],
) -> Vec<Answer> {
    let together = match handles {
        [_] => Ok(vec![Err(asked.left_out())]),
        _ => delete_together(client, asked, handles).await,
    };
    let outcomes = match together {
        Ok(outcomes) => outcomes,
        Err(error) => return vec![Err(error); handles.len()],
    };
    let alone = handles.iter().zip(outcomes).map(async |(handle, outcome)| match outcome {
        Err(QueueError::Unavailable { .. }) => {
            let request = client.delete_message().queue_url(asked.name).receipt_handle(&handle.0);
            request.send().await.map(drop).map_err(|error| asked.refused(&error))
        }
        other => other,
    });
    join_all(alone).await
}

async fn delete_together(
    client: &Client,
    asked: AskedQueue<'_>,
    handles: &[&ReceiptHandle],
) -> Result<Vec<Answer>, QueueError> {
    let entries = handles.iter().enumerate().map(|(index, handle)| {
        DeleteMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .receipt_handle(&handle.0)
            .build()
            .expect("an id and a receipt handle are set")
    });
    let request = client.delete_message_batch().queue_url(asked.name);
    let answer = request.set_entries(Some(entries.collect())).send().await;
    let answer = answer.map_err(|error| asked.refused(&error))?;
    let mut outcomes = vec![Err(asked.left_out()); handles.len()];
    for deleted in answer.successful {
        put(&mut outcomes, &deleted.id, Ok(()));
    }
    for failed in answer.failed {
        put(&mut outcomes, &failed.id, Err(asked.entry_refused(&failed)));
    }
    Ok(outcomes)
}

/// Shows up to ten deliveries to others after a time each, with an answer for each, in order. An entry that SQS could not do just
/// then is asked for alone, as by [`delete`].
pub(super) async fn release(
    client: &Client,
    asked: AskedQueue<'_>,
    pauses: &[(ReceiptHandle, Duration)],
) -> Vec<Answer> {
    let together = match pauses {
        [_] => Ok(vec![Err(asked.left_out())]),
        _ => hide_together(client, asked, pauses).await,
    };
    let outcomes = match together {
        Ok(outcomes) => outcomes,
        Err(error) => return vec![Err(error); pauses.len()],
    };
    let alone = pauses.iter().zip(outcomes).map(async |((handle, pause), outcome)| match outcome {
        Err(QueueError::Unavailable { .. }) => {
            let request = client.change_message_visibility().queue_url(asked.name).receipt_handle(&handle.0);
            let released = request.visibility_timeout(whole_seconds(*pause)).send().await;
            released.map(drop).map_err(|error| asked.refused(&error))
        }
        other => other,
    });
    join_all(alone).await
}

/// Hides up to ten deliveries from others for a time each, from now, with an answer for each, in order.
pub(super) async fn hide_together(
    client: &Client,
    asked: AskedQueue<'_>,
    times: &[(ReceiptHandle, Duration)],
) -> Result<Vec<Answer>, QueueError> {
    let entries = times.iter().enumerate().map(|(index, (handle, time))| {
        ChangeMessageVisibilityBatchRequestEntry::builder()
            .id(index.to_string())
            .receipt_handle(&handle.0)
            .visibility_timeout(whole_seconds(*time))
            .build()
            .expect("an id and a receipt handle are set")
    });
    let request = client.change_message_visibility_batch().queue_url(asked.name);
    let answer = request.set_entries(Some(entries.collect())).send().await;
    let answer = answer.map_err(|error| asked.refused(&error))?;
    let mut outcomes = vec![Err(asked.left_out()); times.len()];
    for entry in answer.successful {
        put(&mut outcomes, &entry.id, Ok(()));
    }
    for entry in answer.failed {
        put(&mut outcomes, &entry.id, Err(asked.entry_refused(&entry)));
    }
    Ok(outcomes)
}

/// Entries are known by their place.
pub(super) fn put<T>(outcomes: &mut [Result<T, QueueError>], id: &str, outcome: Result<T, QueueError>) {
    if let Some(place) = id.parse::<usize>().ok().and_then(|index| outcomes.get_mut(index)) {
        *place = outcome;
    }
}
