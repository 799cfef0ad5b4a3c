//! What an error of Redshift's means.
//!
//! Most of its own errors arrive as XX000, so text decides where the SQLSTATE does not (redshift-facts 0.1, 0.2).

use tokio_postgres::error::{DbError, SqlState};

use crate::failure::{Failure, FailureKind, Stage};

/// A statement that was refused; `what` says what it would have done: "COPY into s.t".
pub(super) fn statement_failed(what: &str, stage: Stage, error: &tokio_postgres::Error) -> Failure {
    let (kind, text) = judge(error);
    let advice = match text.contains("must be owner") {
        true => "; make the loader's user the owner (ALTER TABLE … OWNER TO)",
        false => advice(kind, stage),
    };
    Failure::new(kind, stage, format!("{what} failed: {text}{advice}"))
}

/// A session that could not be opened.
pub(super) fn connection_failed(address: &str, stage: Stage, error: &tokio_postgres::Error) -> Failure {
    let (kind, text) = judge(error);
    let sentence = match kind {
        FailureKind::LoginRefused if text.contains("authentication tag") => format!(
            "cannot log in to Redshift as {address}: the user's password is stored as sha256, which this client \
             does not speak; set it again in plain form with ALTER USER … PASSWORD"
        ),
        FailureKind::LoginRefused => format!(
            "cannot log in to Redshift as {address}: {text}; check REDSHIFT_USER, REDSHIFT_PASSWORD and REDSHIFT_DB"
        ),
        _ if text.contains("certificate") => format!(
            "cannot connect to Redshift as {address}: {text}; name the file of its authority in SSL_CERT_FILE, or check \
             REDSHIFT_HOST and REDSHIFT_SSLMODE"
        ),
        _ => format!(
            "cannot connect to Redshift as {address}: {text}; check REDSHIFT_HOST, REDSHIFT_PORT and the network"
        ),
    };
    Failure::new(kind, stage, sentence)
}

/// Whether the statement named a table or schema that is not there.
pub(super) fn relation_is_missing(error: &tokio_postgres::Error) -> bool {
    let missing = [SqlState::UNDEFINED_TABLE, SqlState::INVALID_SCHEMA_NAME];
    error.code().is_some_and(|code| missing.contains(code))
}

/// Whether the statement named a column that is not there.
pub(super) fn column_is_missing(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::UNDEFINED_COLUMN)
}

/// Whether COPY refused rows, so that a view holds the reason.
pub(super) fn is_load_error(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|refusal| is_load_error_text(refusal.message()))
}

fn judge(error: &tokio_postgres::Error) -> (FailureKind, String) {
    let Some(refusal) = error.as_db_error() else {
        let text = chain(error);
        let kind = if text.contains("authentication tag") {
            FailureKind::LoginRefused
        } else {
            FailureKind::WarehouseUnavailable
        };
        return (kind, text);
    };
    (judge_refusal(refusal), refusal.message().trim().to_owned())
}

fn judge_refusal(refusal: &DbError) -> FailureKind {
    let detail = refusal.detail().unwrap_or_default();
    judge_text(refusal.code(), refusal.message(), detail)
}

fn judge_text(code: &SqlState, message: &str, detail: &str) -> FailureKind {
    let says = |text: &str| message.contains(text) || detail.contains(text);
    // With the state of two daemons adding one column, but nobody else's doing.
    if says("conflicts with a system column name") {
        return FailureKind::StatementRefused;
    }
    if message.trim() == "1023"
        || says("Serializable isolation violation")
        || says("conflict with concurrent transaction")
        || says("could not open relation with OID")
        || message.trim() == "1018"
        || *code == SqlState::T_R_DEADLOCK_DETECTED
        || *code == SqlState::T_R_SERIALIZATION_FAILURE
        // Two daemons creating one table, or adding one column.
        || *code == SqlState::DUPLICATE_TABLE
        || *code == SqlState::DUPLICATE_COLUMN
        || *code == SqlState::UNIQUE_VIOLATION
    {
        return FailureKind::Conflict;
    }
    if is_load_error_text(message) {
        return FailureKind::DataRejected;
    }
    let from_s3 = ["S3ServiceException", "S3CurlException", "S3Query Exception", "S3 prefix"];
    if from_s3.iter().any(|text| says(text)) || says("authorized to assume IAM Role") {
        return judge_s3(message, detail);
    }
    if says("permission denied") || says("must be owner") || *code == SqlState::INSUFFICIENT_PRIVILEGE {
        return FailureKind::PermissionDenied;
    }
    if says("statement timeout") || says("on user's request") || says("cancelled by WLM") {
        return FailureKind::Timeout;
    }
    // While a cluster is resized it takes no writes.
    if says("Disk Full") || says("read-only") || *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        return FailureKind::WarehouseUnavailable;
    }
    match code.code() {
        "28000" | "28P01" | "3D000" => FailureKind::LoginRefused,
        "57014" => FailureKind::Timeout,
        code if code.starts_with("08") || code.starts_with("57P") || code.starts_with("53") => {
            FailureKind::WarehouseUnavailable
        }
        _ => FailureKind::StatementRefused,
    }
}

