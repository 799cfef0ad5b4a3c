//! Names that no stand-in helps: too long for Redshift too, or where PostgreSQL has to know the name itself.

use crate::sql::long_name::{LIMIT_OF_POSTGRES, LIMIT_OF_REDSHIFT, holds_stand_in};
use crate::sql::refusal::Refusal;

pub(super) fn too_long(name: &str) -> Refusal {
    Refusal::new("42622", format!("identifier \"{name}\" is longer than {LIMIT_OF_REDSHIFT} bytes"))
}

/// A long name that PostgreSQL would get to see.
pub(crate) fn not_covered(name: &str) -> Refusal {
    let name = name.trim_matches('"');
    Refusal::unsupported(if holds_stand_in(name) {
        format!("names like \"{name}\" are not covered by redshift-local, which calls its own things so")
    } else {
        format!(
            "a name longer than {LIMIT_OF_POSTGRES} bytes here is not covered by redshift-local: \"{name}\""
        )
    })
}
