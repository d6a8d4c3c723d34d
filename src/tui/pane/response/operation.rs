//! The operation of the exchange on show: its attempts in order, each with its key and its sends; what they made, what
//! looking it up found, what people settled and wrote down.
//!
//! ```text
//!   requestId op_7f2c…  account acct_demo
//!   RE-CREATED: pay_1, pay_2. It was done more than once.
//!   ★ “asked Ana: the customer paid twice”
//!   attempt 1  key 9b1e2c…d04c71  fresh
//!     ‼ 500  send 1                    38 ms   4 m
//!   attempt 2  key 77aa01…c3f0e2  new
//!   ▸ ✓ 201  send 1  made pay_2        12 ms   now
//!   looked up  found pay_1, pay_2               1 m
//! ```

use std::borrow::Cow;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::document::visible::visible;
use crate::domain::exchange::{Exchange, Summary};
use crate::domain::operation::{Found, Remark, Settlement};
use crate::domain::request::KeyChoice;
use crate::tui::message::Loaded;
use crate::tui::outcome_look::{glyph, status_text, tone};
use crate::tui::session::Session;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::{human_ms, middle, pad_left, pad_right, relative, width};
use crate::tui::widget::wrap::wrap_text;

/// How many rows the flag of a re-created operation may take.
const FLAG: usize = 4;

/// How many rows a note may take.
const NOTE: usize = 20;

