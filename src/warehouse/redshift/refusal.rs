//! What a refusal of Redshift's means.
//!
//! Most of its own errors arrive as XX000, so its words decide where the SQLSTATE does not (redshift-facts 0.1, 0.2).
//! Words are known by how a message begins, never by what stands somewhere in it: that may be the name of a user, of a
//! table, or a value.

pub(super) mod detail;

use tokio_postgres::error::DbError;

use crate::failure::advice::Advice;
use crate::failure::{FailureKind, Stage};
use crate::storage::answer::meaning;
use crate::storage::failure::kind_of;
use crate::storage::{Reader, StorageErrorKind};

use detail::{cause_in, is_of_file};

/// Why Redshift has refused a statement or a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Another transaction was in the way.
    Conflict,
    /// COPY refused rows; a view of load errors holds the reason.
    Rows(ErrorView),
    /// COPY does not take a columnar file, and the error itself holds the reason.
    File,
    /// S3 did not give COPY what it asked for.
    Storage(StorageErrorKind),
    /// A right is missing.
    Right,
    /// Only the owner of the table may do it.
    Owner,
    /// It was cancelled, by its time limit or by somebody.
    Cancelled,
    Login,
    /// There are as many sessions as Redshift takes.
    Connections,
    DiskFull,
    /// It restarts, or takes no writes for now.
    Unavailable,
    Other,
}

/// The views of load errors (redshift-facts 1.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorView {
    Provisioned,
    Serverless,
}

impl Refusal {
    pub(super) fn of(error: &DbError) -> Self {
        refusal(error.code().code(), error.message(), error.detail().unwrap_or_default())
    }

    pub(super) fn kind(self) -> FailureKind {
        match self {
            Self::Conflict => FailureKind::Conflict,
            Self::Rows(_) | Self::File => FailureKind::DataRejected,
            Self::Storage(kind) => kind_of(kind, Stage::Copy, FailureKind::NoDataFile),
            Self::Right | Self::Owner => FailureKind::PermissionDenied,
            Self::Cancelled => FailureKind::Timeout,
            Self::Login => FailureKind::LoginRefused,
            Self::Connections | Self::DiskFull | Self::Unavailable => FailureKind::WarehouseUnavailable,
            Self::Other => FailureKind::StatementRefused,
        }
    }

    pub(super) fn advice(self, stage: Stage) -> Option<Advice> {
        match self {
            Self::Storage(kind) => kind.advice(Reader::Copy),
            Self::File => Some(Advice::FixFileOrConfig),
            Self::Right => Some(Advice::GrantRight),
            Self::Owner => Some(Advice::OwnTable),
            Self::Cancelled if stage == Stage::Prepare => Some(Advice::ExpectShortWait),
            Self::Cancelled => Some(Advice::RaiseLoadTimeout),
            Self::Login => Some(Advice::CheckLogin),
            Self::Connections => Some(Advice::FreeConnections),
            Self::DiskFull => Some(Advice::FreeDisk),
            Self::Conflict | Self::Rows(_) | Self::Unavailable | Self::Other => None,
        }
    }
}

fn refusal(code: &str, message: &str, detail: &str) -> Refusal {
    if let Some(refusal) = by_state(code) {
        return refusal;
    }
    let message = message.trim();
    let causes = [message, detail.trim(), cause_in(detail)];
    let by_words = causes.into_iter().find_map(|text| of_storage(text).or_else(|| of_words(text)));
    match by_words {
        // Spectrum may call that an exception of S3, too.
        None | Some(Refusal::Storage(_)) if is_of_file(detail) => Refusal::File,
        Some(refusal) => refusal,
        None if code == "42501" => Refusal::Right,
        None => Refusal::Other,
    }
}

/// States that Redshift sets as PostgreSQL does.
fn by_state(code: &str) -> Option<Refusal> {
    match code {
        // A serialization failure, a deadlock.
        "40001" | "40P01" => Some(Refusal::Conflict),
        // Two daemons creating one table, adding one column, or creating one schema.
        "42P07" | "42701" | "23505" => Some(Refusal::Conflict),
        "28000" | "28P01" | "3D000" => Some(Refusal::Login),
        "57014" => Some(Refusal::Cancelled),
        "53300" => Some(Refusal::Connections),
        // While a cluster is resized it takes no writes.
        "25006" => Some(Refusal::Unavailable),
        _ if ["08", "57P", "53"].iter().any(|class| code.starts_with(class)) => Some(Refusal::Unavailable),
        _ => None,
    }
    // 42501 has two meanings, of which the words tell.
}

