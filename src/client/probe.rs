//! What one send went through, seen from inside its connector.
//!
//! reqwest tells neither when a phase began nor whether a connection was handed over, so each send carries a probe
//! as a task-local, and the resolver, the connector layer and the TLS session store mark it as they are passed:
//!
//! ```text
//!   start ── lookup ─┬─ TCP ─┬─ TLS ─┬─ handed ── status line ── end
//!             dns_ms  connect_ms tls_ms   ▲ from here on a byte may have left
//! ```
//!
//! With a proxy, lookup and TCP are the proxy's, and what the proxy needs to open its tunnel counts as connecting.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::client::answer::Answer;
use crate::domain::exchange::{Failure, Timing};

tokio::task_local! {
    static PROBE: Arc<Probe>;
}

/// The marks of one send.
pub(crate) struct Probe {
    start: Instant,
    tls: bool,
    marks: Mutex<Marks>,
    handed: Notify,
}

#[derive(Clone, Copy, Default)]
struct Marks {
    connecting: Option<Instant>,
    looking_up: Option<Instant>,
    looked_up: Option<Instant>,
    shaking_hands: Option<Instant>,
    handed: Option<Instant>,
    answered: Option<Instant>,
}

/// How far a send got before it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    /// Nothing was begun.
    Start,
    /// The name was being looked up.
    Lookup,
    /// The TCP connection was being made.
    Connect,
    /// The TLS handshake was going on.
    Handshake,
    /// A connection was handed to the request: a byte may have left.
    Handed,
}

impl Probe {
    /// A probe whose clock starts now; `tls` says whether there will be a handshake.
    pub(crate) fn start(tls: bool) -> Probe {
        Probe {
            start: Instant::now(),
            tls,
            marks: Mutex::default(),
            handed: Notify::new(),
        }
    }

    /// Runs a send with this probe in reach of everything that it passes.
    pub(crate) fn scope<F: Future>(probe: &Arc<Probe>, send: F) -> impl Future<Output = F::Output> {
        PROBE.scope(Arc::clone(probe), send)
    }

    /// The probe of the send that polls the caller.
    pub(crate) fn current() -> Option<Arc<Probe>> {
        PROBE.try_with(Arc::clone).ok()
    }

    pub(crate) fn started(&self) -> Instant {
        self.start
    }

    fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connector was asked for a connection.
    pub(crate) fn connecting(&self) {
        self.marks().connecting = Some(Instant::now());
    }

    /// A name lookup began.
    pub(crate) fn looking_up(&self) {
        self.marks().looking_up = Some(Instant::now());
    }

    /// A name lookup ended.
    pub(crate) fn looked_up(&self) {
        self.marks().looked_up = Some(Instant::now());
    }

    /// A TLS handshake began: with the server, after one with an `https` proxy.
    pub(crate) fn shaking_hands(&self) {
        self.marks().shaking_hands = Some(Instant::now());
    }

    /// The connector is about to return a connection: from now on a byte may leave.
    pub(crate) fn hand_over(&self) {
        self.marks().handed = Some(Instant::now());
        self.handed.notify_one();
    }

    /// Waits for [`Probe::hand_over`]; once it happened before, at once, and only once.
    pub(crate) async fn handed(&self) {
        self.handed.notified().await;
    }

    /// The status line arrived.
    pub(crate) fn answered(&self) {
        self.marks().answered = Some(Instant::now());
    }

    /// How far it got.
    pub(crate) fn reached(&self) -> Reached {
        self.marks().reached()
    }

    /// The answer when no status line came: whether a byte may have left decides its kind.
    pub(crate) fn unanswered(&self, failure: Failure) -> Answer {
        let timing = self.timing();
        match self.reached() {
            Reached::Handed => Answer::Indeterminate { failure, timing },
            _ => Answer::Failed { failure, timing },
        }
    }

    /// The phases so far, ending now.
    pub(crate) fn timing(&self) -> Timing {
        self.marks().timing(self.start, Instant::now(), self.tls)
    }
}

impl Marks {
    fn reached(&self) -> Reached {
        match self {
            Marks {
                handed: Some(_), ..
            } => Reached::Handed,
            Marks {
                shaking_hands: Some(_),
                ..
            } => Reached::Handshake,
            Marks {
                looking_up: Some(_),
                looked_up: None,
                ..
            } => Reached::Lookup,
            Marks {
                connecting: Some(_),
                ..
            } => Reached::Connect,
            _ => Reached::Start,
        }
    }

    fn timing(&self, start: Instant, now: Instant, tls: bool) -> Timing {
        let tcp_began = match self.looking_up {
            Some(_) => self.looked_up,
            None => self.connecting,
        };
        let tcp_ended = if tls { self.shaking_hands } else { self.handed };
        Timing {
            dns_ms: span(self.looking_up, self.looked_up),
            connect_ms: span(tcp_began, tcp_ended),
            tls_ms: span(self.shaking_hands.filter(|_| tls), self.handed),
            first_byte_ms: span(Some(start), self.answered),
            total_ms: span(Some(start), Some(now)),
        }
    }
}

/// Milliseconds from one mark to a later one.
fn span(from: Option<Instant>, to: Option<Instant>) -> Option<f64> {
    let span = to?.saturating_duration_since(from?);
    Some(span.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Marks, Reached};
    use crate::domain::exchange::Timing;

    #[test]
    fn phases_are_what_lies_between_the_marks() {
        let start = Instant::now();
        let at = |ms| Some(start + Duration::from_millis(ms));
        let mut marks = Marks::default();
        assert_eq!(marks.reached(), Reached::Start);
        marks.connecting = at(10);
        assert_eq!(marks.reached(), Reached::Connect);
        marks.looking_up = at(10);
        assert_eq!(marks.reached(), Reached::Lookup);
        marks.looked_up = at(20);
        assert_eq!(marks.reached(), Reached::Connect);
        marks.shaking_hands = at(40);
        assert_eq!(marks.reached(), Reached::Handshake);
        marks.handed = at(50);
        assert_eq!(marks.reached(), Reached::Handed);
        marks.answered = at(60);
        let expected = Timing {
            dns_ms: Some(10.0),
            connect_ms: Some(20.0),
            tls_ms: Some(10.0),
            first_byte_ms: Some(60.0),
            total_ms: Some(70.0),
        };
        assert_eq!(
            marks.timing(start, start + Duration::from_millis(70), true),
            expected
        );
    }

    #[test]
    fn what_was_not_seen_is_none() {
        let start = Instant::now();
        let (connecting, now) = (Some(start), start + Duration::from_millis(8));
        let unconnected = Marks {
            connecting,
            ..Marks::default()
        };
        let connected = Marks {
            handed: Some(now),
            ..unconnected
        };
        let looking_up = Marks {
            looking_up: Some(start),
            ..unconnected
        };
        for (marks, tls, connect_ms) in [
            (unconnected, false, None),
            (looking_up, false, None),
            (connected, false, Some(8.0)),
            // The start of the handshake was missed: neither phase is guessed.
            (connected, true, None),
        ] {
            let timing = marks.timing(start, now, tls);
            let expected = Timing {
                connect_ms,
                total_ms: Some(8.0),
                ..Timing::default()
            };
            assert_eq!(timing, expected);
        }
    }
}
