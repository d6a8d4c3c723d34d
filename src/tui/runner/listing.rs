//! Reads the stretches of the history that the list asks for, one at a time and only the one that was asked for last.
//!
//! ```text
//!   asked (the latest wins) ──▶ page ▶ page ▶ page ──▶ Listed, whole
//!                                 └▶ Listed, so far: what was found, how far it was searched
//! ```
//!
//! A page of a search holds the history's thread for a moment only, so that an intent gets through between two of them;
//! between two of them it is also seen whether anybody still wants the rest.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{OnceCell, mpsc, watch};

use crate::domain::exchange::{Failure, Summary};
use crate::domain::query::Query;
use crate::services::Services;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::page::From;
use crate::tui::message::{Listed, Message, Place, Pulse, Searching, Stretch, Tallied};
use crate::tui::runner::{progress, quota};

/// How many of the newest rows are read beside a window that may not show them.
const NEWEST: usize = 200;

/// How often a search tells how far it is.
const TELLING: Duration = Duration::from_millis(80);

/// A search that took longer than this is not begun anew at once only because the history changed.
const LONG: Duration = Duration::from_millis(100);

/// How long a long one is waited with at most.
const WAITING: Duration = Duration::from_secs(2);

/// What became of the latest exchanges is told of one of these: its name, its stretches and how many there are.
const PULSES: [(&str, SignedDuration, usize); 2] = [
    ("last hour", SignedDuration::from_mins(3), 20),
    ("last day", SignedDuration::from_hours(1), 24),
];

/// Whether there is anybody left to be told.
type Told = Result<(), mpsc::error::SendError<Message>>;

/// Reads stretch after stretch: whoever types a filter faster than a long history is searched does not fill the store's
/// queue with what nobody wants any more.
pub(crate) async fn list(
    asked: watch::Receiver<Option<Stretch>>,
    services: Arc<OnceCell<Services>>,
    messages: mpsc::UnboundedSender<Message>,
) {
    let mut desk = Desk {
        asked,
        messages,
        stopped: None,
        last: None,
    };
    while desk.asked.changed().await.is_ok() {
        let (Some(stretch), Some(services)) = (desk.next().await, services.get()) else {
            continue;
        };
        if desk.read(services, stretch).await.is_err() {
            return;
        }
    }
}

struct Desk {
    asked: watch::Receiver<Option<Stretch>>,
    messages: mpsc::UnboundedSender<Message>,
    /// What somebody stopped: of that only the first page is read from then on.
    stopped: Option<Stretch>,
    /// What was read last, and how long that took.
    last: Option<(Stretch, Duration)>,
}

impl Desk {
    /// What is asked for now. The same as before, when that took long, waits for as long as it took.
    async fn next(&mut self) -> Option<Stretch> {
        let stretch = self.asked.borrow_and_update().clone();
        let again = self.last.as_ref().filter(|(last, took)| {
            Some(last) == stretch.as_ref() && Some(last) != self.stopped.as_ref() && *took > LONG
        });
        if let Some((_, took)) = again {
            let pause = tokio::time::sleep((*took).min(WAITING));
            let last = stretch.clone();
            let other = self.asked.wait_for(|asked| *asked != last);
            tokio::select! {
                () = pause => {}
                // Nobody asks any more: the next look at it ends this.
                _ = other => {}
            }
        }
        self.asked.borrow_and_update().clone()
    }

    async fn read(&mut self, services: &Services, stretch: Stretch) -> Told {
        let store = &services.store;
        let start = Instant::now();
        match self.search(store, &stretch).await {
            Ok(None) => {
                let ended_by_hand = self.asked.borrow().is_none();
                self.stopped = ended_by_hand.then_some(stretch);
                return Ok(());
            }
            Ok(Some(listed)) => {
                self.last = Some((stretch, start.elapsed()));
                // First the holds, so that a held row never stands there without its countdown.
                if let Some(holds) = progress::holds(store, &listed.rows).await {
                    self.messages.send(holds)?;
                }
                self.messages
                    .send(Message::HistoryLoaded(Box::new(listed)))?;
            }
            Err(error) => {
                let failure = Failure::new("the history cannot be read").because(error.to_string());
                self.messages.send(Message::Failed(failure))?;
            }
        }
        self.tell_the_rest(services).await
    }

