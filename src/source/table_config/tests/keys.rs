//! Keys that are known, nearly known, known to later versions, and not known at all.

use super::*;
use crate::model::after_work::AfterWork;
use crate::model::format::Format;
use crate::model::granularity::Granularity;
use crate::model::load_mode::LoadMode;
use crate::model::own_sql::OwnStatement;
use crate::model::table::{FutureRows, KeyCase, OutsideRows};

#[test]
fn a_near_miss_of_a_known_key_is_refused_with_the_right_spelling() {
    problems(
        &with_column(
            "{dest: x, type: int, notNull: true, distKey: no, defaultVal: 0, notnul: 1, primary_key: 1, sortOrd: 2}",
        ),
        &expect![[r#"
            column `x`: `notNull` (line 8) must be written `notnull`
            column `x`: `defaultVal` (line 8) must be written `defaultval`
            column `x`: `notnul` (line 8) must be written `notnull`
            column `x`: `primary_key` (line 8) must be written `primarykey`
            column `x`: `sortOrd` (line 8) must be written `sortord`"#]],
    );
    problems(
        &with_meta(", dataDateColumn: time, Schema: x, future_row: allow, statUpdate: on"),
        &expect![[r#"
            `meta.dataDateColumn` (line 8) must be written `datadatecolumn`
            `meta.Schema` (line 8) must be written `schema`
            `meta.future_row` (line 8) must be written `future_rows`
            `meta.statUpdate` (line 8) must be written `statupdate`"#]],
    );
    problems(
        &format!("{EXAMPLE}  Columns: []\n  Meta: {{}}\n"),
        &expect![[r#"
            `Columns` (line 9) must be written `columns`
            `Meta` (line 10) must be written `meta`"#]],
    );
    problems(
        &EXAMPLE.replace("dest: pages", "Dest: pages"),
        &expect!["it has no entry with `dest: pages`; `Dest` on line 3 must be written `dest`"],
    );
    problems(
        &with_column("{Dest: x, tpye: int, sortkey: 1, default: 0}"),
        &expect![[r#"
            column 4: `Dest` (line 8) must be written `dest`
            column 4: `tpye` (line 8) must be written `type`
            column 4: `sortkey` (line 8) must be written `sortord`
            column 4: `default` (line 8) must be written `defaultval`"#]],
    );
}

#[test]
fn words_that_ask_for_what_a_key_of_ours_does_are_refused_with_the_key() {
    problems(
        &with_meta(", cut: refuse, merge: true, vacuum: true, truncatecolumns: true, dedup: true"),
        &expect![[r#"
            `meta.cut` (line 8) must be written `cuts`
            `meta.merge` (line 8) must be written `mode: merge`
            `meta.vacuum` (line 8) must be written `after: [vacuum]`
            `meta.truncatecolumns` (line 8) must be written `cuts`
            `meta.dedup` (line 8) must be written `duplicates`"#]],
    );
    let passed_over = meant(&with_meta(", merge: false, vacuum: false, upsert: null")).passed_over;
    assert_eq!(passed_over, ["meta.merge", "meta.vacuum", "meta.upsert"], "they ask for nothing");
}

#[test]
fn other_keys_are_passed_over_and_listed() {
    let text = with_column("{dest: x, type: int, source: _id, desc: a note}")
        .replace("datadatecolumn: time", "datadatecolumn: time, owner: web, team: a")
        .replace("pages:\n  dest: pages", "pages:\n  dest: pages\n  \"a\\tnote\": [1, 2]");
    assert_eq!(
        meant(&text).passed_over,
        [r"a\tnote", "columns[3].source", "columns[3].desc", "meta.owner", "meta.team"]
    );
    assert_eq!(meant(EXAMPLE).passed_over, [] as [&str; 0]);
}

#[test]
fn the_cadence_is_a_duration_that_can_be_one() {
    let cadence = |meta: &str| meant(&with_meta(meta)).options.cadence.map(|cadence| cadence.as_secs());
    assert_eq!(cadence(", cadence: 6h"), Some(6 * 3600));
    assert_eq!(cadence(", cadence: ~"), None);
    problems(
        &with_meta(", cadence: daily"),
        &expect![
            "`meta.cadence` must say how often new data is due, such as `1d` or `6h`, from a minute to 366 days, not daily"
        ],
    );
    problems(&with_meta(", cadance: 1d"), &expect!["`meta.cadance` (line 8) must be written `cadence`"]);
}

#[test]
fn the_list_of_what_was_passed_over_is_bounded() {
    let keys: String = (0..100).map(|number| format!(", {}{number}: x", "k".repeat(1000))).collect();
    let passed_over = meant(&with_column(&format!("{{dest: x, type: int{keys}}}"))).passed_over;
    assert_eq!(passed_over.len(), 21);
    assert_eq!(passed_over[20], "and 80 more");
    assert!(passed_over.iter().all(|path| path.len() < 200), "{passed_over:?}");
}

#[test]
fn keys_of_later_versions_are_refused_unless_they_ask_for_nothing() {
    let nothing = ", duplicates: refuse, cuts: allow, \
                   rewritten: park, pre_sql: [], post_sql: ~, after: [], parts: 1, diststyle: key, \
                   sortstyle: compound, copy_options: []";
    meant(&with_meta(nothing));
    problems(
        &with_meta(", role: x, rewritten: sometimes, after: [vacuum, vacuum]"),
        &expect![[r#"
            `meta.role` is not supported yet; remove it
            `meta.rewritten` must be park or append or replace, not `sometimes`
            `meta.after` must be a list of analyze and vacuum, each once"#]],
    );
}

#[test]
fn own_sql_is_judged_when_it_is_read_and_every_problem_names_its_statement() {
    let own = meant(&with_meta(
        ", pre_sql: ['DELETE FROM s.stage;'], post_sql: [INSERT INTO s.audit SELECT 1, \"SELECT 2\"]",
    ));
    let texts = |list: &[OwnStatement]| list.iter().map(|own| own.text().to_owned()).collect::<Vec<_>>();
    assert_eq!(texts(&own.options.own_sql.pre), ["DELETE FROM s.stage"]);
    assert_eq!(texts(&own.options.own_sql.post), ["INSERT INTO s.audit SELECT 1", "SELECT 2"]);
    problems(
        &with_meta(", pre_sql: [SELECT 1, TRUNCATE s.stage, 'SELECT 1; COMMIT', {a: b}], post_sql: SELECT 1"),
        &expect![[r#"
            `meta.pre_sql` statement 2 (`TRUNCATE s.stage`) begins with TRUNCATE, which commits the load's transaction or ends it; write DELETE FROM, which is rolled back with the load
            `meta.pre_sql` statement 3 (`SELECT 1; COMMIT`) is more than one statement; write each as an item of the list
            `meta.pre_sql` statement 4 must be a text, not a map
            `meta.post_sql` must be a list of statements, not `SELECT 1`"#]],
    );
    let many = "x, ".repeat(21);
    problems(
        &with_meta(&format!(", post_sql: [{many}]")),
        &expect!["`meta.post_sql` has 21 statements; at most 20 are taken"],
    );
}

#[test]
fn what_comes_after_a_load_is_a_list_of_words() {
    assert_eq!(
        meant(&with_meta(", after: [vacuum, analyze]")).options.after,
        [AfterWork::Vacuum, AfterWork::Analyze]
    );
    for odd in ["analyze", "[analyse]", "[analyze, analyze]", "[ANALYZE]", "{analyze: true}", "[[analyze]]"] {
        problems(
            &with_meta(&format!(", after: {odd}")),
            &expect!["`meta.after` must be a list of analyze and vacuum, each once"],
        );
    }
}

#[test]
fn a_window_and_a_mode_may_stand_in_meta() {
    let options =
        meant(&with_meta(", granularity: hour, timezone: Asia/Kolkata, mode: replace, outside: allow"))
            .options;
    assert_eq!((options.granularity, options.mode), (Some(Granularity::Hour), Some(LoadMode::Replace)));
    assert_eq!(options.zone.map(|zone| zone.to_string()).as_deref(), Some("Asia/Kolkata"));
    assert_eq!(options.outside, Some(OutsideRows::Allowed));
    problems(
        &with_meta(", granularity: week, timezone: Berlin, mode: merge, outside: drop"),
        &expect![[r#"
            `meta.outside` must be refuse or allow, not `drop`
            `meta.granularity` must be exact or hour or day or stream, not `week`
            `meta.timezone`: `Berlin` is not an IANA time zone such as Europe/Berlin"#]],
    );
}

#[test]
fn a_template_is_named_with_or_without_its_schema() {
    let named = |name: &str| meant(&with_meta(&format!(", template: {name}"))).options.template;
    assert_eq!(named("Conventions").map(|name| name.to_string()).as_deref(), Some("conventions"));
    assert_eq!(named("etl.conventions").map(|name| name.to_string()).as_deref(), Some("etl.conventions"));
    assert_eq!(named("~"), None);
    problems(
        &with_meta(", template: dev.etl.conventions"),
        &expect![
            "`meta.template`: `dev.etl.conventions` must be `name` or `schema.name`: a template of another database cannot be used"
        ],
    );
    problems(&with_meta(", template: [a]"), &expect!["`meta.template` must be one value, not a list"]);
}

#[test]
fn how_files_are_written_may_stand_in_meta() {
    let more = r#", format: csv, delimiter: "\\t", ignore_header: 1, json_paths: s3://b/p.json, copy_options: ["NULL AS 'x'"], escape: false"#;
    let files = meant(&with_meta(more)).options.files;
    assert_eq!((files.format, files.ignore_header, files.escape), (Some(Format::Csv), Some(1), Some(false)));
    assert_eq!(files.delimiter.map(|delimiter| delimiter.as_str().to_owned()).as_deref(), Some("\t"));
    assert!(files.json_paths.is_some() && files.copy_options.is_some());
    problems(
        &with_meta(
            ", format: tsv, delimiter: '', json_paths: p.json, ignore_header: x, copy_options: {a: b}",
        ),
        &expect![[r#"
            `meta.format` must be one of json, csv, delimited, avro, parquet, orc, not `tsv`
            `meta.delimiter`: `` is not a delimiter: write one to four ASCII characters, such as `|`, `|~|`, `\t` or `\001`
            `meta.json_paths`: `p.json` is not an object address such as s3://bucket/key
            `meta.ignore_header` must be a whole number, not `x`
            `meta.copy_options` must be a list of texts, one for each option"#]],
    );
    problems(
        &with_meta(", copy_options: [GZIP, NOLOAD]"),
        &expect![[r#"
        `meta.copy_options`: GZIP cannot be given, the suffix of the file says it; remove it
        `meta.copy_options`: NOLOAD cannot be given, nothing would be loaded, and the ledger would say that it was; remove it"#]],
    );
}

#[test]
fn future_rows_and_statupdate_are_acted_on() {
    assert_eq!(meant(EXAMPLE).options, TableOptions::default());
    let options = |more: &str| meant(&with_meta(more)).options;
    assert_eq!(options(", future_rows: allow").future_rows, FutureRows::Allowed);
    assert_eq!(options(", future_rows: refuse").future_rows, FutureRows::Refused);
    for on in ["on", "On", "true", "yes", "'on'", "ON"] {
        assert_eq!(options(&format!(", statupdate: {on}")).statupdate, Some(true), "{on}");
    }
    for off in ["off", "OFF", "false", "no", "\"off\""] {
        assert_eq!(options(&format!(", statupdate: {off}")).statupdate, Some(false), "{off}");
    }
    assert_eq!(options(", statupdate:").statupdate, None);
    problems(
        &with_meta(", future_rows: maybe, statupdate: sometimes"),
        &expect![[r#"
            `meta.future_rows` must be refuse or allow, not `maybe`
            `meta.statupdate` must be on or off, not `sometimes`"#]],
    );
}

#[test]
fn a_name_with_capitals_makes_the_case_of_keys_not_matter() {
    assert_eq!(meant(&with_column("{dest: userId, type: int}")).options.key_case, KeyCase::Ignored);
    assert_eq!(meant(&with_column("{dest: user_id, type: int}")).options.key_case, KeyCase::Lower);
}

#[test]
fn a_number_of_parts_is_a_whole_number_above_0() {
    let parts = |written: &str| meant(&with_meta(&format!(", parts: {written}"))).options.parts;
    assert_eq!((parts("1"), parts("64"), parts("")), (Some(1), Some(64), None));
    assert_eq!(meant(EXAMPLE).options.parts, None);
    problems(
        &with_meta(", parts: 0"),
        &expect!["`meta.parts` must be a number of files, and 0 files make nothing whole"],
    );
    problems(&with_meta(", parts: two"), &expect!["`meta.parts` must be a whole number, not `two`"]);
}
