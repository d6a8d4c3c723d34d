//! What every reader of a dialect works on: the answer, and the ways of asking it.

use crate::domain::api_error::asked::Asked;
use crate::domain::api_error::{Answered, ApiError};
use crate::domain::field_path::notation::from_brackets;
use crate::domain::field_path::{Part, Place};
use crate::domain::header::media_type;
use crate::json::value::{Child, Value};

/// How many members beside those of its dialect are kept of one object: who wants more looks at the body.
pub const MOST_EXTRA: usize = 64;

/// An answer.
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    /// The media type without parameters, in lower case.
    pub media_type: String,
    /// The body, without a byte order mark.
    pub body: &'a [u8],
    /// Its object or array, whatever its label says; `None` when it is neither.
    pub root: Option<Value<'a>>,
    /// The request.
    pub asked: &'a Asked<'a>,
    /// Whether the profile says that it is of the dialect that is asked: then a shape that others have too is enough.
    pub is_fixed: bool,
}

impl<'a> Answer<'a> {
    /// An answer as its readers take it.
    pub fn of(answered: &Answered<'a>, asked: &'a Asked<'a>, is_fixed: bool) -> Answer<'a> {
        // A byte order mark is no JSON, but a reader may pass over it (RFC 8259 8.1), and some servers send one.
        let body = answered.body;
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        Answer {
            status: answered.status,
            media_type: media_type(answered.content_type),
            body,
            root: Value::root(body).filter(|root| root.is_object() || root.is_array()),
            asked,
            is_fixed,
        }
    }

    /// An error at a parameter whose place is not said: it stands in the body where one was sent, in the query where
    /// nothing else was and the query has it, and is not known otherwise (it may be a part of the path).
    pub fn at_parameter(&self, name: &str) -> ApiError {
        let path = from_brackets(name);
        if !self.asked.body.is_empty() {
            return error_at(Part::Body, path);
        }
        match self.asked.parameters().any(|sent| sent == name) {
            true => error_at(Part::Query, vec![name.to_owned()]),
            false => error_at(Part::Unknown, path),
        }
    }

    /// Whether the status is no error (below 400).
    pub fn is_success(&self) -> bool {
        self.status < 400
    }
}

/// The text of a member: a string, or a number's digits.
pub fn text(object: &Value, name: &str) -> Option<String> {
    let value = object.get(name)?;
    value.as_text().map(|text| text.into_owned())
}

/// The text of the first of these members that has one, and which it was.
pub fn first_text<'n>(object: &Value, names: &[&'n str]) -> Option<(&'n str, String)> {
    names
        .iter()
        .find_map(|name| text(object, name).map(|text| (*name, text)))
}

/// Every member of an object but the known ones, with its JSON text.
pub fn extra(object: &Value, known: &[&str]) -> Vec<(String, String)> {
    let named = object.children().filter_map(|child| {
        let Child { key, value } = child;
        let key = key.filter(|key| !known.contains(&key.as_ref()))?;
        Some((key.into_owned(), value.raw().into_owned()))
    });
    named.take(MOST_EXTRA).collect()
}

/// The member of this name, when it is an object or an array.
pub fn container<'a>(object: &Value<'a>, name: &str) -> Option<Value<'a>> {
    let value = object.get(name)?;
    (value.is_object() || value.is_array()).then_some(value)
}

/// The steps of a list of strings and numbers, up to the first that is neither.
pub fn steps(list: &Value) -> Vec<String> {
    list.children()
        .map_while(|child| child.value.as_text().map(|text| text.into_owned()))
        .collect()
}

/// An error at a path in this part; the rest of its place is found later.
pub fn error_at(part: Part, path: Vec<String>) -> ApiError {
    ApiError {
        path,
        place: Place::outside(part),
        ..ApiError::default()
    }
}
