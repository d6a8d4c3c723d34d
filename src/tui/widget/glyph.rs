//! A line of text as the columns it takes on the screen: what stands where, for drawing and for the cursor alike.
//!
//! ```text
//!   bytes   a   e + U+0301   漢   U+202E      U+1B
//!   glyphs  a   é            漢   ⟨U+202E⟩    ␛
//!   columns 0   1            2-3  4-11        12
//! ```
//! A glyph is what the cursor steps over: one character with the marks that join it, or one character that hides and
//! is shown by a placeholder. Its width is ratatui's own for the symbol that is drawn, so that drawing and cursor agree.
//! At most [`MARKS`] marks join a character; a further one starts a glyph of its own, so that no glyph is long. Text
//! must not hold a line feed.

use std::borrow::Cow;

use ratatui::buffer::CellWidth;

use crate::document::visible::is_hidden;
use crate::tui::widget::text::{placeholder, placeholder_width};

/// How many marks may join one character.
pub const MARKS: usize = 8;

/// How far back a glyph's beginning is looked for before the line is read from its start.
const LOOK_BACK: usize = 64;

/// One step of the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyph<'a> {
    /// Its characters, as they stand in the line.
    pub text: &'a str,
    /// Where it begins in the line, in bytes.
    pub byte: usize,
    /// The column it begins at.
    pub column: usize,
    /// The columns it takes, at least one.
    pub width: usize,
}

impl<'a> Glyph<'a> {
    /// Where it ends in the line, in bytes.
    pub fn end(self) -> usize {
        self.byte + self.text.len()
    }

    /// Whether a placeholder is drawn for it.
    pub fn is_placeholder(self) -> bool {
        self.text.chars().next().is_some_and(is_hidden)
    }

    /// What is drawn for it.
    pub fn symbol(self) -> Cow<'a, str> {
        match self.text.chars().next().and_then(placeholder) {
            Some(sign) => Cow::Owned(sign),
            None => symbol(self.text),
        }
    }
}

/// The glyphs of a line from a place on that is a glyph's beginning.
#[derive(Clone, Debug)]
pub struct Glyphs<'a> {
    line: &'a str,
    byte: usize,
    column: usize,
}

/// The glyphs of a line from `place` on.
pub fn glyphs(line: &str, place: Place) -> Glyphs<'_> {
    Glyphs {
        line,
        byte: place.byte,
        column: place.column,
    }
}

impl<'a> Iterator for Glyphs<'a> {
    type Item = Glyph<'a>;

    fn next(&mut self) -> Option<Glyph<'a>> {
        let rest = self.line.get(self.byte..)?;
        let len = glyph_len(rest)?;
        let text = &rest[..len];
        let glyph = Glyph {
            text,
            byte: self.byte,
            column: self.column,
            width: glyph_width(text),
        };
        self.byte += len;
        self.column += glyph.width;
        Some(glyph)
    }
}

/// A glyph's beginning, or the line's end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// In the line, in bytes.
    pub byte: usize,
    /// On the screen.
    pub column: usize,
}

/// Where the glyph begins that holds a byte of the line; the line's end for a byte at or behind it. One pass.
pub fn place_of_byte(line: &str, byte: usize) -> Place {
    seek(line, byte, |place| place.byte)
}

/// Where the glyph begins that covers a column; the line's end for a column at or behind it. One pass.
pub fn place_of_column(line: &str, column: usize) -> Place {
    seek(line, column, |place| place.column)
}

/// The glyph that begins at a byte of the line; nothing at its end.
pub fn glyph_at(line: &str, byte: usize) -> Option<Glyph<'_>> {
    glyphs(line, Place { byte, column: 0 }).next()
}

