//! Whether an object can be read now, by what S3 says of it.

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ObjectStorageClass, StorageClass};

use crate::model::object::Access;

/// A listing knows the storage class, but neither what was restored nor the archive tiers of `INTELLIGENT_TIERING`
/// (API reference of `HeadObject`, `x-amz-archive-status`).
pub(super) fn of_listed(class: Option<&ObjectStorageClass>) -> Access {
    match class {
        Some(
            ObjectStorageClass::Glacier
            | ObjectStorageClass::DeepArchive
            | ObjectStorageClass::IntelligentTiering,
        ) => Access::Unclear,
        // GLACIER_IR is read like any other.
        _ => Access::AtOnce,
    }
}

pub(super) fn of_head(head: &HeadObjectOutput) -> Access {
    let archive = match (head.archive_status(), head.storage_class()) {
        (Some(tier), _) => tier.as_str(),
        (None, Some(class @ (StorageClass::Glacier | StorageClass::DeepArchive))) => class.as_str(),
        (None, _) => return Access::AtOnce,
    };
    // `ongoing-request="false", expiry-date="…"` once a copy is there; nothing when none was asked for.
    match head.restore() {
        Some(restore) if restore.contains(r#"ongoing-request="false""#) => Access::AtOnce,
        restore => Access::Archived { class: archive.to_owned(), is_being_restored: restore.is_some() },
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::ArchiveStatus;

    use super::*;

    fn archived(class: &str, is_being_restored: bool) -> Access {
        Access::Archived { class: class.to_owned(), is_being_restored }
    }

    #[test]
    fn an_archived_object_can_be_read_once_it_is_restored() {
        let head = || HeadObjectOutput::builder().storage_class(StorageClass::Glacier);
        assert_eq!(of_head(&head().build()), archived("GLACIER", false));
        assert_eq!(of_head(&head().restore(r#"ongoing-request="true""#).build()), archived("GLACIER", true));
        let restored = r#"ongoing-request="false", expiry-date="Fri, 23 Dec 2012 00:00:00 GMT""#;
        assert_eq!(of_head(&head().restore(restored).build()), Access::AtOnce);
    }

    #[test]
    fn only_the_object_itself_tells_that_intelligent_tiering_has_archived_it() {
        assert_eq!(of_listed(Some(&ObjectStorageClass::IntelligentTiering)), Access::Unclear);
        let head = || HeadObjectOutput::builder().storage_class(StorageClass::IntelligentTiering);
        assert_eq!(of_head(&head().build()), Access::AtOnce);
        let tier = head().archive_status(ArchiveStatus::DeepArchiveAccess).build();
        assert_eq!(of_head(&tier), archived("DEEP_ARCHIVE_ACCESS", false));
    }

    #[test]
    fn classes_that_are_slow_or_cheap_but_not_archives_can_be_read() {
        for class in [ObjectStorageClass::GlacierIr, ObjectStorageClass::OnezoneIa] {
            assert_eq!(of_listed(Some(&class)), Access::AtOnce);
        }
        let head = HeadObjectOutput::builder().storage_class(StorageClass::GlacierIr).build();
        assert_eq!(of_head(&head), Access::AtOnce);
    }
}
