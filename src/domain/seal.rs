//! A value that was cut out of a request, kept so that only this installation can read it again.
//!
//! ```text
//!   Token ──seal(bond)──▶ Sealed: nonce ‖ AES-256-GCM(token) ‖ tag     rests in the row, beside its slot
//!   Token ◀──open(bond)── Sealed                                       or nothing, when a bit of it is another
//! ```
//!
//! The key is derived from the installation's key, which never lies with the history. Its place, its fingerprint
//! and that of its request's payload are sealed along (associated data, NIST SP 800-38D): a value moved to another slot or
//! another request does not open there. What it is not: a safe
//! for what is in memory. The dice are arguments, as everywhere in `domain`.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretSlice};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::redact::{Fingerprint, Fingerprinter, REDACTED};

/// How many random bytes sealing one request takes.
pub const SEAL_DICE: usize = 32;

/// What tells the key of sealing from every other use of the installation's key.
const LABEL: &[u8] = b"reqscope: values cut out of requests, AES-256-GCM, 1";

/// A secret's bytes as a request spells them, quotes and escapes included. Wiped from memory with its last clone;
/// prints as `[redacted]`.
#[derive(Clone)]
pub struct Token(Arc<SecretSlice<u8>>);

impl Token {
    /// Takes the bytes under cover.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Token {
        Token(Arc::new(SecretSlice::from(bytes.into())))
    }

    /// The bytes themselves, for the wire.
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Token) -> bool {
        self.expose() == other.expose()
    }
}

/// What becomes of the secrets that a person writes into a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// They rest sealed, so that a replay needs nobody.
    #[default]
    Sealed,
    /// They stay in the memory of the process that sent them, and are asked for later.
    Session,
}

impl Keep {
    /// Each with the word the configuration has for it.
    pub const WORDS: [(&'static str, Keep); 2] =
        [("sealed", Keep::Sealed), ("session", Keep::Session)];
}

/// A sealed value: its nonce, the encrypted bytes, their tag.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

impl Serialize for Sealed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Sealed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Sealed, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Sealed).map_err(D::Error::custom)
    }
}

/// Seals and opens under this installation's key.
#[derive(Clone)]
pub struct Sealer(Arc<LessSafeKey>);

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// Under a key of its own, derived from the installation's (HMAC-SHA-256 as the one step of a KDF in counter mode,
    /// NIST SP 800-108). `None`: the cryptographic library refuses the key, which it does to none of this length.
    pub fn new(installation: &[u8; 32]) -> Option<Sealer> {
        let from = hmac::Key::new(hmac::HMAC_SHA256, installation);
        let key = hmac::sign(&from, LABEL);
        let key = UnboundKey::new(&AES_256_GCM, key.as_ref()).ok()?;
        Some(Sealer(Arc::new(LessSafeKey::new(key))))
    }

    /// Seals a value for where it stands. The nonce must never have been used before: it comes from fresh dice. `None`: it
    /// is too long for the cipher (64 GiB), so it is not kept.
    pub fn seal(&self, token: &Token, bond: &Bond<'_>, nonce: [u8; NONCE_LEN]) -> Option<Sealed> {
        let aad = Aad::from(bond.bytes());
        let mut bytes = token.expose().to_vec();
        let given = Nonce::assume_unique_for_key(nonce);
        self.0
            .seal_in_place_append_tag(given, aad, &mut bytes)
            .ok()?;
        bytes.splice(0..0, nonce);
        Some(Sealed(bytes))
    }

    /// The value again; `None` when it was sealed under another key, for another place or request, or a bit of it is
    /// another.
    pub fn open(&self, sealed: &Sealed, bond: &Bond<'_>) -> Option<Token> {
        let (nonce, bytes) = sealed.0.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let aad = Aad::from(bond.bytes());
        let mut bytes = bytes.to_vec();
        let open = self.0.open_in_place(nonce, aad, &mut bytes).ok()?;
        let length = open.len();
        bytes.truncate(length);
        Some(Token::new(bytes))
    }
}

/// What a value is sealed along with.
#[derive(Clone, Copy, Debug)]
pub struct Bond<'a> {
    /// Where it stands, as the command line writes it.
    pub place: &'a str,
    /// The fingerprint of the value as it is spelled.
    pub mac: &'a Fingerprint,
    /// The fingerprint of method, target and body of its request.
    pub payload: &'a Fingerprint,
}

impl Bond<'_> {
    /// The fingerprints have one length, so no two bonds look alike.
    fn bytes(&self) -> Vec<u8> {
        [self.place.as_bytes(), &self.mac.0, &self.payload.0].concat()
    }
}

/// How the secrets of one request are kept.
#[derive(Clone, Debug)]
pub struct Sealing {
    /// Makes the fingerprint that a value is known again by.
    pub printer: Fingerprinter,
    /// Seals the values; `None` when they are to stay in memory alone.
    pub sealer: Option<Sealer>,
    /// The fingerprint of the request's method, target and body, to which its values are bound.
    pub payload: Fingerprint,
    /// Random bytes, of this request alone.
    pub dice: [u8; SEAL_DICE],
}

impl Sealing {
    /// Nothing is sealed: values stay in memory alone.
    pub fn none(printer: Fingerprinter) -> Sealing {
        Sealing {
            printer,
            sealer: None,
            payload: Fingerprint([0; 32]),
            dice: [0; SEAL_DICE],
        }
    }

