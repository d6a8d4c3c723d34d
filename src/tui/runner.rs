//! Carries out effects and answers with messages: the only file of the screen that sees the outside.
//!
//! ```text
//!   Effect ──carry_out──▶ a task of its own ──▶ Message
//! ```
//!
//! Nothing here blocks the loop: opening, reading and sending each run beside it, and the history's own thread answers
//! them in order. Of several exchanges asked for in a row only the last is read to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{OnceCell, mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::dispatch::retry::Progress;
use crate::dispatch::{Dispatch, SendError};
use crate::document::indexing::Indexing;
use crate::domain::exchange::{Exchange, Failure};
use crate::domain::id::ExchangeId;
use crate::domain::order::Order;
use crate::domain::retry::Retry;
use crate::formats::exchange_json;
use crate::services::{Services, Setup, correction};
use crate::tui::message::effect::Effect;
use crate::tui::message::{Loaded, Message, Opened, Stretch, Ticket};
use crate::tui::runner::access::access_for;
use crate::tui::runner::arriving::watch_arrivals;
use crate::tui::runner::body::Saves;
use crate::tui::runner::finding::Find;
use crate::tui::runner::growing::{Arrived, watch_bodies};
use crate::tui::runner::listing::list;
use crate::tui::runner::progress::failed;
use crate::tui::runner::settling::{Desk, list_left};

mod access;
mod arriving;
mod body;
mod compare;
mod copying;
mod filter;
mod finding;
mod growing;
mod keep;
mod listing;
mod progress;
mod quota;
mod secret;
mod settling;

/// How long leaving waits for what it ended: outcomes to be written, a process and a file to be gone.
const LEAVING: Duration = Duration::from_millis(500);

/// How long a body that is being saved is waited for when the program ends.
const SAVING: Duration = Duration::from_secs(10);

/// Carries out effects.
pub struct Runner {
    messages: mpsc::UnboundedSender<Message>,
    services: Arc<OnceCell<Services>>,
    /// Cancels the sends of this screen; replaced once it was used.
    cancel: CancellationToken,
    /// The stretch of the history that was asked for last.
    asked: watch::Sender<Option<Stretch>>,
    /// Asks for what is left to find out.
    left: watch::Sender<()>,
    /// Counts the exchanges asked for: a reader that is no longer the last gives up.
    reads: Arc<AtomicU64>,
    /// Counts the comparisons asked for and dropped, likewise.
    compares: Arc<AtomicU64>,
    /// Counts the values asked for, likewise.
    values: Arc<AtomicU64>,
    /// Counts the pointers that are followed, likewise.
    pointers: Arc<AtomicU64>,
    /// Counts the copies for programs, likewise.
    copies: Arc<AtomicU64>,
    /// The copy that was begun last: its file is gone once this has ended.
    copy: Option<JoinHandle<()>>,
    /// The body that came to its end last.
    arrived: Arrived,
    /// The bodies that are being saved.
    saves: Saves,
    /// The search through a body that was asked for last.
    find: Option<Find>,
    /// The filter that runs over a body: another takes its place, and ends it with that.
    filter: Option<filter::Running>,
}

impl Runner {
    /// Begins to open everything, and tells when that is done.
    pub fn start(setup: Setup, messages: mpsc::UnboundedSender<Message>) -> Runner {
        let services = Arc::new(OnceCell::new());
        let arrived = Arrived::default();
        let opens = open(
            setup,
            Arc::clone(&services),
            arrived.clone(),
            messages.clone(),
        );
        tokio::spawn(opens);
        let (asked, pages) = watch::channel(None);
        tokio::spawn(list(pages, Arc::clone(&services), messages.clone()));
        let (left, wishes) = watch::channel(());
        let desk = Desk {
            services: Arc::clone(&services),
            messages: messages.clone(),
            cancel: CancellationToken::new(),
        };
        tokio::spawn(list_left(wishes, desk));
        Runner {
            asked,
            left,
            messages,
            services,
            cancel: CancellationToken::new(),
            reads: Arc::new(AtomicU64::new(0)),
            compares: Arc::new(AtomicU64::new(0)),
            values: Arc::new(AtomicU64::new(0)),
            pointers: Arc::new(AtomicU64::new(0)),
            copies: Arc::new(AtomicU64::new(0)),
            copy: None,
            arrived,
            saves: Saves::default(),
            find: None,
            filter: None,
        }
    }

