//! Making a document of bytes that are there, or still come: what they are, and their index.
//!
//! ```text
//!   beginning ──▶ JSON? ──Scanner──▶ Index ──fault──▶ text after all, from the beginning
//!       │                              ▲
//!       ├──▶ text? ──line feeds────────┘
//!       └──▶ binary: nothing to index
//! ```
//!
//! Work is done in steps, between which the caller may show what is known, go on or give up; a source may grow while it
//! is indexed.

use std::io::{self, ErrorKind};
use std::ops::Range;
use std::sync::Arc;

use memchr::{memchr_iter, memmem};

use crate::document::charset::Charset;
use crate::document::index::Index;
use crate::document::source::Source;
use crate::document::syntax::{Syntax, says_json};
use crate::document::{Document, Form};
use crate::json::scan::{LONG, Lines, Scanner};

/// How much is read at once, in bytes.
const CHUNK: usize = 128 << 10;

/// How much of the beginning tells whether it is text.
const SAMPLE: usize = 8192;

/// Makes a document.
#[derive(Debug)]
pub struct Indexing {
    document: Document,
    content_type: String,
    stage: Stage,
    /// Whether nothing more will come.
    is_ending: bool,
    buffer: Vec<u8>,
}

#[derive(Debug)]
enum Stage {
    /// Nothing was read yet.
    Beginning,
    Json(Scanner),
    Text(Feeds),
    Binary,
}

impl Indexing {
    /// Of what this source holds and will hold, which is of this content type as far as its sender knows.
    pub fn new(source: Arc<dyn Source>, content_type: &str) -> Indexing {
        Indexing {
            document: Document::empty(source),
            content_type: content_type.to_owned(),
            stage: Stage::Beginning,
            is_ending: false,
            buffer: Vec::new(),
        }
    }

    /// The same, shown as text whatever it is.
    pub fn as_text(source: Arc<dyn Source>, content_type: &str) -> Indexing {
        let mut indexing = Indexing::new(source, content_type);
        indexing.stage = Stage::Text(Feeds::default());
        indexing
    }

