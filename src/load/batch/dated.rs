//! Announced files with the instants that their rows are of, in parts that one COPY may load. Decides, and does nothing.

use crate::load::batch::look::FileThere;
use crate::model::batch_limits::BatchLimits;
use crate::model::data_date::DataDate;
use crate::model::window::Window;

/// A file of a group, with the instants that its rows are of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dated {
    pub(super) file: FileThere,
    pub(super) date: DataDate,
    pub(super) window: Window,
    /// Whether it had another content when it was looked at before, for the attempt that failed.
    pub(super) has_changed: bool,
}

impl Dated {
    /// Whether the key was loaded with another content.
    pub(super) fn is_rewritten(&self) -> bool {
        self.file.loaded.as_ref().is_some_and(|loaded| loaded.etag != self.file.object.etag)
    }
}

/// Files of one window each: their rows are to be of it, and COPY does not tell from which file a row is.
pub(super) fn by_window(files: Vec<Dated>) -> Vec<Vec<Dated>> {
    let mut parts: Vec<Vec<Dated>> = Vec::new();
    for file in files {
        match parts.iter_mut().find(|part| part.first().is_some_and(|first| first.window == file.window)) {
            Some(part) => part.push(file),
            None => parts.push(vec![file]),
        }
    }
    parts
}

/// Files in parts of which each is within the limits, or is one file.
pub(super) fn within(limits: BatchLimits, files: Vec<Dated>) -> Vec<Vec<Dated>> {
    let (mut parts, mut bytes) = (Vec::<Vec<Dated>>::new(), 0_u64);
    for file in files {
        let size = file.file.object.size;
        bytes = bytes.saturating_add(size);
        match parts.last_mut().filter(|part| part.len() < limits.files && bytes <= limits.bytes) {
            Some(part) => part.push(file),
            None => {
                bytes = size;
                parts.push(vec![file]);
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::announced_file::AnnouncedFile;
    use crate::model::format::Compression;
    use crate::model::object::{Access, ObjectMeta, ObjectUri};
    use crate::model::zone::Zone;
    use crate::source::suffix::Stored;

    fn file(key: &str, size: u64) -> Dated {
        let uri = ObjectUri { bucket: "b".to_owned(), key: key.to_owned() };
        let announced =
            AnnouncedFile { uri: uri.clone(), size: None, etag: None, version_id: None, date: None };
        let object = ObjectMeta { uri, etag: String::new(), size, access: Access::AtOnce };
        let stored = Stored { format: None, compression: Compression::None };
        let date = DataDate::parse("2015-07-01T00:00:00Z").unwrap();
        let file = FileThere { announced, object, stored, version_id: None, loaded: None };
        Dated { file, date, window: Window::exact(date, Zone::UTC), has_changed: false }
    }

    #[test]
    fn a_part_is_within_both_limits_unless_it_is_one_large_file() {
        let limits = BatchLimits { files: 2, bytes: 10, ..BatchLimits::DEFAULT };
        let files = [("a", 1), ("b", 1), ("c", 1), ("d", 9), ("e", 50), ("f", 1), ("g", 9)];
        let parts = within(limits, files.map(|(key, size)| file(key, size)).into());
        let keys: Vec<String> = parts
            .iter()
            .map(|part| part.iter().map(|file| file.file.object.uri.key.as_str()).collect::<String>())
            .collect();
        assert_eq!(keys, ["ab", "cd", "e", "fg"]);
        assert_eq!(within(limits, Vec::new()), Vec::<Vec<Dated>>::new());
    }
}
