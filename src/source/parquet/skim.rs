//! A look over the metadata of a Parquet file before the reader takes it: the reader goes into nested columns by recursion,
//! and would end the process in a schema that nests without end [Thrift compact protocol].

use crate::source::parquet::NoSchema;

/// Columns, and groups of them, that a schema may have; tables end at 1,600.
const ELEMENTS: u64 = 20_000;
/// Groups within groups.
const DEPTH: usize = 50;
/// Structs within structs, in what is only passed over.
const NESTED: usize = 16;

/// The numbers of the fields that are looked for.
const SCHEMA: i64 = 2;
const NUM_CHILDREN: i64 = 5;

/// That the schema is there as a whole, and no larger than it may be.
pub(super) fn check(metadata: &[u8]) -> Result<(), NoSchema> {
    let mut ahead = Ahead { rest: metadata };
    let mut last = 0;
    while let Some((id, kind)) = ahead.field(last)? {
        if id == SCHEMA {
            return ahead.elements(kind);
        }
        ahead.skip(kind, NESTED)?;
        last = id;
    }
    Err(NoSchema::Broken)
}

struct Ahead<'a> {
    rest: &'a [u8],
}

impl Ahead<'_> {
    fn elements(&mut self, kind: u8) -> Result<(), NoSchema> {
        if kind != 9 {
            return Err(NoSchema::Broken);
        }
        let (count, 12) = self.list()? else { return Err(NoSchema::Broken) };
        if count > ELEMENTS {
            return Err(NoSchema::TooLarge("more than 20000 columns"));
        }
        // How many children are still to come, of each group that is open.
        let mut open: Vec<u64> = Vec::new();
        for _ in 0..count {
            while open.last() == Some(&0) {
                open.pop();
            }
            if let Some(left) = open.last_mut() {
                *left -= 1;
            }
            let children = self.children()?;
            if children > 0 {
                open.push(children);
            }
            if open.len() > DEPTH {
                return Err(NoSchema::TooLarge("columns nested more than 50 deep"));
            }
        }
        Ok(())
    }

    /// Passes over one element; how many children it has.
    fn children(&mut self) -> Result<u64, NoSchema> {
        let (mut last, mut children) = (0, 0);
        while let Some((id, kind)) = self.field(last)? {
            if id == NUM_CHILDREN && kind == 5 {
                let count = zigzag(self.varint()?);
                children = u64::try_from(count).map_err(|_| NoSchema::Broken)?;
            } else {
                self.skip(kind, NESTED)?;
            }
            last = id;
        }
        Ok(children)
    }

    /// Number and type of the next field of a struct; `None` at its end.
    fn field(&mut self, last: i64) -> Result<Option<(i64, u8)>, NoSchema> {
        let header = self.byte()?;
        if header & 0x0f == 0 {
            return Ok(None);
        }
        let id = match header >> 4 {
            0 => zigzag(self.varint()?),
            step => last.saturating_add(i64::from(step)),
        };
        Ok(Some((id, header & 0x0f)))
    }

    /// How many, of which type.
    fn list(&mut self) -> Result<(u64, u8), NoSchema> {
        let header = self.byte()?;
        let count = match header >> 4 {
            15 => self.varint()?,
            count => u64::from(count),
        };
        Ok((count, header & 0x0f))
    }

    fn skip(&mut self, kind: u8, nested: usize) -> Result<(), NoSchema> {
        let nested = nested.checked_sub(1).ok_or(NoSchema::Broken)?;
        match kind {
            // The header has said it.
            1 | 2 => Ok(()),
            3 => self.advance(1),
            4..=6 => self.varint().map(drop),
            7 => self.advance(8),
            8 => {
                let length = self.varint()?;
                self.advance(length)
            }
            9 | 10 => {
                let (count, kind) = self.list()?;
                (0..count).try_for_each(|_| self.skip_one(kind, nested))
            }
            11 => {
                let count = self.varint()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                (0..count).try_for_each(|_| {
                    self.skip_one(kinds >> 4, nested)?;
                    self.skip_one(kinds & 0x0f, nested)
                })
            }
            12 => {
                let mut last = 0;
                while let Some((id, kind)) = self.field(last)? {
                    self.skip(kind, nested)?;
                    last = id;
                }
                Ok(())
            }
            _ => Err(NoSchema::Broken),
        }
    }

    /// One of a list: there a boolean has a byte of its own.
    fn skip_one(&mut self, kind: u8, nested: usize) -> Result<(), NoSchema> {
        if matches!(kind, 1 | 2) { self.advance(1) } else { self.skip(kind, nested) }
    }

    fn byte(&mut self) -> Result<u8, NoSchema> {
        let (&byte, rest) = self.rest.split_first().ok_or(CUT)?;
        self.rest = rest;
        Ok(byte)
    }

    fn advance(&mut self, length: u64) -> Result<(), NoSchema> {
        let length = usize::try_from(length).map_err(|_| CUT)?;
        self.rest = self.rest.get(length..).ok_or(CUT)?;
        Ok(())
    }

    fn varint(&mut self) -> Result<u64, NoSchema> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(NoSchema::Broken)
    }
}

/// The end of what was read, in the middle of the schema.
const CUT: NoSchema = NoSchema::TooLarge("more than 1 MiB, or cut");

fn zigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}
