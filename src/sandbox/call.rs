//! A request as the sandbox works with it: received whole, and prepared before the ledger is opened.
//!
//! ```text
//!   hyper's request ──receive (bounded, slow clients wait here alone)──▶ Call
//!   Call ──prepare (on a blocking thread: digest, JSON)──▶ Prepared ──▶ work
//! ```
//! Preparing happens outside the ledger's lock, so a body of many megabytes holds up nobody else; what it finds is told
//! only when the order of work gets there.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;
use url::form_urlencoded;

use crate::sandbox::answer::{Problem, Refusal};
use crate::sandbox::auth;
use crate::sandbox::idempotency;

/// The longest body that is taken, in bytes.
pub const LONGEST_BODY: usize = 32 << 20;
/// How much of a longer one is read and thrown away, so that its sender gets to read the 413.
const DRAINED: usize = 256 << 20;
/// The longest operation or account id.
const LONGEST_MARK: usize = 255;

/// A request, received whole.
pub struct Call {
    /// The method.
    pub method: Method,
    /// The path, as spelled.
    pub path: String,
    query: Option<String>,
    /// All header fields.
    pub headers: HeaderMap,
    /// `None` when it was longer than [`LONGEST_BODY`].
    body: Option<Bytes>,
}

impl Call {
    /// Reads the request to its end.
    ///
    /// # Errors
    /// The client hung up, or broke the framing, before its request was complete.
    pub async fn receive(request: Request<Incoming>) -> Result<Self, hyper::Error> {
        let (parts, body) = request.into_parts();
        Ok(Self {
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers: parts.headers,
            body: collect(body).await?,
        })
    }

    /// Does what needs no state: who asks, the digest of the payload, the body as JSON.
    pub fn prepare(self) -> Prepared {
        let organization = auth::organization(&self.headers);
        let (mut payload, mut json) = (
            String::new(),
            Err(Problem::whole("malformed_json", "there is no body")),
        );
        // A stranger's body is not worth the work, nor the memory.
        if let (Ok(_), Some(body)) = (organization, &self.body) {
            payload = idempotency::payload(&self.method, &self.target(), body);
            json = parse(body);
        }
        Prepared {
            call: self,
            organization,
            payload,
            json,
        }
    }

    fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }

    /// The first value of a query parameter.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let query = self.query.as_deref().unwrap_or_default();
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

async fn collect(mut body: Incoming) -> Result<Option<Bytes>, hyper::Error> {
    let mut collected = BytesMut::new();
    let mut total = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame?.into_data() else {
            continue;
        };
        total = total.saturating_add(piece.len());
        if total <= LONGEST_BODY {
            collected.extend_from_slice(&piece);
        } else {
            collected = BytesMut::new();
            if total > DRAINED {
                break;
            }
        }
    }
    Ok((total <= LONGEST_BODY).then(|| collected.freeze()))
}

/// Line and column stand in the parser's own words.
fn parse(body: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        Problem::whole(
            "malformed_json",
            format!("the body is not valid JSON: {error}"),
        )
    })
}

/// A request with all that can be said of it without the state.
pub struct Prepared {
    /// The request.
    pub call: Call,
    /// Who asks, or what is wrong with the credential.
    pub organization: Result<&'static str, &'static str>,
    /// The digest of method, target and body.
    pub payload: String,
    /// The body, or what is wrong with it.
    pub json: Result<Value, Problem>,
}

/// What a request says of itself: which operation it belongs to, in whose name, under which key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// `X-Request-Id`.
    pub operation: Option<String>,
    /// `X-Account-Id`.
    pub account: Option<String>,
    /// `Idempotency-Key`, for a method that may act.
    pub key: Option<String>,
}

impl Call {
    /// Reads the marks.
    ///
    /// # Errors
    /// The 413 of a body that was not taken, the 400 of a mark that cannot be kept.
    pub fn marks(&self) -> Result<Marks, Refusal> {
        if self.body.is_none() {
            let message = format!("the body is longer than {} MiB", LONGEST_BODY >> 20);
            let problem = Problem::whole("body_too_large", message);
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            return Err(Refusal { status, problem });
        }
        let status = StatusCode::BAD_REQUEST;
        self.read_marks()
            .map_err(|problem| Refusal { status, problem })
    }

    fn read_marks(&self) -> Result<Marks, Problem> {
        Ok(Marks {
            operation: self.mark("x-request-id")?,
            account: self.mark("x-account-id")?,
            key: idempotency::key(&self.method, &self.headers)?,
        })
    }

    fn mark(&self, name: &str) -> Result<Option<String>, Problem> {
        let Some(field) = self.headers.get(name) else {
            return Ok(None);
        };
        match field.to_str() {
            Ok("") => Ok(None),
            Ok(text) if text.len() <= LONGEST_MARK => Ok(Some(text.to_owned())),
            _ => {
                let message = format!(
                    "the header {name} is not visible ASCII of up to {LONGEST_MARK} characters"
                );
                Err(Problem::whole("header_invalid", message))
            }
        }
    }
}
