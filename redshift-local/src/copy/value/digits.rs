//! Numbers at the front of a text, with what comes after them.

/// Exactly so many digits.
pub(super) fn digits(text: &str, count: usize) -> Option<(u32, &str)> {
    let (head, rest) = text.split_at_checked(count)?;
    if !head.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((head.parse().ok()?, rest))
}

/// One or two digits.
pub(super) fn short_number(text: &str) -> Option<(u32, &str)> {
    digits(text, 2).or_else(|| digits(text, 1))
}
