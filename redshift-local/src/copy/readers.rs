//! The readers of PARQUET, ORC and AVRO, or the refusal of a build that was made without them.

use std::io::Read;

use super::broken::Broken;
use super::grammar::format::Format;
use super::json::shape::Shape;
use super::row::RowSink;
use crate::wire::report::Report;

/// Whether this program was built with the reader of a format.
fn is_built(format: &Format) -> bool {
    let with_parquet = cfg!(feature = "parquet") && matches!(format, Format::Parquet { .. });
    with_parquet || cfg!(feature = "columnar")
}

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

/// What is said of a COPY that this build cannot carry out, before anything is done for it.
pub(crate) fn refusal(format: &Format) -> Option<Report> {
    refusal_of_build(format, is_built(format))
}

fn refusal_of_build(format: &Format, built: bool) -> Option<Report> {
    let name = name(format).filter(|_| !built)?;
    let message = format!(
        "this redshift-local was built without the feature columnar, which reads {name}: \
         use the one that `cargo build --release --workspace` makes"
    );
    Some(Report::error("0A000", message))
}

/// Decodes one object of S3.
#[cfg(feature = "parquet")]
#[cfg_attr(not(feature = "columnar"), expect(unused_variables, reason = "AVRO alone has a shape"))]
pub(crate) fn decode(
    file: &str,
    format: &Format,
    shape: Option<&Shape>,
    stored: &mut dyn Read,
    sink: &mut RowSink,
) -> Result<(), Broken> {
    match format {
        #[cfg(feature = "columnar")]
        Format::Avro(_) => super::avro::decode(file, shape, stored, sink),
        _ => super::columnar::decode(file, format, stored, sink),
    }
}

/// Not reached: [`refusal`] has ended the statement.
#[cfg(not(feature = "parquet"))]
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

    fn told(format: &Format, built: bool) -> Option<String> {
        refusal_of_build(format, built).map(|report| report.message)
    }

    #[test]
    fn a_build_without_readers_says_what_it_lacks_and_loads_the_rest() {
        let formats = [
            (Format::Parquet { serialize_to_json: false }, "PARQUET"),
            (Format::Orc { serialize_to_json: false }, "ORC"),
            (Format::Avro(Mapping::Auto), "AVRO"),
        ];
        for (format, name) in formats {
            let message = told(&format, false).expect("it cannot be read");
            assert!(
                message.contains(&format!("without the feature columnar, which reads {name}: use")),
                "{message}"
            );
            assert_eq!(told(&format, true), None);
        }
        assert_eq!(told(&Format::Json(Mapping::Auto), false), None);
    }
}
