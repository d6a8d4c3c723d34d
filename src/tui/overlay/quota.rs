//! The rate limit, all that is known of it: every policy, which header said so, by which rule it was read and how old it
//! is; what was not understood; and what was sent from here.
//!
//! `row` says what there is to say; here it becomes text, of the visible rows only, and is scrolled.

use std::time::Duration;

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::document::visible::visible;
use crate::domain::rate_limit::Policy;
use crate::domain::rate_limit::aged::Aged;
use crate::domain::rate_limit::observed::{WINDOWS, changes_in as sends_change_in};
use crate::tui::action::Action;
use crate::tui::keymap::resolve;
use crate::tui::overlay::Answer;
use crate::tui::overlay::quota::row::{Row, beside, rows};
use crate::tui::session::Session;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::piece::fitting;
use crate::tui::widget::popup::Popup;
use crate::tui::widget::text::{cut, pad_left, pad_right};
use crate::tui::widget::wrap::wrap;
use crate::tui::widget::{gauge, scrollbar};

mod row;

const POPUP: Popup<'static> = Popup {
    title: "Quota",
    hint: "j k scroll, Q or Esc closes",
};

/// The columns of a fact's word, and of a policy's: name, left, limit, window, reset.
const WORD: usize = 9;
const NAME: usize = 20;
const NUMBER: usize = 10;
const WINDOW: usize = 11;
const RESET: usize = 13;

/// How many lines a row may take: values are cut short before they come here.
const MOST: usize = 6;

/// The overlay: how far it is scrolled.
#[derive(Debug, Default)]
pub struct QuotaSheet {
    top: usize,
}

/// When it next reads otherwise by itself.
pub fn changes_in(session: &Session) -> Option<Duration> {
    let sends = WINDOWS.map(|window| sends_change_in(&session.sent, window, session.now.wall));
    let told = session.aged_quota().and_then(|aged| {
        let quota = aged.quota;
        let of_policies = quota.policies.iter().filter_map(|p| p.reset_seconds);
        let told = [quota.reset_seconds, quota.retry_after_seconds];
        let spans = of_policies.chain(told.into_iter().flatten());
        let left = spans.filter_map(|span| aged.left(span));
        let turns = gauge::changes_in(aged.milliseconds, true, left);
        turns.into_iter().chain(aged.over_in()).min()
    });
    sends.into_iter().flatten().chain(told).min()
}

impl QuotaSheet {
    /// Scrolls, or closes.
    pub fn update(&mut self, key: &KeyEvent, session: &Session, screen: Rect) -> Answer {
        let sheet = Sheet::new(session, PLAIN, screen);
        let page = usize::from(sheet.inner.height).saturating_sub(1).max(1);
        let top = self.top.min(sheet.last);
        self.top = match resolve(key, false) {
            Some(Action::ShowQuota | Action::Back | Action::Quit) => return Answer::Close,
            Some(Action::Down) => top + 1,
            Some(Action::Up) => top.saturating_sub(1),
            Some(Action::PageDown) => top + page,
            Some(Action::PageUp) => top.saturating_sub(page),
            Some(Action::Top) => 0,
            Some(Action::Bottom) => sheet.last,
            _ => top,
        };
        self.top = self.top.min(sheet.last);
        Answer::Stay
    }

    /// What is visible of it, as text.
    pub fn face(&self, session: &Session, screen: Rect) -> String {
        let lines = Sheet::new(session, PLAIN, screen).lines(self.top);
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }

    /// Draws it.
    pub fn draw(&self, session: &Session, theme: Theme, screen: Rect, buffer: &mut Buffer) {
        let sheet = Sheet::new(session, theme, screen);
        let inner = POPUP.draw(screen, sheet.size, buffer, theme);
        for (line, y) in sheet
            .lines(self.top)
            .into_iter()
            .zip(inner.y..inner.bottom())
        {
            let area = Rect {
                y,
                height: 1,
                ..inner
            };
            line.render(area, buffer);
        }
        let area = POPUP.area(screen, sheet.size);
        if sheet.last > 0 && area.width >= 3 && area.height >= 3 {
            let visible = sheet.rows.len() - sheet.last;
            let top = self.top.min(sheet.last);
            let style = theme.border(true);
            scrollbar::draw(area, buffer, sheet.rows.len(), top, visible, style);
        }
    }
}

