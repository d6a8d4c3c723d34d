//! The sandbox as a server: accepts connections, hands requests to the order of work, delivers answers.
//!
//! ```text
//!   accept ──▶ a task per connection: hyper ──▶ receive ──▶ a blocking thread: prepare, ledger, work ──▶ deliver
//! ```
//! A blocking task is not cancelled: hyper drops a request's future when the client hangs up, and the action, once begun,
//! still comes to its end. Slow clients wait in their own tasks, before and after that.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::StreamExt;
use http::{Method, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::sandbox::answer::stream;
use crate::sandbox::call::Call;
use crate::sandbox::ledger::Ledger;
use crate::sandbox::wire::{self, Misbehaved};
use crate::sandbox::work::{self, Delivery, Rules};

/// How long answers that are under way may take when the sandbox is stopped.
const GRACE: Duration = Duration::from_millis(500);
/// The pause after an accept that failed: out of file handles, mostly, which only time cures.
const AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(50);

type Body = UnsyncBoxBody<Bytes, Infallible>;
/// Where a request leaves what is to be written past hyper.
type Slot = Arc<Mutex<Option<Misbehaved>>>;

/// What all connections share.
pub struct Sandbox {
    /// The state.
    pub ledger: Ledger,
    /// What is fixed.
    pub rules: Rules,
}

/// Why hyper is to write no answer.
#[derive(Debug, Error)]
enum Unanswered {
    #[error("the request did not come to its end: {0}")]
    Incomplete(#[from] hyper::Error),
    #[error("the answer is written past hyper")]
    Misbehaved,
}

/// Accepts connections until `stop`, then gives those that are busy a moment.
pub async fn serve(listener: TcpListener, sandbox: Arc<Sandbox>, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => {
                    connections.spawn(converse(socket, Arc::clone(&sandbox), stop.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "the sandbox could not accept a connection");
                    tokio::time::sleep(AFTER_FAILED_ACCEPT).await;
                }
            }
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    // Whoever is still busy after that is cut off when `connections` is dropped.
    let _ = tokio::time::timeout(GRACE, ended).await;
}

async fn converse(socket: TcpStream, sandbox: Arc<Sandbox>, stop: CancellationToken) {
    // Without it small answers wait for the client's acknowledgement; a socket that refuses is slow, not broken.
    let _ = socket.set_nodelay(true);
    let slot = Slot::default();
    let service =
        service_fn(|request| Box::pin(respond(Arc::clone(&sandbox), Arc::clone(&slot), request)));
    // A client may close its sending side and still wait for the answer (`nc` does).
    let mut connection = http1::Builder::new()
        .half_close(true)
        .serve_connection(TokioIo::new(socket), service);
    let mut stopping = false;
    let ended = loop {
        tokio::select! {
            ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => break ended,
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                // By its full path: `select!` brings a `Pin` of its own into scope.
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    let mut socket = connection.into_parts().io.into_inner();
    let misbehaved = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    let closed = match misbehaved {
        Some(misbehaved) => wire::write(socket, misbehaved).await,
        None => socket.shutdown().await,
    };
    tracing::trace!(?ended, ?closed, "a connection to the sandbox ended");
}

async fn respond(
    sandbox: Arc<Sandbox>,
    slot: Slot,
    request: Request<Incoming>,
) -> Result<Response<Body>, Unanswered> {
    let call = Call::receive(request).await?;
    let head_only = call.method == Method::HEAD;
    let Delivery {
        mut answer, manner, ..
    } = work_off(sandbox, call).await;
    tokio::time::sleep(manner.delay).await;
    if manner.is_below_http() {
        let misbehaved = Misbehaved {
            answer,
            manner,
            head_only,
        };
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(misbehaved);
        return Err(Unanswered::Misbehaved);
    }
    answer.frame();
    let frames = stream(answer.content, manner.drip).map(|piece| Ok(Frame::data(piece)));
    let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    Ok(response)
}

/// Does the work on a blocking thread, and logs what came of it: no query, no header, no body, no fault's value.
async fn work_off(sandbox: Arc<Sandbox>, call: Call) -> Delivery {
    let rules = sandbox.rules;
    let work = tokio::task::spawn_blocking(move || {
        let prepared = call.prepare();
        let delivery = sandbox
            .ledger
            .transact(|state| work::carry_out(state, &prepared, rules, now()))
            .unwrap_or_else(|error| {
                tracing::error!(%error, "the sandbox answers 500");
                work::out_of_order(rules, now())
            });
        log(&prepared.call, &delivery);
        delivery
    });
    work.await.unwrap_or_else(|error| {
        tracing::error!(%error, "the sandbox failed while it answered");
        work::out_of_order(rules, now())
    })
}

fn log(call: &Call, delivery: &Delivery) {
    let request_id = delivery
        .answer
        .headers
        .get("request-id")
        .and_then(|id| id.to_str().ok());
    tracing::info!(
        method = %call.method,
        // Quoted, because a path may hold what a terminal would obey.
        path = ?call.path,
        status = delivery.answer.status.as_u16(),
        fault = delivery.faults.join("; "),
        request_id,
        "sandbox"
    );
}

/// Milliseconds since 1970; a clock before that counts as 1970.
fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX >> 1)
}
