//! Which notices a client wants (`client_min_messages`).
//!
//! PostgreSQL never hears of it: by a notice it tells that it has cut a name, which the proxy has to know in any case.

use super::frame::Frame;
use super::report::{NOTICE, Report};

/// The parameter's name.
pub(crate) const LEAST_SEVERITY: &str = "client_min_messages";

/// The least grave of the notices that a client gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// PostgreSQL is not asked for what is below a notice, so this is no less than that.
    #[default]
    Notice,
    Warning,
    Error,
}

impl Severity {
    /// The parameter's value; `None` where PostgreSQL knows no such.
    pub(crate) fn of(value: &str) -> Option<Self> {
        Some(match value.to_ascii_lowercase().as_str() {
            "debug" | "debug1" | "debug2" | "debug3" | "debug4" | "debug5" | "log" | "notice" | "default" => {
                Self::Notice
            }
            "warning" => Self::Warning,
            "error" | "fatal" | "panic" => Self::Error,
            _ => return None,
        })
    }

    /// Whether the client wants the frame, which may be anything. INFO is for everybody.
    pub(crate) fn lets_through(self, frame: &Frame) -> bool {
        if self == Self::Notice || frame.tag != NOTICE {
            return true;
        }
        match Report::decode(frame.body.clone()).severity.as_str() {
            "INFO" => true,
            "WARNING" => self <= Self::Warning,
            _ => false,
        }
    }
}

/// The `options` of a login as PostgreSQL gets them, which finds the wish where it does nothing, and the wish.
pub(crate) fn taken_from(options: &str) -> (String, Severity) {
    let lower = options.to_ascii_lowercase();
    let mut kept = String::with_capacity(options.len());
    let mut severity = Severity::default();
    let mut from = 0;
    for (at, name) in lower.match_indices(LEAST_SEVERITY) {
        let end = at + name.len();
        let Some(value) = lower.get(end..).and_then(|rest| rest.strip_prefix('=')) else { continue };
        severity = Severity::of(value.split_whitespace().next().unwrap_or_default()).unwrap_or(severity);
        kept.push_str(options.get(from..at).unwrap_or_default());
        kept.push_str("redshift_local.");
        from = at;
    }
    kept.push_str(options.get(from..).unwrap_or_default());
    (kept, severity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_what_is_as_grave_as_it_wants() {
        let notice =
            |severity: &str| Report { severity: severity.to_owned(), ..Report::info("x") }.encode(NOTICE);
        for (wanted, heard) in [
            ("debug1", &["INFO", "NOTICE", "WARNING"][..]),
            ("Warning", &["INFO", "WARNING"]),
            ("error", &["INFO"]),
        ] {
            let wanted = Severity::of(wanted).expect("it is one");
            let all = ["INFO", "NOTICE", "WARNING"].into_iter();
            assert_eq!(
                all.filter(|severity| wanted.lets_through(&notice(severity))).collect::<Vec<_>>(),
                heard
            );
            assert!(wanted.lets_through(&Frame::empty(b'Z')));
        }
        assert_eq!(Severity::of("loud"), None);
    }

    #[test]
    fn a_login_may_bring_the_wish() {
        assert_eq!(
            taken_from("-c a=b -c Client_Min_Messages=ERROR -c d=1"),
            ("-c a=b -c redshift_local.Client_Min_Messages=ERROR -c d=1".to_owned(), Severity::Error)
        );
        assert_eq!(taken_from("-c a=b"), ("-c a=b".to_owned(), Severity::Notice));
    }
}
