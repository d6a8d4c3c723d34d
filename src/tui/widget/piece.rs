//! A line made of pieces, each of which is whole or not there: half a word of a key, a size or a hint says nothing.

use ratatui::text::{Line, Span};

/// As many pieces, from the first on, as fit into `columns`; the first one is always there.
pub fn fitting<'a>(pieces: impl IntoIterator<Item = Vec<Span<'a>>>, columns: usize) -> Line<'a> {
    let mut line = Line::default();
    let mut taken = 0;
    for (at, piece) in pieces.into_iter().enumerate() {
        taken += piece.iter().map(Span::width).sum::<usize>();
        if at > 0 && taken > columns {
            break;
        }
        line.extend(piece);
    }
    line
}

/// The first line that fits, or the last one there is.
pub fn first_fitting<'a>(lines: impl IntoIterator<Item = Line<'a>>, columns: usize) -> Line<'a> {
    let mut last = Line::default();
    for line in lines {
        last = line;
        if last.width() <= columns {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use ratatui::text::{Line, Span};

    use super::{first_fitting, fitting};

    #[test]
    fn a_piece_is_whole_or_not_there() {
        let pieces = || ["ab", "漢字", "c"].map(|text| vec![Span::raw(text)]);
        for (columns, expected) in [(9, "ab漢字c"), (6, "ab漢字"), (5, "ab"), (0, "ab")] {
            assert_eq!(
                fitting(pieces(), columns).to_string(),
                expected,
                "{columns}"
            );
        }
        assert_eq!(fitting([], 5).to_string(), "");
    }

    #[test]
    fn the_longest_line_that_fits_is_chosen() {
        let lines = || ["same key: safe", "same: safe", "safe"].map(Line::raw);
        for (columns, expected) in [(14, "same key: safe"), (13, "same: safe"), (3, "safe")] {
            assert_eq!(
                first_fitting(lines(), columns).to_string(),
                expected,
                "{columns}"
            );
        }
    }
}
