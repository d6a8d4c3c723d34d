//! A reading some time after it was told: what of it still holds. A reading ages though nothing is sent, so whoever shows
//! it asks here, with the time, instead of showing what was true once.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::rate_limit::Quota;

/// From this age on, in seconds, a reading is shown with its age: others may have used the same quota meanwhile.
pub const OLD: u64 = 120;

/// How long a reading that tells neither a reset nor a window is believed, in seconds.
const BELIEVED: u64 = 300;

/// A reading and its age. All seconds of a reading count from the moment it was told.
#[derive(Clone, Copy, Debug)]
pub struct Aged<'a> {
    /// The reading.
    pub quota: &'a Quota,
    /// Since it was told; nothing when the clock was set back since.
    pub milliseconds: u64,
}

impl<'a> Aged<'a> {
    /// A reading of that moment, looked at now.
    pub fn new((quota, told_at): &'a (Quota, Timestamp), now: Timestamp) -> Aged<'a> {
        let since = now.as_millisecond() - told_at.as_millisecond();
        Aged {
            quota,
            milliseconds: u64::try_from(since).unwrap_or(0),
        }
    }

    /// Whole seconds since it was told.
    pub fn seconds(&self) -> u64 {
        self.milliseconds / 1000
    }

    /// Seconds that are left of a span which began when it was told, rounded up; `None` when that is over.
    pub fn left(&self, span: u64) -> Option<u64> {
        let left = span.saturating_mul(1000).checked_sub(self.milliseconds)?;
        (left > 0).then(|| left.div_ceil(1000))
    }

    /// Seconds until sending makes sense; `None` when nothing known speaks against it.
    pub fn wait(&self) -> Option<u64> {
        self.left(self.quota.wait()?.as_secs())
    }

    /// Seconds until the window ends; `None` when that was not told or is over.
    pub fn reset(&self) -> Option<u64> {
        self.left(self.quota.reset_seconds?)
    }

    /// Whether the window it speaks of is over, so that what was left then says nothing now. Where no reset was told, the
    /// window's length is taken, and without that five minutes.
    pub fn is_over(&self) -> bool {
        self.over_in().is_none()
    }

    /// How long it is until then; `None` when it is over.
    pub fn over_in(&self) -> Option<Duration> {
        let milliseconds = self.window().saturating_mul(1000);
        let left = milliseconds.checked_sub(self.milliseconds)?;
        (left > 0).then(|| Duration::from_millis(left))
    }

    /// Whether its age has to be told beside it.
    pub fn is_old(&self) -> bool {
        self.seconds() >= OLD || self.is_over()
    }

    fn window(&self) -> u64 {
        let policy = self.quota.tightest();
        let length = policy.and_then(|policy| policy.window_seconds.or(policy.effective_seconds));
        self.quota.reset_seconds.or(length).unwrap_or(BELIEVED)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::Aged;
    use crate::domain::rate_limit::{Policy, Quota};

    fn after(quota: Quota, milliseconds: i64) -> (Option<u64>, Option<u64>, bool, bool) {
        let told = (quota, Timestamp::UNIX_EPOCH);
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_millis(milliseconds);
        let aged = Aged::new(&told, now);
        (aged.wait(), aged.reset(), aged.is_old(), aged.is_over())
    }

    #[test]
    fn what_still_holds() {
        let reset = |remaining, seconds| Quota {
            remaining: Some(remaining),
            reset_seconds: Some(seconds),
            ..Quota::default()
        };
        let policy = |effective, window| Quota {
            remaining: Some(5),
            policies: vec![Policy {
                remaining: Some(5),
                effective_seconds: effective,
                window_seconds: window,
                ..Policy::default()
            }],
            ..Quota::default()
        };
        let retry = Quota {
            retry_after_seconds: Some(1_000_000),
            ..reset(0, 30)
        };
        let day = 86_400_000;
        for (quota, milliseconds, expected) in [
            (reset(5, 12), 0, (None, Some(12), false, false)),
            (reset(5, 12), 1, (None, Some(12), false, false)),
            (reset(5, 12), 1000, (None, Some(11), false, false)),
            (reset(0, 12), 2000, (Some(10), Some(10), false, false)),
            (reset(0, 12), 12_000, (None, None, true, true)),
            (reset(5, 3600), 120_000, (None, Some(3480), true, false)),
            (policy(Some(30), None), 29_000, (None, None, false, false)),
            (policy(Some(30), None), 30_000, (None, None, true, true)),
            (
                policy(Some(30), Some(60)),
                31_000,
                (None, None, false, false),
            ),
            (policy(None, None), 299_000, (None, None, true, false)),
            (policy(None, None), 300_000, (None, None, true, true)),
            (retry.clone(), 1000, (Some(999_999), Some(29), false, false)),
            (retry, day, (Some(913_600), None, true, true)),
            // The clock was set back: no age below nothing, and no longer wait than was told.
            (reset(0, 12), -day, (Some(12), Some(12), false, false)),
        ] {
            assert_eq!(
                after(quota.clone(), milliseconds),
                expected,
                "{quota:?} {milliseconds}"
            );
        }
    }
}