    /// Carries out one effect; `false` when it is to leave.
    pub fn carry_out(&mut self, effect: Effect) -> bool {
        match effect {
            Effect::Quit => return false,
            Effect::NameDraft => self.name_draft(),
            Effect::CancelAll => std::mem::take(&mut self.cancel).cancel(),
            Effect::LoadHistory(stretch) => drop(self.asked.send_replace(Some(stretch))),
            Effect::StopSearch => drop(self.asked.send_replace(None)),
            Effect::LoadExchange(id) => self.load_exchange(id),
            Effect::Send {
                ticket,
                order,
                retry,
            } => self.send(ticket, *order, retry),
            Effect::GiveCredential {
                profile,
                credential,
            } => self.give_credential(&profile, credential),
            Effect::Reveal(id) => self.reveal(id),
            Effect::LoadUnsettled => self.left.send_modify(|()| {}),
            Effect::LookUp(id) => drop(tokio::spawn(self.desk().look_up(id))),
            Effect::Batch { ticket, work } => {
                drop(tokio::spawn(self.desk().batch(ticket, work)));
            }
            Effect::Settle(settlings) => drop(tokio::spawn(self.desk().settle(settlings))),
            Effect::Remark { operation, text } => {
                drop(tokio::spawn(self.desk().remark(operation, text)));
            }
            Effect::Compare { left, right } => self.compare(left, right),
            Effect::DropComparison => drop(self.compares.fetch_add(1, Ordering::Relaxed)),
            Effect::LoadValues { of, prefix } => self.load_values(of, prefix),
            Effect::Pin { id, pinned } => self.pin(id, pinned),
            Effect::Note { id, note } => self.note(id, note),
            Effect::Find {
                search,
                document,
                needle,
            } => {
                let messages = self.messages.clone();
                self.find = Some(Find::start(search, *document, *needle, messages));
            }
            Effect::FilterBody { run, id, filter } => self.filter_body(run, id, filter),
            Effect::StopFilter => self.filter = None,
            Effect::FindOn { search, document } => {
                if let Some(find) = &self.find {
                    find.go_on(search, *document);
                }
            }
            Effect::StopFind => self.find = None,
            Effect::Follow {
                ask,
                document,
                pointer,
            } => {
                let is_wanted = latest(&self.pointers);
                body::follow((ask, pointer), *document, is_wanted, self.messages.clone());
            }
            Effect::StopFollow => drop(self.pointers.fetch_add(1, Ordering::Relaxed)),
            Effect::SaveBody {
                document,
                path,
                is_part,
            } => {
                let messages = self.messages.clone();
                body::save(*document, (path, is_part), &self.saves, messages);
            }
            Effect::CopyBody {
                ask,
                document,
                program,
            } => {
                let is_wanted = latest(&self.copies);
                let messages = self.messages.clone();
                let copy = copying::copy_for((ask, program), *document, is_wanted, messages);
                self.copy = Some(copy);
            }
            Effect::StopCopy => drop(self.copies.fetch_add(1, Ordering::Relaxed)),
            // The terminal is the loop's own.
            Effect::Copy(_) | Effect::Lend { .. } => {}
        }
        true
    }

    fn desk(&self) -> Desk {
        Desk {
            services: Arc::clone(&self.services),
            messages: self.messages.clone(),
            cancel: self.cancel.clone(),
        }
    }

