//! Local table configs that messages name: only files of the one directory that the daemon was given for them.

use std::path::{Component, Path, PathBuf};

use crate::request::terms::{ConfigLocation, Terms};
use crate::request::{InvalidRequest, LoadRequest};

impl LoadRequest {
    /// The request of a message, whose local config must lie in `directory`: anybody who can send messages could
    /// otherwise ask which files the daemon's machine has. Only the text of the path is judged, the disk is not looked at.
    pub fn confined_to(self, directory: Option<&Path>) -> Result<Self, InvalidRequest> {
        let Some(ConfigLocation::Local(path)) = &self.terms.config else { return Ok(self) };
        let Some(directory) = directory else {
            return Err(self.refused(
                "`config` names a local path, and the daemon has no directory of table configs: set TABLE_CONFIG_DIR for it, or name the config as s3://bucket/key",
            ));
        };
        let Some(file) = within(path, directory) else {
            return Err(self.refused(
                "`config` names a path outside of TABLE_CONFIG_DIR: name a file in it, relative to it and without `..`",
            ));
        };
        let directory = directory.to_owned();
        let config = Some(ConfigLocation::InDirectory { directory, file });
        Ok(Self { terms: Terms { config, ..self.terms }, ..self })
    }

    /// The request, if a daemon could take it as a message. Which directory it has is not known here.
    pub fn sendable(self) -> Result<Self, InvalidRequest> {
        match &self.terms.config {
            Some(ConfigLocation::Local(path))
                if path.components().any(|part| part == Component::ParentDir) =>
            {
                Err(self.refused(
                    "`config` contains `..`: in a message, a path is looked up in the TABLE_CONFIG_DIR of the daemon",
                ))
            }
            _ => Ok(self),
        }
    }

    fn refused(self, problem: &str) -> InvalidRequest {
        InvalidRequest { problems: vec![problem.to_owned()], targets: self.targets }
    }
}

/// The path from `directory` to the file, if the text of the path never leaves it.
fn within(path: &Path, directory: &Path) -> Option<PathBuf> {
    let relative = if path.is_absolute() { path.strip_prefix(directory).ok()? } else { path };
    let mut file = PathBuf::new();
    for part in relative.components() {
        match part {
            Component::Normal(name) => file.push(name),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (file != PathBuf::new()).then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::decode::decode;

    fn request(config: &str) -> LoadRequest {
        let body = serde_json::json!({"schema": "s", "tables": ["t"], "bucket": "b", "config": config});
        decode(&body.to_string()).unwrap()
    }

    fn file(config: &str) -> Option<PathBuf> {
        match request(config).confined_to(Some(Path::new("/etc/configs"))).ok()?.terms.config? {
            ConfigLocation::InDirectory { directory, file } => {
                assert_eq!(directory, Path::new("/etc/configs"));
                Some(file)
            }
            ConfigLocation::S3(_) | ConfigLocation::Local(_) => None,
        }
    }

    #[test]
    fn a_path_in_the_directory_is_taken_relative_to_it() {
        for path in ["a/b.yml", "./a/./b.yml", "a//b.yml", "/etc/configs/a/b.yml"] {
            assert_eq!(file(path).as_deref(), Some(Path::new("a/b.yml")), "{path}");
        }
        assert_eq!(file("..data/b.yml").as_deref(), Some(Path::new("..data/b.yml")));
    }

    #[test]
    fn a_path_that_leaves_the_directory_is_refused_in_the_same_words_whether_it_is_there_or_not() {
        let outside = [
            "/etc/passwd",
            "/no/such",
            "../configs/a.yml",
            "a/../../x",
            "/etc/configs/../passwd",
            ".",
            "/etc/configs",
            "/etc/configs2/a",
        ];
        let says =
            |path: &str| request(path).confined_to(Some(Path::new("/etc/configs"))).unwrap_err().to_string();
        for path in outside {
            assert_eq!(says(path), says("/etc/passwd"), "{path}");
        }
    }

    #[test]
    fn without_a_directory_a_local_path_is_refused_and_the_setting_is_named() {
        for path in ["/etc/passwd", "a.yml"] {
            let invalid = request(path).confined_to(None).unwrap_err().to_string();
            assert!(invalid.contains("set TABLE_CONFIG_DIR"), "{invalid}");
        }
        assert!(request("s3://b/a.yml").confined_to(None).is_ok());
    }

    #[test]
    fn a_path_that_no_daemon_would_take_is_not_sent() {
        assert!(request("a/../b.yml").sendable().is_err());
        assert!(request("a/b.yml").sendable().is_ok());
    }
}
