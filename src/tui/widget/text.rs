//! Short texts for narrow places: shortened, padded, and counted by the columns they take on the screen.
//!
//! Pure functions from text to text. A grapheme is never split. They do not make hostile text harmless: what somebody
//! else wrote goes through `document::visible` first. Long texts, and texts with a cursor, are `glyph`'s.

use std::borrow::Cow;

use ratatui::buffer::{Buffer, CellWidth};
use unicode_segmentation::UnicodeSegmentation;

use crate::document::visible::{self, is_hidden};

/// What stands where something was left out.
const ELLIPSIS: &str = "…";

/// The columns a text takes on the screen, as ratatui lays it out (no control characters expected).
pub fn width(text: &str) -> usize {
    text.graphemes(true).map(grapheme_width).sum()
}

/// The columns of one grapheme; a control character takes none, because ratatui does not draw it.
pub fn grapheme_width(grapheme: &str) -> usize {
    if grapheme.contains(char::is_control) {
        0
    } else {
        usize::from(grapheme.cell_width())
    }
}

/// Whether a text takes at most `columns`; looks no further than needed.
pub fn fits(text: &str, columns: usize) -> bool {
    let mut taken = 0;
    text.graphemes(true).all(|grapheme| {
        taken += grapheme_width(grapheme);
        taken <= columns
    })
}

/// As much of a text's beginning as fits, without a sign that something is missing.
pub fn head(text: &str, columns: usize) -> &str {
    let mut taken = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        taken += grapheme_width(grapheme);
        if taken > columns {
            return &text[..at];
        }
    }
    text
}

/// As much of a text's end as fits, without a sign that something is missing.
pub fn tail(text: &str, columns: usize) -> &str {
    let mut taken = 0;
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        taken += grapheme_width(grapheme);
        if taken > columns {
            return &text[at + grapheme.len()..];
        }
    }
    text
}

/// Shortens at the end: `a long sen…`.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if fits(text, columns) {
        return Cow::Borrowed(text);
    }
    match columns.checked_sub(1) {
        None => Cow::Borrowed(""),
        Some(rest) => Cow::Owned(format!("{}{ELLIPSIS}", head(text, rest))),
    }
}

/// Shortens in the middle, for ids and keys: `9b1e…04c7`.
pub fn middle(text: &str, columns: usize) -> Cow<'_, str> {
    if fits(text, columns) {
        return Cow::Borrowed(text);
    }
    match columns.checked_sub(1) {
        None => Cow::Borrowed(""),
        Some(rest) => Cow::Owned(format!(
            "{}{ELLIPSIS}{}",
            head(text, rest.div_ceil(2)),
            tail(text, rest / 2)
        )),
    }
}

/// Shortens a URL or path so that it loses its middle before its end, at a `/` where one is near:
/// `https://…/payments/pay_1`.
pub fn url_middle(text: &str, columns: usize) -> Cow<'_, str> {
    if fits(text, columns) {
        return Cow::Borrowed(text);
    }
    let Some(rest) = columns.checked_sub(1) else {
        return Cow::Borrowed("");
    };
    let mut end = tail(text, rest - rest / 3);
    // A slash in the first half of the end costs little, and makes the end start with a whole segment.
    if let Some(slash) = end.find('/').filter(|slash| *slash <= end.len() / 2) {
        end = &end[slash..];
    }
    let mut start = head(&text[..text.len() - end.len()], rest - width(end));
    if let Some(slash) = start.rfind('/').filter(|slash| *slash >= start.len() / 2) {
        start = &start[..=slash];
    }
    Cow::Owned(format!("{start}{ELLIPSIS}{end}"))
}

/// Fills with spaces before the text, for numbers; a text that is wider stays as it is.
pub fn pad_left(text: &str, columns: usize) -> String {
    format!("{}{text}", gap(text, columns))
}

/// Fills with spaces after the text; a text that is wider stays as it is.
pub fn pad_right(text: &str, columns: usize) -> String {
    format!("{text}{}", gap(text, columns))
}

fn gap(text: &str, columns: usize) -> String {
    " ".repeat(columns.saturating_sub(width(text)))
}

/// A size in bytes: `412 B`, `1.4 KiB`, `123 MiB`.
pub fn human_bytes(bytes: u64) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    // Three digits are shown, which an f64 holds of every u64.
    let mut size = bytes as f64;
    let mut unit = "B";
    for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
        size /= 1024.0;
        unit = next;
        if size < 1023.5 {
            break;
        }
    }
    if size < 99.95 {
        format!("{size:.1} {unit}")
    } else {
        format!("{size:.0} {unit}")
    }
}

/// A duration given in milliseconds: `0.4 ms`, `38 ms`, `1.2 s`, `2 m 03 s`, `1 h 02 m`; `?` for what is no duration.
pub fn human_ms(ms: f64) -> String {
    if !ms.is_finite() || ms < 0.0 {
        return "?".to_owned();
    }
    if ms > 0.0 && ms < 0.95 {
        return format!("{ms:.1} ms");
    }
    if ms < 999.5 {
        return format!("{ms:.0} ms");
    }
    if ms < 59_950.0 {
        return format!("{:.1} s", ms / 1000.0);
    }
    // A float beyond u64 becomes u64::MAX, which is shown as very many hours.
    let seconds = (ms / 1000.0).round() as u64;
    if seconds < 3600 {
        format!("{} m {:02} s", seconds / 60, seconds % 60)
    } else {
        format!("{} h {:02} m", seconds / 3600, seconds % 3600 / 60)
    }
}

