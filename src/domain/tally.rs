//! How much of what the history holds: by class, and over time.
//!
//! What it is not: the counting itself, which the history does while it writes (`store/tally.rs`).

use jiff::{SignedDuration, Timestamp};

use crate::domain::exchange::Class;

/// How many exchanges of each class there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(Vec<(Class, u64)>);

impl Tally {
    /// Adds as many of a class.
    pub fn add(&mut self, class: Class, count: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == class) {
            Some((_, so_far)) => *so_far = so_far.saturating_add(count),
            None => self.0.push((class, count)),
        }
    }

    /// Takes as many of a class away, as far as there are so many.
    pub fn take(&mut self, class: Class, count: u64) {
        if let Some((_, so_far)) = self.0.iter_mut().find(|(known, _)| *known == class) {
            *so_far = so_far.saturating_sub(count);
        }
    }

    /// How many of this class.
    pub fn of(&self, class: Class) -> u64 {
        let found = self.0.iter().find(|(known, _)| *known == class);
        found.map_or(0, |(_, count)| *count)
    }

    /// How many of all.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| *count).sum()
    }

    /// Each class that there is, with its number.
    pub fn iter(&self) -> impl Iterator<Item = (Class, u64)> {
        self.0.iter().copied().filter(|(_, count)| *count > 0)
    }
}

/// What came back in one stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// 2xx and 3xx.
    pub success: u32,
    /// 4xx, 429 too.
    pub client_error: u32,
    /// 5xx.
    pub server_error: u32,
    /// May have acted; 1xx, which only a broken server ends with, too.
    pub lost: u32,
}

impl Bucket {
    /// Counts one. What was not sent, or has no outcome, does not count.
    pub fn add(&mut self, class: Class) {
        let number = match class {
            Class::Success | Class::Redirect => &mut self.success,
            Class::ClientError | Class::RateLimited => &mut self.client_error,
            Class::ServerError => &mut self.server_error,
            Class::Indeterminate | Class::Informational => &mut self.lost,
            Class::Held | Class::InFlight | Class::Failed => return,
        };
        *number = number.saturating_add(1);
    }

    /// How many in all.
    pub fn total(&self) -> u32 {
        [self.success, self.client_error, self.server_error]
            .iter()
            .fold(self.lost, |sum, part| sum.saturating_add(*part))
    }
}

/// What came back over time, in stretches of one length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcomes {
    /// Where the first stretch begins: a whole number of steps since 1970, so that stretches do not move with the clock.
    pub since: Timestamp,
    /// How long each is.
    pub step: SignedDuration,
    /// The stretches, oldest first.
    pub buckets: Vec<Bucket>,
    /// Whether older exchanges of this time were left out, because there are so many.
    pub cut: bool,
}

impl Outcomes {
    /// Empty stretches, the last of them the one that `now` lies in.
    pub fn until(now: Timestamp, step: SignedDuration, buckets: usize) -> Outcomes {
        let length = step.as_millis().clamp(1, i64::MAX.into()) as i64;
        let last = now.as_millisecond().div_euclid(length);
        let behind = i64::try_from(buckets).unwrap_or(i64::MAX).saturating_sub(1);
        let first = last.saturating_sub(behind).saturating_mul(length);
        Outcomes {
            since: Timestamp::from_millisecond(first).unwrap_or(Timestamp::MIN),
            step: SignedDuration::from_millis(length),
            buckets: vec![Bucket::default(); buckets],
            cut: false,
        }
    }

    /// Counts what was sent at this time; `false` when it lies before the first stretch. What lies behind the last, by
    /// a clock that was set back, is counted in it.
    pub fn add(&mut self, at: Timestamp, class: Class) -> bool {
        let from = at.as_millisecond() - self.since.as_millisecond();
        if from < 0 {
            return false;
        }
        let length = self.step.as_millis().max(1);
        let last = self.buckets.len().saturating_sub(1);
        let which = usize::try_from(i128::from(from) / length).unwrap_or(last);
        if let Some(bucket) = self.buckets.get_mut(which.min(last)) {
            bucket.add(class);
        }
        true
    }

    /// When the next stretch begins.
    pub fn next(&self) -> Timestamp {
        let length = i64::try_from(self.step.as_millis()).unwrap_or(i64::MAX);
        let count = i64::try_from(self.buckets.len()).unwrap_or(i64::MAX);
        let end = self.since.as_millisecond();
        let end = end.saturating_add(length.saturating_mul(count));
        Timestamp::from_millisecond(end).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{Bucket, Outcomes, Tally};
    use crate::domain::exchange::Class;

    #[test]
    fn a_tally_counts_by_class() {
        let mut tally = Tally::default();
        tally.add(Class::Success, 3);
        tally.add(Class::InFlight, 1);
        tally.add(Class::Success, 2);
        tally.take(Class::InFlight, 4);
        tally.take(Class::Held, 1);
        assert_eq!((tally.of(Class::Success), tally.total()), (5, 5));
        assert_eq!(tally.iter().collect::<Vec<_>>(), [(Class::Success, 5)]);
    }

    #[test]
    fn stretches_begin_at_whole_steps_and_hold_what_was_sent_in_them() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let mut outcomes = Outcomes::until(at(605), SignedDuration::from_secs(60), 3);
        assert_eq!((outcomes.since, outcomes.next()), (at(480), at(660)));
        for (second, class, counted) in [
            (479, Class::Success, false),
            (480, Class::Success, true),
            (539, Class::RateLimited, true),
            (600, Class::ServerError, true),
            (601, Class::Failed, true),
            (9999, Class::Indeterminate, true),
        ] {
            assert_eq!(outcomes.add(at(second), class), counted, "{second}");
        }
        let totals: Vec<u32> = outcomes.buckets.iter().map(Bucket::total).collect();
        assert_eq!(totals, [2, 0, 2]);
        let last = outcomes.buckets[2];
        assert_eq!((last.server_error, last.lost), (1, 1));
    }
}
