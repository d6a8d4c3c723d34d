//! The order of work, as one function of the state: what `sandbox`'s picture shows, in the same order.
//!
//! It runs under the ledger's lock and knows neither sockets nor clocks; `now` is an argument (milliseconds since 1970).
//! A request acts at once: a delay lies between action and answer, so a client that hangs up meanwhile changes nothing.

use http::{HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;

use crate::sandbox::answer::{Answer, Problem, Refusal};
use crate::sandbox::auth;
use crate::sandbox::call::{Marks, Prepared};
use crate::sandbox::dice::Dice;
use crate::sandbox::fault::{Faults, Manner};
use crate::sandbox::idempotency::{self, Claim, Open};
use crate::sandbox::limiter::{QuotaSpec, Reading};
use crate::sandbox::resource::{self, Asked};
use crate::sandbox::state::{Organization, Origin, State};

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// What is fixed for the life of a sandbox.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Of every organization.
    pub quota: QuotaSpec,
    /// For content that is made up.
    pub seed: u64,
}

/// An answer and how it is to be delivered.
pub struct Delivery {
    /// What is answered, with all its headers.
    pub answer: Answer,
    /// How.
    pub manner: Manner,
    /// The names of the faults that strike, for the log.
    pub faults: Vec<String>,
}

impl From<Answer> for Delivery {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            manner: Manner::default(),
            faults: Vec::new(),
        }
    }
}

/// Answers one request.
pub fn carry_out(state: &mut State, prepared: &Prepared, rules: Rules, now: u64) -> Delivery {
    let turn = Turn {
        prepared,
        rules,
        now,
    };
    let State {
        dice,
        organizations,
        ..
    } = state;
    let request_id = dice.id("req");
    let (mut delivery, reading) = match prepared.organization {
        Err(reason) => (
            Delivery::from(auth::refusal(reason)),
            rules.quota.untouched(),
        ),
        Ok(id) => turn.limited(organizations.entry(id.to_owned()).or_default(), dice),
    };
    stamp(&mut delivery.answer, &request_id, &reading);
    delivery
}

/// One request's way through the layers that follow authentication.
struct Turn<'a> {
    prepared: &'a Prepared,
    rules: Rules,
    now: u64,
}

impl Turn<'_> {
    fn limited(&self, organization: &mut Organization, dice: &mut Dice) -> (Delivery, Reading) {
        let reading = self.rules.quota.take(&mut organization.window, self.now);
        let delivery = if reading.exceeded {
            Delivery::from(reading.refusal())
        } else {
            self.idempotent(organization, dice)
                .unwrap_or_else(|refusal| Delivery::from(Answer::from(refusal)))
        };
        (delivery, reading)
    }

    /// A refusal is an answer too: one that is neither saved nor touched by a fault.
    fn idempotent(
        &self,
        organization: &mut Organization,
        dice: &mut Dice,
    ) -> Result<Delivery, Refusal> {
        let marks = self.prepared.call.marks()?;
        let key = marks.key.clone();
        let open = match idempotency::claim(
            &organization.records,
            key,
            &self.prepared.payload,
            self.now,
        ) {
            Claim::Open(open) => open,
            Claim::Settled(answer) => return Ok(Delivery::from(answer)),
        };
        let mut faults = Faults::read(&self.prepared.call.headers)?;
        faults.strike(&mut organization.struck, &marks);
        let answer = self.answered(organization, dice, &marks, &faults, open);
        Ok(Delivery {
            manner: faults.manner(),
            answer: faults.dress(answer),
            faults: faults.names,
        })
    }

    /// Acts, unless a fault forbids it, and saves the answer, unless nothing was done.
    fn answered(
        &self,
        organization: &mut Organization,
        dice: &mut Dice,
        marks: &Marks,
        faults: &Faults,
        open: Open,
    ) -> Answer {
        let delay = u64::try_from(faults.manner().delay.as_millis()).unwrap_or(u64::MAX);
        let until = self.now.saturating_add(delay);
        if let Some(answer) = faults.before_acting() {
            open.hold(&mut organization.records, self.now, until);
            return answer;
        }
        let Self {
            prepared,
            rules,
            now,
        } = *self;
        let asked = Asked {
            prepared,
            origin: origin(marks, now),
            dice,
            seed: rules.seed,
        };
        let answer = faults.after_acting(resource::answer(organization, asked));
        open.save(&mut organization.records, &answer, now, until);
        answer
    }
}

/// The answer when the state could not be read or written: nothing was done.
pub fn out_of_order(rules: Rules, now: u64) -> Delivery {
    let problem = Problem::whole(
        "internal_error",
        "the sandbox cannot use its state: its log says why",
    );
    let mut answer = Answer::problem(StatusCode::INTERNAL_SERVER_ERROR, problem);
    // The seeded sequence is part of the state, so this id comes from the clock.
    stamp(
        &mut answer,
        &Dice::new(now).id("req"),
        &rules.quota.untouched(),
    );
    Delivery::from(answer)
}

fn stamp(answer: &mut Answer, request_id: &str, reading: &Reading) {
    // Letters, digits and `_`, so the conversion holds.
    if let Ok(value) = HeaderValue::from_str(request_id) {
        answer.headers.insert(REQUEST_ID, value);
    }
    reading.stamp(answer);
}

fn origin(marks: &Marks, now: u64) -> Origin {
    let instant = i64::try_from(now)
        .ok()
        .and_then(|now| Timestamp::from_millisecond(now).ok());
    Origin {
        created_at: instant.unwrap_or(Timestamp::UNIX_EPOCH).to_string(),
        request_id: marks.operation.clone(),
        account_id: marks.account.clone(),
    }
}
