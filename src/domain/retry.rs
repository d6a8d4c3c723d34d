//! When a request may be sent again by itself, and how long that waits.
//!
//! ```text
//!   429 ──▶ Retry-After, else the quota fields, else exponential backoff ──▶ Wait ──▶ held, and sent with the same key
//!   no answer (a key was sent, and the verdict on it is "safe" or "runs") ──▶ backoff ──▶ sent with the same key
//!   anything else, a 5xx above all ──▶ never by itself: its Retry-After is shown, and a person decides
//! ```
//!
//! Sources: the API page (a 429 runs under the same key, "exponential backoff on requests"; a 5xx is indeterminate),
//! RFC 9110 10.2.3 (`Retry-After`), draft-ietf-httpapi-ratelimit-headers (`Retry-After` takes precedence over the quota
//! fields). Who goes first when several wait for the same quota is said in `hold`.
//!
//! What is not here: clock, dice and sleeping. "Now" and dice are arguments.

pub mod hold;

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::exchange::{Class, Summary};
use crate::domain::idempotency::{Candidate, SameKey, advise};
use crate::domain::operation::Operation;
use crate::domain::profile::Profile;
use crate::domain::rate_limit::Quota;

/// No wait that we choose is shorter: a server that says "at once" after a 429 must not be hammered.
pub const FLOOR: Duration = Duration::from_millis(250);

/// The first step of the exponential backoff (stripe-node's).
const BASE: Duration = Duration::from_millis(500);

/// The longest step of the exponential backoff: below [`Retry::default`]'s `max_wait`, so that it is always held.
const CAP: Duration = Duration::from_secs(30);

/// The most that is added to a wait that the server named, so that its clients do not come back as one.
pub const MOST_JITTER: Duration = Duration::from_secs(1);

/// How often a request may be sent again by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// After a 429.
    pub rate_limited: u32,
    /// After a lost answer.
    pub lost: u32,
    /// A wait above this is not held: it stops and says when.
    pub max_wait: Duration,
}

impl Default for Retry {
    /// Never by itself.
    fn default() -> Retry {
        Retry {
            rate_limited: 0,
            lost: 0,
            max_wait: Duration::from_secs(60),
        }
    }
}

/// Why something is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// It was answered 429: nothing ran.
    RateLimited,
    /// No answer came: the same key finds out what happened.
    Lost,
}

impl Again {
    /// What an outcome of this class allows, given whether a key was sent. A 5xx and every other answer: nothing.
    pub fn after(class: Class, keyed: bool) -> Option<Again> {
        match class {
            Class::RateLimited => Some(Again::RateLimited),
            Class::Indeterminate if keyed => Some(Again::Lost),
            _ => None,
        }
    }
}

/// Whether a send whose answer was lost may be sent again by itself: a key was sent, and the verdict on that key, over
/// the whole operation, is "safe" or "runs". Everything else asks a person.
pub fn finds_out(operation: &Operation, lost: &Summary, profile: &Profile, now: Timestamp) -> bool {
    if lost.idempotency_key.is_none() {
        return false;
    }
    let advice = advise(operation, &Candidate::again(lost), profile, now);
    matches!(advice.same_key, Some(SameKey::Safe | SameKey::Runs))
}

/// A wait before the next send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What was asked for, or chosen; never sent earlier than this.
    pub asked: Duration,
    /// The same with its jitter: when it is sent.
    pub whole: Duration,
    /// Whether the server named it. If not, it is our backoff.
    pub is_named: bool,
}

/// How long to wait after a 429: what the server says, and up to 10 % more but no more than [`MOST_JITTER`]; or
/// exponential backoff with full jitter. `unnamed` counts the 429s in a row that named no time, from 0. `dice` are
/// fresh random bits.
pub fn after_limit(quota: Option<&Quota>, unnamed: u32, dice: u32) -> Wait {
    let Some(asked) = quota.and_then(named) else {
        let chosen = backoff(unnamed, dice);
        return Wait {
            asked: chosen,
            whole: chosen,
            is_named: false,
        };
    };
    Wait {
        asked,
        whole: (asked + jitter(asked, dice)).max(FLOOR),
        is_named: true,
    }
}

