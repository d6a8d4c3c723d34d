//! Carries out effects and answers with messages: the only file of the screen that sees the outside.
//!
//! ```text
//!   Effect ──carry_out──▶ a task of its own ──▶ Message
//! ```
//!
//! Nothing here blocks the loop: opening, reading and sending each run beside it, and the history's own thread answers
//! them in order. Of several exchanges asked for in a row only the last is read to its end.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OnceCell, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::dispatch::retry::Progress;
use crate::dispatch::{Dispatch, SendError};
use crate::document::Document;
use crate::document::indexing::Indexing;
use crate::document::source::Source;
use crate::domain::exchange::{Exchange, Failure};
use crate::domain::id::ExchangeId;
use crate::domain::order::Order;
use crate::domain::retry::Retry;
use crate::formats::exchange_json;
use crate::services::{Services, Setup, correction};
use crate::store::Store;
use crate::tui::message::{Effect, Loaded, Message, Opened, Stretch, Ticket};
use crate::tui::runner::access::access_for;
use crate::tui::runner::listing::list;
use crate::tui::runner::progress::failed;
use crate::tui::runner::settling::{Desk, list_left};

mod access;
mod compare;
mod keep;
mod listing;
mod progress;
mod quota;
mod secret;
mod settling;

/// How long leaving waits for the outcomes of what it cancelled.
const LEAVING: Duration = Duration::from_millis(500);

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
}

impl Runner {
    /// Begins to open everything, and tells when that is done.
    pub fn start(setup: Setup, messages: mpsc::UnboundedSender<Message>) -> Runner {
        let services = Arc::new(OnceCell::new());
        tokio::spawn(open(setup, Arc::clone(&services), messages.clone()));
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
            // The terminal is the loop's own.
            Effect::Copy(_) => {}
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

    fn tell(&self, message: Message) {
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
        let (messages, reads) = (self.messages.clone(), Arc::clone(&self.reads));
        let this = reads.fetch_add(1, Ordering::Relaxed) + 1;
        tokio::spawn(async move {
            let is_last = || reads.load(Ordering::Relaxed) == this;
            let Some(services) = services.get() else {
                return;
            };
            match load(services, &id, is_last).await {
                Ok(Some(loaded)) => drop(messages.send(Message::ExchangeLoaded(Box::new(loaded)))),
                // Somebody else is wanted by now.
                Ok(None) => {}
                Err(failure) => drop(messages.send(Message::Failed(failure))),
            }
        });
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
    /// as indeterminate, which it is.
    pub async fn leave(self) {
        if let Some(services) = self.services.get() {
            let _ = tokio::time::timeout(LEAVING, services.dispatch.settle()).await;
        }
    }
}

async fn open(
    setup: Setup,
    cell: Arc<OnceCell<Services>>,
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
            // Only this task ever sets it.
            let _ = cell.set(services);
            tokio::spawn(watch_changes(changes, messages.clone()));
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
    is_last: impl Fn() -> bool,
) -> Result<Option<Loaded>, Failure> {
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
    let body = body(store.clone(), &exchange).await.map_err(unread)?;
    let profile = services.rules(&exchange.profile);
    let correction = correction(store, &operation, &exchange, &profile)
        .await
        .map_err(|error| unread(error.to_string()))?;
    Ok(Some(Loaded {
        errors_json: errors_json(&exchange),
        profile,
        exchange,
        operation,
        body,
        correction,
    }))
}

/// What may be copied of the errors, written here so that no key waits for it.
fn errors_json(exchange: &Exchange) -> Vec<String> {
    let response = exchange.outcome.response();
    let report = response.and_then(|response| response.report.as_ref());
    let errors = report.map_or(&[][..], |report| &report.errors);
    let each = errors.iter().map(exchange_json::error);
    each.map(|error| error.to_string()).collect()
}

async fn body(store: Store, exchange: &Exchange) -> Result<Option<Document>, String> {
    let id = exchange.id.clone();
    let read = move || -> Result<Option<Document>, String> {
        let file = store.open_body(&id).map_err(|error| error.to_string())?;
        let source = file
            .map(BodyFile::new)
            .transpose()
            .map_err(|error| error.to_string())?;
        let document = source.map(|source| {
            let mut indexing = Indexing::new(Arc::new(source), "");
            indexing.finish().map(|()| indexing.document())
        });
        document.transpose().map_err(|error| error.to_string())
    };
    match tokio::task::spawn_blocking(read).await {
        Ok(read) => read,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// A body in the history as a document reads it.
struct BodyFile {
    file: Mutex<File>,
    len: u64,
}

impl BodyFile {
    fn new(file: File) -> io::Result<BodyFile> {
        let len = file.metadata()?.len();
        Ok(BodyFile {
            file: Mutex::new(file),
            len,
        })
    }
}

impl Source for BodyFile {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        // A reader that panicked left only a position behind, and that is set anew.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read(buffer)
    }
}
