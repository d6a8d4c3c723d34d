//! How a text that is no JSON is written, and what of a row is a name, a value, or holds them together.
//!
//! ```text
//!   <item id="7">tea</item>      XML, HTML      Punctuation Key Plain String … Plain …
//!   name=tea&count=7             a form         Key Punctuation String …
//!   data: {"count":7}            events         Key Punctuation Plain
//! ```
//!
//! A row is told by its own bytes, so a row in the middle of anything costs no more than the first. A row in which a tag
//! or a comment goes on that began before is told by how it ends; where it does not end either, the row is plain.

use memchr::{memchr, memchr2, memmem};
use unicode_width::UnicodeWidthChar;

use crate::document::charset::Charset;
use crate::document::line::Part;
use crate::document::row::Tint;

/// How a text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syntax {
    /// In no way that is known.
    #[default]
    Plain,
    /// XML.
    Xml,
    /// HTML.
    Html,
    /// `application/x-www-form-urlencoded` (URL Standard 5).
    Form,
    /// `text/event-stream` (HTML Standard 9.2.5).
    Events,
}

impl Syntax {
    /// What its sender says that it is; what it looks like, where they say nothing.
    pub fn of(content_type: &str, beginning: &[u8]) -> Syntax {
        let essence = essence(content_type);
        let subtype = essence.rsplit('/').next().unwrap_or("");
        match subtype {
            "html" | "xhtml+xml" => Syntax::Html,
            "xml" => Syntax::Xml,
            "x-www-form-urlencoded" => Syntax::Form,
            "event-stream" => Syntax::Events,
            "" | "octet-stream" => Syntax::looks_like(beginning),
            subtype if subtype.ends_with("+xml") => Syntax::Xml,
            _ => Syntax::Plain,
        }
    }

    fn looks_like(beginning: &[u8]) -> Syntax {
        let beginning = beginning.trim_ascii_start();
        let begins = |word: &[u8]| {
            let start = beginning.get(..word.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(word))
        };
        if begins(b"<?xml") {
            Syntax::Xml
        } else if begins(b"<!doctype html") || begins(b"<html") {
            Syntax::Html
        } else {
            Syntax::Plain
        }
    }

    /// What a person calls it.
    pub fn name(self) -> &'static str {
        match self {
            Syntax::Plain => "text",
            Syntax::Xml => "XML",
            Syntax::Html => "HTML",
            Syntax::Form => "form",
            Syntax::Events => "event stream",
        }
    }

    /// How the name of a file of it ends.
    pub fn file_ending(self) -> &'static str {
        match self {
            Syntax::Xml => "xml",
            Syntax::Html => "html",
            Syntax::Plain | Syntax::Form | Syntax::Events => "txt",
        }
    }

    /// The parts of a row, which cover it: its bytes, where they stand, and whether its line begins with them. A row in a
    /// charset whose letters may hold bytes of ASCII is one part.
    pub(super) fn parts(
        self,
        bytes: &[u8],
        at: usize,
        begins: bool,
        charset: Charset,
    ) -> Vec<Part> {
        let mut cut = Cut {
            bytes,
            at,
            done: 0,
            parts: Vec::new(),
        };
        if charset.keeps_ascii_apart() {
            match self {
                Syntax::Plain => {}
                Syntax::Xml | Syntax::Html => cut.markup(),
                Syntax::Form => cut.form(begins),
                Syntax::Events if begins => cut.field(),
                Syntax::Events => {}
            }
        }
        cut.to(bytes.len(), Tint::Plain);
        cut.parts
    }
}

/// A content type without its parameters, in lower case.
fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or("");
    essence.trim().to_ascii_lowercase()
}

/// Whether a content type is JSON's: `application/json`, `…+json`, and those of streams of it.
pub(super) fn says_json(content_type: &str) -> bool {
    let essence = essence(content_type);
    let subtype = essence.rsplit('/').next().unwrap_or("");
    subtype == "json"
        || subtype.ends_with("+json")
        || subtype.ends_with("ndjson")
        || subtype.ends_with("jsonl")
        || subtype == "json-seq"
        || subtype == "jsonlines"
}

