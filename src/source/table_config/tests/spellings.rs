//! YAML means what the original's library made of it, and names are what stands in the file.

use super::*;

/// The names of all columns.
fn names(spec: &TableSpec) -> Vec<&str> {
    spec.columns.iter().map(|column| column.name.as_str()).collect()
}

#[test]
fn merged_keys_apply() {
    let text = EXAMPLE
        .replace("pages:\n", "base: &id {type: bigint, notnull: true, distkey: true}\npages:\n")
        .replace(
            "{dest: id, type: bigint, primarykey: true, notnull: true, distkey: true}",
            "{dest: id, <<: *id}",
        );
    let spec = meant(&text);
    assert!(spec.columns[0].not_null);
    assert_eq!(spec.distribution, Distribution::Key(Ident::new("id").unwrap()));
}

#[test]
fn own_keys_win_over_merged_ones_and_earlier_maps_over_later_ones() {
    let anchors = "a: &a {type: int, notnull: true}\nb: &b {type: date, sortord: 2}\nc: &c {<<: [*a, *b], defaultval: 7}\n";
    let spec = meant(&format!("{anchors}{}", with_column("{<<: *c, dest: x, notnull: false}")));
    let x = &spec.columns[3];
    assert_eq!((x.column_type, x.not_null), (ColumnType::Integer, false));
    assert_eq!(x.default, Some(ColumnDefault::Value(DefaultValue::Number("7".to_owned()))));
    assert_eq!(spec.sort_key, SortKey::Compound(vec![spec.columns[1].name.clone(), x.name.clone()]));
}

#[test]
fn whole_entries_and_meta_may_be_merged() {
    let text =
        format!("{}other:\n  <<: *base\n  dest: other\n", EXAMPLE.replace("pages:\n", "pages: &base\n"));
    let spec = parse(&text, &target("api_hits", "other")).unwrap();
    assert_eq!(names(&spec), ["id", "time", "url"]);
}

#[test]
fn what_cannot_be_merged_is_refused() {
    problems(
        &with_column("{dest: x, type: int, <<: seven}"),
        &expect!["`<<` on line 8 must name a map, or a list of maps"],
    );
    problems(
        &with_column("&x {dest: x, type: int, <<: *x}"),
        &expect!["the alias (`*`) on line 8 refers to the map or list that contains it"],
    );
}

#[test]
fn a_key_that_stands_twice_is_refused_at_every_depth() {
    problems(
        &with_column("{dest: x, type: int, type: bigint}"),
        &expect!["the key `type` appears twice in one map, on line 8"],
    );
    problems(
        &format!("{EXAMPLE}pages:\n  dest: other\n"),
        &expect!["the key `pages` appears twice in one map, on lines 2 and 9"],
    );
    problems(
        &with_meta(", notes: [{a: 1, \"a\": 2}]"),
        &expect!["the key `a` appears twice in one map, on line 8"],
    );
    problems(
        &format!("{EXAMPLE}  meta: {{schema: web}}\n"),
        &expect!["the key `meta` appears twice in one map, on lines 8 and 9"],
    );
}

#[test]
fn two_documents_are_refused() {
    problems(
        &format!("{EXAMPLE}---\n{EXAMPLE}"),
        &expect!["a second YAML document begins on line 9; a table config is one document"],
    );
    assert_eq!(meant(&format!("---{EXAMPLE}...\n")).columns.len(), 3);
}

#[test]
fn names_are_taken_as_they_are_written() {
    let words =
        ["404", "1e3", "2015", "true", "0x1F", "0o17", "1_000", "2015-07-01", "yes", ".5", "+1", "12:30:45"];
    for word in words {
        let spec = meant(&with_column(&format!("{{dest: {word}, type: int}}")));
        assert_eq!(spec.columns[3].name.as_str(), word.to_ascii_lowercase());
        let text = EXAMPLE.replace("dest: time", &format!("dest: {word}")).replace(
            "{schema: api_hits, datadatecolumn: time}",
            &format!("{{schema: {word}, datadatecolumn: {word}}}"),
        );
        let text = text.replace("dest: pages", &format!("dest: {word}"));
        let spec = parse(&text, &target(word, word)).unwrap();
        assert_eq!(spec.data_date_column.name.as_str(), word.to_ascii_lowercase());
    }
}

#[test]
fn null_is_no_name_unless_it_is_quoted() {
    for null in ["~", "null", "NULL", ""] {
        problems(
            &with_column(&format!("{{dest: {null}, type: int}}")),
            &expect![
                "column 4 has no `dest` (write a name that YAML reads as nothing, such as null, in quotes)"
            ],
        );
    }
    assert_eq!(meant(&with_column("{dest: 'null', type: int}")).columns[3].name.as_str(), "null");
}

