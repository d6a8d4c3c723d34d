//! What carries the requestId and the account to a server: a header, a query parameter, a member of the body, or
//! nothing. The API page names none, so it is a profile's setting.
//!
//! ```text
//!   Request ──Carrier::written──▶ what a person wrote there: it stands
//!   value   ──Compose::prepare──▶ put there otherwise, for the profile's origins only
//! ```
//!
//! A header that a person wrote is taken out of the request and set again; what stands in a query or a body stays in
//! the text a person sees, goes out as it stands, and so decides what the send is recorded as.

use std::fmt;

use crate::domain::pointer::{InsertError, Pointer};
use crate::domain::request::Request;

/// Where an id travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// In the header field of this name.
    Header(String),
    /// In the query parameter of this name.
    Query(String),
    /// In the JSON body, as a string. A request without a body goes without it.
    Body(Pointer),
    /// Nowhere.
    Off,
}

/// What is found where a carrier would put something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// Nothing.
    Nothing,
    /// This text.
    Text(String),
    /// Something that is no id; what it is.
    Other(&'static str),
}

/// What is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cargo {
    /// The operation's id.
    RequestId,
    /// The account.
    Account,
}

impl Cargo {
    /// What a person calls it.
    pub fn name(self) -> &'static str {
        match self {
            Cargo::RequestId => "requestId",
            Cargo::Account => "account",
        }
    }

    /// The profile's setting.
    pub fn setting(self) -> &'static str {
        match self {
            Cargo::RequestId => "request_id_carrier",
            Cargo::Account => "account_carrier",
        }
    }
}

/// Why something cannot be carried. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CarrierError {
    /// The body takes no member there.
    #[error(
        "the {} belongs into the body at {pointer}, and {why}: write a JSON object that has room for it, or set {} \
         to a header or \"off\" in the profile",
        .cargo.name(), .cargo.setting()
    )]
    Insert {
        /// What is carried.
        cargo: Cargo,
        /// Where.
        pointer: Pointer,
        /// Why not.
        why: InsertError,
    },
    /// Something else stands there.
    #[error("{place} is {found}, and the {} belongs there: write it, or take that out", .cargo.name())]
    Occupied {
        /// What is carried.
        cargo: Cargo,
        /// Where.
        place: String,
        /// What stands there.
        found: &'static str,
    },
    /// The request says one thing, and whoever sends it another.
    #[error("{place} says {written}, and the {} given is {given}: write the same, or leave one out", .cargo.name())]
    Conflict {
        /// What is carried.
        cargo: Cargo,
        /// Where it is written.
        place: String,
        /// What is written there.
        written: String,
        /// What was given beside it.
        given: String,
    },
}

impl Carrier {
    /// The header's name, when it is one.
    pub fn header(&self) -> Option<&str> {
        match self {
            Carrier::Header(name) => Some(name),
            _ => None,
        }
    }

    /// Whether what a person wrote there stays in the request's own text.
    pub fn is_in_text(&self) -> bool {
        matches!(self, Carrier::Query(_) | Carrier::Body(_))
    }

    /// What stands there in a request.
    pub fn written(&self, request: &Request) -> Written {
        match self {
            Carrier::Off => Written::Nothing,
            Carrier::Header(name) => match request.headers.get(name).map(str::trim) {
                None | Some("") => Written::Nothing,
                Some(value) => Written::Text(value.to_owned()),
            },
            Carrier::Query(name) => match parameter(&request.target, name) {
                None => Written::Nothing,
                Some(value) => text_or_empty(value),
            },
            Carrier::Body(pointer) => match pointer.find(&request.body) {
                None => Written::Nothing,
                Some(value) => value
                    .as_text()
                    .map_or(Written::Other(value.kind_name()), |text| {
                        text_or_empty(text.into_owned())
                    }),
            },
        }
    }