/// A message, or what its DETAIL begins with, in Redshift's words.
fn of_words(text: &str) -> Option<Refusal> {
    let begins = |start: &str| text.starts_with(start);
    if matches!(text, "1023" | "1018")
        || begins("Serializable isolation violation on table - ")
        || begins("could not complete because of conflict with concurrent transaction")
        || begins("could not open relation with OID ")
    {
        return Some(Refusal::Conflict);
    }
    if begins("Load into table '") {
        return Some(Refusal::Rows(view_in(text)));
    }
    if begins("must be owner of ") {
        return Some(Refusal::Owner);
    }
    if begins("permission denied for ") {
        return Some(Refusal::Right);
    }
    if is_cancelled(text) {
        return Some(Refusal::Cancelled);
    }
    if text == "Disk Full" {
        return Some(Refusal::DiskFull);
    }
    if is_read_only(text) {
        return Some(Refusal::Unavailable);
    }
    None
}

/// `Load into table 'x' failed.  Check 'stl_load_errors' system table for details.`, with one space or two, and the
/// name of one view or the other (redshift-facts 0.3).
fn view_in(text: &str) -> ErrorView {
    match text.ends_with("Check 'sys_load_error_detail' system table for details.") {
        true => ErrorView::Serverless,
        false => ErrorView::Provisioned,
    }
}

/// `Query (12) canceled on user's request`, `Query (12) cancelled by WLM abort action of …`.
fn is_cancelled(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("Query (") else {
        return text == "canceling statement due to statement timeout";
    };
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    [") canceled on user's request", ") cancelled on user's request", ") cancelled by WLM "]
        .iter()
        .any(|start| rest.starts_with(start))
}

/// `cannot execute COPY in a read-only transaction`: the words between are capitals.
fn is_read_only(text: &str) -> bool {
    let statement = text.strip_prefix("cannot execute ");
    let statement = statement.and_then(|rest| rest.strip_suffix(" in a read-only transaction"));
    statement.is_some_and(|statement| statement.chars().all(|c| c.is_ascii_uppercase() || c == ' '))
}

/// COPY reports S3's answers as text (redshift-facts 1.14).
fn of_storage(text: &str) -> Option<Refusal> {
    let text = text.strip_prefix("Problem reading manifest file - ").unwrap_or(text);
    let kind = if let Some(answer) = text.strip_prefix("S3ServiceException:") {
        answer_of_s3(answer)
    } else if ["S3CurlException:", "S3Query Exception", "S3 Query Exception ("]
        .iter()
        .any(|start| text.starts_with(start))
    {
        StorageErrorKind::Unavailable
    } else if text.starts_with("The specified S3 prefix '") {
        StorageErrorKind::NotFound
    } else if text.starts_with("The bucket you are attempting to access must be addressed using ") {
        StorageErrorKind::WrongRegion
    } else if is_role_refused(text) {
        StorageErrorKind::Denied
    } else {
        return None;
    };
    Some(Refusal::Storage(kind))
}

/// `Access Denied,Status 403,Error AccessDenied,Rid …,ExtRid …,CanRetry 1`. What S3 says in words comes first, and may
/// have names in it: the last of each field counts.
fn answer_of_s3(answer: &str) -> StorageErrorKind {
    let field = |name: &str| {
        let (_, rest) = answer.rsplit_once(name)?;
        rest.split(',').next()
    };
    let status = field(",Status ").and_then(|status| status.trim().parse().ok());
    meaning(field(",Error ").unwrap_or_default().trim(), status)
}

/// `User arn:aws:redshift:… is not authorized to assume IAM Role …`: no ARN of a user has a blank.
fn is_role_refused(text: &str) -> bool {
    let user = text.strip_prefix("User arn:").and_then(|rest| rest.split_once(' '));
    user.is_some_and(|(_, rest)| rest.starts_with("is not authorized to assume IAM Role "))
}

#[cfg(test)]
mod tests;
