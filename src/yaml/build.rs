//! Events of the parser to a [`Tree`]: aliases resolved, merge keys applied, keys that stand twice refused.

use std::collections::HashMap;

use saphyr_parser::{Event, ScalarStyle, Tag};

use crate::model::problems::Problems;
use crate::model::shown::excerpt;
use crate::yaml::{Content, Node, Stored, Style, Tree};

/// Nodes of a file, and pairs that are merged into its maps, together.
const MAX_NODES: u32 = 200_000;
/// Lists and maps within one another.
const MAX_DEPTH: usize = 64;
const MAX_ANCHORS: usize = 10_000;
/// Keys of a map that is not the whole file. Aliases let one map stand in many places, and it is searched in each.
const MAX_KEYS: usize = 1000;
const MERGE: &str = "<<";

/// A tree that grows by events.
#[derive(Default)]
pub(super) struct Builder {
    tree: Tree,
    /// Lists and maps that are not closed yet, the outermost first.
    open: Vec<Open>,
    /// Finished nodes whose parents are still open, those of one parent side by side.
    pending: Vec<u32>,
    /// By the parser's number.
    anchors: HashMap<usize, u32>,
    documents: u32,
    spent: u32,
    problems: Problems,
}

struct Open {
    /// Its first child in `pending`.
    first: usize,
    line: u32,
    anchor: usize,
}

impl Builder {
    /// # Errors
    /// When nothing more can be read; as a sentence.
    pub(super) fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), String> {
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(format!(
                        "a second YAML document begins on line {line}; a table config is one document"
                    ));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let start = length(self.tree.text.len());
                self.tree.text.push_str(&text);
                let end = length(self.tree.text.len());
                let style = style_of(style, tag.as_deref());
                self.add(Stored { line, content: Content::Scalar { start, end, style } }, anchor)?;
            }
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                if self.open.len() >= MAX_DEPTH {
                    return Err(format!("line {line}: lists and maps are nested more than {MAX_DEPTH} deep"));
                }
                self.open.push(Open { first: self.pending.len(), line, anchor });
            }
            Event::SequenceEnd => {
                let (open, children) = self.close();
                let (start, end) = self.keep(&children);
                self.add(Stored { line: open.line, content: Content::List { start, end } }, open.anchor)?;
            }
            Event::MappingEnd => {
                let (open, children) = self.close();
                let pairs = self.merged(&children)?;
                if pairs.len() > 2 * MAX_KEYS && !self.open.is_empty() {
                    return Err(format!("line {}: a map has more than {MAX_KEYS} keys", open.line));
                }
                let (start, end) = self.keep(&pairs);
                self.add(Stored { line: open.line, content: Content::Map { start, end } }, open.anchor)?;
            }
            Event::Alias(anchor) => {
                self.spend(1)?;
                let Some(at) = self.anchors.get(&anchor) else {
                    return Err(format!(
                        "the alias (`*`) on line {line} refers to the map or list that contains it"
                    ));
                };
                self.pending.push(*at);
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Tree, Vec<String>> {
        if !self.problems.is_empty() {
            return Err(self.problems.into_list());
        }
        self.tree.root = self.pending.pop();
        Ok(self.tree)
    }

    fn add(&mut self, node: Stored, anchor: usize) -> Result<(), String> {
        self.spend(1)?;
        let at = length(self.tree.nodes.len());
        self.tree.nodes.push(node);
        self.pending.push(at);
        if anchor > 0 {
            self.anchors.insert(anchor, at);
            if self.anchors.len() > MAX_ANCHORS {
                return Err(format!("it has more than {MAX_ANCHORS} anchors (`&`)"));
            }
        }
        Ok(())
    }

    fn spend(&mut self, nodes: u32) -> Result<(), String> {
        self.spent = self.spent.saturating_add(nodes);
        if self.spent > MAX_NODES {
            return Err(format!(
                "it has more than {MAX_NODES} keys, values and merged pairs; put the tables into several files"
            ));
        }
        Ok(())
    }

    fn close(&mut self) -> (Open, Vec<u32>) {
        let open = self.open.pop().expect("the parser closes only what it opened");
        let children = self.pending.split_off(open.first);
        (open, children)
    }

    fn keep(&mut self, children: &[u32]) -> (u32, u32) {
        let start = length(self.tree.children.len());
        self.tree.children.extend_from_slice(children);
        (start, length(self.tree.children.len()))
    }

    /// The pairs of a map: its own, then those of the maps that it merges, as far as an earlier one has not the same
    /// key. Merged maps were finished before, so theirs are already merged.
    fn merged(&mut self, children: &[u32]) -> Result<Vec<u32>, String> {
        let tree = &self.tree;
        let mut lines: HashMap<&str, u32> = HashMap::new();
        let mut pairs = Vec::with_capacity(children.len());
        let mut merges = Vec::new();
        for [key, value] in children.as_chunks::<2>().0 {
            let node = tree.node(*key);
            let Some(scalar) = node.scalar() else {
                return Err(format!("line {}: a key is a list or a map", node.line()));
            };
            if let Some(first) = lines.insert(scalar.text, node.line()) {
                let lines = if first == node.line() {
                    format!("on line {first}")
                } else {
                    format!("on lines {first} and {}", node.line())
                };
                let key = excerpt(scalar.text);
                self.problems.add(format!("the key `{key}` appears twice in one map, {lines}"));
            } else if scalar.text == MERGE && scalar.style == Style::Plain {
                merges = sources(tree.node(*value)).ok_or_else(|| {
                    format!("`{MERGE}` on line {} must name a map, or a list of maps", node.line())
                })?;
            } else {
                pairs.extend([*key, *value]);
            }
        }
        let mut examined = 0;
        'merges: for (start, end) in merges {
            for [key, value] in tree.children(start, end).as_chunks::<2>().0 {
                examined += 1;
                if self.spent.saturating_add(examined) > MAX_NODES {
                    break 'merges;
                }
                let node = tree.node(*key);
                let text = node.scalar().expect("maps with other keys are refused").text;
                if !lines.contains_key(text) {
                    lines.insert(text, node.line());
                    pairs.extend([*key, *value]);
                }
            }
        }
        self.spend(examined)?;
        Ok(pairs)
    }
}

/// The pairs of the map, or of each map of the list, that a merge key names.
fn sources(value: Node<'_>) -> Option<Vec<(u32, u32)>> {
    let of_map = |node: Node<'_>| match node.tree.stored(node.at).content {
        Content::Map { start, end } => Some((start, end)),
        Content::Scalar { .. } | Content::List { .. } => None,
    };
    match value.items() {
        Some(mut maps) => maps.try_fold(Vec::new(), |mut sources, map| {
            sources.push(of_map(map)?);
            Some(sources)
        }),
        None => of_map(value).map(|source| vec![source]),
    }
}

fn style_of(style: ScalarStyle, tag: Option<&Tag>) -> Style {
    match tag {
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => Style::Text,
        Some(tag) if !tag.is_yaml_core_schema() && !tag.suffix.is_empty() => Style::Tagged,
        _ => match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted
            | ScalarStyle::DoubleQuoted
            | ScalarStyle::Literal
            | ScalarStyle::Folded => Style::Text,
        },
    }
}

/// A length within a tree, which the number of nodes and the size of the file bound.
fn length(length: usize) -> u32 {
    u32::try_from(length).expect("a file is shorter than 4 GiB")
}
