//! A look at the moments of a Parquet file that are INT96: the reader takes some of them for others.

use std::fs::File;

use parquet::column::reader::ColumnReader;
use parquet::file::reader::{FileReader as _, SerializedFileReader};

use super::unopened::Unopened;
use crate::copy::value::OUTSIDE;

/// Whether all INT96 are moments of the years that we cover. Beyond them the reader would count on from the other end.
pub(super) fn check_moments(file: &File) -> Result<(), Unopened> {
    /// The day on which 1970 began.
    const EPOCH: i64 = 2_440_588;
    const NANOS_OF_DAY: u64 = 86_400_000_000_000;
    /// About as many days as fit into microseconds.
    const DAYS: i64 = 100_000_000;
    let corrupt = |error: parquet::errors::ParquetError| Unopened::Corrupt(error.to_string());
    let reader =
        SerializedFileReader::new(file.try_clone().map_err(|error| Unopened::Corrupt(error.to_string()))?);
    let reader = reader.map_err(corrupt)?;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).map_err(corrupt)?;
        for column in 0..group.num_columns() {
            let ColumnReader::Int96ColumnReader(mut moments) =
                group.get_column_reader(column).map_err(corrupt)?
            else {
                continue;
            };
            loop {
                let (mut values, mut definition, mut repetition) = (Vec::new(), Vec::new(), Vec::new());
                let (records, ..) = moments
                    .read_records(1_024, Some(&mut definition), Some(&mut repetition), &mut values)
                    .map_err(corrupt)?;
                for value in &values {
                    let &[low, high, day] = value.data() else { continue };
                    let days = i64::from(day.cast_signed()) - EPOCH;
                    let nanos = u64::from(high) << 32 | u64::from(low);
                    if !(-DAYS..DAYS).contains(&days) || nanos > NANOS_OF_DAY {
                        return Err(Unopened::NotCovered(format!("an INT96 that {OUTSIDE}")));
                    }
                }
                if records == 0 {
                    break;
                }
            }
        }
    }
    Ok(())
}
