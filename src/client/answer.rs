//! What comes back from a send, and where its body goes.

use std::io;
use std::net::SocketAddr;

use http::header::HeaderValue;

use crate::domain::exchange::{Failure, Timing};
use crate::domain::header::Headers;

/// What became of a send. The kinds are the contract's.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Proof that no byte of the request left: no connection was ever handed to it.
    Failed {
        /// What went wrong, why, and the next step.
        failure: Failure,
        /// How far it got.
        timing: Timing,
    },
    /// A connection was handed to the request, and no status line came: it may have acted.
    Indeterminate {
        /// What went wrong, why, and the next step.
        failure: Failure,
        /// How far it got.
        timing: Timing,
    },
    /// A status line arrived, whatever became of the rest.
    Response(Box<Received>),
}

/// An answer, whole or in part.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// Status and header fields.
    pub head: Head,
    /// Decoded body bytes that the sink took.
    pub body_bytes: u64,
    /// Body bytes as they came off the wire, before decoding.
    pub wire_bytes: u64,
    /// Whether the whole body arrived, was understood and was taken.
    pub complete: bool,
    /// Why the body is not whole, when it is not.
    pub failure: Option<Failure>,
    /// Something to know about a body that is whole: a content coding that was left as it is.
    pub note: Option<String>,
    /// The phases.
    pub timing: Timing,
}

/// The head of an answer. Informational answers (1xx) that came before it are not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The status code (RFC 9110 15).
    pub status: u16,
    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.
    pub version: String,
    /// Every field as it was sent, content coding and length included. Repeats of a name stand together, in the
    /// order of the first.
    pub headers: Headers,
    /// The address that answered: of the proxy, where there is one.
    pub remote: Option<SocketAddr>,
}

/// Where a body goes while it streams. Both calls happen between two reads from the network: they may write to a
/// file, and must not block for long. An error ends the send with an incomplete answer.
pub trait BodySink: Send {
    /// The head arrived. Called once, before any chunk.
    ///
    /// # Errors
    /// When the body that follows cannot be taken.
    fn head(&mut self, head: &Head) -> io::Result<()>;

    /// The next decoded bytes of the body, at most 64 KiB.
    ///
    /// # Errors
    /// When they cannot be taken.
    fn chunk(&mut self, decoded: &[u8]) -> io::Result<()>;
}

impl Head {
    pub(crate) fn of(response: &reqwest::Response) -> Head {
        Head {
            status: response.status().as_u16(),
            version: version(response.version()),
            headers: response
                .headers()
                .iter()
                .map(|(name, value)| (name.as_str(), text(value)))
                .collect(),
            remote: response.remote_addr(),
        }
    }
}

/// The version as HTTP writes it; from HTTP/2 on there is no minor number (RFC 9113 1).
fn version(version: http::Version) -> String {
    match version {
        http::Version::HTTP_2 => "HTTP/2".to_owned(),
        http::Version::HTTP_3 => "HTTP/3".to_owned(),
        older => format!("{older:?}"),
    }
}

/// A field's value as text: UTF-8 where it is that, else Latin-1, which every byte is.
fn text(value: &HeaderValue) -> String {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().copied().map(char::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use http::header::HeaderValue;

    use super::{text, version};

    #[test]
    fn a_value_is_text_whatever_its_bytes() {
        for (bytes, expected) in [
            (&b"plain"[..], "plain"),
            ("gr\u{fc}n".as_bytes(), "gr\u{fc}n"),
            (&b"gr\xfcn \x9b"[..], "gr\u{fc}n \u{9b}"),
        ] {
            assert_eq!(text(&HeaderValue::from_bytes(bytes).unwrap()), expected);
        }
    }

    #[test]
    fn a_version_is_written_as_http_writes_it() {
        assert_eq!(version(http::Version::HTTP_11), "HTTP/1.1");
        assert_eq!(version(http::Version::HTTP_2), "HTTP/2");
    }
}
