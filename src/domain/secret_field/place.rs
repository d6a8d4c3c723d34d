//! Where in a request a secret stands, as the command line writes it (`--secret LOCATION=…`).
//!
//! ```text
//!   header:cookie   query:token   query:token#2   form:card[number]   /card/number
//! ```
//! `#2` is the second of that name. A `#`, a `%` or a control character in a name is percent-encoded, so that each place
//! has one spelling and each spelling one place.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::pointer::{Pointer, PointerError};

/// What would be read otherwise than it is meant.
const ESCAPED: AsciiSet = CONTROLS.add(b'#').add(b'%');

/// A place of a request that may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A header field.
    Header {
        /// Its name.
        name: String,
        /// Which of that name, from 0.
        nth: usize,
    },
    /// A parameter of the target's query.
    Query {
        /// Its name, decoded.
        name: String,
        /// Which of that name, from 0.
        nth: usize,
    },
    /// A value in a JSON body. Duplicate keys, and the lines of an NDJSON body, share one pointer.
    Body(Pointer),
    /// A field of a form body.
    Form {
        /// Its name, decoded.
        name: String,
        /// Which of that name, from 0.
        nth: usize,
    },
}

/// Why a text names no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// No kind of place begins like this.
    #[error(
        "'{0}' names no place: write header:NAME, query:NAME, form:NAME, or a JSON Pointer into the body such as /card/number"
    )]
    Kind(String),
    /// A kind, and no name.
    #[error("'{0}:' is without a name: write {0}:NAME")]
    NoName(&'static str),
    /// A slash, and no pointer.
    #[error(transparent)]
    Pointer(#[from] PointerError),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name, nth) = match self {
            Place::Body(pointer) => return pointer.fmt(f),
            Place::Header { name, nth } => ("header", name, nth),
            Place::Query { name, nth } => ("query", name, nth),
            Place::Form { name, nth } => ("form", name, nth),
        };
        write!(f, "{kind}:{}", utf8_percent_encode(name, &ESCAPED))?;
        match nth {
            0 => Ok(()),
            nth => write!(f, "#{}", nth + 1),
        }
    }
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Place, PlaceError> {
        if text.starts_with('/') {
            return Ok(Place::Body(Pointer::parse(text)?));
        }
        let unknown = || PlaceError::Kind(text.to_owned());
        let (kind, rest) = text.split_once(':').ok_or_else(unknown)?;
        let (written, nth) = counted(rest);
        let name = percent_decode_str(written).decode_utf8_lossy().into_owned();
        let (kind, place) = match kind {
            "header" => ("header", Place::Header { name, nth }),
            "query" => ("query", Place::Query { name, nth }),
            "form" => ("form", Place::Form { name, nth }),
            _ => return Err(unknown()),
        };
        if written.is_empty() {
            return Err(PlaceError::NoName(kind));
        }
        Ok(place)
    }
}

/// A name, and which of that name, from 0.
fn counted(text: &str) -> (&str, usize) {
    let counted = text.rsplit_once('#').and_then(|(name, number)| {
        let number: usize = number.parse().ok()?;
        Some((name, number.checked_sub(1)?))
    });
    counted.unwrap_or((text, 0))
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Place, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{Place, PlaceError};
    use crate::domain::pointer::Pointer;

    #[test]
    fn a_place_is_written_as_the_command_line_has_it() {
        let named = |name: &str, nth| (name.to_owned(), nth);
        for (text, kind, (name, nth)) in [
            ("header:cookie", 'h', named("cookie", 0)),
            ("query:token#2", 'q', named("token", 1)),
            ("form:card[number]", 'f', named("card[number]", 0)),
            ("form:a:b", 'f', named("a:b", 0)),
            ("query:a%23b#3", 'q', named("a#b", 2)),
        ] {
            let place: Place = text.parse().expect(text);
            let expected = match kind {
                'h' => Place::Header { name, nth },
                'q' => Place::Query { name, nth },
                _ => Place::Form { name, nth },
            };
            assert_eq!(place, expected, "{text}");
            assert_eq!(place.to_string(), text);
        }
        let pointer = Pointer::parse("/card/number").expect("a pointer");
        assert_eq!("/card/number".parse(), Ok(Place::Body(pointer)));
        for (bad, part) in [
            ("cookie", "header:NAME"),
            ("cookie:x", "names no place"),
            ("query:", "query:NAME"),
            ("/a~", "~0"),
        ] {
            let error: PlaceError = bad.parse::<Place>().expect_err(bad);
            assert!(error.to_string().contains(part), "{bad}: {error}");
        }
    }

    proptest! {
        #[test]
        fn each_place_has_one_spelling(name in ".+", nth in 0usize..9, kind in 0..3, path in any::<Vec<String>>()) {
            let place = match kind {
                0 => Place::Header { name, nth },
                1 => Place::Query { name, nth },
                _ => Place::Form { name, nth },
            };
            prop_assert_eq!(place.to_string().parse(), Ok(place.clone()));
            let written = serde_json::to_string(&place).expect("a text");
            prop_assert_eq!(serde_json::from_str::<Place>(&written).expect("read back"), place);
            if let Some(pointer) = Pointer::of_path(&path) {
                prop_assert_eq!(pointer.to_string().parse(), Ok(Place::Body(pointer)));
            }
        }
    }
}