    /// The document that a source is, all of which is there.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn whole(source: Arc<dyn Source>, content_type: &str) -> io::Result<Document> {
        let mut indexing = Indexing::new(source, content_type);
        indexing.finish()?;
        Ok(indexing.document)
    }

    /// The document, as far as it is indexed.
    pub fn document(&self) -> Document {
        self.document.clone()
    }

    /// Reads on, about this many bytes. Says whether there is more to read now.
    ///
    /// # Errors
    /// When the source cannot be read. What was indexed before stays.
    pub fn step(&mut self, bytes: usize) -> io::Result<bool> {
        let mut left = bytes;
        while left > 0 {
            let read = self.read(left.min(CHUNK))?;
            if read == 0 {
                return Ok(false);
            }
            left -= read.min(left);
        }
        Ok((self.document.end as u64) < self.document.source.len())
    }

    /// Reads all that is there.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn read_all(&mut self) -> io::Result<()> {
        while self.step(CHUNK)? {}
        Ok(())
    }

    /// Nothing more will come.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn finish(&mut self) -> io::Result<()> {
        self.is_ending = true;
        self.read_all()?;
        if let Stage::Json(scanner) = &mut self.stage {
            let values = scanner.values();
            let end = scanner.finish(&mut self.document.index);
            self.document.values = values.max(scanner.values());
            if let Err(fault) = end {
                // A container that only ends too early is laid out as far as it goes; a word or two are text.
                let lays_out = fault.cut && self.begins_with_container()?;
                self.document.fault = Some(fault);
                if !lays_out {
                    self.begin_as_text();
                    self.read_all()?;
                }
            }
        }
        self.document.is_whole = true;
        Ok(())
    }

    fn begins_with_container(&mut self) -> io::Result<bool> {
        let beginning = self.sample()?;
        let first = beginning.iter().find(|byte| !byte.is_ascii_whitespace());
        Ok(matches!(first, Some(b'{' | b'[')))
    }

    /// The beginning, without a mark.
    fn sample(&mut self) -> io::Result<&[u8]> {
        self.fill(0, SAMPLE)?;
        let mark = Charset::mark_length(&self.buffer);
        Ok(&self.buffer[mark..])
    }

    /// Fills the buffer with up to `count` bytes from `at` on.
    fn fill(&mut self, at: usize, count: usize) -> io::Result<usize> {
        let there = usize::try_from(self.document.source.len()).unwrap_or(usize::MAX);
        self.buffer.resize(count.min(there.saturating_sub(at)), 0);
        let mut read = 0;
        while read < self.buffer.len() {
            let source = &self.document.source;
            match source.read_at((at + read) as u64, &mut self.buffer[read..]) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.buffer.truncate(read);
        Ok(read)
    }

    fn read(&mut self, most: usize) -> io::Result<usize> {
        if matches!(self.stage, Stage::Beginning) {
            self.recognise()?;
        }
        let at = self.document.end;
        let lends = self.document.source.lend(at as u64, most).is_some();
        if !lends {
            self.fill(at, most)?;
        }
        let document = &mut self.document;
        let lent = document.source.lend(at as u64, most).filter(|_| lends);
        let mut chunk = lent.unwrap_or(&self.buffer);
        if document.charset.is_wide() {
            // The half of a unit is no text yet.
            chunk = &chunk[..chunk.len() - chunk.len() % 2];
        }
        let read = chunk.len();
        match &mut self.stage {
            Stage::Beginning => return Ok(0),
            Stage::Binary => {}
            Stage::Text(feeds) => {
                let feed = document.charset.line_feed();
                feeds.feed(chunk, document.end, feed, &mut document.index);
            }
            Stage::Json(scanner) => {
                // Before the end of the chunk is known to be good nothing of it is looked at.
                if let Err(fault) = scanner.feed(chunk, &mut document.index) {
                    document.fault = Some(fault);
                    self.begin_as_text();
                    return Ok(read);
                }
                document.values = scanner.values();
            }
        }
        document.end += read;
        let open = match &self.stage {
            Stage::Json(scanner) => scanner.open_run(),
            Stage::Text(feeds) => feeds.open_run(document.end),
            Stage::Beginning | Stage::Binary => None,
        };
        document.index.keep_open(open);
        Ok(read)
    }

    fn recognise(&mut self) -> io::Result<()> {
        if self.fill(0, SAMPLE)? == 0 {
            return Ok(());
        }
        let mark = Charset::mark_length(&self.buffer);
        let first = self.buffer[mark..]
            .iter()
            .find(|byte| !byte.is_ascii_whitespace());
        let may_be_mark = matches!(self.buffer[..], [0xef] | [0xef, 0xbb] | [0xfe] | [0xff]);
        let tells = !may_be_mark && (first.is_some() || self.buffer.len() >= SAMPLE);
        if !tells && !self.is_ending {
            return Ok(());
        }
        let document = &mut self.document;
        document.charset = Charset::of(&self.content_type, &self.buffer);
        let container = matches!(first, Some(b'{' | b'['));
        let scalar = matches!(first, Some(b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'));
        let said = says_json(&self.content_type);
        if !document.charset.is_wide() && (container || scalar) {
            // A stranger's text of several words is no stream of JSON; one container after the other is.
            let scanner = if container || said {
                Scanner::of_stream()
            } else {
                Scanner::new()
            };
            document.form = Form::Json;
            document.end = mark;
            self.stage = Stage::Json(scanner.starting_at(mark));
        } else {
            self.begin_as_text();
        }
        Ok(())
    }

    /// Begins again, as text or as what is none.
    fn begin_as_text(&mut self) {
        let document = &mut self.document;
        document.index = Index::default();
        document.values = 0;
        document.end = 0;
        // The buffer may hold a later chunk: then the beginning was good enough to be JSON so far, which is text.
        let binary = !document.charset.is_wide()
            && self
                .fill(0, SAMPLE)
                .is_ok_and(|_| is_binary(&self.buffer, self.document.charset));
        (self.document.form, self.stage) = if binary {
            (Form::Binary, Stage::Binary)
        } else {
            let mark = Charset::mark_length(&self.buffer);
            self.document.syntax = Syntax::of(&self.content_type, &self.buffer[mark..]);
            (Form::Text, Stage::Text(Feeds::default()))
        };
    }
}

/// Whether the beginning holds a NUL, or more than one character in ten that no text has.
fn is_binary(sample: &[u8], charset: Charset) -> bool {
    let whole = if charset.is_utf_8() {
        without_cut_character(sample)
    } else {
        sample
    };
    let text = charset.decode(whole);
    let odd = |c: char| {
        c == char::REPLACEMENT_CHARACTER || (c.is_control() && !"\t\n\r\u{c}\u{1b}".contains(c))
    };
    let (all, bad) = text
        .chars()
        .fold((0, 0), |(all, bad), c| (all + 1, bad + usize::from(odd(c))));
    sample.contains(&0) || bad * 10 > all
}

/// The bytes without the character of UTF-8 that their end cuts.
fn without_cut_character(bytes: &[u8]) -> &[u8] {
    let last = bytes.iter().rposition(|byte| byte & 0xc0 != 0x80);
    let Some(last) = last.filter(|last| bytes.len() - last < 4) else {
        return bytes;
    };
    let length = match bytes[last] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    if bytes.len() - last < length {
        &bytes[..last]
    } else {
        bytes
    }
}

/// Finds the lines of a text.
#[derive(Debug, Default)]
struct Feeds {
    /// Where the line begins that is not yet ended.
    start: usize,
    /// Whether a byte of it came: behind the last line feed there is no line.
    begun: bool,
}

impl Feeds {
    /// Takes a chunk, whole units, that begins at `at`.
    fn feed(&mut self, chunk: &[u8], at: usize, feed: &[u8], index: &mut Index) {
        if !self.begun && !chunk.is_empty() {
            self.begin(at, index);
        }
        let end = at + chunk.len();
        let mut ended = |here: usize| {
            self.end(at + here, index);
            let next = at + here + feed.len();
            self.begun = false;
            if next < end {
                self.begin(next, index);
            }
        };
        match feed {
            [byte] => memchr_iter(*byte, chunk).for_each(&mut ended),
            unit => memmem::find_iter(chunk, unit)
                .filter(|here| here % unit.len() == 0)
                .for_each(&mut ended),
        }
    }

    fn begin(&mut self, at: usize, index: &mut Index) {
        (self.start, self.begun) = (at, true);
        index.line(at, 0, false);
    }

    fn end(&mut self, end: usize, index: &mut Index) {
        if self.begun && end - self.start > LONG {
            index.long(self.start..end);
        }
    }

    /// The line that is not yet ended, when it is long.
    fn open_run(&self, end: usize) -> Option<Range<usize>> {
        (self.begun && end - self.start > LONG).then_some(self.start..end)
    }
}
