//! One order pursued: sent, and where it may be, sent again by itself with the same key.
//!
//! ```text
//!   turn ──▶ gate, intent on disk ──▶ client ──▶ outcome on disk ─┬─ 429: its wait, then the next turn     (retry N)
//!     ▲                                                           ├─ no answer: backoff, if the verdict on the same
//!     └───────────── another exchange, same key ◀─────────────────┤    key is safe or runs            (retry-lost N)
//!                                                                 └─ anything else, a 5xx too: done
//! ```
//!
//! Each send is an exchange of its own and passes the same gate in the transaction that writes its intent. What a person
//! agreed to is the question of the first judgement: were it to become another while the request waits, it is refused.
//! `turn` waits; the rules are `domain/retry.rs`.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::dispatch::gate::Gate;
use crate::dispatch::plan::{self, Plan};
use crate::dispatch::turn::LOOK;
use crate::dispatch::{Access, Dispatch, SendError, Sent};
use crate::domain::exchange::{Class, Ending, Intent, Summary};
use crate::domain::guard::Asked;
use crate::domain::id::ExchangeId;
use crate::domain::idempotency::in_doubt;
use crate::domain::operation::Operation;
use crate::domain::order::{Agreed, Agreement, Refusal, Seen};
use crate::domain::rate_limit::Quota;
use crate::domain::request::KeyChoice;
use crate::domain::retry::hold::Signal;
use crate::domain::retry::{
    self, Again, Retry, Wait, after_limit, backoff, finds_out, jitter, later,
};

