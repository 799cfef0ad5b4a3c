//! The decoding thread: from the pieces of all objects to rows and errors.

use std::io;

use tokio::sync::mpsc;

use super::broken::Broken;
use super::delimited;
use super::delimited::lines::{Newline, next_row};
use super::grammar::format::{Format, Mapping};
use super::input::unpack::unpacked;
use super::input::utf16::{NoByteOrderMark, in_utf8};
use super::input::window::Window;
use super::input::{Piece, Stored};
use super::json;
use super::json::paths::Path;
use super::json::shape::Shape;
use super::load_error::{LoadError, Reject};
use super::readers;
use super::row::{RowSink, Stop};
use super::scan_error::ScanError;

/// How decoding ended.
#[derive(Debug)]
pub(crate) enum Decoded {
    /// All objects were read; the errors are fewer than MAXERROR.
    Complete {
        rows: u64,
        skipped: Vec<LoadError>,
    },
    Rejected(Vec<LoadError>),
    /// A columnar file that does not fit, or is none.
    Unscannable(ScanError),
    /// Whoever stopped it knows why.
    Abandoned,
}

/// `paths` is what the jsonpaths file holds, if the statement names one.
pub(crate) fn decode(
    mut pieces: mpsc::Receiver<Piece>,
    paths: Option<&[Path]>,
    mut sink: RowSink,
) -> Decoded {
    let shape = match (&sink.options().format, paths) {
        (Format::Json(_) | Format::Avro(_), Some(paths)) => Some(Shape::of_paths(paths)),
        (Format::Json(mapping) | Format::Avro(mapping), None) => {
            let names = sink.columns().iter().map(|column| column.name.as_str());
            Some(Shape::of_names(names, *mapping == Mapping::AutoIgnoreCase))
        }
        _ => None,
    };
    while let Some(piece) = pieces.blocking_recv() {
        // Whatever an object's decoder left unread.
        let Piece::Object(file) = piece else { continue };
        let outcome = decode_object(&file, shape.as_ref(), &mut pieces, &mut sink);
        let outcome = match outcome {
            Err(Broken::Read(error)) if error.kind() == io::ErrorKind::ConnectionAborted => {
                Err(Stop::Abandoned)
            }
            Err(Broken::Read(error)) => {
                tracing::debug!("{file} cannot be read: {error}");
                sink.bad_row(&file, 0, b"", unreadable(&error)).and(Err(Stop::TooManyErrors))
            }
            Err(Broken::Stop(stop)) => Err(stop),
            Err(Broken::Scan(error)) => return Decoded::Unscannable(error),
            Ok(()) => Ok(()),
        };
        match outcome {
            Ok(()) => {}
            Err(Stop::TooManyErrors) => return refused(sink),
            Err(Stop::Abandoned) => return Decoded::Abandoned,
        }
    }
    match sink.finish() {
        Ok((rows, skipped)) => Decoded::Complete { rows, skipped },
        Err(_) => Decoded::Abandoned,
    }
}

/// The end of a COPY with too many errors.
fn refused(sink: RowSink) -> Decoded {
    let is_columnar = sink.options().format.is_columnar();
    let errors = sink.into_errors();
    match errors.last().filter(|_| is_columnar) {
        Some(error) => Decoded::Unscannable(ScanError::of_value(error)),
        None => Decoded::Rejected(errors),
    }
}

/// An object that is not packed, or not encoded, as the statement says.
fn unreadable(error: &io::Error) -> Reject {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<NoByteOrderMark>());
    if cause.is_some() {
        Reject::new(1221, "The file does not begin with a byte order mark, which ENCODING UTF16 needs")
    } else {
        // Only the decompressors say anything else.
        Reject::new(9005, "Unknown zlib error code.  zlib error code: -3")
    }
}

/// The number of the first line behind the header, if there is one.
fn skip_header(rows: u64, window: &mut Window<'_>) -> io::Result<Option<u64>> {
    for _ in 0..rows {
        let Some(length) = next_row(window, Newline::Always)? else { return Ok(None) };
        window.advance(length);
    }
    Ok(Some(rows + 1))
}

fn decode_object(
    file: &str,
    shape: Option<&Shape>,
    pieces: &mut mpsc::Receiver<Piece>,
    sink: &mut RowSink,
) -> Result<(), Broken> {
    let options = sink.options();
    let format = options.format.clone();
    let mut bytes = unpacked(Stored::new(pieces), options.compression);
    if readers::are_for(&format) {
        return readers::decode(file, &format, shape, &mut bytes, sink);
    }
    let mut window = Window::new(in_utf8(bytes, options.encoding), sink.longest_row().bytes());
    let Some(line) = skip_header(options.ignore_header, &mut window)? else { return Ok(()) };
    match format {
        Format::Json(_) | Format::JsonDocument => json::decode(file, shape, line, &mut window, sink),
        _ => delimited::decode(file, &format, line, &mut window, sink),
    }
}
