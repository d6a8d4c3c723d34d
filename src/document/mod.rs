//! A body as rows for a screen: JSON, text or a hex dump. It knows no terminal.
//!
//! ```text
//!   Source ──the first bytes, up to a cap──▶ bytes ──layout──▶ Line ──cut──▶ Row of Pieces (tint, safe text, span)
//!                                              │
//!                                              └─ a checkpoint every 64 rows: any row is at most 64 away
//! ```
//!
//! Nothing is parsed into a tree or rewritten. Beside the bytes there are only the checkpoints, about half a byte for
//! each row, and rows are made when they are asked for, each of them bounded in size.
//!
//! What it is not: a reader of more than its cap. What lies beyond is counted (`unread`), not shown.

pub mod find;
pub mod hex;
pub mod layout;
pub mod line;
pub mod row;
pub mod source;
pub mod visible;

use std::io;

use crate::document::layout::Layout;
use crate::document::line::Line;
use crate::document::row::Row;
use crate::document::source::{Source, read_beginning};
use crate::json::check::check;

/// What is read of a body unless told otherwise: 8 MiB.
pub const CAP: usize = 8 << 20;

/// How a document is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Pretty-printed JSON.
    Json,
    /// Lines of text.
    Text,
    /// A hex dump.
    Binary,
}

/// A body, or its beginning, as rows.
#[derive(Clone, Debug)]
pub struct Document {
    bytes: Vec<u8>,
    unread: u64,
    form: Form,
    rows: usize,
    checkpoints: Vec<Checkpoint>,
}

/// How many rows lie between two checkpoints.
const STRIDE: usize = 64;

/// What is needed to go on from a row.
#[derive(Clone, Copy, Debug, Default)]
struct Checkpoint {
    /// Where its line begins.
    line_start: usize,
    depth: usize,
    /// The line's number, from 0.
    line: usize,
    slice: usize,
    /// Where the row itself begins.
    row_start: usize,
}

impl Document {
    /// Reads the first `cap` bytes of a source and finds out what they are.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn open(source: &dyn Source, cap: usize) -> io::Result<Document> {
        let bytes = read_beginning(source, cap)?;
        let unread = source.len().saturating_sub(bytes.len() as u64);
        let form = recognise(&bytes, unread > 0);
        Ok(Document::new(bytes, unread, form))
    }

    /// The same in a form of one's choosing: JSON as it was sent, any body as a dump.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn open_as(source: &dyn Source, cap: usize, form: Form) -> io::Result<Document> {
        let bytes = read_beginning(source, cap)?;
        let unread = source.len().saturating_sub(bytes.len() as u64);
        Ok(Document::new(bytes, unread, form))
    }

    fn new(bytes: Vec<u8>, unread: u64, form: Form) -> Document {
        let mut document = Document {
            bytes,
            unread,
            form,
            rows: 0,
            checkpoints: Vec::new(),
        };
        document.index();
        document
    }

    fn index(&mut self) {
        let Some(layout) = self.layout() else {
            self.rows = self.bytes.len().div_ceil(hex::WIDTH);
            return;
        };
        let mut checkpoints = Vec::new();
        let mut walk = Walk::from(&self.bytes, layout, Checkpoint::default());
        while let Some(here) = walk.here() {
            if self.rows.is_multiple_of(STRIDE) {
                checkpoints.push(here);
            }
            self.rows += 1;
            walk.advance();
        }
        self.checkpoints = checkpoints;
    }

    fn layout(&self) -> Option<Layout> {
        match self.form {
            Form::Json => Some(Layout::Json),
            Form::Text => Some(Layout::Text),
            Form::Binary => None,
        }
    }

    /// How it is shown.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The bytes that were read.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes of the source lie beyond what was read; 0 when it is here whole.
    pub fn unread(&self) -> u64 {
        self.unread
    }

    /// How many rows it has.
    pub fn row_count(&self) -> usize {
        self.rows
    }

    /// Up to `count` rows from row `first` (from 0) on.
    pub fn rows(&self, first: usize, count: usize) -> Vec<Row> {
        let count = count.min(self.rows.saturating_sub(first));
        let Some(layout) = self.layout() else {
            return (first..first + count)
                .map(|number| hex::row(&self.bytes, number))
                .collect();
        };
        let Some(checkpoint) = self.checkpoints.get(first / STRIDE).filter(|_| count > 0) else {
            return Vec::new();
        };
        let mut walk = Walk::from(&self.bytes, layout, *checkpoint);
        for _ in 0..first % STRIDE {
            walk.advance();
        }
        let mut rows = Vec::with_capacity(count);
        while rows.len() < count
            && let Some(row) = walk.row()
        {
            rows.push(row);
            walk.advance();
        }
        rows
    }

    /// The row that shows the byte at `offset`, or the last one before it where none does (a space between tokens).
    /// `None`: there are no rows, or the byte was not read.
    pub fn row_at(&self, offset: usize) -> Option<usize> {
        if offset >= self.bytes.len() {
            return None;
        }
        let Some(layout) = self.layout() else {
            return Some(offset / hex::WIDTH);
        };
        let after = self
            .checkpoints
            .partition_point(|checkpoint| checkpoint.row_start <= offset);
        let nearest = after.saturating_sub(1);
        let mut walk = Walk::from(&self.bytes, layout, *self.checkpoints.get(nearest)?);
        let mut row = nearest * STRIDE;
        walk.advance();
        while walk.here().is_some_and(|here| here.row_start <= offset) {
            row += 1;
            walk.advance();
        }
        Some(row)
    }
}