/// What happens while an order is pursued.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// An intent stands, and its first byte is about to leave. It comes once for each exchange.
    Started(&'a Summary),
    /// It waits.
    Waits(Pause<'a>),
    /// It still waits, and for another moment than was told before.
    WaitsOn(Pause<'a>),
    /// It is not sent again, though it could have been.
    Stops(Stop<'a>),
}

/// A wait before a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause<'a> {
    /// Why it is sent again; `None` before the first send, when others have used the quota up.
    pub again: Option<Again>,
    /// Until when; `None` when it waits for the answer of the one that went first.
    pub until: Option<Timestamp>,
    /// How long that is.
    pub wait: Duration,
    /// Which of the allowed resends this is, from 1; 0 before the first send.
    pub number: u32,
    /// How many there may be.
    pub of: u32,
    /// Its held row, where one stands: the exchange that goes has the same id.
    pub held: Option<&'a ExchangeId>,
}

/// Why it is not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop<'a> {
    /// The wait is longer than what is waited for. It makes sense from then on.
    TooLong {
        /// When.
        until: Timestamp,
        /// How long that is from now.
        wait: Duration,
    },
    /// Too many went first for too long.
    StillInLine,
    /// The same key no longer does what made it right to send it by itself.
    Verdict(&'a str),
}

/// Why a send did not pass.
pub(crate) enum Denied {
    /// The gate asks.
    Gate(Box<Refusal>),
    /// The verdict on the same key is not clear (any more).
    Unclear,
}

impl Denied {
    fn sentence(&self) -> String {
        match self {
            Denied::Gate(refusal) => refusal.sentence(),
            Denied::Unclear => {
                "not sent again: the verdict on the same key is neither \"safe\" nor \"runs\""
                    .to_owned()
            }
        }
    }
}

/// One order on its way.
pub(crate) struct Pursuit<P> {
    pub(crate) dispatch: Dispatch,
    pub(crate) access: Access,
    pub(crate) retry: Retry,
    pub(crate) cancel: CancellationToken,
    pub(crate) progress: P,
    pub(crate) plan: Arc<Plan>,
    pub(crate) agreed: Agreement,
    /// What the first judgement asked, once it passed: `Some(None)` is "nothing".
    asked: Arc<OnceLock<Option<(Asked, Seen)>>>,
    /// What it has sent.
    own: Vec<ExchangeId>,
    /// How often it was sent again, by reason.
    limited: u32,
    lost: u32,
    /// 429s in a row that named no time.
    unnamed: u32,
    /// The latest exchange of this order.
    pub(crate) last: Option<ExchangeId>,
    /// Whether a send of this order lost its answer, and no later one tells what became of it.
    in_doubt: bool,
    /// What the wait that is on was last told to be for.
    pub(crate) told: Option<Option<Timestamp>>,
}

/// What one exchange came to.
struct Came {
    class: Class,
    wait: Option<Wait>,
    at: Timestamp,
}

impl<P: FnMut(Progress<'_>)> Pursuit<P> {
    pub(crate) fn new(
        dispatch: &Dispatch,
        access: Access,
        plan: Plan,
        agreed: Agreement,
        retry: Retry,
        cancel: CancellationToken,
        progress: P,
    ) -> Pursuit<P> {
        Pursuit {
            dispatch: dispatch.clone(),
            access,
            retry,
            cancel,
            progress,
            plan: Arc::new(plan),
            agreed,
            asked: Arc::default(),
            own: Vec::new(),
            limited: 0,
            lost: 0,
            unnamed: 0,
            last: None,
            in_doubt: false,
            told: None,
        }
    }

    /// From the plan to the last outcome.
    pub(crate) async fn run(mut self) -> Result<Sent, SendError> {
        let (mut again, mut not_before) = (None, Timestamp::MIN);
        while let Some(summary) = self.start(again, not_before).await? {
            self.own.push(summary.id.clone());
            (self.progress)(Progress::Started(&summary));
            let came = self.exchange(&summary).await?;
            self.last = Some(summary.id.clone());
            self.weigh(came.class, summary.status);
            (again, not_before) = match self.next(&came).await? {
                Some((why, not_before)) => (Some(why), not_before),
                None => break,
            };
        }
        self.sent().await
    }

    /// The next intent, on the disk; `None` when there is to be none, which has been told.
    async fn start(
        &mut self,
        again: Option<Again>,
        not_before: Timestamp,
    ) -> Result<Option<Summary>, SendError> {
        if again.is_some() {
            self.plan = Arc::new(same_key(&self.plan));
        }
        if self.retry.rate_limited > 0 {
            return self.take_turn(again, not_before).await;
        }
        let decide = self.decision(again, ExchangeId::mint(plan::dice()?))?;
        let operation = self.plan.operation.clone();
        match self.dispatch.store.intend(operation, decide).await? {
            Ok(summary) => Ok(Some(summary)),
            Err(denied) => self.denied(denied, None).await,
        }
    }

    /// The gate, and before it what a resend needs, as the store calls them inside the intent's transaction.
    pub(crate) fn decision(
        &self,
        again: Option<Again>,
        id: ExchangeId,
    ) -> Result<impl FnOnce(&Operation) -> Result<Intent, Denied> + Send + 'static, SendError> {
        let (plan, profile) = (Arc::clone(&self.plan), Arc::clone(&self.access.profile));
        let facts = self.dispatch.facts(&plan.prepared, &self.access);
        let (agreed, asked) = (self.agreed.clone(), Arc::clone(&self.asked));
        let own = self.own.clone();
        let sealing = self.dispatch.sealing(&profile, facts.payload)?;
        let lost = self.last.clone().filter(|_| again == Some(Again::Lost));
        Ok(move |before: &Operation| {
            let now = Timestamp::now();
            if let Some(lost) = lost {
                let lost = before.exchanges.iter().find(|e| e.id == lost);
                if !lost.is_some_and(|lost| finds_out(before, lost, &profile, now)) {
                    return Err(Denied::Unclear);
                }
            }
            let judge = |verdict| {
                let gate = Gate {
                    plan: Arc::clone(&plan),
                    facts: facts.clone(),
                    profile: Arc::clone(&profile),
                    agreed: Agreement {
                        verdict,
                        ..agreed.clone()
                    },
                    own: own.clone(),
                    sealing: sealing.clone(),
                    id: id.clone(),
                };
                gate.decide(before, now)
            };
            judge_once(&asked, (&agreed, &own), judge)
                .map_err(|refusal| Denied::Gate(Box::new(refusal)))
        })
    }

    /// From the intent to the outcome.
    async fn exchange(&mut self, summary: &Summary) -> Result<Came, SendError> {
        // Rolled before: what comes back is written whatever happens.
        let dice = dice()?;
        let (dispatch, cancel) = (&self.dispatch, self.cancel.clone());
        let profile = &self.access.profile;
        let mut incoming = dispatch.arrivals.expect(&summary.id);
        let ids = (&summary.id, &summary.operation);
        let what = (&self.plan.prepared, &**profile);
        let ending = dispatch.exchange(ids, what, &mut incoming, cancel).await?;
        let (class, at) = (ending.outcome.get().class(), Timestamp::now());
        let wait = (class == Class::RateLimited)
            .then(|| after_limit(ending.quota.as_ref(), self.unnamed, dice));
        match wait {
            Some(wait) if !wait.is_named => self.unnamed = self.unnamed.saturating_add(1),
            _ => self.unnamed = 0,
        }
        let signal = signal(&ending, wait, at, dice);
        let recorded = dispatch
            .store
            .finish_and_tell(&summary.id, ending, signal, at)
            .await;
        drop(incoming);
        recorded.map_err(SendError::Unrecorded)?;
        let rules = Arc::clone(profile);
        let in_doubt = move |operation: &Operation| !in_doubt(operation, &rules).is_empty();
        let weighed = dispatch.store.weigh(&summary.operation, in_doubt).await;
        if let Err(error) = weighed {
            // The list of what is unsettled is too long by one, until it is weighed again.
            tracing::warn!(%error, "what this answer settled could not be noted");
        }
        Ok(Came { class, wait, at })
    }

    /// Whether what became of the action is known.
    fn weigh(&mut self, class: Class, status: Option<u16>) {
        match (class, status) {
            (Class::Indeterminate, _) => self.in_doubt = true,
            (Class::Failed | Class::RateLimited | Class::Held, _) | (_, Some(401)) => {}
            _ => self.in_doubt = false,
        }
    }

    /// Whether it is sent again, why, and when at the earliest.
    async fn next(&mut self, came: &Came) -> Result<Option<(Again, Timestamp)>, SendError> {
        let keyed = self.plan.prepared.idempotency_key.is_some();
        let again = Again::after(came.class, keyed).filter(|_| !self.cancel.is_cancelled());
        match (again, came.wait) {
            (Some(Again::RateLimited), Some(wait)) if self.limited < self.retry.rate_limited => {
                if wait.asked > self.retry.max_wait {
                    let (until, wait) = (later(came.at, wait.asked), wait.asked);
                    (self.progress)(Progress::Stops(Stop::TooLong { until, wait }));
                    return Ok(None);
                }
                self.limited += 1;
                Ok(Some((Again::RateLimited, later(came.at, wait.whole))))
            }
            (Some(Again::Lost), _) if self.lost < self.retry.lost => self.find_out().await,
            _ => Ok(None),
        }
    }

    /// After a lost answer: a pause, if the verdict on the same key allows to ask for it.
    async fn find_out(&mut self) -> Result<Option<(Again, Timestamp)>, SendError> {
        let store = &self.dispatch.store;
        let operation = store.operation(&self.plan.operation).await?;
        let mut exchanges = operation.exchanges.iter();
        let lost = exchanges.find(|e| Some(&e.id) == self.last.as_ref());
        let (profile, now) = (&self.access.profile, Timestamp::now());
        if !lost.is_some_and(|lost| finds_out(&operation, lost, profile, now)) {
            self.denied(Denied::Unclear, None).await?;
            return Ok(None);
        }
        let wait = backoff(self.lost, dice()?);
        self.lost += 1;
        let until = later(now, wait);
        let pause = self.pause(Some(Again::Lost), Some(until), None);
        (self.progress)(Progress::Waits(Pause { wait, ..pause }));
        let slept = tokio::select! {
            () = self.cancel.cancelled() => false,
            () = tokio::time::sleep(wait) => true,
        };
        Ok(slept.then_some((Again::Lost, until)))
    }

    /// A wait as it is told.
    pub(crate) fn pause<'a>(
        &self,
        again: Option<Again>,
        until: Option<Timestamp>,
        held: Option<&'a ExchangeId>,
    ) -> Pause<'a> {
        let (number, of) = match again {
            None => (0, self.retry.rate_limited),
            Some(Again::RateLimited) => (self.limited, self.retry.rate_limited),
            Some(Again::Lost) => (self.lost, self.retry.lost),
        };
        let wait = until.map_or(LOOK, |then| retry::until(then, Timestamp::now()));
        Pause {
            again,
            until,
            wait,
            number,
            of,
            held,
        }
    }

    /// A send that does not pass. Before the first one that is the order's refusal, later the end of resending.
    pub(crate) async fn denied(
        &mut self,
        denied: Denied,
        held: Option<ExchangeId>,
    ) -> Result<Option<Summary>, SendError> {
        let sentence = denied.sentence();
        let first = self.last.is_none();
        self.let_go(held, &sentence).await?;
        match denied {
            Denied::Gate(refusal) if first => Err(SendError::Refused(refusal)),
            _ => {
                (self.progress)(Progress::Stops(Stop::Verdict(&sentence)));
                Ok(None)
            }
        }
    }

    async fn sent(self) -> Result<Sent, SendError> {
        let store = &self.dispatch.store;
        // `start` answers "none" before the first send only with an error, or with a held row that was let go.
        let id = self.last.unwrap_or_else(|| ExchangeId::known(""));
        let exchange = store.get(&id).await?;
        let exchange = exchange.ok_or(SendError::NoExchange(id))?;
        let operation = store.operation(&exchange.operation).await?;
        Ok(Sent {
            exchange,
            operation,
            withheld: self.plan.prepared.withheld.clone(),
            in_doubt: self.in_doubt,
        })
    }
}

