//! What the screen does about operations that nothing has settled: reading them, asking the API, settling by hand.
//!
//! ```text
//!   left in the history ─rules of its profile─▶ Unsettled     settled meanwhile ─▶ weighed away, all at once
//!   Work ─▶ one after the other, each waiting for the rate limit ─▶ BatchMoved … BatchEnded, with a tally
//! ```
//!
//! A batch never sends a new key: what it sends again goes as it was, and what the verdict would ask about is left out.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{OnceCell, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::dispatch::retry::Progress;
use crate::dispatch::{SendError, Sent};
use crate::domain::exchange::{Class, Failure};
use crate::domain::id::OperationId;
use crate::domain::idempotency::in_doubt;
use crate::domain::operation::{Operation, Remark};
use crate::domain::order::{Ask, Order};
use crate::domain::profile::Profile;
use crate::domain::retry::Retry;
use crate::domain::unsettled::{Settling, Unsettled};
use crate::services::Services;
use crate::store::error::StoreError;
use crate::tui::message::{Message, Ticket, Work};

/// How many are read at once. The count tells of the others.
const MOST: usize = 500;

/// How patiently a step waits for the rate limit.
const PATIENT: Retry = Retry {
    rate_limited: 8,
    lost: 0,
    max_wait: Duration::from_secs(60),
};

/// What a task of the runner works with.
pub(super) struct Desk {
    pub(super) services: Arc<OnceCell<Services>>,
    pub(super) messages: mpsc::UnboundedSender<Message>,
    pub(super) cancel: CancellationToken,
}

/// What one step of a batch came to, in a word or two; or why it did not come to anything.
type Came = Result<&'static str, Failure>;

impl Desk {
    fn services(&self) -> Result<&Services, Failure> {
        let opening = || Failure::new("the history is still being opened");
        self.services.get().ok_or_else(opening)
    }

    fn tell(&self, message: Message) {
        // The loop outlives every task; when it is gone nobody is left to be told.
        let _ = self.messages.send(message);
    }

    async fn read(&self) -> Result<(Vec<Unsettled>, u64), Failure> {
        let services = self.services()?;
        loop {
            let left = services.store.left(MOST).await.map_err(unread)?;
            let (items, settled) = sort_out(services, left.operations);
            let count = left.count.saturating_sub(settled.len() as u64);
            let (nothing_new, all_read) = (settled.is_empty(), count <= items.len() as u64);
            self.let_go(settled).await?;
            // What was settled made room for what stood behind it.
            if nothing_new || all_read || items.len() >= MOST {
                return Ok((items, count));
            }
        }
    }

    /// Takes from the list what the rules find settled.
    async fn let_go(&self, settled: Vec<(OperationId, Arc<Profile>)>) -> Result<(), Failure> {
        if settled.is_empty() {
            return Ok(());
        }
        let services = self.services()?;
        let rules: HashMap<OperationId, Arc<Profile>> = settled.into_iter().collect();
        let ids = rules.keys().cloned().collect();
        let doubt = move |operation: &Operation| {
            let id = operation.exchanges.first().map(|e| &e.operation);
            let rules = id.and_then(|id| rules.get(id));
            rules.is_none_or(|rules| !in_doubt(operation, rules).is_empty())
        };
        services.store.weigh_all(ids, doubt).await.map_err(unread)
    }

    /// Looks one operation up, for a question that is on the screen.
    pub(super) async fn look_up(self, id: OperationId) {
        let looked = self.ask_for(&id).await;
        let read = async {
            let services = self.services()?;
            services.store.operation(&id).await.map_err(unread)
        };
        let (operation, unread) = match read.await {
            Ok(operation) => (Some(Box::new(operation)), None),
            Err(failure) => (None, Some(failure)),
        };
        self.tell(Message::LookedUp {
            id,
            operation,
            failure: looked.err().or(unread),
        });
    }

    /// Does one thing after the other, until all are done or somebody cancels.
    pub(super) async fn batch(self, ticket: Ticket, work: Work) {
        let (name, of) = (work.name(), work.count());
        let mut tally = Tally::new(name, of);
        match work {
            Work::LookUp(operations) => {
                for id in operations {
                    if self.cancel.is_cancelled() {
                        break;
                    }
                    tally.add(self.ask_for(&id).await);
                    self.moved(ticket, &tally);
                }
            }
            Work::SameKey(orders) => {
                for order in orders {
                    if self.cancel.is_cancelled() {
                        break;
                    }
                    tally.add(self.again(order).await);
                    self.moved(ticket, &tally);
                }
            }
        }
        let told = tally.told();
        self.tell(Message::BatchEnded { ticket, told });
    }

