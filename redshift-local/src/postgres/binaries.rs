//! Where PostgreSQL's server programs are: on PATH, or where Debian puts them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
#[error(
    "PostgreSQL's server programs (initdb, postgres) are neither on PATH nor under /usr/lib/postgresql; \
     install them first, on Debian and Ubuntu with: apt-get install postgresql"
)]
pub(crate) struct NotInstalled;

/// The directory that holds `initdb` and `postgres`, of the newest version found.
pub(crate) fn find(path: Option<&OsStr>) -> Result<PathBuf, NotInstalled> {
    let on_path = path.into_iter().flat_map(std::env::split_paths).find(|directory| complete(directory));
    on_path.or_else(|| newest_of_debian(Path::new("/usr/lib/postgresql"))).ok_or(NotInstalled)
}

fn newest_of_debian(root: &Path) -> Option<PathBuf> {
    let versions = std::fs::read_dir(root).ok()?.flatten();
    let mut installed: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, directory)| complete(directory))
        .collect();
    installed.sort();
    installed.pop().map(|(_, directory)| directory)
}

fn complete(directory: &Path) -> bool {
    directory.join("initdb").is_file() && directory.join("postgres").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(directory: &Path) {
        std::fs::create_dir_all(directory).expect("a fresh directory can be made");
        for program in ["initdb", "postgres"] {
            std::fs::write(directory.join(program), "").expect("a fresh directory can be written");
        }
    }

    #[test]
    fn the_newest_version_wins_and_nine_is_older_than_fifteen() {
        let root = tempfile::tempdir().expect("a temporary directory can be made");
        install(&root.path().join("9/bin"));
        install(&root.path().join("15/bin"));
        std::fs::create_dir_all(root.path().join("16/bin")).expect("a client-only version can be made");
        assert_eq!(newest_of_debian(root.path()), Some(root.path().join("15/bin")));
    }

    #[test]
    fn the_message_names_the_package() {
        assert!(NotInstalled.to_string().contains("apt-get install postgresql"));
    }
}