    /// Tells the loop.
    pub fn tell(&self, message: Message) {
        // The loop outlives every task; when it is gone nobody is left to be told.
        let _ = self.messages.send(message);
    }

    fn name_draft(&self) {
        // Until the profile is known nobody knows how its keys look; then the draft is named when it is sent.
        let Some(services) = self.services.get() else {
            return;
        };
        self.tell(match Dispatch::mint(&services.access.profile) {
            Ok((operation, key)) => Message::DraftNamed { operation, key },
            Err(error) => Message::Failed(failed(&error)),
        });
    }

    fn load_exchange(&self, id: ExchangeId) {
        let services = Arc::clone(&self.services);
        let messages = self.messages.clone();
        let (arrived, is_last) = (self.arrived.clone(), latest(&self.reads));
        tokio::spawn(async move {
            let Some(services) = services.get() else {
                return;
            };
            match load(services, &id, &arrived, &is_last).await {
                Ok(Some((loaded, body))) => {
                    let told = messages.send(Message::ExchangeLoaded(Box::new(loaded)));
                    if let (Ok(()), Some(body)) = (told, body) {
                        body::go_on(body, id, is_last, messages);
                    }
                }
                // Somebody else is wanted by now.
                Ok(None) => {}
                Err(failure) => drop(messages.send(Message::Failed(failure))),
            }
        });
    }

    fn filter_body(&mut self, run: u64, id: ExchangeId, filter: String) {
        if let Some(services) = self.services.get() {
            let (store, messages) = (services.store.clone(), self.messages.clone());
            self.filter = Some(filter::run(store, (run, id, filter), messages));
        }
    }

    fn send(&self, ticket: Ticket, order: Order, retry: Retry) {
        let (services, messages) = (Arc::clone(&self.services), self.messages.clone());
        let cancel = self.cancel.clone();
        tokio::spawn(async move {
            let Some(services) = services.get() else {
                return;
            };
            let access = match access_for(services, &order, &cancel).await {
                Ok(access) => access,
                Err(failure) => {
                    let _ = messages.send(Message::SendFailed { ticket, failure });
                    return;
                }
            };
            let told = messages.clone();
            let tell = move |progress: Progress<'_>| {
                let _ = told.send(progress::message(ticket, progress));
            };
            // Both this screen's cancel and the end of the program reach the send.
            let token = services.dispatch.token();
            let both = token.clone();
            let watch = tokio::spawn(async move {
                cancel.cancelled().await;
                both.cancel();
            });
            let sent = services
                .dispatch
                .pursue(&access, order.clone(), retry, token, tell)
                .await;
            watch.abort();
            if let Some(notice) = sent.as_ref().ok().and_then(progress::doubt) {
                let _ = messages.send(Message::SendTold { ticket, notice });
            }
            let message = match sent {
                Ok(sent) => Message::ExchangeFinished {
                    ticket,
                    id: sent.exchange.id,
                    withheld: sent.withheld,
                },
                Err(SendError::Refused(refusal)) => Message::SendRefused {
                    ticket,
                    order: Box::new(order),
                    refusal,
                },
                Err(error) => secret::not_sent(ticket, order, &error),
            };
            let _ = messages.send(message);
        });
    }

    /// Cancels what is in flight and waits a moment for its outcome to be written. What is not written by then reads
    /// as indeterminate, which it is. As long the process of a filter has to be gone, and a copy that nobody will see. What
    /// somebody saves is waited for longer: a file that looks whole, and is not, would be worse than none.
    pub async fn leave(self) {
        self.copies.fetch_add(1, Ordering::Relaxed);
        let filter = async {
            if let Some(filter) = self.filter {
                filter.end(LEAVING).await;
            }
        };
        let copy = async {
            if let Some(copy) = self.copy {
                let _ = tokio::time::timeout(LEAVING, copy).await;
            }
        };
        let sends = async {
            if let Some(services) = self.services.get() {
                let _ = tokio::time::timeout(LEAVING, services.dispatch.settle()).await;
            }
        };
        let saves = self.saves.end(SAVING, LEAVING);
        tokio::join!(filter, copy, sends, saves);
    }
}

