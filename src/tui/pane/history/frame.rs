//! The history's frame: in its borders stands what is told of the whole list.
//!
//! ```text
//!   ┌ 1 History ─ status:4xx  ✓812k ✗3140 ‼12 ?1 ──────┐   the filter, how many of each class
//!   │                                                   │
//!   └ ▲ 12 newer: g ─────────────── last hour ▁▂ ▅█▃▁ ─┘   what is above, a search; what became of the latest
//! ```

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Widget};

use crate::document::visible::visible;
use crate::domain::exchange::Class;
use crate::tui::outcome_look::{glyph, spinner, tone};
use crate::tui::pane::history::HistoryPane;
use crate::tui::session::Session;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::piece::first_fitting;
use crate::tui::widget::spark::{self, Bar};
use crate::tui::widget::text::{cut, middle};

/// From this width on there is room for what became of the latest exchanges.
const ROOM_FOR_PULSE: u16 = 60;

impl HistoryPane {
    /// Draws the borders and what stands in them.
    pub(super) fn draw_frame(
        &self,
        session: &Session,
        theme: Theme,
        focused: bool,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let room = usize::from(area.width).saturating_sub(2);
        let foot = self.foot(session, theme, room);
        let pulse = pulse(session, theme)
            .filter(|pulse| area.width >= ROOM_FOR_PULSE && foot.width() + pulse.width() < room);
        let mut block = Block::bordered()
            .border_style(theme.border(focused))
            .title_style(Style::reset())
            .title(self.title(session, theme, focused, area))
            .title_bottom(foot);
        if let Some(pulse) = pulse {
            block = block.title_bottom(pulse.right_aligned());
        }
        block.render(area, buffer);
    }

    fn title<'a>(&self, session: &Session, theme: Theme, focused: bool, area: Rect) -> Line<'a> {
        let mut line = Line::from(Span::styled(" 1 History ", theme.title(focused)));
        let room = usize::from(area.width).saturating_sub(line.width() + 5);
        let list = &session.list;
        if !list.query.is_empty() {
            let query = list.query.to_string();
            let query = cut(&visible(&query), room).into_owned();
            line.push_span(Span::styled("─ ", theme.border(focused)));
            line.push_span(Span::styled(format!("{query} "), theme.style(Tone::Strong)));
        }
        let counts = self.counts(session, theme);
        let width: usize = counts.iter().map(Span::width).sum();
        if area.width >= 34 && width > 0 && line.width() + width + 3 <= usize::from(area.width) {
            line.extend(counts);
            line.push_span(" ");
        }
        line
    }

    /// How many of each class there are: of everything; with a filter of the rows that were found, with a sign where there
    /// may be more.
    fn counts<'a>(&self, session: &Session, theme: Theme) -> Vec<Span<'a>> {
        let list = &session.list;
        let all = session.tallied.as_ref().filter(|_| list.query.is_empty());
        let more = list.newer || list.older || list.searching.is_some();
        let more = if more && all.is_none() { "+" } else { "" };
        let mut counts = Vec::new();
        for (classes, shown) in COUNTED {
            let count: u64 = match all {
                Some(all) => classes.iter().map(|class| all.tally.of(*class)).sum(),
                None => classes.iter().map(|class| self.lines.count(*class)).sum(),
            };
            if count > 0 {
                let text = format!(" {}{}{more}", glyph(shown), few_digits(count));
                counts.push(Span::styled(text, theme.style(tone(shown))));
            }
        }
        counts
    }

    /// What stands in the lower border: one thing, what matters most now.
    fn foot<'a>(&self, session: &Session, theme: Theme, room: usize) -> Line<'a> {
        let said = |texts: Vec<String>, tone: Tone| {
            let lines = texts
                .into_iter()
                .map(|text| Line::styled(text, theme.style(tone)));
            first_fitting(lines, room)
        };
        let list = &session.list;
        if let Some(marked) = &session.marked {
            let id = middle(marked.as_str(), 9);
            let long = format!(" ⇄ {id}: = compares, Esc drops ");
            let short = " ⇄ = compares, Esc drops ".to_owned();
            return said(vec![long, short], Tone::Accent);
        }
        if let Some(search) = &list.searching {
            let turns = session.now.wall.as_millisecond().unsigned_abs();
            let turns = spinner(turns.into());
            let far = search.to.map(|to| back_to(session, to)).unwrap_or_default();
            let long = format!(" {turns} searching …{far}, Esc stops ");
            let short = format!(" {turns} searching …{far} ");
            let shortest = format!(" {turns} searching … ");
            return said(vec![long, short, shortest], Tone::Notice);
        }
        if list.aside.is_some() {
            return said(vec![" ≠ hidden by the filter ".to_owned()], Tone::Refused);
        }
        if let Some(above) = self.view.above(session) {
            let count = match (above.new, above.at_least) {
                (0, _) => String::new(),
                (new, at_least) => format!("{new}{} ", if at_least { "+" } else { "" }),
            };
            return said(vec![format!(" ▲ {count}newer: g ")], Tone::Notice);
        }
        if let Some(search) = &list.stopped {
            let far = search.to.map(|to| back_to(session, to)).unwrap_or_default();
            let long = format!(" the search was stopped{far} ");
            return said(vec![long, " stopped ".to_owned()], Tone::Notice);
        }
        Line::default()
    }
}

/// How far a search has come: always the date, since it goes far.
fn back_to(session: &Session, to: Timestamp) -> String {
    let to = to.to_zoned(session.zone.clone());
    format!(" back to {}", to.date())
}

/// The classes that the title counts: a status group with its glyph.
const COUNTED: [(&[Class], Class); 4] = [
    (&[Class::Success], Class::Success),
    (
        &[Class::ClientError, Class::RateLimited],
        Class::ClientError,
    ),
    (&[Class::ServerError], Class::ServerError),
    (&[Class::Indeterminate], Class::Indeterminate),
];

/// What became of the latest exchanges; nothing where there were none.
fn pulse<'a>(session: &Session, theme: Theme) -> Option<Line<'a>> {
    let (name, buckets) = session.pulse()?;
    let bars: Vec<Bar> = buckets
        .iter()
        .map(|bucket| Bar {
            of: bucket.total().into(),
            refused: bucket.client_error.into(),
            wrong: bucket.server_error.saturating_add(bucket.lost).into(),
        })
        .collect();
    let mut line = Line::from(Span::raw(format!(" {name} ")));
    line.extend(spark::cells(&bars, theme));
    line.push_span(" ");
    Some(line)
}

/// A count in four columns and less: `9999`, `12k`, `1.2M`; never more than there are.
fn few_digits(count: u64) -> String {
    match count {
        0..10_000 => count.to_string(),
        10_000..1_000_000 => format!("{}k", count / 1000),
        1_000_000..10_000_000 => {
            format!("{}.{}M", count / 1_000_000, count / 100_000 % 10)
        }
        _ => format!("{}M", count / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::few_digits;

    #[test]
    fn a_count_stays_short_and_never_says_more_than_there_is() {
        for (count, expected) in [
            (0, "0"),
            (9_999, "9999"),
            (10_000, "10k"),
            (812_999, "812k"),
            (1_000_000, "1.0M"),
            (9_990_000, "9.9M"),
            (123_456_789, "123M"),
        ] {
            assert_eq!(few_digits(count), expected);
        }
    }
}
