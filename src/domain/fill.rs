//! A draft made of a recorded request, on its way out: `[redacted]` stands where the secrets stood, and each is filled
//! from the hole at the same place of the request it was made from. So somebody corrects an amount and sends it, and
//! never sees the card.
//!
//! ```text
//!   draft    {"amount":7,"card":{"number":"[redacted]"}}
//!   its base {"amount":5,"card":{"number":"[redacted]"}}  + slot /card/number ──▶ the value
//!   else     supplied by a person for that place ──▶ the value; a secret place without either ──▶ refused
//! ```
//!
//! What was kept goes where it went, and nowhere else: a draft for another server has to have its secrets written.

use std::ops::Range;

use crate::domain::compose::RequestError;
use crate::domain::exchange::Exchange;
use crate::domain::field_path::notation::{array_index, from_pointer};
use crate::domain::kept::{Kept, splice};
use crate::domain::mark;
use crate::domain::pointer::Pointer;
use crate::domain::profile::Profile;
use crate::domain::redact::{Fingerprint, REDACTED, is_secret_header};
use crate::domain::refill::RefillError;
use crate::domain::request::{Request, looks_like_json};
use crate::domain::seal::Token;
use crate::domain::secret_field::body::{Form, first_byte, form_of};
use crate::domain::secret_field::place::Place;
use crate::domain::secret_field::{Found, SecretFields};
use crate::domain::slot::{Slot, SlotSource, is_same};
use crate::domain::spelling::plain;
use crate::domain::target::resolve;

/// What fills the marks of a request that somebody composed.
#[derive(Clone, Copy, Debug)]
pub struct Fill<'a> {
    /// The profile it goes under.
    pub profile: &'a Profile,
    /// The exchange it was made from, when it was made from one.
    pub base: Option<&'a Exchange>,
    /// Where the values that were cut out of that are.
    pub kept: Kept<'a>,
}

/// The marks of one part of a request.
struct Marks {
    found: Vec<Found>,
    /// Whether each stands where a secret belongs.
    secret: Vec<bool>,
    /// Every place where a secret belongs, whether it says a mark or a value.
    all: Vec<Place>,
}

