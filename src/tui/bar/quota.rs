//! The quota in the top line: the tightest policy's gauge, its countdown where it is one, its age once it is old; where
//! the server says nothing, what was sent from here. Never more than is known.
//!
//! ```text
//!   quota ███████░░░ 42/60 burst +2  resets in 12 s
//!   quota ███████░░░ 42/60 burst +2  told 4 m ago          its window may go on
//!   quota ?/60 burst +2  told 4 m ago                      its window is over
//!   quota unknown, 12 sent in the last 60 s                the server said nothing
//! ```

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::document::visible::visible;
use crate::domain::rate_limit::Quota;
use crate::domain::rate_limit::aged::{Aged, OLD};
use crate::domain::rate_limit::observed::{MOST, Rate, WINDOWS, changes_in as sends_change_in};
use crate::tui::session::Session;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::gauge;
use crate::tui::widget::text::cut;

/// The window in which sends are counted here, in seconds: the longer one.
const WINDOW: u64 = WINDOWS[1];

/// How many columns the policy's name may take.
const NAME: usize = 16;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Words {
    /// Everything.
    All,
    /// Not the policy's name.
    Unnamed,
    /// Not that there are others.
    Alone,
    /// Only what counts.
    Few,
    /// Numbers alone.
    Least,
    /// Hardly anything: whom we speak to counts more.
    Bare,
}

/// The same said in ever fewer words; `terse` begins in the middle.
pub fn lines(session: &Session, theme: Theme, terse: bool) -> Vec<Line<'static>> {
    let aged = session.aged_quota();
    let rate = Rate::of(&session.sent, session.now.wall);
    let all = [
        Words::All,
        Words::Unnamed,
        Words::Alone,
        Words::Few,
        Words::Least,
        Words::Bare,
    ];
    let fewer = all
        .into_iter()
        .filter(|words| !terse || *words >= Words::Few);
    fewer
        .map(|words| line(aged.as_ref(), rate, words, theme))
        .collect()
}

/// When the line next reads otherwise by itself.
pub fn changes_in(session: &Session) -> Option<Duration> {
    let aged = session.aged_quota();
    let numbers = aged.as_ref().and_then(numbers);
    let sends = match numbers {
        Some(_) => None,
        None => sends_change_in(&session.sent, WINDOW, session.now.wall),
    };
    let told = aged.and_then(|aged| {
        let counted = aged.wait().or_else(|| aged.reset());
        let turns = gauge::changes_in(
            aged.milliseconds,
            numbers.is_some() && aged.is_old(),
            counted,
        );
        // The moment from which its age is told; its window's end is a countdown's, or comes after it.
        let until_old =
            Duration::from_secs(OLD).checked_sub(Duration::from_millis(aged.milliseconds));
        let until_over = aged.over_in();
        let ages = [until_old, until_over].into_iter().flatten();
        ages.filter(|time| !time.is_zero()).chain(turns).min()
    });
    sends.into_iter().chain(told).min()
}

/// Limit and remaining, where there is one of them; what was left in a window that is over is not.
fn numbers(aged: &Aged) -> Option<(Option<u64>, Option<u64>)> {
    let Quota {
        limit, remaining, ..
    } = aged.quota;
    let remaining = remaining.filter(|_| !aged.is_over());
    (limit.is_some() || remaining.is_some()).then_some((*limit, remaining))
}

fn line(aged: Option<&Aged>, rate: Rate, words: Words, theme: Theme) -> Line<'static> {
    let mut spans = Vec::new();
    match (aged, aged.and_then(numbers)) {
        (Some(aged), Some(numbers)) => spans.extend(known(aged, numbers, words, theme)),
        _ => spans.push(Span::styled(unknown(rate, words), theme.style(Tone::Faint))),
    }
    if let Some(aged) = aged {
        spans.extend(time(aged, words).map(Span::raw));
    }
    spans.push(Span::raw(" "));
    Line::from(spans)
}

