//! What a check of the data has shown, in words.

use std::fmt::Write;

use crate::model::count::counted;
use crate::model::shown::shown;
use crate::plan::data_check::{DataCheck, Verdict};

/// The last lines of what `plan` prints of a table.
pub fn text(check: &DataCheck) -> String {
    let DataCheck { verdict, reason, lines, bytes, took, refused_rows } = check;
    let read = lines.map_or_else(String::new, |lines| format!("{} and ", counted(lines, "line")));
    let read = format!("{read}{}, in {:.1} s", counted(*bytes, "byte"), took.as_secs_f64());
    let verdict = match verdict {
        Verdict::Taken => format!("COPY takes all of the data as it is ({read})"),
        Verdict::Changed => {
            format!("COPY takes the data and changes or skips some of it, as the config allows ({read})")
        }
        Verdict::Refused => format!("COPY refuses the data ({read})"),
        Verdict::NotPossible => "not possible".to_owned(),
        Verdict::Failed => "failed".to_owned(),
    };
    let mut text = format!("  {:<11} {verdict}\n", "data check");
    let mut line = |label: &str, words: &str| {
        writeln!(text, "  {label:<11} {}", shown(words)).expect("a String takes every text");
    };
    if let Some(reason) = reason {
        line("because", reason);
    }
    for row in refused_rows {
        line("refused row", &row.to_string());
    }
    text
}
