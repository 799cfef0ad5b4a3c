//! Unpacking the beginning of a file, as far as it is looked at.

use std::io::{self, Read};

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;
use ruzstd::decoding::errors::FrameDecoderError;

use crate::model::format::Compression;
use crate::source::head::HEAD;

/// The largest window of a zstd file that is unpacked; files of `zstd --ultra --long` may ask for gigabytes.
const LARGEST_WINDOW: u64 = 8 << 20;

/// The beginning of what is packed in `head`, which may end anywhere; at most so many bytes.
///
/// An error when nothing of it can
/// be unpacked: [`Unsupported`](io::ErrorKind::Unsupported) when only we cannot, and [`UnexpectedEof`](io::ErrorKind::UnexpectedEof)
/// when the head is too short for it.
pub fn unpacked(head: &[u8], compression: Compression, longest: usize) -> io::Result<Vec<u8>> {
    match compression {
        Compression::None => Ok(head.get(..longest).unwrap_or(head).to_vec()),
        Compression::Gzip => beginning(MultiGzDecoder::new(head), longest),
        Compression::Bzip2 => beginning(MultiBzDecoder::new(head), longest),
        Compression::Zstd => {
            let frame = ended_frame(behind_skippable_frames(head)).ok_or(io::ErrorKind::UnexpectedEof)?;
            match StreamingDecoder::new_with_max_window_size(frame.as_slice(), LARGEST_WINDOW) {
                Ok(decoder) => beginning(decoder, longest),
                Err(FrameDecoderError::WindowSizeTooBig { .. }) => Err(io::ErrorKind::Unsupported.into()),
                Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
        }
    }
}

/// Bytes of a packed file that surely hold its first block: less of a bzip2 file unpacks to nothing.
pub fn head_wanted(compression: Compression) -> usize {
    match compression {
        Compression::None | Compression::Gzip => HEAD,
        // Blocks of 128 KiB at most, and then not packed [RFC 8878, 3.1.1.2].
        Compression::Zstd => 4 * HEAD,
        // Blocks of 900 kB, which may even grow a little.
        Compression::Bzip2 => 16 * HEAD,
    }
}

/// What follows the frames without data with which zstd files of several threads begin (pzstd) [RFC 8878, 3.1.2].
pub fn behind_skippable_frames(mut head: &[u8]) -> &[u8] {
    while let Some(&[0x50..=0x5f, 0x2a, 0x4d, 0x18, one, two, three, four]) = head.get(..8) {
        let length = usize::try_from(u32::from_le_bytes([one, two, three, four])).unwrap_or(usize::MAX);
        head = head.get(length.saturating_add(8)..).unwrap_or_default();
    }
    head
}

/// The zstd frame that begins in `head`, made to end with its last whole block: a decoder keeps back what later blocks may
/// refer to, and would give nothing of a frame that is cut [RFC 8878, 3.1.1]. `None` when no block is whole.
fn ended_frame(head: &[u8]) -> Option<Vec<u8>> {
    let descriptor = *head.get(4)?;
    let single_segment = descriptor & 0x20 != 0;
    let content_size = match descriptor >> 6 {
        0 => usize::from(single_segment),
        power => 1 << power,
    };
    let dictionary_id = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let mut at = 5 + usize::from(!single_segment) + dictionary_id + content_size;
    let mut last_block = None;
    while let Some(&[first, second, third]) = head.get(at..at + 3) {
        let header = u32::from_le_bytes([first, second, third, 0]);
        let is_run = header >> 1 & 3 == 1;
        let stored = if is_run { 1 } else { usize::try_from(header >> 3).ok()? };
        let end = at + 3 + stored;
        if end > head.len() {
            break;
        }
        last_block = Some((at, end));
        at = end;
        if header & 1 == 1 {
            break;
        }
    }
    let (start, end) = last_block?;
    let mut frame = head.get(..end)?.to_vec();
    *frame.get_mut(start)? |= 1;
    // There is no checksum of the half.
    *frame.get_mut(4)? &= !4;
    Some(frame)
}

fn beginning(packed: impl Read, longest: usize) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    let longest = u64::try_from(longest).unwrap_or(u64::MAX);
    match packed.take(longest).read_to_end(&mut start) {
        Err(error) if start.is_empty() => Err(error),
        // The head ends in the middle of the file.
        Ok(_) | Err(_) => Ok(start),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use bzip2::write::BzEncoder;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    use strum::IntoEnumIterator as _;

    use super::*;

    fn packed(content: &[u8], compression: Compression) -> Vec<u8> {
        match compression {
            Compression::None => content.to_vec(),
            Compression::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(content).unwrap();
                encoder.finish().unwrap()
            }
            Compression::Bzip2 => {
                let mut encoder = BzEncoder::new(Vec::new(), bzip2::Compression::fast());
                encoder.write_all(content).unwrap();
                encoder.finish().unwrap()
            }
            Compression::Zstd => compress_to_vec(content, CompressionLevel::Fastest),
        }
    }

    #[test]
    fn a_file_that_unpacks_to_megabytes_is_unpacked_to_the_limit_and_no_further() {
        let large = vec![b' '; 8 << 20];
        for compression in Compression::iter() {
            let head = packed(&large, compression);
            let head = &head[..head.len().min(64 * 1024)];
            assert_eq!(unpacked(head, compression, 4096).unwrap().len(), 4096, "{compression:?}");
        }
    }

    #[test]
    fn a_head_that_ends_in_the_middle_of_the_file_unpacks_as_far_as_it_goes() {
        let rows: String = (0..40_000).map(|row| format!("{row},{}\n", row * 7919 % 1_000_003)).collect();
        for compression in Compression::iter() {
            let whole = packed(rows.as_bytes(), compression);
            let head = &whole[..whole.len() - 100];
            match unpacked(head, compression, 256 * 1024) {
                Ok(start) => {
                    assert!(!start.is_empty() && rows.as_bytes().starts_with(&start), "{compression:?}");
                }
                // One block was all of it.
                Err(error) => assert_eq!(
                    (compression, error.kind()),
                    (Compression::Bzip2, io::ErrorKind::UnexpectedEof)
                ),
            }
        }
    }

    #[test]
    fn a_head_of_the_wanted_length_holds_a_block_even_of_what_hardly_packs() {
        let noise: Vec<u8> =
            (0..400_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        for compression in Compression::iter() {
            let whole = packed(&noise, compression);
            let head = &whole[..whole.len().min(head_wanted(compression))];
            let start = unpacked(head, compression, 4096).unwrap();
            assert_eq!(start, noise[..4096], "{compression:?}");
        }
    }

    #[test]
    fn files_of_several_members_are_one_text() {
        let members = [packed(b"id,", Compression::Gzip), packed(b"name\n", Compression::Gzip)].concat();
        assert_eq!(unpacked(&members, Compression::Gzip, 100).unwrap(), b"id,name\n");
    }

    #[test]
    fn frames_without_data_at_the_start_of_zstd_are_passed_over() {
        let skippable = b"\x50\x2a\x4d\x18\x04\0\0\0size";
        let packed = [skippable, skippable, packed(b"id,name\n", Compression::Zstd).as_slice()].concat();
        assert_eq!(unpacked(&packed, Compression::Zstd, 100).unwrap(), b"id,name\n");
        let endless = b"\x5f\x2a\x4d\x18\xff\xff\xff\xff";
        assert!(unpacked(endless, Compression::Zstd, 100).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(head: Vec<u8>) {
            for (compression, magic) in [
                (Compression::Gzip, b"\x1f\x8b\x08\0".as_slice()),
                (Compression::Bzip2, b"BZh91AY&SY"),
                (Compression::Zstd, b"\x28\xb5\x2f\xfd"),
            ] {
                drop(unpacked(&head, compression, 4096));
                drop(unpacked(&[magic, head.as_slice()].concat(), compression, 4096));
            }
        }
    }
}
