//! A document written out as it is shown with nothing folded: for a pager, or whoever else reads its lines.
//!
//! ```text
//!   first line ─▶ its slices, one after the other ─▶ line feed ─▶ next line ─▶ …        so many rows a step
//! ```
//!
//! Each piece is made safe as on the screen: no control character of the body reaches what is written, and the only line
//! feeds are those between lines. What it is not: the body. Whoever needs its bytes copies its source.

use std::io::{self, Write};

use crate::document::Document;
use crate::document::line::SLICE;
use crate::document::place::Place;
use crate::document::walk::Walk;

/// Writes a document, some rows at a time.
pub struct Printing<'a> {
    walk: Walk<'a>,
    /// The row that is next.
    next: Option<Place>,
}

impl<'a> Printing<'a> {
    /// From the first line on.
    pub fn new(document: &'a Document) -> Printing<'a> {
        let walk = Walk::new(document);
        let next = walk.first();
        Printing { walk, next }
    }

    /// How many bytes of the document are written by now, about.
    pub fn at(&self) -> u64 {
        let next = self.next.map(|place| place.at + place.slice * SLICE);
        next.unwrap_or(self.walk.document.end) as u64
    }

    /// Writes so many rows. Says whether there are more.
    ///
    /// # Errors
    /// When the source cannot be read, or the rows cannot be written.
    pub fn step(&mut self, to: &mut impl Write, rows: usize) -> io::Result<bool> {
        let mut left = rows;
        while let Some(mut place) = self.next {
            let Some(line) = self.walk.line(place)? else {
                self.next = None;
                break;
            };
            let slices = line.slices();
            while place.slice < slices {
                if left == 0 {
                    self.next = Some(place);
                    return Ok(true);
                }
                left -= 1;
                self.walk.write_row(place, &line, to)?;
                place.slice += 1;
            }
            to.write_all(b"\n")?;
            self.next = self.walk.after(place.of_line(), &line)?;
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::document::Form;
    use crate::document::indexing::Indexing;
    use crate::document::printing::Printing;
    use crate::document::source::Memory;

    fn printed(body: &[u8], rows: usize) -> (Form, String) {
        let source = Arc::new(Memory::new(body));
        let document = Indexing::whole(source, "").expect("memory is readable");
        let (mut printing, mut written) = (Printing::new(&document), Vec::new());
        let mut at = 0;
        while printing.step(&mut written, rows).expect("memory") {
            assert!(printing.at() >= at, "it goes on");
            at = printing.at();
        }
        assert_eq!(printing.at(), body.len() as u64);
        (document.form(), String::from_utf8(written).expect("text"))
    }

    #[test]
    fn it_is_written_as_it_is_shown() {
        for (body, form, expected) in [
            (
                &b"{\"a\":[1,{}],\"b\":\"x\xe2\x80\xaey\x7f\"}"[..],
                Form::Json,
                "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"x⟨U+202E⟩y␡\"\n}\n",
            ),
            (
                b"one\ntwo \x1b[31mred\n",
                Form::Text,
                "one\ntwo \u{241b}[31mred\n",
            ),
            (
                b"\x00\x01\x1b]0;x\x07",
                Form::Binary,
                "00000000  00 01 1b 5d 30 3b 78 07                           ...]0;x.\n",
            ),
            (b"", Form::Text, ""),
        ] {
            for rows in [1, 2, 1000] {
                let (is, text) = printed(body, rows);
                assert_eq!(is, form);
                assert_eq!(text, expected, "{rows}");
            }
        }
    }

    #[test]
    fn a_long_line_stays_one_line_and_nothing_is_lost() {
        let long = "é".repeat(30_000);
        let body = format!("[\"{long}\",\"end\"]");
        for rows in [1, 3, 1000] {
            let (_, text) = printed(body.as_bytes(), rows);
            assert_eq!(text, format!("[\n  \"{long}\",\n  \"end\"\n]\n"));
        }
    }

    #[test]
    fn no_control_character_comes_through() {
        let all: Vec<u8> = (0..=255).collect();
        for body in [all.clone(), [b"text ".repeat(2000), all].concat()] {
            let (_, text) = printed(&body, 7);
            let is_bad = |c: &char| c.is_control() && *c != '\n';
            assert_eq!(text.chars().find(is_bad), None);
        }
    }
}
