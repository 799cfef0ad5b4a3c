//! Parameters that PostgreSQL reports, and what the client sees of them.

use bytes::BytesMut;

use crate::wire::frame::{Frame, put_text, take_text};

/// What the client sees of a `ParameterStatus`: Redshift's values, and nothing of what Redshift does not report.
pub(crate) fn parameter_for_client(frame: &Frame) -> Option<Frame> {
    let mut body = frame.body.clone();
    let name = take_text(&mut body)?;
    let value = take_text(&mut body)?;
    let value = match name.as_str() {
        "server_version" => "8.0.2",
        "client_encoding" => "UNICODE",
        "client_encoding_name"
        | "standard_conforming_strings"
        | "in_hot_standby"
        | "default_transaction_read_only"
        | "IntervalStyle" => return None,
        _ => value.as_str(),
    };
    Some(parameter_status(&name, value))
}

pub(crate) fn parameter_status(name: &str, value: &str) -> Frame {
    let mut parameter = BytesMut::new();
    put_text(&mut parameter, name);
    put_text(&mut parameter, value);
    Frame::new(b'S', parameter)
}

/// The name that the session has from now on, when the frame says so.
pub(crate) fn application_name(frame: &Frame) -> Option<String> {
    let mut body = frame.body.clone();
    let name = take_text(&mut body).filter(|_| frame.tag == b'S')?;
    if name == "application_name" { take_text(&mut body) } else { None }
}
