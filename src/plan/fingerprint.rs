//! Fingerprints: same files, same fingerprint; and likewise for the text of a config.

use sha2::{Digest, Sha256};

use crate::model::load_id::Fingerprint;
use crate::model::object::ObjectMeta;

/// Hashes the keys and `ETag`s of files; their order does not matter.
pub fn of_files(files: &[ObjectMeta]) -> Fingerprint {
    let mut files: Vec<&ObjectMeta> = files.iter().collect();
    files.sort_unstable_by(|left, right| left.uri.cmp(&right.uri));
    let mut parts = Parts::default();
    for file in files {
        parts.add("s3://");
        parts.add(&file.uri.bucket);
        parts.add(&file.uri.key);
        parts.add(&file.etag);
    }
    parts.fingerprint()
}

/// Hashes the text of a table config.
pub fn of_config(text: &str) -> Fingerprint {
    let mut parts = Parts::default();
    parts.add(text);
    parts.fingerprint()
}

#[derive(Default)]
struct Parts(Sha256);

impl Parts {
    /// Each part is preceded by its length, so that no two different lists run together into one text.
    fn add(&mut self, part: &str) {
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part.as_bytes());
    }

    fn fingerprint(self) -> Fingerprint {
        Fingerprint(self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::{Access, ObjectUri};

    fn file(key: &str, etag: &str) -> ObjectMeta {
        let uri = ObjectUri { bucket: "b".to_owned(), key: key.to_owned() };
        ObjectMeta { uri, etag: etag.to_owned(), size: 1, access: Access::AtOnce }
    }

    #[test]
    fn files_are_the_same_in_any_order_and_not_with_another_content_or_name() {
        let files = of_files(&[file("x", "1"), file("y", "2")]);
        assert_eq!(of_files(&[file("y", "2"), file("x", "1")]), files);
        for others in [
            vec![file("x", "1")],
            vec![file("x", "1"), file("y", "3")],
            vec![file("x", "1"), file("z", "2")],
            vec![file("x", "1y"), file("", "2")],
        ] {
            assert_ne!(of_files(&others), files, "{others:?}");
        }
    }
}
