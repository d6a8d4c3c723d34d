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
use crate::domain::tally::{Bucket, Outcomes};
use crate::tui::session::Session;

/// The stretches as seen at a later moment: those that have left are gone, and new ones are empty.
fn at(outcomes: &Outcomes, now: Timestamp) -> Vec<Bucket> {
    let len = outcomes.buckets.len();
    let begun = until(now, outcomes.since).as_millis() / length(outcomes);
    let gone = (begun + 1).saturating_sub(len as u128);
    let gone = usize::try_from(gone).unwrap_or(len).min(len);
    let mut buckets = outcomes.buckets[gone..].to_vec();
    buckets.resize(len, Bucket::default());
    buckets
}

/// How long until the next stretch begins; `None` when that changes nothing.
fn changes_in(outcomes: &Outcomes, now: Timestamp) -> Option<Duration> {
    let some = at(outcomes, now).iter().any(|bucket| bucket.total() > 0);
    let length = length(outcomes);
    let past = until(now, outcomes.since).as_millis() % length;
    some.then(|| Duration::from_millis(u64::try_from(length - past).unwrap_or(u64::MAX)))
}

/// The milliseconds of a stretch.
fn length(outcomes: &Outcomes) -> u128 {
    outcomes.step.unsigned_abs().as_millis().max(1)
}

impl Session {
    /// What became of the latest exchanges, as it is now; nothing when there were none.
    pub fn pulse(&self) -> Option<(&'static str, Vec<Bucket>)> {
        let pulse = self.tallied.as_ref()?.pulse.as_ref()?;
        let buckets = at(&pulse.outcomes, self.now.wall);
        let some = buckets.iter().any(|bucket| bucket.total() > 0);
        some.then_some((pulse.name, buckets))
    }

    /// How long until that looks different.
    pub fn pulse_changes_in(&self) -> Option<Duration> {
        let pulse = self.tallied.as_ref()?.pulse.as_ref()?;
        changes_in(&pulse.outcomes, self.now.wall)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::{SignedDuration, Timestamp};

    use crate::domain::tally::{Bucket, Outcomes};
    use crate::tui::session::pulse::{at, changes_in};

    fn time(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn stretches_leave_as_time_goes_on() {
        let outcomes = Outcomes {
            since: time(600),
            step: SignedDuration::from_secs(10),
            buckets: [3, 0, 5]
                .map(|success| Bucket {
                    success,
                    ..Bucket::default()
                })
                .to_vec(),
            cut: false,
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
            let got: Vec<u32> = at(&outcomes, time(now)).iter().map(Bucket::total).collect();
            assert_eq!(got, expected, "{now}");
            let changes = changes.map(Duration::from_secs);
            assert_eq!(changes_in(&outcomes, time(now)), changes, "{now}");
        }
    }
}
