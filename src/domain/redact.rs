//! The only door to disk, log or export: what holds no secret any more.
//!
//! ```text
//!   Prepared (secrets marked) ──request()──▶ Redacted<SentRequest>   holes + slots
//!   Outcome                   ──outcome()──▶ Redacted<Outcome>       secret headers, and echoes by value
//!   AnswerHead                ──head()─────▶ Redacted<AnswerHead>    the same, before the rest came
//! ```
//!
//! The way back, which fills the holes again, is `refill`. The store takes `Redacted<T>` and nothing else, and only this file can make one.

use std::borrow::Cow;
use std::fmt;

use aws_lc_rs::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::domain::arrival::AnswerHead;
use crate::domain::compose::{Marked, Prepared, credential_value};
use crate::domain::exchange::Outcome;
use crate::domain::header::Headers;
use crate::domain::profile::Profile;
use crate::domain::redact_text::TextCut;
use crate::domain::request::SentRequest;
use crate::domain::seal::{Sealing, Token};
use crate::domain::secret_field::Found;
use crate::domain::secret_field::place::Place;
use crate::domain::slot::{Slot, SlotSource};

/// What stands where a secret stood (the contract's spelling).
pub const REDACTED: &str = "[redacted]";

/// The same as a JSON string.
const REDACTED_STRING: &str = "\"[redacted]\"";

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

/// A value that must not be seen: it prints as `[redacted]`, and its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl Secret {
    /// Takes a value under cover.
    pub fn new(value: impl Into<String>) -> Secret {
        Secret(SecretString::from(value.into()))
    }

    /// The value itself, for the wire.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
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

/// Whether a header field of this name carries a secret under this profile: a secret header's name, or a secret field's.
pub fn is_secret_header(name: &str, profile: &Profile) -> bool {
    let own = profile
        .secret_headers
        .iter()
        .map(String::as_str)
        .chain([profile.credential_header.as_str()]);
    let mut known = SECRET_HEADERS.into_iter().chain(own);
    if known.any(|secret| secret.eq_ignore_ascii_case(name)) {
        // A key that is cut out could not be sent again: what the profile has a place for is no secret by its name.
        return is_named(name, profile) || !is_carrier(name, profile);
    }
    let lower = name.to_ascii_lowercase();
    // `PRIVATE-TOKEN`, `X-Vault-Token`, `X-Secret`: called as what they are.
    let bare = lower.strip_prefix("x-").unwrap_or(&lower);
    let called = SECRET_ENDS.iter().any(|end| bare.ends_with(end));
    (called || profile.secret_fields.is_secret_name(bare)) && !is_carrier(name, profile)
}

/// Whether the profile itself says that this header is a secret.
fn is_named(name: &str, profile: &Profile) -> bool {
    let own = profile.secret_headers.iter();
    let mut own = own.chain([&profile.credential_header]);
    own.any(|secret| secret.eq_ignore_ascii_case(name))
}

/// How header fields end that carry a secret.
const SECRET_ENDS: [&str; 5] = ["-token", "-secret", "-password", "-api-key", "-apikey"];

/// Whether the profile has the idempotency key, the requestId, the account or the server's id in this header.
fn is_carrier(name: &str, profile: &Profile) -> bool {
    let carriers = [&profile.request_id_carrier, &profile.account_carrier];
    let carriers = carriers.iter().filter_map(|carrier| carrier.header());
    let own = [
        profile.key_header.as_str(),
        profile.server_id_header.as_str(),
    ];
    let mut all = carriers.chain(own);
    all.any(|known| known.eq_ignore_ascii_case(name))
}

/// The request as it may rest: each secret value cut out, a slot in its place.
pub fn request(prepared: &Prepared, sealing: &Sealing) -> Redacted<SentRequest> {
    let mut slots = Vec::new();
    let headers = cut_headers(prepared, sealing, &mut slots);
    let target = prepared.target.as_bytes();
    let target = cut_fields(target, &prepared.secrets.target, sealing, &mut slots);
    let body = cut_fields(&prepared.body, &prepared.secrets.body, sealing, &mut slots);
    Redacted(SentRequest {
        method: prepared.method.clone(),
        base_url: prepared.base_url.clone(),
        // Spans end at an ampersand or the text's end, so what is left is text as before.
        target: String::from_utf8_lossy(&target).into_owned(),
        headers,
        body,
        idempotency_key: prepared.idempotency_key.clone(),
        key_choice: prepared.key_choice,
        slots,
    })
}

fn cut_headers(prepared: &Prepared, sealing: &Sealing, slots: &mut Vec<Slot>) -> Headers {
    let mut headers = Headers::new();
    for line in &prepared.lines {
        let Some(source) = line.secret else {
            headers.push(&line.name, &line.value);
            continue;
        };
        let nth = slots.iter().filter(|s| s.is_in_header(&line.name)).count();
        let hole = Slot::header(&line.name, nth, source);
        slots.push(match source {
            // The next send takes the profile's of its own moment.
            SlotSource::Credential => hole,
            SlotSource::Given => {
                let token = Token::new(line.value.as_bytes());
                kept(hole, &token, sealing, slots.len())
            }
        });
        headers.push(&line.name, REDACTED);
    }
    headers
}