/// A way through the rows, one after the other. The line at hand is laid out once, however many rows it makes.
struct Walk<'a> {
    bytes: &'a [u8],
    layout: Layout,
    at: Checkpoint,
    line: Option<Line>,
}

impl<'a> Walk<'a> {
    fn from(bytes: &'a [u8], layout: Layout, at: Checkpoint) -> Walk<'a> {
        Walk {
            bytes,
            layout,
            at,
            line: layout.line(bytes, at.line_start, at.depth),
        }
    }

    fn here(&self) -> Option<Checkpoint> {
        let line = self.line.as_ref()?;
        Some(Checkpoint {
            row_start: line.span(self.bytes, self.at.slice).start,
            ..self.at
        })
    }

    fn row(&self) -> Option<Row> {
        let line = self.line.as_ref()?;
        Some(line.row(self.bytes, self.at.line + 1, self.at.slice))
    }

    fn advance(&mut self) {
        let Some(line) = &self.line else { return };
        if self.at.slice + 1 < line.slices() {
            self.at.slice += 1;
            return;
        }
        self.at = Checkpoint {
            line_start: line.next,
            depth: line.next_depth,
            line: self.at.line + 1,
            ..Checkpoint::default()
        };
        self.line = self
            .layout
            .line(self.bytes, self.at.line_start, self.at.depth);
    }
}

/// What bytes are. JSON with a fault is text, so that it is shown as it is; a document that only ends too early, by our
/// cap or the server's doing, is laid out as far as it goes.
fn recognise(bytes: &[u8], is_cut: bool) -> Form {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let container = matches!(first, Some(b'{' | b'['));
    match check(bytes) {
        Ok(()) => Form::Json,
        Err(fault) if fault.cut && first.is_some() && (container || is_cut) => Form::Json,
        Err(_) if is_binary(bytes) => Form::Binary,
        Err(_) => Form::Text,
    }
}

/// Whether the beginning holds a NUL, or more than one character in ten that no text has.
fn is_binary(bytes: &[u8]) -> bool {
    const SAMPLE: usize = 8192;
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let text = String::from_utf8_lossy(sample);
    let odd = |c: char| {
        c == char::REPLACEMENT_CHARACTER || (c.is_control() && !"\t\n\r\u{c}\u{1b}".contains(c))
    };
    let (all, bad) = text
        .chars()
        .fold((0, 0), |(all, bad), c| (all + 1, bad + usize::from(odd(c))));
    sample.contains(&0) || bad * 10 > all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use crate::document::line::SLICE;
    use crate::document::row::Tint;
    use crate::document::source::Memory;
    use crate::document::{CAP, Document, Form};

    fn open(text: impl Into<Vec<u8>>) -> Document {
        Document::open(&Memory::new(text), CAP).expect("memory is readable")
    }

    fn shown(document: &Document) -> Vec<String> {
        let rows = document.rows(0, document.row_count());
        rows.iter().map(|row| row.text()).collect()
    }

    #[test]
    fn json_is_pretty_and_as_sent() {
        for (text, expected) in [
            (
                r#"{"b":1.50,"a":[1e2,{"x":null}],"a":"\u0041\/","e":{},"f":[ ]}"#,
                "{\n  \"b\": 1.50,\n  \"a\": [\n    1e2,\n    {\n      \"x\": null\n    }\n  ],\n  \"a\": \"\\u0041\\/\",\n  \"e\": {},\n  \"f\": []\n}",
            ),
            ("[\n]", "[]"),
            ("  12345678901234567890123  ", "12345678901234567890123"),
            (r#"["a:",":"]"#, "[\n  \"a:\",\n  \":\"\n]"),
            (
                r#"{"a":{"b":[1,"cut"#,
                "{\n  \"a\": {\n    \"b\": [\n      1,\n      \"cut",
            ),
            (
                "{\"a\":\"\u{202e}x\u{7f}\"}",
                "{\n  \"a\": \"⟨U+202E⟩x␡\"\n}",
            ),
        ] {
            let document = open(text);
            assert_eq!(document.form(), Form::Json, "{text}");
            assert_eq!(shown(&document).join("\n"), expected, "{text}");
        }
    }

    #[test]
    fn other_bodies_are_shown_as_they_are() {
        for (bytes, form, expected) in [
            (&b"one\r\ntwo\n\nthree"[..], Form::Text, "one|two||three"),
            (b"{\"a\":1,}\n{", Form::Text, "{\"a\":1,}|{"),
            (b"{\"a\":1}\n{\"b\":2}\n", Form::Text, "{\"a\":1}|{\"b\":2}"),
            (b"\x1b[31mred\t!", Form::Text, "␛[31mred    !"),
            (
                b"caf\xe9 is Latin 1, and the rest is plain",
                Form::Text,
                "caf\u{fffd} is Latin 1, and the rest is plain",
            ),
            (b"", Form::Text, ""),
            (
                b"PK\x03\x04\x00\x01abcdefghij\xff~",
                Form::Binary,
                "00000000  50 4b 03 04 00 01 61 62  63 64 65 66 67 68 69 6a  PK....abcdefghij|00000010  ff 7e                                             .~",
            ),
        ] {
            let document = open(bytes);
            assert_eq!(
                (document.form(), shown(&document).join("|").as_str()),
                (form, expected)
            );
        }
        let raw = Document::open_as(&Memory::new("{\"a\":[1]}"), CAP, Form::Text)
            .expect("memory is readable");
        assert_eq!(shown(&raw), ["{\"a\":[1]}"]);
    }

    #[test]
    fn tints_and_spans_of_a_line() {
        let text = r#"{"k" : "v", "n":-1,"t":true}"#;
        let document = open(text);
        let told: Vec<Vec<(Tint, &str)>> = document
            .rows(1, 3)
            .iter()
            .map(|row| {
                row.pieces
                    .iter()
                    .map(|piece| (piece.tint, &text[piece.span.clone()]))
                    .collect()
            })
            .collect();
        let line = |value, tint, key, comma| {
            let mut line = vec![
                (Tint::Plain, ""),
                (Tint::Key, key),
                (Tint::Punctuation, ":"),
                (tint, value),
            ];
            line.extend((comma == ",").then_some((Tint::Punctuation, ",")));
            line
        };
        assert_eq!(
            told,
            [
                line("\"v\"", Tint::String, "\"k\"", ","),
                line("-1", Tint::Number, "\"n\"", ","),
                line("true", Tint::Literal, "\"t\"", ""),
            ]
        );
    }

    #[test]
    fn more_than_the_cap_is_counted_and_not_shown() {
        let text = format!("[{}1]", "123456,".repeat(1000));
        let document = Document::open(&Memory::new(text.clone()), 100).expect("memory is readable");
        assert_eq!((document.form(), document.bytes().len()), (Form::Json, 100));
        assert_eq!(document.unread(), text.len() as u64 - 100);
        assert_eq!(document.row_count(), 1 + 15);
    }

    #[test]
    fn a_line_of_a_megabyte_is_cut_into_rows() {
        for text in [
            "ä".repeat(1 << 19),
            format!("[\"{}\"]", "€".repeat(1 << 19)),
            format!("[\"{}\"]", "\\u0041".repeat(1 << 17)),
        ] {
            let document = open(text.clone());
            let rows = document.rows(0, usize::MAX);
            assert_eq!(rows.len(), document.row_count());
            assert!(rows.len() >= text.len() / SLICE);
            assert!(rows.iter().all(|row| row.text().len() <= SLICE + 4));
            let whole: String = rows
                .iter()
                .map(|row| row.text().trim_start().to_owned())
                .collect();
            assert_eq!(whole, text);
        }
    }

    #[test]
    fn depth_does_no_harm() {
        let document = open("[".repeat(200_000));
        assert_eq!(document.row_count(), 200_000);
        let last = document.rows(199_999, 5);
        assert_eq!((last.len(), last[0].text().len()), (1, 41));
    }

    #[test]
    fn rows_are_found_by_number_and_by_byte() {
        let text = format!(
            "{{{}\"z\":0}}",
            (0..1000)
                .map(|n| format!("\"k{n}\":[{n},\"v\"],"))
                .collect::<String>()
        );
        let document = open(text.clone());
        let all = document.rows(0, usize::MAX);
        for first in [0, 1, 63, 64, 65, 1000, 2500, all.len() - 1] {
            assert_eq!(
                document.rows(first, 3),
                all[first..all.len().min(first + 3)],
                "{first}"
            );
        }
        assert_eq!(document.rows(all.len(), 3), []);
        for (number, row) in all.iter().enumerate() {
            assert_eq!(row.line, number + 1);
            assert_eq!(document.row_at(row.span.start), Some(number));
            assert_eq!(document.row_at(row.span.end - 1), Some(number));
        }
        assert_eq!(document.row_at(text.len()), None);
        assert_eq!(open("").row_at(0), None);
    }

    #[test]
    fn text_rows_are_found_by_byte_too() {
        let document = open("a\n\n\nb\r\nc");
        let rows: Vec<usize> = (0..8)
            .filter_map(|offset| document.row_at(offset))
            .collect();
        assert_eq!(rows, [0, 0, 1, 2, 3, 3, 3, 4]);
        assert_eq!(document.row_at(8), None);
    }

    proptest! {
        #[test]
        fn json_says_the_same_after_layout(text in r#"(\{"a":|\[|[0-9]|,|\]|\}|"b"|"\\""|null|"c":| ){0,40}"#) {
            if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) {
                let pretty = shown(&open(text)).join("\n");
                prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&pretty).expect("still JSON"), value);
            }
        }

        #[test]
        fn any_bytes_make_rows_that_are_safe_and_in_order(bytes in any::<Vec<u8>>(), json in r#"([\[\]{}:,"a1\\]|true|\n){0,60}"#) {
            for bytes in [bytes, json.into_bytes()] {
                for form in [Form::Json, Form::Text, Form::Binary] {
                    let document = Document::open_as(&Memory::new(bytes.clone()), CAP, form).expect("memory is readable");
                    let rows = document.rows(0, usize::MAX);
                    prop_assert_eq!(rows.len(), document.row_count());
                    let mut at = 0;
                    for row in &rows {
                        prop_assert!(row.span.start >= at && row.span.end <= bytes.len());
                        prop_assert!(!row.text().chars().any(char::is_control));
                        at = row.span.end;
                    }
                }
            }
        }
    }
}
