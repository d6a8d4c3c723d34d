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
use std::time::Duration;

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
        let marks = *self.marks();
        match marks {
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
        let marks = *self.marks();
        let tcp_began = marks
            .looked_up
            .or(marks.connecting.filter(|_| marks.looking_up.is_none()));
        let tcp_ended = if self.tls {
            marks.shaking_hands
        } else {
            marks.handed
        };
        Timing {
            dns_ms: span(marks.looking_up, marks.looked_up),
            connect_ms: span(tcp_began, tcp_ended),
            tls_ms: span(marks.shaking_hands.filter(|_| self.tls), marks.handed),
            first_byte_ms: span(Some(self.start), marks.answered),
            total_ms: Some(ms(self.start.elapsed())),
        }
    }
}

fn span(from: Option<Instant>, to: Option<Instant>) -> Option<f64> {
    Some(ms(to?.saturating_duration_since(from?)))
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::advance;

    use super::{Probe, Reached};

    #[tokio::test(start_paused = true)]
    async fn phases_are_what_lies_between_the_marks() {
        let probe = Probe::start(true);
        assert_eq!(probe.reached(), Reached::Start);
        let step = || advance(Duration::from_millis(10));
        step().await;
        probe.connecting();
        assert_eq!(probe.reached(), Reached::Connect);
        probe.looking_up();
        assert_eq!(probe.reached(), Reached::Lookup);
        step().await;
        probe.looked_up();
        assert_eq!(probe.reached(), Reached::Connect);
        step().await;
        step().await;
        probe.shaking_hands();
        assert_eq!(probe.reached(), Reached::Handshake);
        step().await;
        probe.hand_over();
        assert_eq!(probe.reached(), Reached::Handed);
        step().await;
        probe.answered();
        step().await;
        let timing = probe.timing();
        assert_eq!(timing.dns_ms, Some(10.0));
        assert_eq!(timing.connect_ms, Some(20.0));
        assert_eq!(timing.tls_ms, Some(10.0));
        assert_eq!(timing.first_byte_ms, Some(60.0));
        assert_eq!(timing.total_ms, Some(70.0));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_seen_is_none() {
        let probe = Probe::start(false);
        probe.connecting();
        let timing = probe.timing();
        assert_eq!((timing.dns_ms, timing.connect_ms), (None, None));
        probe.hand_over();
        let timing = probe.timing();
        assert_eq!((timing.dns_ms, timing.connect_ms), (None, Some(0.0)));
        assert_eq!((timing.tls_ms, timing.first_byte_ms), (None, None));
    }
}
