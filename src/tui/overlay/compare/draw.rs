//! How a comparison looks, and what of it is seen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::document::visible::visible;
use crate::domain::compare::Comparison;
use crate::domain::compare::row::{Form, Section};
use crate::domain::exchange::Summary;
use crate::tui::outcome_look::{glyph, status_text, tone};
use crate::tui::overlay::compare::cell::Layout;
use crate::tui::overlay::compare::{CompareSheet, Item};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::popup::Popup;
use crate::tui::widget::scrollbar;
use crate::tui::widget::text::{cut, middle, url_middle};
use crate::tui::widget::wrap::wrap;

/// From this height of the box on its first lines say which two these are.
const ROOMY: u16 = 8;

/// The lines above the list.
const HEAD: u16 = 3;

#[cfg(test)]
thread_local! {
    /// How many items were laid out on this thread: what a key costs, on a machine of any speed.
    pub(super) static LAID_OUT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

impl CompareSheet {
    fn title(&self) -> String {
        let (left, right) = (
            middle(self.left.as_str(), 9),
            middle(self.right.as_str(), 9),
        );
        format!("Compare {left} with {right}")
    }

    fn popup<'a>(&self, title: &'a str, screen: Rect) -> Popup<'a> {
        let hint = match (self.is_beside(screen), screen.width >= 84) {
            (true, _) => "n N differences, Enter folds, a all, t unified, = or Esc closes",
            (false, true) => "n N differences, Enter folds, a all, t side by side, = or Esc closes",
            (false, false) => "n N next, Enter folds, a all, t sides, Esc closes",
        };
        Popup { title, hint }
    }

    fn inner(&self, screen: Rect) -> Rect {
        let title = self.title();
        let popup = self.popup(&title, screen);
        popup.inner(popup.area(screen, (screen.width, screen.height)))
    }

    /// Where the list stands.
    pub(super) fn list_area(&self, screen: Rect) -> Rect {
        let inner = self.inner(screen);
        let head = if inner.height >= ROOMY { HEAD } else { 0 };
        Rect {
            y: inner.y + head,
            height: inner.height - head,
            ..inner
        }
    }

    fn layout(&self, screen: Rect, theme: Theme) -> Layout {
        Layout {
            width: self.list_area(screen).width.into(),
            beside: self.is_beside(screen),
            theme,
        }
    }

    /// An item as lines, no more than there is room for.
    fn lines(&self, at: usize, layout: Layout) -> Vec<Line<'static>> {
        #[cfg(test)]
        LAID_OUT.set(LAID_OUT.get() + 1);
        let Some(item) = self.items.get(at) else {
            return Vec::new();
        };
        let lines = match *item {
            Item::Section(at) => {
                let head =
                    |section: &Section| vec![layout.section(section, self.folded[at], self.all)];
                self.section(at).map(head)
            }
            Item::Note(at, note) => {
                let note = self.section(at).and_then(|section| section.notes.get(note));
                note.map(|note| layout.note(note))
            }
            Item::Row(at, row) => {
                let section = self.section(at);
                section.and_then(|section| Some(layout.row(section.rows.get(row)?, section.form)))
            }
        };
        lines.unwrap_or_default()
    }

    /// How many lines an item takes. What it looks like does not matter.
    pub(super) fn height(&self, at: usize, screen: Rect) -> usize {
        let plain = Theme { colour: false };
        self.lines(at, self.layout(screen, plain)).len().max(1)
    }

    /// The first item that is seen: where it was, moved no further than the cursor asks, and no line of room wasted.
    pub(super) fn first_seen(&self, screen: Rect) -> usize {
        let room = usize::from(self.list_area(screen).height);
        let mut left = room.saturating_sub(self.height(self.cursor, screen));
        let mut first = self.cursor;
        let mut fits = |at: usize| {
            let rest = left.checked_sub(self.height(at, screen));
            left = rest.unwrap_or(0);
            rest.is_some()
        };
        while first > self.top && fits(first - 1) {
            first -= 1;
        }
        if first > self.top || !(self.cursor + 1..self.items.len()).all(&mut fits) {
            return first;
        }
        while first > 0 && fits(first - 1) {
            first -= 1;
        }
        first
    }

    /// The item a page below the cursor.
    pub(super) fn page_down(&self, screen: Rect) -> usize {
        let (mut at, last) = (self.cursor, self.items.len().saturating_sub(1));
        let mut left = usize::from(self.list_area(screen).height).saturating_sub(1);
        while at < last && left > 0 {
            left = left.saturating_sub(self.height(at, screen));
            at += 1;
        }
        at
    }

    /// The item a page above the cursor.
    pub(super) fn page_up(&self, screen: Rect) -> usize {
        let mut at = self.cursor;
        let mut left = usize::from(self.list_area(screen).height).saturating_sub(1);
        while at > 0 && left > 0 {
            at -= 1;
            left = left.saturating_sub(self.height(at, screen));
        }
        at
    }

    /// Draws it.
    pub fn draw(&self, theme: Theme, screen: Rect, buffer: &mut Buffer) {
        let title = self.title();
        let popup = self.popup(&title, screen);
        let size = (screen.width, screen.height);
        let inner = popup.draw(screen, size, buffer, theme);
        let comparison = match &self.compared {
            Some(Ok(comparison)) => comparison,
            Some(Err(failure)) => {
                let cause = failure.cause.as_deref().unwrap_or_default();
                let text = format!("{}: {cause}", failure.what);
                let lines = wrap(
                    &Line::styled(text, theme.style(Tone::Broken)),
                    inner.width,
                    6,
                );
                return render(lines, inner, buffer);
            }
            None => {
                let line = Line::styled("comparing …", theme.style(Tone::Faint));
                return render(vec![line], inner, buffer);
            }
        };
        let list = self.list_area(screen);
        if list.y > inner.y {
            render(self.head(comparison, screen, theme), inner, buffer);
        }
        let seen = self.draw_list(list, screen, theme, buffer);
        let area = popup.area(screen, size);
        if seen.len() < self.items.len() && area.width >= 3 && area.height >= 3 {
            let style = theme.border(true);
            scrollbar::draw(
                area,
                buffer,
                self.items.len(),
                seen.start,
                seen.len(),
                style,
            );
        }
    }

    fn draw_list(
        &self,
        list: Rect,
        screen: Rect,
        theme: Theme,
        buffer: &mut Buffer,
    ) -> std::ops::Range<usize> {
        let layout = self.layout(screen, theme);
        let first = self.first_seen(screen);
        let (mut y, mut at) = (list.y, first);
        while y < list.bottom() && at < self.items.len() {
            let lines = self.lines(at, layout);
            let height = u16::try_from(lines.len().max(1)).unwrap_or(u16::MAX);
            let height = height.min(list.bottom() - y);
            let area = Rect { y, height, ..list };
            render(lines, area, buffer);
            if at == self.cursor {
                buffer.set_style(area, theme.cursor(true));
            }
            y += height;
            at += 1;
        }
        first..at
    }

    /// How they belong together, whether they differ, and which is which.
    fn head(&self, comparison: &Comparison, screen: Rect, theme: Theme) -> Vec<Line<'static>> {
        let layout = self.layout(screen, theme);
        let relation = visible(&comparison.relation_text()).into_owned();
        let found = comparison
            .sections
            .iter()
            .map(|section| section.differences(false));
        let (verdict, tone) = match found.sum() {
            0_usize if comparison.differs(true) => (
                "the same, but for what is another at each send",
                Tone::Success,
            ),
            0 => ("the same", Tone::Success),
            _ => ("different", Tone::Refused),
        };
        let verdict = Span::styled(verdict, theme.style(tone).patch(theme.style(Tone::Strong)));
        let room = layout.width.saturating_sub(verdict.width() + 2);
        let first = Line::from(vec![
            verdict,
            Span::raw("  "),
            Span::raw(cut(&relation, room).into_owned()),
        ]);
        let (names, side) = (layout.names(Form::Fields), layout.side(Form::Fields));
        let second = match layout.beside {
            true => {
                let left = side_line(&comparison.left, "", side, theme);
                let gap = side.saturating_sub(left.width());
                let mut line = Line::raw(" ".repeat(names + 3));
                line.extend(left.spans);
                line.push_span(Span::styled(
                    format!("{} │ ", " ".repeat(gap)),
                    theme.style(Tone::Faint),
                ));
                line.extend(side_line(&comparison.right, "", side, theme).spans);
                line
            }
            false => {
                let half = layout.width.saturating_sub(2) / 2;
                let mut line = side_line(&comparison.left, "- ", half, theme);
                line.push_span("  ");
                line.extend(side_line(&comparison.right, "+ ", half, theme).spans);
                line
            }
        };
        vec![first, second, Line::default()]
    }
}

/// One of the two: its id, what came of it, what it asked for.
fn side_line(side: &Summary, sign: &str, room: usize, theme: Theme) -> Line<'static> {
    let id = format!("{sign}{} ", middle(side.id.as_str(), 9));
    let status = format!(
        "{} {} ",
        glyph(side.class),
        status_text(side.class, side.status)
    );
    let taken = Line::raw(format!("{id}{status}")).width();
    let asked = visible(&format!("{} {}", side.method, side.target)).into_owned();
    Line::from(vec![
        Span::raw(id),
        Span::styled(status, theme.style(tone(side.class))),
        Span::raw(url_middle(&asked, room.saturating_sub(taken)).into_owned()),
    ])
}

fn render(lines: Vec<Line<'static>>, area: Rect, buffer: &mut Buffer) {
    for (line, y) in lines.into_iter().zip(area.y..area.bottom()) {
        let area = Rect {
            y,
            height: 1,
            ..area
        };
        line.render(area, buffer);
    }
}
