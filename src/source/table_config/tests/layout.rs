//! How columns are made, packed, spread and ordered, and what may change in a table.

use super::*;
use crate::model::encoding::Encoding;
use crate::model::identity::Identity;
use crate::model::schema_policy::{NarrowColumns, NewColumns};

/// The fourth column, which is this one.
fn column(column: &str) -> crate::model::table::Column {
    meant(&with_column(column)).columns[3].clone()
}

#[test]
fn an_identity_is_said_by_true_or_by_seed_and_step() {
    let identity = |written: &str| column(&format!("{{dest: n, type: bigint, identity: {written}}}"));
    for (written, seed, step) in [("true", 1, 1), ("yes", 1, 1), ("[0, 1]", 0, 1), ("[1000, -5]", 1000, -5)] {
        let made = identity(written);
        assert_eq!(made.default, Identity::new(seed, step).map(ColumnDefault::Identity), "{written}");
        assert!(made.not_null);
    }
    for nothing in ["false", "~"] {
        assert_eq!(identity(nothing).default, None, "{nothing}");
    }
    for wrong in ["1", "'true'", "[1]", "[1, 0]", "[1, 2, 3]", "[a, b]", "[010, 1]", "{seed: 1}", "[1.5, 1]"]
    {
        let text = with_column(&format!("{{dest: n, type: bigint, identity: {wrong}}}"));
        let invalid = parse(&text, &target("api_hits", "pages")).expect_err(wrong).to_string();
        assert!(invalid.contains("`identity` must be true, or a list of two whole numbers"), "{invalid}");
    }
    problems(
        &with_column("{dest: n, type: text, identity: true, defaultval: \"'x'\"}"),
        &expect![[r#"
            column `n`: `identity` is for columns of type int or bigint, not varchar(256)
            column `n`: `identity` and `defaultval` contradict each other, as Redshift makes the values; remove one of the two"#]],
    );
}

#[test]
fn no_file_has_an_identity_column() {
    let spec = meant(&with_column("{dest: n, type: bigint, identity: true}"));
    let of_files: Vec<String> =
        spec.columns_of_files().iter().map(|column| column.name.to_string()).collect();
    assert_eq!(of_files, ["id", "time", "url"]);
    assert_eq!(spec.column_of_field("n"), None);
    let rescuing = with_column("{dest: n, type: bigint, identity: true}")
        .replace("datadatecolumn: time", "datadatecolumn: time, drift: rescue");
    assert_eq!(
        meant(&rescuing).rescue.map(|rescue| rescue.keys),
        Some(vec!["id".into(), "time".into(), "url".into()])
    );
}

#[test]
fn an_encoding_is_one_of_redshifts_words_and_fits_its_type() {
    let encoding = |written: &str| column(&format!("{{dest: x, type: int, encode: {written}}}")).encoding;
    assert_eq!((encoding("zstd"), encoding("AZ64")), (Some(Encoding::Zstd), Some(Encoding::Az64)));
    assert_eq!((encoding("auto"), encoding("~"), encoding("raw")), (None, None, Some(Encoding::Raw)));
    problems(
        &with_column("{dest: x, type: int, encode: gzip}"),
        &expect![
            "column `x`: `encode` must be auto or one of az64, bytedict, delta, delta32k, lzo, mostly8, mostly16, mostly32, raw, runlength, text255, text32k, zstd, not `gzip`"
        ],
    );
    problems(
        &with_column("{dest: x, type: int, encode: text255}"),
        &expect!["column `x`: `encode`: text255 is not for columns of type integer"],
    );
}

const KEYLESS: &str = r#"
pages:
  dest: pages
  columns:
    - {dest: time, type: timestamp}
  meta: {schema: api_hits, datadatecolumn: time}
"#;

fn keyless(more: &str) -> String {
    KEYLESS.replace("datadatecolumn: time", &format!("datadatecolumn: time, {more}"))
}

#[test]
fn rows_are_spread_by_a_key_or_by_a_style() {
    let spread = |more: &str| meant(&keyless(more)).distribution;
    assert_eq!(meant(KEYLESS).distribution, Distribution::Auto);
    assert_eq!(spread("diststyle: auto"), Distribution::Auto);
    assert_eq!(
        (spread("diststyle: even"), spread("diststyle: ALL")),
        (Distribution::Even, Distribution::All)
    );
    let key = Distribution::Key(Ident::new("id").unwrap());
    assert_eq!(meant(&with_meta(", diststyle: key")).distribution, key);
    problems(
        &keyless("diststyle: key"),
        &expect!["`meta.diststyle: key` needs a column that is marked `distkey: true`"],
    );
    problems(
        &with_meta(", diststyle: all"),
        &expect![
            "`meta.diststyle: all` keeps all rows on every node, and column `id` is marked `distkey`; remove one of the two"
        ],
    );
    problems(
        &with_meta(", diststyle: even, sortstyle: zigzag"),
        &expect![[r#"
            `meta.sortstyle` must be compound or interleaved or auto, not `zigzag`
            `meta.diststyle: even` spreads the rows by no key, and column `id` is marked `distkey`; remove one of the two"#]],
    );
    problems(
        &with_meta(", diststyle: auto"),
        &expect![
            "`meta.diststyle: auto` leaves the key to Redshift, and column `id` is marked `distkey`; remove one of the two"
        ],
    );
}

#[test]
fn a_sort_key_is_compound_unless_it_is_said_to_be_interleaved() {
    let time = || vec![Ident::new("time").unwrap()];
    assert_eq!(meant(&with_meta(", sortstyle: compound")).sort_key, SortKey::Compound(time()));
    assert_eq!(meant(&with_meta(", sortstyle: interleaved")).sort_key, SortKey::Interleaved(time()));
    assert_eq!(meant(&keyless("sortstyle: auto")).sort_key, SortKey::AutoOrNone);
    problems(
        &keyless("sortstyle: interleaved"),
        &expect!["`meta.sortstyle` needs columns with a `sortord`, which make the sort key"],
    );
    problems(
        &with_meta(", sortstyle: auto"),
        &expect![
            "`meta.sortstyle: auto` leaves the sort key to Redshift, and columns have a `sortord`; remove one of the two"
        ],
    );
}

#[test]
fn a_sort_key_has_as_many_columns_as_redshift_takes() {
    let sorted = |count: usize, more: &str| {
        let columns: String = (1..=count)
            .map(|number| format!("    - {{dest: c{number}, type: int, sortord: {number}}}\n"))
            .collect();
        keyless(more).replace("  meta:", &format!("{columns}  meta:"))
    };
    meant(&sorted(400, "sortstyle: compound"));
    problems(
        &sorted(401, "sortstyle: compound"),
        &expect!["the sort key has 401 columns; a compound one has at most 400"],
    );
    meant(&sorted(8, "sortstyle: interleaved"));
    problems(
        &sorted(9, "sortstyle: interleaved"),
        &expect!["the sort key has 9 columns; an interleaved one has at most 8"],
    );
}

#[test]
fn what_may_change_in_a_table_is_said_per_kind_of_difference() {
    let policy = |more: &str| meant(&with_meta(more)).options.schema_policy;
    assert_eq!(policy(", widen: false"), policy(""));
    assert_eq!((policy("").new_columns, policy("").narrow_columns), (NewColumns::Add, NarrowColumns::Keep));
    assert_eq!(policy(", widen: true").narrow_columns, NarrowColumns::Widen);
    assert_eq!(policy(", narrow_columns: refuse, widen: no").narrow_columns, NarrowColumns::Refuse);
    assert_eq!(policy(", new_columns: refuse").new_columns, NewColumns::Refuse);
    problems(
        &with_meta(", widen: true, narrow_columns: refuse, new_columns: drop"),
        &expect![[r#"
            `meta.new_columns` must be add or refuse, not `drop`
            `meta.widen: true` and `meta.narrow_columns` contradict each other, as no column stays narrow; remove one of the two"#]],
    );
    problems(
        &with_meta(", widen: 'yes', newColumns: add"),
        &expect![[r#"
            `meta.newColumns` (line 8) must be written `new_columns`
            `meta.widen` must be true or false, without quotes, not "yes""#]],
    );
}

#[test]
fn words_of_other_tools_are_passed_over_with_a_hint() {
    let text = with_column("{dest: x, type: \"varchar(20)\", length: 20, nullable: true}")
        .replace("datadatecolumn: time", "datadatecolumn: time, sortkey: [time], distkey: id");
    assert_eq!(
        meant(&text).passed_over,
        [
            "columns[3].length (the length is part of the type: `varchar(100)`)",
            "columns[3].nullable (a column takes nulls, unless it says `notnull: true`)",
            "meta.sortkey (the sort key is said at its columns: `sortord: 1` for the first one)",
            "meta.distkey (the dist key is said at its column: `distkey: true`)",
        ]
    );
}

#[test]
fn types_of_other_systems_are_refused_with_redshifts_word() {
    for (word, right) in [
        ("string", "`varchar(n)`"),
        ("JSON", "`super`"),
        ("array<int>", "`super`"),
        ("datetime(6)", "`timestamptz`"),
        ("uuid", "`varchar(36)`"),
        ("bigserial", "`identity: true`"),
        ("int64", "`bigint`"),
    ] {
        let text = with_column(&format!("{{dest: x, type: \"{word}\"}}"));
        let invalid = parse(&text, &target("api_hits", "pages")).expect_err(word).to_string();
        assert!(invalid.contains(&format!("`{word}` is not a Redshift type; write ")), "{invalid}");
        assert!(invalid.contains(right), "{invalid}");
    }
    assert_eq!(column("{dest: x, type: int8}").column_type, ColumnType::BigInt);
}