/// Where only the text counts.
const PLAIN: Theme = Theme { colour: false };

/// The rows on a screen of this size.
struct Sheet<'a> {
    rows: Vec<Row<'a>>,
    aged: Option<Aged<'a>>,
    theme: Theme,
    room: usize,
    /// What the box is asked to hold.
    size: (u16, u16),
    /// Where its content goes.
    inner: Rect,
    /// The first row when the last one is seen.
    last: usize,
}

impl<'a> Sheet<'a> {
    fn new(session: &'a Session, theme: Theme, screen: Rect) -> Sheet<'a> {
        let mut sheet = Sheet {
            rows: rows(session),
            aged: session.aged_quota(),
            theme,
            room: POPUP.room(screen),
            size: (0, 0),
            inner: Rect::default(),
            last: 0,
        };
        let columns = u16::try_from(sheet.room).unwrap_or(u16::MAX);
        let lines = sheet.lines_until(0, usize::from(screen.height)).len();
        sheet.size = (columns, u16::try_from(lines).unwrap_or(u16::MAX));
        sheet.inner = POPUP.inner(POPUP.area(screen, sheet.size));
        sheet.last = sheet.last_top();
        sheet
    }

    /// The row from which on everything to the end is seen, or only the end when that is longer.
    fn last_top(&self) -> usize {
        let mut left = usize::from(self.inner.height);
        for (at, row) in self.rows.iter().enumerate().rev() {
            match left.checked_sub(self.broken(row).len()) {
                Some(rest) => left = rest,
                None => return (at + 1).min(self.rows.len().saturating_sub(1)),
            }
        }
        0
    }

    /// The visible lines.
    fn lines(&self, top: usize) -> Vec<Line<'static>> {
        self.lines_until(top.min(self.last), usize::from(self.inner.height))
    }

