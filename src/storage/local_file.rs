//! Table configs on the local disk, for `--config path`.

use std::path::Path;

use crate::storage::{StorageError, StorageErrorKind};

/// Reads a whole file of at most `max_bytes`.
pub async fn read(path: &Path, max_bytes: usize) -> Result<Vec<u8>, StorageError> {
    let error = |kind, detail: String| StorageError {
        kind,
        action: "read",
        object: path.display().to_string(),
        detail,
    };
    let content = tokio::fs::read(path).await.map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => error(StorageErrorKind::NotFound, String::new()),
        _ => error(StorageErrorKind::Denied, source.to_string()),
    })?;
    if content.len() > max_bytes {
        return Err(error(StorageErrorKind::TooLarge, format!("{} bytes", content.len())));
    }
    Ok(content)
}
