//! Table configs on the local disk, for `--config path`.

use std::path::Path;

use tokio::io::AsyncReadExt;

use crate::storage::{StorageError, StorageErrorKind};

/// Reads a whole regular file of at most `max_bytes`; a device or a pipe could go on for ever.
pub async fn read(path: &Path, max_bytes: usize) -> Result<Vec<u8>, StorageError> {
    let error = |kind, detail: String| StorageError {
        kind,
        action: "read",
        object: path.display().to_string(),
        detail,
    };
    let refused = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => error(StorageErrorKind::NotFound, String::new()),
        _ => error(StorageErrorKind::Denied, source.to_string()),
    };
    if !tokio::fs::metadata(path).await.map_err(refused)?.is_file() {
        return Err(error(StorageErrorKind::Denied, "it is not a regular file".to_owned()));
    }
    let file = tokio::fs::File::open(path).await.map_err(refused)?;
    let mut content = Vec::new();
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut content).await.map_err(refused)?;
    if content.len() > max_bytes {
        return Err(error(StorageErrorKind::TooLarge, format!("more than {max_bytes} bytes")));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_regular_file_is_refused_before_it_is_read() {
        let refused = read(Path::new("/dev/zero"), 10).await.unwrap_err();
        assert_eq!(refused.kind, StorageErrorKind::Denied);
    }

    #[tokio::test]
    async fn a_file_that_is_too_large_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "12345").unwrap();
        assert_eq!(read(file.path(), 5).await.unwrap(), b"12345");
        assert_eq!(read(file.path(), 4).await.unwrap_err().kind, StorageErrorKind::TooLarge);
    }
}