/// A row that is cut into parts, from its start on.
struct Cut<'a> {
    bytes: &'a [u8],
    at: usize,
    done: usize,
    parts: Vec<Part>,
}

impl<'a> Cut<'a> {
    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.done..]
    }

    /// What was not told yet is of this tint, up to here.
    fn to(&mut self, end: usize, tint: Tint) {
        let end = self.over_marks(end);
        if end <= self.done {
            return;
        }
        let span = self.at + self.done..self.at + end;
        self.done = end;
        match self.parts.last_mut() {
            Some(last) if last.tint == tint => last.span.end = span.end,
            _ => self.parts.push(Part { tint, span }),
        }
    }

    /// So many bytes more.
    fn take(&mut self, bytes: usize, tint: Tint) {
        self.to(self.done + bytes, tint);
    }

    /// A combining mark stays with what it stands on.
    fn over_marks(&self, mut end: usize) -> usize {
        while self.bytes.get(end).is_some_and(|byte| !byte.is_ascii()) {
            let longest = &self.bytes[end..self.bytes.len().min(end + 4)];
            let mark = longest.utf8_chunks().next();
            let mark = mark.and_then(|chunk| chunk.valid().chars().next());
            match mark.filter(|mark| mark.width() == Some(0)) {
                Some(mark) => end += mark.len_utf8(),
                None => break,
            }
        }
        end
    }

    /// Names and values: `name=value&…`.
    fn form(&mut self, begins: bool) {
        let mut goes_on = !begins;
        while !self.rest().is_empty() {
            let end = memchr(b'&', self.rest()).unwrap_or(self.rest().len());
            match memchr(b'=', &self.rest()[..end]) {
                Some(equals) => {
                    let end = self.done + end;
                    self.take(equals, Tint::Key);
                    self.take(1, Tint::Punctuation);
                    self.to(end, Tint::String);
                }
                // A value that is longer than a row.
                None if goes_on => self.take(end, Tint::String),
                None => self.take(end, Tint::Key),
            }
            goes_on = false;
            self.take(usize::from(!self.rest().is_empty()), Tint::Punctuation);
        }
    }

    /// `name: value`, or `: comment`.
    fn field(&mut self) {
        match memchr(b':', self.bytes) {
            Some(0) => self.to(self.bytes.len(), Tint::Aside),
            Some(colon) => {
                self.to(colon, Tint::Key);
                self.take(1, Tint::Punctuation);
            }
            None => self.to(self.bytes.len(), Tint::Key),
        }
    }

    fn markup(&mut self) {
        self.what_goes_on();
        while let Some(open) = memchr(b'<', self.rest()) {
            self.take(open, Tint::Plain);
            let rest = self.rest();
            let past = |end: &[u8]| memmem::find(rest, end).map_or(rest.len(), |at| at + end.len());
            match rest {
                [b'<', b'!', b'-', b'-', ..] => self.take(past(b"-->"), Tint::Aside),
                [b'<', b'?', ..] => self.take(past(b"?>"), Tint::Aside),
                _ if rest.starts_with(CDATA) => {
                    let close = memmem::find(rest, b"]]>").map(|close| self.done + close);
                    self.take(CDATA.len(), Tint::Punctuation);
                    self.to(close.unwrap_or(self.bytes.len()), Tint::Plain);
                    self.to(
                        close.map_or(self.done, |close| close + 3),
                        Tint::Punctuation,
                    );
                }
                [b'<', b'!', ..] => self.take(past(b">"), Tint::Aside),
                [b'<', b'/', first, ..] if begins_name(*first) => self.tag(2),
                [b'<', first, ..] if begins_name(*first) => self.tag(1),
                _ => self.take(1, Tint::Plain),
            }
        }
    }

    /// What a row before has begun, and this one ends.
    fn what_goes_on(&mut self) {
        let Some(stop) = memchr2(b'<', b'>', self.bytes) else {
            return;
        };
        let before = &self.bytes[..stop];
        if self.bytes[stop] == b'<' {
        } else if before.ends_with(b"--") || before.ends_with(b"?") {
            self.to(stop + 1, Tint::Aside);
        } else if before.ends_with(b"]]") {
            self.to(stop - 2, Tint::Plain);
            self.to(stop + 1, Tint::Punctuation);
        } else {
            self.attributes();
        }
    }

    /// A tag whose name begins after so many bytes.
    fn tag(&mut self, open: usize) {
        self.take(open, Tint::Punctuation);
        let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'<');
        let name = self.rest().iter().position(ends);
        self.take(name.unwrap_or(self.rest().len()), Tint::Key);
        self.attributes();
    }

    /// The rest of a tag, up to its end or the row's.
    fn attributes(&mut self) {
        while let [first, ..] = self.rest() {
            let rest = self.rest();
            match first {
                b'<' => return,
                b'>' => return self.take(1, Tint::Punctuation),
                b'=' => self.take(1, Tint::Punctuation),
                b'/' if rest.get(1) == Some(&b'>') => return self.take(2, Tint::Punctuation),
                b'"' | b'\'' => {
                    let end = memchr(*first, &rest[1..]);
                    self.take(end.map_or(rest.len(), |end| end + 2), Tint::String);
                }
                _ => {
                    let more = |byte: &u8| matches!(byte, b'<' | b'>' | b'=' | b'/' | b'"' | b'\'');
                    let end = rest[1..].iter().position(more);
                    self.take(end.map_or(rest.len(), |end| end + 1), Tint::Plain);
                }
            }
        }
    }
}

