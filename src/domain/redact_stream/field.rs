//! Secret fields of a JSON or form body, cut out by name and by path while it streams.
//!
//! ```text
//!   {"card":{"number":"4242 …          told ──▶ passed or dropped
//!                     └ dropped as it comes; the mark stands when it has ended
//! ```
//! Of a secret nothing is kept but its first bytes, of nesting one bit a level (and a name's number for the first
//! thousand), of a member's name what a secret may be called. Which fields are secrets: `secret_field`.

pub mod form;
pub mod json;

use std::sync::Arc;

use crate::domain::echo::Echoes;
use crate::domain::redact_stream::field::form::FormCut;
use crate::domain::redact_stream::field::json::{JsonCut, Rule};
use crate::domain::secret_field::SecretFields;
use crate::domain::secret_field::body::{Form, form_of};

/// Cuts secret fields out of one body.
pub struct FieldCut {
    fields: Arc<SecretFields>,
    echoes: Arc<Echoes>,
    content_type: String,
    how: How,
}

/// How the body is read.
enum How {
    /// Not known before its first byte.
    Open,
    Json(Box<JsonCut>),
    Form(FormCut),
    /// It has no fields.
    Plain,
}

impl FieldCut {
    /// For these fields. A JSON number that the request carried is cut here as well, as only here its quotes can be put.
    pub fn new(fields: Arc<SecretFields>, echoes: Arc<Echoes>) -> FieldCut {
        FieldCut {
            fields,
            echoes,
            content_type: String::new(),
            how: How::Open,
        }
    }

    /// What the body is called; before its first piece.
    pub fn content_type(&mut self, content_type: &str) {
        self.content_type = content_type.to_owned();
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let mut rest = piece;
        if let How::Open = self.how {
            let blank = |byte: &u8| byte.is_ascii_whitespace() || b"\xef\xbb\xbf".contains(byte);
            let start = rest.iter().position(|byte| !blank(byte));
            let (blanks, text) = rest.split_at(start.unwrap_or(rest.len()));
            out.extend_from_slice(blanks);
            let Some(first) = text.first() else {
                return;
            };
            rest = text;
            self.how = match form_of(&self.content_type, Some(*first)) {
                Form::Json => How::Json(Box::new(JsonCut::new())),
                Form::Form => How::Form(FormCut::default()),
                Form::Multipart | Form::Other => How::Plain,
            };
        }
        let rule = Rule {
            fields: &self.fields,
            echoes: &self.echoes,
        };
        match &mut self.how {
            How::Json(json) => json.push(rule, rest, out),
            How::Form(form) => form.push(&self.fields, rest, out),
            How::Open | How::Plain => out.extend_from_slice(rest),
        }
    }

    /// The body has ended, or broken off.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let rule = Rule {
            fields: &self.fields,
            echoes: &self.echoes,
        };
        match &mut self.how {
            How::Json(json) => json.finish(rule, out),
            How::Form(form) => form.finish(out),
            How::Open | How::Plain => {}
        }
    }

    /// How many were cut out.
    pub fn count(&self) -> u32 {
        match &self.how {
            How::Json(json) => json.count(),
            How::Form(form) => form.count(),
            How::Open | How::Plain => 0,
        }
    }
}
