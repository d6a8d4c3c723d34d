//! What the pane is about: the body of an answer, or what a filter made of it. Either is a document like any other.

use crate::document::{Document, Form};
use crate::tui::message::Loaded;

/// What the pane is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The exchange whose answer's body it is, or was made of.
    pub loaded: &'a Loaded,
    /// What a filter made of it, when that is on show.
    pub result: Option<&'a FilterResult>,
}

/// What a filter made of a body.
#[derive(Clone, Debug)]
pub struct FilterResult {
    /// The filter.
    pub filter: String,
    /// Its results; `None` when it gave none.
    pub document: Option<Document>,
    /// Why there are no more of them.
    pub failure: Option<String>,
}

impl<'a> Subject<'a> {
    /// The document to be read.
    pub fn document(self) -> Option<&'a Document> {
        match self.result {
            Some(result) => result.document.as_ref(),
            None => self.loaded.body.as_ref(),
        }
    }

    /// Whether more of it may come.
    pub fn is_part(self) -> bool {
        self.result.is_none() && self.arrives()
    }

    /// Whether more of the body may come. Its last byte is there a little before its outcome is.
    pub(super) fn arrives(self) -> bool {
        let is_whole = self.loaded.body.as_ref().is_some_and(Document::is_whole);
        !self.loaded.exchange.outcome.is_final() && !is_whole
    }

    /// The name of a file for it.
    pub(super) fn file_name(self, document: &Document) -> String {
        let ending = match document.form() {
            Form::Json => "json",
            Form::Text => document.syntax().file_ending(),
            Form::Binary => "bin",
        };
        let made = if self.result.is_some() { "jq." } else { "" };
        format!("{}.{made}{ending}", self.loaded.exchange.id)
    }
}
