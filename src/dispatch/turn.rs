//! Waiting for a turn at a quota that is used up.
//!
//! ```text
//!   admit ─┬─ goes ────────────────────────────────▶ intent on disk
//!          ├─ waits: announced as held ─▶ asleep until then, or a look now and then at the one that went first ─▶ admit
//!          ├─ too late, cancelled, too long in line ─▶ the held row fails: nothing was sent
//!          └─ refused by the gate ─▶ likewise
//! ```
//!
//! However it ends, what stands in the history is true: a held row never was an intent, and nothing of it left.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::dispatch::SendError;
use crate::dispatch::plan::dice;
use crate::dispatch::retry::{Progress, Pursuit, Stop};
use crate::domain::exchange::{Ending, Failure, Outcome, Summary, Timing, Unanswered};
use crate::domain::id::ExchangeId;
use crate::domain::redact;
use crate::domain::retry::hold::Turn;
use crate::domain::retry::{Again, MOST_JITTER, later, until};
use crate::store::hold::{Admitted, Claim};

/// How often one that waits for the probe's answer looks whether it came.
pub(crate) const LOOK: Duration = Duration::from_millis(60);

/// How long one stands in line for one send, all holds together: the bound where each wait by itself is short.
const LINE: Duration = Duration::from_secs(10 * 60);

/// How a wait ended.
enum Waited {
    ItsTurn,
    Cancelled,
    TooLong,
}

impl<P: FnMut(Progress<'_>)> Pursuit<P> {
    /// The next intent, once its turn has come; `None` when it is not to be, which has been told.
    pub(crate) async fn take_turn(
        &mut self,
        again: Option<Again>,
        not_before: Timestamp,
    ) -> Result<Option<Summary>, SendError> {
        let (id, began) = (ExchangeId::mint(dice()?), Instant::now());
        let mut announced = None;
        loop {
            let claim = self.claim(announced.clone(), not_before);
            let decide = self.decision(again, id.clone())?;
            match self.dispatch.store.admit(claim, decide).await? {
                Admitted::Goes(summary) => return Ok(Some(*summary)),
                Admitted::Refused(denied) => return self.denied(denied, announced).await,
                Admitted::TooLate(then) => return self.too_late(then, announced).await,
                Admitted::Waits(id, then) => {
                    if announced.is_none() {
                        self.told = None;
                    }
                    self.tell_turn(again, then, &id);
                    let waited = self.wait(again, then, &id, not_before, began).await?;
                    announced = Some(id);
                    match waited {
                        Waited::ItsTurn => {}
                        Waited::Cancelled => {
                            let why = "it was cancelled while it waited for the rate limit";
                            self.let_go(announced, why).await?;
                            return Ok(None);
                        }
                        Waited::TooLong => {
                            let why = "others went first for too long";
                            self.let_go(announced, why).await?;
                            (self.progress)(Progress::Stops(Stop::StillInLine));
                            return Ok(None);
                        }
                    }
                }
            }
        }
    }

    fn claim(&self, announced: Option<ExchangeId>, not_before: Timestamp) -> Claim {
        let now = Timestamp::now();
        Claim {
            operation: self.plan.operation.clone(),
            facts: self.dispatch.facts(&self.plan.prepared, &self.access),
            announced,
            not_before,
            latest: later(now, self.retry.max_wait.saturating_add(MOST_JITTER)),
            now,
        }
    }

    /// Tells what it waits for, when that is news.
    fn tell_turn(&mut self, again: Option<Again>, then: Option<Timestamp>, held: &ExchangeId) {
        let before = self.told.replace(then);
        let pause = self.pause(again, then, Some(held));
        match before {
            None => (self.progress)(Progress::Waits(pause)),
            Some(before) if before != then => (self.progress)(Progress::WaitsOn(pause)),
            Some(_) => {}
        }
    }

    /// Sleeps until it looks as if its turn had come, or could no more.
    async fn wait(
        &mut self,
        again: Option<Again>,
        mut then: Option<Timestamp>,
        held: &ExchangeId,
        not_before: Timestamp,
        began: Instant,
    ) -> Result<Waited, SendError> {
        loop {
            let pause = then.map_or(LOOK, |then| until(then, Timestamp::now()));
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Ok(Waited::Cancelled),
                () = tokio::time::sleep(pause) => {}
            }
            if began.elapsed() > LINE {
                return Ok(Waited::TooLong);
            }
            let claim = self.claim(None, not_before);
            let latest = claim.latest;
            then = match self.dispatch.store.turn(claim).await? {
                Turn::Wait(then) if then <= latest => Some(then),
                Turn::InLine => None,
                _ => return Ok(Waited::ItsTurn),
            };
            self.tell_turn(again, then, held);
        }
    }

    async fn too_late(
        &mut self,
        then: Timestamp,
        held: Option<ExchangeId>,
    ) -> Result<Option<Summary>, SendError> {
        let was_announced = held.is_some();
        let why = format!("the rate limit holds until {then:.0}, longer than is waited for");
        self.let_go(held, &why).await?;
        if self.last.is_none() && !was_announced {
            return Err(SendError::Held { until: then });
        }
        let wait = until(then, Timestamp::now());
        (self.progress)(Progress::Stops(Stop::TooLong { until: then, wait }));
        Ok(None)
    }

    /// Ends a held row that will not be sent, and makes it the order's last exchange.
    pub(crate) async fn let_go(
        &mut self,
        held: Option<ExchangeId>,
        why: &str,
    ) -> Result<(), SendError> {
        let Some(id) = held else {
            return Ok(());
        };
        let failure = Failure::new("nothing was sent")
            .because(why)
            .hint("Send it again when the rate limit allows it.");
        let timing = Timing::default();
        let outcome = Outcome::Failed(Unanswered { failure, timing });
        // A failure of our own words may always rest; were it not so, the row would read the same once we are gone.
        if let Some(outcome) = redact::own_outcome(outcome) {
            let quota = None;
            let ending = Ending { outcome, quota };
            self.dispatch.store.finish(&id, ending).await?;
        }
        self.last = Some(id);
        Ok(())
    }
}
