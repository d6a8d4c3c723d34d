//! From a request to what rests of it, and back: byte for byte, or a refusal that names the place.

mod property;

use super::{Refill, RefillError};
use crate::domain::compose::{Compose, Prepared};
use crate::domain::kept::{Kept, Supplied};
use crate::domain::profile::Profile;
use crate::domain::redact::{Fingerprint, Fingerprinter, REDACTED, Secret, request};
use crate::domain::request::{KeyChoice, Method, Request, SentRequest};
use crate::domain::seal::{Sealer, Sealing, mac};
use crate::domain::secret_field::{Pattern, SecretFields};
use crate::domain::slot::{Slot, SlotSource};
use crate::domain::vault::Vault;

const CREDENTIAL: &str = "sk_live_123456";

/// Spellings that a serializer would not choose.
const CARD: &str = "{ \"amount\":7 , \"card\" : {\"number\":\"\\u0034242 4242\",\"cvc\" :123}, \"password\": \"x\", \
                    \"password\":\"y\\/z\" }\n";

fn profile() -> Profile {
    Profile::sandbox("http://127.0.0.1:1")
}

fn composed(target: &str, content_type: Option<&str>, body: &[u8]) -> Request {
    let mut request = Request::new(Method::post(), target);
    request.headers.push("Cookie", "session=abcdefgh");
    request.headers.push("X-Plain", "seen");
    request.headers.push("cookie", "other=ijkl");
    if let Some(content_type) = content_type {
        request.headers.push("Content-Type", content_type);
    }
    request.body = body.to_vec();
    request
}

fn prepared(request: &Request) -> Option<Prepared> {
    let compose = Compose {
        operation: "op_1",
        account: None,
        key: Some("k1"),
        key_choice: KeyChoice::Fresh,
        credential: Some(&Secret::new(CREDENTIAL)),
    };
    compose.prepare(request, &profile()).ok()
}

/// An installation: its key, and what this process of it holds.
struct Installation {
    sealing: Sealing,
    vault: Vault,
}

impl Installation {
    fn new(key: u8) -> Installation {
        Installation {
            sealing: Sealing {
                printer: Fingerprinter::new(&[key; 32]),
                sealer: Sealer::new(&[key; 32]),
                payload: Fingerprint([0; 32]),
                dice: [9; 32],
            },
            vault: Vault::default(),
        }
    }

    /// One that seals nothing.
    fn of_session(key: u8) -> Installation {
        let mut installation = Installation::new(key);
        installation.sealing.sealer = None;
        installation
    }

    fn payload(&self, prepared: &Prepared) -> Fingerprint {
        let parts = [
            prepared.method.as_str().as_bytes(),
            prepared.target.as_bytes(),
            &prepared.body,
        ];
        self.sealing.printer.of(&parts)
    }

    /// What rests, as it comes back from a row.
    fn rests(&self, prepared: &Prepared) -> SentRequest {
        let sealing = Sealing {
            payload: self.payload(prepared),
            ..self.sealing.clone()
        };
        let rests = request(prepared, &sealing).into_inner();
        let slots = serde_json::to_string(&rests.slots).expect("JSON");
        SentRequest {
            slots: serde_json::from_str(&slots).expect("as it was written"),
            ..rests
        }
    }

    fn refill(
        &self,
        sent: &SentRequest,
        payload: &Fingerprint,
        supplied: &[Supplied],
    ) -> Result<Prepared, RefillError> {
        let profile = profile();
        let refill = Refill {
            profile: &profile,
            credential: Some(&Secret::new(CREDENTIAL)),
            kept: Kept {
                printer: &self.sealing.printer,
                sealer: self.sealing.sealer.as_ref(),
                vault: &self.vault,
                supplied,
            },
            new_key: None,
        };
        refill.refill(sent, payload)
    }
}

fn lines(prepared: &Prepared) -> Vec<(String, String)> {
    let lines = prepared.lines.iter();
    lines.map(|l| (l.name.clone(), l.value.clone())).collect()
}

fn supplied(values: &[(&str, &str)]) -> Vec<Supplied> {
    let one = |(place, value): &(&str, &str)| Supplied {
        place: place.parse().expect(place),
        value: Secret::new(*value),
    };
    values.iter().map(one).collect()
}

fn card() -> Prepared {
    let request = composed("/v1/payments?token=a%20b&x=1", None, CARD.as_bytes());
    prepared(&request).expect("sendable")
}

