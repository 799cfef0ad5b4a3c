//! Pages of the documentation hang together: what they link to is there, and what they show can be read.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<PathBuf> {
    let folders = [root().to_owned(), root().join("docs"), root().join("deploy")];
    let files = folders.iter().flat_map(|folder| folder.read_dir().unwrap());
    files.map(|file| file.unwrap().path()).filter(|path| path.extension() == Some("md".as_ref())).collect()
}

/// What stands in a page.
#[derive(Default)]
struct Page {
    /// To where, as it is written.
    links: Vec<String>,
    anchors: HashSet<String>,
    /// Language and text of each block of code.
    blocks: Vec<(String, String)>,
}

impl Page {
    fn of(text: &str) -> Self {
        let (mut page, mut heading, mut block) = (Self::default(), None, None);
        let mut times: HashMap<String, usize> = HashMap::new();
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let slug = slug(&heading.take().unwrap_or_default());
                    let before = times.entry(slug.clone()).or_default();
                    page.anchors.insert(if *before == 0 { slug } else { format!("{slug}-{before}") });
                    *before += 1;
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                    block = Some((language.into_string(), String::new()));
                }
                Event::End(TagEnd::CodeBlock) => page.blocks.extend(block.take()),
                Event::Text(text) | Event::Code(text) => {
                    let block = block.as_mut().map(|(_, code)| code);
                    for part in [heading.as_mut(), block].into_iter().flatten() {
                        part.push_str(&text);
                    }
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    let ids = html.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next());
                    page.anchors.extend(ids.map(str::to_owned));
                }
                _ => {}
            }
        }
        page
    }

    fn read(path: &Path) -> Self {
        Self::of(&std::fs::read_to_string(path).unwrap())
    }
}

/// The anchor that GitHub makes of a heading.
fn slug(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_leads_to_a_file_and_every_anchor_to_its_place() {
    let (mut followed, mut broken) = (0, Vec::new());
    for path in pages() {
        for link in Page::read(&path).links {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            followed += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            let is_page = target.extension() == Some("md".as_ref());
            let leads_somewhere = target.exists()
                && (anchor.is_empty() || !is_page || Page::read(&target).anchors.contains(anchor));
            if !leads_somewhere {
                broken.push(format!("{} links to {link}", path.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(followed > 100, "{followed} links are followed");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn what_is_shown_as_yaml_or_json_is_that() {
    let (mut read, mut wrong) = (0, Vec::new());
    for path in pages() {
        for (language, text) in Page::read(&path).blocks {
            let problem = match language.as_str() {
                "yaml" => {
                    serde_yaml::from_str::<serde_yaml::Value>(&text).err().map(|error| error.to_string())
                }
                "json" => {
                    // A number that is left out.
                    let text = text.replace(":…", ":0");
                    let mut values =
                        serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>();
                    values.find_map(Result::err).map(|error| error.to_string())
                }
                _ => continue,
            };
            read += 1;
            wrong.extend(problem.map(|problem| format!("{}: {problem}\n{text}", path.display())));
        }
    }
    assert!(read > 20, "{read} blocks are read");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn anchors_are_those_of_github() {
    let page = Page::of(
        "# `--keep`, and why: it's *so*\n## A\n## A\n<a id=\"old\"></a>**B**\n```sh\n# no heading\n[no](link)\n```\n[c](#a-1)\n",
    );
    let anchors = ["--keep-and-why-its-so", "a", "a-1", "old"].map(str::to_owned);
    assert_eq!(page.anchors, HashSet::from(anchors));
    assert_eq!(page.links, ["#a-1"]);
    assert_eq!(page.blocks, [("sh".to_owned(), "# no heading\n[no](link)\n".to_owned())]);
}
