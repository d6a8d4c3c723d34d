//! The rate as it is seen from here: how many requests this history sent to one origin with one credential, lately. It is
//! what can be said where the server says nothing; it knows nothing of what others send elsewhere.

use std::time::Duration;

use jiff::Timestamp;

/// The two windows, in seconds.
pub const WINDOWS: [u64; 2] = [10, 60];

/// Of how many of the last sends it is said how many were refused.
pub const LAST: usize = 50;

/// How many sends are counted at most; as many as this means "or more".
pub const MOST: usize = 1000;

/// A send that left this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// When its intent was written.
    pub at: Timestamp,
    /// Whether it was answered with 429.
    pub limited: bool,
}

/// What the sends come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// How many in the last 10 seconds and in the last 60.
    pub sent: [usize; 2],
    /// How many of the last were refused with 429.
    pub limited: usize,
    /// How many the last are: [`LAST`], or all that are known.
    pub of: usize,
}

impl Rate {
    /// The rate now, of sends in any order but for the newest [`LAST`], which come first.
    pub fn of(sends: &[Sent], now: Timestamp) -> Rate {
        let last = &sends[..sends.len().min(LAST)];
        let within = |window| {
            sends
                .iter()
                .filter(|sent| left(sent, window, now).is_some())
                .count()
        };
        Rate {
            sent: WINDOWS.map(within),
            limited: last.iter().filter(|sent| sent.limited).count(),
            of: last.len(),
        }
    }
}

/// When the next send leaves this window (in seconds), and the number with it; `None` when none is in it.
pub fn changes_in(sends: &[Sent], window: u64, now: Timestamp) -> Option<Duration> {
    sends
        .iter()
        .filter_map(|sent| left(sent, window, now))
        .min()
}

/// How long a send stays in the window. One that lies ahead by no more than the window was written by a clock that was
/// set back, or just now by another process: it counts. One far ahead would count for ever.
fn left(sent: &Sent, window: u64, now: Timestamp) -> Option<Duration> {
    let window = i64::try_from(window).ok()?.checked_mul(1000)?;
    let age = now.as_millisecond() - sent.at.as_millisecond();
    let left = (-window <= age).then(|| window - age)?;
    (left > 0).then(|| Duration::from_millis(left.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::{SignedDuration, Timestamp};
    use proptest::prelude::{any, prop_assert, proptest};

    use super::{LAST, Rate, Sent, changes_in};

    fn now() -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1)
    }

    /// Sends of so many milliseconds ago.
    fn sends(ages: &[i64]) -> Vec<Sent> {
        let sent = |age: &i64| Sent {
            at: now() - SignedDuration::from_millis(*age),
            limited: age % 2 == 1,
        };
        ages.iter().map(sent).collect()
    }

    #[test]
    fn sends_are_counted_by_their_age() {
        for (ages, sent, limited, of, change) in [
            (&[][..], [0, 0], 0, 0, None),
            (&[0], [1, 1], 0, 1, Some(60_000)),
            (&[9_999], [1, 1], 1, 1, Some(50_001)),
            (&[10_000], [0, 1], 0, 1, Some(50_000)),
            (&[1, 11_000, 59_999], [1, 3], 2, 3, Some(1)),
            (&[60_000, 3_000_001], [0, 0], 1, 2, None),
            // Another process wrote it while we looked; and one that a wrong clock wrote.
            (&[-5, -3_000_000], [1, 1], 0, 2, Some(60_005)),
        ] {
            let sends = sends(ages);
            let expected = Rate { sent, limited, of };
            assert_eq!(Rate::of(&sends, now()), expected, "{ages:?}");
            let change = change.map(Duration::from_millis);
            assert_eq!(changes_in(&sends, 60, now()), change, "{ages:?}");
        }
    }

    #[test]
    fn refusals_are_counted_among_the_last() {
        let ages: Vec<i64> = (0..2 * LAST as i64).map(|n| 100_001 + 2 * n).collect();
        let rate = Rate::of(&sends(&ages), now());
        assert_eq!((rate.limited, rate.of), (LAST, LAST));
    }

    proptest! {
        #[test]
        fn a_number_holds_until_it_is_said_to_change(ages in proptest::collection::vec(0_i64..70_000, 0..20), later in any::<u16>()) {
            let sends = sends(&ages);
            let then = now() + SignedDuration::from_millis(i64::from(later));
            let changed = Rate::of(&sends, now()).sent[1] != Rate::of(&sends, then).sent[1];
            let due = changes_in(&sends, 60, now()).is_some_and(|due| due <= Duration::from_millis(later.into()));
            prop_assert!(changed == due);
        }
    }
}
