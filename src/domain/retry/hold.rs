//! One quota, several senders: who waits, who goes first, how many follow.
//!
//! ```text
//!            429                      `until` is past                    the probe passed
//!   (free) ───────▶ nobody goes ──────────────────▶ one goes: the probe ──────────────────▶ `left` go, then nobody
//!     ▲                 ▲                                 │ 429                             │     until `ends`
//!     │                 └─────────────────────────────────┴──────────────── 429 ────────────┤
//!     └──────────── nothing happened for QUIET ◀───────────────────────────────────────────┘ `ends` is past: a probe
//! ```
//!
//! There is one hold per (origin, credential): rate limit and balance are the organization's, whatever account a
//! request is about. It lies in the history, so that processes agree; every step here is taken inside a transaction.
//!
//! A hold only ever keeps requests back: no state of it, read late, twice or by a machine whose clock was set, lets
//! more out than the server's own limiter would refuse harmlessly.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::id::ExchangeId;
use crate::domain::retry::later;

/// A hold that nobody touched for so long after its end is none: whoever waited has gone by then.
const QUIET: Duration = Duration::from_secs(20);

/// A probe without an answer for so long keeps nobody back any more: the next one goes as a probe as well.
pub const PROBE_PATIENCE: Duration = Duration::from_secs(10);

/// How long a window is taken to last when the server says what is left, and not how long.
const SOME_WINDOW: Duration = Duration::from_secs(1);

/// No hold is remembered longer, whatever a server says: nobody waits so long, and its next answer says it again.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// A clock may step back by so much without being taken for one that was set.
const STEP: Duration = Duration::from_secs(1);

/// What is known of one (origin, credential) whose quota was used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// When it last changed.
    pub told_at: Timestamp,
    /// Nobody goes before.
    pub until: Timestamp,
    /// What may go without a probe.
    pub window: Option<Window>,
    /// Who went first, and has no answer yet.
    pub probe: Option<Probe>,
}

/// A window of the server's, as the last answer told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// How many may still go.
    pub left: u64,
    /// Until when.
    pub ends: Timestamp,
}

/// The one that goes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Its exchange. While that is in flight, and its process lives, the others wait.
    pub exchange: ExchangeId,
    /// When it went.
    pub since: Timestamp,
}

/// What a sender may do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Go: nothing is known that speaks against it.
    Free,
    /// Go, as the probe.
    Probe,
    /// Go, as one of those that are left in the window.
    Left,
    /// Wait until then, and ask again.
    Wait(Timestamp),
    /// Wait for the probe's answer: ask again soon.
    InLine,
}

/// What an answer means for those that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A 429: nobody goes before.
    Limited(Timestamp),
    /// It passed the limiter; what is left of the window and when that ends, as far as the answer told.
    Passed {
        /// Requests left.
        left: Option<u64>,
        /// When the window ends.
        ends: Option<Timestamp>,
    },
    /// It says nothing of the limiter: no answer, or none that went so far.
    Nothing,
}

impl Hold {
    /// What a sender may do at `now`. `probe_lives`: the probe's exchange is in flight, and its process lives.
    pub fn turn(&self, now: Timestamp, probe_lives: bool) -> Turn {
        let probes = probe_lives
            && self
                .probe
                .as_ref()
                .is_some_and(|p| now < later(p.since, PROBE_PATIENCE));
        if self.is_void(now, probes) {
            return Turn::Free;
        }
        if now < self.until {
            return Turn::Wait(self.until);
        }
        match self.window {
            Some(window) if now < window.ends && window.left > 0 => Turn::Left,
            Some(window) if now < window.ends => Turn::Wait(window.ends),
            _ if probes => Turn::InLine,
            _ => Turn::Probe,
        }
    }

    /// Notes that this exchange goes on the strength of that turn.
    pub fn goes(&mut self, turn: Turn, exchange: &ExchangeId, now: Timestamp) {
        match (turn, &mut self.window) {
            (Turn::Left, Some(window)) => window.left = window.left.saturating_sub(1),
            (Turn::Probe, window) => {
                *window = None;
                self.probe = Some(Probe {
                    exchange: exchange.clone(),
                    since: now,
                });
            }
            _ => return,
        }
        self.told_at = now;
    }

