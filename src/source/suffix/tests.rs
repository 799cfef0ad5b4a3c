use super::*;

fn said(suffix: &str) -> String {
    match Suffix::parse(suffix) {
        Some(Suffix::Data(stored)) if stored.format.is_none() => format!("open {stored}"),
        Some(Suffix::Data(stored)) => stored.to_string(),
        Some(Suffix::Manifest) => "manifest".to_owned(),
        Some(Suffix::NotSupported(_)) => "not supported".to_owned(),
        None => "no data".to_owned(),
    }
}

#[test]
fn a_suffix_says_the_format_and_how_the_file_is_packed() {
    for (suffix, expected) in [
        ("json", "json"),
        ("NDJSON.gzip", "json.gz"),
        ("jsonl.bz2", "json.bz2"),
        ("CSV.zst", "csv.zst"),
        ("csv", "csv"),
        ("avro", "avro"),
        ("snappy.avro", "avro"),
        ("avro.gz", "avro.gz"),
        ("orc", "orc"),
        ("zlib.orc", "orc"),
        ("txt", "open "),
        ("tsv.gz", "open gz"),
        ("dat", "open "),
        ("gz", "open gz"),
        ("", "open "),
        ("manifest", "manifest"),
    ] {
        assert_eq!(said(suffix), expected, "{suffix}");
    }
}

#[test]
fn parts_that_spark_wrote_are_parquet_packed_inside() {
    for suffix in ["parquet", "gz.parquet", "snappy.parquet", "zstd.PARQUET", "lz4raw.parquet"] {
        assert_eq!(said(suffix), "parquet", "{suffix}");
    }
    let name = "part-00000-4f1c0d2e-c000.snappy.parquet";
    assert_eq!(suffix_of(name), Suffix::parse("parquet"), "{name}");
}

#[test]
fn what_copy_cannot_unpack_is_not_supported() {
    for suffix in ["json.lzo", "csv.xz", "zip", "json.sz", "parquet.gz", "csv.gz.gz", "50Z.json", "xml"] {
        assert_eq!(said(suffix), "not supported", "{suffix}");
    }
    for suffix in ["json.md5", "parquet.crc", "csv.TMP"] {
        assert_eq!(said(suffix), "no data", "{suffix}");
    }
}

#[test]
fn of_the_suffixes_of_a_name_the_longest_that_is_known_counts() {
    for (name, suffix) in [
        ("a.json.gz", Suffix::parse("json.gz")),
        ("a.b.JSON", Suffix::parse("json")),
        ("a.json.manifest", Some(Suffix::Manifest)),
        ("a.b.csv.bz2", Suffix::parse("csv.bz2")),
        ("a.json.md5", None),
        ("a.xml", None),
        ("json", None),
    ] {
        assert_eq!(suffix_of(name), suffix, "{name}");
    }
}

#[test]
fn the_number_that_unload_gives_a_file_is_no_suffix() {
    for (name, suffix) in [
        ("s_t_2015-07-01T00:00:00Z.0000_part_00", ""),
        ("venue.of.2015_0012_part_103", ""),
        ("0000_part_00", ""),
        ("s_t_2015-07-01T00:00:00Z.000", ""),
        ("s_t_2015-07-01T00:00:00Z.0000_part_00.gz", "gz"),
        ("s_t_2015-07-01T00:00:00Z.0000_part_00.parquet", "parquet"),
        ("x.00_part_00", "00_part_00"),
        ("x.0000_part_0", "0000_part_0"),
        ("x.0000", "0000"),
    ] {
        assert_eq!(suffix_of_part(name), Suffix::parse(suffix), "{name}");
    }
}

#[test]
fn forms_of_one_date_have_one_order() {
    let ordered = [
        "manifest", "json.gz", "json", "json.bz2", "json.zst", "csv.gz", "csv", "avro", "parquet", "orc",
        "gz", "txt", "xml",
    ];
    let mut suffixes: Vec<Suffix> = ordered.iter().rev().filter_map(|text| Suffix::parse(text)).collect();
    suffixes.sort();
    assert_eq!(suffixes, ordered.iter().filter_map(|text| Suffix::parse(text)).collect::<Vec<_>>());
}