    fn moved(&self, ticket: Ticket, tally: &Tally) {
        let done = tally.done;
        self.tell(Message::BatchMoved { ticket, done });
    }

    /// Asks the API what an operation made.
    async fn ask_for(&self, id: &OperationId) -> Came {
        let services = self.services()?;
        let operation = services.store.operation(id).await.map_err(unread)?;
        let last = operation.attempts().next_back();
        let last = last.ok_or_else(|| unknown(id))?;
        let access = services.access(&last.profile).await;
        let access = access.map_err(|error| Failure::new(error.to_string()))?;
        let order = Order::look_up(&access.profile, id, last.account.as_deref());
        let order = order.ok_or_else(|| no_look_up(&access.profile.name))?;
        let sent = self.pursue(order, &last.profile).await?;
        let exchange = sent.exchange.summary();
        match exchange.objects {
            Some(found) if found.ids.is_empty() => Ok("none found yet"),
            Some(_) => Ok("found something"),
            None => Err(Failure::new(format!("the look-up of {id} told nothing"))
                .because(word(exchange.class).to_owned())
                .hint("its answer is in the history; look_up and look_up_list say how it is read")),
        }
    }

    /// Sends something again as it was, when that is still in doubt.
    async fn again(&self, order: Order) -> Came {
        let services = self.services()?;
        let Ask::Replay { exchange, .. } = &order.ask else {
            return Err(Failure::new("only what was sent is sent again"));
        };
        let sent = services.store.get(exchange).await.map_err(unread)?;
        let sent = sent.ok_or_else(|| Failure::new(format!("{exchange} is not in the history")))?;
        let operation = services.store.operation(&sent.operation).await;
        let operation = operation.map_err(unread)?;
        let open = in_doubt(&operation, &services.rules(&sent.profile));
        if !open.iter().any(|doubt| doubt.id == *exchange) {
            return Ok("settled meanwhile");
        }
        let sent = self.pursue(order, &sent.profile).await?;
        Ok(word(sent.exchange.outcome.class()))
    }

    async fn pursue(&self, order: Order, profile: &str) -> Result<Sent, Failure> {
        let services = self.services()?;
        let access = services.access(profile).await;
        let access = access.map_err(|error| Failure::new(error.to_string()))?;
        let token = services.dispatch.token();
        let both = token.clone();
        let cancel = self.cancel.clone();
        let watch = tokio::spawn(async move {
            cancel.cancelled().await;
            both.cancel();
        });
        // The history tells of every exchange by itself.
        let progress = |_: Progress<'_>| {};
        let sent = services
            .dispatch
            .pursue(&access, order, PATIENT, token, progress)
            .await;
        watch.abort();
        sent.map_err(|error| match error {
            SendError::Refused(refusal) => Failure::new(refusal.sentence()),
            error => Failure::new(error.to_string()),
        })
    }

    /// Settles operations by hand. What changed since it was asked about is left as it is, and told.
    pub(super) async fn settle(self, settlings: Vec<Settling>) {
        let (of, mut failed, mut first) = (settlings.len(), 0, None);
        for settling in settlings {
            if let Err(failure) = self.write_settlement(settling).await {
                failed += 1;
                first.get_or_insert(failure);
            }
        }
        let Some(first) = first else { return };
        self.tell(Message::Failed(match of {
            1 => first,
            _ => Failure {
                what: format!("not settled: {failed} of {of}. {}", first.what),
                ..first
            },
        }));
    }

    async fn write_settlement(&self, settling: Settling) -> Result<(), Failure> {
        let services = self.services()?;
        let id = settling.operation.clone();
        let operation = services.store.operation(&id).await.map_err(unread)?;
        let last = operation.attempts().next_back();
        let last = last.ok_or_else(|| unknown(&id))?;
        let rules = services.rules(&last.profile);
        let of = Arc::clone(&rules);
        let settle = move |operation: &Operation| {
            let now = Timestamp::now();
            let current = Unsettled::of(operation, &of, now)?.settling(settling.found)?;
            (current == settling).then(|| settling.settlements(now))
        };
        let doubt = move |operation: &Operation| !in_doubt(operation, &rules).is_empty();
        match services.store.settle(&id, settle, doubt).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(
                Failure::new(format!("{id} has changed since it was asked about"))
                    .hint("look at it again"),
            ),
            Err(error) => Err(Failure::new("it could not be settled").because(error.to_string())),
        }
    }

    /// Writes down what somebody says of an operation.
    pub(super) async fn remark(self, id: OperationId, text: String) {
        let write = async {
            let at = Timestamp::now();
            let remark = Remark { text, at };
            let written = self.services()?.store.remark(&id, remark).await;
            written.map_err(|error| {
                Failure::new("the note could not be written").because(error.to_string())
            })
        };
        if let Err(failure) = write.await {
            self.tell(Message::Failed(failure));
        }
    }
}