impl Fill<'_> {
    /// Fills the marks of this request.
    ///
    /// # Errors
    /// When a value is missing, is not the one that was sent, or would go elsewhere: the error names the place.
    pub fn fill(&self, request: &mut Request) -> Result<(), RefillError> {
        let content_type = content_type(request);
        let marks = [
            self.in_headers(request),
            self.in_target(&request.target),
            self.in_body(&request.body, &content_type),
        ];
        self.check_supplied(&marks)?;
        let [headers, target, body] = self.values(&marks, &request.body)?;
        if marks.iter().all(|marks| marks.found.is_empty()) {
            return Ok(());
        }
        self.check_target(request, &marks)?;
        put_headers(request, &headers);
        let (filled, _) = splice(request.target.as_bytes(), &target);
        // A query's value is ASCII once it is spelled, and was text where a person spelled it.
        request.target = String::from_utf8_lossy(&filled).into_owned();
        (request.body, _) = splice(&request.body, &body);
        Ok(())
    }

    fn in_headers(&self, request: &Request) -> Marks {
        let mut marks = Marks {
            found: Vec::new(),
            secret: Vec::new(),
            all: Vec::new(),
        };
        let mut names: Vec<&str> = Vec::new();
        for (at, (name, value)) in request.headers.iter().enumerate() {
            let nth = names
                .iter()
                .filter(|n| n.eq_ignore_ascii_case(name))
                .count();
            marks.all.push(Place::Header {
                name: name.to_owned(),
                nth,
            });
            if value.trim() == REDACTED {
                let name = name.to_owned();
                marks.secret.push(is_secret_header(&name, self.profile));
                marks.found.push(Found {
                    place: Place::Header { name, nth },
                    span: at..at + 1,
                });
            }
            names.push(name);
        }
        marks
    }

    fn in_target(&self, target: &str) -> Marks {
        let mut marks = mark::in_target(target);
        let with_values = exchanged(target.as_bytes(), &marks);
        let fields = &self.profile.secret_fields;
        let secrets = fields.in_target(&String::from_utf8_lossy(&with_values));
        named_by(&mut marks, &secrets)
    }

    fn in_body(&self, body: &[u8], content_type: &str) -> Marks {
        let fields = &self.profile.secret_fields;
        if form_of(content_type, first_byte(body)) == Form::Multipart {
            return in_parts(fields, body, content_type);
        }
        let mut marks = mark::in_body(body, content_type);
        let secrets = match marks.is_empty() {
            true => Vec::new(),
            false => fields.in_body(&exchanged(body, &marks), content_type),
        };
        named_by(&mut marks, &secrets)
    }

    /// The value for each mark that is filled. One that is no secret's, and stood there as such in the base, is text.
    fn values(
        &self,
        parts: &[Marks; 3],
        body: &[u8],
    ) -> Result<[Vec<(Found, Token)>; 3], RefillError> {
        // Without a base there is no slot whose payload this could be.
        let none = Fingerprint([0; 32]);
        let payload = self.base.map_or(&none, |base| &base.facts.payload);
        let mut lacks: Vec<Place> = Vec::new();
        let mut taken: Vec<&Slot> = Vec::new();
        let mut values = [Vec::new(), Vec::new(), Vec::new()];
        for (marks, values) in parts.iter().zip(&mut values) {
            for (found, secret) in marks.found.iter().zip(&marks.secret) {
                let place = &found.place;
                let slot = self.slot(place, &taken);
                let slot = slot.filter(|_| self.is_still(place, &marks.all, body));
                let supplied = self.kept.supplied_for(place).next();
                match (slot, supplied) {
                    // It would rest in the clear: what is written into a request is cut out by the profile's rules.
                    (Some(_), _) | (_, Some(_)) if !secret => {
                        let profile = self.profile.name.clone();
                        return Err(RefillError::NoSecret(place.clone(), profile));
                    }
                    (Some(slot), _) => {
                        taken.push(slot);
                        match self.kept.values(std::iter::once(slot), payload) {
                            Ok(value) => {
                                values.extend(value.into_iter().map(|v| (found.clone(), v)));
                            }
                            Err(RefillError::NotKept(places)) => lacks.extend(places),
                            Err(error) => return Err(error),
                        }
                    }
                    (None, Some(new)) => values.push((found.clone(), plain(place, &new.value))),
                    (None, None) => {
                        let moved = self.base.is_some_and(|base| !is_literal(base, place));
                        lacks.extend((*secret || moved).then(|| place.clone()));
                    }
                }
            }
        }
        match (self.base, lacks.first()) {
            (_, None) => Ok(values),
            (Some(_), _) => Err(RefillError::NotKept(lacks)),
            // Whoever wrote it themselves made a mistake in what they wrote.
            (None, Some(place)) => Err(RequestError::NotKept(place.clone()).into()),
        }
    }

    /// Whether what stands at this place of a draft is what stood there in the base. Of several alike (the cards of a
    /// list) one may have been deleted, copied or moved, and its mark says no more which it was: then it is only the
    /// same where there are as many as there were, and the element around it is the same to the letter.
    fn is_still(&self, place: &Place, all: &[Place], body: &[u8]) -> bool {
        let Some(base) = self.base else {
            return false;
        };
        let sent = &base.request;
        let alike = |other: &Place| is_alike(other, place);
        let given = sent.slots.iter().filter(|s| s.source == SlotSource::Given);
        let were = given.filter(|slot| alike(&slot.place)).count();
        let are = all.iter().filter(|place| alike(place)).count();
        were <= 1 || (were == are && is_same_around(place, &sent.body, body))
    }

    /// The hole of the base at this place: of several at one place the first that is not taken.
    fn slot(&self, place: &Place, taken: &[&Slot]) -> Option<&Slot> {
        let slots = &self.base?.request.slots;
        let there = |slot: &&Slot| slot.source == SlotSource::Given && is_same(&slot.place, place);
        let is_taken = |slot: &&Slot| taken.iter().any(|one| std::ptr::eq(*one, *slot));
        slots.iter().filter(there).find(|slot| !is_taken(slot))
    }

    /// That every value that was supplied has a mark to take the place of.
    fn check_supplied(&self, parts: &[Marks]) -> Result<(), RefillError> {
        let mut marks = parts.iter().flat_map(|marks| &marks.found);
        let mut supplied = self.kept.supplied.iter();
        let unused = supplied.find(|s| !marks.clone().any(|mark| is_same(&mark.place, &s.place)));
        if let Some(unused) = unused {
            let why = match marks.next() {
                Some(_) => "write [redacted] there in the request, for it to take its place",
                None => "the request has no [redacted] for it to take the place of: write it there",
            };
            return Err(RefillError::NoSlot(unused.place.clone(), why.to_owned()));
        }
        Ok(())
    }

    /// That what was kept goes where it went.
    fn check_target(&self, request: &Request, parts: &[Marks]) -> Result<(), RefillError> {
        let Some(base) = self.base else {
            return Ok(());
        };
        let (url, _) = resolve(&request.target, self.profile.base_url.as_ref())?;
        let mut places = parts.iter().flat_map(|marks| &marks.found);
        let kept = places.find(|found| self.slot(&found.place, &[]).is_some());
        match kept {
            Some(found) if self.profile.origin_of(&url) != base.facts.origin => {
                Err(RefillError::Elsewhere {
                    place: found.place.clone(),
                    sent_to: base.facts.origin.clone(),
                })
            }
            _ => Ok(()),
        }
    }
}

