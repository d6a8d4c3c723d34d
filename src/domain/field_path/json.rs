//! Looking up the wanted paths in a JSON body: one pass over its tokens, no stack deeper than the paths.

use crate::domain::field_path::wanted::{Step, Wanted};
use crate::json::grammar::{Due, Grammar, Role};
use crate::json::lexer::Tokens;
use crate::json::token::{Kind, Token};

/// Records where each wanted step stands in `body`, and tells whether what was not found is certainly not there:
/// whether the body is free of faults.
pub fn read(wanted: &mut Wanted, body: &[u8]) -> bool {
    let mut pass = Pass {
        wanted,
        body,
        grammar: Grammar::new(),
        frames: Vec::new(),
        key: None,
        begun: false,
    };
    let empty = body.iter().all(u8::is_ascii_whitespace);
    let mut sound = true;
    for token in Tokens::new(body) {
        sound &= pass.take(&token);
    }
    pass.end(body.len());
    empty || (sound && pass.grammar.due() == Due::Nothing)
}

/// One reading of a body.
struct Pass<'w, 'b> {
    wanted: &'w mut Wanted,
    body: &'b [u8],
    grammar: Grammar,
    frames: Vec<Frame>,
    key: Option<Token>,
    /// Whether the document was met: what comes after it at its level is not part of it.
    begun: bool,
}

/// An open container that a wanted path goes through. Containers between it and the next frame are passed over.
struct Frame {
    node: Step,
    depth: usize,
    object: bool,
    elements: usize,
}

impl Pass<'_, '_> {
    /// Takes a token; `false` when the body has a fault there.
    fn take(&mut self, token: &Token) -> bool {
        let depth = self.grammar.depth();
        let step = self.grammar.take(token.kind);
        match step.role {
            Role::Open => self.open(token, depth),
            Role::Close => self.close(token),
            Role::Value => {
                self.value(token, depth);
            }
            Role::Key if self.is_here(depth) => self.key = Some(*token),
            Role::Separator if token.kind == Kind::Comma && self.is_here(depth) => self.key = None,
            Role::Key | Role::Separator | Role::Stray => {}
        }
        step.broken.is_none() && !(token.cut && token.kind == Kind::String)
    }

    /// Whether the innermost frame is the innermost container.
    fn is_here(&self, depth: usize) -> bool {
        self.frames.last().map_or(0, |frame| frame.depth) == depth
    }

    /// Records a value that begins at this token, when a path leads to it.
    fn value(&mut self, token: &Token, depth: usize) -> Option<Step> {
        if !self.is_here(depth) {
            return None;
        }
        let parent = self.frames.last().map(|frame| frame.node);
        let node = match self.frames.last_mut() {
            None if self.begun => None,
            None => Some(Wanted::ROOT),
            Some(frame) if frame.object => {
                let key = self.key.take()?;
                self.wanted.key(frame.node, &key.text(self.body))
            }
            Some(frame) => {
                frame.elements += 1;
                self.wanted.index(frame.node, frame.elements - 1)
            }
        }?;
        self.begun = true;
        self.wanted.see(parent, node, token.start, token.end);
        Some(node)
    }

    fn open(&mut self, token: &Token, depth: usize) {
        let Some(node) = self.value(token, depth) else {
            return;
        };
        self.frames.push(Frame {
            node,
            depth: depth + 1,
            object: token.kind == Kind::ObjectStart,
            elements: 0,
        });
    }

    fn close(&mut self, token: &Token) {
        let depth = self.grammar.depth();
        if let Some(frame) = self.frames.pop_if(|frame| frame.depth > depth) {
            self.wanted.extend(frame.node, token.end);
            self.key = None;
        }
    }

    /// What is still open ends with the body.
    fn end(&mut self, end: usize) {
        for frame in self.frames.drain(..) {
            self.wanted.extend(frame.node, end);
        }
    }
}
