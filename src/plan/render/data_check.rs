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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use expect_test::expect;

    use super::*;
    use crate::failure::load_error::LoadError;

    #[test]
    fn a_check_is_told_in_lines_of_what_plan_prints() {
        let row = LoadError {
            file: "s3://b/k\u{1b}[31m".to_owned(),
            line: 2,
            column: "id".to_owned(),
            column_type: "int8".to_owned(),
            reason: "Invalid digit".to_owned(),
            value: None,
        };
        let check = |verdict, reason: Option<&str>, lines, refused_rows| {
            let reason = reason.map(str::to_owned);
            text(&DataCheck {
                verdict,
                reason,
                lines,
                bytes: 1,
                took: Duration::from_millis(1260),
                refused_rows,
            })
        };
        let told = [
            check(Verdict::Taken, None, Some(9_120), Vec::new()),
            check(Verdict::Changed, Some("one is long"), None, Vec::new()),
            check(Verdict::Refused, Some("one is no number"), None, vec![row]),
            check(Verdict::NotPossible, Some("it is Parquet"), None, Vec::new()),
            check(Verdict::Failed, Some("S3 is gone"), None, Vec::new()),
        ];
        expect![[r#"
            s.t
              data check  COPY takes all of the data as it is (9,120 lines and 1 byte, in 1.3 s)
              data check  COPY takes the data and changes or skips some of it, as the config allows (1 byte, in 1.3 s)
              because     one is long
              data check  COPY refuses the data (1 byte, in 1.3 s)
              because     one is no number
              refused row line 2 of s3://b/k\u{1b}[31m, column `id` (int8): Invalid digit
              data check  not possible
              because     it is Parquet
              data check  failed
              because     S3 is gone
        "#]].assert_eq(&format!("s.t\n{}", told.concat()));
    }
}
