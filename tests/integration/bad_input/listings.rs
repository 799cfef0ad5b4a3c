//! Buckets in which the file of a table is hard to find, or not there.

use expect_test::expect_file;
use s3_to_redshift::model::shown::shown;

use crate::bad_input::{Case, check};
use crate::support::scenario::Scenario;
use crate::support::table;

/// The date of all rows; names that say another one would load rows of a wrong date, which is the producer's affair.
const DATE: &str = "2015-07-01T00:00:00Z";

/// Keys of one table each. `$s` stands for its schema, `$t` for its name.
const LISTINGS: [&[&str]; 60] = [
    &[],
    &["$s_$t_2015-07-01T00:00:00Z.json"],
    &["$s_$t_2015-07-01T00:00:00Z.JSON"],
    &["$s_$t_2015-07-01T00:00:00Z"],
    &["$s_$t_2015-07-01T00:00:00Z."],
    &["$s_$t_2015-07-01T00:00:00Z.json.gz.tmp"],
    &["$s_$t_2015-07-01T00:00:00Z.json.part"],
    &["$s_$t_2015-07-01T00:00:00Z..json"],
    &["$s_$t_2015-07-01T00:00:00Z.json/"],
    &["$s_$t_2015-07-01T00:00:00Z.json/part-0"],
    &["$s_$t_2015-07-01.json"],
    &["$s_$t_2015-07-01T00:00:00.json"],
    &["$s_$t_2015-07-01 00:00:00Z.json"],
    &["$s_$t_20150701T000000Z.json"],
    &["$s_$t_2015-7-1T00:00:00Z.json"],
    &["$s_$t_2015-13-01T00:00:00Z.json"],
    &["$s_$t_2015-02-29T00:00:00Z.json"],
    &["$s_$t_1435708800.json"],
    &["$s_$t_.json"],
    &["$s_$t.json"],
    &["$s_$t_latest.json"],
    &["$s-$t-2015-07-01T00:00:00Z.json"],
    &["$s.$t_2015-07-01T00:00:00Z.json"],
    &["$s__$t_2015-07-01T00:00:00Z.json"],
    &["$s_$tx_2015-07-01T00:00:00Z.json"],
    &["$s_$t_x_2015-07-01T00:00:00Z.json"],
    &["x_$s_$t_2015-07-01T00:00:00Z.json"],
    &["config_$s_$t_2015-07-01T00:00:00Z.json"],
    &["backup/$s_$t_2015-07-01T00:00:00Z.json"],
    &["/$s_$t_2015-07-01T00:00:00Z.json"],
    &["./$s_$t_2015-07-01T00:00:00Z.json"],
    &["$s/$t/$s_$t_2015-07-01T00:00:00Z.json"],
    &["$s/$t/_data_timestamp_year=2015/$s_$t_2015-07-01T00:00:00Z.json"],
    &["$s/$t/_data_timestamp_year=2015/_data_timestamp_month=07/$s_$t_2015-07-01T00:00:00Z.json"],
    &[
        "$s/$t/_data_timestamp_year=2015/_data_timestamp_month=7/_data_timestamp_day=1/$s_$t_2015-07-01T00:00:00Z.json",
    ],
    &[
        "$s/$t/_data_timestamp_year=2015/_data_timestamp_month=07/_data_timestamp_day=01/$s_$t_2015-07-01T00:00:00Z.json",
    ],
    &[
        "$s/$t/_data_timestamp_year=2015/_data_timestamp_month=07/_data_timestamp_day=01/x/$s_$t_2015-07-01T00:00:00Z.json",
    ],
    &["$s/$t/year=2015/month=07/day=01/$s_$t_2015-07-01T00:00:00Z.json"],
    &[
        "$s/other/_data_timestamp_year=2015/_data_timestamp_month=07/_data_timestamp_day=01/$s_$t_2015-07-01T00:00:00Z.json",
    ],
    &["$s_$t_2015-07-01T00:00:00Z.csv"],
    &["$s_$t_2015-07-01T00:00:00Z.parquet"],
    &["$s_$t_2015-07-01T00:00:00Z.json", "$s_$t_2015-07-02T00:00:00Z.csv.gz"],
    &["$s_$t_2015-07-01T00:00:00Z.json", "$s_$t_2015-07-02T00:00:00Z.xlsx"],
    &["$s_$t_2015-07-01T00:00:00Z.json", "$s_$t_2015-07-02.json"],
    &["$s_$t_2015-07-01T00:00:00Z.json", "$s_$t_x_2015-07-02T00:00:00Z.json"],
    &["$s_$t_2015-07-01T00:00:00Z.json", "$s_$t_2015-07-01T00:00:00Z.json.bak"],
    &[
        "$s_$t_2015-07-01T00:00:00Z.json",
        "$s_$t_2015-07-01T00:00:00Z.json.md5",
        "$s_$t_2015-07-01T00:00:00Z.json_SUCCESS",
    ],
    &[
        "$s_$t_2015-07-01T00:00:00Z.json",
        "$s_$t_2015-06-30T00:00:00Z.json",
        "$s_$t_1970-01-01T00:00:00Z.json",
    ],
    &["$s_$t_2015-07-01T02:00:00+02:00.json"],
    &["$s_$t_2015-07-01T00:00:00.000Z.json"],
    &["$s_$t_2015-07-01T00:00:00.000000000Z.json"],
    &["$s_$t_2015-07-01t00:00:00z.json"],
    &["$s_$t_2015-07-01T00:00:00Z.json", "$s_$t_2015-07-01T00:00:00+00:00.json"],
    &["$s_$t_2015-07-01T00%3A00%3A00Z.json"],
    &["$s_$t_2015-07-01T00:00:00Z .json"],
    &["s_t_2015-07-01T00:00:00Z.json", "$s_$t_2015-07-01T00:00:00Z.json"],
    &["$s_$t_2015-07-01T00:00:00Z.json", "$s_$t_\u{1}2015-07-02T00:00:00Z.json"],
    &["$s_$t_2015-07-01T00:00:00Z.json", "$s_$t_2015-07-02T00:00:00Z.json\n"],
    &["$s_$t_2015-07-01T00:00:00Z\u{1b}[31m.json"],
    &["$s_$t_2015-07-01T00:00:00+00:00.json", "$s_$t_2015-07-02T00:00:00 00:00.json"],
];

#[tokio::test]
async fn every_odd_listing_ends_where_the_readme_says() {
    let scenario = Scenario::new().await;
    let mut cases = Vec::new();
    for (number, keys) in LISTINGS.iter().enumerate() {
        let name = format!("list{number}");
        for key in *keys {
            let real = key.replace("$s", &scenario.name).replace("$t", &name);
            scenario.put(&real, table::rows(DATE, [7])).await;
        }
        let config = table::config_of(&scenario.name, &name, &["{dest: id, type: bigint}"]);
        scenario.put(&format!("{name}.yml"), config).await;
        let body =
            scenario.message_for(&[&name], &format!(r#""config": "s3://{}/{name}.yml""#, scenario.name));
        cases.push(Case { name: format!("{number}: {}", shown(&keys.join(" "))), body });
    }
    assert!(cases.len() >= 50, "only {} listings", cases.len());
    check(&scenario, cases, &expect_file!["../../golden/bad_input/listings.txt"]).await;
}