    /// What a send is about, of what stands in its request and what was given beside it. A header given beside takes
    /// the written one's place; a text that goes out as it stands cannot be overruled.
    ///
    /// # Errors
    /// When both are there, and not the same.
    pub fn settle(
        &self,
        cargo: Cargo,
        written: Option<String>,
        given: Option<String>,
    ) -> Result<Option<String>, CarrierError> {
        match (written, given) {
            (Some(written), Some(given)) if self.is_in_text() && written != given => {
                Err(CarrierError::Conflict {
                    cargo,
                    place: self.to_string(),
                    written,
                    given,
                })
            }
            (written, given) => Ok(given.or(written)),
        }
    }
}

/// A name for messages.
impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Carrier::Header(name) => f.write_str(name),
            Carrier::Query(name) => write!(f, "the query's {name}"),
            Carrier::Body(pointer) => write!(f, "the body's {pointer}"),
            Carrier::Off => f.write_str("nothing"),
        }
    }
}

fn text_or_empty(text: String) -> Written {
    if text.is_empty() {
        Written::Other("empty")
    } else {
        Written::Text(text)
    }
}

/// The first query parameter of this name.
fn parameter(target: &str, name: &str) -> Option<String> {
    let target = target.split('#').next().unwrap_or_default();
    let (_, query) = target.split_once('?')?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let found = pairs.find(|(known, _)| known == name);
    found.map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::{Cargo, Carrier, Written};
    use crate::domain::pointer::Pointer;
    use crate::domain::request::{Method, Request};

    fn header() -> Carrier {
        Carrier::Header("X-Request-Id".into())
    }

    fn query() -> Carrier {
        Carrier::Query("requestId".into())
    }

    fn body() -> Carrier {
        Carrier::Body(Pointer::parse("/meta/id").expect("a pointer"))
    }

    #[test]
    fn what_a_person_wrote_is_found_where_the_carrier_looks() {
        let text = |text: &str| Written::Text(text.into());
        for (target, written) in [
            ("/v1/x?a=1&requestId=op%201#requestId=no", text("op 1")),
            ("/v1/x?requestId=a&requestId=b", text("a")),
            ("/v1/x?requestId=", Written::Other("empty")),
            ("/v1/x?RequestId=a", Written::Nothing),
            ("/v1/x#?requestId=a", Written::Nothing),
            ("/v1/requestId=a", Written::Nothing),
        ] {
            let request = Request::new(Method::post(), target);
            assert_eq!(query().written(&request), written, "{target}");
        }
        for (bytes, written) in [
            (r#"{"meta":{"id":"op_1"}}"#, text("op_1")),
            (r#"{"meta":{"id":17}}"#, text("17")),
            (r#"{"meta":{"id":null}}"#, Written::Other("null")),
            (r#"{"meta":{"id":""}}"#, Written::Other("empty")),
            (r#"{"meta":{}}"#, Written::Nothing),
            ("a=b", Written::Nothing),
            ("", Written::Nothing),
        ] {
            let mut request = Request::new(Method::post(), "/v1/x");
            request.body = bytes.into();
            assert_eq!(body().written(&request), written, "{bytes}");
        }
        let mut request = Request::new(Method::post(), "/v1/x");
        assert_eq!(header().written(&request), Written::Nothing);
        request.headers.push("x-request-id", " op_1 ");
        assert_eq!(header().written(&request), text("op_1"));
        assert_eq!(Carrier::Off.written(&request), Written::Nothing);
    }

    #[test]
    fn a_header_gives_way_and_a_text_does_not() {
        let some = |text: &str| Some(text.to_owned());
        for carrier in [header(), query(), body()] {
            let settle = |written, given| carrier.settle(Cargo::Account, written, given);
            assert_eq!(settle(some("a"), None), Ok(some("a")));
            assert_eq!(settle(None, some("b")), Ok(some("b")));
            assert_eq!(settle(some("a"), some("a")), Ok(some("a")));
            assert_eq!(settle(None, None), Ok(None));
            let both = settle(some("a"), some("b"));
            if carrier.is_in_text() {
                let error = both.expect_err("two truths").to_string();
                for part in ["says a", "the account given is b", &carrier.to_string()] {
                    assert!(error.contains(part), "{part}: {error}");
                }
            } else {
                assert_eq!(both, Ok(some("b")));
            }
        }
    }
}
