//! How fast COPY is, and how much memory it takes: `cargo bench -p redshift-local`.
//!
//! The real program loads into a real PostgreSQL from an S3 that costs nothing but a pause per request. A table is
//! printed; nothing is asserted, since machines differ.

#![expect(clippy::print_stdout, reason = "the table is the point")]

mod bucket;
mod program;

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use bucket::Object;
use flate2::Compression;
use flate2::write::GzEncoder;
use program::Program;

/// The time to the first byte that S3 needs from within its region, or somewhat less.
const PAUSE: Duration = Duration::from_millis(10);
const TABLE: &str =
    "CREATE TABLE t (id bigint, url varchar(200), price decimal(12,2), at timestamp, ok boolean)";

/// About a megabyte of rows.
fn block(row: impl Fn(usize) -> String) -> Vec<u8> {
    let mut block = Vec::new();
    for id in 0.. {
        if block.len() > 1_000_000 {
            break;
        }
        block.extend_from_slice(row(id).as_bytes());
    }
    block
}

fn csv(id: usize) -> String {
    format!(
        "{id},https://example.com/pages/{}/{id}?q=redshift,{}.25,2015-07-01 10:20:30,true\n",
        id % 97,
        id % 1000
    )
}

fn json(id: usize) -> String {
    format!(
        "{{\"id\": {id}, \"url\": \"https://example.com/pages/{}/{id}?q=redshift\", \"price\": {}.25, \
         \"at\": \"2015-07-01T10:20:30Z\", \"ok\": true, \"extra\": {{\"a\": [1, 2]}}}}\n",
        id % 97,
        id % 1000
    )
}

fn gzip(block: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(block).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

struct Case {
    name: &'static str,
    /// What is read, and the options.
    source: &'static str,
    /// Of text, not packed.
    megabytes: f64,
}

#[tokio::main]
async fn main() {
    let (csv, json) = (Arc::new(block(csv)), Arc::new(block(json)));
    let packed = Arc::new(gzip(&json));
    let object = |key: &str, block: &Arc<Vec<u8>>, times| Object {
        key: key.to_owned(),
        block: Arc::clone(block),
        times,
    };
    // A hundredth of a block is no whole number of rows; the first rows are.
    let few =
        csv.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1_000).map_or(0, |(at, _)| at + 1);
    let few = Arc::new(csv[..few].to_vec());
    let mut objects = vec![
        object("json.gz", &packed, 200),
        object("200.csv", &csv, 200),
        object("2000.csv", &csv, 2_000),
        object("one.csv", &few, 1_000),
    ];
    objects.extend((0..1_000).map(|place| object(&format!("many/{place:04}.csv"), &few, 1)));
    let entries: Vec<String> = (0..1_000)
        .map(|place| format!("{{\"url\":\"s3://b/many/{place:04}.csv\",\"mandatory\":true}}"))
        .collect();
    let manifest = format!("{{\"entries\":[{}]}}", entries.join(","));
    objects.push(object("manifest", &Arc::new(manifest.into_bytes()), 1));

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
    let megabytes = |block: &Vec<u8>, times: usize| (block.len() * times) as f64 / 1e6;
    let cases = [
        Case {
            name: "JSON 'auto', gzip",
            source: "json.gz' IAM_ROLE default JSON 'auto' GZIP TIMEFORMAT 'auto'",
            megabytes: megabytes(&json, 200),
        },
        Case { name: "CSV", source: "200.csv' IAM_ROLE default CSV", megabytes: megabytes(&csv, 200) },
        Case {
            name: "CSV, one file",
            source: "one.csv' IAM_ROLE default CSV",
            megabytes: megabytes(&few, 1_000),
        },
        Case {
            name: "CSV, 1,000 files",
            source: "manifest' IAM_ROLE default CSV MANIFEST",
            megabytes: megabytes(&few, 1_000),
        },
        Case {
            name: "CSV, 2 GB, NOLOAD",
            source: "2000.csv' IAM_ROLE default CSV NOLOAD",
            megabytes: megabytes(&csv, 2_000),
        },
        Case {
            name: "CSV, 2 GB",
            source: "2000.csv' IAM_ROLE default CSV",
            megabytes: megabytes(&csv, 2_000),
        },
    ];

    let program = Program::start(&bucket::serve(objects, PAUSE));
    let client = program.connect().await;
    println!("{:20} {:>8} {:>8} {:>8} {:>12} {:>10}", "", "MB", "s", "MB/s", "MB/s of CPU", "peak MiB");
    for Case { name, source, megabytes } in cases {
        client.batch_execute("DROP TABLE IF EXISTS t").await.expect("it can be dropped");
        client.batch_execute(TABLE).await.expect("it can be made");
        let before = program.processor_seconds();
        let start = tokio::time::Instant::now();
        client.batch_execute(&format!("COPY t FROM 's3://b/{source}")).await.expect("it loads");
        let seconds = start.elapsed().as_secs_f64();
        let busy = program.processor_seconds() - before;
        println!(
            "{name:20} {megabytes:8.0} {seconds:8.2} {:8.0} {:12.0} {:10}",
            megabytes / seconds,
            megabytes / busy,
            program.peak_mebibytes()
        );
    }
}
