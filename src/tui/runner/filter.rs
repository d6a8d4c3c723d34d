//! A jq filter over the body of an answer, for the screen: run in its process, its results indexed.
//!
//! ```text
//!   FilterBody ─▶ the body's file ─▶ jq ─▶ a file that nobody else sees ─▶ indexed ─▶ BodyFiltered
//!                                    └ killed once nobody waits: Running is dropped
//! ```
//!
//! The results may be as long as `jq` lets them be: they rest in a file, not in memory. It has no name, or loses it with
//! its last reader, so nothing is left behind whatever ends the program.

use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::document::Document;
use crate::document::indexing::Indexing;
use crate::domain::id::ExchangeId;
use crate::jq::error::JqError;
use crate::jq::parent::{Jq, Limits};
use crate::store::Store;
use crate::tui::message::{FilterFailure, Filtered, Message};
use crate::tui::runner::body::BodyFile;

/// How much is indexed between two looks at whether anybody waits.
const STEP: usize = 4 << 20;

/// A filter that runs, as long as this is kept.
#[derive(Debug)]
pub(super) struct Running {
    _wanted: DropGuard,
    ended: JoinHandle<()>,
}

impl Running {
    /// Ends it, and waits so long for its process to be gone.
    pub(super) async fn end(self, patience: Duration) {
        let Running { _wanted, ended } = self;
        drop(_wanted);
        let _ = tokio::time::timeout(patience, ended).await;
    }
}

/// Runs a filter over the body of this exchange's answer, and tells what came of it.
pub(super) fn run(
    store: Store,
    (run, id, filter): (u64, ExchangeId, String),
    messages: mpsc::UnboundedSender<Message>,
) -> Running {
    let cancel = CancellationToken::new();
    let _wanted = cancel.clone().drop_guard();
    let ended = tokio::task::spawn_blocking(move || {
        if let Some(filtered) = filtered(&store, &id, &filter, &cancel) {
            let filtered = Box::new(filtered);
            let _ = messages.send(Message::BodyFiltered { run, filtered });
        }
    });
    Running { _wanted, ended }
}

/// What a filter made of a body; nothing when nobody waits for it any more.
fn filtered(
    store: &Store,
    id: &ExchangeId,
    filter: &str,
    cancel: &CancellationToken,
) -> Option<Filtered> {
    let mut failure = None;
    let made = results(store, id, filter, cancel, &mut failure);
    let document = made.unwrap_or_else(|cause| {
        failure = Some(FilterFailure {
            what: cause,
            place: None,
        });
        None
    });
    let filtered = Filtered { document, failure };
    (!cancel.is_cancelled()).then_some(filtered)
}

/// The results until the filter's end or its failure; `None` when there are none.
fn results(
    store: &Store,
    id: &ExchangeId,
    filter: &str,
    cancel: &CancellationToken,
    failure: &mut Option<FilterFailure>,
) -> Result<Option<Document>, String> {
    let body = store.open_body(id).map_err(|error| error.to_string())?;
    let body = body.map_or_else(Stdio::null, Stdio::from);
    let unkept = |error: io::Error| format!("the results cannot be kept: {error}");
    let mut file = tempfile::tempfile().map_err(unkept)?;
    let jq = Jq::new(Limits::default()).map_err(|error| told(&error))?;
    // On a thread that may block: so may the file.
    let ended = Handle::current().block_on(jq.run(body, filter, cancel, &mut file));
    *failure = ended.err().map(of_jq);
    let source = BodyFile::new(file).map_err(unkept)?;
    let mut indexing = Indexing::new(Arc::new(source), "application/json");
    while !cancel.is_cancelled() && indexing.step(STEP).map_err(unkept)? {}
    if cancel.is_cancelled() {
        return Ok(None);
    }
    indexing.finish().map_err(unkept)?;
    Ok(Some(indexing.document()).filter(|document| document.indexed() > 0))
}

fn of_jq(error: JqError) -> FilterFailure {
    match error {
        JqError::Syntax(error) => FilterFailure {
            what: error.what,
            place: Some(error.start..error.end),
        },
        error => FilterFailure {
            what: told(&error),
            place: None,
        },
    }
}

fn told(error: &JqError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
