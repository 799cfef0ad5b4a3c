//! The schema in the header of an Avro file [Avro specification, Object Container Files].

use serde_json::Value;

use crate::source::head::NAMES;

/// A field of the records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvroField {
    pub name: String,
    /// `long`, `timestamp-millis`, `record`; of a union the one that is not null, or `union` for more of them.
    pub kind: String,
    pub is_nullable: bool,
    /// An instant, unlike `date` and `local-timestamp-millis`.
    pub is_instant: bool,
}

impl AvroField {
    /// The word of a table config for a column that takes such values; `longtext` where there is none.
    pub fn type_word(&self) -> &'static str {
        match self.kind.as_str() {
            "boolean" => "boolean",
            "int" | "long" => "bigint",
            "float" | "double" => "float",
            // Of these COPY sees the number behind them.
            "date" => "int",
            "timestamp-millis" => "timestamptz",
            "local-timestamp-millis" => "timestamp",
            kind if kind.contains("timestamp") => "bigint",
            "record" | "array" | "map" | "union" => "super",
            _ => "longtext",
        }
    }
}

/// Why a head has no schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSchema {
    #[error("does not begin like Avro")]
    NotAvro,
    /// The rest of the header is behind the head.
    #[error("has a header that is longer than the bytes that were looked at")]
    LongerThanHead,
    /// There is no rest.
    #[error("ends in the middle of its header: it may have been cut while it was written")]
    Cut,
    #[error("has a header that cannot be read")]
    Broken,
    #[error("has a schema that is no record, which COPY does not load")]
    NoRecord,
    #[error("has more than {NAMES} fields")]
    TooManyFields,
    #[error("has blocks packed by `{0}`, and COPY reads deflate and snappy only")]
    Codec(String),
}

const MAGIC: &[u8] = b"Obj\x01";

/// The fields of the records, in the order of the schema, from the unpacked beginning of a file.
pub fn fields(start: &[u8]) -> Result<Vec<AvroField>, NoSchema> {
    let Some(rest) = start.strip_prefix(MAGIC) else {
        let is_cut = start.len() < MAGIC.len() && MAGIC.starts_with(start);
        return Err(if is_cut { NoSchema::LongerThanHead } else { NoSchema::NotAvro });
    };
    let Header { schema, codec } = header(rest)?;
    if let Some(codec) = codec.filter(|codec| !matches!(codec.as_str(), "null" | "deflate" | "snappy" | "")) {
        return Err(NoSchema::Codec(codec.chars().take(20).collect()));
    }
    let schema: Value =
        serde_json::from_slice(schema.ok_or(NoSchema::Broken)?).map_err(|_| NoSchema::Broken)?;
    let is_record = schema.get("type").and_then(Value::as_str) == Some("record");
    let fields = schema.get("fields").and_then(Value::as_array).filter(|_| is_record);
    let fields = fields.ok_or(NoSchema::NoRecord)?;
    if fields.len() > NAMES {
        return Err(NoSchema::TooManyFields);
    }
    fields.iter().map(|described| field(described).ok_or(NoSchema::Broken)).collect()
}

struct Header<'a> {
    schema: Option<&'a [u8]>,
    codec: Option<String>,
}

/// The map of the header: blocks of entries, each a text and bytes, up to a block of none.
fn header(mut rest: &[u8]) -> Result<Header<'_>, NoSchema> {
    let mut header = Header { schema: None, codec: None };
    loop {
        let mut entries = long(&mut rest)?;
        if entries == 0 {
            return Ok(header);
        }
        if entries < 0 {
            // Then the bytes of the block follow, for who skips it.
            long(&mut rest)?;
            entries = entries.checked_neg().ok_or(NoSchema::Broken)?;
        }
        for _ in 0..entries {
            let key = bytes(&mut rest)?;
            let value = bytes(&mut rest)?;
            match key {
                b"avro.schema" => header.schema = Some(value),
                b"avro.codec" => header.codec = Some(String::from_utf8_lossy(value).into_owned()),
                _ => {}
            }
        }
    }
}

/// A number in zigzag, seven bits a byte.
fn long(rest: &mut &[u8]) -> Result<i64, NoSchema> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, behind) = rest.split_first().ok_or(NoSchema::LongerThanHead)?;
        *rest = behind;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
        }
    }
    Err(NoSchema::Broken)
}

fn bytes<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], NoSchema> {
    let length = usize::try_from(long(rest)?).map_err(|_| NoSchema::Broken)?;
    let (bytes, behind) = rest.split_at_checked(length).ok_or(NoSchema::LongerThanHead)?;
    *rest = behind;
    Ok(bytes)
}

fn field(described: &Value) -> Option<AvroField> {
    let name = described.get("name")?.as_str()?.to_owned();
    let (kind, is_nullable) = match described.get("type")? {
        Value::Array(variants) => {
            let others: Vec<String> =
                variants.iter().filter_map(kind).filter(|kind| kind != "null").collect();
            let one = if let [one] = others.as_slice() { one.clone() } else { "union".to_owned() };
            (one, others.len() < variants.len())
        }
        one => (kind(one)?, false),
    };
    let is_instant = kind.starts_with("timestamp-");
    Some(AvroField { name, kind, is_nullable, is_instant })
}

fn kind(described: &Value) -> Option<String> {
    let name = |value: &Value| value.as_str().map(str::to_owned);
    match described {
        Value::String(name) => Some(name.clone()),
        Value::Object(object) => {
            let inner = object.get("type")?;
            object.get("logicalType").and_then(name).or_else(|| match inner {
                Value::Object(_) => kind(inner),
                _ => name(inner),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
