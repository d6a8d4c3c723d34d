//! Sending again by itself, as the screen has it: the mode that a key turns, and the wait of one order.
//!
//! ```text
//!   w ▶ Resend: off ─▶ after a 429 ─▶ after a 429 and a lost answer ─▶ off ──retry()──▶ with each order, as it is then
//!   dispatch ▶ Wait ▶ a countdown in the history's row, a sentence where the answer would stand
//! ```
//!
//! When something is sent again, and how long that waits, is decided in `domain/retry` and `dispatch`; here are the
//! words for it only.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::id::ExchangeId;
use crate::domain::retry::{Again, Retry, until};

/// How often after a 429. Five waits, each of a minute at most.
const LIMITED: u32 = 5;

/// How often after a lost answer.
const LOST: u32 = 2;

/// Whether what is sent is sent again by itself. A 5xx never is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resend {
    /// Never.
    #[default]
    Off,
    /// After a 429.
    Limited,
    /// After a 429, and after a lost answer with the same key.
    LimitedAndLost,
}

impl Resend {
    /// The mode that the key turns to.
    pub fn next(self) -> Resend {
        match self {
            Resend::Off => Resend::Limited,
            Resend::Limited => Resend::LimitedAndLost,
            Resend::LimitedAndLost => Resend::Off,
        }
    }

    /// What an order that is given in this mode allows.
    pub fn retry(self) -> Retry {
        let (rate_limited, lost) = match self {
            Resend::Off => (0, 0),
            Resend::Limited => (LIMITED, 0),
            Resend::LimitedAndLost => (LIMITED, LOST),
        };
        Retry {
            rate_limited,
            lost,
            ..Retry::default()
        }
    }

    /// The mode in a few columns; `None` when it is off.
    pub fn mark(self) -> Option<String> {
        match self {
            Resend::Off => None,
            Resend::Limited => Some(format!("↻ 429×{LIMITED}")),
            Resend::LimitedAndLost => Some(format!("↻ 429×{LIMITED} lost×{LOST}")),
        }
    }

    /// The mode in words.
    pub fn sentence(self) -> String {
        let limited = format!(
            "from now on what is answered 429 is sent again by itself, up to {LIMITED} times"
        );
        match self {
            Resend::Off => "nothing is sent again by itself from now on".to_owned(),
            Resend::Limited => format!("{limited}, with the same key"),
            Resend::LimitedAndLost => {
                format!("{limited}, and what lost its answer up to {LOST} times, with the same key")
            }
        }
    }
}

/// What an order waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Why it is sent again; `None` before the first send, when others have used the quota up.
    pub again: Option<Again>,
    /// Until when; `None` when it waits for the answer of the one that went first.
    pub until: Option<Timestamp>,
    /// Which of the allowed resends this is, from 1; 0 before the first send.
    pub number: u32,
    /// How many there may be.
    pub of: u32,
    /// Its held row, where one stands.
    pub held: Option<ExchangeId>,
}

impl Wait {
    /// What is to be shown of it at this moment.
    pub fn left(&self, now: Timestamp) -> Left {
        Left::until(self.until, now)
    }

    /// What it waits for, in words. `keyed`: an idempotency key goes with it.
    pub fn sentence(&self, keyed: bool, now: Timestamp) -> String {
        let what = match self.again {
            Some(Again::Lost) => "No answer came: asks again by itself",
            _ if self.until.is_none() => "Waits for the one that went first: goes by itself",
            _ => "Waits for the rate limit: goes by itself",
        };
        let when = match self.left(now) {
            Left::Seconds(0) => " at once".to_owned(),
            Left::Seconds(seconds) => format!(" in {}", seconds_or_minutes(seconds)),
            Left::InLine => " after it".to_owned(),
        };
        let key = match (self.again, keyed) {
            (_, false) => "",
            (Some(_), true) => " with the same key",
            (None, true) => " with its key",
        };
        let count = match self.again {
            Some(_) => format!(" Resend {} of {}.", self.number, self.of),
            None => String::new(),
        };
        format!("{what}{when}{key}.{count} Ctrl-C cancels it.")
    }
}

/// How much of a wait is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// So many seconds, begun ones counted whole.
    Seconds(u64),
    /// Until another has its answer.
    InLine,
}

