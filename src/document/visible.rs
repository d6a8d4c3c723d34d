//! Terminal safety: text of a stranger made fit to be shown.
//!
//! A terminal obeys some characters instead of drawing them, and draws others as nothing or in another order. Each
//! becomes a placeholder that can be seen: a control picture (`␛`) for C0 and DEL, `⟨U+202E⟩` for the rest. It is to be
//! applied after JSON decoding (`\u001b` becomes ESC there) and before ratatui, which drops some and lets others through.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_segmentation::UnicodeSegmentation;

/// How many characters may stack upon the first of a grapheme: enough for every script in use, too few to smear over
/// the lines above and below (xterm CVE-2021-27135 was worse).
const MOST_MARKS: usize = 8;

/// A tab's width. It stands wherever the tab stands: a stop would need the column.
const TAB: &str = "    ";

/// The text with every character that does not plainly show itself replaced by one that does.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(cap_marks(&replace_hidden(text)))
}

fn replace_hidden(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match placeholder(character) {
            Some(placeholder) => shown.push_str(&placeholder),
            None => shown.push(character),
        }
    }
    shown
}

/// What is shown in the place of a character that does not plainly show itself; `None` for one that does.
pub fn placeholder(character: char) -> Option<String> {
    match character {
        '\t' => Some(TAB.to_owned()),
        '\u{7f}' => Some("␡".to_owned()),
        // The control pictures stand in the controls' own order.
        '\0'..'\u{20}' => char::from_u32(0x2400 + u32::from(character)).map(String::from),
        hidden if is_hidden(hidden) => Some(format!("⟨U+{:04X}⟩", u32::from(hidden))),
        _ => None,
    }
}

fn cap_marks(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for grapheme in text.graphemes(true) {
        match grapheme.char_indices().nth(MOST_MARKS + 1) {
            None => shown.push_str(grapheme),
            Some((end, _)) => {
                shown.push_str(&grapheme[..end]);
                let _ = write!(shown, "⟨+{}⟩", grapheme[end..].chars().count());
            }
        }
    }
    shown
}

/// Whether a character is drawn as nothing, changes the order of others, or is obeyed: Cc and Cf (Unicode 16,
/// DerivedGeneralCategory), the line and paragraph separators, tag characters, and what else is ignored by default
/// and yet takes part in a text (the Hangul fillers, unassigned code points of those blocks).
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{890}'..='\u{891}'
                | '\u{8e2}'
                | '\u{115f}'..='\u{1160}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{110bd}'
                | '\u{110cd}'
                | '\u{13430}'..='\u{1343f}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e00ff}'
                | '\u{e01f0}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
    use unicode_segmentation::UnicodeSegmentation;

    use crate::document::visible::{MOST_MARKS, is_hidden, visible};

    #[test]
    fn the_known_cases_of_this_class() {
        for (case, text, shown) in [
            (
                "kubectl CVE-2021-25743: ESC in data",
                "\u{1b}[2J\u{1b}[1;31mroot",
                "␛[2J␛[1;31mroot",
            ),
            (
                "git CVE-2024-52005: a remote's CR overwrites the line",
                "done\rfatal",
                "done␍fatal",
            ),
            (
                "less CVE-2022-46663: OSC 8 hyperlink",
                "\u{1b}]8;;http://e\u{1b}\\x",
                "␛]8;;http://e␛\\x",
            ),
            (
                "gh CVE-2026-45803, gurk GHSA-89xp-c3mq-qj84: OSC 52 and the bell",
                "\u{1b}]52;c;AAAA\u{7}",
                "␛]52;c;AAAA␇",
            ),
            (
                "tracing-subscriber RUSTSEC-2025-0055: a log line's escape",
                "user=\u{1b}[8mhidden",
                "user=␛[8mhidden",
            ),
            (
                "a C1 CSI needs no ESC",
                "\u{9b}31m\u{90}q\u{9d}0;t\u{9c}",
                "⟨U+009B⟩31m⟨U+0090⟩q⟨U+009D⟩0;t⟨U+009C⟩",
            ),
            (
                "Trojan Source CVE-2021-42574: override and isolates",
                "a\u{202e}b\u{2066}c\u{2069}d\u{202c}",
                "a⟨U+202E⟩b⟨U+2066⟩c⟨U+2069⟩d⟨U+202C⟩",
            ),
            (
                "marks of direction",
                "\u{200e}\u{200f}\u{61c}",
                "⟨U+200E⟩⟨U+200F⟩⟨U+061C⟩",
            ),
            (
                "joiners, spaces of no width, a byte order mark",
                "a\u{200d}b\u{200b}c\u{feff}",
                "a⟨U+200D⟩b⟨U+200B⟩c⟨U+FEFF⟩",
            ),
            (
                "separators of lines",
                "a\u{2028}b\u{2029}c\u{85}d",
                "a⟨U+2028⟩b⟨U+2029⟩c⟨U+0085⟩d",
            ),
            (
                "tag characters",
                "x\u{e0041}\u{e007f}",
                "x⟨U+E0041⟩⟨U+E007F⟩",
            ),
            (
                "a soft hyphen and a Hangul filler",
                "a\u{ad}b\u{3164}",
                "a⟨U+00AD⟩b⟨U+3164⟩",
            ),
            ("controls of one byte", "\0\u{8}\n\u{b}\u{7f}", "␀␈␊␋␡"),
            ("a tab", "a\tb", "a    b"),
            (
                "what is plain stays",
                "Grüße, 世界 🎉 é e\u{301} ภาษาไทย",
                "Grüße, 世界 🎉 é e\u{301} ภาษาไทย",
            ),
            (
                "a surrogate that JSON could not decode",
                "\u{fffd}",
                "\u{fffd}",
            ),
        ] {
            assert_eq!(visible(text), shown, "{case}");
        }
        assert!(matches!(visible("plain ASCII ~"), Cow::Borrowed(_)));
    }

    /// xterm CVE-2021-27135 and its kin: no grapheme grows without end, by marks or by letters that stack.
    #[test]
    fn marks_are_capped() {
        for (stacked, kept) in [
            ("\u{301}", 8),
            ("\u{1100}", 9),
            ("\u{fe0f}", 8),
            ("\u{1b}\u{301}", 1),
        ] {
            let text = format!("a{}", stacked.repeat(10_000));
            let shown = visible(&text);
            let longest = shown.graphemes(true).map(|g| g.chars().count()).max();
            assert!(longest <= Some(MOST_MARKS + 1), "{stacked:?}");
            let marks = shown.chars().filter(|c| stacked.ends_with(*c)).count();
            assert_eq!(marks, if kept == 1 { 10_000 } else { kept }, "{stacked:?}");
        }
        assert_eq!(
            visible(&format!("a{}b", "\u{301}".repeat(10))),
            format!("a{}⟨+2⟩b", "\u{301}".repeat(8))
        );
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left(text in any::<String>(), bad in "[\u{1b}\u{9b}\u{202e}\u{200d}\u{301}\u{e0041}a\t]{0,40}") {
            for text in [text, bad] {
                let shown = visible(&text).into_owned();
                prop_assert!(!shown.chars().any(is_hidden), "{:?}", shown);
                prop_assert!(shown.graphemes(true).all(|g| g.chars().count() <= MOST_MARKS + 1));
                prop_assert_eq!(visible(&shown), shown.as_str());
            }
        }
    }
}
