//! A hole in a recorded request, and what is needed to fill it again.
//!
//! ```text
//!   {"card":{"number":"[redacted]"}}      the body as it rests
//!                     ▲ at 18             Slot { place: /card/number, at, source, mac, sealed }
//! ```
//!
//! Not here: which fields are secrets (`secret_field`), how a hole comes about (`redact`), and how it is filled
//! (`refill`). Rows of before know holes in headers alone, without a fingerprint; they are read as such.

use serde::{Deserialize, Serialize};

use crate::domain::redact::Fingerprint;
use crate::domain::seal::Sealed;
use crate::domain::secret_field::place::Place;

/// A hole where a secret stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Slot {
    /// What stood there.
    pub place: Place,
    /// Where the mark begins, in bytes of the target or the body as they rest; `None` for a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<usize>,
    /// Where its value came from.
    pub source: SlotSource,
    /// The keyed fingerprint of the value as it was spelled; `None` for a credential, which may be another at the next
    /// send, and in rows of before.
    #[serde(skip_serializing_if = "Option::is_none", with = "fingerprint")]
    pub mac: Option<Fingerprint>,
    /// The value, sealed; `None` when it was not to be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Sealed>,
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

impl Slot {
    /// A hole in this header field, with nothing known of what stood in it.
    pub fn header(name: impl Into<String>, nth: usize, source: SlotSource) -> Slot {
        Slot {
            place: Place::Header {
                name: name.into(),
                nth,
            },
            at: None,
            source,
            mac: None,
            sealed: None,
        }
    }

    /// Whether it is the `nth` field of this header.
    pub fn is_header(&self, field: &str, of: usize) -> bool {
        matches!(&self.place, Place::Header { name, nth } if *nth == of && name.eq_ignore_ascii_case(field))
    }

    /// Whether it is any field of this header.
    pub fn is_in_header(&self, field: &str) -> bool {
        matches!(&self.place, Place::Header { name, .. } if name.eq_ignore_ascii_case(field))
    }
}

/// Whether two places are the same: names of header fields know no case.
pub fn is_same(a: &Place, b: &Place) -> bool {
    match (a, b) {
        (
            Place::Header { name, nth },
            Place::Header {
                name: other,
                nth: n,
            },
        ) => nth == n && name.eq_ignore_ascii_case(other),
        (a, b) => a == b,
    }
}

/// A slot as any row has it.
#[derive(Deserialize)]
struct Stored {
    place: Option<Place>,
    /// Of rows of before, in the place of `place`.
    header: Option<String>,
    #[serde(default)]
    nth: usize,
    at: Option<usize>,
    source: SlotSource,
    #[serde(default, with = "fingerprint")]
    mac: Option<Fingerprint>,
    sealed: Option<Sealed>,
}

impl TryFrom<Stored> for Slot {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Slot, &'static str> {
        let nth = stored.nth;
        let header = stored.header.map(|name| Place::Header { name, nth });
        Ok(Slot {
            place: stored.place.or(header).ok_or("a slot without a place")?,
            at: stored.at,
            source: stored.source,
            mac: stored.mac,
            sealed: stored.sealed,
        })
    }
}

/// A fingerprint as text: half the size of a list of numbers.
mod fingerprint {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::domain::redact::Fingerprint;

    pub(super) fn serialize<S: Serializer>(
        mac: &Option<Fingerprint>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match mac {
            Some(mac) => serializer.serialize_str(&STANDARD.encode(mac.0)),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Fingerprint>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else {
            return Ok(None);
        };
        let bytes = STANDARD.decode(text).map_err(D::Error::custom)?;
        let bytes = bytes.try_into();
        let bytes = bytes.map_err(|_| D::Error::custom("a fingerprint has 32 bytes"))?;
        Ok(Some(Fingerprint(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Slot, SlotSource};
    use crate::domain::redact::Fingerprint;
    use crate::domain::secret_field::place::Place;

    #[test]
    fn a_slot_of_before_is_read() {
        let text = r#"{"header":"Cookie","nth":1,"source":"given"}"#;
        let slot: Slot = serde_json::from_str(text).expect("as rows of before have it");
        assert_eq!(slot, Slot::header("Cookie", 1, SlotSource::Given));
        let text = r#"{"source":"given"}"#;
        assert!(serde_json::from_str::<Slot>(text).is_err());
    }

    #[test]
    fn a_slot_comes_back_as_it_was_written() {
        let body = Slot {
            place: "/card/number".parse::<Place>().expect("a place"),
            at: Some(18),
            source: SlotSource::Given,
            mac: Some(Fingerprint([7; 32])),
            sealed: serde_json::from_str("\"AAEC\"").ok(),
        };
        assert!(body.sealed.is_some());
        for slot in [
            body,
            Slot::header("Authorization", 0, SlotSource::Credential),
        ] {
            let text = serde_json::to_string(&slot).expect("JSON");
            let read: Slot = serde_json::from_str(&text).expect("as it was written");
            assert_eq!(read, slot, "{text}");
        }
        for bad in [r#""AAEC""#, "7"] {
            let text = format!(r#"{{"place":"/a","source":"given","mac":{bad}}}"#);
            assert!(serde_json::from_str::<Slot>(&text).is_err(), "{text}");
        }
    }
}