/// The text with a mark in the place of each of these, and a slot for each.
fn cut_fields(text: &[u8], secrets: &[Found], sealing: &Sealing, slots: &mut Vec<Slot>) -> Vec<u8> {
    marked(text, secrets, |found, at| {
        let hole = Slot {
            place: found.place.clone(),
            at: Some(at),
            source: SlotSource::Given,
            mac: None,
            sealed: None,
        };
        let token = Token::new(&text[found.span.clone()]);
        slots.push(kept(hole, &token, sealing, slots.len()));
    })
}

/// The text with a mark in the place of each of these, which are in order and do not overlap; `cut` is told of each, and
/// where its mark begins.
fn marked(text: &[u8], secrets: &[Found], mut cut: impl FnMut(&Found, usize)) -> Vec<u8> {
    let (mut rests, mut from) = (Vec::with_capacity(text.len()), 0);
    for found in secrets {
        rests.extend_from_slice(&text[from..found.span.start]);
        cut(found, rests.len());
        rests.extend_from_slice(mark_of(&found.place).as_bytes());
        from = found.span.end;
    }
    rests.extend_from_slice(&text[from..]);
    rests
}

/// Target and body of a request as they may rest.
#[derive(Clone, Debug)]
pub struct Rests<'a> {
    /// Path and query, or an absolute URL.
    pub target: Cow<'a, str>,
    /// The body's bytes.
    pub body: Cow<'a, [u8]>,
}

/// Target and body as [`request`] leaves them: what the places of errors are counted in, since that is what is shown.
pub fn rests(prepared: &Prepared) -> Rests<'_> {
    let Marked { target, body } = &prepared.secrets;
    let cut = |text: &[u8], secrets: &[Found]| marked(text, secrets, |_, _| {});
    Rests {
        target: match target.is_empty() {
            true => (&prepared.target).into(),
            false => {
                let cut = cut(prepared.target.as_bytes(), target);
                String::from_utf8_lossy(&cut).into_owned().into()
            }
        },
        body: match body.is_empty() {
            true => (&prepared.body).into(),
            false => cut(&prepared.body, body).into(),
        },
    }
}

/// The mark as it stands in such a place: a JSON body stays JSON.
pub(crate) fn mark_of(place: &Place) -> &'static str {
    match place {
        Place::Body(_) => REDACTED_STRING,
        Place::Header { .. } | Place::Query { .. } | Place::Form { .. } => REDACTED,
    }
}

/// The hole with what its value is known again by and, where it may be kept, the value itself, sealed.
fn kept(hole: Slot, token: &Token, sealing: &Sealing, nth: usize) -> Slot {
    let mac = sealing.mac(token);
    let sealed = sealing.seal(token, &hole.place.to_string(), &mac, nth);
    Slot {
        mac: Some(mac),
        sealed,
        ..hole
    }
}

/// The outcome as it may rest: secret headers cut out, secret parameters of the URLs in it, and whatever secret the
/// request carried wherever the head, the errors or a failure's text echo it.
pub fn outcome(mut outcome: Outcome, prepared: &Prepared, profile: &Profile) -> Redacted<Outcome> {
    TextCut::new(prepared, profile).outcome(&mut outcome);
    Redacted(outcome)
}

/// The head of an answer as it will rest in its outcome: for the eyes of whoever watches the rest arrive.
pub fn head(mut head: AnswerHead, prepared: &Prepared, profile: &Profile) -> Redacted<AnswerHead> {
    TextCut::new(prepared, profile).head(&mut head);
    Redacted(head)
}

/// An outcome that we wrote ourselves, from nothing that a server or a person said.
pub fn own_outcome(outcome: Outcome) -> Option<Redacted<Outcome>> {
    (!matches!(outcome, Outcome::Response(_))).then_some(Redacted(outcome))
}

#[cfg(test)]
mod tests {
    use super::{Fingerprinter, REDACTED, Secret, is_secret_header, request};
    use crate::domain::compose::{Compose, Prepared};
    use crate::domain::profile::Profile;
    use crate::domain::request::{KeyChoice, Method, Request};
    use crate::domain::seal::Sealing;

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
        let rests = request(
            &prepared(&profile),
            &Sealing::none(Fingerprinter::new(&[7; 32])),
        );
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
    fn a_header_that_is_called_a_secret_is_one() {
        let mut profile = Profile::new("p");
        profile.key_header = "Request-Token".into();
        for (name, secret) in [
            ("PRIVATE-TOKEN", true),
            ("X-Vault-Token", true),
            ("X-Secret", true),
            ("X-Password", true),
            ("Token", true),
            ("authorization", true),
            ("Request-Token", false),
            ("X-Request-Id", false),
            ("Idempotency-Key", false),
            ("Tokens", false),
        ] {
            assert_eq!(is_secret_header(name, &profile), secret, "{name}");
        }
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