fn places(sent: &SentRequest) -> Vec<String> {
    let given = sent.slots.iter().filter(|s| s.source == SlotSource::Given);
    given.map(|slot| slot.place.to_string()).collect()
}

#[test]
fn what_rests_says_where_and_not_what() {
    let sent = Installation::new(1).rests(&card());
    assert_eq!(
        String::from_utf8_lossy(&sent.body),
        "{ \"amount\":7 , \"card\" : {\"number\":\"[redacted]\",\"cvc\" :\"[redacted]\"}, \"password\": \"[redacted]\", \
         \"password\":\"[redacted]\" }\n"
    );
    assert_eq!(sent.target, "/v1/payments?token=[redacted]&x=1");
    let expected = [
        "header:Cookie",
        "header:cookie#2",
        "query:token",
        "/card/number",
        "/card/cvc",
        "/password",
        "/password",
    ];
    assert_eq!(places(&sent), expected);
    let text = format!("{sent:?}{}", serde_json::to_string(&sent).expect("JSON"));
    for secret in [
        "4242", "123\"", "abcdefgh", "ijkl", "a%20b", "y\\/z", CREDENTIAL,
    ] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    for slot in sent.slots.iter().filter(|slot| slot.at.is_some()) {
        let at = slot.at.expect("just looked");
        let rests = if slot.place.to_string().starts_with('/') {
            &sent.body[..]
        } else {
            sent.target.as_bytes()
        };
        assert!(
            rests[at..].starts_with(b"[redacted]") || rests[at..].starts_with(b"\"[redacted]\"")
        );
    }
}

#[test]
fn a_sealed_request_comes_back_byte_for_byte() {
    let (ours, first) = (Installation::new(1), card());
    let again = ours.refill(&ours.rests(&first), &ours.payload(&first), &[]);
    let again = again.expect("all of it is there");
    assert_eq!((&again.body, &again.target), (&first.body, &first.target));
    assert_eq!(lines(&again), lines(&first));
    assert_eq!(
        again.secrets, first.secrets,
        "and rests without them once more"
    );
    assert_eq!(ours.rests(&again).body, ours.rests(&first).body);
}

#[test]
fn a_session_asks_for_each_value_and_takes_no_other() {
    let (ours, first) = (Installation::of_session(1), card());
    let (sent, payload) = (ours.rests(&first), ours.payload(&first));
    assert!(sent.slots.iter().all(|slot| slot.sealed.is_none()));
    let Err(RefillError::NotKept(lacks)) = ours.refill(&sent, &payload, &[]) else {
        panic!("nothing was kept");
    };
    let lacks: Vec<String> = lacks.iter().map(ToString::to_string).collect();
    let expected = [
        "header:Cookie",
        "header:cookie#2",
        "query:token",
        "/card/number",
        "/card/cvc",
        "/password",
    ];
    assert_eq!(lacks, expected, "each place once");

    // As a person says them: not as they were spelled.
    let right = [
        ("header:cookie", "session=abcdefgh"),
        ("header:cookie#2", "other=ijkl"),
        ("query:token", "a b"),
        ("/card/number", r"\u0034242 4242"),
        ("/card/cvc", "123"),
        ("/password", "x"),
        ("/password", "y/z"),
    ];
    let again = ours
        .refill(&sent, &payload, &supplied(&right))
        .expect("all of it was given");
    assert_eq!((&again.body, &again.target), (&first.body, &first.target));
    assert_eq!(lines(&again), lines(&first));

    for at in 0..right.len() {
        let mut wrong = right;
        wrong[at].1 = "wrong";
        let error = ours
            .refill(&sent, &payload, &supplied(&wrong))
            .expect_err("not what was sent");
        assert!(matches!(error, RefillError::Differs(_)), "{error}");
        let place = right[at].0.replace("header:c", "");
        assert!(error.to_string().to_lowercase().contains(&place), "{error}");
        assert!(!error.to_string().contains("wrong"), "{error}");
    }
    let beside = [&right[..], &[("/card/pin", "1")]].concat();
    let error = ours
        .refill(&sent, &payload, &supplied(&beside))
        .expect_err("no such place");
    assert!(
        error.to_string().contains("/card/pin") && error.to_string().contains("/card/cvc"),
        "{error}"
    );
    let mark = [
        &right[..3],
        &[("/card/number", REDACTED), ("/card/cvc", "\"[redacted]\"")],
    ]
    .concat();
    assert!(ours.refill(&sent, &payload, &supplied(&mark)).is_err());
}

