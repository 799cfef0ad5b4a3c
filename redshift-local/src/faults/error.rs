//! The errors that a fault can answer with, in Redshift's words.

use crate::wire::diagnosis::{conflict, detail, s3_exception, serializable};
use crate::wire::report::Report;

/// An error to be made up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Injected {
    Serializable,
    Conflict,
    DiskFull,
    S3Forbidden,
    S3Missing,
    S3Busy,
    ExpiredCredentials,
    Chosen { code: String, message: String, detail: Option<String> },
}

/// Whose session it happens in.
#[derive(Debug, Clone)]
pub(crate) struct Victim<'a> {
    pub user: &'a str,
    /// `None` before the login.
    pub session: Option<i32>,
    pub query: i32,
}

impl Injected {
    pub(crate) const KNOWN: [(&'static str, Self); 7] = [
        ("serializable", Self::Serializable),
        ("conflict", Self::Conflict),
        ("disk_full", Self::DiskFull),
        ("s3_403", Self::S3Forbidden),
        ("s3_404", Self::S3Missing),
        ("s3_503", Self::S3Busy),
        ("expired_credentials", Self::ExpiredCredentials),
    ];

    /// It is said by S3 while a COPY reads.
    pub(crate) fn is_of_s3(&self) -> bool {
        matches!(self, Self::S3Forbidden | Self::S3Missing | Self::S3Busy)
    }

    pub(crate) fn report(&self, victim: &Victim<'_>) -> Report {
        let pid = victim.session.unwrap_or_default();
        match self {
            Self::Serializable => serializable(0, &[0, 0], pid),
            Self::Conflict => conflict(),
            Self::DiskFull => disk_full(victim.query, pid),
            Self::S3Forbidden => s3_exception("Access Denied", Some(403), "AccessDenied", REQUEST),
            Self::S3Missing => {
                s3_exception("The specified key does not exist.", Some(404), "NoSuchKey", REQUEST)
            }
            Self::S3Busy => s3_exception("Please reduce your request rate.", Some(503), "SlowDown", REQUEST),
            Self::ExpiredCredentials if victim.session.is_none() => wrong_password(victim.user),
            Self::ExpiredCredentials => {
                s3_exception("The provided token has expired.", Some(400), "ExpiredToken", REQUEST)
            }
            Self::Chosen { code, message, detail } => {
                Report { detail: detail.clone(), ..Report::error(code, message) }
            }
        }
    }
}

/// What S3 would call the request.
const REQUEST: &str = "7E1A0F3C5B9D2E48";

/// A password that has expired is as wrong as any other (fact 5.3).
pub(crate) fn wrong_password(user: &str) -> Report {
    Report::fatal("28000", format!("password authentication failed for user \"{user}\""))
}

fn disk_full(query: i32, pid: i32) -> Report {
    let rest = [
        ("query", query.to_string()),
        ("location", "fdisk_api.cpp:343".to_owned()),
        ("process", format!("query0_{query} [pid={pid}]")),
    ];
    Report::error("XX000", "Disk Full").with_detail(detail("Disk Full", 1016, "node: 0", &rest))
}
