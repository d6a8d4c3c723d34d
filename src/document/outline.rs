//! The structure of a JSON document, found by the indents of its lines: parents, siblings, items, pointers.
//!
//! Nothing of it is kept: each question is answered by the index and a few blocks of lines, so it costs the same in a
//! document of a hundred MiB.

use std::io;

use crate::document::line::Line;
use crate::document::place::Place;
use crate::document::walk::{Go, Walk};
use crate::json::escape::unescape;
use crate::json::token::Kind;

/// How deep a pointer is told. Each level is looked up, and nobody reads a longer one.
pub const DEEPEST: usize = 2048;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into a member of an object: its key, unescaped.
    Key(String),
    /// Into an item of an array, from 0.
    Item(usize),
}

/// The way to a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// Levels that were not looked up, outermost first, because there are too many.
    pub left_out: usize,
    /// The steps, outermost first.
    pub steps: Vec<Step>,
}

impl Path {
    /// As a JSON Pointer (RFC 6901). `None`: it was not told whole.
    pub fn pointer(&self) -> Option<String> {
        (self.left_out == 0).then(|| self.text())
    }

    /// As a JSON Pointer; what is left out is `…`.
    pub fn text(&self) -> String {
        let mut text = if self.left_out > 0 { "…" } else { "" }.to_owned();
        for step in &self.steps {
            text.push('/');
            match step {
                Step::Key(key) => text.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Step::Item(number) => text.push_str(&number.to_string()),
            }
        }
        text
    }
}

/// What a pointer led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Led {
    /// There.
    To(Place),
    /// As far as this, and this step is missing.
    AsFarAs(Place, String),
    /// Nowhere yet: it was to go on no longer.
    Unfinished,
}

/// What was found where a member or an item was looked for.
enum Child {
    There(Place),
    Missing,
    Unfinished,
}

impl Child {
    fn of(found: Option<Place>) -> Child {
        found.map_or(Child::Missing, Child::There)
    }
}

