//! Text on its way to the client, wherever in a message it stands: column names, values, errors and notices.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

use super::frame::Frame;
use super::report::{ERROR, NOTICE};

/// The message with its texts changed; `None` when `change` changes none of them. Values that PostgreSQL sends in binary
/// are left alone unless they are texts.
pub(crate) fn changed(frame: &Frame, change: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Option<Frame> {
    let body = match frame.tag {
        // Texts that end in a zero byte, and numbers of fixed lengths: nothing says how long a text is.
        b'T' | b'S' | ERROR | NOTICE => change(&frame.body)?.into(),
        b'D' => changed_row(&frame.body, change)?,
        _ => return None,
    };
    Some(Frame { tag: frame.tag, body })
}

fn changed_row(body: &Bytes, change: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Option<Bytes> {
    // Most rows hold nothing to change, which is seen faster in one look.
    change(body)?;
    let mut body = body.clone();
    let count = body.try_get_u16().ok()?;
    let mut out = BytesMut::with_capacity(body.len() * 2);
    out.put_u16(count);
    for _ in 0..count {
        let length = body.try_get_i32().ok()?;
        let Ok(bytes) = usize::try_from(length) else {
            out.put_i32(-1);
            continue;
        };
        if body.len() < bytes {
            return None;
        }
        let value = body.split_to(bytes);
        // Text has no zero byte. What has one is a list in binary form, with lengths in it.
        let text = memchr::memchr(0, &value).is_none().then(|| change(&value)).flatten();
        let value = text.map_or(value, Bytes::from);
        out.put_i32(i32::try_from(value.len()).ok()?);
        out.put_slice(&value);
    }
    Some(out.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::report::Report;

    fn change(text: &[u8]) -> Option<Vec<u8>> {
        let places: Vec<_> = memchr::memmem::find_iter(text, "short").collect();
        let mut text = text.to_vec();
        for &place in places.iter().rev() {
            text.splice(place..place + "short".len(), *b"a longer one");
        }
        (!places.is_empty()).then_some(text)
    }

    fn row(values: &[Option<&[u8]>]) -> Frame {
        let mut body = BytesMut::new();
        body.put_u16(u16::try_from(values.len()).expect("a few"));
        for value in values {
            body.put_i32(value.map_or(-1, |value| i32::try_from(value.len()).expect("a few")));
            body.put_slice(value.unwrap_or_default());
        }
        Frame::new(b'D', body)
    }

    #[test]
    fn values_get_the_length_that_they_have() {
        let sent = changed(&row(&[Some(b"a short"), None, Some(b""), Some(b"\0short")]), change);
        let expected = row(&[Some(b"a a longer one"), None, Some(b""), Some(b"\0short")]);
        assert_eq!(sent.expect("there is something to change").body, expected.body);
        assert!(changed(&row(&[Some(b"nothing")]), change).is_none());
    }

    #[test]
    fn every_text_of_a_report_is_changed() {
        let report = Report::error("42703", "short").with_detail("short, short").at(3);
        let sent = changed(&report.encode(ERROR), change).expect("there is something to change");
        let expected = Report::error("42703", "a longer one").with_detail("a longer one, a longer one").at(3);
        assert_eq!(Report::decode(sent.body), expected);
    }
}