#[test]
fn every_boolean_of_yaml_is_one_where_one_is_wanted() {
    for word in ["true", "True", "yes", "YES", "on", "On", "y", "Y"] {
        assert!(
            meant(&with_column(&format!("{{dest: x, type: int, notnull: {word}}}"))).columns[3].not_null,
            "{word}"
        );
    }
    for word in ["false", "FALSE", "no", "No", "off", "OFF", "n", "N", "~", ""] {
        assert!(
            !meant(&with_column(&format!("{{dest: x, type: int, notnull: {word}}}"))).columns[3].not_null,
            "{word}"
        );
    }
    let spec = meant(&with_column("{dest: x, type: boolean, defaultval: yes}"));
    assert_eq!(spec.columns[3].default, Some(ColumnDefault::Value(DefaultValue::Boolean(true))));
}

#[test]
fn a_quoted_word_or_a_number_is_no_boolean() {
    problems(
        &with_column("{dest: x, type: int, notnull: 'true', distkey: 1}"),
        &expect![[r#"
            column `x`: `notnull` must be true or false, without quotes, not "true"
            column `x`: `distkey` must be true or false, without quotes, not `1`"#]],
    );
}

#[test]
fn a_tag_that_is_not_known_is_refused_where_it_matters() {
    assert_eq!(
        meant(&with_column("{dest: !!str 404, type: int, note: !env X}")).columns[3].name.as_str(),
        "404"
    );
    problems(
        &with_column("{dest: !env X, type: int}"),
        &expect!["column 4: `dest` has a tag that is not understood; write the value itself"],
    );
}

#[test]
fn an_alias_bomb_and_a_flood_of_nodes_are_refused() {
    let bomb: String = (1..60).fold("a0: &a0 {k0: v}\n".to_owned(), |text, n| {
        let before = n - 1;
        format!("{text}a{n}: &a{n} {{<<: [*a{before}, *a{before}], k{n}: v}}\n")
    });
    assert_eq!(meant(&format!("{bomb}{EXAMPLE}")).columns.len(), 3);
    let wide: String = (0..1000).map(|n| format!("k{n}: v, ")).collect();
    let merges: String = (0..200).map(|n| format!("m{n}: {{<<: *w}}\n")).collect();
    for text in [
        format!("w: &w {{{wide}}}\n{merges}{EXAMPLE}"),
        format!("{EXAMPLE}{}", "- \n".repeat(300_000)),
        format!("a: [{}]\n{EXAMPLE}", "a,".repeat(500_000)),
        format!("a:\n [{}]\n{EXAMPLE}", "a:,".repeat(300_000)),
        format!("a:\n [{}]\n{EXAMPLE}", ":,".repeat(500_000)),
        format!("a:\n {}\n{EXAMPLE}", "- ".repeat(500_000)),
        format!("a:\n {}\n{EXAMPLE}", "[".repeat(1_000_000)),
        format!("a:\n {}\n{EXAMPLE}", "{? ".repeat(300_000)),
        format!("{}{EXAMPLE}", (0..100_000).map(|n| format!("k{n}: &a{n} v\n")).collect::<String>()),
    ] {
        let start: String = text.chars().take(40).collect();
        let invalid = parse(&text, &target("api_hits", "pages")).expect_err(&start);
        assert!(invalid.to_string().len() < 300, "{start}: {invalid}");
    }
}

#[test]
fn a_text_that_many_aliases_name_is_not_multiplied() {
    let columns = |key: &str| -> String {
        (0..1500).map(|n| format!("    - {{dest: c{n}, type: text, {key}: *big}}\n")).collect()
    };
    let config = |big: &str, columns: &str| {
        format!("big: &big {big}\n{}", EXAMPLE.replace("  meta:", &format!("{columns}  meta:")))
    };
    problems_start(
        &config(&format!("\"'{}'\"", "x".repeat(500_000)), &columns("defaultval")),
        "column `c0`: its default is 500002 bytes long, at most 1000 are taken",
    );
    let numbers = format!("varchar({})", "1,".repeat(10_000));
    problems_start(
        &config(&numbers, &columns("type").replace("type: text, ", "")),
        "column `c0`: `varchar(1,1,",
    );
    let keys: String = (0..999).map(|n| format!("typ{n}: 1, ")).collect();
    problems_start(&config(&format!("{{{keys}}}"), &columns("<<")), "line 9: a map has more than 1000 keys");
    let keys: String = (0..900).map(|n| format!("typ{n}: 1, ")).collect();
    problems_start(
        &config(&format!("{{{keys}}}"), &columns("<<")),
        "it has more than 200000 keys, values and merged pairs",
    );
    problems_start(
        &config(&format!("x\nm: &m {{dest: x, type: int, {keys}}}"), &"    - *m\n".repeat(1500)),
        "column `x`: a map has 902 keys, at most 200 are read",
    );
    let keys: String = (0..1001).map(|n| format!("k{n}: 1, ")).collect();
    problems_start(&config(&format!("{{{keys}}}"), ""), "line 1: a map has more than 1000 keys");
}

fn problems_start(text: &str, start: &str) {
    let invalid = parse(text, &target("api_hits", "pages")).expect_err(start).to_string();
    assert!(invalid.starts_with(start) && invalid.len() < 5000, "{invalid}");
}

#[test]
fn a_byte_order_mark_does_not_hide_the_first_entry() {
    assert_eq!(meant(&format!("\u{feff}{EXAMPLE}")).columns.len(), 3);
}