fn known(
    aged: &Aged,
    (limit, remaining): (Option<u64>, Option<u64>),
    words: Words,
    theme: Theme,
) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let faint = |text: String| Span::styled(text, theme.style(Tone::Faint));
    if words <= Words::Alone {
        spans.push(faint("quota ".to_owned()));
    }
    // Enough for the widest bar beside the largest numbers.
    let columns = match words {
        Words::Least => 9,
        Words::Bare => 6,
        Words::Few => 18,
        _ => 60,
    };
    spans.extend(gauge::line(limit, remaining, columns, theme).spans);
    let policy = aged.quota.tightest();
    if let Some(policy) = policy.filter(|p| words == Words::All && !p.name.is_empty()) {
        spans.push(Span::raw(format!(" {}", cut(&visible(&policy.name), NAME))));
    }
    let others = aged.quota.policies.len() + aged.quota.more_policies;
    let others = others - usize::from(policy.is_some());
    if others > 0 && words <= Words::Unnamed {
        spans.push(faint(format!(" +{others}")));
    }
    if aged.is_old() && words <= Words::Few {
        let word = if words <= Words::Alone { "told " } else { "" };
        let ago = gauge::ago(aged.seconds());
        spans.push(Span::styled(
            format!("  {word}{ago}"),
            theme.style(Tone::Strong),
        ));
    }
    spans
}

fn unknown(rate: Rate, words: Words) -> String {
    let sent = rate.sent[1];
    let more = if sent >= MOST { "+" } else { "" };
    match words {
        Words::Least | Words::Bare => "?".to_owned(),
        _ if sent == 0 || words == Words::Few => "quota unknown".to_owned(),
        Words::All => format!("quota unknown, {sent}{more} sent in the last {WINDOW} s"),
        _ => format!("quota unknown, {sent}{more} in {WINDOW} s"),
    }
}

