//! What dispatch tells of an order on its way, as messages.

use jiff::Timestamp;

use crate::dispatch::retry::{Pause, Progress, Stop};
use crate::dispatch::{SendError, Sent};
use crate::domain::exchange::{Class, Facts, Failure, Summary};
use crate::domain::refill::RefillError;
use crate::store::Store;
use crate::tui::message::{Message, Ticket};
use crate::tui::resend::{Wait, whole_seconds};

/// What happened to an order.
pub(crate) fn message(ticket: Ticket, progress: Progress<'_>) -> Message {
    match progress {
        Progress::Started(summary) => Message::SendStarted {
            ticket,
            summary: Box::new(summary.clone()),
        },
        Progress::Waits(pause) | Progress::WaitsOn(pause) => Message::SendPaused {
            ticket,
            wait: wait(pause),
        },
        Progress::Stops(stop) => Message::SendTold {
            ticket,
            notice: stops(stop),
        },
    }
}

fn wait(pause: Pause<'_>) -> Wait {
    Wait {
        again: pause.again,
        until: pause.until,
        number: pause.number,
        of: pause.of,
        held: pause.held.cloned(),
    }
}

fn stops(stop: Stop<'_>) -> Failure {
    match stop {
        Stop::TooLong { until, wait } => Failure::new(format!(
            "not sent again by itself: the rate limit asks for {} s, longer than is waited for",
            whole_seconds(wait)
        ))
        .hint(format!("it makes sense after {until:.0}")),
        Stop::StillInLine => {
            Failure::new("not sent again by itself: others went first for too long")
                .hint("send it again later")
        }
        Stop::Verdict(sentence) => Failure::new(sentence),
    }
}

/// Until when the rows that wait are held; `None` when none waits. An exchange that this screen holds has its own wait
/// beside: what is told here of it is not looked at.
pub(crate) async fn holds(store: &Store, rows: &[Summary]) -> Option<Message> {
    let waits = rows.iter().filter(|row| row.class == Class::Held);
    let mut holds = Vec::new();
    let mut known: Vec<(&Facts, Option<Timestamp>)> = Vec::new();
    for row in waits {
        let of = |facts: &Facts| (facts.origin.clone(), facts.credential);
        let asked = known.iter().find(|(facts, _)| of(facts) == of(&row.facts));
        let until = match asked {
            Some((_, until)) => *until,
            // What cannot be read is shown as held, without a countdown.
            None => store
                .held_until(&row.facts, Timestamp::now())
                .await
                .ok()
                .flatten(),
        };
        known.push((&row.facts, until));
        holds.extend(until.map(|until| (row.id.clone(), until)));
    }
    (!known.is_empty()).then_some(Message::HoldsRead(holds))
}

/// What the last exchange of an order does not say: that an earlier one of it may have acted.
pub(crate) fn doubt(sent: &Sent) -> Option<Failure> {
    let hidden = sent.in_doubt && sent.exchange.outcome.class() != Class::Indeterminate;
    let what = "an earlier send of this had no answer, and may have acted";
    hidden.then(|| Failure::new(what).hint("its verdict stands below: the same key finds out"))
}

/// Why nothing was sent, or why what was sent could not be recorded.
pub(crate) fn failed(error: &SendError) -> Failure {
    match error {
        SendError::Unrecorded(_) => {
            Failure::new(error.to_string()).hint("do not send it again before you have looked")
        }
        SendError::Held { until } => Failure::new(format!(
            "nothing was sent: the rate limit holds until {until:.0}, longer than is waited for"
        ))
        .hint("send it then; w turns resending off, and then it goes at once"),
        SendError::Refill(RefillError::NotKept(places)) => {
            let places: Vec<String> = places.iter().map(ToString::to_string).collect();
            let places = places.join(" and of ");
            Failure::new(format!(
                "nothing was sent: the value of {places} was not kept"
            ))
            .hint("select it in the history: r there asks for what is missing")
        }
        _ => {
            let why = error.to_string();
            let why = why.strip_prefix("not sent: ").unwrap_or(&why);
            Failure::new(format!("nothing was sent: {why}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::{failed, message};
    use crate::dispatch::SendError;
    use crate::dispatch::retry::{Pause, Progress, Stop};
    use crate::domain::id::ExchangeId;
    use crate::domain::retry::Again;
    use crate::tui::message::{Message, Ticket};

    #[test]
    fn a_wait_comes_with_all_it_is_told_with() {
        let held = ExchangeId::known("e9");
        let pause = Pause {
            again: Some(Again::RateLimited),
            until: Some(Timestamp::UNIX_EPOCH),
            wait: Duration::from_secs(2),
            number: 2,
            of: 5,
            held: Some(&held),
        };
        for progress in [Progress::Waits(pause), Progress::WaitsOn(pause)] {
            let Message::SendPaused { ticket, wait } = message(Ticket(3), progress) else {
                panic!("it waits");
            };
            assert_eq!(ticket, Ticket(3));
            assert_eq!(
                (wait.again, wait.until, wait.number, wait.of, wait.held),
                (pause.again, pause.until, 2, 5, Some(held.clone()))
            );
        }
    }

    #[test]
    fn why_it_stops_and_when_it_makes_sense_again() {
        let until = Timestamp::UNIX_EPOCH;
        let wait = Duration::from_millis(119_001);
        for (stop, expected) in [
            (Stop::TooLong { until, wait }, "120 s"),
            (Stop::TooLong { until, wait }, "after 1970-01-01T00:00:00Z"),
            (Stop::StillInLine, "others went first"),
            (Stop::Verdict("not sent: it may act twice"), "may act twice"),
        ] {
            let Message::SendTold { notice, .. } = message(Ticket(1), Progress::Stops(stop)) else {
                panic!("it is told");
            };
            assert!(format!("{notice:?}").contains(expected), "{notice:?}");
        }
        let told = failed(&SendError::Held { until });
        assert!(told.what.starts_with("nothing was sent: the rate limit"));
        assert!(told.hint.is_some_and(|hint| hint.contains("w turns")));
    }
}
