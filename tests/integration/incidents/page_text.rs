//! What somebody reads on a page, as text.

/// Tags within a line; all others begin a new one.
const INLINE: [&str; 6] = ["a", "b", "span", "code", "small", "i"];

/// The sentence at the top.
pub(super) fn heading(page: &str) -> String {
    let (_, behind) = page.split_once("<h1").expect("a page has a heading");
    text(&format!("<h1{}", behind.split("</h1>").next().expect("a split has a first part")))
}

/// The section whose title begins so; what stands before all sections for an empty title.
pub(super) fn section(page: &str, title: &str) -> String {
    let (_, body) = page.split_once("<body").expect("a page has a body");
    let sections = body.split("<h2").enumerate().map(|(index, part)| match index {
        0 => text(&format!("<body{part}")),
        _ => text(&format!("<h2{part}")),
    });
    let mut found = sections.filter(|text| title.is_empty() || text.starts_with(title));
    found.next().unwrap_or_default()
}

fn text(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<') {
        let (tag, behind) = part.split_once('>').unwrap_or(("", part));
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
        if !INLINE.contains(&name) {
            text.push(' ');
        }
        text.push_str(behind);
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
