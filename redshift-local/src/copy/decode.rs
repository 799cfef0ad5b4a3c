//! The decoding thread: from the pieces of all objects to rows and errors.

use std::io;

use tokio::sync::mpsc;

use super::broken::Broken;
use super::delimited::{self, Cut};
use super::grammar::format::{Format, Mapping};
use super::grammar::options::{Compression, Encoding, Options};
use super::input::{Piece, Stored, Window};
use super::json;
use super::load_error::{LoadError, Reject};
use super::row::{RowSink, Stop};
use crate::sql::refusal::Refusal;

/// Whether there is a decoder for what the statement asks for.
pub(crate) fn check_covered(options: &Options) -> Result<(), Refusal> {
    let missing = match &options.format {
        Format::Delimited { escape: true, .. } => Some("ESCAPE"),
        Format::Delimited { remove_quotes: true, .. } => Some("REMOVEQUOTES"),
        Format::Delimited { .. } | Format::Csv { .. } | Format::Json(Mapping::Auto) => None,
        Format::Json(Mapping::AutoIgnoreCase) => Some("JSON 'auto ignorecase'"),
        Format::Json(Mapping::Paths(_)) => Some("JSON with a jsonpaths file"),
        Format::JsonDocument => Some("JSON 'noshred'"),
        Format::FixedWidth(_) => Some("FIXEDWIDTH"),
        Format::Avro(_) => Some("AVRO"),
        Format::Parquet { .. } => Some("PARQUET"),
        Format::Orc { .. } => Some("ORC"),
    };
    let missing = missing.or(match options.compression {
        Compression::None | Compression::Gzip => None,
        Compression::Bzip2 => Some("BZIP2"),
        Compression::Zstd => Some("ZSTD"),
    });
    let missing = missing.or((options.encoding != Encoding::Utf8).then_some("ENCODING"));
    let missing = missing.or(options.fill_record.then_some("FILLRECORD"));
    missing.map_or(Ok(()), |missing| Err(Refusal::not_covered(missing)))
}

/// How decoding ended.
#[derive(Debug)]
pub(crate) enum Decoded {
    /// All objects were read; the errors are fewer than MAXERROR.
    Complete {
        rows: u64,
        skipped: Vec<LoadError>,
    },
    Rejected(Vec<LoadError>),
    /// Whoever stopped it knows why.
    Abandoned,
}

pub(crate) fn decode(mut pieces: mpsc::Receiver<Piece>, mut sink: RowSink) -> Decoded {
    while let Some(piece) = pieces.blocking_recv() {
        // Whatever an object's decoder left unread.
        let Piece::Object(file) = piece else { continue };
        let outcome = decode_object(&file, &mut pieces, &mut sink);
        let outcome = match outcome {
            Err(Broken::Read(error)) if error.kind() == io::ErrorKind::ConnectionAborted => {
                Err(Stop::Abandoned)
            }
            // Only the decompressor says anything else.
            Err(Broken::Read(error)) => {
                tracing::debug!("{file} cannot be unpacked: {error}");
                sink.bad_row(&file, 0, b"", Reject::new(9005, ZIP)).and(Err(Stop::TooManyErrors))
            }
            Err(Broken::Stop(stop)) => Err(stop),
            Ok(()) => Ok(()),
        };
        match outcome {
            Ok(()) => {}
            Err(Stop::TooManyErrors) => return Decoded::Rejected(sink.into_errors()),
            Err(Stop::Abandoned) => return Decoded::Abandoned,
        }
    }
    match sink.finish() {
        Ok((rows, skipped)) => Decoded::Complete { rows, skipped },
        Err(_) => Decoded::Abandoned,
    }
}

const ZIP: &str = "Unknown zlib error code.  zlib error code: -3";

fn decode_object(file: &str, pieces: &mut mpsc::Receiver<Piece>, sink: &mut RowSink) -> Result<(), Broken> {
    let mut window =
        Window::new(Stored::new(pieces).unpacked(sink.options().compression == Compression::Gzip));
    match Cut::of(&sink.options().format) {
        Some(cut) => delimited::decode(file, cut, &mut window, sink),
        None => json::decode(file, &mut window, sink),
    }
}
