//! What the sandbox answers: status, headers, content, and the error envelope of the API's page.
//!
//! ```text
//!   Problem, Problem, …  ──▶ {"code":"request_errors","data":{"errors":[{code,message,path}, …]}}  ──▶ Answer
//!   an object or a list  ──────────────────────────────────────────────────────────────────────▶ Answer
//! ```
//! An answer knows nothing of sockets: `server` gives it to hyper, or `wire` writes what hyper would refuse to.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

/// The content type of every document of the API.
pub const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// One entry of the envelope's `errors`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    code: &'static str,
    message: String,
    path: Vec<String>,
}

impl Problem {
    /// An error that belongs to the place `path` in the request; the empty path is the request as a whole.
    pub fn at(path: &[&str], code: &'static str, message: impl Into<String>) -> Self {
        let path = path.iter().map(ToString::to_string).collect();
        Self {
            code,
            message: message.into(),
            path,
        }
    }

    /// An error of the request as a whole.
    pub fn whole(code: &'static str, message: impl Into<String>) -> Self {
        Self::at(&[], code, message)
    }
}

/// A request that is turned away for one reason: the small thing that an `Err` carries until it becomes an [`Answer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What it is answered with.
    pub status: StatusCode,
    /// Why.
    pub problem: Problem,
}

impl From<Refusal> for Answer {
    fn from(Refusal { status, problem }: Refusal) -> Self {
        Self::problem(status, problem)
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    code: &'static str,
    data: EnvelopeErrors<'a>,
}

#[derive(Serialize)]
struct EnvelopeErrors<'a> {
    errors: &'a [Problem],
}

/// The bytes of an answer.
pub enum Content {
    /// All there at once.
    Whole(Bytes),
    /// Made while it is sent, so that no size fills the memory.
    Pieces(Box<dyn Iterator<Item = Bytes> + Send>),
}

/// An answer before it is put on the wire.
pub struct Answer {
    /// The status code.
    pub status: StatusCode,
    /// The headers, without framing (`Content-Length` comes with [`Answer::frame`]).
    pub headers: HeaderMap,
    /// The body.
    pub content: Content,
}

impl Answer {
    /// A JSON document.
    pub fn json(status: StatusCode, document: &impl Serialize) -> Self {
        // Serialising our own structs cannot fail: no map has a key that is not a string, and no writer is involved.
        let body = serde_json::to_vec(document).unwrap_or_default();
        Self::document(status, Content::Whole(Bytes::from(body)))
    }

    /// Content that is a JSON document (or says so).
    pub fn document(status: StatusCode, content: Content) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, JSON);
        Self {
            status,
            headers,
            content,
        }
    }

    /// The envelope with several errors.
    pub fn problems(status: StatusCode, errors: &[Problem]) -> Self {
        let envelope = Envelope {
            code: "request_errors",
            data: EnvelopeErrors { errors },
        };
        Self::json(status, &envelope)
    }

    /// The envelope with one error.
    pub fn problem(status: StatusCode, error: Problem) -> Self {
        Self::problems(status, &[error])
    }

    /// The same answer with one header more.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Says `Content-Length` where the length is known and the status allows one (RFC 9110 8.6).
    pub fn frame(&mut self) {
        let bodiless = matches!(
            self.status,
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
        );
        match &self.content {
            Content::Whole(bytes) if !bodiless => {
                self.headers
                    .insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
            }
            _ => {}
        }
    }
}

/// The content as it is sent: at once, or slowed down to `drip` bytes a second.
pub fn stream(content: Content, drip: Option<u32>) -> impl Stream<Item = Bytes> + Send {
    let source: Box<dyn Iterator<Item = Bytes> + Send> = match content {
        Content::Whole(bytes) => Box::new(std::iter::once(bytes)),
        Content::Pieces(pieces) => pieces,
    };
    let source = source.filter(|piece| !piece.is_empty());
    stream::unfold(
        (source, Bytes::new()),
        move |(mut source, mut rest)| async move {
            if rest.is_empty() {
                rest = source.next()?;
            }
            let Some(rate) = drip else {
                return Some((rest, (source, Bytes::new())));
            };
            let (size, pause) = drop_of(rate);
            tokio::time::sleep(pause).await;
            let piece = rest.split_to(size.min(rest.len()));
            Some((piece, (source, rest)))
        },
    )
}

/// The size of one drop and the pause before it: ten drops a second, or one byte at a time when that is slower.
fn drop_of(rate: u32) -> (usize, Duration) {
    let rate = rate.max(1);
    let size = (rate / 10).max(1);
    (
        usize::try_from(size).unwrap_or(usize::MAX),
        Duration::from_secs(1) * size / rate,
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use http::StatusCode;

    use super::{Answer, Content, Problem, drop_of};

    #[test]
    fn the_envelope_is_that_of_the_api_page() {
        let problems = [
            Problem::at(&["items", "0", "price"], "missing", "is missing"),
            Problem::whole("not_found", "no such thing"),
        ];
        let answer = Answer::problems(StatusCode::UNPROCESSABLE_ENTITY, &problems);
        let Content::Whole(body) = answer.content else {
            panic!("an envelope is made at once")
        };
        let expected = concat!(
            r#"{"code":"request_errors","data":{"errors":[{"code":"missing","message":"is missing","#,
            r#""path":["items","0","price"]},{"code":"not_found","message":"no such thing","path":[]}]}}"#
        );
        assert_eq!(body, expected);
    }

    #[test]
    fn a_bodiless_status_gets_no_length() {
        for (status, length) in [(StatusCode::OK, Some("3")), (StatusCode::NO_CONTENT, None)] {
            let mut answer = Answer::document(status, Content::Whole(Bytes::from_static(b"abc")));
            answer.frame();
            let found = answer
                .headers
                .get("content-length")
                .map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(found.as_deref(), length);
        }
    }

    #[test]
    fn drops_keep_the_rate() {
        for (rate, size, pause) in [
            (1000, 100, 100),
            (10, 1, 100),
            (4, 1, 250),
            (1, 1, 1000),
            (0, 1, 1000),
        ] {
            assert_eq!(
                drop_of(rate),
                (size, Duration::from_millis(pause)),
                "{rate}"
            );
        }
    }
}
