use super::*;

fn column(name: &str, kind: Kind) -> ParquetColumn {
    ParquetColumn { name: name.to_owned(), kind, is_nullable: true, written: format!("OPTIONAL {name}") }
}

#[test]
fn columns_have_the_types_that_the_file_says() {
    let columns = [
        column("id", Kind::Integer { bits: 64, is_signed: true }),
        column("hash", Kind::Integer { bits: 64, is_signed: false }),
        column("price", Kind::Decimal { precision: 10, scale: 2 }),
        column("seen", Kind::Timestamp { is_instant: false }),
        column("tags", Kind::Nested),
        column("name", Kind::Text),
    ];
    let told: Vec<String> = of_columnar(&columns)
        .into_iter()
        .map(|Declared { name, choice }| format!("{name} {} {}", choice.type_word, choice.remarks.len()))
        .collect();
    assert_eq!(
        told,
        [
            "id bigint 0",
            "hash bigint 1",
            "price decimal(10,2) 0",
            "seen timestamp 0",
            "tags super 1",
            "name longtext 1"
        ]
    );
    assert!(has_nested(&columns) && !has_nested(&columns[..4]));
}

#[test]
fn moments_of_avro_that_copy_does_not_read_are_told() {
    let field = |kind: &str| AvroField {
        name: "at".to_owned(),
        kind: kind.to_owned(),
        is_nullable: true,
        is_instant: kind.starts_with("timestamp-"),
    };
    for (kind, expected) in [
        ("timestamp-millis", "timestamptz []"),
        ("local-timestamp-millis", "timestamp []"),
        ("string", "longtext [\"how long its texts are was not looked at\"]"),
        ("union", "super []"),
    ] {
        let declared = of_avro(&[field(kind)]);
        let Choice { type_word, remarks, .. } = &declared[0].choice;
        assert_eq!(format!("{type_word} {remarks:?}"), expected);
    }
    for kind in ["timestamp-micros", "date"] {
        assert_eq!(of_avro(&[field(kind)])[0].choice.remarks.len(), 1, "{kind}");
    }
}
