//! Lines of styled text broken to a width: between words where that can be, within a word where it must.
//!
//! Each grapheme keeps its style. Blanks at a break are dropped, blanks at a line's beginning stay. The text may be
//! somebody else's: what hides is made visible, and no more rows are made than asked for, whatever the length.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use crate::document::visible::visible;
use crate::tui::widget::text::grapheme_width;

/// One grapheme, its columns and its look.
#[derive(Clone, Debug)]
struct Piece {
    text: String,
    width: usize,
    style: Style,
}

/// A line's rows so far.
#[derive(Debug, Default)]
struct Rows {
    done: Vec<Vec<Piece>>,
    row: Vec<Piece>,
    word: Vec<Piece>,
    /// The blanks between the row and the word.
    gap: Vec<Piece>,
}

/// Breaks a line into at most `most` rows of at most `width` columns; the last one says `…` if there is more. An empty
/// line is one empty row; without any width there are no rows.
pub fn wrap(line: &Line<'_>, width: u16, most: usize) -> Vec<Line<'static>> {
    let width = usize::from(width);
    if width == 0 || most == 0 {
        return Vec::new();
    }
    let mut rows = Rows::default();
    for piece in pieces(line) {
        rows.push(piece, width);
        if rows.done.len() > most {
            break;
        }
    }
    rows.end_word(width);
    rows.end_row();
    let more = rows.done.len() > most;
    rows.done.truncate(most);
    if let Some(last) = rows.done.last_mut().filter(|_| more) {
        end_with_ellipsis(last, width);
    }
    let rows = rows.done.into_iter().map(joined);
    rows.map(|row| Line {
        spans: row,
        ..line_look(line)
    })
    .collect()
}

/// Breaks text without styles of its own into rows, each line of it by itself; at most `most` rows in all.
pub fn wrap_text(text: &str, style: Style, width: u16, most: usize) -> Vec<Line<'static>> {
    let mut rows = Vec::new();
    for line in text.lines() {
        let left = most - rows.len();
        if left == 0 {
            break;
        }
        rows.extend(wrap(&Line::styled(line, style), width, left));
    }
    rows
}

impl Rows {
    fn push(&mut self, piece: Piece, width: usize) {
        if piece.text == " " {
            self.end_word(width);
            self.gap.push(piece);
            return;
        }
        // A word that fills a row is broken there; this also keeps it from growing without end.
        if columns(&self.word) + piece.width > width {
            self.end_word(width);
        }
        self.word.push(if piece.width > width {
            Piece {
                text: "…".to_owned(),
                width: 1,
                ..piece
            }
        } else {
            piece
        });
    }

    /// Puts the word behind the row, or below it.
    fn end_word(&mut self, width: usize) {
        if self.word.is_empty() {
            // Blanks alone: as many as fit, so that they do not grow without end either.
            self.gap.truncate(width);
            return;
        }
        if columns(&self.row) + columns(&self.gap) + columns(&self.word) > width {
            self.end_row();
        }
        self.row.append(&mut self.gap);
        self.row.append(&mut self.word);
    }

    fn end_row(&mut self) {
        self.gap.clear();
        self.done.push(std::mem::take(&mut self.row));
    }
}

fn columns(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| piece.width).sum()
}

fn pieces<'a>(line: &'a Line<'_>) -> impl Iterator<Item = Piece> + 'a {
    line.spans.iter().flat_map(|span| {
        span.content.graphemes(true).flat_map(|grapheme| {
            let shown = visible(grapheme);
            let whole: Vec<Piece> = shown
                .graphemes(true)
                .map(|shown| Piece {
                    text: shown.to_owned(),
                    width: grapheme_width(shown),
                    style: span.style,
                })
                .collect();
            whole
        })
    })
}

fn end_with_ellipsis(row: &mut Vec<Piece>, width: usize) {
    let style = row.last().map_or(Style::new(), |piece| piece.style);
    while columns(row) >= width && row.pop().is_some() {}
    row.push(Piece {
        text: "…".to_owned(),
        width: 1,
        style,
    });
}

