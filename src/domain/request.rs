//! What is to be sent, and what was sent.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::carrier::{Carrier, Written};
use crate::domain::header::Headers;
use crate::domain::profile::Profile;
use crate::domain::slot::{Slot, SlotSource};
use crate::json::check::{Malformed, check};

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

impl SentRequest {
    /// Whether a secret that a person wrote was cut out of it.
    pub fn holds_secret(&self) -> bool {
        let given = |slot: &Slot| slot.source == SlotSource::Given;
        self.slots.iter().any(given)
    }

    /// The absolute URL as sent.
    pub fn url(&self) -> String {
        url(&self.base_url, &self.target)
    }
}

/// A target and what it is relative to, put together.
pub fn url(base_url: &str, target: &str) -> String {
    // A path's query may hold a URL; before an absolute one's `://` stands its scheme alone.
    let scheme = target.split_once("://").map(|(scheme, _)| scheme);
    match scheme.is_some_and(|scheme| !scheme.contains(['/', '?', '#'])) {
        true => target.to_owned(),
        false => format!("{base_url}{target}"),
    }
}

/// What somebody composed: no credential, no key, nothing that a profile adds. It may hold secrets that a person wrote,
/// so its `Debug` says neither query, values nor body.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// A path below the profile's base URL, with its query, or an absolute URL.
    pub target: String,
    /// The header fields a person wrote.
    pub headers: Headers,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, fields, bytes) = (
            without_query(&self.target),
            self.headers.len(),
            self.body.len(),
        );
        write!(
            f,
            "Request({} {path}, {fields} header fields, {bytes} bytes)",
            self.method
        )
    }
}

/// A target as it may be shown to whoever looks for a fault: what stands in its query may be a secret.
pub fn without_query(target: &str) -> &str {
    target.split(['?', '#']).next().unwrap_or_default()
}

impl Request {
    /// A request with no headers and no body.
    pub fn new(method: Method, target: impl Into<String>) -> Request {
        Request {
            method,
            target: target.into(),
            headers: Headers::new(),
            body: Vec::new(),
        }
    }

    /// Takes what the profile itself fills out of what a person wrote: idempotency key, operation, account. So each
    /// has one truth, however it was written. A header is taken out; what stands in the query or the body is read and
    /// stays where it is.
    pub fn lift(&mut self, profile: &Profile) -> Lifted {
        let key = self.headers.get(&profile.key_header).map(str::trim);
        let key = key.map(
            |key| match key.strip_prefix('"').and_then(|k| k.strip_suffix('"')) {
                Some(bare) if profile.key_quoted => bare.to_owned(),
                _ => key.to_owned(),
            },
        );
        self.headers.remove(&profile.key_header);
        let mut take = |carrier: &Carrier| {
            let written = carrier.written(self);
            if let Some(name) = carrier.header() {
                self.headers.remove(name);
            }
            match written {
                Written::Text(text) => Some(text),
                Written::Nothing | Written::Other(_) => None,
            }
        };
        Lifted {
            key,
            operation: take(&profile.request_id_carrier),
            account: take(&profile.account_carrier),
        }
    }

    /// Adds a query parameter, percent-encoded (the URL standard's form serializer).
    pub fn push_query(&mut self, name: &str, value: &str) {
        let pair = url::form_urlencoded::Serializer::new(String::new())
            .append_pair(name, value)
            .finish();
        let (before, fragment) = match self.target.split_once('#') {
            Some((before, fragment)) => (before.to_owned(), format!("#{fragment}")),
            None => (self.target.clone(), String::new()),
        };
        let joint = match before.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        self.target = format!("{before}{joint}{pair}{fragment}");
    }
}

/// What a person wrote into a request and the profile knows by its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifted {
    /// The idempotency key.
    pub key: Option<String>,
    /// The operation's id (requestId).
    pub operation: Option<String>,
    /// The account.
    pub account: Option<String>,
}

/// What is wrong with a body that begins like JSON and is none; `None` for every other body. Such a body may be sent,
/// on purpose.
pub fn malformed_json(body: &[u8]) -> Option<Malformed> {
    let begins_like_json = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
    check(body).err().filter(|_| begins_like_json)
}

/// Whether a body is JSON or starts like it: what gets `application/json` unless told otherwise.
pub fn looks_like_json(body: &[u8]) -> bool {
    match body.trim_ascii_start().first() {
        None => false,
        Some(b'{' | b'[') => true,
        Some(_) => serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Method, Request, malformed_json, url};
    use crate::domain::carrier::Carrier;
    use crate::domain::pointer::Pointer;
    use crate::domain::profile::Profile;

    #[test]
    fn methods_are_tokens_in_their_own_case() {
        for good in ["GET", "POST", "PURGE", "M-SEARCH"] {
            assert_eq!(Method::parse(good).expect(good).as_str(), good);
        }
        for bad in ["", "G ET", "post", "Get", "GÉT", "GET\n"] {
            assert!(Method::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn only_what_begins_like_json_can_be_malformed_json() {
        for (body, malformed) in [
            ("{\"a\":1}", false),
            ("{\"a\":}", true),
            (" [1,]", true),
            ("a=1", false),
            ("", false),
        ] {
            assert_eq!(
                malformed_json(body.as_bytes()).is_some(),
                malformed,
                "{body}"
            );
        }
    }

    #[test]
    fn what_is_lifted_leaves_the_headers_and_stays_in_the_text() {
        let mut profile = Profile::new("p");
        profile.key_quoted = true;
        let mut written = Request::new(Method::post(), "/v1/x?rid=op_2");
        written.headers.push("idempotency-key", "\"k 1\"");
        written.headers.push("X-Request-Id", "op_1");
        written.headers.push("X-Plain", "stays");
        written.body = br#"{"acct":"acct_2"}"#.to_vec();
        let mut request = written.clone();
        let lifted = request.lift(&profile);
        assert_eq!(lifted.key.as_deref(), Some("k 1"));
        assert_eq!(
            (lifted.operation.as_deref(), lifted.account),
            (Some("op_1"), None)
        );
        assert_eq!(
            request.headers.iter().collect::<Vec<_>>(),
            [("X-Plain", "stays")]
        );

        profile.request_id_carrier = Carrier::Query("rid".into());
        profile.account_carrier = Carrier::Body(Pointer::parse("/acct").expect("a pointer"));
        let mut request = written.clone();
        let lifted = request.lift(&profile);
        assert_eq!(
            (lifted.operation.as_deref(), lifted.account.as_deref()),
            (Some("op_2"), Some("acct_2"))
        );
        assert_eq!(
            (&request.target, &request.body),
            (&written.target, &written.body)
        );
        assert_eq!(
            request.headers.get("x-request-id"),
            Some("op_1"),
            "a header like any other"
        );
    }

    #[test]
    fn a_url_in_a_query_makes_no_url_of_its_path() {
        let base = "http://h.test/v2";
        for (target, expected) in [
            (
                "/p?next=http://x.test/",
                "http://h.test/v2/p?next=http://x.test/",
            ),
            ("https://x.test/p", "https://x.test/p"),
            ("/", "http://h.test/v2/"),
        ] {
            assert_eq!(url(base, target), expected);
        }
    }

    #[test]
    fn query_parameters_are_added_encoded() {
        let mut request = Request::new(Method::get(), "/v1/payments");
        request.push_query("requestId", "op 1&2");
        request.push_query("b", "ü");
        assert_eq!(request.target, "/v1/payments?requestId=op+1%262&b=%C3%BC");
    }
}