/// COPY reports S3's responses as text (redshift-facts 1.14).
fn judge_s3(message: &str, detail: &str) -> FailureKind {
    let says = |text: &str| message.contains(text) || detail.contains(text);
    // A denial may speak of a key that does not exist too: the status is plainer.
    match status(message).or_else(|| status(detail)) {
        Some(500..) => FailureKind::StorageUnavailable,
        Some(404) => FailureKind::NoDataFile,
        // Restoring it helps, and no right does.
        Some(_) if says("InvalidObjectState") => FailureKind::UnusableDataFile,
        Some(_) if says("SlowDown") || says("RequestTimeout") => FailureKind::StorageUnavailable,
        Some(_) => FailureKind::StorageDenied,
        None if ["Curl", "Connection failed", "timed out", "Timeout", "SlowDown"]
            .iter()
            .any(|text| says(text)) =>
        {
            FailureKind::StorageUnavailable
        }
        None if says("does not exist") => FailureKind::NoDataFile,
        None => FailureKind::StorageDenied,
    }
}

/// `503` of `…,Status 503,Error SlowDown,…`.
fn status(text: &str) -> Option<u16> {
    let (_, rest) = text.split_once("Status ")?;
    rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

/// `Load into table 'x' failed.  Check 'stl_load_errors' system table for details.`, with one space or two, and the
/// name of one view or the other (redshift-facts 0.3).
fn is_load_error_text(message: &str) -> bool {
    message.starts_with("Load into table '") && message.contains("' failed.")
}

fn advice(kind: FailureKind, stage: Stage) -> &'static str {
    match kind {
        FailureKind::Timeout if stage == Stage::Prepare => {
            "; it waits for half a minute at most, as readers queue behind it"
        }
        FailureKind::PermissionDenied => "; grant the right to the loader's user",
        FailureKind::UnusableDataFile => {
            "; a file is archived in a storage class that cannot be read: restore it (S3's RestoreObject)"
        }
        FailureKind::StorageDenied => "; check the IAM role or keys that COPY reads S3 with",
        FailureKind::Timeout => "; raise LOAD_TIMEOUT if it needs that long",
        _ => "",
    }
}

/// An error and its causes. The driver's own text for a lost connection is in the cause.
fn chain(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redshifts_own_errors_are_told_apart_by_their_text() {
        let judged = |message: &str| judge_text(&SqlState::INTERNAL_ERROR, message, "");
        let cases = [
            ("1023", FailureKind::Conflict),
            ("could not complete because of conflict with concurrent transaction", FailureKind::Conflict),
            ("could not open relation with OID 123", FailureKind::Conflict),
            (
                "Load into table 'x' failed.  Check 'stl_load_errors' system table for details.",
                FailureKind::DataRejected,
            ),
            (
                "Load into table 'x' failed. Check 'sys_load_error_detail' system table for details.",
                FailureKind::DataRejected,
            ),
            ("S3ServiceException:Access Denied,Status 403,Error AccessDenied", FailureKind::StorageDenied),
            (
                "S3ServiceException:Please reduce your request rate.,Status 503,Error SlowDown",
                FailureKind::StorageUnavailable,
            ),
            (
                "S3ServiceException:The operation is not valid,Status 403,Error InvalidObjectState",
                FailureKind::UnusableDataFile,
            ),
            (
                "S3ServiceException:The key does not exist in our records.,Status 403,Error InvalidAccessKeyId",
                FailureKind::StorageDenied,
            ),
            ("S3ServiceException:Bad Gateway,Status 502,Error 502", FailureKind::StorageUnavailable),
            ("S3CurlException: Connection timed out, CurlError 28", FailureKind::StorageUnavailable),
            ("S3Query Exception Connection failed, retries exceeded", FailureKind::StorageUnavailable),
            ("The specified S3 prefix 'x' does not exist", FailureKind::NoDataFile),
            ("column name \"xmin\" conflicts with a system column name", FailureKind::StatementRefused),
            ("Query (12) canceled on user's request", FailureKind::Timeout),
            ("permission denied for relation loads", FailureKind::PermissionDenied),
            ("Disk Full", FailureKind::WarehouseUnavailable),
            ("cannot execute COPY in a read-only transaction", FailureKind::WarehouseUnavailable),
            ("something new", FailureKind::StatementRefused),
        ];
        for (message, kind) in cases {
            assert_eq!(judged(message), kind, "{message}");
        }
    }

    #[test]
    fn the_states_that_redshift_does_set_are_believed() {
        let judged = |code: &str| judge_text(&SqlState::from_code(code), "x", "");
        assert_eq!(judged("28000"), FailureKind::LoginRefused);
        assert_eq!(judged("40P01"), FailureKind::Conflict);
        assert_eq!(judged("57P01"), FailureKind::WarehouseUnavailable);
        assert_eq!(judged("57014"), FailureKind::Timeout);
        assert_eq!(judged("42P07"), FailureKind::Conflict);
    }
}
