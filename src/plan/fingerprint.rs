//! The fingerprint of a load: same files, same config, same fingerprint.

use sha2::{Digest, Sha256};

use crate::model::load_id::Fingerprint;
use crate::plan::input::DataSet;

/// Hashes the keys and `ETag`s of the files and the text of the config. Each part is preceded by its length, so that
/// no two different lists run together into one text.
pub fn fingerprint(data: &DataSet, config_text: &str) -> Fingerprint {
    let mut hasher = Sha256::new();
    let mut add = |part: &str| {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    };
    for file in &data.files {
        add(&file.uri.to_string());
        add(&file.etag);
    }
    add(config_text);
    Fingerprint(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
