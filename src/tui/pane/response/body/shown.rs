//! A row of a document as lines of the screen: the gutter, the row cut or broken to the width, what was found in it.

use std::ops::Range;

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use crate::document::row::{Row, Tint};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::{grapheme_width, head, width};

/// A row on show.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) row: Row,
    /// What was found in it: the piece, and the bytes of its text.
    pub(super) marks: Vec<(usize, Range<usize>)>,
}

/// A stretch of one piece's text.
type Run = (usize, Range<usize>);

/// The parts that a row has when it is broken at this width, none of them wider. At least one.
pub(super) fn parts(row: &Row, columns: usize) -> Vec<Vec<Run>> {
    let columns = columns.max(1);
    let (mut parts, mut part, mut taken) = (Vec::new(), Vec::new(), 0);
    for (number, piece) in row.pieces.iter().enumerate() {
        let mut from = 0;
        while from < piece.text.len() {
            let rest = &piece.text[from..];
            let mut fits = head(rest, columns.saturating_sub(taken)).len();
            if fits == 0 && taken == 0 {
                // Wider than the screen: a part of its own, and drawn as a sign that it is there.
                fits = rest.graphemes(true).next().map_or(rest.len(), str::len);
            }
            if fits > 0 {
                let run = from..from + fits;
                taken += width(&piece.text[run.clone()]);
                part.push((number, run));
                from += fits;
            }
            if from < piece.text.len() {
                parts.push(std::mem::take(&mut part));
                taken = 0;
            }
        }
    }
    parts.push(part);
    parts
}

/// The row as one part, from this column on as far as the screen goes; whether more follows.
fn window(row: &Row, left: usize, columns: usize) -> (Vec<Run>, bool) {
    let (mut skip, mut room, mut runs) = (left, columns, Vec::new());
    for (number, piece) in row.pieces.iter().enumerate() {
        let mut from = 0;
        for (at, grapheme) in piece.text.grapheme_indices(true) {
            let wide = grapheme_width(grapheme);
            if skip > 0 {
                skip = skip.saturating_sub(wide);
                from = at + grapheme.len();
                continue;
            }
            if wide > room {
                runs.push((number, from..at));
                return (runs, true);
            }
            room -= wide;
        }
        runs.push((number, from..piece.text.len()));
    }
    (runs, false)
}

/// How a row is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) theme: Theme,
    /// Columns of text.
    pub(super) columns: usize,
    pub(super) wraps: bool,
    /// The first column on show where rows are not broken.
    pub(super) left: usize,
}

impl Shown {
    /// Its lines from a part on.
    pub(super) fn lines(&self, look: Look, from: usize) -> Vec<Line<'_>> {
        if look.wraps {
            let parts = parts(&self.row, look.columns).into_iter().skip(from);
            return parts.map(|runs| self.part(&runs, look)).collect();
        }
        let (runs, more) = window(&self.row, look.left, look.columns);
        vec![self.line(&runs, look, more)]
    }

    fn part(&self, runs: &[Run], look: Look) -> Line<'_> {
        let wide = |(number, run): &Run| width(&self.row.pieces[*number].text[run.clone()]);
        if runs.iter().map(wide).sum::<usize>() > look.columns {
            return self.line(&[], look, true);
        }
        self.line(runs, look, false)
    }

    fn line(&self, runs: &[Run], look: Look, more: bool) -> Line<'_> {
        let mut line = Line::default();
        for (number, run) in runs {
            let piece = &self.row.pieces[*number];
            let style = look.theme.style(tone(piece.tint));
            let mut at = run.start;
            let marks = self.marks.iter().filter(|(piece, _)| piece == number);
            for (_, mark) in marks {
                let mark = mark.start.clamp(at, run.end)..mark.end.clamp(at, run.end);
                if mark.is_empty() {
                    continue;
                }
                line.push_span(Span::styled(&piece.text[at..mark.start], style));
                let found = found(look.theme);
                line.push_span(Span::styled(&piece.text[mark.clone()], found));
                at = mark.end;
            }
            line.push_span(Span::styled(&piece.text[at..run.end], style));
        }
        if more {
            shorten(&mut line, look.columns);
            line.push_span(Span::styled("…", look.theme.style(Tone::Faint)));
        }
        line
    }
}

