//! One item as lines: side by side, or the left above the right.

use std::ops::Range;

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::document::visible::visible;
use crate::domain::compare::pretty::pretty;
use crate::domain::compare::row::{Form, Row, RowKind, Section};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::{cut, pad_right, url_middle, width};
use crate::tui::widget::wrap::wrap;

/// How many lines one value may take.
const MOST: usize = 10;

/// No more of a value is laid out than this many bytes: more fits into no ten lines.
const LONGEST: usize = 4096;

/// What stands between the two sides.
const RULE: &str = " │ ";

/// Where things go.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// All columns.
    pub width: usize,
    /// Whether the sides stand side by side.
    pub beside: bool,
    /// The look.
    pub theme: Theme,
}

impl Layout {
    /// The columns of a name: line numbers are short.
    pub fn names(self, form: Form) -> usize {
        match form {
            Form::Text => 6,
            _ if self.beside => (self.width / 5).clamp(10, 34),
            _ => (self.width / 3).clamp(8, 34),
        }
    }

    /// The columns of one side.
    pub fn side(self, form: Form) -> usize {
        let room = self.width.saturating_sub(2 + self.names(form) + 1);
        match self.beside {
            true => (room.saturating_sub(width(RULE)) / 2).max(1),
            false => room.max(1),
        }
    }

    /// A row of a section.
    pub fn row(self, row: &Row, form: Form) -> Vec<Line<'static>> {
        let look = Look::of(row);
        match self.beside {
            true => self.row_beside(row, form, look),
            false => self.row_above(row, form, look),
        }
    }

    fn row_beside(self, row: &Row, form: Form, look: Look) -> Vec<Line<'static>> {
        let room = self.side(form);
        let left = self.value(row, Side::Left, form, look, room);
        let right = self.value(row, Side::Right, form, look, room);
        let mut lines = Vec::new();
        for at in 0..left.len().max(right.len()).max(1) {
            let mut line = match at {
                0 => self.head(look.mark, &row.name, form, look.both),
                _ => Line::raw(" ".repeat(2 + self.names(form) + 1)),
            };
            let cell = |lines: &[Line<'static>]| lines.get(at).cloned().unwrap_or_default();
            let (left, right) = (cell(&left), cell(&right));
            let gap = room.saturating_sub(left.width());
            line.extend(left.spans);
            line.push_span(" ".repeat(gap));
            line.push_span(Span::styled(RULE, self.theme.style(Tone::Faint)));
            line.extend(right.spans);
            lines.push(line);
        }
        lines
    }

    /// What changed stands above what it became; everything else on one.
    fn row_above(self, row: &Row, form: Form, look: Look) -> Vec<Line<'static>> {
        let sides: &[(Side, char, Tone)] = match row.kind {
            _ if look.both == Tone::Faint && row.kind != RowKind::Same => {
                return self.row_faint(row, form, look);
            }
            RowKind::Changed => &[(Side::Left, '-', look.left), (Side::Right, '+', look.right)],
            RowKind::Removed => &[(Side::Left, '-', look.left)],
            _ => &[(Side::Right, look.mark, look.right)],
        };
        let room = self.side(form);
        let mut lines = Vec::new();
        for (side, mark, tone) in sides {
            let name = match side {
                Side::Left => row.from.as_ref().unwrap_or(&row.name),
                Side::Right => &row.name,
            };
            let value = self.value(row, *side, form, look, room);
            lines.extend(self.beneath(self.head(*mark, name, form, *tone), value, form));
        }
        lines
    }

    /// What does not count takes no more room than it must.
    fn row_faint(self, row: &Row, form: Form, look: Look) -> Vec<Line<'static>> {
        let side =
            |side: &Option<std::sync::Arc<str>>| start(side.as_deref().unwrap_or("-")).to_owned();
        let note = row
            .note
            .as_deref()
            .map(|note| format!("  {note}"))
            .unwrap_or_default();
        let text = format!("{} → {}{note}", side(&row.left), side(&row.right));
        let text = Line::styled(text, self.theme.style(look.both));
        let value = wrap(&text, columns(self.side(form)), MOST);
        self.beneath(
            self.head(look.mark, &row.name, form, look.both),
            value,
            form,
        )
    }

    fn beneath(
        self,
        head: Line<'static>,
        value: Vec<Line<'static>>,
        form: Form,
    ) -> Vec<Line<'static>> {
        let blank = Line::raw(" ".repeat(2 + self.names(form) + 1));
        let heads = std::iter::once(head).chain(std::iter::repeat(blank));
        let lines = heads.zip(value).map(|(mut head, value)| {
            head.extend(value.spans);
            head
        });
        lines.collect()
    }

    fn head(self, mark: char, name: &str, form: Form, tone: Tone) -> Line<'static> {
        let room = self.names(form);
        let name = visible(start(if name.is_empty() { "(whole)" } else { name })).into_owned();
        let style = self.theme.style(tone);
        Line::from(vec![
            Span::styled(format!("{mark} "), style),
            Span::styled(pad_right(&url_middle(&name, room), room), style),
            Span::raw(" "),
        ])
    }

    /// What stands on one side, broken to the room.
    fn value(
        self,
        row: &Row,
        side: Side,
        form: Form,
        look: Look,
        room: usize,
    ) -> Vec<Line<'static>> {
        let (text, marks, tone) = match side {
            Side::Left => (&row.left, &row.marks.0, look.left),
            Side::Right => (&row.right, &row.marks.1, look.right),
        };
        let Some(text) = text.as_deref() else {
            return Vec::new();
        };
        let style = self.theme.style(tone);
        let holds = form == Form::Json && text.starts_with(['{', '[']);
        let mut lines = match holds && text.len() > room {
            true => laid_out(text, style, room),
            false => wrap(&Line::from(spans(text, marks, style)), columns(room), MOST),
        };
        let faint = |text: String| {
            Line::styled(
                cut(&visible(&text), room).into_owned(),
                self.theme.style(Tone::Faint),
            )
        };
        if let (RowKind::Moved, Some(from), Side::Right) = (row.kind, &row.from, side) {
            lines.push(faint(format!(
                "from {}",
                url_middle(from, room.saturating_sub(5))
            )));
        }
        if let (Some(note), Side::Right) = (&row.note, side) {
            lines.push(faint(note.clone()));
        }
        lines
    }

    /// A section's head: whether it is folded, what it is, what it holds.
    pub fn section(self, section: &Section, folded: bool, all: bool) -> Line<'static> {
        let count = section.differences(false);
        let other = section
            .rows
            .iter()
            .filter(|row| row.kind != RowKind::Same)
            .count()
            - count;
        let has_rows =
            other + count > 0 || !section.notes.is_empty() || (all && !section.rows.is_empty());
        let mark = match (has_rows, folded) {
            (false, _) => "  ",
            (true, true) => "▸ ",
            (true, false) => "▾ ",
        };
        let form = match section.form {
            Form::Fields => "",
            Form::Json => "JSON, ",
            Form::Text => "text, ",
            Form::Binary => "bytes, ",
        };
        let (said, tone) = match (count, other) {
            (0, 0) => ("same".to_owned(), Tone::Faint),
            (0, 1) => ("1 that does not count".to_owned(), Tone::Faint),
            (0, other) => (format!("{other} that do not count"), Tone::Faint),
            (1, _) => ("1 difference".to_owned(), Tone::Refused),
            (many, _) => (format!("{many} differences"), Tone::Refused),
        };
        let title = if count > 0 { Tone::Strong } else { Tone::Plain };
        Line::from(vec![
            Span::styled(mark, self.theme.style(Tone::Faint)),
            Span::styled(
                format!("{}  ", section.part.title()),
                self.theme.style(title),
            ),
            Span::styled(format!("{form}{said}"), self.theme.style(tone)),
        ])
    }

    /// What there is to know of the way a section was compared.
    pub fn note(self, note: &str) -> Vec<Line<'static>> {
        let text = format!("  ({note})");
        wrap(
            &Line::styled(text, self.theme.style(Tone::Faint)),
            columns(self.width),
            MOST,
        )
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// How a row looks: by sign and by hue.
#[derive(Clone, Copy)]
struct Look {
    mark: char,
    left: Tone,
    right: Tone,
    both: Tone,
}

