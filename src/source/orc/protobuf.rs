//! The few words of Protocol Buffers that the end of an ORC file is written in [protobuf encoding].

/// A field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// Of a size that says itself, which nobody here looks at.
    Other,
}

/// Not the bytes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoMessage;

/// The fields of a message, one at a time, each with its number.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn next_field(&mut self) -> Result<(u64, Value<'a>), NoMessage> {
        let tag = varint(&mut self.rest)?;
        let value = match tag & 7 {
            0 => Value::Number(varint(&mut self.rest)?),
            1 => self.advance(8).map(|_| Value::Other)?,
            2 => {
                let length = varint(&mut self.rest)?;
                Value::Bytes(self.advance(length)?)
            }
            5 => self.advance(4).map(|_| Value::Other)?,
            _ => return Err(NoMessage),
        };
        Ok((tag >> 3, value))
    }

    fn advance(&mut self, length: u64) -> Result<&'a [u8], NoMessage> {
        let length = usize::try_from(length).map_err(|_| NoMessage)?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(NoMessage)?;
        self.rest = rest;
        Ok(taken)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), NoMessage>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.next_field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

/// Numbers one after another, as `packed` fields hold them.
pub(super) fn numbers(mut packed: &[u8]) -> Result<Vec<u64>, NoMessage> {
    let mut numbers = Vec::new();
    while !packed.is_empty() {
        numbers.push(varint(&mut packed)?);
    }
    Ok(numbers)
}

fn varint(rest: &mut &[u8]) -> Result<u64, NoMessage> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, behind) = rest.split_first().ok_or(NoMessage)?;
        *rest = behind;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(NoMessage)
}