/// Reads what is left to find out whenever it is asked for, one reading at a time: of several wishes in a row the last
/// one counts, however often the history changes.
pub(super) async fn list_left(mut asked: watch::Receiver<()>, desk: Desk) {
    while asked.changed().await.is_ok() {
        asked.mark_unchanged();
        match desk.read().await {
            Ok((items, count)) => desk.tell(Message::UnsettledLoaded { items, count }),
            Err(failure) => desk.tell(Message::Failed(failure)),
        }
    }
}

/// What is in doubt, and what the rules of its own profile find settled. Of a profile that is gone nothing is let go: the
/// rules that stand in for its own may be other ones.
fn sort_out(
    services: &Services,
    operations: Vec<Operation>,
) -> (Vec<Unsettled>, Vec<(OperationId, Arc<Profile>)>) {
    let (mut items, mut settled) = (Vec::new(), Vec::new());
    for operation in operations {
        let Some(last) = operation.attempts().next_back() else {
            continue;
        };
        let rules = services.rules(&last.profile);
        match Unsettled::of(&operation, &rules, Timestamp::now()) {
            Some(item) => items.push(item),
            None if services.is_configured(&last.profile) => {
                settled.push((last.operation.clone(), rules));
            }
            None => {}
        }
    }
    (items, settled)
}

fn unknown(id: &OperationId) -> Failure {
    Failure::new(format!("nothing of {id} is in the history"))
}

fn unread(error: StoreError) -> Failure {
    Failure::new("what is unsettled cannot be read").because(error.to_string())
}

fn no_look_up(profile: &str) -> Failure {
    Failure::new(format!(
        "profile '{profile}' does not say how an operation is looked up"
    ))
    .hint(format!(
        "set look_up = \"/…?requestId={{requestId}}\" in [profile.{profile}]"
    ))
}

fn word(class: Class) -> &'static str {
    match class {
        Class::Success => "answered 2xx",
        Class::Redirect => "answered 3xx",
        Class::ClientError => "answered 4xx",
        Class::RateLimited => "rate limited",
        Class::ServerError => "answered 5xx",
        Class::Failed | Class::Held => "not sent",
        Class::InFlight | Class::Indeterminate | Class::Informational => "no answer",
    }
}

/// How a batch goes.
struct Tally {
    name: &'static str,
    of: usize,
    done: usize,
    came: BTreeMap<&'static str, usize>,
    failed: usize,
    first_failure: Option<Failure>,
}

impl Tally {
    fn new(name: &'static str, of: usize) -> Tally {
        Tally {
            name,
            of,
            done: 0,
            came: BTreeMap::new(),
            failed: 0,
            first_failure: None,
        }
    }

    fn add(&mut self, came: Came) {
        self.done += 1;
        match came {
            Ok(word) => *self.came.entry(word).or_default() += 1,
            Err(failure) => {
                self.failed += 1;
                self.first_failure.get_or_insert(failure);
            }
        }
    }

    fn told(self) -> Failure {
        let mut parts: Vec<String> = self
            .came
            .iter()
            .map(|(word, n)| format!("{n} {word}"))
            .collect();
        if self.failed > 0 {
            parts.push(format!("{} failed", self.failed));
        }
        if self.done < self.of {
            parts.push(format!("{} left out, cancelled", self.of - self.done));
        }
        let told = Failure::new(format!("{}: {}", self.name, parts.join(", ")));
        match self.first_failure {
            Some(first) => Failure {
                cause: Some(first.what),
                hint: first.hint,
                ..told
            },
            None => told,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;
    use crate::domain::exchange::Failure;

    #[test]
    fn a_batch_is_told_by_what_it_came_to() {
        let mut tally = Tally::new("looking up", 5);
        for came in [
            Ok("none found yet"),
            Ok("found something"),
            Ok("none found yet"),
            Err(Failure::new("no way").hint("this way")),
        ] {
            tally.add(came);
        }
        let told = tally.told();
        assert_eq!(
            told.what,
            "looking up: 1 found something, 2 none found yet, 1 failed, 1 left out, cancelled"
        );
        assert_eq!(told.cause.as_deref(), Some("no way"));
        assert_eq!(told.hint.as_deref(), Some("this way"));
    }
}
