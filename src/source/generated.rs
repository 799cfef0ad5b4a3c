//! The keys of objects that loads write for COPY, in one folder. Named by what is in them, so that repeating a load writes the
//! same object again.

use crate::model::load_id::Fingerprint;
use crate::model::object::{ObjectUri, SourceBucket};
use crate::model::target_table::TargetTable;

const ENDS: [&str; 2] = [MANIFEST, PATHS];
const MANIFEST: &str = ".manifest";
const PATHS: &str = ".jsonpaths";

/// Of a manifest of these files.
pub fn manifest_key(folder: &str, target: &TargetTable, files: &Fingerprint) -> String {
    format!("{folder}{target}/{files}{MANIFEST}")
}

/// Of the JSON paths that are made of this table config: all loads with it share them.
pub fn paths_key(folder: &str, target: &TargetTable, config: &Fingerprint) -> String {
    format!("{folder}{target}/{config}{PATHS}")
}

/// Whether a key is such a one: nothing else in the folder is ours.
pub fn is_generated(folder: &str, key: &str) -> bool {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let Some(rest) = key.strip_prefix(folder) else { return false };
    let name = ENDS.iter().find_map(|end| rest.strip_suffix(end)?.split_once('/'));
    name.is_some_and(|(target, of)| target.contains('.') && of.len() == 64 && of.bytes().all(is_hex))
}

/// Whether this program has written an object: in the folder that every bucket has for that, or in the one that is configured.
pub fn is_ours(uri: &ObjectUri, folder: &str, configured: Option<&SourceBucket>) -> bool {
    let in_configured = |configured: &SourceBucket| {
        configured.bucket == uri.bucket && is_generated(&configured.prefix, &uri.key)
    };
    // Also where another was configured since.
    is_generated(folder, &uri.key) || configured.is_some_and(in_configured)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ident::Ident;

    #[test]
    fn what_is_written_is_known_as_ours_and_nothing_else_is() {
        let target = TargetTable { schema: Ident::new("web").unwrap(), table: Ident::new("pages").unwrap() };
        let of = Fingerprint("0123456789abcdef".repeat(4));
        for key in [manifest_key("m/", &target, &of), paths_key("m/", &target, &of)] {
            assert!(is_generated("m/", &key), "{key}");
            assert!(!is_generated("other/", &key), "{key}");
            assert!(!is_generated("m/", &key.replace("0123", "xyz0")), "{key}");
            assert!(!is_generated("m/", &key.replace("web.pages/", "")), "{key}");
            assert!(!is_generated("m/", &format!("{key}.bak")), "{key}");
        }
    }
}