/// What is added to a wait that the server named.
pub fn jitter(asked: Duration, dice: u32) -> Duration {
    (asked / 10).min(MOST_JITTER).mul_f64(fraction(dice))
}

/// Exponential backoff with full jitter, `U(0, min(cap, base * 2^n))`, and never below [`FLOOR`].
pub fn backoff(n: u32, dice: u32) -> Duration {
    let doubled = BASE.saturating_mul(1u32.checked_shl(n).unwrap_or(u32::MAX));
    doubled.min(CAP).mul_f64(fraction(dice)).max(FLOOR)
}

/// What the server says of a 429: `Retry-After`, else until the reset of what is used up. Where it tells the reset but
/// not what is left, the 429 itself says that nothing is.
fn named(quota: &Quota) -> Option<Duration> {
    let reset = || {
        quota
            .reset_seconds
            .filter(|_| quota.remaining.is_none())
            .map(Duration::from_secs)
    };
    quota.wait().or_else(reset)
}

/// From 0 to below 1.
fn fraction(dice: u32) -> f64 {
    f64::from(dice) / (f64::from(u32::MAX) + 1.0)
}

/// This long after `now`; the end of time when that is beyond it.
pub fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// How long it is until then; zero when it is past.
pub fn until(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use proptest::option;
    use proptest::prelude::{any, prop_assert, proptest};

    use super::{Again, CAP, FLOOR, MOST_JITTER, after_limit, backoff, finds_out, later, until};
    use crate::domain::exchange::{Class, Summary};
    use crate::domain::operation::tests::summary;
    use crate::domain::profile::Profile;
    use crate::domain::rate_limit::Quota;

    fn quota(retry: Option<u64>, remaining: Option<u64>, reset: Option<u64>) -> Quota {
        Quota {
            retry_after_seconds: retry,
            remaining,
            reset_seconds: reset,
            ..Quota::default()
        }
    }

    #[test]
    fn what_a_429_says_of_the_wait() {
        let s = Duration::from_secs;
        for (name, quota, asked) in [
            ("Retry-After", quota(Some(7), None, None), Some(s(7))),
            (
                "it takes precedence over the quota",
                quota(Some(7), Some(0), Some(3)),
                Some(s(7)),
            ),
            (
                "also over a longer reset",
                quota(Some(3), Some(0), Some(7)),
                Some(s(3)),
            ),
            (
                "the quota fields",
                quota(None, Some(0), Some(9)),
                Some(s(9)),
            ),
            (
                "a reset, and not what is left",
                quota(None, None, Some(9)),
                Some(s(9)),
            ),
            (
                "another limit than the one that is told of",
                quota(None, Some(5), Some(9)),
                None,
            ),
            (
                "used up, until nobody knows",
                quota(None, Some(0), None),
                None,
            ),
            ("at once", quota(Some(0), None, None), Some(s(0))),
        ] {
            let wait = after_limit(Some(&quota), 0, 0);
            assert_eq!(wait.is_named.then_some(wait.asked), asked, "{name}");
            assert!(wait.whole >= FLOOR, "{name}");
        }
        assert!(!after_limit(None, 0, 0).is_named);
    }

    #[test]
    fn backoff_doubles_up_to_its_cap_and_never_falls_below_its_floor() {
        let most = u32::MAX;
        let rounded = |wait: Duration| (wait.as_nanos() + 500_000) / 1_000_000;
        let ms = |n| rounded(backoff(n, most));
        assert_eq!(
            [ms(0), ms(1), ms(2), ms(5), ms(6), ms(31), ms(32), ms(most)],
            [500, 1000, 2000, 16_000, 30_000, 30_000, 30_000, 30_000]
        );
        assert_eq!(backoff(0, 0), FLOOR);
        assert_eq!(backoff(40, 0), FLOOR);
        assert_eq!(
            rounded(backoff(3, most / 2)),
            2000,
            "full jitter: half way is half"
        );
    }

    proptest! {
        #[test]
        fn never_earlier_than_retry_after_and_never_much_later(
            seconds in 0u64..=31 * 24 * 60 * 60,
            remaining in option::of(any::<u64>()),
            reset in option::of(0u64..10_000),
            unnamed in any::<u32>(),
            dice in any::<u32>(),
        ) {
            let wait = after_limit(Some(&quota(Some(seconds), remaining, reset)), unnamed, dice);
            let asked = Duration::from_secs(seconds);
            prop_assert!(wait.is_named && wait.asked == asked);
            prop_assert!(wait.whole >= asked);
            prop_assert!(wait.whole <= (asked + asked / 10).max(FLOOR));
            prop_assert!(wait.whole <= (asked + MOST_JITTER).max(FLOOR));
        }

        #[test]
        fn backoff_stays_between_floor_and_cap(n in any::<u32>(), dice in any::<u32>()) {
            let wait = after_limit(None, n, dice);
            prop_assert!(!wait.is_named && wait.asked == wait.whole);
            prop_assert!((FLOOR..=CAP).contains(&wait.whole));
        }

        #[test]
        fn more_dice_is_no_shorter_a_wait(n in 0u32..12, a in any::<u32>(), b in any::<u32>()) {
            prop_assert!(backoff(n, a.min(b)) <= backoff(n, a.max(b)));
            prop_assert!(backoff(n, a) <= backoff(n + 1, a));
        }
    }

    #[test]
    fn only_a_429_and_a_lost_answer_under_a_key_go_again() {
        use Class as C;
        for (class, keyed, without_key) in [
            (
                C::RateLimited,
                Some(Again::RateLimited),
                Some(Again::RateLimited),
            ),
            (C::Indeterminate, Some(Again::Lost), None),
            (C::ServerError, None, None),
            (C::ClientError, None, None),
            (C::Success, None, None),
            (C::Redirect, None, None),
            (C::Informational, None, None),
            (C::Failed, None, None),
            (C::Held, None, None),
            (C::InFlight, None, None),
        ] {
            assert_eq!(Again::after(class, true), keyed, "{class:?}");
            assert_eq!(Again::after(class, false), without_key, "{class:?}");
        }
    }

    #[test]
    fn a_lost_answer_is_asked_for_only_where_the_verdict_is_clear() {
        let profile = Profile::new("p");
        let now = later(Timestamp::UNIX_EPOCH, Duration::from_secs(5));
        let lost = summary(Some("a"), Class::Indeterminate, None);
        let done = summary(Some("b"), Class::Success, Some(201));
        let failed = summary(Some("a"), Class::ServerError, Some(500));
        let keyless = summary(None, Class::Indeterminate, None);
        let late = later(Timestamp::UNIX_EPOCH, Duration::from_secs(365 * 24 * 3600));
        for (name, operation, last, now, expected) in [
            ("it may be asked for", vec![lost.clone()], &lost, now, true),
            ("without a key", vec![keyless.clone()], &keyless, now, false),
            (
                "another key did it",
                vec![lost.clone(), Summary { attempt: 2, ..done }],
                &lost,
                now,
                false,
            ),
            ("the key is too old", vec![lost.clone()], &lost, late, false),
            (
                "a 5xx came instead",
                vec![failed.clone()],
                &failed,
                now,
                false,
            ),
        ] {
            assert_eq!(
                finds_out(&operation.clone().into(), last, &profile, now),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn time_has_an_end() {
        assert_eq!(later(Timestamp::MAX, FLOOR), Timestamp::MAX);
        assert_eq!(until(Timestamp::MIN, Timestamp::MAX), Duration::ZERO);
    }
}
