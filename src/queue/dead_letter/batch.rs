//! Dead letters in as few requests as SQS allows.

use crate::queue::dead_letter::DeadLetter;

/// Messages in one request.
pub(crate) const LARGEST: usize = 10;
/// Bytes of the bodies of one request, which some queues and stand-ins take no more of; SQS itself takes 1 MiB. A longer
/// body goes alone.
const LONGEST: usize = 256 * 1024;
/// Bytes of what goes with each body, at most.
const BESIDE_A_BODY: usize = 1024;

/// The same letters in the same order, in batches of which each fits into one request.
pub(crate) fn batches(letters: Vec<DeadLetter>) -> Vec<Vec<DeadLetter>> {
    let mut batches: Vec<Vec<DeadLetter>> = Vec::new();
    let mut bytes = 0;
    for letter in letters {
        let more = letter.body.len().saturating_add(BESIDE_A_BODY);
        match batches.last_mut() {
            Some(batch) if batch.len() < LARGEST && bytes + more <= LONGEST => {
                bytes += more;
                batch.push(letter);
            }
            _ => {
                bytes = more;
                batches.push(vec![letter]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::dead_letter::tests::letter;

    #[test]
    fn a_batch_has_no_more_messages_and_bytes_than_a_request_may_have_and_none_is_left_out() {
        let of = |bytes: usize| DeadLetter { body: "x".repeat(bytes), ..letter(&[]) };
        let lengths = |bytes: Vec<usize>| -> Vec<usize> {
            batches(bytes.into_iter().map(of).collect()).iter().map(Vec::len).collect()
        };
        assert_eq!(lengths(vec![2; 23]), [10, 10, 3]);
        assert_eq!(lengths(vec![100_000; 5]), [2, 2, 1]);
        assert_eq!(lengths(vec![1, 1 << 20, 1, 1]), [1, 1, 2]);
        assert_eq!(lengths(vec![]), [0; 0]);
    }
}