    /// The fingerprint of a value as it is spelled.
    pub fn mac(&self, token: &Token) -> Fingerprint {
        mac(&self.printer, token)
    }

    /// A value sealed for its place, the `nth` of its request; `None` when it is not to be kept.
    pub fn seal(
        &self,
        token: &Token,
        place: &str,
        mac: &Fingerprint,
        nth: usize,
    ) -> Option<Sealed> {
        let sealer = self.sealer.as_ref()?;
        // Each value has its own nonce: a part of a keyed digest of dice that no other request has.
        let number = (nth as u64).to_be_bytes();
        let digest = self.printer.of(&[b"nonce", &self.dice, &number]);
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&digest.0[..NONCE_LEN]);
        let payload = &self.payload;
        sealer.seal(
            token,
            &Bond {
                place,
                mac,
                payload,
            },
            nonce,
        )
    }
}

/// The fingerprint of a secret as it is spelled in its request.
pub fn mac(printer: &Fingerprinter, token: &Token) -> Fingerprint {
    printer.of(&[b"secret", token.expose()])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{Bond, Sealed, Sealer, Sealing, Token, mac};
    use crate::domain::redact::{Fingerprint, Fingerprinter};

    const PAYLOAD: Fingerprint = Fingerprint([5; 32]);

    fn bond<'a>(place: &'a str, mac: &'a Fingerprint) -> Bond<'a> {
        let payload = &PAYLOAD;
        Bond {
            place,
            mac,
            payload,
        }
    }

    fn sealing(key: u8, dice: u8) -> Sealing {
        Sealing {
            printer: Fingerprinter::new(&[key; 32]),
            sealer: Sealer::new(&[key; 32]),
            payload: PAYLOAD,
            dice: [dice; 32],
        }
    }

    #[test]
    fn what_is_sealed_opens_under_its_key_at_its_place_alone() {
        let (ours, theirs) = (sealing(1, 1), sealing(2, 1));
        let token = Token::new(*b"\"4242424242424242\"");
        let mac = ours.mac(&token);
        let sealed = ours.seal(&token, "/card/number", &mac, 0).expect("sealed");
        let open = |with: &Sealing, place, mac: &Fingerprint| {
            with.sealer
                .as_ref()
                .expect("a key")
                .open(&sealed, &bond(place, mac))
        };
        assert_eq!(open(&ours, "/card/number", &mac), Some(token.clone()));
        assert_eq!(open(&ours, "/card/cvc", &mac), None, "another place");
        assert_eq!(open(&ours, "/card/number", &Fingerprint([0; 32])), None);
        let elsewhere = Bond {
            payload: &Fingerprint([6; 32]),
            ..bond("/card/number", &mac)
        };
        let opened = ours
            .sealer
            .as_ref()
            .and_then(|s| s.open(&sealed, &elsewhere));
        assert_eq!(opened, None, "another request");
        assert_eq!(open(&theirs, "/card/number", &mac), None, "another key");
        let shown = format!("{sealed:?} {token:?} {ours:?}");
        assert!(!shown.contains("4242"), "{shown}");
    }

    #[test]
    fn every_bit_of_it_counts() {
        let ours = sealing(1, 1);
        let token = Token::new(*b"sk");
        let mac = ours.mac(&token);
        let sealed = ours.seal(&token, "/a", &mac, 0).expect("sealed");
        for bit in 0..sealed.0.len() * 8 {
            let mut changed = sealed.clone();
            changed.0[bit / 8] ^= 1 << (bit % 8);
            let opened = ours
                .sealer
                .as_ref()
                .and_then(|s| s.open(&changed, &bond("/a", &mac)));
            assert_eq!(opened, None, "bit {bit}");
        }
        for length in 0..sealed.0.len() {
            let short = Sealed(sealed.0[..length].to_vec());
            let opened = ours
                .sealer
                .as_ref()
                .and_then(|s| s.open(&short, &bond("/a", &mac)));
            assert_eq!(opened, None, "{length} bytes");
        }
    }

    #[test]
    fn no_two_values_share_a_nonce() {
        let token = Token::new(*b"same");
        let mut nonces = std::collections::BTreeSet::new();
        for dice in 0..20 {
            for nth in 0..20 {
                let sealing = sealing(1, dice);
                let mac = sealing.mac(&token);
                let sealed = sealing.seal(&token, "/a", &mac, nth).expect("sealed");
                assert!(nonces.insert(sealed.0[..12].to_vec()), "{dice} {nth}");
            }
        }
    }

    #[test]
    fn what_is_not_to_be_kept_is_not_sealed() {
        let sealing = Sealing {
            sealer: None,
            ..sealing(1, 1)
        };
        let token = Token::new(*b"x");
        assert_eq!(sealing.seal(&token, "/a", &sealing.mac(&token), 0), None);
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in any::<Vec<u8>>(), place in any::<String>()) {
            let ours = sealing(3, 4);
            let token = Token::new(bytes.clone());
            let mac = mac(&ours.printer, &token);
            let sealed = ours.seal(&token, &place, &mac, 7).expect("sealed");
            let text = serde_json::to_string(&sealed).expect("JSON");
            let read: Sealed = serde_json::from_str(&text).expect("as it was written");
            let opened = ours.sealer.expect("a key").open(&read, &bond(&place, &mac));
            prop_assert_eq!(opened.as_ref().map(Token::expose), Some(&bytes[..]));
            prop_assert_eq!(format!("{:?}", token), "[redacted]");
        }
    }
}