/// Counts one more; what it answers says whether it is still the latest.
fn latest(counter: &Arc<AtomicU64>) -> impl Fn() -> bool + Send + Sync + 'static {
    let this = counter.fetch_add(1, Ordering::Relaxed) + 1;
    let counter = Arc::clone(counter);
    move || counter.load(Ordering::Relaxed) == this
}

async fn open(
    setup: Setup,
    cell: Arc<OnceCell<Services>>,
    arrived: Arrived,
    messages: mpsc::UnboundedSender<Message>,
) {
    let message = match Services::open(&setup).await {
        Ok(mut services) => {
            let quota = quota::read(&services).await.and_then(|read| read.quota);
            let access = &services.access;
            let opened = Opened {
                profile: Arc::clone(&access.profile),
                has_credential: access.credential.is_some() || access.asks,
                credential: services.credential(),
                quota,
                filters: services.filters().clone(),
                notice: services.notice.take(),
            };
            let changes = services.store.changes();
            let arrivals = services.dispatch.arrivals();
            let store = services.store.clone();
            // Only this task ever sets it.
            let _ = cell.set(services);
            tokio::spawn(watch_changes(changes, messages.clone()));
            let bodies = watch_bodies(arrivals.clone(), store, arrived, messages.clone());
            tokio::spawn(bodies);
            tokio::spawn(watch_arrivals(arrivals, messages.clone()));
            Message::Opened(Box::new(opened))
        }
        Err(error) => Message::OpenFailed(Failure::new(error.to_string())),
    };
    let _ = messages.send(message);
}

async fn watch_changes(
    mut changes: watch::Receiver<u64>,
    messages: mpsc::UnboundedSender<Message>,
) {
    while changes.changed().await.is_ok() {
        if messages.send(Message::HistoryChanged).is_err() {
            break;
        }
    }
}

async fn load(
    services: &Services,
    id: &ExchangeId,
    arrived: &Arrived,
    is_last: impl Fn() -> bool,
) -> Result<Option<(Loaded, Option<Indexing>)>, Failure> {
    let unread = |cause: String| Failure::new("the exchange cannot be read").because(cause);
    let store = &services.store;
    let Some(exchange) = store
        .get(id)
        .await
        .map_err(|error| unread(error.to_string()))?
    else {
        return Err(Failure::new("this exchange is no longer in the history"));
    };
    if !is_last() {
        return Ok(None);
    }
    let operation = store
        .operation(&exchange.operation)
        .await
        .map_err(|error| unread(error.to_string()))?;
    // Before its outcome is written, what came is told without being asked for.
    let whole = exchange.outcome.is_final().then(|| arrived.take(id));
    let (body, unfinished) = match whole.flatten() {
        Some(document) => (Some(document), None),
        None => {
            let body = body::open(store.clone(), &exchange).await.map_err(unread)?;
            let document = body.as_ref().map(Indexing::document);
            (document, body.filter(|body| !body.document().is_whole()))
        }
    };
    let profile = services.rules(&exchange.profile);
    let correction = correction(store, &operation, &exchange, &profile)
        .await
        .map_err(|error| unread(error.to_string()))?;
    let loaded = Loaded {
        errors_json: errors_json(&exchange),
        profile,
        exchange,
        operation,
        body,
        correction,
    };
    Ok(Some((loaded, unfinished)))
}

/// What may be copied of the errors, written here so that no key waits for it.
fn errors_json(exchange: &Exchange) -> Vec<String> {
    let response = exchange.outcome.response();
    let report = response.and_then(|response| response.report.as_ref());
    let errors = report.map_or(&[][..], |report| &report.errors);
    let each = errors.iter().map(exchange_json::error);
    each.map(|error| error.to_string()).collect()
}
