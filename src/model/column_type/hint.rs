//! What to write for the types of other databases and formats.

/// Words of others, and Redshift's in their place, as the end of a sentence.
const HINTS: &[(&[&str], &str)] = &[
    (
        &["string", "str", "varchar2", "nvarchar2", "clob", "tinytext", "mediumtext", "utf8"],
        "; write `varchar(n)`, `text` (256 bytes) or `longtext` (65535 bytes)",
    ),
    (
        &["json", "jsonb", "object", "struct", "record", "array", "list", "map", "variant", "hstore"],
        "; write `super`, or `longtext` to keep it as text",
    ),
    (&["uuid", "guid", "uniqueidentifier"], "; write `varchar(36)`"),
    (
        &["datetime", "datetime2", "smalldatetime", "timestamp_ntz", "timestamp_ltz", "instant"],
        "; write `timestamp` for wall time, `timestamptz` for an instant",
    ),
    (&["number", "dec", "bignumeric"], "; write `bigint`, `\"decimal(18,2)\"` or `float`"),
    (&["money", "currency"], "; write `\"decimal(19,4)\"`"),
    (&["double", "float64"], "; write `float`"),
    (&["float32", "single"], "; write `real`"),
    (&["long", "int64", "integer8", "uint32", "uint64"], "; write `bigint`"),
    (&["int32", "mediumint", "uint16"], "; write `int`"),
    (&["short", "int16", "tinyint", "int1", "byte"], "; write `smallint`"),
    (&["blob", "bytea", "bytes", "binary", "bytearray", "raw"], "; write `varbyte(n)`"),
    (&["serial", "bigserial", "autoincrement"], "; write `bigint`, and `identity: true` beside it"),
    (&["enum", "set", "inet", "cidr", "xml"], "; write `varchar(n)`"),
    (&["bit"], "; write `boolean`"),
];

/// Empty when nobody knows what is meant.
pub(super) fn hint(text: &str) -> &'static str {
    let name = text.split(['(', '<', '[']).next().unwrap_or_default().trim();
    let found = HINTS.iter().find(|(words, _)| words.iter().any(|word| word.eq_ignore_ascii_case(name)));
    found.map_or("", |(_, hint)| hint)
}
