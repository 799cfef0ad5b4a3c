//! Golden plans of formats: how each finds its columns, what COPY is told, and what is refused before it.
//!
//! `UPDATE_EXPECT=1 cargo test golden` rewrites the files after a wanted change.

use expect_test::{ExpectFile, expect_file};

use s3_to_redshift::model::copy_template::{CopyTemplate, TemplateName};
use s3_to_redshift::model::file_terms::FileTerms;
use s3_to_redshift::model::object::ObjectUri;
use s3_to_redshift::model::zone::Zone;
use s3_to_redshift::plan::data_set::{DataForm, DataSet, Look, Seen, SeenKeys};
use s3_to_redshift::plan::input::PlanningInput;
use s3_to_redshift::source::head::avro::AvroField;
use s3_to_redshift::source::head::keys::Keys;
use s3_to_redshift::source::parquet::columns::{Kind, ParquetColumn};

use crate::golden_plans::{CONFIG, check_files, data, input, object, said};

/// A new table from a file with this suffix.
fn file(suffix: &str) -> PlanningInput {
    let chosen = object(&format!("s3://analytics/api_hits_pages_2015-07-01T00:00:00Z.{suffix}"));
    PlanningInput { chosen, ..input(CONFIG) }
}

fn seen(input: &PlanningInput, form: DataForm, seen: Option<Seen>) -> DataSet {
    let look = seen.map(|seen| Look { file: input.chosen.uri.clone(), seen });
    DataSet { look, ..data(input, form) }
}

/// The plan for a file with this suffix of which the message says something, and in which this is seen.
fn check(suffix: &str, say: impl FnOnce(&mut FileTerms), look: Option<Seen>, expected: &ExpectFile) {
    let mut input = file(suffix);
    said(&mut input, |terms| say(&mut terms.files));
    check_files(&input, &seen(&input, DataForm::LoneObject, look), expected);
}

fn header(names: &[&str]) -> Option<Seen> {
    Some(Seen::Header(names.iter().map(|name| (*name).to_owned()).collect()))
}

fn parquet(columns: &[(&str, Kind, &str)]) -> Option<Seen> {
    Some(Seen::Parquet(columns_of(columns)))
}

fn columns_of(columns: &[(&str, Kind, &str)]) -> Vec<ParquetColumn> {
    let column = |(name, kind, written): &(&str, Kind, &str)| ParquetColumn {
        name: (*name).to_owned(),
        kind: *kind,
        is_nullable: true,
        written: (*written).to_owned(),
    };
    columns.iter().map(column).collect()
}

const ID: (&str, Kind, &str) = ("id", Kind::Integer { bits: 64, is_signed: true }, "OPTIONAL INT64 id");
const TIME: (&str, Kind, &str) =
    ("time", Kind::Timestamp { is_instant: true }, "OPTIONAL INT64 time (TIMESTAMP(MICROS,true))");

fn keys(objects: &str) -> Option<Seen> {
    let mut keys = Keys::default();
    keys.look(0, objects.as_bytes());
    Some(Seen::Keys(SeenKeys {
        keys,
        files: vec![object("s3://analytics/part-0.json").uri],
        unseen: None,
        odd: None,
    }))
}

fn skips_one(files: &mut FileTerms) {
    files.ignore_header = Some(1);
}

#[tokio::test]
async fn csv_with_a_header_lists_its_columns_in_their_order() {
    check("csv.gz", skips_one, header(&["time", "ID"]), &expect_file!["../golden/plans/csv_header.txt"]);
}

#[tokio::test]
async fn csv_without_one_goes_by_the_order_of_the_config() {
    check("csv", |_| {}, None, &expect_file!["../golden/plans/csv_by_position.txt"]);
}

#[tokio::test]
async fn a_header_for_people_is_no_mapping() {
    let look = header(&["id", "Time of day", "Address"]);
    check("csv", skips_one, look, &expect_file!["../golden/plans/csv_header_for_people.txt"]);
}

