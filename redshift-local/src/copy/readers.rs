//! The readers of PARQUET, ORC and AVRO, or the refusal of a build that was made without them.

use std::io::Read;

use super::broken::Broken;
use super::grammar::format::Format;
use super::json::shape::Shape;
use super::row::RowSink;
use crate::wire::report::Report;

/// Whether this program was built with them.
const BUILT: bool = cfg!(feature = "columnar");

/// Whether files of this format are read here.
pub(crate) fn are_for(format: &Format) -> bool {
    name(format).is_some()
}

fn name(format: &Format) -> Option<&'static str> {
    match format {
        Format::Avro(_) => Some("AVRO"),
        Format::Parquet { .. } => Some("PARQUET"),
        Format::Orc { .. } => Some("ORC"),
        _ => None,
    }
}

/// Refuses a COPY that this build cannot carry out, before anything is done for it.
pub(crate) fn check(format: &Format) -> Result<(), Report> {
    check_build(format, BUILT)
}

fn check_build(format: &Format, built: bool) -> Result<(), Report> {
    match name(format).filter(|_| !built) {
        Some(name) => Err(Report::error(
            "0A000",
            format!(
                "this redshift-local was built without the feature columnar, which reads {name}: \
                 use the one that `cargo build --release --workspace` makes"
            ),
        )),
        None => Ok(()),
    }
}

/// Decodes one object of S3.
#[cfg(feature = "columnar")]
pub(crate) fn decode(
    file: &str,
    format: &Format,
    shape: Option<&Shape>,
    stored: &mut dyn Read,
    sink: &mut RowSink,
) -> Result<(), Broken> {
    match format {
        Format::Avro(_) => super::avro::decode(file, shape, stored, sink),
        _ => super::columnar::decode(file, format, stored, sink),
    }
}

/// Not reached: [`check`] has refused the statement.
#[cfg(not(feature = "columnar"))]
pub(crate) fn decode(
    _file: &str,
    _format: &Format,
    _shape: Option<&Shape>,
    _stored: &mut dyn Read,
    _sink: &mut RowSink,
) -> Result<(), Broken> {
    Err(Broken::Stop(super::row::Stop::Abandoned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy::grammar::format::Mapping;

    fn refusal(format: &Format, built: bool) -> Option<String> {
        check_build(format, built).err().map(|report| report.message)
    }

    #[test]
    fn a_build_without_readers_says_what_it_lacks_and_loads_the_rest() {
        let formats = [
            (Format::Parquet { serialize_to_json: false }, "PARQUET"),
            (Format::Orc { serialize_to_json: false }, "ORC"),
            (Format::Avro(Mapping::Auto), "AVRO"),
        ];
        for (format, name) in formats {
            let message = refusal(&format, false).expect("it cannot be read");
            assert!(
                message.contains(&format!("without the feature columnar, which reads {name}: use")),
                "{message}"
            );
            assert_eq!(refusal(&format, true), None);
        }
        assert_eq!(refusal(&Format::Json(Mapping::Auto), false), None);
    }
}
