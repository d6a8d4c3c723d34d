//! The whole history in numbers: how many exchanges of each class there are, and what became of the latest ones, span by
//! span.
//!
//! ```text
//!   told       [ 3 0 0 5 1 2 ]          at its time
//!   later            [ 0 5 1 2 0 0 ]    the same, as time goes on: nothing is read for that
//! ```

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::retry::until;
use crate::tui::message::{Bucket, Pulse};
use crate::tui::session::Session;

impl Pulse {
    /// The buckets as seen at a later moment: those that have left are gone, and new ones are empty.
    pub fn at(&self, now: Timestamp) -> Vec<Bucket> {
        let len = self.buckets.len();
        let gone = usize::try_from(self.gone(now)).unwrap_or(len).min(len);
        let mut buckets = self.buckets[gone..].to_vec();
        buckets.resize(len, Bucket::default());
        buckets
    }

    /// How many buckets have begun since those that were read.
    fn gone(&self, now: Timestamp) -> u128 {
        let begun = until(now, self.since).as_millis() / self.step.as_millis().max(1);
        (begun + 1).saturating_sub(self.buckets.len() as u128)
    }

    /// How long until the next bucket begins; `None` when that changes nothing.
    pub fn changes_in(&self, now: Timestamp) -> Option<Duration> {
        let some = self.at(now).iter().any(|bucket| bucket.of > 0);
        let step = self.step.as_millis().max(1);
        let past = until(now, self.since).as_millis() % step;
        some.then(|| Duration::from_millis(u64::try_from(step - past).unwrap_or(u64::MAX)))
    }
}

impl Session {
    /// What became of the latest exchanges, as it is now; nothing when there were none.
    pub fn pulse(&self) -> Option<(&'static str, Vec<Bucket>)> {
        let pulse = self.tallied.as_ref()?.pulse.as_ref()?;
        let buckets = pulse.at(self.now.wall);
        let some = buckets.iter().any(|bucket| bucket.of > 0);
        some.then_some((pulse.name, buckets))
    }

    /// How long until that looks different.
    pub fn pulse_changes_in(&self) -> Option<Duration> {
        let pulse = self.tallied.as_ref()?.pulse.as_ref()?;
        pulse.changes_in(self.now.wall)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use crate::tui::message::{Bucket, Pulse};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn buckets_leave_as_time_goes_on() {
        let pulse = Pulse {
            name: "last hour",
            since: at(600),
            step: Duration::from_secs(10),
            buckets: [3, 0, 5].map(|of| Bucket { of, wrong: 0 }).to_vec(),
        };
        for (now, expected, changes) in [
            (620, [3, 0, 5], Some(10)),
            (629, [3, 0, 5], Some(1)),
            (630, [0, 5, 0], Some(10)),
            (645, [5, 0, 0], Some(5)),
            (650, [0, 0, 0], None),
            (9_999_999, [0, 0, 0], None),
            // The clock went back.
            (0, [3, 0, 5], Some(10)),
        ] {
            let got: Vec<u64> = pulse.at(at(now)).iter().map(|bucket| bucket.of).collect();
            assert_eq!(got, expected, "{now}");
            assert_eq!(
                pulse.changes_in(at(now)),
                changes.map(Duration::from_secs),
                "{now}"
            );
        }
    }
}