impl Walk<'_> {
    /// The line that opens the container which the line of `place` stands in.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn parent(&mut self, place: Place) -> io::Result<Option<Place>> {
        match self.line(place)?.map(|line| line.indent) {
            Some(indent) if indent > 0 => self.find_before(place, indent - 1),
            _ => Ok(None),
        }
    }

    /// The line that opens the container which the line of `place` closes; `place` itself when it closes none.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn opening(&mut self, place: Place) -> io::Result<Place> {
        match self.line(place)?.filter(|line| line.closes) {
            Some(line) => Ok(self.find_before(place, line.indent)?.unwrap_or(place)),
            None => Ok(place),
        }
    }

    /// The next member or item of the same container.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn next_sibling(&mut self, place: Place) -> io::Result<Option<Place>> {
        let Some(line) = self.line(place)? else {
            return Ok(None);
        };
        let mut here = place;
        if line.opens {
            match self.find_after(here, line.indent)? {
                Some(close) => here = close,
                None => return Ok(None),
            }
        }
        let Some(next) = self.next(here)? else {
            return Ok(None);
        };
        let is_item = |next: &Line| next.indent == line.indent && !next.closes;
        Ok(self.line(next)?.filter(is_item).map(|_| next))
    }

    /// The member or item before.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn previous_sibling(&mut self, place: Place) -> io::Result<Option<Place>> {
        let place = self.opening(place)?;
        let Some(indent) = self.line(place)?.map(|line| line.indent) else {
            return Ok(None);
        };
        let Some(before) = self.find_before(place, indent)? else {
            return Ok(None);
        };
        if self.line(before)?.is_none_or(|line| line.indent < indent) {
            return Ok(None);
        }
        self.opening(before).map(Some)
    }

    /// The bytes of the value that the line of `place` opens, is or closes: from bracket to bracket. `None`: its end did
    /// not come.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn value_at(&mut self, place: Place) -> io::Result<Option<std::ops::Range<usize>>> {
        let place = self.opening(place)?;
        let Some(line) = self.line(place)? else {
            return Ok(None);
        };
        let Some(value) = line.value() else {
            return Ok(None);
        };
        if !line.opens {
            // An empty container has its second bracket behind.
            return Ok(Some(value.start..line.value_end().unwrap_or(value.end)));
        }
        let close = self.find_after(place, line.indent)?;
        Ok(close.map(|close| value.start..close.at + 1))
    }

    /// How many members or items the container has that the line of `place` opens, as far as they came.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn count_items(&mut self, place: Place) -> io::Result<usize> {
        match self.line(place)?.filter(|line| line.opens) {
            Some(line) => Ok(self.count_to(place, line.indent)?.1),
            None => Ok(0),
        }
    }

    /// How many items begin at `indent` between the line of `parent` and this one; all there are indented so or more.
    fn items_between(&mut self, parent: Place, to: usize, indent: usize) -> io::Result<usize> {
        let index = &self.document.index;
        let (first, last) = (index.block_of_line(parent.line), index.block_of_line(to));
        let (Some(first), Some(last)) = (first, last) else {
            return Ok(0);
        };
        let mut count = 0;
        let mut look = |place: Place, line: &Line| {
            if place.line >= to {
                return Go::Stop;
            }
            count += usize::from(line.indent == indent && !line.closes);
            Go::On
        };
        self.lines_from(parent, first, &mut look)?;
        if last > first {
            self.lines(last, &mut look)?;
            count += index.items(first + 1..last, indent);
        }
        Ok(count)
    }

    /// The way to the value that the line of `place` opens, is or closes. The outermost levels are left out when there
    /// are more than `most`.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn path(&mut self, place: Place, most: usize) -> io::Result<Path> {
        let mut path = Path::default();
        let mut here = self.opening(place.of_line())?;
        while let Some(line) = self.line(here)?.filter(|line| line.indent > 0) {
            if path.steps.len() == most {
                path.left_out = line.indent;
                break;
            }
            let Some(parent) = self.find_before(here, line.indent - 1)? else {
                break;
            };
            path.steps.push(match line.key() {
                Some(key) => Step::Key(self.string(key)?),
                None => Step::Item(self.items_between(parent, here.line, line.indent)?),
            });
            here = parent;
        }
        path.steps.reverse();
        Ok(path)
    }

    /// What a string token says. A key of megabytes is cut: no path is read that far.
    fn string(&mut self, token: std::ops::Range<usize>) -> io::Result<String> {
        const MOST: usize = 4096;
        let cut = token.start + token.len().min(MOST);
        let raw = self.bytes(token.start..cut)?;
        let token = crate::json::token::Token {
            kind: Kind::String,
            start: 0,
            end: raw.len(),
            escaped: true,
            cut: cut < token.end,
        };
        Ok(unescape(token.content(raw)).into_owned())
    }

    /// Follows a JSON Pointer (RFC 6901), with or without a `#` before it. Of several documents it is the first one's.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn follow(&mut self, pointer: &str) -> io::Result<Option<Led>> {
        self.follow_while(pointer, &mut || true)
    }

    /// The same, asking before each member that it looks at whether to go on: an object may have millions.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn follow_while(
        &mut self,
        pointer: &str,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> io::Result<Option<Led>> {
        let Some(mut here) = self.first() else {
            return Ok(None);
        };
        let pointer = pointer.trim();
        let pointer = pointer.strip_prefix('#').unwrap_or(pointer);
        if pointer.is_empty() {
            return Ok(Some(Led::To(here)));
        }
        let pointer = pointer.strip_prefix('/').unwrap_or(pointer);
        for token in pointer.split('/') {
            let token = token.replace("~1", "/").replace("~0", "~");
            match self.child(here, &token, goes_on)? {
                Child::There(child) => here = child,
                Child::Missing => return Ok(Some(Led::AsFarAs(here, token))),
                Child::Unfinished => return Ok(Some(Led::Unfinished)),
            }
        }
        Ok(Some(Led::To(here)))
    }

    /// The member with this key, or the item with this number, of the container that the line of `place` opens. Of
    /// duplicate keys it is the last one, as most readers have it.
    fn child(
        &mut self,
        place: Place,
        token: &str,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> io::Result<Child> {
        let Some(line) = self.line(place)?.filter(|line| line.opens) else {
            return Ok(Child::Missing);
        };
        let Some(bracket) = line.value() else {
            return Ok(Child::Missing);
        };
        if self.bytes(bracket)? == b"[" {
            let plain = token == "0" || !token.starts_with('0');
            return match token.parse().ok().filter(|_: &usize| plain) {
                Some(nth) => Ok(Child::of(self.item(place, &line, nth)?)),
                None => Ok(Child::Missing),
            };
        }
        let mut found = None;
        let mut member = self.next(place)?;
        while let Some(here) = member {
            if !goes_on() {
                return Ok(Child::Unfinished);
            }
            let Some(line) = self.line(here)? else { break };
            if let Some(key) = line.key()
                && self.string(key)? == token
            {
                found = Some(here);
            }
            member = self.next_sibling(here)?;
        }
        Ok(Child::of(found))
    }

    /// The item numbered so of the array that the line of `place` opens.
    fn item(&mut self, place: Place, line: &Line, nth: usize) -> io::Result<Option<Place>> {
        let index = &self.document.index;
        let indent = line.indent + 1;
        let end = self.find_after(place, line.indent)?;
        let end = end.map_or(self.document.lines(), |close| close.line);
        let (Some(first), Some(last)) = (
            index.block_of_line(place.line + 1),
            index.block_of_line(end),
        ) else {
            return Ok(None);
        };
        let (mut left, mut found) = (nth, None);
        let mut read = |walk: &mut Self, block, left: &mut usize| {
            walk.lines(block, |here, line| {
                let inside = here.line > place.line && here.line < end;
                if inside && line.indent == indent && !line.closes {
                    if *left == 0 {
                        found = Some(here);
                        return Go::Stop;
                    }
                    *left -= 1;
                }
                if here.line < end { Go::On } else { Go::Stop }
            })?;
            Ok::<_, io::Error>(found)
        };
        if let Some(found) = read(self, first, &mut left)? {
            return Ok(Some(found));
        }
        if last > first {
            let (block, before) = index.item(first + 1..last, indent, left);
            left -= before;
            return read(self, block.unwrap_or(last), &mut left);
        }
        Ok(None)
    }
}
