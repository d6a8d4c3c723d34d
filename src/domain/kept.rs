//! Where the values that were cut out of requests are to be had again, and whether one is what was cut out.
//!
//! ```text
//!   slot ─▶ supplied? (each likely spelling) ─▶ sealed? ─▶ held in memory? ─▶ nobody has it
//!              every one of them has to have the slot's fingerprint; one that was supplied and has not is an error
//! ```
//!
//! Not here: what else a recorded request needs before it goes again (`refill`), and drafts (`fill`).

use crate::domain::compose::Marked;
use crate::domain::redact::{Fingerprint, Fingerprinter, REDACTED, Secret, mark_of};
use crate::domain::refill::RefillError;
use crate::domain::request::SentRequest;
use crate::domain::seal::{Bond, Sealer, Token, mac};
use crate::domain::secret_field::Found;
use crate::domain::secret_field::place::Place;
use crate::domain::slot::{Slot, SlotSource, is_same};
use crate::domain::spelling::{is_mark, spellings};
use crate::domain::vault::Vault;

/// A value that a person supplies for a place, as they say it or as it is spelled there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supplied {
    /// The place.
    pub place: Place,
    /// The value.
    pub value: Secret,
}

/// Where the values that were cut out are to be had again.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    /// Tells whether a value is the one that was cut out.
    pub printer: &'a Fingerprinter,
    /// Opens what was sealed; `None` when this installation has no key of its own.
    pub sealer: Option<&'a Sealer>,
    /// What this process holds in memory.
    pub vault: &'a Vault,
    /// What a person supplies.
    pub supplied: &'a [Supplied],
}

impl Kept<'_> {
    /// The values of these slots of a request with this payload, in their order.
    ///
    /// # Errors
    /// With everything that is missing, or the first that is not what was sent.
    pub fn values<'s>(
        &self,
        slots: impl Iterator<Item = &'s Slot>,
        payload: &Fingerprint,
    ) -> Result<Vec<Token>, RefillError> {
        let (mut values, mut lacks) = (Vec::new(), Vec::new());
        for slot in slots {
            match self.value(slot, payload)? {
                Some(value) => values.push(value),
                None if lacks.contains(&slot.place) => {}
                None => lacks.push(slot.place.clone()),
            }
        }
        match lacks.is_empty() {
            true => Ok(values),
            false => Err(RefillError::NotKept(lacks)),
        }
    }

    /// The value of one slot; `None` when nobody has it.
    fn value(&self, slot: &Slot, payload: &Fingerprint) -> Result<Option<Token>, RefillError> {
        let expected = match (slot.mac, &slot.place) {
            (Some(mac), _) => mac,
            (None, Place::Header { .. }) if slot.sealed.is_none() => {
                return Ok(self.unchecked(slot));
            }
            // No row ever had such a slot.
            (None, place) => return Err(RefillError::Altered(Some(place.clone()))),
        };
        let is_it = |token: &Token| mac(self.printer, token) == expected && !is_mark(token);
        let supplied = self.supplied_for(&slot.place);
        let mut spelled = supplied
            .clone()
            .flat_map(|s| spellings(&slot.place, &s.value));
        if let Some(token) = spelled.find(&is_it) {
            return Ok(Some(token));
        }
        let opened = slot.sealed.as_ref().map(|sealed| {
            let place = slot.place.to_string();
            let bond = Bond {
                place: &place,
                mac: &expected,
                payload,
            };
            self.sealer.and_then(|s| s.open(sealed, &bond))
        });
        let had = opened.clone().flatten().filter(&is_it);
        let had = had.or_else(|| self.vault.get(&expected).filter(&is_it));
        match (had, opened, supplied.count()) {
            (Some(token), _, _) => Ok(Some(token)),
            (None, _, 1..) => Err(RefillError::Differs(slot.place.clone())),
            (None, Some(_), 0) => Err(RefillError::Unsealed(slot.place.clone())),
            (None, None, 0) => Ok(None),
        }
    }

    /// A row of before has no fingerprint: what is supplied goes as it is, which is all that can be told of it.
    fn unchecked(&self, slot: &Slot) -> Option<Token> {
        let mut supplied = self.supplied_for(&slot.place);
        let token = supplied.next()?.value.expose().trim().as_bytes().to_vec();
        Some(Token::new(token)).filter(|token| !is_mark(token))
    }

    /// What is supplied for this place, in its order.
    pub(crate) fn supplied_for<'b>(
        &'b self,
        place: &'b Place,
    ) -> impl Iterator<Item = &'b Supplied> + Clone {
        self.supplied.iter().filter(|s| is_same(&s.place, place))
    }

    /// That everything that was supplied is what was sent at its place.
    fn check_supplied(&self, slots: &[Slot]) -> Result<(), RefillError> {
        for Supplied { place, value } in self.supplied {
            let given =
                |slot: &&Slot| slot.source == SlotSource::Given && is_same(&slot.place, place);
            let mut meant = slots.iter().filter(given).peekable();
            if meant.peek().is_none() {
                return Err(RefillError::NoSlot(place.clone(), cut_out(slots)));
            }
            let spelled = spellings(place, value);
            let macs: Vec<Fingerprint> = spelled.map(|token| mac(self.printer, &token)).collect();
            if !meant.any(|slot| slot.mac.is_none_or(|mac| macs.contains(&mac))) {
                return Err(RefillError::Differs(place.clone()));
            }
        }
        Ok(())
    }
}