    /// What changes with the history beside the rows. What cannot be read was told of already.
    async fn tell_the_rest(&self, services: &Services) -> Told {
        if let Ok(count) = services.store.count_left().await {
            self.messages.send(Message::UnsettledCounted(count))?;
        }
        if let Ok(tallied) = tallied(&services.store).await {
            self.messages.send(Message::Tallied(Box::new(tallied)))?;
        }
        if let Some(read) = quota::read(services).await {
            self.messages.send(Message::QuotaRead(Box::new(read)))?;
        }
        Ok(())
    }

    /// Reads a stretch to its end; `None` when something else is wanted meanwhile.
    async fn search(
        &mut self,
        store: &Store,
        stretch: &Stretch,
    ) -> Result<Option<Listed>, StoreError> {
        let now = Timestamp::now();
        let mut listed = Listed {
            stretch: stretch.clone(),
            newest: newest(store, stretch, now).await?,
            ..Listed::default()
        };
        let is_brief = self.stopped.as_ref() == Some(stretch);
        let mut told = Instant::now();
        for side in sides(store, stretch).await? {
            let (mut from, mut left) = (side.from, side.limit);
            loop {
                let page = store.page(&stretch.query, from, left, now).await?;
                left = left.saturating_sub(page.summaries.len());
                let ahead = match side.ascends {
                    true => page.newer.map(From::After),
                    false => page.older.map(From::Before),
                };
                add(&mut listed, side.ascends, page.summaries);
                match side.ascends {
                    true => listed.newer = ahead.is_some(),
                    false => listed.older = ahead.is_some(),
                }
                let Some(next) = ahead.filter(|_| left > 0 && !is_brief) else {
                    break;
                };
                from = next;
                if self.is_given_up(stretch) {
                    return Ok(None);
                }
                if told.elapsed() >= TELLING {
                    told = Instant::now();
                    let to = page.searched_to;
                    self.tell_so_far(&listed, to);
                }
            }
        }
        Ok(Some(listed))
    }

    fn is_given_up(&self, stretch: &Stretch) -> bool {
        self.asked.borrow().as_ref() != Some(stretch)
    }

    fn tell_so_far(&self, listed: &Listed, to: Option<Timestamp>) {
        let so_far = Listed {
            searching: Some(Searching { to }),
            ..listed.clone()
        };
        // Whether anybody is left is asked when it is whole.
        let _ = self.messages.send(Message::HistoryLoaded(Box::new(so_far)));
    }
}

/// The whole history in numbers, and what became of the latest exchanges: of the last hour, else of the last day.
async fn tallied(store: &Store) -> Result<Tallied, StoreError> {
    let now = Timestamp::now();
    let tally = store.tally().await?;
    for (name, step, stretches) in PULSES {
        let outcomes = store.outcomes(now, step, stretches).await?;
        if outcomes.buckets.iter().any(|bucket| bucket.total() > 0) {
            let pulse = Some(Pulse { name, outcomes });
            return Ok(Tallied { tally, pulse });
        }
    }
    Ok(Tallied { tally, pulse: None })
}

/// One side of a place.
struct Side {
    from: From,
    limit: usize,
    ascends: bool,
}

/// What is to be read, the older side first: with it the place itself.
async fn sides(store: &Store, stretch: &Stretch) -> Result<Vec<Side>, StoreError> {
    let side = |from, limit, ascends| Side {
        from,
        limit,
        ascends,
    };
    let (reach, both) = (stretch.reach, stretch.reach.saturating_mul(2));
    let oldest = || vec![side(From::Oldest, both, true)];
    Ok(match &stretch.place {
        Place::Newest => vec![side(From::Newest, both, false)],
        Place::Oldest => oldest(),
        Place::Around(id) => match store.around(id).await? {
            Some((newer, older)) => vec![side(older, reach, false), side(newer, reach, true)],
            // It went with what was oldest.
            None => oldest(),
        },
    })
}

/// The newest rows whether they fit or not, unless the stretch itself holds them.
async fn newest(
    store: &Store,
    stretch: &Stretch,
    now: Timestamp,
) -> Result<Vec<Summary>, StoreError> {
    if stretch.query.is_empty() && stretch.place == Place::Newest {
        return Ok(Vec::new());
    }
    let all = Query::default();
    let page = store.page(&all, From::Newest, NEWEST, now).await?;
    Ok(page.summaries)
}

fn add(listed: &mut Listed, newer: bool, rows: Vec<Summary>) {
    match newer {
        true => drop(listed.rows.splice(0..0, rows)),
        false => listed.rows.extend(rows),
    }
}
