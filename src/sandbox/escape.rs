//! What a terminal would obey, put where a careless reader prints it.
//!
//! An answer with these in it is valid HTTP, so hyper writes it; only a raw ESC in the head ([`HEAD_LINE`]) is not, and is
//! written by `wire`.

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::sandbox::answer::{Answer, Content};

const FIELD: HeaderName = HeaderName::from_static("x-sandbox-escape");
/// A header with a window title and a cleared screen: no HTTP library would write these bytes (RFC 9110 5.5).
pub const HEAD_LINE: &[u8] = b"x-sandbox-escape: \x1b]0;owned\x07\x1b[2J\x1b[31m\r\n";
/// A window title, a cleared screen, red, a hyperlink: what a terminal would obey.
const ESCAPES: &str =
    "\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31m\u{1b}]8;;http://escape.invalid/\u{1b}\\";
/// The same in C1 controls (8-bit CSI and OSC) and bidi controls: allowed inside a JSON string as they are.
const SUBTLE: &str = "\u{9b}31m\u{9d}0;owned\u{9c}\u{202e}txt.exe\u{202c}\u{2066}\u{200f}";
/// Raw C1 bytes, then bidi controls in UTF-8: a header value may hold both (obs-text, RFC 9110 5.5).
const SUBTLE_FIELD: &[u8] = b"c1 \x9b31m\x9d0;owned\x9c bidi \xe2\x80\xaetxt.exe\xe2\x80\xac";

/// Puts escapes into the body, and C1 and bidi bytes into a header.
pub fn put_in(mut answer: Answer) -> Answer {
    answer.content = escaped(answer.content);
    // A constant without control bytes below 0x20, so the conversion holds.
    if let Ok(value) = HeaderValue::from_bytes(SUBTLE_FIELD) {
        answer.headers.insert(FIELD, value);
    }
    answer
}

/// Puts escapes in: into an envelope's messages JSON-escaped, so that they arrive as messages; into any other document
/// raw as well, so that whoever prints bytes meets them. A document made in pieces gets them in front.
fn escaped(content: Content) -> Content {
    let body = match content {
        Content::Whole(body) => body,
        Content::Pieces(pieces) => {
            let front = Bytes::from(ESCAPES);
            return Content::Pieces(Box::new(std::iter::once(front).chain(pieces)));
        }
    };
    let mut document: Value =
        serde_json::from_slice(&body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&body)));
    let errors = document
        .pointer_mut("/data/errors")
        .and_then(Value::as_array_mut);
    let Some(errors) = errors else {
        return Content::Whole(Bytes::from(format!(
            "{{\"escape\":\"{ESCAPES}{SUBTLE}\",\"decoded\":{},\"document\":{document}}}",
            json!(ESCAPES)
        )));
    };
    for message in errors
        .iter_mut()
        .filter_map(|error| error.get_mut("message"))
    {
        *message = json!(format!(
            "{ESCAPES}{SUBTLE} {}",
            message.as_str().unwrap_or_default()
        ));
    }
    Content::Whole(Bytes::from(document.to_string()))
}
