//! The values of one column in one batch, as the text that a column of Redshift's is filled from.

use arrow::array::{Array as _, ArrayRef, AsArray as _, BinaryArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, FieldRef, TimeUnit};
use arrow::error::ArrowError;
use arrow::json::writer::{EncoderOptions, NullableEncoder, make_encoder};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::copy::target::ColumnKind;

pub(super) struct Cells<'a> {
    form: Form<'a>,
    array: &'a ArrayRef,
    /// The value at hand.
    value: Vec<u8>,
}

enum Form<'a> {
    /// Characters, not checked yet.
    Text(&'a BinaryArray),
    /// JSON, for a SUPER.
    Json(NullableEncoder<'a>),
    Shown(ArrayFormatter<'a>),
}

/// Brings an array to the form that its column wants.
pub(super) fn prepared(array: &ArrayRef, kind: ColumnKind) -> Result<ArrayRef, ArrowError> {
    let form = match kind {
        ColumnKind::Char { .. } | ColumnKind::Varchar { .. } => DataType::Binary,
        // Finer than Redshift keeps it, as Spark and Hive write it.
        ColumnKind::Timestamp | ColumnKind::TimestampTz => DataType::Timestamp(TimeUnit::Microsecond, None),
        ColumnKind::Date => DataType::Date32,
        ColumnKind::Time => DataType::Time64(TimeUnit::Microsecond),
        _ => return Ok(ArrayRef::clone(array)),
    };
    // What does not fit is an error, and not NULL.
    cast_with_options(array, &form, &CastOptions { safe: false, ..CastOptions::default() })
}

impl<'a> Cells<'a> {
    /// Over an array that is prepared.
    pub(super) fn of(array: &'a ArrayRef, field: &'a FieldRef, kind: ColumnKind) -> Result<Self, ArrowError> {
        let moment = match kind {
            ColumnKind::TimestampTz => "%Y-%m-%d %H:%M:%S%.6f+00",
            _ => "%Y-%m-%d %H:%M:%S%.6f",
        };
        let options = FormatOptions::new().with_timestamp_format(Some(moment));
        let form = match kind {
            ColumnKind::Char { .. } | ColumnKind::Varchar { .. } => Form::Text(array.as_binary()),
            ColumnKind::Super => Form::Json(make_encoder(field, array, json_options())?),
            _ => Form::Shown(ArrayFormatter::try_new(array, &options.with_display_error(false))?),
        };
        Ok(Self { form, array, value: Vec::new() })
    }

    /// `None` is NULL.
    pub(super) fn value(&mut self, row: usize) -> Option<&[u8]> {
        if self.array.is_null(row) {
            return None;
        }
        self.value.clear();
        match &mut self.form {
            Form::Text(array) => return Some(array.value(row)),
            Form::Json(encoder) => encoder.encode(row, &mut self.value),
            Form::Shown(formatter) => {
                self.value.extend_from_slice(formatter.value(row).to_string().as_bytes());
            }
        }
        Some(&self.value)
    }
}

/// A key that is null is a key (SERIALIZETOJSON keeps them).
fn json_options() -> &'static EncoderOptions {
    static OPTIONS: std::sync::LazyLock<EncoderOptions> =
        std::sync::LazyLock::new(|| EncoderOptions::default().with_explicit_nulls(true));
    &OPTIONS
}
