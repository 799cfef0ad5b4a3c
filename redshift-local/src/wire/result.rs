//! Rows as Redshift sends them, where PostgreSQL sends the same value in another form.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

use super::frame::{Frame, put_text, take_text};

const NUMERIC: u32 = 1700;
const VARBYTE: u32 = 6551;
/// PostgreSQL does not say the scale of an expression, and Redshift does; a client reads the integer by it. Half of the
/// 38 digits for each side of the point.
const SCALE_OF_EXPRESSIONS: u16 = 18;

/// The columns of a result that have to be rewritten; mostly none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shape(Vec<(usize, Conversion)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Conversion {
    /// `616263` instead of `\x616263`
    PlainHexadecimal,
    /// An integer without its decimal point (fact 0.5), in so many bytes.
    ScaledInteger { scale: u16, bytes: usize },
}

/// A `RowDescription` that says the scale of each NUMERIC, and more of each column to a client that asked for a protocol
/// with more.
pub(crate) fn described(description: &Frame, has_more: bool) -> Frame {
    match redescribed(description.body.clone(), has_more) {
        Some(body) => Frame::new(description.tag, body),
        None => description.clone(),
    }
}

fn redescribed(mut body: Bytes, has_more: bool) -> Option<BytesMut> {
    /// It may be NULL, and can be searched for [src `redshift_connector` core.py].
    const FLAGS: u16 = 1 << 12 | 1;
    let mut out = BytesMut::with_capacity(body.len() * 2);
    let count = body.try_get_u16().ok()?;
    out.put_u16(count);
    for _ in 0..count {
        put_text(&mut out, &take_text(&mut body)?);
        out.put_u32(body.try_get_u32().ok()?);
        out.put_u16(body.try_get_u16().ok()?);
        let kind = body.try_get_u32().ok()?;
        out.put_u32(kind);
        out.put_u16(body.try_get_u16().ok()?);
        let modifier = body.try_get_i32().ok()?;
        let is_bare = modifier == -1 && kind == NUMERIC;
        out.put_i32(if is_bare { (38 << 16 | i32::from(SCALE_OF_EXPRESSIONS)) + 4 } else { modifier });
        out.put_u16(body.try_get_u16().ok()?);
        if has_more {
            // Schema, table, column and database: those of an expression, since PostgreSQL does not say them.
            out.put_bytes(0, 4);
            out.put_u16(FLAGS);
        }
    }
    Some(out)
}

impl Shape {
    /// Of the rows that a `RowDescription` announces.
    pub(crate) fn of(description: &Frame) -> Self {
        Self(columns(description.body.clone()).unwrap_or_default())
    }

    /// The row in Redshift's form, or nothing when it already is.
    pub(crate) fn rewritten(&self, row: &Frame) -> Option<Frame> {
        if self.0.is_empty() {
            return None;
        }
        let mut body = row.body.clone();
        let count = body.try_get_u16().ok()?;
        let mut out = BytesMut::with_capacity(row.body.len());
        out.put_u16(count);
        for index in 0..usize::from(count) {
            let length = body.try_get_i32().ok()?;
            let Ok(length) = usize::try_from(length) else {
                out.put_i32(-1);
                continue;
            };
            if body.len() < length {
                return None;
            }
            let value = body.split_to(length);
            let conversion = self.0.iter().find(|(column, _)| *column == index);
            let value = match conversion {
                Some((_, conversion)) => conversion.apply(&value).unwrap_or(value),
                None => value,
            };
            out.put_i32(i32::try_from(value.len()).ok()?);
            out.put_slice(&value);
        }
        Some(Frame::new(row.tag, out))
    }
}

