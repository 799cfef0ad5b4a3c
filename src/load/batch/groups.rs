//! Which announced files one COPY may load together. Decides, and does nothing.

use std::collections::HashMap;

use crate::load::batch::facts::Dated;
use crate::load::batch::look::FileThere;
use crate::request::terms::ConfigLocation;
use crate::source::suffix::Stored;

/// Files that have one table config, and are written and packed alike.
pub(super) struct Group {
    pub(super) config: ConfigLocation,
    pub(super) stored: Stored,
    /// Never empty.
    pub(super) files: Vec<FileThere>,
}

/// In the order in which the first file of each was announced.
pub(super) fn groups(files: impl IntoIterator<Item = (ConfigLocation, FileThere)>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<(ConfigLocation, Stored), usize> = HashMap::new();
    for (config, file) in files {
        let stored = file.stored;
        let place = *places.entry((config.clone(), stored)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.files.push(file),
            None => groups.push(Group { config, stored, files: vec![file] }),
        }
    }
    groups
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
