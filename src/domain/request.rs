//! What is to be sent, and what was sent.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::header::Headers;

/// An HTTP method: a token (RFC 9110 9.1), kept as spelled; methods are case-sensitive.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Method(String);

/// Why a text is no method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MethodError {
    /// Nothing was given.
    #[error("the method is empty: write GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS")]
    Empty,
    /// A character that RFC 9110 5.6.2 does not allow in a token.
    #[error(
        "'{0}' is no HTTP method: {1:?} may not stand in one (write GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS)"
    )]
    NotAToken(String, char),
    /// `Get` is another method than `GET`; nobody means that.
    #[error("'{0}' is no HTTP method: methods are case-sensitive, write {1}")]
    Case(String, String),
}

impl Method {
    const KNOWN: [&str; 9] = [
        "GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE", "CONNECT",
    ];

    /// Reads a method.
    ///
    /// # Errors
    /// When the text is empty, holds a character that no token may hold, or is a known method in the wrong case.
    pub fn parse(text: &str) -> Result<Method, MethodError> {
        if text.is_empty() {
            return Err(MethodError::Empty);
        }
        if let Some(bad) = text.chars().find(|c| !is_token_char(*c)) {
            return Err(MethodError::NotAToken(text.to_owned(), bad));
        }
        let upper = text.to_ascii_uppercase();
        if upper != text && Method::KNOWN.contains(&upper.as_str()) {
            return Err(MethodError::Case(text.to_owned(), upper));
        }
        Ok(Method(text.to_owned()))
    }

    /// GET.
    pub fn get() -> Method {
        Method("GET".into())
    }

    /// POST.
    pub fn post() -> Method {
        Method("POST".into())
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Safe (RFC 9110 9.2.1): asks for nothing to be done.
    pub fn is_safe(&self) -> bool {
        matches!(self.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }

    /// Idempotent (RFC 9110 9.2.2): twice is as once, when done at once.
    pub fn is_idempotent(&self) -> bool {
        self.is_safe() || matches!(self.as_str(), "PUT" | "DELETE")
    }

    /// Whether a request of this method gets an idempotency key unless told otherwise.
    pub fn takes_key(&self) -> bool {
        matches!(self.as_str(), "POST" | "PATCH")
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A token character (RFC 9110 5.6.2).
pub fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

/// How an exchange came by its idempotency key. The words are the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyChoice {
    /// Minted for an operation's first attempt.
    Fresh,
    /// The key of an earlier exchange of the operation.
    Same,
    /// Minted for a further attempt.
    New,
    /// Spelled by a person.
    Given,
    /// No key was sent.
    None,
}

/// A request as it went onto the wire, secrets cut out once it rests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SentRequest {
    /// The method.
    pub method: Method,
    /// The profile's base URL of that moment, without a trailing slash.
    pub base_url: String,
    /// Path and query relative to `base_url`, or an absolute URL when it lies outside.
    pub target: String,
    /// Every header field we set, in order.
    pub headers: Headers,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// The idempotency key that was sent.
    pub idempotency_key: Option<String>,
    /// How it came by it.
    pub key_choice: KeyChoice,
    /// What was cut out, and where it is to be had again.
    pub slots: Vec<Slot>,
}

/// A hole where a secret stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The header field's name, as sent.
    pub header: String,
    /// Which of the fields of that name, from 0.
    pub nth: usize,
    /// Where its value came from.
    pub source: SlotSource,
}

/// Where a secret came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotSource {
    /// The profile's credential: a replay takes the profile's of that moment.
    Credential,
    /// A person wrote it into the request.
    Given,
}

impl SentRequest {
    /// The absolute URL as sent.
    pub fn url(&self) -> String {
        if self.target.contains("://") {
            self.target.clone()
        } else {
            format!("{}{}", self.base_url, self.target)
        }
    }
}
