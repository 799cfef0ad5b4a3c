//! Redshift's own errors: all of them XX000 (fact 0.2), most of them with a block of dashed lines for DETAIL.

use super::report::Report;

const LINE: &str = "-----------------------------------------------";

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