/// The marks among the parts of a multipart body: only a secret's part is one.
fn in_parts(fields: &SecretFields, body: &[u8], content_type: &str) -> Marks {
    let marks = memchr::memmem::find_iter(body, REDACTED);
    let marks: Vec<Range<usize>> = marks.map(|at| at..at + REDACTED.len()).collect();
    let mut with_values = body.to_vec();
    marks
        .iter()
        .for_each(|span| with_values[span.clone()].fill(b'9'));
    let mut found = fields.in_body(&with_values, content_type);
    let all = found.iter().map(|found| found.place.clone()).collect();
    // In a part that is JSON the mark stands in quotes, which are the value's own.
    let is_mark = |span: &Range<usize>| {
        let inner = span.start + 1..span.end.saturating_sub(1);
        marks.contains(span) || (body.get(span.start) == Some(&b'"') && marks.contains(&inner))
    };
    found.retain(|found| is_mark(&found.span));
    let secret = vec![true; found.len()];
    Marks { found, secret, all }
}

/// What it will be called when nobody calls it anything.
fn content_type(request: &Request) -> String {
    match request.headers.get("content-type") {
        Some(given) => given.to_owned(),
        None if looks_like_json(&request.body) => "application/json".to_owned(),
        None => String::new(),
    }
}

/// The text with something in the place of each mark that is no mark, and as long: so a secret place is known as such.
fn exchanged(text: &[u8], marks: &[Found]) -> Vec<u8> {
    let mut with_values = text.to_vec();
    for span in marks.iter().map(|found| found.span.clone()) {
        let quoted = with_values.get(span.start) == Some(&b'"');
        if let Some(mark) = with_values.get_mut(span) {
            let inside = mark.len().saturating_sub(2);
            let skip = usize::from(quoted);
            let inner = mark.iter_mut().skip(skip).take(match quoted {
                true => inside,
                false => inside + 2,
            });
            inner.for_each(|byte| *byte = b'9');
        }
    }
    with_values
}

/// The marks, each that stands in a secret's place under the name that the secret's slot would have.
fn named_by(marks: &mut Vec<Found>, secrets: &[Found]) -> Marks {
    let mut secret = Vec::with_capacity(marks.len());
    for mark in marks.iter_mut() {
        let holds = |s: &&Found| s.span.start <= mark.span.start && mark.span.end <= s.span.end;
        let holder = secrets.iter().find(holds);
        if let Some(exact) = holder.filter(|holder| holder.span == mark.span) {
            mark.place = exact.place.clone();
        }
        secret.push(holder.is_some());
    }
    Marks {
        found: std::mem::take(marks),
        secret,
        all: secrets.iter().map(|found| found.place.clone()).collect(),
    }
}

/// Whether two places differ in nothing but which of several alike they are.
fn is_alike(a: &Place, b: &Place) -> bool {
    match (a, b) {
        (Place::Header { name: a, .. }, Place::Header { name: b, .. }) => a.eq_ignore_ascii_case(b),
        (Place::Query { name: a, .. }, Place::Query { name: b, .. })
        | (Place::Form { name: a, .. }, Place::Form { name: b, .. }) => a == b,
        (Place::Body(a), Place::Body(b)) => {
            let (a, b) = (steps(a), steps(b));
            let same = |(a, b): (&String, &String)| {
                a == b || (array_index(a).is_some() && array_index(b).is_some())
            };
            a.len() == b.len() && a.iter().zip(&b).all(same)
        }
        _ => false,
    }
}

/// Whether the element of a list around this place is the same in both bodies; without a list, the whole body.
fn is_same_around(place: &Place, base: &[u8], draft: &[u8]) -> bool {
    let Place::Body(pointer) = place else {
        return true;
    };
    let steps = steps(pointer);
    let element = steps.iter().position(|step| array_index(step).is_some());
    let element = element.and_then(|at| Pointer::of_path(&steps[..=at]));
    let Some(element) = element else {
        return base == draft;
    };
    let text = |body: &[u8]| Some(body[element.find(body)?.span()].to_vec());
    text(base).is_some_and(|sent| text(draft) == Some(sent))
}

fn steps(pointer: &Pointer) -> Vec<String> {
    from_pointer(&pointer.to_string()).unwrap_or_default()
}

/// Whether the base was sent with the very text `[redacted]` at this place.
fn is_literal(base: &Exchange, place: &Place) -> bool {
    let sent = &base.request;
    let kind = sent.headers.get("content-type").unwrap_or_default();
    let marks = match place {
        Place::Header { .. } => return false,
        Place::Query { .. } => mark::in_target(&sent.target),
        Place::Body(_) | Place::Form { .. } => mark::in_body(&sent.body, kind),
    };
    let is_cut = |found: &Found| {
        let mut slots = sent.slots.iter();
        slots.any(|slot| slot.at == Some(found.span.start))
    };
    let mut there = marks.iter().filter(|found| found.place == *place);
    there.any(|found| !is_cut(found))
}

fn put_headers(request: &mut Request, values: &[(Found, Token)]) {
    for (at, (_, value)) in request.headers.iter_mut().enumerate() {
        if let Some((_, token)) = values.iter().find(|(found, _)| found.span.start == at) {
            // It was a header's value before, or was said by a person as text.
            *value = String::from_utf8_lossy(token.expose()).into_owned();
        }
    }
}

#[cfg(test)]
mod tests;