/// A row of the tab.
enum Row<'a> {
    /// Which operation it is.
    Head(&'a Summary),
    /// It was done more than once, by which objects: one row of what says so.
    Flag(Line<'static>),
    /// An attempt: its first exchange.
    Attempt(&'a Summary),
    /// One send of it.
    Send(&'a Summary),
    /// A look-up, and what it found when it told something.
    LookUp(&'a Summary),
    /// What somebody settled.
    Settled(&'a Settlement),
    /// What somebody wrote down.
    Remark(&'a Remark),
    /// What somebody keeps of the exchange on show: one row of it.
    Kept(Line<'static>),
}

/// Attempts in their order, the sends of each in theirs; then what was found and said, oldest first.
fn rows_of(loaded: &Loaded, columns: u16, theme: Theme) -> Vec<Row<'_>> {
    let operation = &loaded.operation;
    let mut ordered: Vec<&Summary> = operation.attempts().collect();
    ordered.sort_by_key(|e| (e.attempt, e.send));
    let mut rows: Vec<Row> = Vec::from_iter(ordered.first().map(|first| Row::Head(first)));
    rows.extend(flag(loaded, columns, theme).into_iter().map(Row::Flag));
    rows.extend(kept(loaded, columns, theme).into_iter().map(Row::Kept));
    for (at, exchange) in ordered.iter().enumerate() {
        if at == 0 || ordered[at - 1].attempt != exchange.attempt {
            rows.push(Row::Attempt(exchange));
        }
        rows.push(Row::Send(exchange));
    }
    let beside = operation.exchanges.iter();
    let beside = beside.filter(|e| !ordered.iter().any(|one| one.id == e.id));
    rows.extend(beside.map(Row::LookUp));
    rows.extend(operation.settlements.iter().map(Row::Settled));
    rows.extend(operation.remarks.iter().map(Row::Remark));
    rows
}

/// Whether the exchange on show is pinned, and the whole of what was noted of it.
fn kept(loaded: &Loaded, columns: u16, theme: Theme) -> Vec<Line<'static>> {
    let Exchange { pinned, note, .. } = &loaded.exchange;
    let note = note.as_deref().map(visible);
    let text = match (pinned, note) {
        (false, None) => return Vec::new(),
        (true, None) => "★ pinned".to_owned(),
        (true, Some(note)) => format!("★ “{note}”"),
        (false, Some(note)) => format!("¶ “{note}”"),
    };
    wrap_text(&text, theme.style(Tone::Accent), columns, NOTE)
}

fn flag(loaded: &Loaded, columns: u16, theme: Theme) -> Vec<Line<'static>> {
    let made = loaded.operation.made();
    if made.len() < 2 {
        return Vec::new();
    }
    let ids: Vec<_> = made.iter().map(|object| visible(object.id)).collect();
    let ids = ids.join(", ");
    let (text, tone) = match loaded.operation.is_recreated() {
        true => (
            format!("RE-CREATED: {ids}. It was done more than once."),
            Tone::Broken,
        ),
        false => (
            format!(
                "Two names: {ids}. Look it up again (! and l) to tell whether it was done twice."
            ),
            Tone::Refused,
        ),
    };
    wrap_text(&text, theme.style(tone), columns, FLAG)
}

/// How many attempts there are.
pub(crate) fn attempts(loaded: &Loaded) -> usize {
    let mut numbers: Vec<u32> = loaded.operation.attempts().map(|e| e.attempt).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.len()
}

/// How many rows it has.
pub(crate) fn rows(loaded: &Loaded, columns: u16) -> usize {
    rows_of(loaded, columns, Theme { colour: false }).len()
}

/// Draws it from row `top` on.
pub(crate) fn draw(
    loaded: &Loaded,
    session: &Session,
    top: usize,
    area: Rect,
    theme: Theme,
    buffer: &mut Buffer,
) {
    let look = Look {
        now: session.now.wall,
        columns: usize::from(area.width),
        theme,
    };
    let rows = rows_of(loaded, area.width, theme).into_iter().skip(top);
    for (row, y) in rows.zip(area.y..area.bottom()) {
        let line = match row {
            Row::Head(first) => look.head(first),
            Row::Flag(line) | Row::Kept(line) => line,
            Row::Attempt(first) => look.attempt(first),
            Row::Send(send) => look.send(send, loaded),
            Row::LookUp(exchange) => look.look_up(exchange, loaded),
            Row::Settled(settlement) => look.settled(settlement),
            Row::Remark(remark) => look.said("note", &visible(&remark.text), remark.at),
        };
        line.render(
            Rect {
                y,
                height: 1,
                ..area
            },
            buffer,
        );
    }
}

/// How rows are drawn.
struct Look {
    now: Timestamp,
    columns: usize,
    theme: Theme,
}

impl Look {
    fn faint(&self) -> Style {
        self.theme.style(Tone::Faint)
    }

    fn ago(&self, at: Timestamp) -> String {
        pad_left(&relative(self.now.as_second(), at.as_second()), 6)
    }

    fn head<'a>(&self, first: &Summary) -> Line<'a> {
        let account = first.account.as_deref().unwrap_or("none");
        Line::from(vec![
            Span::styled("requestId ", self.faint()),
            Span::raw(visible(first.operation.as_str()).into_owned()),
            Span::styled("  account ", self.faint()),
            Span::raw(visible(account).into_owned()),
        ])
    }

    fn attempt<'a>(&self, first: &Summary) -> Line<'a> {
        let word = match first.key_choice {
            KeyChoice::Fresh => "fresh",
            KeyChoice::Same => "same",
            KeyChoice::New => "new",
            KeyChoice::Given => "given",
            KeyChoice::None => "",
        };
        let key = match &first.idempotency_key {
            Some(key) => format!("  key {}  {word}", middle(&visible(key), 24)),
            None => "  no key".to_owned(),
        };
        let name = format!("attempt {}", first.attempt);
        Line::from(vec![
            Span::styled(name, self.theme.style(Tone::Strong)),
            Span::raw(key),
        ])
    }

    fn send<'a>(&self, send: &Summary, loaded: &Loaded) -> Line<'a> {
        let saved = if send.replayed { "  saved answer" } else { "" };
        let code = send.codes.first();
        let code = code.map_or(String::new(), |code| format!("  {}", visible(code)));
        let made = match &send.objects {
            Some(named) if !named.ids.is_empty() => {
                format!("  made {}", visible(&named.ids.join(", ")))
            }
            _ => String::new(),
        };
        self.exchange(
            send,
            loaded,
            &format!("  send {}{saved}{code}{made}", send.send),
        )
    }

    fn look_up<'a>(&self, exchange: &Summary, loaded: &Loaded) -> Line<'a> {
        let told = match &exchange.objects {
            None => Cow::Borrowed("told nothing"),
            Some(named) if named.ids.is_empty() => "none found yet".into(),
            Some(named) => {
                let more = if named.partial {
                    ", and maybe more"
                } else {
                    ""
                };
                format!("found {}{more}", visible(&named.ids.join(", "))).into()
            }
        };
        self.exchange(
            exchange,
            loaded,
            &format!("  attempt {}, looked up: {told}", exchange.attempt),
        )
    }

    /// One exchange, marked when it is the one on show.
    fn exchange<'a>(&self, exchange: &Summary, loaded: &Loaded, text: &str) -> Line<'a> {
        let here = if exchange.id == loaded.exchange.id {
            "▸ "
        } else {
            "  "
        };
        let status = format!(
            "{} {}",
            glyph(exchange.class),
            status_text(exchange.class, exchange.status)
        );
        let took = exchange.total_ms.map(human_ms).unwrap_or_default();
        let right = format!("{}{}", pad_left(&took, 9), self.ago(exchange.started_at));
        let room = self
            .columns
            .saturating_sub(2 + width(&status) + width(&right));
        Line::from(vec![
            Span::styled(here, self.theme.style(Tone::Accent)),
            Span::styled(status, self.theme.style(tone(exchange.class))),
            Span::raw(pad_right(&middle(text, room), room)),
            Span::styled(right, self.faint()),
        ])
    }

    fn settled<'a>(&self, settlement: &Settlement) -> Line<'a> {
        let ids = visible(&settlement.objects.join(", ")).into_owned();
        let text = match settlement.found {
            Found::Done => format!("done, by {ids}"),
            Found::NotDone => "not done, on somebody's word".to_owned(),
        };
        self.said("settled", &text, settlement.at)
    }

    /// What somebody said, and when.
    fn said<'a>(&self, what: &'static str, text: &str, at: Timestamp) -> Line<'a> {
        let right = self.ago(at);
        let room = self.columns.saturating_sub(9 + width(&right));
        Line::from(vec![
            Span::styled(pad_right(what, 9), self.theme.style(Tone::Strong)),
            Span::raw(pad_right(&middle(text, room), room)),
            Span::styled(right, self.faint()),
        ])
    }
}