const CDATA: &[u8] = b"<![CDATA[";

fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':' | 0x80..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::Syntax;
    use crate::document::charset::Charset;
    use crate::document::row::Tint;

    /// A row's parts in short: k(ey), s(tring), p(unctuation), a(side), and plain as it is.
    fn told(syntax: Syntax, row: &str, begins: bool) -> String {
        let parts = syntax.parts(row.as_bytes(), 0, begins, Charset::default());
        let part = |tint: Tint, text: &str| match tint {
            Tint::Key => format!("k({text})"),
            Tint::String => format!("s({text})"),
            Tint::Punctuation => format!("p({text})"),
            Tint::Aside => format!("a({text})"),
            _ => text.to_owned(),
        };
        parts
            .into_iter()
            .map(|each| part(each.tint, &row[each.span]))
            .collect()
    }

    /// Rows, whether their lines begin with them, and what is told of them.
    fn told_as(syntax: Syntax, cases: &[(&str, bool, &str)]) {
        for (row, begins, expected) in cases {
            assert_eq!(told(syntax, row, *begins), *expected, "{row}");
        }
    }

    #[test]
    fn markup_is_tags_and_what_stands_between() {
        for (row, expected) in [
            (
                r#"<item id="7" n='<'>tea</item>"#,
                r#"p(<)k(item) id=s("7") n=s('<')p(>)teap(</)k(item)p(>)"#,
            ),
            ("<br/><br />", "p(<)k(br)p(/><)k(br) p(/>)"),
            (
                "<a href=/x/y>1 < 2 & 3</a",
                "p(<)k(a) href=/x/yp(>)1 < 2 & 3p(</)k(a)",
            ),
            (
                "<?xml version=\"1.0\"?><!DOCTYPE html>x",
                "a(<?xml version=\"1.0\"?><!DOCTYPE html>)x",
            ),
            ("a<!-- <b> -->c<!-- on", "aa(<!-- <b> -->)ca(<!-- on)"),
            (
                "<![CDATA[<b>]]>x<![CDATA[y",
                "p(<![CDATA[)<b>p(]]>)xp(<![CDATA[)y",
            ),
            ("<日本 a=\"b", "p(<)k(日本) a=s(\"b)"),
            ("<a<b>", "p(<)k(a)p(<)k(b)p(>)"),
            // What a row before has begun.
            ("class=\"x\">text", "class=s(\"x\")p(>)text"),
            ("of it --> <b>", "a(of it -->) p(<)k(b)p(>)"),
            ("x]]><b>", "xp(]]><)k(b)p(>)"),
            ("only text", "only text"),
            // A mark stays with what it stands on.
            ("<b>\u{301}a", "p(<)k(b)p(>\u{301})a"),
        ] {
            let expected = expected.replace("=s(", "p(=)s(").replace("=/", "p(=)/");
            assert_eq!(told(Syntax::Xml, row, true), expected, "{row}");
            assert_eq!(told(Syntax::Html, row, false), expected, "{row}");
        }
    }

    #[test]
    fn a_form_is_names_and_values() {
        #[rustfmt::skip]
        told_as(Syntax::Form, &[
            ("a=1&b=&c&=d", true, "k(a)p(=)s(1)p(&)k(b)p(=&)k(c)p(&=)s(d)"),
            ("a=b=c&", true, "k(a)p(=)s(b=c)p(&)"),
            ("onger&b=2", false, "s(onger)p(&)k(b)p(=)s(2)"),
            ("", true, ""),
        ]);
    }

    #[test]
    fn an_event_is_fields() {
        #[rustfmt::skip]
        told_as(Syntax::Events, &[
            ("data: {\"a\":1}", true, "k(data)p(:) {\"a\":1}"),
            (": keep-alive", true, "a(: keep-alive)"),
            ("data", true, "k(data)"),
            ("the rest: of it", false, "the rest: of it"),
            ("", true, ""),
        ]);
    }

    #[test]
    fn a_text_is_what_its_sender_says_or_what_it_looks_like() {
        for (content_type, beginning, expected) in [
            ("text/html; charset=utf-8", "", Syntax::Html),
            ("Application/XHTML+xml", "", Syntax::Html),
            ("text/xml", "", Syntax::Xml),
            ("application/problem+xml", "", Syntax::Xml),
            ("application/x-www-form-urlencoded", "", Syntax::Form),
            ("text/event-stream", "", Syntax::Events),
            ("text/plain", "<html>", Syntax::Plain),
            ("application/json", "<html>", Syntax::Plain),
            ("", "\n<!DOCTYPE HTML>", Syntax::Html),
            ("", "<HTML>", Syntax::Html),
            ("application/octet-stream", "<?xml ", Syntax::Xml),
            ("", "<item>", Syntax::Plain),
            ("", "", Syntax::Plain),
        ] {
            let found = Syntax::of(content_type, beginning.as_bytes());
            assert_eq!(found, expected, "{content_type} {beginning}");
        }
    }

    #[test]
    fn a_charset_that_hides_ascii_in_its_letters_is_left_alone() {
        let shift_jis = Charset::of("text/html; charset=shift_jis", b"");
        let parts = Syntax::Html.parts(b"<b>x</b>", 0, true, shift_jis);
        assert_eq!(parts.len(), 1);
        let latin = Charset::of("text/html; charset=iso-8859-1", b"");
        assert_eq!(Syntax::Html.parts(b"<b>\xe9", 0, true, latin).len(), 4);
    }

    proptest! {
        #[test]
        fn the_parts_of_a_row_are_the_row(
            row in r#"(<!--|-->|<!\[CDATA\[|\]\]>|<\?|\?>|[<>/='"&:! ab\u{301}é]){0,20}"#,
            bytes in any::<Vec<u8>>(),
            begins in any::<bool>(),
        ) {
            for syntax in [Syntax::Plain, Syntax::Xml, Syntax::Html, Syntax::Form, Syntax::Events] {
                for row in [row.as_bytes(), &bytes] {
                    let mut end = 7;
                    for part in syntax.parts(row, 7, begins, Charset::default()) {
                        prop_assert_eq!(part.span.start, end);
                        prop_assert!(part.span.end > part.span.start);
                        end = part.span.end;
                    }
                    prop_assert_eq!(end, 7 + row.len());
                }
                for part in syntax.parts(row.as_bytes(), 0, begins, Charset::default()) {
                    prop_assert!(row.get(part.span).is_some(), "no letter is cut");
                }
            }
        }
    }
}
