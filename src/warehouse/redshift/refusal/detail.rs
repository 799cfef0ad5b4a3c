//! What the DETAIL of an error of Redshift's says: its cause, and what Spectrum found wrong with a file.

/// The cause in a DETAIL of Redshift's own: lines between dashes, the first of them `error:  …`.
pub(super) fn cause_in(detail: &str) -> &str {
    let first = detail.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("---"));
    first.and_then(|line| line.strip_prefix("error:")).map_or("", str::trim)
}

/// Words of Spectrum about what passes, though a file is named with it.
const PASSING: [&str; 6] =
    ["timeout", "timed out", "could not be read", "throttl", "slow down", "connection"];

/// Whether Spectrum could read a file and does not take it, or a value of it: that does not pass.
pub(super) fn is_of_file(detail: &str) -> bool {
    let context = context_of(detail);
    let lower = context.to_lowercase();
    if PASSING.iter().any(|word| lower.contains(word)) {
        return false;
    }
    let context = context.strip_prefix("Task failed due to an internal error. ").unwrap_or(&context);
    context.starts_with("Unmatched number of columns between table and file")
        || context.starts_with("The length of the data column ")
        || context.starts_with("File '")
        // Of a value.
        || context.contains(", File name: ")
}

/// What the DETAIL of an error in reading from S3 adds: the object, or what Spectrum found wrong with it. Of other errors
/// it may be a value of a row, which is nobody's to show.
pub(in crate::warehouse::redshift) fn context_of(detail: &str) -> String {
    let is_of_reading = line_of(detail, "code:").is_some_and(|code| code == "8001" || is_of_spectrum(code));
    if is_of_reading { context_in(detail) } else { String::new() }
}

/// `15001`, `15005`, `15007`: what its layer of readers reports.
fn is_of_spectrum(code: &str) -> bool {
    code.len() == 5 && code.starts_with("15") && code.bytes().all(|byte| byte.is_ascii_digit())
}

fn line_of<'a>(detail: &'a str, name: &str) -> Option<&'a str> {
    detail.lines().find_map(|line| line.trim().strip_prefix(name)).map(str::trim)
}

/// It may go on for lines, up to the next that has a name, or to the dashes at the end.
fn context_in(detail: &str) -> String {
    let lines = detail.lines().map(str::trim).skip_while(|line| !line.starts_with("context:"));
    let lines = lines.take_while(|line| !line.starts_with("query:") && !line.starts_with("---"));
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).skip(1).collect();
    words.join(" ")
}