#[tokio::test]
async fn a_header_with_a_column_that_the_config_lacks_is_refused_by_its_name() {
    let look = header(&["id", "time", "url", "referer"]);
    check("csv", skips_one, look, &expect_file!["../golden/plans/csv_unknown_column.txt"]);
    check("csv", skips_one, header(&["time", "url"]), &expect_file!["../golden/plans/csv_needed_column.txt"]);
}

#[tokio::test]
async fn a_file_with_a_column_that_redshift_numbers_is_refused_and_one_without_it_is_loaded() {
    let config = CONFIG.replace("  meta:", "    - {dest: n, type: bigint, identity: true}\n  meta:");
    let mut input = PlanningInput { spec: input(&config).spec, ..file("csv.gz") };
    said(&mut input, |terms| terms.files.ignore_header = Some(1));
    for (names, expected) in [
        (&["id", "time", "N"][..], expect_file!["../golden/plans/csv_identity_column.txt"]),
        (&["time", "id", "url"][..], expect_file!["../golden/plans/csv_beside_an_identity.txt"]),
    ] {
        let data = seen(&input, DataForm::LoneObject, header(names));
        check_files(&input, &data, &expected);
    }
}

#[tokio::test]
async fn csv_with_options_says_them_in_one_order() {
    let say = |files: &mut FileTerms| {
        files.read_delimiter(";").unwrap();
        let options =
            ["TRIMBLANKS", "NULL AS '\\N'", "QUOTE '%'", "DATEFORMAT 'DD.MM.YYYY'", "ENCODING UTF16"];
        files.read_copy_options(options).unwrap();
    };
    check("csv.zst", say, None, &expect_file!["../golden/plans/csv_options.txt"]);
}

/// The plan for a file with this suffix, whose config names a template that Redshift shows so.
fn check_template(suffix: &str, shown: &str, look: Option<Seen>, expected: &ExpectFile) {
    let mut input = file(suffix);
    let name = TemplateName::parse("etl.conventions").unwrap();
    let shown = format!("CREATE OR REPLACE TEMPLATE dev.etl.conventions FOR COPY AS {shown};");
    input.settings.files.template = Some(CopyTemplate::read(name, &shown).unwrap());
    check_files(&input, &seen(&input, DataForm::LoneObject, look), expected);
}

#[tokio::test]
async fn a_template_says_what_nobody_else_does_and_is_named_last() {
    let shown = r"DATEFORMAT 'DD.MM.YYYY' FORMAT AS CSV NULL '\\N' IGNOREHEADER 1 BLANKSASNULL DELIMITER ';'";
    let look = header(&["time", "id", "url"]);
    check_template("csv.gz", shown, look, &expect_file!["../golden/plans/template.txt"]);
    check_template(
        "orc",
        "COMPUPDATE OFF",
        None,
        &expect_file!["../golden/plans/template_not_of_format.txt"],
    );
    check_template("parquet", "ACCEPTINVCHARS", None, &expect_file!["../golden/plans/template_parquet.txt"]);
}

#[tokio::test]
async fn a_template_that_would_lose_rows_in_silence_is_refused() {
    let shown = "FORMAT AS CSV MAXERROR 100 IGNOREALLERRORS NOLOAD GZIP";
    check_template("csv", shown, None, &expect_file!["../golden/plans/template_refused.txt"]);
}

#[tokio::test]
async fn delimited_is_what_unload_writes() {
    let delimited = |files: &mut FileTerms| files.read_format("delimited").unwrap();
    check("gz", delimited, None, &expect_file!["../golden/plans/delimited.txt"]);
    let tabs = |files: &mut FileTerms| {
        files.read_delimiter("\\t").unwrap();
        files.escape = Some(false);
    };
    check("tsv.bz2", tabs, None, &expect_file!["../golden/plans/delimited_tabs.txt"]);
}

#[tokio::test]
async fn fixed_width_is_an_option() {
    let say = |files: &mut FileTerms| {
        files.read_copy_options(["FIXEDWIDTH 'id:8,time:19,url:200'", "TRIMBLANKS"]).unwrap();
    };
    check("txt", say, None, &expect_file!["../golden/plans/fixed_width.txt"]);
}

