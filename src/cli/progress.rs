//! What happens while a request waits and is sent again, told on standard error.

use std::time::Duration;

use crate::cli::report::note;
use crate::dispatch::retry::{Pause, Progress, Stop};
use crate::domain::retry::Again;

/// Tells it. With `--json` (`quiet`) only why it stopped: the rest stands in the history.
pub fn tell(progress: Progress<'_>, quiet: bool) {
    match progress {
        Progress::Waits(pause) if !quiet => note(&waits(pause)),
        Progress::Stops(stop) => note(&stops(stop)),
        Progress::Started(_) | Progress::Waits(_) | Progress::WaitsOn(_) => {}
    }
}

fn waits(pause: Pause<'_>) -> String {
    let Pause {
        again, number, of, ..
    } = pause;
    let wait = match pause.until {
        Some(_) => format!("waits {}", seconds(pause.wait)),
        None => "waits for the one that went first".to_owned(),
    };
    match again {
        None => format!("the quota is used up: {wait}, then sends"),
        Some(Again::RateLimited) => format!("429: {wait}, then sends again ({number} of {of})"),
        Some(Again::Lost) => {
            format!("no answer: {wait}, then asks again with the same key ({number} of {of})")
        }
    }
}

fn stops(stop: Stop<'_>) -> String {
    match stop {
        Stop::TooLong { until, wait } => format!(
            "not sent again: the rate limit asks for {}, longer than is waited for; send it again after {until:.0}",
            seconds(wait)
        ),
        Stop::StillInLine => {
            "not sent again: others went first for too long; send it again later".to_owned()
        }
        Stop::Verdict(sentence) => sentence.to_owned(),
    }
}

fn seconds(wait: Duration) -> String {
    format!("{:.1} s", wait.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::{stops, waits};
    use crate::dispatch::retry::{Pause, Stop};
    use crate::domain::retry::Again;

    #[test]
    fn a_wait_in_words() {
        let (until, wait) = (Timestamp::UNIX_EPOCH, Duration::from_millis(2300));
        for (again, until, expected) in [
            (
                Some(Again::RateLimited),
                Some(until),
                "429: waits 2.3 s, then sends again (1 of 3)",
            ),
            (
                Some(Again::RateLimited),
                None,
                "429: waits for the one that went first, then sends again (1 of 3)",
            ),
            (
                Some(Again::Lost),
                Some(until),
                "no answer: waits 2.3 s, then asks again with the same key (1 of 3)",
            ),
            (
                None,
                Some(until),
                "the quota is used up: waits 2.3 s, then sends",
            ),
        ] {
            let pause = Pause {
                again,
                until,
                wait,
                number: 1,
                of: 3,
                held: None,
            };
            assert_eq!(waits(pause), expected);
        }
        let stop = Stop::TooLong {
            until,
            wait: Duration::from_secs(120),
        };
        let told = stops(stop);
        assert!(
            told.contains("120.0 s") && told.contains("1970-01-01T00:00:00Z"),
            "{told}"
        );
    }
}