/// Where the last glyph begins that begins before a byte of the line.
pub fn byte_before(line: &str, byte: usize) -> Option<usize> {
    // A printable ASCII character never joins what stands before it, so glyphs can be counted from there.
    let start = line
        .get(..byte)?
        .char_indices()
        .rev()
        .take(LOOK_BACK)
        .find(|(_, c)| (' '..='~').contains(c))
        .map_or(0, |(at, _)| at);
    let from = Place {
        byte: start,
        column: 0,
    };
    glyphs(line, from)
        .map(|glyph| glyph.byte)
        .take_while(|at| *at < byte)
        .last()
}

/// The last place whose coordinate is not beyond the target. This is the one pass over a long line that a key costs:
/// runs of plain ASCII are stepped over as a whole.
fn seek(line: &str, target: usize, coordinate: impl Fn(Place) -> usize) -> Place {
    let mut place = Place::default();
    loop {
        let ahead = target.saturating_sub(coordinate(place));
        let run = plain_run(line.as_bytes(), place.byte, ahead);
        place.byte += run;
        place.column += run;
        if run == ahead {
            return place;
        }
        let Some(glyph) = glyphs(line, place).next() else {
            return place;
        };
        let end = Place {
            byte: glyph.end(),
            column: place.column + glyph.width,
        };
        if coordinate(end) > target {
            return place;
        }
        place = end;
    }
}

/// How many glyphs from `from` on, at most `most`, are one printable ASCII character each.
fn plain_run(bytes: &[u8], from: usize, most: usize) -> usize {
    // One byte more: a mark behind the last character would join it.
    let end = bytes.len().min(from.saturating_add(most).saturating_add(1));
    let window = bytes.get(from..end).unwrap_or_default();
    let plain = |byte: &u8| matches!(byte, b' '..=b'~');
    let mut run = 0;
    for block in window.chunks(64) {
        // Without an early end this loop is done many bytes at a time.
        if block.iter().fold(true, |all, byte| all & plain(byte)) {
            run += block.len();
        } else {
            run += block.iter().take_while(|byte| plain(byte)).count();
            break;
        }
    }
    let joined = window.get(run).is_some_and(|next| !next.is_ascii());
    (run - usize::from(joined && run > 0)).min(most)
}

/// The length in bytes of the glyph a text begins with.
fn glyph_len(text: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    let (_, first) = chars.next()?;
    let mut end = first.len_utf8();
    if is_hidden(first) {
        return Some(end);
    }
    for (at, c) in chars.take(MARKS) {
        if !joins(&text[..at], c) {
            break;
        }
        end = at + c.len_utf8();
    }
    Some(end)
}

/// Whether a character is drawn in the glyph before it: marks and selectors, skin tones, the second half of a flag.
fn joins(glyph: &str, c: char) -> bool {
    if c.is_ascii() || is_hidden(c) {
        return false;
    }
    let flag = |c: char| ('\u{1f1e6}'..='\u{1f1ff}').contains(&c);
    match c {
        '\u{1f3fb}'..='\u{1f3ff}' => {
            let toned = format!("{glyph}{c}");
            toned.cell_width() == glyph.cell_width()
        }
        _ if flag(c) => glyph.chars().count() == 1 && glyph.chars().all(flag),
        _ => char_width(c) == 0,
    }
}

fn char_width(c: char) -> u16 {
    c.encode_utf8(&mut [0; 4]).cell_width()
}

fn glyph_width(text: &str) -> usize {
    if let [b' '..=b'~'] = text.as_bytes() {
        return 1;
    }
    match text.chars().next().and_then(placeholder_width) {
        Some(width) => width,
        None => usize::from(symbol(text).cell_width()).max(1),
    }
}