impl Conversion {
    fn of(kind: u32, modifier: i32, is_binary: bool) -> Option<Self> {
        match (kind, is_binary) {
            (VARBYTE, false) => Some(Self::PlainHexadecimal),
            (NUMERIC, true) => {
                let packed = modifier.checked_sub(4).and_then(|packed| u32::try_from(packed).ok());
                let packed = packed.unwrap_or((38 << 16) | u32::from(SCALE_OF_EXPRESSIONS));
                let scale = u16::try_from(packed & 0x7ff).ok()?;
                Some(Self::ScaledInteger { scale, bytes: if packed >> 16 <= 18 { 8 } else { 16 } })
            }
            _ => None,
        }
    }

    fn apply(self, value: &Bytes) -> Option<Bytes> {
        match self {
            Self::PlainHexadecimal => value.starts_with(b"\\x").then(|| value.slice(2..)),
            Self::ScaledInteger { scale, bytes } => {
                let number = scaled(value.clone(), scale)?.to_be_bytes();
                Some(Bytes::copy_from_slice(&number[number.len() - bytes..]))
            }
        }
    }
}

fn columns(mut body: Bytes) -> Option<Vec<(usize, Conversion)>> {
    let mut found = Vec::new();
    for index in 0..usize::from(body.try_get_u16().ok()?) {
        take_text(&mut body)?;
        body.try_get_u32().ok()?;
        body.try_get_u16().ok()?;
        let kind = body.try_get_u32().ok()?;
        body.try_get_u16().ok()?;
        let modifier = body.try_get_i32().ok()?;
        let is_binary = body.try_get_u16().ok()? == 1;
        found.extend(Conversion::of(kind, modifier, is_binary).map(|conversion| (index, conversion)));
    }
    Some(found)
}

/// PostgreSQL's digits to the base of 10,000 as one integer with `scale` decimals. `None` for what is no such number.
fn scaled(mut value: Bytes, scale: u16) -> Option<i128> {
    let digits = value.try_get_u16().ok()?;
    let weight = i32::from(value.try_get_i16().ok()?);
    let sign = value.try_get_u16().ok()?;
    // Its own scale, which the description of the result does not know.
    value.try_get_u16().ok()?;
    if !matches!(sign, 0 | 0x4000) {
        return None;
    }
    let scale = i32::from(scale);
    let mut total: i128 = 0;
    for place in 0..i32::from(digits) {
        let digit = i128::from(value.try_get_u16().ok()?);
        let exponent = 4 * (weight - place) + scale;
        let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
        let part = if exponent < 0 { digit / power } else { digit.checked_mul(power)? };
        total = total.checked_add(part)?;
    }
    Some(if sign == 0 { total } else { -total })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, proptest};

    use super::*;

    fn numeric(weight: i16, sign: u16, scale: u16, digits: &[u16]) -> Bytes {
        let mut value = BytesMut::new();
        value.put_u16(u16::try_from(digits.len()).expect("few digits"));
        value.put_i16(weight);
        value.put_u16(sign);
        value.put_u16(scale);
        digits.iter().for_each(|&digit| value.put_u16(digit));
        value.freeze()
    }

    #[test]
    fn a_number_loses_its_point() {
        assert_eq!(scaled(numeric(0, 0, 2, &[12, 3400]), 2), Some(1234));
        assert_eq!(scaled(numeric(1, 0x4000, 0, &[1, 0]), 2), Some(-1_000_000));
        assert_eq!(scaled(numeric(0, 0, 2, &[]), 2), Some(0));
        assert_eq!(scaled(numeric(0, 0xC000, 0, &[]), 2), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_make_it_panic(description: Vec<u8>, row: Vec<u8>, value: Vec<u8>, scale in any::<u16>()) {
            Shape::of(&Frame::new(b'T', description)).rewritten(&Frame::new(b'D', row.clone()));
            let shape = Shape(vec![(0, Conversion::PlainHexadecimal), (1, Conversion::ScaledInteger { scale, bytes: 8 })]);
            shape.rewritten(&Frame::new(b'D', row));
            scaled(value.into(), scale);
        }
    }
}
