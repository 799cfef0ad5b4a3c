use proptest::prelude::*;

use super::*;

/// The columns of a file, as a sentence writes them.
fn told(file: &[u8]) -> Result<Option<String>, NoSchema> {
    let size = u64::try_from(file.len()).unwrap();
    let tail = &file[file.len().saturating_sub(256)..];
    let found = footer(tail, size)?;
    let at = |place: u64| usize::try_from(place).unwrap();
    let columns = found.columns(&file[at(found.range.start)..at(found.range.end)])?;
    Ok(columns
        .map(|columns| columns.iter().map(|column| column.written.as_str()).collect::<Vec<_>>().join(", ")))
}

const PYARROW: [&[u8]; 4] = [
    include_bytes!("../../../../tests/fixtures/formats/events_uncompressed.orc"),
    include_bytes!("../../../../tests/fixtures/formats/events_zlib.orc"),
    include_bytes!("../../../../tests/fixtures/formats/events_snappy.orc"),
    include_bytes!("../../../../tests/fixtures/formats/events_zstd.orc"),
];
const LZ4: &[u8] = include_bytes!("../../../../tests/fixtures/formats/events_lz4.orc");
const SPARK: &[u8] = include_bytes!("../../../../tests/fixtures/formats/events_spark.orc");

#[test]
fn columns_are_read_however_the_footer_is_packed() {
    for file in PYARROW {
        let expected =
            "id bigint, name string, amount double, is_new boolean, data_date timestamp with local time zone";
        assert_eq!(told(file).unwrap().as_deref(), Some(expected));
    }
    let expected = "id bigint, name string, amount double, is_new boolean, data_date timestamp";
    assert_eq!(told(SPARK).unwrap().as_deref(), Some(expected));
}

#[test]
fn what_we_do_not_unpack_is_not_refused() {
    assert_eq!(told(LZ4), Ok(None));
}

#[test]
fn a_file_that_is_none_or_was_cut_is_told_so() {
    let whole = PYARROW[1];
    assert_eq!(told(b"ORC"), Err(NoSchema::TooShort(3)));
    assert_eq!(told(&whole[..whole.len() - 1]), Err(NoSchema::NotOrc));
    assert_eq!(told(&[b'x'; 300]), Err(NoSchema::NotOrc));
    let mut longer = whole.to_vec();
    longer.drain(3..whole.len() - 60);
    assert!(matches!(told(&longer), Err(NoSchema::FooterTooLong { .. })), "{:?}", told(&longer));
}

#[test]
fn a_small_footer_that_unpacks_to_gigabytes_is_not_unpacked() {
    let chunk = |codec| {
        let zeros = vec![0_u8; 8 << 20];
        match codec {
            Codec::Snappy => snap::raw::Encoder::new().compress_vec(&zeros).unwrap(),
            Codec::Zstd => {
                ruzstd::encoding::compress_to_vec(&*zeros, ruzstd::encoding::CompressionLevel::Fastest)
            }
            Codec::Zlib | Codec::None => {
                let mut packed = Vec::new();
                let mut encoder =
                    flate2::write::DeflateEncoder::new(&mut packed, flate2::Compression::best());
                std::io::Write::write_all(&mut encoder, &zeros).unwrap();
                encoder.finish().unwrap();
                packed
            }
        }
    };
    for codec in [Codec::Zlib, Codec::Zstd] {
        let chunk = chunk(codec);
        let header = u32::try_from(chunk.len() << 1).unwrap().to_le_bytes();
        let packed = [&header[..3], &chunk].concat();
        assert_eq!(unpacked(&packed, codec), Err(NoSchema::TooLarge("more than 4 MiB")), "{codec:?}");
    }
    let chunk = chunk(Codec::Snappy);
    let header = u32::try_from(chunk.len() << 1).unwrap().to_le_bytes();
    assert_eq!(unpacked(&[&header[..3], &chunk].concat(), Codec::Snappy), Ok(None));
}

#[test]
fn a_schema_that_is_its_own_column_is_followed_no_further() {
    // A struct of one subtype, itself, called `a`.
    let footer = b"\x22\x08\x08\x0c\x12\x01\x00\x1a\x01a";
    let postscript = b"\x08\x0a\x10\x00\x82\xf4\x03\x03ORC\x0b";
    let file = [b"ORC".as_slice(), footer, postscript].concat();
    assert_eq!(told(&file).unwrap().as_deref(), Some("a struct"));
}

proptest! {
    #[test]
    fn no_change_to_a_file_makes_it_panic(which in 0_usize..4, changes in prop::collection::vec((any::<usize>(), any::<u8>()), 1..6)) {
        let mut file = PYARROW[which].to_vec();
        for (at, byte) in changes {
            let length = file.len();
            // Most of it near the end, where the schema is.
            file[length - 1 - at % 400] = byte;
        }
        drop(told(&file));
    }

    #[test]
    fn no_end_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 16..300)) {
        drop(told(&bytes));
        let postscript = [b"\x08\x10\x10\x01\x82\xf4\x03\x03ORC".as_slice(), b"\x0b"].concat();
        drop(told(&[&bytes, postscript.as_slice()].concat()));
    }
}
