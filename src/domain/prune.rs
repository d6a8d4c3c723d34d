//! How much of the history is kept, and what may go.
//!
//! ```text
//!   operations, oldest first ─▶ past a bound? ─no─▶ done: what comes is younger
//!                                    └─yes─▶ pinned, noted, unsettled, under way, remembered by the server? ─▶ stays
//!                                                 └─ none of these ─▶ goes, as a whole
//! ```
//!
//! An operation goes as a whole or not at all: the verdict is over the whole of it, and without an old 2xx a new key
//! would look safe. For the same reason nothing goes that the server may still remember the key of. How it goes is
//! `store/prune.rs`.

use std::time::Duration;

use jiff::Timestamp;

/// Nothing younger goes, whatever the bounds say and however soon servers forget a key.
pub const LEAST_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// How much is kept. Without bounds everything is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Operations whose newest exchange is older go.
    pub max_age: Option<Duration>,
    /// The oldest operations go while the database and the bodies take more bytes than this.
    pub max_bytes: Option<u64>,
}

impl Bounds {
    /// Whether there is any.
    pub fn is_empty(&self) -> bool {
        self.max_age.is_none() && self.max_bytes.is_none()
    }
}

/// What is known of an operation that may have to go.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// When its newest exchange began.
    pub newest: Timestamp,
    /// Whether one of its exchanges is pinned.
    pub pinned: bool,
    /// Whether one of them has a note.
    pub noted: bool,
    /// Whether it is left to find out what became of one.
    pub unsettled: bool,
    /// Whether one of them has no outcome yet.
    pub under_way: bool,
}

/// Why an operation stays though it is past a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stays {
    /// Somebody pinned it.
    Pinned,
    /// Somebody noted something.
    Noted,
    /// It is left to find out what it did.
    Unsettled,
    /// It is on its way.
    UnderWay,
    /// It is younger than a server may remember its key.
    Young,
}

/// Whether an operation that is past a bound stays all the same. `least_age` is how long the most patient server of the
/// profiles remembers a key.
pub fn stays(candidate: &Candidate, least_age: Duration, now: Timestamp) -> Option<Stays> {
    let young = candidate.newest > before(now, least_age.max(LEAST_AGE));
    [
        (candidate.under_way, Stays::UnderWay),
        (candidate.unsettled, Stays::Unsettled),
        (candidate.pinned, Stays::Pinned),
        (candidate.noted, Stays::Noted),
        (young, Stays::Young),
    ]
    .into_iter()
    .find_map(|(is_so, why)| is_so.then_some(why))
}

/// So long ago; the beginning of time when that is longer than time.
pub fn before(now: Timestamp, ago: Duration) -> Timestamp {
    now.checked_sub(ago).unwrap_or(Timestamp::MIN)
}

/// What went, and what stayed though it was past a bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Operations that went.
    pub operations: u64,
    /// Their exchanges.
    pub exchanges: u64,
    /// Bytes of their bodies.
    pub body_bytes: u64,
    /// Operations that stayed because they are pinned.
    pub pinned: u64,
    /// Because they have a note.
    pub noted: u64,
    /// Because they are not settled.
    pub unsettled: u64,
    /// Because they are on their way.
    pub under_way: u64,
    /// Because a server may still remember their key.
    pub young: u64,
}

impl Pruned {
    /// Counts one that stays.
    pub fn keep(&mut self, why: Stays) {
        *match why {
            Stays::Pinned => &mut self.pinned,
            Stays::Noted => &mut self.noted,
            Stays::Unsettled => &mut self.unsettled,
            Stays::UnderWay => &mut self.under_way,
            Stays::Young => &mut self.young,
        } += 1;
    }

    /// Adds what another step did.
    pub fn add(&mut self, other: &Pruned) {
        self.operations += other.operations;
        self.exchanges += other.exchanges;
        self.body_bytes += other.body_bytes;
        self.pinned += other.pinned;
        self.noted += other.noted;
        self.unsettled += other.unsettled;
        self.under_way += other.under_way;
        self.young += other.young;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::{Candidate, Stays, stays};

    #[test]
    fn what_is_wanted_or_may_be_remembered_stays() {
        let day = 24 * 60 * 60;
        let now = Timestamp::from_second(100 * day).expect("a time");
        let old = |days: i64| Candidate {
            newest: Timestamp::from_second((100 - days) * day).expect("a time"),
            pinned: false,
            noted: false,
            unsettled: false,
            under_way: false,
        };
        let least = Duration::from_secs(3 * 24 * 60 * 60);
        let pinned = Candidate {
            pinned: true,
            ..old(9)
        };
        let noted = Candidate {
            noted: true,
            ..old(9)
        };
        let unsettled = Candidate {
            unsettled: true,
            pinned: true,
            ..old(9)
        };
        let under_way = Candidate {
            under_way: true,
            ..old(9)
        };
        for (candidate, least, expected) in [
            (old(9), least, None),
            (old(2), least, Some(Stays::Young)),
            (old(2), Duration::ZERO, None),
            (old(0), Duration::ZERO, Some(Stays::Young)),
            (pinned, least, Some(Stays::Pinned)),
            (noted, least, Some(Stays::Noted)),
            (unsettled, least, Some(Stays::Unsettled)),
            (under_way, least, Some(Stays::UnderWay)),
        ] {
            assert_eq!(stays(&candidate, least, now), expected, "{candidate:?}");
        }
        assert_eq!(stays(&old(9), Duration::MAX, now), Some(Stays::Young));
    }
}
