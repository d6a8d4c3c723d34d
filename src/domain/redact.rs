//! The only door to disk, log or export: what holds no secret any more.
//!
//! ```text
//!   Prepared (secrets marked) ──request()──▶ Redacted<SentRequest>   holes + slots
//!   Outcome                   ──outcome()──▶ Redacted<Outcome>       secret headers, and echoes by value
//!   SentRequest + its secrets ──refill()───▶ Prepared                byte for byte as it was, or an error
//! ```
//!
//! The store takes `Redacted<T>` and nothing else, and only this file can make one.

use std::fmt;

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};

use crate::domain::compose::{HeaderLine, Prepared, RequestError, credential_value, put_key};
use crate::domain::exchange::Outcome;
use crate::domain::header::Headers;
use crate::domain::profile::Profile;
use crate::domain::redact_text::TextCut;
use crate::domain::request::{SentRequest, Slot, SlotSource};
use crate::domain::target::resolve;

/// What stands where a secret stood (the contract's spelling).
pub const REDACTED: &str = "[redacted]";

/// Something that holds no secret. Made in this file only.
#[derive(Clone, Debug, PartialEq)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    /// What may rest.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// What may rest, by value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// A value that must not be seen: it prints as `[redacted]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a value under cover.
    pub fn new(value: impl Into<String>) -> Secret {
        Secret(value.into())
    }

    /// The value itself, for the wire.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// A keyed digest: tells whether two values are the same, and nothing about them to whoever lacks the key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint(pub [u8; 32]);

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}{:02x}…", self.0[0], self.0[1])
    }
}

/// Makes fingerprints (HMAC-SHA-256, RFC 2104) under this installation's key.
#[derive(Clone)]
pub struct Fingerprinter(hmac::Key);

impl Fingerprinter {
    /// Under this key.
    pub fn new(key: &[u8; 32]) -> Fingerprinter {
        Fingerprinter(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The fingerprint of several parts. Each part's length goes in, so that no two lists of parts look alike.
    pub fn of(&self, parts: &[&[u8]]) -> Fingerprint {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(context.sign().as_ref());
        Fingerprint(digest)
    }
}

impl fmt::Debug for Fingerprinter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprinter")
    }
}

/// The fingerprint of a credential as a request carries it: of its header's whole value.
pub fn credential_fingerprint(
    printer: &Fingerprinter,
    profile: &Profile,
    credential: &Secret,
) -> Fingerprint {
    printer.of(&[credential_value(profile, credential).as_bytes()])
}

/// Header fields whose values are secrets wherever they appear, beside those a profile names.
const SECRET_HEADERS: [&str; 14] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "set-cookie2",
    "x-api-key",
    "api-key",
    "apikey",
    "x-auth-token",
    "x-access-token",
    "x-csrf-token",
    "x-amz-security-token",
    "x-goog-api-key",
    "ocp-apim-subscription-key",
];

/// Whether a header field of this name carries a secret under this profile.
pub fn is_secret_header(name: &str, profile: &Profile) -> bool {
    let own = profile
        .secret_headers
        .iter()
        .map(String::as_str)
        .chain([profile.credential_header.as_str()]);
    SECRET_HEADERS
        .into_iter()
        .chain(own)
        .any(|secret| secret.eq_ignore_ascii_case(name))
}

/// The request as it may rest: each secret value cut out, a slot in its place.
pub fn request(prepared: &Prepared) -> Redacted<SentRequest> {
    let mut headers = Headers::new();
    let mut slots: Vec<Slot> = Vec::new();
    for line in &prepared.lines {
        match line.secret {
            Some(source) => {
                let nth = slots
                    .iter()
                    .filter(|s| s.header.eq_ignore_ascii_case(&line.name))
                    .count();
                slots.push(Slot {
                    header: line.name.clone(),
                    nth,
                    source,
                });
                headers.push(&line.name, REDACTED);
            }
            None => headers.push(&line.name, &line.value),
        }
    }
    Redacted(SentRequest {
        method: prepared.method.clone(),
        base_url: prepared.base_url.clone(),
        target: prepared.target.clone(),
        headers,
        body: prepared.body.clone(),
        idempotency_key: prepared.idempotency_key.clone(),
        key_choice: prepared.key_choice,
        slots,
    })
}