impl Left {
    /// Until this moment, or until another has its answer.
    pub fn until(then: Option<Timestamp>, now: Timestamp) -> Left {
        match then {
            Some(then) => Left::Seconds(whole_seconds(until(then, now))),
            None => Left::InLine,
        }
    }

    /// As it stands in a row, in four columns at most.
    pub fn short(self) -> String {
        match self {
            Left::Seconds(seconds) => seconds_or_minutes(seconds),
            Left::InLine => "next".to_owned(),
        }
    }
}

/// Begun seconds counted whole.
pub fn whole_seconds(left: Duration) -> u64 {
    left.as_secs() + u64::from(left.subsec_nanos() > 0)
}

/// How long until [`whole_seconds`] says one less.
pub fn to_next_second(left: Duration) -> Duration {
    match left.subsec_nanos() {
        0 => Duration::from_secs(1),
        nanos => Duration::from_nanos(u64::from(nanos)),
    }
}

/// `12 s`, `5 m`: from a hundred seconds on a second more or less is nothing to wait for.
fn seconds_or_minutes(seconds: u64) -> String {
    match seconds {
        ..100 => format!("{seconds} s"),
        _ => format!("{} m", seconds.div_ceil(60).min(99)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::{Left, Resend, Wait, to_next_second, whole_seconds};
    use crate::domain::retry::{Again, later};

    #[test]
    fn the_key_goes_round_and_every_mode_says_what_it_does() {
        let mut mode = Resend::default();
        let mut seen = Vec::new();
        for _ in 0..4 {
            let retry = mode.retry();
            seen.push((retry.rate_limited, retry.lost, mode.mark()));
            assert!(!mode.sentence().contains("5xx"));
            mode = mode.next();
        }
        let mark = |text: &str| Some(text.to_owned());
        assert_eq!(
            seen,
            [
                (0, 0, None),
                (5, 0, mark("↻ 429×5")),
                (5, 2, mark("↻ 429×5 lost×2")),
                (0, 0, None)
            ]
        );
    }

    #[test]
    fn a_wait_in_words_and_in_four_columns() {
        let now = Timestamp::UNIX_EPOCH;
        let wait = |again, seconds: Option<u64>| Wait {
            again,
            until: seconds.map(|s| later(now, Duration::from_secs(s))),
            number: 2,
            of: 5,
            held: None,
        };
        for (again, seconds, keyed, sentence, short) in [
            (
                Some(Again::RateLimited),
                Some(12),
                true,
                "Waits for the rate limit: goes by itself in 12 s with the same key. Resend 2 of 5. Ctrl-C cancels it.",
                "12 s",
            ),
            (
                Some(Again::RateLimited),
                None,
                true,
                "Waits for the one that went first: goes by itself after it with the same key. Resend 2 of 5. \
                 Ctrl-C cancels it.",
                "next",
            ),
            (
                Some(Again::Lost),
                Some(1),
                true,
                "No answer came: asks again by itself in 1 s with the same key. Resend 2 of 5. Ctrl-C cancels it.",
                "1 s",
            ),
            (
                None,
                Some(3600),
                true,
                "Waits for the rate limit: goes by itself in 60 m with its key. Ctrl-C cancels it.",
                "60 m",
            ),
            (
                Some(Again::RateLimited),
                Some(0),
                false,
                "Waits for the rate limit: goes by itself at once. Resend 2 of 5. Ctrl-C cancels it.",
                "0 s",
            ),
        ] {
            let wait = wait(again, seconds);
            assert_eq!(wait.sentence(keyed, now), sentence);
            assert_eq!(wait.left(now).short(), short);
        }
    }

    #[test]
    fn a_countdown_turns_when_a_whole_second_is_gone() {
        for (left, shown, next) in [
            (0, 0, 1000),
            (1, 1, 1),
            (999, 1, 999),
            (1000, 1, 1000),
            (1001, 2, 1),
        ] {
            let left = Duration::from_millis(left);
            assert_eq!(whole_seconds(left), shown, "{left:?}");
            assert_eq!(
                to_next_second(left),
                Duration::from_millis(next),
                "{left:?}"
            );
        }
        let then = later(Timestamp::UNIX_EPOCH, Duration::from_secs(9));
        assert_eq!(
            Left::until(Some(then), Timestamp::UNIX_EPOCH),
            Left::Seconds(9)
        );
        assert_eq!(
            Left::until(Some(Timestamp::UNIX_EPOCH), then),
            Left::Seconds(0)
        );
    }
}