/// The first judgement may ask what was agreed to; every later one only that again, on the same facts. The guard of a live API asks about
/// each resend anew: that is covered by an agreement to whatever is asked, and by no other.
fn judge_once(
    asked: &OnceLock<Option<(Asked, Seen)>>,
    (agreed, own): (&Agreement, &[ExchangeId]),
    judge: impl Fn(Option<Agreed>) -> Result<Intent, Refusal>,
) -> Result<Intent, Refusal> {
    let first = asked.get().cloned();
    let is_first = first.is_none();
    let before = first.flatten();
    let refusal = match judge(before.map(|(asked, seen)| Agreed::To(asked, seen))) {
        Ok(intent) => {
            asked.get_or_init(|| None);
            return Ok(intent);
        }
        Err(refusal) => refusal,
    };
    let (Some(question), Some(operation)) = (refusal.asked(), refusal.operation()) else {
        return Err(refusal);
    };
    let seen = Seen::of(operation, own);
    let may_be_asked = is_first || matches!(question, Asked::Replay(_));
    if !may_be_asked || !agreed.covers(question, &seen) {
        return Err(refusal);
    }
    let intent = judge(Some(Agreed::To(question, seen.clone())))?;
    asked.get_or_init(|| Some((question, seen)));
    Ok(intent)
}

