//! The warning that maintenance passes over a table, in Redshift's words, which are PostgreSQL's of before version 17.

use super::frame::Frame;
use super::report::{NOTICE, Report};

/// The frame in those words; `None` when it is no such warning, or says them already.
pub(crate) fn in_older_words(frame: &Frame) -> Option<Frame> {
    if frame.tag != NOTICE {
        return None;
    }
    let report = Report::decode(frame.body.clone());
    let (verb, rest) = report.message.strip_prefix("permission denied to ")?.split_once(' ')?;
    let table = rest.strip_suffix(", skipping it")?;
    let message = format!("skipping {table} --- only table or database owner can {verb} it");
    Some(Report { message, ..report }.encode(NOTICE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(message: &str) -> Option<String> {
        let frame = Report { severity: "WARNING".to_owned(), ..Report::info(message) }.encode(NOTICE);
        in_older_words(&frame).map(|frame| Report::decode(frame.body).message)
    }

    #[test]
    fn every_version_passes_over_a_table_in_the_same_words() {
        let older = "skipping \"t\" --- only table or database owner can vacuum it";
        assert_eq!(told("permission denied to vacuum \"t\", skipping it").as_deref(), Some(older));
        assert_eq!(told(older), None);
        assert_eq!(told("something else"), None);
    }
}
