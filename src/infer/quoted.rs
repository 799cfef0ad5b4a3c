//! How far nested JSON goes, by its text.

/// Bytes of the longest text within, its escapes included, and how deep lists and objects are nested.
pub(super) fn measured(json: &str) -> (usize, usize) {
    let (mut longest, mut deepest, mut depth) = (0, 0, 0_usize);
    let mut open: Option<usize> = None;
    let mut is_escaped = false;
    for (at, byte) in json.bytes().enumerate() {
        match (byte, open) {
            _ if is_escaped => is_escaped = false,
            (b'\\', Some(_)) => is_escaped = true,
            (b'"', Some(start)) => {
                longest = longest.max(at - start - 1);
                open = None;
            }
            (b'"', None) => open = Some(at),
            (b'{' | b'[', None) => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (b'}' | b']', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (longest, deepest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_depth_are_measured_without_what_stands_in_quotes() {
        assert_eq!(measured(r#"{"a": ["[[[", "x\"y"]}"#), (4, 2));
        assert_eq!(measured("[]"), (0, 1));
        assert_eq!(measured(r#""cut"#), (0, 0));
    }
}
