//! The way back: a recorded request made ready for the wire again, byte for byte as it was.
//!
//! ```text
//!   SentRequest: marks, slots ─┐        sealed ─▶ opened  ┐
//!                              ├─ each: held in memory    ├─▶ is it the one? (mac) ─▶ spliced ─▶ is all of it? ─▶ Prepared
//!   Kept: where values are ────┘        supplied, spelled ┘                                      (payload)
//! ```
//!
//! What is missing, or is not what was sent, refuses the whole and names the place. `[redacted]` never stands for a
//! slot's value.

use crate::domain::compose::{
    HeaderLine, Marked, Prepared, RequestError, credential_value, put_key,
};
use crate::domain::kept::Kept;
use crate::domain::profile::Profile;
use crate::domain::redact::{Fingerprint, REDACTED, Secret, is_secret_header};
use crate::domain::request::SentRequest;
use crate::domain::seal::Token;
use crate::domain::secret_field::Found;
use crate::domain::secret_field::place::Place;
use crate::domain::slot::{Slot, SlotSource, is_same};
use crate::domain::target::resolve;

/// Why a recorded request cannot be sent again as it was, or a draft of it cannot be filled. Nothing was sent.
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
    /// Values that a person wrote, and that were not kept.
    #[error("{}", not_kept(.0))]
    NotKept(Vec<Place>),
    /// A value was given that is not the one that was sent.
    #[error(
        "not sent: what was given for {0} is not what was sent there (or this history comes from another installation, \
         which cannot tell): give the value that was sent, or edit the request and write a new one"
    )]
    Differs(Place),
    /// A sealed value cannot be opened.
    #[error(
        "not sent: the sealed value of {0} does not open with this installation's key: the history comes from another \
         installation, or its row was changed. Edit the request and write the value again"
    )]
    Unsealed(Place),
    /// A value that was cut out, or given as a secret, would stand where the profile sees none.
    #[error(
        "not sent: by profile '{1}' what stands at {0} is no secret, so its value would rest in the clear: add it to \
         secret_fields in [profile.{1}], or write the value itself"
    )]
    NoSecret(Place, String),
    /// A value was given for a place that lacks none.
    #[error("not sent: a value was given for {0}, and no secret is missing there: {1}")]
    NoSlot(Place, String),
    /// What the slots and the rest come to is not what was sent.
    #[error(
        "not sent: the recorded request is not the one that was sent, its row was changed{}: compose it anew",
        .0.as_ref().map(|place| format!(" at {place}")).unwrap_or_default()
    )]
    Altered(Option<Place>),
    /// The values that were kept for a request would go to another server than they went to.
    #[error(
        "not sent: the kept value of {place} went to {sent_to}, and goes nowhere else by itself: write the value where \
         [redacted] stands, or send it there"
    )]
    Elsewhere {
        /// What would go along.
        place: Place,
        /// Where it was sent.
        sent_to: String,
    },
}

/// Each place, and how its value is given.
fn not_kept(places: &[Place]) -> String {
    let name = |place: &Place| match place {
        // As the command line is used to have it: a header's name knows no case.
        Place::Header { .. } => place.to_string().to_ascii_lowercase(),
        place => place.to_string(),
    };
    let names: Vec<String> = places.iter().map(name).collect();
    let options = names.iter().map(|name| format!("--secret {name}=env:NAME"));
    format!(
        "not sent: the value of {} was not kept: give it with {}, or edit the request and write it again",
        names.join(" and of "),
        options.collect::<Vec<_>>().join(" ")
    )
}

/// What fills the holes of a recorded request.
#[derive(Clone, Copy, Debug)]
pub struct Refill<'a> {
    /// The profile it was sent under, as it is now.
    pub profile: &'a Profile,
    /// The profile's credential.
    pub credential: Option<&'a Secret>,
    /// Where the values that a person wrote are.
    pub kept: Kept<'a>,
    /// Another idempotency key, for a further attempt; `None` keeps the one it had.
    pub new_key: Option<&'a str>,
}

