//! The paths that are looked for, as one tree of their steps, and where each step was seen.
//!
//! A node seen again (a duplicate key) is stamped anew, and so all that was seen below it before is void: the last wins
//! without anything being cleared.

use std::collections::BTreeMap;

use crate::domain::field_path::notation::array_index;

/// The name of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step(usize);

/// The tree of all paths' steps.
#[derive(Debug)]
pub struct Wanted {
    nodes: Vec<Node>,
    stamp: u64,
}

#[derive(Debug, Default)]
struct Node {
    keys: BTreeMap<String, Step>,
    indices: BTreeMap<usize, Step>,
    span: Option<(usize, usize)>,
    stamp: u64,
    parent_stamp: u64,
}

/// How far a path was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Whether all of its steps were.
    pub whole: bool,
    /// The span of the last step that was; `None` when not even the document was.
    pub span: Option<(usize, usize)>,
}

impl Wanted {
    /// The document itself: the empty path.
    pub const ROOT: Step = Step(0);

    /// The tree of these paths.
    pub fn new(paths: &[&[String]]) -> Wanted {
        let mut wanted = Wanted {
            nodes: vec![Node::default()],
            stamp: 0,
        };
        for path in paths {
            path.iter()
                .fold(Wanted::ROOT, |node, step| wanted.grow(node, step));
        }
        wanted
    }

    fn grow(&mut self, node: Step, step: &str) -> Step {
        if let Some(known) = self.key(node, step) {
            return known;
        }
        let child = Step(self.nodes.len());
        self.nodes.push(Node::default());
        if let Some(index) = array_index(step) {
            self.nodes[node.0].indices.insert(index, child);
        }
        self.nodes[node.0].keys.insert(step.to_owned(), child);
        child
    }

    /// The step that this key of an object makes, if any path makes it.
    pub fn key(&self, node: Step, key: &str) -> Option<Step> {
        self.nodes[node.0].keys.get(key).copied()
    }

    /// The step that this element of an array makes, if any path makes it.
    pub fn index(&self, node: Step, index: usize) -> Option<Step> {
        self.nodes[node.0].indices.get(&index).copied()
    }

    /// Records that a step, reached from `parent`, stands at these bytes; what was known below it is void.
    pub fn see(&mut self, parent: Option<Step>, node: Step, start: usize, end: usize) {
        self.stamp += 1;
        let parent_stamp = parent.map_or(0, |parent| self.nodes[parent.0].stamp);
        let seen = &mut self.nodes[node.0];
        seen.span = Some((start, end));
        seen.stamp = self.stamp;
        seen.parent_stamp = parent_stamp;
    }

    /// Moves the end of a step that was seen.
    pub fn extend(&mut self, node: Step, end: usize) {
        if let Some((_, known)) = &mut self.nodes[node.0].span {
            *known = end;
        }
    }

    /// Whether a step was seen below the latest sight of `parent`.
    pub fn is_seen(&self, parent: Step, node: Step) -> bool {
        let seen = &self.nodes[node.0];
        seen.span.is_some() && seen.parent_stamp == self.nodes[parent.0].stamp
    }

    /// How far this path was found.
    pub fn reach(&self, path: &[String]) -> Reached {
        let mut node = Wanted::ROOT;
        let mut span = self.nodes[node.0].span;
        let mut whole = span.is_some();
        for step in path {
            let next = self
                .key(node, step)
                .filter(|next| self.is_seen(node, *next));
            let Some(next) = next else {
                whole = false;
                break;
            };
            node = next;
            span = self.nodes[node.0].span;
        }
        Reached { whole, span }
    }
}