/// How long ago `then` was, both in seconds of one clock: `now`, `12 s`, `4 m`, `3 h`, `2 d`. What lies ahead says
/// `in 12 s`.
pub fn relative(now: i64, then: i64) -> String {
    let seconds = now.abs_diff(then);
    let ago = match seconds {
        // Below that it would only flicker, and two clocks may differ by it.
        0..5 => return "now".to_owned(),
        5..60 => format!("{seconds} s"),
        60..3600 => format!("{} m", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    };
    if then > now { format!("in {ago}") } else { ago }
}

/// What an edited text shows for a character that cannot be shown itself: as elsewhere, but for a tab an arrow, so
/// that it can be told from blanks.
pub fn placeholder(c: char) -> Option<String> {
    if c == '\t' {
        Some("→ ".to_owned())
    } else {
        visible::placeholder(c)
    }
}

/// The columns of a character's placeholder, without writing it.
pub fn placeholder_width(c: char) -> Option<usize> {
    match c {
        '\t' => Some(2),
        '\0'..='\x1f' | '\x7f' => Some(1),
        _ if is_hidden(c) => Some(match u32::from(c) {
            0..=0xffff => 8,
            0x1_0000..=0xf_ffff => 9,
            _ => 10,
        }),
        _ => None,
    }
}

/// Blanks every cell that still holds something a terminal would not show as text. Widgets make what hides visible
/// before they draw; this is the net below them.
pub fn blank_hidden(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if cell.symbol().chars().any(is_hidden) {
            cell.set_symbol(" ");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    use super::{
        blank_hidden, cut, human_bytes, human_ms, middle, pad_left, pad_right, placeholder,
        placeholder_width, relative, url_middle, width,
    };
    use crate::document::visible::is_hidden;

    #[test]
    fn ids_lose_their_middle() {
        for (text, columns, expected) in [
            ("9b1e4f00-aaaa-04c7", 9, "9b1e…04c7"),
            ("9b1e4f00-aaaa-04c7", 8, "9b1e…4c7"),
            ("9b1e04c7", 8, "9b1e04c7"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
            ("", 0, ""),
            // A wide letter that does not fit whole is left out whole.
            ("漢字漢字", 6, "漢…字"),
            // Letters with marks stay with their marks.
            ("e\u{301}e\u{301}e\u{301}e\u{301}", 3, "e\u{301}…e\u{301}"),
        ] {
            assert_eq!(middle(text, columns), expected, "{text} in {columns}");
        }
    }

    #[test]
    fn urls_lose_their_middle_before_their_end() {
        let url = "https://api.example.com/v1/accounts/acct_demo/payments/pay_123";
        for (columns, expected) in [
            (70, url),
            (30, "https://…/payments/pay_123"),
            (20, "https://…/pay_123"),
            (12, "htt…/pay_123"),
            (4, "h…23"),
            (1, "…"),
            (0, ""),
        ] {
            assert_eq!(url_middle(url, columns), expected, "{columns}");
        }
        assert_eq!(cut("a long sentence", 9), "a long s…");
    }

    #[test]
    fn padding_counts_columns() {
        assert_eq!(pad_left("漢", 4), "  漢");
        assert_eq!(pad_right("e\u{301}", 3), "e\u{301}  ");
        assert_eq!(pad_left("wide", 2), "wide");
    }

    #[test]
    fn sizes_read_like_sizes() {
        for (bytes, expected) in [
            (0, "0 B"),
            (412, "412 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1434, "1.4 KiB"),
            (102_349, "100 KiB"),
            (1_048_575, "1.0 MiB"),
            (104_857_600, "100 MiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(human_bytes(bytes), expected);
        }
    }

    #[test]
    fn durations_read_like_durations() {
        for (ms, expected) in [
            (0.0, "0 ms"),
            (0.42, "0.4 ms"),
            (0.96, "1 ms"),
            (38.2, "38 ms"),
            (999.4, "999 ms"),
            (999.6, "1.0 s"),
            (1234.0, "1.2 s"),
            (59_960.0, "1 m 00 s"),
            (123_000.0, "2 m 03 s"),
            (3_720_000.0, "1 h 02 m"),
            (f64::NAN, "?"),
            (-1.0, "?"),
        ] {
            assert_eq!(human_ms(ms), expected);
        }
    }

    #[test]
    fn times_are_near_or_far() {
        for (then, expected) in [
            (1000, "now"),
            (997, "now"),
            (988, "12 s"),
            (760, "4 m"),
            (-9_900, "3 h"),
            (-180_000, "2 d"),
            (1012, "in 12 s"),
        ] {
            assert_eq!(relative(1000, then), expected);
        }
        assert_eq!(relative(i64::MAX, i64::MIN), "213503982334601 d");
    }

    #[test]
    fn no_cell_keeps_what_hides() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
        for (x, symbol) in ["a", "\u{202e}", "é"].into_iter().enumerate() {
            buffer.content[x].set_symbol(symbol);
        }
        blank_hidden(&mut buffer);
        assert_eq!(buffer, Buffer::with_lines(["a é"]));
    }

    #[test]
    fn every_placeholder_is_as_wide_as_it_says() {
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            assert_eq!(
                placeholder(c).map(|sign| width(&sign)),
                placeholder_width(c),
                "{c:?}"
            );
            assert_eq!(placeholder(c).is_some(), is_hidden(c), "{c:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_asked(text in any::<String>(), columns in 0_usize..12) {
            for short in [middle(&text, columns), url_middle(&text, columns), cut(&text, columns)] {
                assert!(width(&short) <= columns, "{short:?}");
            }
            assert!(width(&pad_left(&text, columns)) >= columns);
        }
    }
}
