//! Files on the local disk: table configs of `--config path`, and of the directory that messages may name files of; data of
//! which a sample is taken.

use std::ops::Range;
use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncSeekExt};

use crate::storage::{StorageError, StorageErrorKind};

/// Reads a whole regular file of at most `max_bytes`; a device or a pipe could go on for ever.
pub async fn read(path: &Path, max_bytes: usize) -> Result<Vec<u8>, StorageError> {
    let error = |kind, detail| unread(path, kind, detail);
    let refused = |source: std::io::Error| refused(path, &source);
    size(path).await?;
    let file = tokio::fs::File::open(path).await.map_err(refused)?;
    let mut content = Vec::new();
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut content).await.map_err(refused)?;
    if content.len() > max_bytes {
        return Err(error(StorageErrorKind::TooLarge, format!("more than {max_bytes} bytes")));
    }
    Ok(content)
}

/// Bytes of a regular file.
pub async fn size(path: &Path) -> Result<u64, StorageError> {
    let metadata = tokio::fs::metadata(path).await.map_err(|source| refused(path, &source))?;
    if !metadata.is_file() {
        return Err(unread(path, StorageErrorKind::Denied, "it is not a regular file".to_owned()));
    }
    Ok(metadata.len())
}

/// These bytes of a regular file, as far as they are there.
pub async fn read_range(path: &Path, range: Range<u64>) -> Result<Vec<u8>, StorageError> {
    let refused = |source: std::io::Error| refused(path, &source);
    let mut file = tokio::fs::File::open(path).await.map_err(refused)?;
    file.seek(std::io::SeekFrom::Start(range.start)).await.map_err(refused)?;
    let mut content = Vec::new();
    file.take(range.end.saturating_sub(range.start)).read_to_end(&mut content).await.map_err(refused)?;
    Ok(content)
}

fn refused(path: &Path, source: &std::io::Error) -> StorageError {
    match source.kind() {
        std::io::ErrorKind::NotFound => unread(path, StorageErrorKind::NotFound, String::new()),
        _ => unread(path, StorageErrorKind::Denied, source.to_string()),
    }
}

fn unread(path: &Path, kind: StorageErrorKind, detail: String) -> StorageError {
    StorageError { kind, action: "read", object: path.display().to_string(), detail }
}

/// Reads a file of `directory`, by its path from there.
///
/// # Errors
/// What lies outside, behind a symbolic link, is "not there", whether it exists or not: nobody learns of it.
pub async fn read_within(directory: &Path, file: &Path, max_bytes: usize) -> Result<Vec<u8>, StorageError> {
    let object = file.display().to_string();
    let resolved = async {
        let directory = tokio::fs::canonicalize(directory).await.ok()?;
        let file = tokio::fs::canonicalize(directory.join(file)).await.ok()?;
        file.starts_with(&directory).then_some(file)
    };
    match resolved.await {
        Some(path) => read(&path, max_bytes).await.map_err(|error| StorageError { object, ..error }),
        None => Err(StorageError {
            kind: StorageErrorKind::NotFound,
            action: "read",
            object,
            detail: String::new(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_link_out_of_the_directory_answers_as_if_nothing_were_there() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret.yml"), "secret").unwrap();
        let inside = tempfile::tempdir().unwrap();
        std::fs::create_dir(inside.path().join("..data")).unwrap();
        std::fs::write(inside.path().join("..data/real.yml"), "fine").unwrap();
        let link = |to: &Path, name: &str| std::os::unix::fs::symlink(to, inside.path().join(name)).unwrap();
        link(Path::new("..data/real.yml"), "linked.yml");
        link(&outside.path().join("secret.yml"), "there.yml");
        link(&outside.path().join("nothing.yml"), "not_there.yml");
        link(outside.path(), "folder");
        let says = async |name: &str| read_within(inside.path(), Path::new(name), 10).await;
        assert_eq!(says("linked.yml").await.unwrap(), b"fine");
        for name in
            ["there.yml", "not_there.yml", "folder/secret.yml", "folder/nothing.yml", "folder", "none.yml"]
        {
            let refused = says(name).await.unwrap_err();
            let expected = format!("cannot read {name}: it does not exist");
            assert_eq!(refused.to_string(), expected);
        }
        assert_eq!(says("..data").await.unwrap_err().kind, StorageErrorKind::Denied);
    }

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
