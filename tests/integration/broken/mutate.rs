//! A small fuzzer: what happens to files on their way, and at random places. The seed says all, so that a file comes again.

use fastrand::Rng;

/// A broken copy of `whole`, and what was done to it.
pub(super) fn mutant(whole: &[u8], seed: u64) -> (String, Vec<u8>) {
    let mut random = Rng::with_seed(seed);
    let mut bytes = whole.to_vec();
    let mut story = Vec::new();
    for _ in 0..random.usize(1..3) {
        story.push(change(&mut bytes, &mut random));
    }
    (format!("seed {seed}: {}", story.join(", ")), bytes)
}

fn change(bytes: &mut Vec<u8>, random: &mut Rng) -> String {
    if bytes.is_empty() {
        bytes.push(0);
        return "a byte put in".to_owned();
    }
    let at = random.usize(..bytes.len());
    let end = (at + random.usize(1..64)).min(bytes.len());
    match random.u8(..8) {
        0 => {
            bytes.truncate(at);
            format!("cut at {at}")
        }
        1 => {
            bytes[at] ^= 1 << random.u8(..8);
            format!("a bit flipped at {at}")
        }
        2 => {
            bytes[at] = random.u8(..);
            format!("a byte changed at {at}")
        }
        3 => {
            bytes.remove(at);
            format!("a byte lost at {at}")
        }
        4 => {
            bytes.drain(at..end);
            format!("bytes lost from {at} to {end}")
        }
        5 => {
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again);
            format!("bytes twice from {at} to {end}")
        }
        6 => {
            let other = random.usize(..bytes.len());
            let length = random.usize(1..64).min(bytes.len() - at.max(other)).min(at.abs_diff(other));
            for step in 0..length {
                bytes.swap(at + step, other + step);
            }
            format!("{length} bytes at {at} and {other} changed places")
        }
        _ => {
            bytes[at..end].fill(0);
            format!("zeros from {at} to {end}")
        }
    }
}

#[test]
fn the_same_seed_breaks_a_file_in_the_same_way() {
    let whole: Vec<u8> = (0..=255).collect();
    for seed in 0..100 {
        assert_eq!(mutant(&whole, seed), mutant(&whole, seed));
    }
}
