//! ENCODING UTF16 and ISO88591: an object's text, made UTF-8 before it is cut (fact 1.6).

use std::io::{self, Read};

use crate::copy::grammar::options::Encoding;

/// UTF16 says that the file itself tells its byte order; this one does not.
#[derive(Debug, thiserror::Error)]
#[error("the file does not begin with a byte order mark")]
pub(crate) struct NoByteOrderMark;

pub(crate) fn in_utf8<'a>(source: Box<dyn Read + 'a>, encoding: Encoding) -> Box<dyn Read + 'a> {
    let order = match encoding {
        Encoding::Utf8 => return source,
        Encoding::Iso88591 => return Box::new(Latin { source, second: None }),
        Encoding::Utf16 => None,
        Encoding::Utf16LittleEndian => Some(Order::LittleEndian),
        Encoding::Utf16BigEndian => Some(Order::BigEndian),
    };
    Box::new(Utf16 { source, order, at_start: true, raw: Vec::new(), text: Vec::new(), given: 0 })
}

#[derive(Clone, Copy)]
enum Order {
    LittleEndian,
    BigEndian,
}

/// ISO 8859-1: each byte is the character of its number, which takes up to two bytes.
struct Latin<R> {
    source: R,
    /// The second byte of a character whose first one was the last that there was room for.
    second: Option<u8>,
}

impl<R: Read> Read for Latin<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut raw = [0; 16 * 1024];
        // One byte of room takes half a character, too.
        let wanted = raw.len().min(into.len().div_ceil(2));
        let mut given = 0;
        if let (Some(room), Some(second)) = (into.first_mut(), self.second.take()) {
            *room = second;
            return Ok(1);
        }
        let count = self.source.read(&mut raw[..wanted])?;
        for &byte in &raw[..count] {
            let mut encoded = [0; 2];
            for &part in char::from(byte).encode_utf8(&mut encoded).as_bytes() {
                match into.get_mut(given) {
                    Some(room) => {
                        *room = part;
                        given += 1;
                    }
                    None => self.second = Some(part),
                }
            }
        }
        Ok(given)
    }
}

struct Utf16<R> {
    source: R,
    order: Option<Order>,
    at_start: bool,
    /// Bytes that are not yet a whole character.
    raw: Vec<u8>,
    text: Vec<u8>,
    given: usize,
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            self.text.clear();
            self.given = 0;
            let held = self.raw.len();
            let count = self.source.by_ref().take(64 * 1024).read_to_end(&mut self.raw)?;
            if count == 0 && held == 0 {
                return Ok(0);
            }
            self.convert(count == 0)?;
        }
        let length = into.len().min(self.text.len() - self.given);
        into[..length].copy_from_slice(&self.text[self.given..self.given + length]);
        self.given += length;
        Ok(length)
    }
}

impl<R> Utf16<R> {
    /// Converts all that is there, but for half a character that may be completed.
    fn convert(&mut self, at_end: bool) -> io::Result<()> {
        let mut bytes = self.raw.as_slice();
        if self.at_start && (bytes.len() >= 2 || at_end) {
            self.at_start = false;
            let marked = match bytes {
                [0xff, 0xfe, ..] => Some(Order::LittleEndian),
                [0xfe, 0xff, ..] => Some(Order::BigEndian),
                _ => None,
            };
            if marked.is_some() {
                bytes = &bytes[2..];
            }
            self.order = self.order.or(marked);
        }
        if self.at_start {
            return Ok(());
        }
        let order = self.order.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, NoByteOrderMark))?;
        let (pairs, odd) = bytes.as_chunks::<2>();
        let unit = |pair: &[u8; 2]| match order {
            Order::LittleEndian => u16::from_le_bytes(*pair),
            Order::BigEndian => u16::from_be_bytes(*pair),
        };
        let waits = !at_end && pairs.last().is_some_and(|last| (0xd800..0xdc00).contains(&unit(last)));
        let whole = pairs.len() - usize::from(waits);
        for character in char::decode_utf16(pairs[..whole].iter().map(unit)) {
            match character {
                Ok(character) => {
                    self.text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                // What UTF-8 would be if it had such a thing: the row is refused for it, or ACCEPTINVCHARS replaces it.
                Err(lone) => {
                    let [high, low] = lone.unpaired_surrogate().to_be_bytes();
                    let middle = ((high & 0x0f) << 2) | (low >> 6);
                    self.text.extend_from_slice(&[0xe0 | (high >> 4), 0x80 | middle, 0x80 | (low & 0x3f)]);
                }
            }
        }
        let rest = bytes.len() - whole * 2;
        if at_end && !odd.is_empty() {
            self.text.push(0xff);
        }
        let rest = if at_end { 0 } else { rest };
        self.raw.drain(..self.raw.len() - rest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, proptest};

    use super::*;

    /// Gives the bytes in pieces of one size.
    struct Pieces(Vec<u8>, usize);

    impl Read for Pieces {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(into.len()).min(self.0.len());
            into[..length].copy_from_slice(&self.0[..length]);
            self.0.drain(..length);
            Ok(length)
        }
    }

    fn converted(bytes: &[u8], encoding: Encoding) -> Result<Vec<u8>, String> {
        let mut text = Vec::new();
        match in_utf8(Box::new(Pieces(bytes.to_vec(), 3)), encoding).read_to_end(&mut text) {
            Ok(_) => Ok(text),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn the_byte_order_mark_tells_the_order_and_is_no_text() {
        assert_eq!(converted(b"\xff\xfea\0", Encoding::Utf16).as_deref(), Ok(b"a".as_slice()));
        assert_eq!(converted(b"\xfe\xff\0a", Encoding::Utf16BigEndian).as_deref(), Ok(b"a".as_slice()));
        assert!(converted(b"a\0", Encoding::Utf16).is_err());
        assert_eq!(converted(b"", Encoding::Utf16).as_deref(), Ok(b"".as_slice()));
    }

    #[test]
    fn half_a_character_is_invalid_text() {
        for bytes in [b"a\0\x00\xd8".as_slice(), b"a\0b"] {
            let text = converted(bytes, Encoding::Utf16LittleEndian).expect("it can be read");
            assert!(std::str::from_utf8(&text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_comes_back(text in "\\PC{0,20}") {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            assert_eq!(converted(&bytes, Encoding::Utf16BigEndian), Ok(text.into_bytes()));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..30)) {
            drop(converted(&bytes, Encoding::Utf16));
            drop(converted(&bytes, Encoding::Utf16LittleEndian));
        }
    }
}