    /// The hold after an answer at `now` to an exchange that went at `went`. Only a 429 makes one where there is none.
    pub fn after(
        hold: Option<Hold>,
        signal: Signal,
        exchange: &ExchangeId,
        went: Timestamp,
        now: Timestamp,
    ) -> Option<Hold> {
        let known = hold.filter(|hold| !hold.is_void(now, hold.probe.is_some()));
        let Some(mut hold) = known else {
            return match signal {
                Signal::Limited(until) => Some(Hold::new(until, now)),
                Signal::Passed { .. } | Signal::Nothing => None,
            };
        };
        let was_probe = hold.probe.as_ref().is_some_and(|p| p.exchange == *exchange);
        if was_probe {
            hold.probe = None;
        }
        match signal {
            Signal::Limited(until) => hold.limit(until.min(later(now, LONGEST))),
            // What went before the hold ended speaks of an earlier window.
            Signal::Passed {
                left: Some(left),
                ends,
            } if went >= hold.until => {
                let ends = ends
                    .unwrap_or(later(now, SOME_WINDOW))
                    .min(later(now, LONGEST));
                hold.learn(Window { left, ends }, was_probe, now);
            }
            Signal::Passed { .. } | Signal::Nothing => {}
        }
        hold.told_at = now;
        Some(hold)
    }

    fn new(until: Timestamp, now: Timestamp) -> Hold {
        Hold {
            told_at: now,
            until: until.min(later(now, LONGEST)),
            window: None,
            probe: None,
        }
    }

    /// A hold is made longer, never shorter.
    fn limit(&mut self, until: Timestamp) {
        if until > self.until {
            self.until = until;
            self.window = None;
        }
    }

    /// The probe opens a window; the others that go in it can only make it smaller.
    fn learn(&mut self, told: Window, was_probe: bool, now: Timestamp) {
        match &mut self.window {
            Some(window) if !was_probe && now < window.ends => {
                window.left = window.left.min(told.left)
            }
            Some(_) if !was_probe => {}
            window => *window = Some(told),
        }
    }

    fn is_void(&self, now: Timestamp, probes: bool) -> bool {
        let ends = self
            .window
            .map_or(self.until, |window| window.ends.max(self.until));
        let quiet = now >= later(ends.max(self.told_at), QUIET);
        let was_set_back = later(now, STEP) < self.told_at;
        was_set_back || (quiet && !probes)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert, proptest};

    use super::{Hold, PROBE_PATIENCE, QUIET, Signal, Turn, Window};
    use crate::domain::id::ExchangeId;
    use crate::domain::retry::later;

    fn at(ms: u64) -> Timestamp {
        later(Timestamp::UNIX_EPOCH, Duration::from_millis(1_000_000 + ms))
    }

    fn id(name: &str) -> ExchangeId {
        ExchangeId::known(name)
    }

    /// Held until 3 s.
    fn held() -> Hold {
        let hold = Hold::after(None, Signal::Limited(at(3000)), &id("a"), at(0), at(10));
        hold.expect("a 429 makes a hold")
    }

    fn passed(left: u64, ends: u64) -> Signal {
        Signal::Passed {
            left: Some(left),
            ends: Some(at(ends)),
        }
    }

    /// The probe `p` went at 3 s.
    fn probing() -> Hold {
        let mut hold = held();
        hold.goes(Turn::Probe, &id("p"), at(3000));
        hold
    }

    #[test]
    fn nobody_goes_before_then_one_then_what_is_left_then_nobody() {
        let mut hold = held();
        assert_eq!(hold.turn(at(20), false), Turn::Wait(at(3000)));
        assert_eq!(hold.turn(at(2999), false), Turn::Wait(at(3000)));
        assert_eq!(hold.turn(at(3000), false), Turn::Probe);
        hold.goes(Turn::Probe, &id("p"), at(3000));
        assert_eq!(hold.turn(at(3001), true), Turn::InLine);

        let mut hold =
            Hold::after(Some(hold), passed(2, 6000), &id("p"), at(3000), at(3010)).expect("stays");
        for name in ["x", "y"] {
            assert_eq!(hold.turn(at(3020), false), Turn::Left);
            hold.goes(Turn::Left, &id(name), at(3020));
        }
        assert_eq!(hold.turn(at(3030), false), Turn::Wait(at(6000)));
        assert_eq!(hold.turn(at(6000), false), Turn::Probe);
    }

    #[test]
    fn a_probe_that_is_gone_or_hangs_keeps_nobody_back() {
        let hold = probing();
        assert_eq!(hold.turn(at(3500), true), Turn::InLine);
        assert_eq!(
            hold.turn(at(3500), false),
            Turn::Probe,
            "its process is gone"
        );
        let late = later(at(3000), PROBE_PATIENCE);
        assert_eq!(hold.turn(late, true), Turn::Probe, "it hangs");
    }

    #[test]
    fn a_probe_that_is_refused_prolongs_the_hold() {
        let hold = Hold::after(
            Some(probing()),
            Signal::Limited(at(7000)),
            &id("p"),
            at(3000),
            at(3010),
        );
        let hold = hold.expect("stays");
        assert_eq!(hold.turn(at(3020), false), Turn::Wait(at(7000)));
        assert_eq!(hold.probe, None);
    }