#[tokio::test]
async fn json_by_paths_lists_the_columns_of_the_config() {
    let say = |files: &mut FileTerms| files.read_json_paths("s3://analytics/paths.json").unwrap();
    let paths = ObjectUri::parse("s3://analytics/paths.json").unwrap();
    for (count, expected) in [
        (3, expect_file!["../golden/plans/json_paths.txt"]),
        (2, expect_file!["../golden/plans/json_paths_too_few.txt"]),
    ] {
        let mut input = file("json.gz");
        said(&mut input, |terms| say(&mut terms.files));
        let look = Look { file: paths.clone(), seen: Seen::Paths(count) };
        let data = DataSet { look: Some(look), ..data(&input, DataForm::LoneObject) };
        check_files(&input, &data, &expected);
    }
}

#[tokio::test]
async fn avro_goes_by_name_and_its_instants_need_utc() {
    let field = |kind: &str| AvroField {
        name: "time".to_owned(),
        kind: kind.to_owned(),
        is_nullable: true,
        is_instant: true,
    };
    let look = Some(Seen::Avro(vec![field("timestamp-millis")]));
    check("avro", |_| {}, look.clone(), &expect_file!["../golden/plans/avro.txt"]);
    let finer = Some(Seen::Avro(vec![field("timestamp-micros")]));
    check("avro", |_| {}, finer, &expect_file!["../golden/plans/avro_microseconds.txt"]);
    let mut local = file("avro");
    said(&mut local, |terms| terms.zone = Some(Zone::parse("Europe/Berlin").unwrap()));
    let data = seen(&local, DataForm::LoneObject, look);
    check_files(&local, &data, &expect_file!["../golden/plans/avro_instants.txt"]);
}

#[tokio::test]
async fn numbers_since_1970_are_instants_in_any_format() {
    let say = |files: &mut FileTerms| files.read_copy_options(["TIMEFORMAT 'epochsecs'"]).unwrap();
    let mut local = file("json.gz");
    said(&mut local, |terms| {
        terms.zone = Some(Zone::parse("Europe/Berlin").unwrap());
        say(&mut terms.files);
    });
    let local_data = data(&local, DataForm::LoneObject);
    check_files(&local, &local_data, &expect_file!["../golden/plans/epoch_instants.txt"]);
}

#[tokio::test]
async fn parquet_lists_its_columns_and_knows_its_sizes() {
    check("parquet", |_| {}, parquet(&[TIME, ID]), &expect_file!["../golden/plans/parquet.txt"]);
    let input = file("parquet");
    let data = seen(&input, DataForm::ObjectWithLongerNeighbours, parquet(&[ID, TIME]));
    check_files(&input, &data, &expect_file!["../golden/plans/parquet_manifest.txt"]);
}

#[tokio::test]
async fn parquet_that_does_not_fit_is_refused_with_a_clause_for_each_column() {
    let look = parquet(&[
        ("id", Kind::Text, "OPTIONAL BYTE_ARRAY id (STRING)"),
        TIME,
        ("referer", Kind::Text, "OPTIONAL BYTE_ARRAY referer (STRING)"),
    ]);
    check("parquet", |_| {}, look, &expect_file!["../golden/plans/parquet_does_not_fit.txt"]);
}

#[tokio::test]
async fn instants_of_parquet_do_not_go_into_wall_time_of_another_zone() {
    let mut local = file("parquet");
    said(&mut local, |terms| terms.zone = Some(Zone::parse("Europe/Berlin").unwrap()));
    let data = seen(&local, DataForm::LoneObject, parquet(&[ID, TIME]));
    check_files(&local, &data, &expect_file!["../golden/plans/parquet_instants.txt"]);
}

const ORC_ID: (&str, Kind, &str) = ("id", Kind::Integer { bits: 64, is_signed: true }, "id bigint");
const ORC_TIME: (&str, Kind, &str) = ("time", Kind::Timestamp { is_instant: false }, "time timestamp");

