//! A body of any size as rows for a screen: JSON, text or a hex dump. It knows no terminal.
//!
//! ```text
//!   Source ──Indexing, step by step──▶ Document: a source and a sparse index, cheap to clone
//!                                        │
//!             place ──Walk──▶ line ──cut──▶ Row of Pieces (tint, safe text, span)
//!                      │               └ syntax: the names and values of a text
//!                      ├─ View: the same over folds           (what somebody reads)
//!                      └─ outline: parents, siblings, pointers
//! ```
//!
//! Nothing is parsed into a tree or rewritten, and no body is held: lines are made of its bytes when they are asked
//! for, each bounded in size. `index` tells what is kept instead.

pub mod charset;
pub mod find;
pub mod hex;
pub mod index;
pub mod indexing;
pub mod layout;
pub mod line;
pub mod outline;
pub mod place;
pub mod printing;
pub mod row;
pub mod source;
pub mod syntax;
pub mod view;
pub mod visible;
pub mod walk;
pub mod window;

use std::fmt;
use std::io;
use std::sync::Arc;

use crate::document::charset::Charset;
use crate::document::hex::WIDTH;
use crate::document::index::Index;
use crate::document::layout::{Layout, skip_space};
use crate::document::source::{Beginning, Source};
use crate::document::syntax::Syntax;
use crate::document::window::Window;
use crate::json::scan::Fault;

/// How a document is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Pretty-printed JSON: one document or several.
    Json,
    /// Lines of text.
    #[default]
    Text,
    /// A hex dump.
    Binary,
}

/// A body, or what came of it, as far as it is indexed. Cloning shares the source and most of the index.
#[derive(Clone)]
pub struct Document {
    source: Arc<dyn Source>,
    form: Form,
    charset: Charset,
    /// Of a text; of anything else plain.
    syntax: Syntax,
    index: Index,
    end: usize,
    is_whole: bool,
    fault: Option<Fault>,
    values: usize,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("form", &self.form)
            .field("lines", &self.lines())
            .field("end", &self.end)
            .field("is_whole", &self.is_whole)
            .finish_non_exhaustive()
    }
}

impl Document {
    /// One of which nothing is indexed.
    fn empty(source: Arc<dyn Source>) -> Document {
        Document {
            source,
            form: Form::default(),
            charset: Charset::default(),
            syntax: Syntax::default(),
            index: Index::default(),
            end: 0,
            is_whole: false,
            fault: None,
            values: 0,
        }
    }

    /// How it is shown.
    pub fn form(&self) -> Form {
        self.form
    }

    /// Its charset.
    pub fn charset(&self) -> Charset {
        self.charset
    }

    /// How it is written, when it is text.
    pub fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// How many bytes are indexed: all that can be shown.
    pub fn indexed(&self) -> usize {
        self.end
    }

    /// Whether that is all there will be.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// How many lines it has so far; rows of a dump.
    pub fn lines(&self) -> usize {
        match self.form {
            Form::Binary => self.end.div_ceil(WIDTH),
            Form::Json | Form::Text => self.index.lines(),
        }
    }

    /// How many JSON documents it is; 0 when it is none.
    pub fn values(&self) -> usize {
        self.values
    }

    /// Where it first stops being JSON, for what began like JSON. A document that only ends too early is laid out.
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Its bytes.
    pub fn source(&self) -> &Arc<dyn Source> {
        &self.source
    }

    /// Its bytes as far as they are indexed: what is found in them can be shown.
    pub fn shown_bytes(&self) -> Beginning {
        Beginning::new(Arc::clone(&self.source), self.end as u64)
    }

    /// How many bytes of memory its index holds.
    pub fn heap(&self) -> usize {
        self.index.heap()
    }

    fn layout(&self) -> Option<Layout> {
        match self.form {
            Form::Json => Some(Layout::Json),
            Form::Text => Some(Layout::Text(self.charset)),
            Form::Binary => None,
        }
    }

    /// Where the next line begins, from the end of one on.
    fn skip_space(&self, window: &mut Window<'_>, end: usize) -> io::Result<usize> {
        if self.form != Form::Json {
            return Ok(end);
        }
        skip_space(window, &self.index, end)
    }
}

#[cfg(test)]
mod tests;