/// The countdown, where something counts down.
fn time(aged: &Aged, words: Words) -> Option<String> {
    let (long, short, seconds) = match (aged.wait(), aged.reset()) {
        (Some(wait), _) => ("wait ", "wait ", wait),
        (None, Some(reset)) => ("resets in ", "", reset),
        (None, None) => return None,
    };
    let word = match words {
        Words::Bare => return None,
        Words::Least => "",
        Words::Few => short,
        _ => long,
    };
    Some(format!("  {word}{}", gauge::countdown(seconds)))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use jiff::{SignedDuration, Timestamp};

    use super::{changes_in, lines};
    use crate::domain::header::Headers;
    use crate::domain::rate_limit::Quota;
    use crate::domain::rate_limit::observed::Sent;
    use crate::tui::message::Now;
    use crate::tui::session::Session;
    use crate::tui::theme::Theme;
    use crate::tui::widget::piece::first_fitting;

    const THEME: Theme = Theme { colour: true };

    /// A session so many milliseconds after an answer with these header fields; one send is 5 s older than the answer.
    fn session(fields: &str, milliseconds: i64) -> Session {
        let told: Timestamp = "2026-01-02T03:04:05Z".parse().expect("a time");
        let mut session = Session::new(Now {
            steady: Instant::now(),
            wall: told + SignedDuration::from_millis(milliseconds),
        });
        let fields = fields.split('\n').filter_map(|line| line.split_once(": "));
        let headers: Headers = fields.collect();
        session.quota = Quota::from_headers(&headers, told).map(|quota| (quota, told));
        session.sent = vec![Sent {
            at: told - SignedDuration::from_secs(5),
            limited: false,
        }];
        session
    }

    fn text(session: &Session, columns: usize) -> String {
        let line = first_fitting(lines(session, THEME, false), columns);
        line.to_string().trim_end().to_owned()
    }

    const TWO: &str = "RateLimit-Policy: \"burst\";q=100;w=60,\"daily\";q=1000;w=86400\nRateLimit: \"burst\";r=50;t=30, \"daily\";r=70;t=9";
    const GITHUB: &str = "X-RateLimit-Limit: 5000\nX-RateLimit-Remaining: 4999\nX-RateLimit-Reset: 1767323945\nDate: Fri, 02 Jan 2026 03:04:05 GMT";

    #[test]
    fn every_dialect_at_every_age() {
        for (name, fields, seconds, expected) in [
            ("nothing", "", 0, "quota unknown, 1 sent in the last 60 s"),
            ("nothing, and nothing sent", "", 55, "quota unknown"),
            (
                "three fields",
                "RateLimit-Limit: 60\nRateLimit-Remaining: 42\nRateLimit-Reset: 12",
                0,
                "quota ███████░░░ 42/60  resets in 12 s",
            ),
            (
                "three fields, the window over",
                "RateLimit-Limit: 60\nRateLimit-Remaining: 42\nRateLimit-Reset: 12",
                12,
                "quota ?/60  told 12 s ago",
            ),
            (
                "the draft: `t` is no countdown",
                TWO,
                10,
                "quota █████░░░░░  50/100 burst +1",
            ),
            (
                "the draft, old",
                TWO,
                61,
                "quota ?/100 burst +1  told 1 m ago",
            ),
            (
                "draft -07: its reset is one",
                "RateLimit: limit=100, remaining=50, reset=5",
                1,
                "quota █████░░░░░  50/100  resets in  4 s",
            ),
            (
                "epoch",
                GITHUB,
                60,
                "quota █████████░ 4999/5000  resets in 14 m 00 s",
            ),
            (
                "epoch, old",
                GITHUB,
                240,
                "quota █████████░ 4999/5000  told 4 m ago  resets in 11 m 00 s",
            ),
            (
                "durations",
                "x-ratelimit-limit-requests: 60\nx-ratelimit-remaining-requests: 59\nx-ratelimit-reset-requests: 6m0s\nx-ratelimit-remaining-tokens: 4",
                0,
                "quota █████████░ 59/60 requests +1  resets in 6 m 00 s",
            ),
            (
                "used up",
                "X-RateLimit-Limit: 5\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset-After: 1.5",
                0,
                "quota ░░░░░░░░░░ 0/5  wait  2 s",
            ),
            (
                "Retry-After comes first",
                "RateLimit-Limit: 5\nRateLimit-Remaining: 0\nRateLimit-Reset: 60\nRetry-After: 7",
                0,
                "quota ░░░░░░░░░░ 0/5  wait  7 s",
            ),
            (
                "Retry-After alone",
                "Retry-After: 1000000",
                0,
                "quota unknown, 1 sent in the last 60 s  wait 11 d 13 h",
            ),
            (
                "more left than there is",
                "RateLimit-Limit: 60\nRateLimit-Remaining: 90\nRateLimit-Reset: 9",
                0,
                "quota 90 left  resets in  9 s",
            ),
            (
                "1970",
                "RateLimit-Limit: 60\nRateLimit-Remaining: 9\nRateLimit-Reset: 1970-01-01T00:00:00Z",
                0,
                "quota █░░░░░░░░░  9/60",
            ),
            (
                "year 9999",
                "RateLimit-Limit: 60\nRateLimit-Remaining: 9\nRateLimit-Reset: Fri, 31 Dec 9999 23:59:59 GMT",
                300,
                "quota ?/60  told 5 m ago",
            ),
            (
                "a limit alone is not full",
                "X-RateLimit-Limit: 60",
                0,
                "quota ?/60",
            ),
            (
                "what was left, after its window",
                "X-RateLimit-Remaining: 42",
                300,
                "quota unknown",
            ),
            (
                "a name to be feared",
                "RateLimit: \u{9b}31m;r=1",
                0,
                "quota unknown, 1 sent in the last 60 s",
            ),
        ] {
            assert_eq!(
                text(&session(fields, seconds * 1000), 90),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn a_name_is_shown_and_never_obeyed() {
        let mut session = session("RateLimit: \"a\";r=5", 0);
        let (quota, _) = session.quota.as_mut().expect("a quota");
        quota.policies[0].name = format!("a\u{1b}]0;x\u{7}\u{202e}{}", "b".repeat(90));
        assert_eq!(text(&session, 90), "quota 5 left a␛]0;x␇⟨U+202E⟩…");
    }

    #[test]
    fn hundreds_of_policies_are_a_number() {
        let limits: Vec<String> = (0..500)
            .map(|n| format!("\"p{n}\";r={}", 900 - n))
            .collect();
        let session = session(&format!("RateLimit: {}", limits.join(", ")), 0);
        assert_eq!(text(&session, 90), "quota 401 left p499 +499");
    }

    #[test]
    fn little_room_costs_words_and_not_sense() {
        let old = session(GITHUB, 240_000);
        let reset = &TWO.replace(";r=50;t=30", ";r=50");
        let two = session(&format!("{reset}\nRetry-After: 12"), 0);
        for (session, columns, expected) in [
            (&two, 50, "quota █████░░░░░  50/100 burst +1  wait 12 s"),
            (&two, 42, "quota █████░░░░░  50/100 +1  wait 12 s"),
            (&two, 37, "quota █████░░░░░  50/100  wait 12 s"),
            (&two, 32, "█████░░░░░  50/100  wait 12 s"),
            (&two, 20, " 50/100  12 s"),
            (&two, 10, " 50/1…"),
            (&old, 50, "███████░ 4999/5000  4 m ago  11 m 00 s"),
            (&old, 21, "4999/5000  11 m 00 s"),
            (
                &session("", 0),
                40,
                "quota unknown, 1 sent in the last 60 s",
            ),
            (&session("", 0), 30, "quota unknown, 1 in 60 s"),
            (&session("", 0), 15, "quota unknown"),
            (&session("", 0), 3, "?"),
        ] {
            assert_eq!(text(session, columns), expected, "{columns}");
        }
    }

    #[test]
    fn it_wakes_when_it_reads_otherwise_and_not_before() {
        for (fields, milliseconds, expected) in [
            ("", 0, Some(55_000)),
            ("", 56_000, None),
            (
                "RateLimit-Remaining: 4\nRateLimit-Reset: 12",
                300,
                Some(700),
            ),
            (
                "RateLimit-Remaining: 4\nRateLimit-Reset: 12",
                12_000,
                Some(43_000),
            ),
            // Its age is not told yet.
            (
                "RateLimit-Limit: 5\nRateLimit-Remaining: 4",
                1000,
                Some(119_000),
            ),
            (
                "RateLimit-Limit: 5\nRateLimit-Remaining: 4",
                130_000,
                Some(50_000),
            ),
            (TWO, 100, Some(59_900)),
            // An hour and more is counted in minutes.
            (
                "RateLimit-Limit: 5\nRateLimit-Remaining: 4\nRateLimit-Reset: 7210",
                0,
                Some(11_000),
            ),
        ] {
            let session = session(fields, milliseconds);
            let expected = expected.map(Duration::from_millis);
            assert_eq!(changes_in(&session), expected, "{fields} {milliseconds}");
        }
    }

    #[test]
    fn between_two_wakes_it_reads_the_same() {
        for fields in [
            "",
            TWO,
            GITHUB,
            "Retry-After: 7500",
            "RateLimit-Remaining: 4\nRateLimit-Reset: 130",
        ] {
            let mut at = 0;
            for _ in 0..40 {
                let now = session(fields, at);
                let Some(turn) = changes_in(&now) else { break };
                let turn = i64::try_from(turn.as_millis()).expect("short");
                assert!(turn > 0, "{fields} {at}");
                let last = session(fields, at + turn - 1);
                assert_eq!(text(&now, 90), text(&last, 90), "{fields} {at} {turn}");
                at += turn;
            }
        }
    }
}