/// Why a recorded request cannot be sent again as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefillError {
    /// Where it is to go cannot be told.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// It went with the profile's credential, and there is none now.
    #[error(
        "that request went with a credential, and profile '{0}' has none now: set REQSCOPE_API_KEY or its api_key"
    )]
    NoCredential(String),
    /// The credential may not go there any more.
    #[error("that request went with a credential, and profile '{0}' no longer sends it to {1}")]
    NotTrusted(String, String),
    /// The profile's header names are others than those of the request: sent as it was, it would not be understood.
    #[error(
        "that request carries its {what} in another header than profile '{profile}', which has it in {header}: edit it \
         and send it as a new request, or correct the profile"
    )]
    OtherHeader {
        /// Credential or idempotency key.
        what: &'static str,
        /// The profile.
        profile: String,
        /// Where it has it.
        header: String,
    },
    /// A value that a person wrote, and that was not kept.
    #[error(
        "the value of header '{0}' was not kept: give it with --secret header:{0}=env:NAME, or edit the request and write it again"
    )]
    NotKept(String),
}

/// What fills the holes of a recorded request.
#[derive(Clone, Copy, Debug)]
pub struct Refill<'a> {
    /// The profile it was sent under, as it is now.
    pub profile: &'a Profile,
    /// The profile's credential.
    pub credential: Option<&'a Secret>,
    /// Values a person supplies: header name and value.
    pub supplied: &'a [(String, Secret)],
    /// Another idempotency key, for a further attempt; `None` keeps the one it had.
    pub new_key: Option<&'a str>,
}

impl Refill<'_> {
    /// The recorded request, ready for the wire again: byte for byte as it was but for the key. Never with
    /// `[redacted]` in the place of a secret.
    ///
    /// # Errors
    /// When a secret is missing, or may not go there.
    pub fn refill(&self, sent: &SentRequest) -> Result<Prepared, RefillError> {
        let name = &self.profile.name;
        let (url, target) = resolve(&sent.target, self.profile.base_url.as_ref())?;
        let with_credential = sent
            .slots
            .iter()
            .any(|slot| slot.source == SlotSource::Credential);
        if with_credential && !self.profile.trusts(&url) {
            return Err(RefillError::NotTrusted(
                name.clone(),
                url.origin().ascii_serialization(),
            ));
        }
        self.check_headers(sent)?;
        let mut prepared = Prepared {
            method: sent.method.clone(),
            base_url: self.profile.base_text(),
            url,
            target,
            lines: Vec::with_capacity(sent.headers.len()),
            body: sent.body.clone(),
            idempotency_key: sent.idempotency_key.clone(),
            key_choice: sent.key_choice,
            withheld: Vec::new(),
        };
        let mut seen: Vec<&str> = Vec::new();
        for (field, value) in sent.headers.iter() {
            let hole = |slot: &&Slot| slot.header.eq_ignore_ascii_case(field);
            let nth = seen
                .iter()
                .filter(|earlier| earlier.eq_ignore_ascii_case(field))
                .count();
            let line = match sent
                .slots
                .iter()
                .filter(hole)
                .find(|slot| slot.nth == nth && value == REDACTED)
            {
                None => HeaderLine {
                    name: field.to_owned(),
                    value: value.to_owned(),
                    secret: None,
                },
                Some(slot) => {
                    seen.push(field);
                    HeaderLine {
                        name: field.to_owned(),
                        value: self.value_of(slot)?,
                        secret: Some(slot.source),
                    }
                }
            };
            prepared.lines.push(line);
        }
        if let Some(key) = self.new_key {
            put_key(&mut prepared, key, self.profile)?;
        }
        Ok(prepared)
    }

    /// That credential and key stand where the profile has them: it may have changed since, or stand in for one that
    /// is gone.
    fn check_headers(&self, sent: &SentRequest) -> Result<(), RefillError> {
        let other = |what, header: &str| RefillError::OtherHeader {
            what,
            profile: self.profile.name.clone(),
            header: header.to_owned(),
        };
        let (credential, key) = (&self.profile.credential_header, &self.profile.key_header);
        let is_credential = |slot: &&Slot| slot.source == SlotSource::Credential;
        let mut credentials = sent.slots.iter().filter(is_credential);
        if credentials.any(|slot| !slot.header.eq_ignore_ascii_case(credential)) {
            return Err(other("credential", credential));
        }
        if sent.idempotency_key.is_some() && sent.headers.get_all(key).next().is_none() {
            return Err(other("idempotency key", key));
        }
        Ok(())
    }

    fn value_of(&self, slot: &Slot) -> Result<String, RefillError> {
        match slot.source {
            SlotSource::Credential => match self.credential {
                Some(credential) => Ok(credential_value(self.profile, credential)),
                None => Err(RefillError::NoCredential(self.profile.name.clone())),
            },
            SlotSource::Given => {
                let mut supplied = self
                    .supplied
                    .iter()
                    .filter(|(name, _)| name.eq_ignore_ascii_case(&slot.header));
                let value = supplied
                    .nth(slot.nth)
                    .map(|(_, secret)| secret.expose().to_owned());
                value.ok_or_else(|| RefillError::NotKept(slot.header.to_ascii_lowercase()))
            }
        }
    }
}