#[tokio::test]
async fn orc_lists_its_columns_as_parquet_does() {
    let orc = |columns: &[(&str, Kind, &str)]| Some(Seen::Orc(columns_of(columns)));
    check("orc", |_| {}, orc(&[ORC_TIME, ORC_ID]), &expect_file!["../golden/plans/orc.txt"]);
    let other = orc(&[("id", Kind::Text, "id string"), ORC_TIME, ("referer", Kind::Text, "referer string")]);
    check("orc", |_| {}, other, &expect_file!["../golden/plans/orc_does_not_fit.txt"]);
}

#[tokio::test]
async fn orc_of_hive_without_names_goes_by_position_when_its_columns_are_as_many() {
    let columns = [
        ("_col0", ORC_ID.1, "_col0 bigint"),
        ("_col1", ORC_TIME.1, "_col1 timestamp"),
        ("_col2", Kind::Text, "_col2 string"),
    ];
    let orc = |columns: &[(&str, Kind, &str)]| Some(Seen::Orc(columns_of(columns)));
    check("orc", |_| {}, orc(&columns), &expect_file!["../golden/plans/orc_numbered.txt"]);
    check("orc", |_| {}, orc(&columns[..2]), &expect_file!["../golden/plans/orc_numbered_too_few.txt"]);
    let other = [columns[0], ("_col1", Kind::Text, "_col1 string"), columns[2]];
    check("orc", |_| {}, orc(&other), &expect_file!["../golden/plans/orc_numbered_does_not_fit.txt"]);
}

#[tokio::test]
async fn orc_that_could_not_be_looked_at_goes_by_the_order_of_the_config() {
    check("orc", |_| {}, Some(Seen::Packed), &expect_file!["../golden/plans/orc_unseen.txt"]);
}

#[tokio::test]
async fn avro_of_what_copy_does_not_read_is_refused_before_it() {
    let field = |name: &str, kind: &str| AvroField {
        name: name.to_owned(),
        kind: kind.to_owned(),
        is_nullable: true,
        is_instant: kind.starts_with("timestamp-"),
    };
    let look = Some(Seen::Avro(vec![field("time", "timestamp-micros")]));
    check("avro", |_| {}, look, &expect_file!["../golden/plans/avro_microseconds.txt"]);
    let look = Some(Seen::Avro(vec![field("time", "date")]));
    check("avro", |_| {}, look, &expect_file!["../golden/plans/avro_days.txt"]);
    let look = Some(Seen::Avro(vec![field("time", "timestamp-millis"), field("seen", "long")]));
    let config = CONFIG.replace("  meta:", "    - {dest: seen, type: timestamp}\n  meta:");
    let mixed = PlanningInput { spec: input(&config).spec, ..file("avro") };
    let data = seen(&mixed, DataForm::LoneObject, look);
    check_files(&mixed, &data, &expect_file!["../golden/plans/avro_mixed_times.txt"]);
}

#[tokio::test]
async fn what_does_not_go_together_is_refused_by_the_names_of_fields() {
    let say = |files: &mut FileTerms| {
        files.read_delimiter(";").unwrap();
        files.ignore_header = Some(1);
        files.read_copy_options(["ESCAPE"]).unwrap();
    };
    check("parquet", say, None, &expect_file!["../golden/plans/conflicting_fields.txt"]);
}

#[tokio::test]
async fn a_name_that_says_no_format_asks_for_the_field() {
    check("txt", |_| {}, None, &expect_file!["../golden/plans/no_format.txt"]);
}

#[tokio::test]
async fn json_with_fields_that_the_config_lacks_is_loaded_refused_or_kept_whole() {
    let objects = r#"{"id": 1, "time": "2015-07-01T00:00:00Z", "user": {"a": 1}, "Url": "x"}"#;
    for (drift, expected) in [
        ("report", expect_file!["../golden/plans/drift_report.txt"]),
        ("refuse", expect_file!["../golden/plans/drift_refuse.txt"]),
        ("rescue", expect_file!["../golden/plans/drift_rescue.txt"]),
    ] {
        let config = CONFIG.replace("datadatecolumn: time", &format!("datadatecolumn: time, drift: {drift}"));
        let input = PlanningInput { spec: input(&config).spec, ..file("json.gz") };
        check_files(&input, &seen(&input, DataForm::LoneObject, keys(objects)), &expected);
    }
}