    fn lines_until(&self, top: usize, most: usize) -> Vec<Line<'static>> {
        let rows = self.rows.iter().skip(top);
        rows.flat_map(|row| self.broken(row)).take(most).collect()
    }

    /// A row, broken to the box's width.
    fn broken(&self, row: &Row) -> Vec<Line<'static>> {
        let width = u16::try_from(self.room).unwrap_or(u16::MAX);
        match row {
            Row::Columns | Row::Policy(..) | Row::Gauge(..) => vec![self.line(row)],
            Row::Fact(word, text) if self.room > 2 * WORD => self.fact(word, text),
            _ => wrap(&self.line(row), width, MOST),
        }
    }

    /// What there is to say stands beside its word, all of it.
    fn fact(&self, word: &str, text: &str) -> Vec<Line<'static>> {
        let beside = u16::try_from(self.room - WORD).unwrap_or(u16::MAX);
        let texts = wrap(&Line::raw(visible(text)), beside, MOST).into_iter();
        let line = |(at, text): (usize, Line<'static>)| {
            let word = pad_right(if at == 0 { word } else { "" }, WORD);
            let word = Span::styled(word, self.theme.style(Tone::Faint));
            Line::from_iter([word].into_iter().chain(text.spans))
        };
        texts.enumerate().map(line).collect()
    }

    fn line(&self, row: &Row) -> Line<'static> {
        let styled = |text: String, tone| Span::styled(text, self.theme.style(tone));
        let plain = |text: &str| Line::raw(visible(text).into_owned());
        match row {
            Row::Gap => Line::default(),
            Row::Head(text) => Line::from(styled(text.clone(), Tone::Strong)),
            Row::Gauge(limit, remaining) => {
                let width = u16::try_from(self.room).unwrap_or(u16::MAX);
                gauge::line(*limit, *remaining, width, self.theme)
            }
            Row::Fact(word, text) => Line::from(vec![
                styled(pad_right(word, WORD), Tone::Faint),
                Span::raw(visible(text).into_owned()),
            ]),
            Row::Text(text) => plain(text),
            Row::Columns => {
                let names = ["left", "limit", "window", "resets in"].map(ToOwned::to_owned);
                self.columns("  name", names, Tone::Faint)
            }
            Row::Policy(policy, binds) => self.policy(policy, *binds),
            Row::Beside(policy) => {
                let text = beside(policy).unwrap_or_default();
                Line::from(styled(format!("    {}", visible(&text)), Tone::Faint))
            }
            Row::Note(note) => Line::from(styled(visible(note).into_owned(), Tone::Refused)),
        }
    }

    fn policy(&self, policy: &Policy, binds: bool) -> Line<'static> {
        let number = |n: Option<u64>| n.map_or("-".to_owned(), |n| n.to_string());
        let window = policy.window_seconds.map(gauge::length);
        let reset = policy.reset_seconds.map(|span| {
            let left = self.aged.and_then(|aged| aged.left(span));
            left.map_or("over".to_owned(), gauge::countdown)
        });
        let over = self.aged.is_some_and(|aged| aged.is_over()) && binds;
        let cells = [
            number(policy.remaining.filter(|_| !over)),
            number(policy.limit),
            window.unwrap_or("-".to_owned()),
            reset.unwrap_or("-".to_owned()),
        ];
        let mark = if binds { "▸" } else { " " };
        let name = match policy.name.as_str() {
            "" => "(no name)".into(),
            name => visible(name),
        };
        let tone = match policy.remaining {
            Some(0) => Tone::Broken,
            _ if binds => Tone::Strong,
            _ => Tone::Plain,
        };
        self.columns(&format!("{mark} {name}"), cells, tone)
    }

    /// A policy's cells; where there is little room the last ones are not there.
    fn columns(&self, name: &str, cells: [String; 4], tone: Tone) -> Line<'static> {
        let widths = [NUMBER, NUMBER, WINDOW, RESET];
        // The name gives way before a number does.
        let numbers = 2 * NUMBER;
        let width = NAME.min(self.room.saturating_sub(numbers)).max(4);
        let name = pad_right(&cut(name, width), width);
        let cells = cells.iter().zip(widths);
        let cells = cells.map(|(cell, width)| format!(" {}", pad_left(cell, width - 1)));
        let pieces = [name].into_iter().chain(cells);
        let pieces = pieces.map(|text| vec![Span::styled(text, self.theme.style(tone))]);
        fitting(pieces, self.room)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use crossterm::event::{KeyCode, KeyEvent};
    use jiff::{SignedDuration, Timestamp};
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    use super::{QuotaSheet, changes_in};
    use crate::domain::header::Headers;
    use crate::domain::profile::Profile;
    use crate::domain::rate_limit::observed::Sent;
    use crate::domain::rate_limit::{Policy, Quota};
    use crate::tui::message::Now;
    use crate::tui::overlay::Answer;
    use crate::tui::session::Session;

    const SCREEN: Rect = Rect {
        x: 0,
        y: 0,
        width: 120,
        height: 60,
    };

    /// A session so many seconds after an answer with these header fields, with two sends before it.
    fn session(fields: &str, seconds: i64) -> Session {
        let told: Timestamp = "2026-01-02T03:04:05Z".parse().expect("a time");
        let mut session = Session::new(Now {
            steady: Instant::now(),
            wall: told + SignedDuration::from_secs(seconds),
        });
        let mut profile = Profile::new("live");
        profile.base_url = url::Url::parse("https://api.test").ok();
        session.profile = Some(Arc::new(profile));
        let fields = fields.split('\n').filter_map(|line| line.split_once(": "));
        let headers: Headers = fields.collect();
        session.quota = Quota::from_headers(&headers, told).map(|quota| (quota, told));
        let sent = |seconds, limited| Sent {
            at: told - SignedDuration::from_secs(seconds),
            limited,
        };
        session.sent = vec![sent(2, true), sent(20, false)];
        session
    }

    fn lines(session: &Session) -> Vec<String> {
        let text = QuotaSheet::default().face(session, SCREEN);
        text.lines()
            .map(|line| line.trim_end().to_owned())
            .collect()
    }

    /// The lines between whose quota it is and what was sent from here.
    fn told(fields: &str, seconds: i64) -> String {
        let session = session(fields, seconds);
        let lines = lines(&session);
        assert_eq!(lines[0], "https://api.test, without a credential");
        let sent = lines
            .iter()
            .position(|line| line.starts_with("Sent from here"));
        let told = &lines[2..sent.expect("always told") - 1];
        format!("\n{}\n", told.join("\n"))
    }

    #[test]
    fn every_dialect() {
        for (fields, seconds, expected) in [
            (
                "RateLimit-Limit: 60\nRateLimit-Remaining: 42\nRateLimit-Reset: 12",
                2,
                "
███████░░░ 42/60
told     just now, by RateLimit-Remaining
resets   in 10 s (RateLimit-Reset, in seconds)
",
            ),
            (
                "RateLimit-Policy: \"burst\";q=100;w=60,\"daily\";q=1000;w=86400\nRateLimit: \"burst\";r=50;t=30;pk=:dHJpYWw=:, \"daily\";r=7",
                10,
                "
█░░░░░░░░░    7/1000
told     10 s ago, by RateLimit

Policies 2
  name                    left     limit     window    resets in
  burst                     50       100       60 s            -
    effective window 30 s (t), counted for trial
▸ daily                      7      1000        1 d            -
",
            ),
            (
                "RateLimit-Policy: 100;w=60\nRateLimit: limit=100, remaining=50, reset=5",
                1,
                "
█████░░░░░  50/100
told     just now, by RateLimit
resets   in 4 s (RateLimit, in seconds)

Policies 1
  name                    left     limit     window    resets in
▸ (no name)                 50       100       60 s          4 s
",
            ),
            (
                "X-RateLimit-Limit: 5000\nX-RateLimit-Remaining: 4999\nX-RateLimit-Reset: 1767323105\nDate: Fri, 02 Jan 2026 03:04:05 GMT",
                60,
                "
?/5000
told     1 m ago, by X-RateLimit-Remaining
         4999 were left then; that window is over
resets   that time is over (X-RateLimit-Reset, epoch seconds against the server's
         Date)
",
            ),
            (
                "x-ratelimit-limit-requests: 60\nx-ratelimit-limit-tokens: 150000\nx-ratelimit-remaining-requests: 59\nx-ratelimit-remaining-tokens: 0\nx-ratelimit-reset-requests: 1s\nx-ratelimit-reset-tokens: 6m0s",
                0,
                "
█████████░ 59/60
told     just now, by X-RateLimit-Remaining-Requests
resets   in 1 s (X-RateLimit-Reset-Requests, a duration)

Policies 2
  name                    left     limit     window    resets in
▸ requests                  59        60          -          1 s
  tokens                     0    150000          -     6 m 00 s
",
            ),
            (
                "RateLimit-Policy: \"bytes\";q=10;qu=\"content-bytes\"\nRateLimit: \"bytes\";r=9",
                0,
                "
The server told neither a limit nor what is left.
told     just now

Policies 1
  name                    left     limit     window    resets in
  bytes                      9        10          -            -
    counts content-bytes
",
            ),
            (
                "Retry-After: 30\nStripe-Rate-Limited-Reason: global-rate",
                13,
                "
The server told neither a limit nor what is left.
told     13 s ago, by Retry-After
retry    wait 17 s (Retry-After, in seconds)
reason   global-rate
",
            ),
            (
                "",
                0,
                "
Unknown: no answer to this credential has spoken of a limit yet.
",
            ),
        ] {
            assert_eq!(told(fields, seconds), expected, "{fields}");
        }
    }

    #[test]
    fn what_contradicts_itself_is_told_beside_what_was_understood() {
        for (fields, expected) in [
            (
                "RateLimit-Limit: 60\nRateLimit-Remaining: 90",
                "
90 left
told     just now, by RateLimit-Remaining

Not understood, and left out
a limit of 60 with 90 remaining
",
            ),
            (
                "RateLimit-Remaining: 9\nRateLimit-Reset: 1970-01-01T00:00:00Z\nRetry-After: 1000000\nRateLimit: \"a\";r=\u{9b}",
                "
9 left
told     just now, by RateLimit-Remaining
retry    wait 11 d 13 h (Retry-After, in seconds)

Not understood, and left out
RateLimit-Reset: 1970-01-01T00:00:00Z
RateLimit: \"a\";r=⟨U+009B⟩
",
            ),
            (
                "X-RateLimit-Limit: unlimited\nRateLimit-Reset: Fri, 31 Dec 9999 23:59:59 GMT\nRetry-After: 99999999",
                "
The server told neither a limit nor what is left.
told     just now

Not understood, and left out
X-RateLimit-Limit: unlimited
RateLimit-Reset: Fri, 31 Dec 9999 23:59:59 GMT
Retry-After: 99999999
",
            ),
            (
                "Stripe-Rate-Limited-Reason: \u{1b}[2J\u{202e}gone",
                "
The server told neither a limit nor what is left.
told     just now
reason   ␛[2J⟨U+202E⟩gone
",
            ),
        ] {
            assert_eq!(told(fields, 0), expected, "{fields}");
        }
    }

    #[test]
    fn what_was_sent_from_here_is_counted() {
        for (seconds, expected) in [
            (0, "1 in the last 10 s, 2 in the last 60 s"),
            (45, "0 in the last 10 s, 1 in the last 60 s"),
            (99, "0 in the last 10 s, 0 in the last 60 s"),
        ] {
            let lines = lines(&session("", seconds));
            let [counted, limited] = &lines[lines.len() - 2..] else {
                panic!("{lines:?}");
            };
            assert_eq!(counted, expected);
            assert_eq!(limited, "1 of the 2 last known answered with 429");
        }
    }

    /// A reading of five hundred policies, as no reader of ours would keep it.
    fn many() -> Session {
        let mut session = session("RateLimit-Limit: 9\nRateLimit-Remaining: 5", 0);
        let (quota, _) = session.quota.as_mut().expect("a quota");
        let policy = |n: usize| Policy {
            name: format!("policy {n} \u{1b}[31m{}", "漢".repeat(30)),
            remaining: Some(u64::MAX),
            limit: Some(u64::MAX),
            effective_seconds: Some(u64::MAX),
            ..Policy::default()
        };
        quota.policies = (0..500).map(policy).collect();
        session
    }

    fn press(sheet: &mut QuotaSheet, session: &Session, code: KeyCode, screen: Rect) -> bool {
        let answer = sheet.update(&KeyEvent::from(code), session, screen);
        matches!(answer, Answer::Close)
    }

    #[test]
    fn five_hundred_policies_scroll_to_their_end_and_back() {
        let session = many();
        let screen = Rect::new(0, 0, 80, 24);
        let mut sheet = QuotaSheet::default();
        assert!(sheet.face(&session, screen).contains("policy 0 ␛[31m"));
        press(&mut sheet, &session, KeyCode::Char('G'), screen);
        let end = sheet.face(&session, screen);
        assert!(
            end.contains("policy 499") && end.ends_with("with 429"),
            "{end}"
        );
        for _ in 0..5 {
            press(&mut sheet, &session, KeyCode::Char('j'), screen);
        }
        assert_eq!(sheet.face(&session, screen), end, "there is nothing below");
        press(&mut sheet, &session, KeyCode::Char('k'), screen);
        assert_ne!(sheet.face(&session, screen), end, "one up is one up");
        press(&mut sheet, &session, KeyCode::PageUp, screen);
        press(&mut sheet, &session, KeyCode::Char('g'), screen);
        assert!(sheet.face(&session, screen).starts_with("https://api.test"));
        for code in ['Q', 'q']
            .map(KeyCode::Char)
            .into_iter()
            .chain([KeyCode::Esc])
        {
            assert!(
                press(&mut sheet, &session, code, screen),
                "{code} closes it"
            );
        }
    }

    #[test]
    fn it_is_drawn_at_every_size() {
        let session = many();
        for width in [0, 1, 3, 7, 12, 25, 40, 90] {
            for height in [0, 1, 2, 3, 5, 12, 30] {
                let screen = Rect::new(0, 0, width, height);
                let mut sheet = QuotaSheet::default();
                for code in ['j', 'G', 'k'].map(KeyCode::Char) {
                    press(&mut sheet, &session, code, screen);
                    let mut buffer = Buffer::empty(screen);
                    sheet.draw(&session, super::PLAIN, screen, &mut buffer);
                }
            }
        }
    }

    #[test]
    fn it_wakes_while_it_counts() {
        let limited = "RateLimit-Remaining: 0\nRateLimit-Reset: 7200";
        for (fields, seconds, expected) in [
            ("", 0, Some(8)),
            ("", 99, None),
            (limited, 50, Some(1)),
            // Not the countdown's next minute, but the age's.
            (limited, 3500, Some(40)),
            (limited, 7200, Some(3600)),
        ] {
            let expected = expected.map(Duration::from_secs);
            assert_eq!(
                changes_in(&session(fields, seconds)),
                expected,
                "{fields} {seconds}"
            );
        }
    }
}