/// Makes room for one column at the end of a line that takes all.
fn shorten(line: &mut Line<'_>, columns: usize) {
    while line.iter().map(|span| width(&span.content)).sum::<usize>() >= columns.max(1) {
        let Some(last) = line.spans.pop() else { break };
        let mut text = last.content.into_owned();
        let Some((at, _)) = text.grapheme_indices(true).next_back() else {
            continue;
        };
        text.truncate(at);
        line.push_span(Span::styled(text, last.style));
    }
}

/// The look of what was found.
pub(super) fn found(theme: Theme) -> Style {
    theme.style(Tone::Accent).add_modifier(Modifier::UNDERLINED)
}

/// By weight, not by hue: each hue means a class of outcome already.
fn tone(tint: Tint) -> Tone {
    match tint {
        Tint::Key => Tone::Strong,
        Tint::Punctuation | Tint::Aside => Tone::Faint,
        Tint::String | Tint::Number | Tint::Literal | Tint::Plain => Tone::Plain,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use crate::document::indexing::Indexing;
    use crate::document::row::Row;
    use crate::document::source::Memory;
    use crate::document::walk::Walk;
    use crate::tui::pane::response::body::shown::{Look, Shown, parts};
    use crate::tui::theme::Theme;
    use crate::tui::widget::text::width;

    fn row(text: &str) -> Row {
        let source = Arc::new(Memory::new(text));
        let document = Indexing::whole(source, "text/plain").expect("memory is readable");
        let mut walk = Walk::new(&document);
        let first = walk.first().expect("a line");
        walk.row(first).expect("readable").expect("a row")
    }

    fn look(columns: usize, wraps: bool, left: usize) -> Look {
        Look {
            theme: Theme { colour: true },
            columns,
            wraps,
            left,
        }
    }

    #[test]
    fn rows_are_cut_or_broken() {
        let shown = Shown {
            row: row("日本語 is wide"),
            marks: vec![(0, 3..6)],
        };
        let told = |look: Look| -> Vec<String> {
            shown
                .lines(look, 0)
                .iter()
                .map(ToString::to_string)
                .collect()
        };
        assert_eq!(told(look(7, false, 0)), ["日本語…"]);
        assert_eq!(told(look(20, false, 0)), ["日本語 is wide"]);
        assert_eq!(told(look(7, false, 4)), ["語 is …"]);
        assert_eq!(told(look(5, true, 0)), ["日本", "語 is", " wide"]);
        assert_eq!(told(look(1, true, 0)).concat(), "……… is wide");
        let found = shown.lines(look(20, false, 0), 0);
        assert_eq!(found[0].spans[1].content, "本");
    }

    /// Vowel signs that take a column each belong to the letter before them, and may not be parted from it.
    #[test]
    fn a_letter_wider_than_the_screen_is_told_of() {
        let shown = Shown {
            row: row("a\u{11937}\u{115b0}bc"),
            marks: Vec::new(),
        };
        let told: Vec<String> = shown
            .lines(look(2, true, 0), 0)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(told, ["…", "bc"]);
        assert_eq!(shown.lines(look(2, false, 0), 0)[0].to_string(), "…");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_too_wide(text in any::<String>(), columns in 1..40_usize, left in 0..30_usize) {
            let row = row(&format!("a{text}").replace('\n', " "));
            let whole = row.text();
            let broken = parts(&row, columns);
            let said: String = broken
                .iter()
                .flatten()
                .map(|(piece, run)| &row.pieces[*piece].text[run.clone()])
                .collect();
            prop_assert_eq!(said, whole);
            let shown = Shown { row, marks: Vec::new() };
            for line in shown.lines(look(columns, true, 0), 0) {
                prop_assert!(width(&line.to_string()) <= columns);
            }
            for line in shown.lines(look(columns, false, left), 0) {
                prop_assert!(width(&line.to_string()) <= columns);
            }
        }
    }
}