impl Refill<'_> {
    /// The recorded request, ready for the wire again: byte for byte as it was but for the key, which `payload` (of
    /// method, target and body as sent) has to confirm. Never with `[redacted]` in the place of a secret.
    ///
    /// # Errors
    /// When a secret is missing, is not the one that was sent, or may not go there.
    pub fn refill(
        &self,
        sent: &SentRequest,
        payload: &Fingerprint,
    ) -> Result<Prepared, RefillError> {
        self.check_place(sent)?;
        self.check_headers(sent)?;
        let whole = self.kept.whole(sent, payload)?;
        let (url, target) = resolve(&whole.target, self.profile.base_url.as_ref())?;
        let mut prepared = Prepared {
            method: sent.method.clone(),
            base_url: self.profile.base_text(),
            url,
            target,
            lines: self.lines(sent, &whole.headers)?,
            body: whole.body,
            idempotency_key: sent.idempotency_key.clone(),
            key_choice: sent.key_choice,
            withheld: Vec::new(),
            secrets: Marked::default(),
        };
        // What was a secret then is one, whatever the profile says by now; and so is what it says by now.
        let then = moved(whole.secrets.target, &whole.target, &prepared.target);
        let then = then.ok_or(RefillError::Altered(None))?;
        let now = Marked::of(&prepared, self.profile);
        prepared.secrets = Marked {
            target: joined(then, now.target),
            body: joined(whole.secrets.body, now.body),
        };
        if let Some(key) = self.new_key {
            put_key(&mut prepared, key, self.profile)?;
        }
        Ok(prepared)
    }

    /// That the credential may go where it would go.
    fn check_place(&self, sent: &SentRequest) -> Result<(), RefillError> {
        let (url, _) = resolve(&sent.target, self.profile.base_url.as_ref())?;
        let is_credential = |slot: &Slot| slot.source == SlotSource::Credential;
        if sent.slots.iter().any(is_credential) && !self.profile.trusts(&url) {
            return Err(RefillError::NotTrusted(
                self.profile.name.clone(),
                url.origin().ascii_serialization(),
            ));
        }
        Ok(())
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
        if credentials.any(|slot| !slot.is_in_header(credential)) {
            return Err(other("credential", credential));
        }
        if sent.idempotency_key.is_some() && sent.headers.get_all(key).next().is_none() {
            return Err(other("idempotency key", key));
        }
        Ok(())
    }

    /// The header fields, filled again; `given` are the values that a person wrote.
    fn lines(
        &self,
        sent: &SentRequest,
        given: &[(Place, Token)],
    ) -> Result<Vec<HeaderLine>, RefillError> {
        let mut seen: Vec<&str> = Vec::new();
        let mut lines = Vec::with_capacity(sent.headers.len());
        for (field, value) in sent.headers.iter() {
            let earlier = seen.iter().filter(|one| one.eq_ignore_ascii_case(field));
            let nth = earlier.count();
            if value != REDACTED {
                // What is a secret by now rests as one.
                let secret = is_secret_header(field, self.profile).then_some(SlotSource::Given);
                lines.push(line(field, value.to_owned(), secret));
                continue;
            }
            seen.push(field);
            let name = field.to_owned();
            let altered = || RefillError::Altered(Some(Place::Header { name, nth }));
            let mut slots = sent.slots.iter();
            let slot = slots.find(|slot| slot.is_header(field, nth));
            // No request is ever sent with the mark as a header's value, so a slot has gone.
            let slot = slot.ok_or_else(altered.clone())?;
            let value = match (slot.source, self.credential) {
                (SlotSource::Credential, Some(credential)) => {
                    credential_value(self.profile, credential)
                }
                (SlotSource::Credential, None) => {
                    return Err(RefillError::NoCredential(self.profile.name.clone()));
                }
                (SlotSource::Given, _) => {
                    let mut given = given.iter();
                    let token = given.find(|(place, _)| is_same(place, &slot.place));
                    let (_, token) = token.ok_or_else(altered.clone())?;
                    String::from_utf8(token.expose().to_vec()).map_err(|_| altered())?
                }
            };
            lines.push(line(field, value, Some(slot.source)));
        }
        Ok(lines)
    }
}

fn line(name: &str, value: String, secret: Option<SlotSource>) -> HeaderLine {
    HeaderLine {
        name: name.to_owned(),
        value,
        secret,
    }
}

/// The places of a query in a target that is written otherwise: the base URL has moved, and the query stays what it is.
/// `None`: it does not.
fn moved(found: Vec<Found>, from: &str, to: &str) -> Option<Vec<Found>> {
    let query = |target: &str| target.find('?').unwrap_or(target.len());
    let (before, now) = (query(from), query(to));
    if from.get(before..) != to.get(now..) {
        return found.is_empty().then_some(found);
    }
    let moved = found.into_iter().map(|Found { place, span }| {
        let start = (span.start + now).checked_sub(before)?;
        let end = start + span.len();
        Some(Found {
            place,
            span: start..end,
        })
    });
    moved.collect()
}

/// Both lists as one: in order, and of two that overlap the one that begins first, or reaches further.
fn joined(mut one: Vec<Found>, other: Vec<Found>) -> Vec<Found> {
    one.extend(other);
    one.sort_by_key(|found| (found.span.start, std::cmp::Reverse(found.span.end)));
    let mut end = 0;
    one.retain(|found| {
        let is_free = found.span.start >= end;
        if is_free {
            end = found.span.end;
        }
        is_free
    });
    one
}

#[cfg(test)]
mod tests;