    #[test]
    fn where_nothing_is_told_of_what_is_left_one_goes_after_the_other() {
        for signal in [
            Signal::Nothing,
            Signal::Passed {
                left: None,
                ends: None,
            },
        ] {
            let hold =
                Hold::after(Some(probing()), signal, &id("p"), at(3000), at(3010)).expect("stays");
            assert_eq!(hold.turn(at(3020), false), Turn::Probe, "{signal:?}");
        }
    }

    #[test]
    fn a_hold_is_never_made_shorter() {
        let shorter = Hold::after(
            Some(held()),
            Signal::Limited(at(2000)),
            &id("b"),
            at(5),
            at(20),
        );
        assert_eq!(shorter.expect("stays").until, at(3000));
        // Passed in the first wave, told late.
        let late =
            Hold::after(Some(held()), passed(2, 9000), &id("c"), at(1), at(30)).expect("stays");
        assert_eq!((late.until, late.window), (at(3000), None));
    }

    #[test]
    fn others_of_the_window_only_make_it_smaller() {
        let open = Hold::after(
            Some(probing()),
            passed(5, 6000),
            &id("p"),
            at(3000),
            at(3010),
        );
        for (told, left) in [(1, 1), (9, 5)] {
            let hold = Hold::after(
                open.clone(),
                passed(told, 6000),
                &id("x"),
                at(3020),
                at(3030),
            );
            assert_eq!(
                hold.expect("stays").window,
                Some(Window {
                    left,
                    ends: at(6000)
                })
            );
        }
        // An answer after the window's end speaks of what is over.
        let late = Hold::after(open, passed(4, 6000), &id("x"), at(3020), at(6001)).expect("stays");
        assert_eq!(late.turn(at(6001), false), Turn::Probe);
    }

    #[test]
    fn a_hold_that_is_over_and_quiet_is_none() {
        let quiet = later(at(3000), QUIET);
        assert_eq!(held().turn(quiet, false), Turn::Free);
        assert_eq!(
            Hold::after(Some(held()), passed(1, 99_000), &id("x"), quiet, quiet),
            None
        );
        assert_eq!(
            Hold::after(None, passed(1, 99_000), &id("x"), quiet, quiet),
            None
        );
    }

    #[test]
    fn a_clock_that_was_set_back_holds_nobody() {
        let mut hold = held();
        hold.told_at = at(1_000_000);
        hold.until = at(1_003_000);
        assert_eq!(hold.turn(at(20), false), Turn::Free);
    }

    #[test]
    fn no_server_holds_for_a_month() {
        let month = later(at(0), Duration::from_secs(31 * 24 * 3600));
        let hold =
            Hold::after(None, Signal::Limited(month), &id("a"), at(0), at(0)).expect("a hold");
        assert!(hold.until <= later(at(0), super::LONGEST));
    }

    /// A server of `quota` per window, and senders that ask, go and are answered at once, in steps of 100 ms.
    fn refused(quota: u64, senders: usize, strangers: &[bool]) -> (Vec<u64>, usize) {
        let (mut hold, mut waiting, mut refusals) = (None::<Hold>, senders, Vec::new());
        let (mut window, mut used) = (0, 0);
        let mut serve = |now: u64| {
            if now >= window + 3000 {
                (window, used) = (now, 0);
            }
            used += 1;
            let ends = window + 3000;
            if used > quota {
                Signal::Limited(at(ends))
            } else {
                passed(quota - used, ends)
            }
        };
        for step in 0..3000u64 {
            let now = 5000 + step * 100;
            if strangers.get(step as usize).copied().unwrap_or(false) {
                let signal = serve(now);
                hold = Hold::after(hold, signal, &id("stranger"), at(now), at(now));
            }
            let here = waiting;
            for sender in 0..here {
                let turn = hold.as_ref().map_or(Turn::Free, |h| h.turn(at(now), false));
                if matches!(turn, Turn::Wait(_) | Turn::InLine) {
                    break;
                }
                let name = id(&format!("{step}-{sender}"));
                if let Some(hold) = &mut hold {
                    hold.goes(turn, &name, at(now));
                }
                let signal = serve(now);
                match signal {
                    Signal::Limited(_) => refusals.push(now),
                    _ => waiting -= 1,
                }
                hold = Hold::after(hold, signal, &name, at(now), at(now));
            }
        }
        (refusals, waiting)
    }

    proptest! {
        #[test]
        fn all_get_through_with_at_most_one_429_a_window(
            quota in 1u64..6,
            senders in 1usize..40,
            strangers in vec(any::<bool>(), 0..200),
        ) {
            let (refusals, waiting) = refused(quota, senders, &strangers);
            prop_assert!(waiting == 0, "{waiting} wait for ever");
            for pair in refusals.windows(2) {
                prop_assert!(pair[1] - pair[0] >= 3000, "{refusals:?}");
            }
        }
    }
}