/// What was cut out of a request, for whoever named another place.
fn cut_out(slots: &[Slot]) -> String {
    let given = slots.iter().filter(|s| s.source == SlotSource::Given);
    let places: Vec<String> = given.map(|slot| slot.place.to_string()).collect();
    match places.is_empty() {
        true => "none was cut out of that request".to_owned(),
        false => format!("what was cut out is {}", places.join(", ")),
    }
}

/// A recorded request with the values that a person wrote in their places again.
pub(crate) struct Whole {
    /// The values of the header slots that a person wrote.
    pub(crate) headers: Vec<(Place, Token)>,
    /// The target as it was sent.
    pub(crate) target: String,
    /// The body as it was sent.
    pub(crate) body: Vec<u8>,
    /// Where the values stand in them.
    pub(crate) secrets: Marked,
}

impl Kept<'_> {
    /// Fills every hole but the credential's, and checks that it comes to what was sent.
    ///
    /// # Errors
    /// When a value is missing, or is not the one that was sent.
    pub(crate) fn whole(
        &self,
        sent: &SentRequest,
        payload: &Fingerprint,
    ) -> Result<Whole, RefillError> {
        self.check_supplied(&sent.slots)?;
        let given: Vec<&Slot> = sent
            .slots
            .iter()
            .filter(|slot| slot.source == SlotSource::Given)
            .collect();
        let values = self.values(given.iter().copied(), payload)?;
        let (mut headers, mut target, mut body) = (Vec::new(), Vec::new(), Vec::new());
        for (slot, value) in given.iter().copied().zip(values) {
            match slot.place {
                Place::Header { .. } => headers.push((slot.place.clone(), value)),
                Place::Query { .. } => target.push((slot, value)),
                Place::Body(_) | Place::Form { .. } => body.push((slot, value)),
            }
        }
        let (target, in_target) = filled(sent.target.as_bytes(), &target)?;
        let (body, in_body) = filled(&sent.body, &body)?;
        let target = String::from_utf8(target).map_err(|_| RefillError::Altered(None))?;
        let parts = [sent.method.as_str().as_bytes(), target.as_bytes(), &body];
        // A mark that is left may be one whose slot has gone. Without either there is nothing to fill, and what another
        // installation sent may be sent again; the verdict compares the payload all the same.
        let is_marked = |text: &[u8]| memchr::memmem::find(text, REDACTED.as_bytes()).is_some();
        let is_checked = given.iter().any(|slot| slot.mac.is_some())
            || is_marked(target.as_bytes())
            || is_marked(&body);
        if is_checked && self.printer.of(&parts) != *payload {
            return Err(RefillError::Altered(None));
        }
        Ok(Whole {
            headers,
            target,
            body,
            secrets: Marked {
                target: in_target,
                body: in_body,
            },
        })
    }
}

impl Kept<'_> {
    /// The recorded request with the values that a person wrote in their places, its holes for a credential left as
    /// they are. It is not redacted any more.
    ///
    /// # Errors
    /// When a value is missing, or is not the one that was sent.
    pub fn revealed(
        &self,
        sent: &SentRequest,
        payload: &Fingerprint,
    ) -> Result<SentRequest, RefillError> {
        let whole = self.whole(sent, payload)?;
        let mut shown = SentRequest {
            target: whole.target,
            body: whole.body,
            ..sent.clone()
        };
        for (place, token) in &whole.headers {
            let Place::Header { name, nth } = place else {
                continue;
            };
            let fields = shown.headers.iter_mut();
            let mut named = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
            if let Some((_, value)) = named.nth(*nth) {
                *value = String::from_utf8_lossy(token.expose()).into_owned();
            }
        }
        Ok(shown)
    }
}

/// The text with each value in the place of its mark, and where the values stand in it.
fn filled(rests: &[u8], values: &[(&Slot, Token)]) -> Result<(Vec<u8>, Vec<Found>), RefillError> {
    let mut marks = Vec::with_capacity(values.len());
    for (slot, value) in values {
        let altered = || RefillError::Altered(Some(slot.place.clone()));
        let mark = mark_of(&slot.place).as_bytes();
        let at = slot.at.ok_or_else(altered)?;
        let end = at.checked_add(mark.len()).ok_or_else(altered)?;
        if rests.get(at..end) != Some(mark) {
            return Err(altered());
        }
        let place = slot.place.clone();
        marks.push((
            Found {
                place,
                span: at..end,
            },
            value.clone(),
        ));
    }
    marks.sort_by_key(|(found, _)| found.span.start);
    Ok(splice(rests, &marks))
}

/// A text with each of these spans, which do not overlap, exchanged for a value; and where the values stand in it.
pub(crate) fn splice(text: &[u8], marks: &[(Found, Token)]) -> (Vec<u8>, Vec<Found>) {
    let (mut spliced, mut from) = (Vec::with_capacity(text.len()), 0);
    let mut found = Vec::with_capacity(marks.len());
    for (Found { place, span }, value) in marks {
        spliced.extend_from_slice(text.get(from..span.start).unwrap_or_default());
        let start = spliced.len();
        spliced.extend_from_slice(value.expose());
        found.push(Found {
            place: place.clone(),
            span: start..spliced.len(),
        });
        from = span.end;
    }
    spliced.extend_from_slice(text.get(from..).unwrap_or_default());
    (spliced, found)
}
