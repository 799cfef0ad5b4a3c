//! Which announced files have a table config in common, and are read alike. Decides, and does nothing.

use std::collections::HashMap;

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