/// Neighbours of one style as one span.
fn joined(row: Vec<Piece>) -> Vec<Span<'static>> {
    let mut spans: Vec<(String, Style)> = Vec::new();
    for piece in row {
        match spans.last_mut() {
            Some((text, style)) if *style == piece.style => text.push_str(&piece.text),
            _ => spans.push((piece.text, piece.style)),
        }
    }
    spans
        .into_iter()
        .map(|(text, style)| Span::styled(text, style))
        .collect()
}

fn line_look(line: &Line<'_>) -> Line<'static> {
    Line {
        style: line.style,
        alignment: line.alignment,
        spans: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};
    use ratatui::style::{Style, Stylize};
    use ratatui::text::{Line, Span};

    use super::{wrap, wrap_text};
    use crate::document::visible::is_hidden;

    fn wrapped(text: &str, width: u16, most: usize) -> Vec<String> {
        let rows = wrap(&Line::raw(text), width, most);
        rows.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn text_breaks_between_words_where_it_can() {
        for (text, width, most, expected) in [
            ("one two three", 20, 9, vec!["one two three"]),
            ("one two three", 8, 9, vec!["one two", "three"]),
            ("one two  three", 7, 9, vec!["one two", "three"]),
            ("  in and out", 6, 9, vec!["  in", "and", "out"]),
            ("abcdefgh ij", 3, 9, vec!["abc", "def", "gh", "ij"]),
            ("a abcdef", 4, 9, vec!["a", "abcd", "ef"]),
            ("漢字漢字", 5, 9, vec!["漢字", "漢字"]),
            ("漢", 1, 9, vec!["…"]),
            ("e\u{301}e\u{301}", 1, 9, vec!["e\u{301}", "e\u{301}"]),
            ("one two three four", 5, 2, vec!["one", "two…"]),
            ("one two three four", 3, 2, vec!["one", "tw…"]),
            ("a\u{202e}b", 10, 9, vec!["a⟨U+202E⟩b"]),
            ("", 5, 9, vec![""]),
            ("text", 0, 9, vec![]),
            ("text", 5, 0, vec![]),
            ("ends  ", 5, 9, vec!["ends"]),
        ] {
            assert_eq!(
                wrapped(text, width, most),
                expected,
                "{text} {width} {most}"
            );
        }
    }

    #[test]
    fn styles_are_kept() {
        let line = Line::from(vec![Span::raw("may "), "act twice".bold()]).red();
        let rows = wrap(&line, 7, 9);
        let expected = [
            Line::from(vec![Span::raw("may "), "act".bold()]).red(),
            Line::from(vec!["twice".bold()]).red(),
        ];
        assert_eq!(rows, expected);
        let rows = wrap_text("a\nb c\nd", Style::new(), 1, 3);
        let rows: Vec<_> = rows.iter().map(ToString::to_string).collect();
        assert_eq!(rows, ["a", "b", "c"]);
    }

    #[test]
    fn a_text_without_end_makes_few_rows() {
        let long = "x".repeat(1 << 20);
        assert_eq!(wrapped(&long, 40, 3).len(), 3);
        let blank = " ".repeat(1 << 16);
        assert_eq!(wrapped(&blank, 40, 3), [""]);
    }

    proptest! {
        #[test]
        fn rows_fit_and_nothing_is_lost(text in any::<String>(), width in 0_u16..=10, most in 0_usize..50) {
            let rows = wrap(&Line::raw(&text), width, most);
            assert!(rows.len() <= most);
            for row in &rows {
                assert!(row.width() <= usize::from(width), "{row:?}");
                assert!(!row.to_string().chars().any(is_hidden));
            }
        }

        #[test]
        fn words_are_all_there(text in "[a-z漢 ]{0,60}", width in 2_u16..20) {
            let rows = wrapped(&text, width, 1000);
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            assert_eq!(letters(&rows.concat()), letters(&text));
        }
    }
}