/// The same request once more: with the key it had.
fn same_key(plan: &Plan) -> Plan {
    let choice = match plan.prepared.idempotency_key {
        Some(_) => KeyChoice::Same,
        None => KeyChoice::None,
    };
    Plan {
        prepared: plan.prepared.clone(),
        operation: plan.operation.clone(),
        account: plan.account.clone(),
        choice,
    }
}

/// What an answer says of the limiter. A 401 comes before it; a request that failed or was lost says nothing.
fn signal(ending: &Ending, wait: Option<Wait>, at: Timestamp, dice: u32) -> Signal {
    let outcome = ending.outcome.get();
    match (outcome.status(), wait) {
        (_, Some(wait)) => Signal::Limited(later(at, wait.whole)),
        (None | Some(401), None) => Signal::Nothing,
        (Some(_), None) => passed(ending.quota.as_ref(), at, dice),
    }
}

fn passed(quota: Option<&Quota>, at: Timestamp, dice: u32) -> Signal {
    let reset = quota.and_then(|quota| quota.reset_seconds);
    let reset = reset.map(Duration::from_secs);
    Signal::Passed {
        left: quota.and_then(|quota| quota.remaining),
        ends: reset.map(|reset| later(at, reset + jitter(reset, dice))),
    }
}

/// Random bits for a wait.
fn dice() -> Result<u32, SendError> {
    getrandom::u32().map_err(|error| SendError::Dice(error.to_string()))
}
