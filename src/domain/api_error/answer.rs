//! What every reader of a dialect works on: the answer, and the ways of asking it.

use crate::domain::api_error::ApiError;
use crate::domain::field_path::{Part, Place};
use crate::domain::header::media_type;
use crate::json::value::{Child, Value};

/// An answer whose body is JSON, as far as it is.
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    /// The media type without parameters, in lower case.
    pub media_type: String,
    /// The body: an object or an array.
    pub root: Value<'a>,
    /// Whether the request had a body that an error could be about.
    pub request_has_body: bool,
}

impl<'a> Answer<'a> {
    /// `None` when the body is neither an object nor an array, whatever its label says.
    pub fn of(
        status: u16,
        content_type: &str,
        body: &'a [u8],
        request_has_body: bool,
    ) -> Option<Answer<'a>> {
        let root = Value::root(body).filter(|root| root.is_object() || root.is_array())?;
        Some(Answer {
            status,
            media_type: media_type(content_type),
            root,
            request_has_body,
        })
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
    object
        .children()
        .filter_map(|child| {
            let Child { key, value } = child;
            let key = key.filter(|key| !known.contains(&key.as_ref()))?;
            Some((key.into_owned(), value.raw().into_owned()))
        })
        .collect()
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