#[test]
fn what_this_process_holds_is_not_asked_for() {
    let (mut ours, first) = (Installation::of_session(1), card());
    let (sent, payload) = (ours.rests(&first), ours.payload(&first));
    for token in first.given_secrets() {
        ours.vault.hold(mac(&ours.sealing.printer, &token), token);
    }
    let again = ours.refill(&sent, &payload, &[]).expect("it is in memory");
    assert_eq!((again.body, again.target), (first.body, first.target));
}

#[test]
fn another_installation_is_refused_with_a_sentence() {
    let (ours, theirs, first) = (Installation::new(1), Installation::new(2), card());
    let (sent, payload) = (ours.rests(&first), ours.payload(&first));
    let error = theirs.refill(&sent, &payload, &[]).expect_err("not theirs");
    assert!(matches!(error, RefillError::Unsealed(_)), "{error:?}");
    for part in [
        "header:Cookie",
        "another installation",
        "write the value again",
    ] {
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
    let error = theirs.refill(&sent, &payload, &supplied(&[("/card/cvc", "123")]));
    assert!(
        matches!(error, Err(RefillError::Differs(_))),
        "they cannot tell"
    );
    let without_key = Installation::of_session(1);
    assert!(without_key.refill(&sent, &payload, &[]).is_err());
}

#[test]
fn a_row_that_was_changed_is_refused() {
    let (ours, first) = (Installation::new(1), card());
    let (sent, payload) = (ours.rests(&first), ours.payload(&first));
    let refused = |what: &str, changed: &SentRequest| {
        let Err(error) = ours.refill(changed, &payload, &[]) else {
            panic!("{what}");
        };
        assert!(
            matches!(error, RefillError::Unsealed(_) | RefillError::Altered(_)),
            "{what}: {error:?}"
        );
        assert!(error.to_string().contains("changed"), "{what}: {error}");
    };
    for at in 0..sent.body.len() {
        let mut changed = sent.clone();
        changed.body[at] ^= 1;
        refused(&format!("body, byte {at}"), &changed);
    }
    let mut changed = sent.clone();
    changed.target = changed.target.replace("x=1", "x=2");
    refused("target", &changed);
    for (at, slot) in sent.slots.iter().enumerate() {
        let text = serde_json::to_value(slot).expect("JSON");
        for member in ["sealed", "mac"]
            .into_iter()
            .filter(|m| text[*m].is_string())
        {
            let mut text = text.clone();
            let value = text[member].as_str().expect("just looked");
            let other = if value.as_bytes()[4] == b'A' {
                "B"
            } else {
                "A"
            };
            text[member] = format!("{}{other}{}", &value[..4], &value[5..]).into();
            let mut changed = sent.clone();
            changed.slots[at] = serde_json::from_value(text).expect("still a slot");
            refused(&format!("{member} of {}", slot.place), &changed);
        }
        if slot.at.is_some() {
            let mut changed = sent.clone();
            changed.slots[at].mac = None;
            refused(&format!("no mac of {}", slot.place), &changed);
            changed.slots[at].sealed = None;
            refused(&format!("neither of {}", slot.place), &changed);
        }
        let mut changed = sent.clone();
        changed.slots.remove(at);
        refused(&format!("without the slot of {}", slot.place), &changed);
        if let Some(moved) = changed.slots.iter_mut().find(|slot| slot.at.is_some()) {
            moved.at = Some(usize::MAX);
            refused("a slot out of the body", &changed);
        }
    }
    let mut swapped = sent.clone();
    let [number, cvc] = [3, 4].map(|at| sent.slots[at].clone());
    swapped.slots[3] = Slot {
        place: cvc.place.clone(),
        ..number.clone()
    };
    swapped.slots[4] = Slot {
        place: number.place,
        ..cvc
    };
    refused("two places exchanged", &swapped);
}

#[test]
fn a_value_of_another_request_is_refused() {
    let ours = Installation::new(1);
    let other = composed("/v1/other", None, b"{}");
    let (first, other) = (card(), prepared(&other).expect("sendable"));
    let payload = ours.payload(&first);
    let (mut sent, other) = (ours.rests(&first), ours.rests(&other));
    assert_eq!(sent.slots[0].mac, other.slots[0].mac, "the same cookie");
    sent.slots[0].sealed = other.slots[0].sealed.clone();
    let error = ours
        .refill(&sent, &payload, &[])
        .expect_err("another request's");
    assert!(matches!(error, RefillError::Unsealed(_)), "{error:?}");
}

#[test]
fn a_row_of_before_is_sent_as_it_was() {
    let (ours, first) = (
        Installation::new(1),
        prepared(&composed("/v1/x", None, b"a=b")),
    );
    let first = first.expect("sendable");
    let mut sent = ours.rests(&first);
    for slot in &mut sent.slots {
        (slot.mac, slot.sealed) = (None, None);
    }
    let error = ours
        .refill(&sent, &Fingerprint([0; 32]), &[])
        .expect_err("it was not kept");
    let told = error.to_string().to_lowercase();
    assert!(told.contains("--secret header:cookie=env:name"), "{error}");
    let cookies = [
        ("header:cookie", "session=abcdefgh"),
        ("header:cookie#2", "other=ijkl"),
    ];
    // Nothing in such a row tells whether it is the one; and the payload may be another installation's.
    let again = ours
        .refill(&sent, &Fingerprint([0; 32]), &supplied(&cookies))
        .expect("it goes");
    assert_eq!(lines(&again), lines(&first));
    let mark = [cookies[0], ("header:cookie#2", REDACTED)];
    assert!(
        ours.refill(&sent, &Fingerprint([0; 32]), &supplied(&mark))
            .is_err()
    );
}

#[test]
fn the_credential_is_the_profiles_of_now_and_a_new_key_is_put() {
    let (ours, first) = (Installation::new(1), card());
    let (sent, payload) = (ours.rests(&first), ours.payload(&first));
    let profile = profile();
    let secret = Secret::new("sk_other_1");
    let whole = Refill {
        profile: &profile,
        credential: Some(&secret),
        kept: Kept {
            printer: &ours.sealing.printer,
            sealer: ours.sealing.sealer.as_ref(),
            vault: &ours.vault,
            supplied: &[],
        },
        new_key: Some("k2"),
    };
    let renewed = whole.refill(&sent, &payload).expect("sendable");
    let value = |name: &str| {
        let mut lines = renewed.lines.iter();
        lines.find(|l| l.name == name).map(|l| l.value.as_str())
    };
    assert_eq!(value("Authorization"), Some("Bearer sk_other_1"));
    assert_eq!(
        (value("Idempotency-Key"), renewed.idempotency_key.as_deref()),
        (Some("k2"), Some("k2"))
    );
    let none = Refill {
        credential: None,
        ..whole
    }
    .refill(&sent, &payload);
    assert_eq!(
        none.err(),
        Some(RefillError::NoCredential("sandbox".into()))
    );
    let gone = Profile {
        base_url: None,
        ..profile.clone()
    };
    let nowhere = Refill {
        profile: &gone,
        credential: Some(&secret),
        ..whole
    };
    assert!(nowhere.refill(&sent, &payload).is_err());
}

#[test]
fn what_was_a_secret_stays_one() {
    let (ours, first) = (Installation::new(1), card());
    let (sent, payload) = (ours.rests(&first), ours.payload(&first));
    // Each is in sight by now, the base URL has moved, and the target is written another way.
    let names = ["token", "password", "/card/number", "/card/cvc"];
    let visible = names.map(|name| Pattern::parse(name).expect(name));
    let mut absolute = first.clone();
    absolute.target.insert_str(0, "http://127.0.0.1:1");
    for found in &mut absolute.secrets.target {
        found.span = found.span.start + 18..found.span.end + 18;
    }
    let absolute = (ours.rests(&absolute), ours.payload(&absolute));
    for base_url in ["http://127.0.0.1:1", "http://127.0.0.1:1/v1"] {
        let profile = Profile {
            secret_fields: SecretFields::new(&[], &visible).into(),
            ..Profile::sandbox(base_url)
        };
        for (sent, payload) in [(&sent, &payload), (&absolute.0, &absolute.1)] {
            let refill = Refill {
                profile: &profile,
                credential: Some(&Secret::new(CREDENTIAL)),
                kept: Kept {
                    printer: &ours.sealing.printer,
                    sealer: ours.sealing.sealer.as_ref(),
                    vault: &ours.vault,
                    supplied: &[],
                },
                new_key: None,
            };
            let again = refill.refill(sent, payload).expect("as it was");
            let rests = ours.rests(&again);
            assert!(
                rests.target.ends_with("/payments?token=[redacted]&x=1"),
                "{}",
                rests.target
            );
            assert_eq!(rests.body, sent.body);
            assert_eq!(places(&rests), places(sent));
        }
    }
}
