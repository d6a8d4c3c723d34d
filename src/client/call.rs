//! One request as the client is given it, and the checks that it must pass before anything is connected.
//!
//! ```text
//!   Call { method, url, headers, body, limits } ──complete_headers──▶ checks ──▶ reqwest::Request
//! ```
//!
//! Whatever is refused here was provably not sent. What the connection adds on its own is `host` and
//! `content-length`, nothing else.

use std::fmt;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::domain::exchange::Failure;
use crate::domain::header::Headers;
use crate::domain::profile::Limits;
use crate::domain::request::Method;

/// The content codings that the client can take apart, as it asks for them.
pub const ACCEPT_ENCODING: &str = "gzip, br, zstd, deflate";

/// How the client calls itself.
pub const USER_AGENT: &str = concat!("reqscope/", env!("CARGO_PKG_VERSION"));

/// One request to be sent. It carries secrets, so its `Debug` says neither query, values nor body.
#[derive(Clone)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The absolute URL; its fragment is not sent.
    pub url: Url,
    /// The header fields, in order. HTTP sends their names in lower case, and repeats of a name together.
    pub headers: Headers,
    /// The body; empty for none.
    pub body: Bytes,
    /// Where to stop.
    pub limits: Limits,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (origin, path) = (self.url.origin().ascii_serialization(), self.url.path());
        let (fields, bytes) = (self.headers.len(), self.body.len());
        write!(
            f,
            "Call({} {origin}{path}, {fields} header fields, {bytes} bytes)",
            self.method
        )
    }
}

/// Adds the fields that a send never goes without, where the request has none of its own: `user-agent`, `accept`
/// and `accept-encoding`. Doing it twice changes nothing, so a caller may do it first, to know all that is sent.
pub fn complete_headers(headers: &mut Headers) {
    let own = [
        ("user-agent", USER_AGENT),
        ("accept", "*/*"),
        ("accept-encoding", ACCEPT_ENCODING),
    ];
    for (name, value) in own {
        if !headers.contains(name) {
            headers.push(name, value);
        }
    }
}

impl Call {
    /// The request as reqwest takes it, or why it cannot be sent.
    pub(crate) fn build(mut self) -> Result<reqwest::Request, Failure> {
        complete_headers(&mut self.headers);
        self.check_url()?;
        self.check_framing()?;
        let method = match http::Method::from_bytes(self.method.as_str().as_bytes()) {
            Ok(http::Method::CONNECT) => {
                return Err(refused("CONNECT opens a tunnel, it asks for nothing")
                    .hint("send another method"));
            }
            Ok(method) => method,
            Err(error) => return Err(refused("the method is none").because(error.to_string())),
        };
        let mut request = reqwest::Request::new(method, self.url);
        *request.headers_mut() = header_map(&self.headers)?;
        if !self.body.is_empty() {
            *request.body_mut() = Some(self.body.into());
        }
        Ok(request)
    }

    /// A password in the URL would be dropped silently below us, and would rest in a history in the clear.
    fn check_url(&self) -> Result<(), Failure> {
        if !matches!(self.url.scheme(), "http" | "https") {
            return Err(
                refused(format!("the scheme {}:// is not HTTP", self.url.scheme()))
                    .hint("write http:// or https://"),
            );
        }
        if !self.url.username().is_empty() || self.url.password().is_some() {
            return Err(refused("the URL holds a user name or a password")
                .hint("take it out, and set an Authorization header"));
        }
        Ok(())
    }

    /// The frame of a message is the client's: a length that is not the body's own cuts it short or never ends it.
    fn check_framing(&self) -> Result<(), Failure> {
        if self.headers.contains("transfer-encoding") {
            return Err(refused("a Transfer-Encoding header cannot be set")
                .hint("leave it out: the length of the body is sent instead"));
        }
        let length = self.body.len().to_string();
        match self
            .headers
            .get_all("content-length")
            .find(|given| *given != length)
        {
            Some(_) => Err(refused(format!(
                "the Content-Length header is not the body's length, which is {length}"
            ))
            .hint("leave it out: it is set from the body")),
            None => Ok(()),
        }
    }
}

/// The fields as a map. A value that may not be sent is named by its field alone: it may be a secret.
fn header_map(headers: &Headers) -> Result<HeaderMap, Failure> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers.iter() {
        let field = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
            refused(format!("{name:?} is no name of a header field"))
                .hint("a name is letters, digits and - with nothing else (RFC 9110 5.1)")
        })?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
            refused(format!(
                "the header field {name} holds a character that may not be sent"
            ))
            .because("a line break or another control character")
            .hint("take it out, in an environment variable or a file too")
        })?;
        map.try_append(field, value)
            .map_err(|_| refused("there are too many header fields"))?;
    }
    Ok(map)
}

/// A failure of building the request.
fn refused(why: impl Into<String>) -> Failure {
    Failure::new(why)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Call, complete_headers};
    use crate::domain::header::Headers;
    use crate::domain::profile::Limits;
    use crate::domain::request::Method;

    fn call(method: &str, url: &str, headers: &[(&str, &str)], body: &'static str) -> Call {
        Call {
            method: Method::parse(method).unwrap(),
            url: url.parse().unwrap(),
            headers: headers.iter().copied().collect(),
            body: Bytes::from_static(body.as_bytes()),
            limits: Limits::default(),
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused_and_says_why_without_the_value() {
        let table: [(&str, Call); 7] = [
            ("scheme ftp://", call("GET", "ftp://h/", &[], "")),
            ("user name", call("GET", "http://me:geheim@h/", &[], "")),
            ("CONNECT", call("CONNECT", "http://h/", &[], "")),
            (
                "Transfer-Encoding",
                call(
                    "POST",
                    "http://h/",
                    &[("Transfer-Encoding", "chunked")],
                    "x",
                ),
            ),
            (
                "Content-Length",
                call("POST", "http://h/", &[("content-length", "2")], "x"),
            ),
            ("no name", call("GET", "http://h/", &[("a b", "c")], "")),
            (
                "field x-key",
                call("GET", "http://h/", &[("x-key", "geheim\r\nx: y")], ""),
            ),
        ];
        for (part, call) in table {
            let failure = call.build().unwrap_err();
            let text = format!("{failure:?}");
            assert!(failure.what.contains(part), "{part}: {text}");
            assert!(!text.contains("geheim"), "{text}");
        }
    }

    #[test]
    fn a_request_is_built_with_its_fields_in_order_and_ours_behind() {
        let fields = [
            ("X-B", "1"),
            ("x-a", "2"),
            ("x-b", "3"),
            ("accept", "a/b"),
            ("content-length", "1"),
        ];
        let request = call("POST", "http://h/p?q#f", &fields, "x")
            .build()
            .unwrap();
        let sent: Vec<_> = request
            .headers()
            .iter()
            .map(|(n, v)| format!("{n}: {}", v.to_str().unwrap()))
            .collect();
        assert_eq!(sent[..4], ["x-b: 1", "x-b: 3", "x-a: 2", "accept: a/b"]);
        assert!(sent[5].starts_with("user-agent: reqscope/"), "{sent:?}");
        assert_eq!(sent[6], "accept-encoding: gzip, br, zstd, deflate");
        assert_eq!(sent.len(), 7);
    }

    #[test]
    fn completing_twice_changes_nothing() {
        let mut once = Headers::new();
        once.push("User-Agent", "mine");
        complete_headers(&mut once);
        let mut twice = once.clone();
        complete_headers(&mut twice);
        assert_eq!(once, twice);
        assert_eq!(once.get("user-agent"), Some("mine"));
    }
}
