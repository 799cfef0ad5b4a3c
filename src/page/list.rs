//! Lists that end before they are too long.

use maud::Markup;

/// The first items of a list.
pub(super) struct Shown {
    pub(super) items: Vec<Markup>,
    /// Items that are not among them.
    pub(super) more: usize,
}

/// As many items as may be, within so many bytes of HTML.
pub(super) fn first<T>(all: &[T], most: usize, bytes: usize, item: impl Fn(&T) -> Markup) -> Shown {
    let mut items = Vec::new();
    let mut left = bytes;
    for one in all.iter().take(most) {
        let rendered = item(one);
        let Some(rest) = left.checked_sub(rendered.0.len()) else { break };
        left = rest;
        items.push(rendered);
    }
    let more = all.len() - items.len();
    Shown { items, more }
}

#[cfg(test)]
mod tests {
    use maud::html;

    use super::*;

    #[test]
    fn a_list_ends_by_number_or_by_bytes_and_says_how_much_is_left() {
        let item = |number: &u32| html! { (number) };
        let by_number = first(&[1, 2, 3], 2, 100, item);
        assert_eq!((by_number.items.len(), by_number.more), (2, 1));
        let by_bytes = first(&[10, 20, 30], 100, 5, item);
        assert_eq!((by_bytes.items.len(), by_bytes.more), (2, 1));
    }
}
