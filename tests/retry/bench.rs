//! A dispatch over a history of its own, and what it told on the way.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use reqscope::client::Client;
use reqscope::dispatch::retry::{Progress, Stop};
use reqscope::dispatch::{Access, Dispatch, SendError, Sent};
use reqscope::domain::exchange::{Class, Summary};
use reqscope::domain::id::OperationId;
use reqscope::domain::order::{Agreed, Agreement, Ask, KeyOrder, Order};
use reqscope::domain::profile::Profile;
use reqscope::domain::redact::{Fingerprinter, Secret};
use reqscope::domain::request::{Method, Request};
use reqscope::domain::retry::{Again, Retry};
use reqscope::store::Store;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A payment with nothing wrong in it.
pub const PAYMENT: &str = r#"{"amount":100,"currency":"EUR","account":"acct_demo"}"#;

/// What was told on the way, as words.
pub type Told = Arc<Mutex<Vec<String>>>;

pub struct Bench {
    pub dispatch: Dispatch,
    pub access: Access,
    pub store: Store,
    pub told: Told,
    /// Deleted with this.
    _dir: TempDir,
}

/// So many resends.
pub fn retry(rate_limited: u32, lost: u32) -> Retry {
    Retry {
        rate_limited,
        lost,
        ..Retry::default()
    }
}

impl Bench {
    /// Over a fresh history, towards this server.
    pub async fn towards(url: &str) -> Bench {
        let dir = tempfile::tempdir().expect("a directory");
        let store = Store::open(dir.path()).await.expect("a history");
        let client = Client::new().expect("a client");
        let dispatch = Dispatch::new(store.clone(), client, Fingerprinter::new(&[7; 32]));
        let access = Access {
            profile: Arc::new(Profile::sandbox(url)),
            credential: Some(Secret::new("sk_sandbox_demo")),
            asks: false,
        };
        Bench {
            dispatch,
            access,
            store,
            told: Told::default(),
            _dir: dir,
        }
    }

    /// Pursues an order to its end, or until `cancel`.
    pub async fn pursue(&self, order: Order, retry: Retry) -> Result<Sent, SendError> {
        self.pursue_until(order, retry, self.dispatch.token(), |_| {})
            .await
    }

    /// The same; `on_wait` is called when it begins to wait.
    pub async fn pursue_until(
        &self,
        order: Order,
        retry: Retry,
        cancel: CancellationToken,
        on_wait: impl Fn(&CancellationToken) + Send + 'static,
    ) -> Result<Sent, SendError> {
        let (told, token) = (Arc::clone(&self.told), cancel.clone());
        let progress = move |progress: Progress<'_>| {
            let word = word(progress);
            told.lock().expect("nobody panics with it").push(word);
            if let Progress::Waits(_) = progress {
                on_wait(&token);
            }
        };
        self.dispatch
            .pursue(&self.access, order, retry, cancel, progress)
            .await
    }

    /// What was told so far.
    pub fn told(&self) -> Vec<String> {
        self.told.lock().expect("nobody panics with it").clone()
    }

    /// The operation of what was sent, as the history has it now.
    pub async fn operation(&self, of: &OperationId) -> Vec<Summary> {
        self.store.operation(of).await.expect("read").exchanges
    }
}

fn word(progress: Progress<'_>) -> String {
    match progress {
        Progress::Started(summary) => format!("sends {}.{}", summary.attempt, summary.send),
        Progress::Waits(pause) => {
            let why = match pause.again {
                None => "turn",
                Some(Again::RateLimited) => "429",
                Some(Again::Lost) => "lost",
            };
            format!("waits {why} {}/{}", pause.number, pause.of)
        }
        Progress::WaitsOn(pause) => match pause.until {
            Some(_) => "waits on".to_owned(),
            None => "waits in line".to_owned(),
        },
        Progress::Stops(Stop::TooLong { until, wait }) => {
            let off = until.duration_since(Timestamp::now()).as_secs() - wait.as_secs() as i64;
            format!("stops at {} s, off by {}", wait.as_secs(), off / 10)
        }
        Progress::Stops(Stop::StillInLine) => "stops in line".to_owned(),
        Progress::Stops(Stop::Verdict(_)) => "stops by verdict".to_owned(),
    }
}

/// A request of this operation.
pub fn order(method: &str, operation: &str, key: KeyOrder) -> Order {
    let mut request = Request::new(Method::parse(method).expect("a method"), "/v1/payments");
    if method == "POST" {
        request.headers.push("content-type", "application/json");
        request.body = PAYMENT.into();
    }
    Order {
        ask: Ask::Compose {
            request,
            operation: Some(OperationId::known(operation)),
            account: None,
            key,
            base: None,
            secrets: Vec::new(),
        },
        agreed: Agreement::default(),
    }
}

/// A payment of operation `op_1` with a fresh key.
pub fn payment() -> Order {
    order("POST", "op_1", KeyOrder::Default)
}

/// The same with a header field.
pub fn payment_with(name: &str, value: &str) -> Order {
    let mut order = payment();
    if let Ask::Compose { request, .. } = &mut order.ask {
        request.headers.push(name, value);
    }
    order
}

/// Agreed to beforehand, as `--yes` does.
pub fn agreed(order: Order) -> Order {
    let agreed = Agreement {
        verdict: Some(Agreed::Any),
        ..order.agreed
    };
    Order { agreed, ..order }
}

/// (attempt, send, class) of each exchange.
pub fn shape(operation: &[Summary]) -> Vec<(u32, u32, Class)> {
    operation
        .iter()
        .map(|e| (e.attempt, e.send, e.class))
        .collect()
}

/// Between two moments.
pub fn passed(from: std::time::Instant, to: std::time::Instant) -> Duration {
    to.saturating_duration_since(from)
}
