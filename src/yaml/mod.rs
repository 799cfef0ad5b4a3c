//! YAML as its writer meant it: a tree of bounded size in which a scalar keeps its spelling, its quotes and its line.
//!
//! What a scalar means is for its reader to say: `404` is a name where a name is wanted, `on` a boolean where one is
//! wanted. Merge keys have been applied, and no map has a key twice.

pub(crate) mod read;
mod build;
mod scalar;

pub(crate) use scalar::{Scalar, Style};

/// One document. Nodes name each other by number, so that neither depth nor aliases can make it grow, or recurse.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Stored>,
    /// The children of lists, and keys and values of maps in turn, those of one node side by side.
    children: Vec<u32>,
    /// The texts of all scalars, one after another.
    text: String,
    root: Option<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Stored {
    line: u32,
    content: Content,
}

/// Ranges of [`Tree::text`] or [`Tree::children`].
#[derive(Debug, Clone, Copy)]
enum Content {
    Scalar { start: u32, end: u32, style: Style },
    List { start: u32, end: u32 },
    Map { start: u32, end: u32 },
}

/// A node of a tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'t> {
    tree: &'t Tree,
    at: u32,
}

impl Tree {
    /// `None` when the file is empty.
    pub(crate) fn root(&self) -> Option<Node<'_>> {
        self.root.map(|at| self.node(at))
    }

    fn node(&self, at: u32) -> Node<'_> {
        Node { tree: self, at }
    }

    fn stored(&self, at: u32) -> Stored {
        self.nodes[index(at)]
    }

    fn children(&self, start: u32, end: u32) -> &[u32] {
        &self.children[index(start)..index(end)]
    }

    fn text(&self, start: u32, end: u32) -> &str {
        self.text.get(index(start)..index(end)).expect("ranges of texts are kept whole")
    }
}

impl<'t> Node<'t> {
    /// From 1.
    pub(crate) fn line(self) -> u32 {
        self.tree.stored(self.at).line
    }

    /// `None` for lists and maps.
    pub(crate) fn scalar(self) -> Option<Scalar<'t>> {
        match self.tree.stored(self.at).content {
            Content::Scalar { start, end, style } => Some(Scalar { text: self.tree.text(start, end), style }),
            Content::List { .. } | Content::Map { .. } => None,
        }
    }

    /// The items of a list.
    pub(crate) fn items(self) -> Option<impl ExactSizeIterator<Item = Node<'t>>> {
        match self.tree.stored(self.at).content {
            Content::List { start, end } => {
                Some(self.tree.children(start, end).iter().map(move |at| self.tree.node(*at)))
            }
            Content::Scalar { .. } | Content::Map { .. } => None,
        }
    }

    /// The keys of a map with their values; own keys first, then merged ones.
    pub(crate) fn pairs(self) -> Option<impl Iterator<Item = (Key<'t>, Node<'t>)>> {
        let Content::Map { start, end } = self.tree.stored(self.at).content else { return None };
        let pairs = self.tree.children(start, end).as_chunks::<2>().0.iter();
        Some(pairs.map(move |[key, value]| {
            let key = self.tree.node(*key);
            let text = key.scalar().expect("maps with other keys are refused").text;
            (Key { text, line: key.line() }, self.tree.node(*value))
        }))
    }

    /// The value of a key of a map; one that is null is as good as left out.
    pub(crate) fn get(self, wanted: &str) -> Option<Node<'t>> {
        let mut pairs = self.pairs()?;
        pairs.find(|(key, _)| key.text == wanted).map(|(_, value)| value).filter(|value| !value.is_null())
    }

    pub(crate) fn is_null(self) -> bool {
        self.scalar().is_some_and(Scalar::is_null)
    }

    pub(crate) fn is_map(self) -> bool {
        matches!(self.tree.stored(self.at).content, Content::Map { .. })
    }

    /// What the node is, for people: its text, or its form.
    pub(crate) fn shown(self) -> String {
        match self.tree.stored(self.at).content {
            Content::Scalar { .. } => self.scalar().map(Scalar::shown).unwrap_or_default(),
            Content::List { .. } => "a list".to_owned(),
            Content::Map { .. } => "a map".to_owned(),
        }
    }
}

/// A key of a map.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'t> {
    pub(crate) text: &'t str,
    /// From 1.
    pub(crate) line: u32,
}

fn index(number: u32) -> usize {
    usize::try_from(number).expect("a number of 32 bits fits")
}

#[cfg(test)]
mod tests;
