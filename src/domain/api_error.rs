//! Error bodies of many dialects, read into one form.

use serde::{Deserialize, Serialize};

use crate::domain::field_path::Place;

/// What an error answer lists.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorReport {
    /// The envelope's own code, `request_errors` on the API page.
    pub code: Option<String>,
    /// Each error, in the server's order.
    pub errors: Vec<ApiError>,
    /// What in the body was not understood, in plain words; empty when all was.
    pub not_understood: Vec<String>,
}

/// One error of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ApiError {
    /// The error's own code.
    pub code: Option<String>,
    /// What it says to a person.
    pub message: Option<String>,
    /// The path to what caused it, as sent (numbers as text).
    pub path: Vec<String>,
    /// Where that path leads.
    pub place: Place,
    /// Members beside code, message and path (`title`, `details`, …), each with its JSON text.
    pub extra: Vec<(String, String)>,
}