/// The outcome as it may rest: secret headers cut out, secret parameters of the URLs in it, and whatever secret the
/// request carried wherever the head, the errors or a failure's text echo it.
pub fn outcome(mut outcome: Outcome, prepared: &Prepared, profile: &Profile) -> Redacted<Outcome> {
    TextCut::new(prepared, profile).outcome(&mut outcome);
    Redacted(outcome)
}

/// An outcome that we wrote ourselves, from nothing that a server or a person said.
pub fn own_outcome(outcome: Outcome) -> Option<Redacted<Outcome>> {
    (!matches!(outcome, Outcome::Response(_))).then_some(Redacted(outcome))
}

#[cfg(test)]
mod tests {
    use super::{Fingerprinter, REDACTED, Refill, RefillError, Secret, request};
    use crate::domain::compose::{Compose, Prepared};
    use crate::domain::profile::Profile;
    use crate::domain::request::{KeyChoice, Method, Request};

    fn prepared(profile: &Profile) -> Prepared {
        let mut composed = Request::new(Method::post(), "/v1/payments");
        composed.headers.push("Cookie", "session=abcdefgh");
        composed.headers.push("X-Plain", "seen");
        let compose = Compose {
            operation: "op_1",
            account: None,
            key: Some("k1"),
            key_choice: KeyChoice::Fresh,
            credential: Some(&Secret::new("sk_live_123456")),
        };
        compose
            .prepare(&composed, profile)
            .expect("a request that is right")
    }

    #[test]
    fn no_secret_stays_in_a_request() {
        let profile = Profile::sandbox("http://127.0.0.1:1");
        let rests = request(&prepared(&profile));
        let text = format!("{rests:?}");
        assert!(
            !text.contains("sk_live_123456") && !text.contains("abcdefgh"),
            "{text}"
        );
        assert_eq!(rests.get().headers.get("authorization"), Some(REDACTED));
        assert_eq!(rests.get().headers.get("x-plain"), Some("seen"));
        assert_eq!(rests.get().slots.len(), 2);
    }

    #[test]
    fn a_recorded_request_is_refilled_as_it_was_or_refused() {
        let mut profile = Profile::sandbox("http://127.0.0.1:1");
        let first = prepared(&profile);
        let sent = request(&first).into_inner();
        let secret = Secret::new("sk_live_123456");
        let cookie = [("cookie".to_owned(), Secret::new("session=abcdefgh"))];
        let whole = Refill {
            profile: &profile,
            credential: Some(&secret),
            supplied: &cookie,
            new_key: None,
        };
        let again = whole.refill(&sent).expect("all secrets are there");
        let lines = |p: &Prepared| {
            p.lines
                .iter()
                .map(|l| (l.name.clone(), l.value.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(lines(&again), lines(&first));
        let renewed = Refill {
            new_key: Some("k2"),
            ..whole
        }
        .refill(&sent)
        .expect("sendable");
        let key = renewed
            .lines
            .iter()
            .find(|l| l.name == "Idempotency-Key")
            .map(|l| l.value.as_str());
        assert_eq!(
            (key, renewed.idempotency_key.as_deref()),
            (Some("k2"), Some("k2"))
        );

        let missing = Refill {
            supplied: &[],
            ..whole
        }
        .refill(&sent);
        assert_eq!(missing.err(), Some(RefillError::NotKept("cookie".into())));
        let missing = Refill {
            credential: None,
            ..whole
        }
        .refill(&sent);
        assert_eq!(
            missing.err(),
            Some(RefillError::NoCredential("sandbox".into()))
        );
        profile.base_url = None;
        assert!(
            Refill {
                profile: &profile,
                credential: Some(&secret),
                supplied: &cookie,
                new_key: None
            }
            .refill(&sent)
            .is_err()
        );
    }

    #[test]
    fn a_secret_prints_as_redacted() {
        assert_eq!(format!("{:?}", Secret::new("x")), REDACTED);
        assert!(
            !format!("{:?}", prepared(&Profile::sandbox("http://127.0.0.1:1"))).contains("sk_live")
        );
    }

    #[test]
    fn a_fingerprint_tells_lists_apart() {
        let printer = Fingerprinter::new(&[7; 32]);
        assert_ne!(printer.of(&[b"ab", b"c"]), printer.of(&[b"a", b"bc"]));
        assert_eq!(printer.of(&[b"ab"]), printer.of(&[b"ab"]));
    }
}
