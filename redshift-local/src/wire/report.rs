//! Reports: the errors and notices of the protocol as fields, and what Redshift writes where PostgreSQL writes otherwise.

use bytes::{BufMut, Bytes, BytesMut};

use super::frame::{Frame, put_text, take_text};

pub(crate) const ERROR: u8 = b'E';
pub(crate) const NOTICE: u8 = b'N';

/// The fields of an `ErrorResponse` or a `NoticeResponse`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub severity: String,
    pub code: String,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
    /// Characters into the statement, from 1.
    pub position: Option<usize>,
}

impl Report {
    pub(crate) fn error(code: &str, message: impl Into<String>) -> Self {
        Self::of("ERROR", code, message)
    }

    pub(crate) fn fatal(code: &str, message: impl Into<String>) -> Self {
        Self::of("FATAL", code, message)
    }

    /// The severity of COPY's "N record(s) loaded successfully", which clients print and most drivers drop.
    pub(crate) fn info(message: impl Into<String>) -> Self {
        Self::of("INFO", "00000", message)
    }

    fn of(severity: &str, code: &str, message: impl Into<String>) -> Self {
        Self {
            severity: severity.to_owned(),
            code: code.to_owned(),
            message: message.into(),
            detail: None,
            hint: None,
            position: None,
        }
    }

    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub(crate) fn at(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }

    /// Reads the fields that a client acts on. PostgreSQL's own ones (context, source file, constraint) are dropped:
    /// Redshift's 8.0 protocol does not have most of them.
    pub(crate) fn decode(mut body: Bytes) -> Self {
        let mut report = Self::error("XX000", "");
        while let Some((&field, _)) = body.split_first() {
            if field == 0 {
                break;
            }
            body = body.slice(1..);
            let Some(text) = take_text(&mut body) else { break };
            match field {
                b'S' => report.severity = text,
                b'C' => report.code = text,
                b'M' => report.message = text,
                b'D' => report.detail = Some(text),
                b'H' => report.hint = Some(text),
                b'P' => report.position = text.parse().ok(),
                _ => {}
            }
        }
        report
    }

    pub(crate) fn encode(&self, tag: u8) -> Frame {
        let mut body = BytesMut::new();
        let position = self.position.map(|position| position.to_string());
        let fields = [
            (b'S', Some(self.severity.as_str())),
            (b'C', Some(self.code.as_str())),
            (b'M', Some(self.message.as_str())),
            (b'D', self.detail.as_deref()),
            (b'H', self.hint.as_deref()),
            (b'P', position.as_deref()),
        ];
        for (field, text) in fields {
            if let Some(text) = text {
                body.put_u8(field);
                put_text(&mut body, text);
            }
        }
        body.put_u8(0);
        Frame::new(tag, body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_the_wire() {
        let report = Report::error("42601", "syntax error").with_detail("near COPY").at(7);
        assert_eq!(Report::decode(report.encode(ERROR).body), report);
    }
}
