//! A look at the packed chunks of an ORC file before the reader unpacks them: its footer says how large they may become,
//! and the reader takes whatever comes out of them.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};

use orc_rust::proto::CompressionKind;
use orc_rust::stripe::StripeMetadata;

use super::inflated::{Packing, count};
use super::unopened::Unopened;

/// As long as a chunk can be: its header has 23 bits for that.
pub(super) const LARGEST_CHUNK: u64 = 1 << 23;
/// All that the file says of itself.
pub(super) const LARGEST_FOOTER: u64 = 64 << 20;
/// Writers end a stripe at 64 MB. In the worst case all of it is one batch of rows.
const LARGEST_STRIPE: u64 = 1 << 30;

/// What the end of the file says of its chunks.
pub(super) struct Chunks {
    pub(super) kind: CompressionKind,
    /// What a chunk may become.
    pub(super) largest: u64,
}

impl Chunks {
    pub(super) fn check_stripe(&self, file: &File, stripe: &StripeMetadata) -> Result<(), Unopened> {
        let parts = [stripe.index_length(), stripe.data_length(), stripe.footer_length()];
        let length = parts.into_iter().fold(0_u64, u64::saturating_add);
        self.check(file, stripe.offset(), length, LARGEST_STRIPE, "a stripe")
    }

    pub(super) fn check(
        &self,
        file: &File,
        from: u64,
        length: u64,
        most: u64,
        what: &str,
    ) -> Result<(), Unopened> {
        let corrupt = |error: io::Error| Unopened::Corrupt(error.to_string());
        let mut source = BufReader::new(file);
        source.seek(SeekFrom::Start(from)).map_err(corrupt)?;
        let mut rest = source.take(length);
        let mut total = 0;
        while rest.limit() > 0 {
            let mut header = [0; 3];
            if rest.read_exact(&mut header).is_err() {
                // The reader meets the end of the file too, and says so.
                return Ok(());
            }
            let header = u32::from_le_bytes([header[0], header[1], header[2], 0]);
            let packed = u64::from(header >> 1).min(rest.limit());
            let mut chunk = rest.by_ref().take(packed);
            // The last bit: it is not packed.
            let becomes = if header & 1 == 1 { packed } else { self.becomes(&mut chunk, packed)? };
            if becomes > self.largest {
                return Err(Unopened::Corrupt(format!("a chunk becomes more than {} bytes", self.largest)));
            }
            total += becomes;
            if total > most {
                return Err(Unopened::NotCovered(format!("{what} of more than {most} bytes unpacked")));
            }
            io::copy(&mut chunk, &mut io::sink()).map_err(corrupt)?;
        }
        Ok(())
    }

    /// What a packed chunk becomes, as far as it matters.
    fn becomes(&self, chunk: &mut impl Read, packed: u64) -> Result<u64, Unopened> {
        let counted = |packing: Packing, chunk: &mut dyn Read| {
            count(packing, chunk, self.largest).map_err(|error| Unopened::Corrupt(error.to_string()))
        };
        match self.kind {
            CompressionKind::Zlib => counted(Packing::Deflate, chunk),
            // It says so itself, and the reader goes by it.
            CompressionKind::Snappy => Ok(varint(chunk).unwrap_or(0)),
            // The reader lets it become no more than a chunk may.
            CompressionKind::Lz4 => Ok(packed.saturating_mul(255).min(self.largest)),
            CompressionKind::Zstd => counted(Packing::Zstd, chunk),
            CompressionKind::Lzo => Err(Unopened::NotCovered("chunks packed by LZO".to_owned())),
            CompressionKind::None => Ok(packed),
        }
    }
}

fn varint(source: &mut impl Read) -> io::Result<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let mut byte = [0];
        source.read_exact(&mut byte)?;
        value |= u64::from(byte[0] & 0x7f) << shift;
        if byte[0] & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}
