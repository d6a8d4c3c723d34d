//! What one exchange shows of its execution, judged by itself.
//!
//! ```text
//!   authentication ─▶ limiter ─▶ idempotency layer ─▶ validation ─▶ action
//!      401              429      409 in progress,      4xx           2xx, or 5xx: who knows
//!                                422 key reused
//! ```
//!
//! How several exchanges bear on each other is `past`'s part.

use crate::domain::exchange::{Class, Summary};
use crate::domain::profile::Profile;

/// What one exchange shows of its execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trace {
    /// Held or failed: no byte left.
    NotSent,
    /// A safe method: it asked for nothing to be done (RFC 9110 9.2.1), so its answer says nothing of the action.
    Asked,
    /// 401, 429: said before the idempotency layer.
    BeforeLayer,
    /// 2xx: done, and saved under its key.
    Done,
    /// 3xx: it may have acted; a proxy in front may as well have said it, so it proves nothing of its key.
    Redirect,
    /// 4xx that the page places behind the idempotency layer: nothing was done under this key.
    Refused,
    /// Another 4xx: this send did nothing; whether the idempotency layer was asked is not known.
    Rejected,
    /// 4xx whose code says that the key was used with another payload: nothing of this send's own execution.
    KeyReused,
    /// 409 whose code says that the first request with this key still runs.
    InProgress,
    /// 409 whose codes all name a state conflict of the resource: this send did nothing, but settles no earlier one.
    StateConflict,
    /// 409 that no known code explains.
    Conflict,
    /// 5xx.
    ServerError,
    /// No answer is known, or none yet.
    NoAnswer,
}

impl Trace {
    /// Reads one exchange.
    pub(super) fn of(exchange: &Summary, profile: &Profile) -> Trace {
        match (exchange.class, exchange.status) {
            (Class::Held | Class::Failed, _) => Trace::NotSent,
            _ if exchange.method.is_safe() => Trace::Asked,
            // A final 1xx is a broken server's: what came after it is lost.
            (Class::InFlight | Class::Indeterminate | Class::Informational, _) => Trace::NoAnswer,
            (Class::Success, _) => Trace::Done,
            (Class::Redirect, _) => Trace::Redirect,
            (Class::ServerError, _) => Trace::ServerError,
            (Class::RateLimited, _) => Trace::BeforeLayer,
            // No status with a class that has one: nothing is known of it.
            (Class::ClientError, None) => Trace::NoAnswer,
            (Class::ClientError, Some(status)) => Trace::of_client_error(exchange, status, profile),
        }
    }

    fn of_client_error(exchange: &Summary, status: u16, profile: &Profile) -> Trace {
        let names = |codes: &[String]| exchange.codes.iter().any(|code| codes.contains(code));
        match status {
            401 | 429 => Trace::BeforeLayer,
            408 | 425 => Trace::NoAnswer,
            409 if names(&profile.in_progress_codes) => Trace::InProgress,
            409 if all_named(&exchange.codes, &profile.state_conflict_codes) => {
                Trace::StateConflict
            }
            409 => Trace::Conflict,
            _ if names(&profile.key_reused_codes) => Trace::KeyReused,
            // A 403, 405 or 413 is as often a gateway's that never asked the idempotency layer: the careful side is
            // to let only what the page places behind the layer settle anything, and what is marked as saved in it.
            400 | 402 | 404 | 422 => Trace::Refused,
            _ if exchange.replayed => Trace::Refused,
            _ => Trace::Rejected,
        }
    }

    /// Whether it may have reached the server's idempotency layer.
    pub(super) fn may_have_reached(self) -> bool {
        !matches!(self, Trace::NotSent | Trace::Asked | Trace::BeforeLayer)
    }

    /// Whether the action may have been done without our knowing.
    pub(super) fn is_doubt(self) -> bool {
        matches!(
            self,
            Trace::ServerError | Trace::NoAnswer | Trace::InProgress | Trace::Conflict
        )
    }

    /// Whether the request was turned down: a new key is right once it is mended.
    pub(super) fn is_refusal(self) -> bool {
        matches!(
            self,
            Trace::Refused | Trace::Rejected | Trace::KeyReused | Trace::StateConflict
        )
    }

    /// Whether this answer, under the same key, says what became of an earlier send that was in doubt.
    pub(super) fn settles(self) -> bool {
        matches!(self, Trace::Done | Trace::Refused)
    }
}

/// One error that is no state conflict makes the whole answer unexplained: the careful side.
fn all_named(codes: &[String], known: &[String]) -> bool {
    !codes.is_empty() && codes.iter().all(|code| known.contains(code))
}
