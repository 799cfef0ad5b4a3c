//! Redshift's own errors: all of them XX000 (fact 0.2), most of them with a block of dashed lines for DETAIL.

use std::fmt::Display;

use super::report::Report;

const LINE: &str = "-----------------------------------------------";

/// A circle of transactions that no order explains, which loaders match by its number (fact 0.2).
pub(crate) fn serializable(table: impl Display, transactions: &[impl Display], pid: i32) -> Report {
    let transactions: Vec<String> = transactions.iter().map(ToString::to_string).collect();
    Report::error("XX000", "1023").with_detail(format!(
        "Serializable isolation violation on table - {table}, transactions forming the cycle are: {} (pid:{pid})",
        transactions.join(", ")
    ))
}

/// Under snapshot isolation, and where DDL races (fact 0.2).
pub(crate) fn conflict() -> Report {
    Report::error("XX000", "could not complete because of conflict with concurrent transaction")
}

/// NULL for a NOT NULL column, in a statement and not in a COPY [aws-sdk-pandas #1110]; the code is from memory.
pub(crate) fn null_in_column(column: &str, pid: i32) -> Report {
    let text = format!("Cannot insert a NULL value into column {column}");
    let process = [("process", format!("query0 [pid={pid}]"))];
    Report::error("XX000", text.clone()).with_detail(detail(&text, 8007, "query execution", &process))
}

/// [DG `r_numeric_computations201`]; code and context as people quote them.
pub(crate) fn numeric_overflow(pid: i32) -> Report {
    let text = "Numeric data overflow (result precision)";
    let process = [("process", format!("query0 [pid={pid}]"))];
    Report::error("XX000", text).with_detail(detail(text, 1058, "128 bit overflow", &process))
}

/// `S3ServiceException:Access Denied,Status 403,Error AccessDenied,Rid ...,ExtRid ...,CanRetry 1` (fact 1.14)
pub(crate) fn s3_exception(message: &str, status: Option<u16>, code: &str, request: &str) -> Report {
    let status = status.map_or_else(String::new, |status| format!(",Status {status}"));
    let text = format!("S3ServiceException:{message}{status},Error {code},Rid {request},ExtRid ,CanRetry 1");
    let detail = detail(&text, 8001, "S3 key being read", &[]);
    Report::error("XX000", text).with_detail(detail)
}

/// The block of dashed lines; `rest` are the lines after the context.
pub(crate) fn detail(error: &str, code: u32, context: &str, rest: &[(&str, String)]) -> String {
    let mut block = format!("\n  {LINE}\n  error:  {error}\n  code:      {code}\n  context:   {context}\n");
    for (label, value) in rest {
        block.push_str(&format!("  {:<11}{value}\n", format!("{label}:")));
    }
    block.push_str(&format!("  {LINE}\n"));
    block
}

/// What is said of so many `extra_float_digits`, where PostgreSQL would take 3 (fact 4.1); nothing when they will do.
pub(crate) fn float_digits_outside(digits: i32) -> Option<String> {
    let outside = !(-15..=2).contains(&digits);
    outside.then(|| {
        format!("{digits} is outside the valid range for parameter \"extra_float_digits\" (-15 .. 2)")
    })
}