impl Look {
    fn of(row: &Row) -> Look {
        let (mark, left, right, both) = match row.kind {
            RowKind::Same => (' ', Tone::Faint, Tone::Faint, Tone::Faint),
            _ if !row.counts(false) => ('·', Tone::Faint, Tone::Faint, Tone::Faint),
            RowKind::Changed => ('~', Tone::Broken, Tone::Success, Tone::Refused),
            RowKind::Added => ('+', Tone::Success, Tone::Success, Tone::Success),
            RowKind::Removed => ('-', Tone::Broken, Tone::Broken, Tone::Broken),
            RowKind::Moved => ('>', Tone::Notice, Tone::Notice, Tone::Notice),
        };
        Look {
            mark,
            left,
            right,
            both,
        }
    }
}

/// The beginning of a text that may be long.
fn start(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

fn columns(room: usize) -> u16 {
    u16::try_from(room).unwrap_or(u16::MAX)
}

fn laid_out(text: &str, style: Style, room: usize) -> Vec<Line<'static>> {
    let (lines, more) = pretty(text, MOST);
    let line = |line: &String| Line::styled(cut(&visible(start(line)), room).into_owned(), style);
    let mut lines: Vec<Line<'static>> = lines.iter().map(line).collect();
    if more {
        lines.push(Line::styled("…", style));
    }
    // A line's own style is lost when it is joined to another one.
    for line in &mut lines {
        line.spans.iter_mut().for_each(|span| span.style = style);
    }
    lines
}

/// A text with the words that only it has told apart.
fn spans(text: &str, marks: &[Range<usize>], style: Style) -> Vec<Span<'static>> {
    let text = start(text);
    let marked = style.add_modifier(Modifier::UNDERLINED | Modifier::BOLD);
    let piece = |range: Range<usize>, style| {
        let piece = text.get(range).unwrap_or_default();
        Span::styled(piece.to_owned(), style)
    };
    let (mut spans, mut at) = (Vec::new(), 0);
    for mark in marks {
        spans.push(piece(at..mark.start, style));
        spans.push(piece(mark.clone(), marked));
        at = mark.end;
    }
    spans.push(piece(at..text.len(), style));
    spans
}