/// A text that takes no column of its own, a mark without a letter, is drawn on a dotted circle.
fn symbol(text: &str) -> Cow<'_, str> {
    if text.cell_width() == 0 {
        Cow::Owned(format!("◌{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};
    use ratatui::buffer::CellWidth;

    use super::{Glyph, Place, byte_before, glyphs, place_of_byte, place_of_column};

    fn all(line: &str) -> Vec<Glyph<'_>> {
        glyphs(line, Place::default()).collect()
    }

    #[test]
    fn a_line_falls_into_glyphs() {
        for (line, expected) in [
            ("", vec![]),
            ("ab", vec![("a", 1), ("b", 1)]),
            ("e\u{301}x", vec![("e\u{301}", 1), ("x", 1)]),
            ("漢x", vec![("漢", 2), ("x", 1)]),
            ("\u{301}", vec![("◌\u{301}", 1)]),
            ("a\u{202e}", vec![("a", 1), ("⟨U+202E⟩", 8)]),
            ("\u{1b}\t\r", vec![("␛", 1), ("→ ", 2), ("␍", 1)]),
            ("❤\u{fe0f}!", vec![("❤\u{fe0f}", 2), ("!", 1)]),
            ("👍\u{1f3fd}", vec![("👍\u{1f3fd}", 2)]),
            ("🇩🇪🇫🇷", vec![("🇩🇪", 2), ("🇫🇷", 2)]),
            ("👨\u{200d}👩", vec![("👨", 2), ("⟨U+200D⟩", 8), ("👩", 2)]),
        ] {
            let found: Vec<_> = all(line)
                .iter()
                .map(|glyph| (glyph.symbol().into_owned(), glyph.width))
                .collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(symbol, width)| ((*symbol).to_owned(), *width))
                .collect();
            assert_eq!(found, expected, "{line:?}");
        }
    }

    #[test]
    fn a_heap_of_marks_is_many_glyphs() {
        let line = format!("e{}", "\u{301}".repeat(1000));
        let found = all(&line);
        assert!(found.iter().all(|glyph| glyph.text.chars().count() <= 9));
        assert_eq!(found.len(), 112);
    }

    #[test]
    fn places_are_found_behind_long_plain_runs() {
        let line = format!("{}e\u{301}漢{}", "x".repeat(1000), "y".repeat(200));
        let place = |byte, column| Place { byte, column };
        for (byte, column, expected) in [
            (0, 0, place(0, 0)),
            (999, 999, place(999, 999)),
            (1000, 1000, place(1000, 1000)),
            (1001, 1000, place(1000, 1000)),
            (1003, 1001, place(1003, 1001)),
            (1004, 1002, place(1003, 1001)),
            (1006, 1003, place(1006, 1003)),
            (1106, 1103, place(1106, 1103)),
            (9999, 9999, place(1206, 1203)),
        ] {
            assert_eq!(place_of_byte(&line, byte), expected);
            assert_eq!(place_of_column(&line, column), expected);
        }
    }

    proptest! {
        #[test]
        fn glyphs_cover_the_line_and_are_as_wide_as_drawn(line in any::<String>()) {
            let mut place = Place::default();
            for glyph in all(&line) {
                assert_eq!((glyph.byte, glyph.column), (place.byte, place.column));
                assert!(glyph.width > 0);
                assert_eq!(usize::from(glyph.symbol().cell_width()), glyph.width, "{glyph:?}");
                assert_eq!(place_of_byte(&line, glyph.byte), place);
                assert_eq!(place_of_column(&line, glyph.column + glyph.width - 1), place);
                assert_eq!(byte_before(&line, glyph.end()), Some(glyph.byte));
                place = Place { byte: glyph.end(), column: glyph.column + glyph.width };
            }
            assert_eq!(place.byte, line.len());
            assert_eq!(place_of_byte(&line, line.len()), place);
        }

        #[test]
        fn marks_and_plain_letters_mixed(parts in proptest::collection::vec("[ab\u{301}\u{fe0f}漢\u{1f1e6}]{0,3}", 0..40)) {
            let line = parts.concat();
            let found: String = all(&line).iter().map(|glyph| glyph.text).collect();
            assert_eq!(found, line);
            for glyph in all(&line) {
                assert_eq!(place_of_byte(&line, glyph.byte).column, glyph.column);
                assert_eq!(byte_before(&line, glyph.end()), Some(glyph.byte), "{line:?}");
            }
        }
    }
}
