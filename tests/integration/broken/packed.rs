//! Broken files that are packed as a whole: gzip, bzip2, zstd.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::broken::{Case, by_chance, check, json, loaded, refused};
use crate::support::table::gzip;

const GZIP: &[u8] = include_bytes!("../../fixtures/formats/two_members.json.gz");
const BZIP2: &[u8] = include_bytes!("../../fixtures/formats/two_members.json.bz2");
const ZSTD: &[u8] = include_bytes!("../../fixtures/formats/two_members.json.zst");

const PACKINGS: [(&str, &[u8]); 3] = [("json.gz", GZIP), ("json.bz2", BZIP2), ("json.zst", ZSTD)];

/// What is the same for every packing.
fn by_hand(suffix: &'static str, whole: &[u8]) -> Vec<Case> {
    let packed =
        |name: &str, content: Vec<u8>, says| refused(&format!("{suffix}: {name}"), suffix, content, says);
    let (end, middle) = (whole.len(), whole.len() / 2);
    let other: &[u8] = if suffix == "json.gz" { BZIP2 } else { GZIP };
    let mut flipped = whole.to_vec();
    flipped[middle / 2] ^= 0x10;
    let mut checksum = whole.to_vec();
    checksum[end - 6] ^= 0x10;
    vec![
        packed("text", json::whole().into_bytes(), &["is named as", "but is not compressed"]),
        packed("another packing", other.to_vec(), &["is named as", "but is"]),
        packed("zeros", vec![0; 300], &["is named as", "but does not begin like"]),
        packed("a zip archive", b"PK\x03\x04\x14\0\0\0\x08\0".to_vec(), &["is a zip archive"]),
        packed("a Parquet file", b"PAR1\x15\x04\x15 and more PAR1".to_vec(), &["is a Parquet file"]),
        packed("its first bytes lost", whole[2..].to_vec(), &["does not begin like"]),
        packed("its first five bytes and no more", whole[..5].to_vec(), &["cannot be unpacked"]),
        packed("half of the first member", whole[..middle / 2].to_vec(), &["unpacked"]),
        packed("half of the second member", whole[..end - 40].to_vec(), &["unpacked"]),
        packed("all but the last byte", whole[..end - 1].to_vec(), &["unpacked"]),
        packed("a bit flipped", flipped, &["failed: "]),
        packed("a bit flipped near the end", checksum, &["unpacked"]),
        packed("text behind the last member", [whole, b"and more"].concat(), &["unpacked"]),
        loaded(&format!("{suffix}: both members"), suffix, whole, 12),
    ]
}

#[tokio::test]
async fn broken_packings_are_unpacked_as_a_whole_or_refused_in_a_sentence() {
    let mut cases = Vec::new();
    for (suffix, whole) in PACKINGS {
        cases.extend(by_hand(suffix, whole));
        cases.extend(by_chance(suffix, whole, Some(12), 15));
    }
    cases.push(refused("packed twice", "json.gz", packed_again(GZIP), &["is gzip again inside"]));
    cases.push(refused("JSON that is an array", "json.gz", gzip("[{\"id\": 1}]"), &["is a JSON array"]));
    cases.push(refused("no byte at all", "json.gz", "", &["is empty"]));
    check("", cases).await;
}

fn packed_again(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}
