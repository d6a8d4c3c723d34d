//! From an error's path to the place in the request that it speaks of.

use serde::{Deserialize, Serialize};

/// Which part of the exchange an error is about. The words are the contract's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The request's body.
    Body,
    /// The request's query.
    Query,
    /// A header of the request.
    Header,
    /// The response (GraphQL).
    Response,
    /// Not said, or not understood.
    #[default]
    Unknown,
}

/// Where a path leads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The part it lies in.
    pub part: Part,
    /// An RFC 6901 JSON Pointer into the request body; `None` when the error is not about the body.
    pub pointer: Option<String>,
    /// Whether that place exists there; `None` when that cannot be known.
    pub found: Option<bool>,
    /// The bytes of the body it stands at, start and end: the value itself, or the deepest parent that exists.
    pub span: Option<(usize, usize)>,
}
