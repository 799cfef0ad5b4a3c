//! The values of one column in one batch, as the text that a column of Redshift's is filled from.

use std::io::Write as _;

use arrow::array::{Array as _, ArrayRef, AsArray as _, BinaryArray, Date32Array, TimestampMicrosecondArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, FieldRef, TimeUnit};
use arrow::error::ArrowError;
use arrow::json::writer::{EncoderOptions, NullableEncoder, make_encoder};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::copy::column_kind::ColumnKind;
use crate::copy::value::OUTSIDE;

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
    /// Since 1970: TIMEFORMAT and DATEFORMAT of the columnar formats read numbers.
    Micros(&'a TimestampMicrosecondArray),
    Days(&'a Date32Array),
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
        let form = match kind {
            ColumnKind::Char { .. } | ColumnKind::Varchar { .. } => Form::Text(array.as_binary()),
            ColumnKind::Timestamp | ColumnKind::TimestampTz => Form::Micros(array.as_primitive()),
            ColumnKind::Date => Form::Days(array.as_primitive()),
            ColumnKind::Super => {
                check_moments(array)?;
                Form::Json(make_encoder(field, array, json_options())?)
            }
            _ => {
                // Otherwise the text of an error would be the value.
                let options = FormatOptions::new().with_display_error(false);
                Form::Shown(ArrayFormatter::try_new(array, &options)?)
            }
        };
        Ok(Self { form, array, value: Vec::new() })
    }

    /// `None` is NULL.
    pub(super) fn value(&mut self, row: usize) -> Result<Option<&[u8]>, ArrowError> {
        if self.array.is_null(row) {
            return Ok(None);
        }
        self.value.clear();
        match &mut self.form {
            Form::Text(array) => return Ok(Some(array.value(row))),
            Form::Micros(array) => drop(write!(self.value, "{}", array.value(row))),
            Form::Days(array) => drop(write!(self.value, "{}", array.value(row))),
            Form::Json(encoder) => encoder.encode(row, &mut self.value),
            Form::Shown(formatter) => {
                self.value.extend_from_slice(formatter.value(row).try_to_string()?.as_bytes());
            }
        }
        Ok(Some(&self.value))
    }
}

/// Whether every moment inside of a nested value can be shown: the encoder would write the text of an error in its place.
fn check_moments(array: &ArrayRef) -> Result<(), ArrowError> {
    match array.data_type() {
        DataType::Timestamp(_, _)
        | DataType::Date32
        | DataType::Date64
        | DataType::Time32(_)
        | DataType::Time64(_) => {
            let formatter = ArrayFormatter::try_new(array, &FormatOptions::new().with_display_error(false))?;
            for row in (0..array.len()).filter(|row| array.is_valid(*row)) {
                formatter
                    .value(row)
                    .try_to_string()
                    .map_err(|_| ArrowError::CastError(format!("a moment inside of a value {OUTSIDE}")))?;
            }
            Ok(())
        }
        DataType::List(_) => check_moments(array.as_list::<i32>().values()),
        DataType::LargeList(_) => check_moments(array.as_list::<i64>().values()),
        DataType::FixedSizeList(_, _) => check_moments(array.as_fixed_size_list().values()),
        DataType::Struct(_) => array.as_struct().columns().iter().try_for_each(check_moments),
        DataType::Map(_, _) => {
            let map = array.as_map();
            check_moments(map.keys()).and_then(|()| check_moments(map.values()))
        }
        _ => Ok(()),
    }
}

/// A key that is null is a key (SERIALIZETOJSON keeps them).
fn json_options() -> &'static EncoderOptions {
    static OPTIONS: std::sync::LazyLock<EncoderOptions> =
        std::sync::LazyLock::new(|| EncoderOptions::default().with_explicit_nulls(true));
    &OPTIONS
}
