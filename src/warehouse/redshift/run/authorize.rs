//! By whose rights COPY reads S3.

use crate::failure::advice::Advice;
use crate::failure::{Failure, FailureKind, Stage};
use crate::warehouse::redshift::Redshift;
use crate::warehouse::redshift::sql::load::Authorization;

/// By the configured role, or by the keys that the store reads with now.
pub(super) async fn how_copy_authorizes(redshift: &Redshift) -> Result<Authorization<'_>, Failure> {
    if let Some(role) = &redshift.settings.copy_role {
        return Ok(Authorization::Role(role));
    }
    let keys = redshift.store.access_keys().await;
    keys.map(Authorization::Keys).map_err(|error| {
        Failure::new(FailureKind::StorageDenied, Stage::Copy, error.to_string())
            .advised(&Advice::NameRoleOrKeys)
    })
}
