//! VARBYTE: hexadecimal digits in text formats.

use crate::copy::load_error::Reject;

pub(crate) fn write(value: &str, length: usize, out: &mut Vec<u8>) -> Result<(), Reject> {
    if let Some(at) = value.bytes().position(|byte| !byte.is_ascii_hexdigit()) {
        return Err(Reject::new(1207, "Invalid hexadecimal digit in VARBYTE value").at(at));
    }
    if !value.len().is_multiple_of(2) {
        return Err(Reject::new(1207, "Odd number of hexadecimal digits in VARBYTE value").at(value.len()));
    }
    if value.len() / 2 > length {
        return Err(Reject::new(1204, "String length exceeds DDL length").at(length * 2));
    }
    out.extend_from_slice(br"\\x");
    out.extend_from_slice(value.as_bytes());
    Ok(())
}
