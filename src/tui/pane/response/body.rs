//! The body of the answer: its document, gone through row by row, and the line below that tells where one is.
//!
//! ```text
//!   │     12 ▾ "items": [                        │  the rows on show, prepared when something changed
//!   │     13 ▸   { 4 items },                    │
//!   │ /recordings/0          line 13 of 5123456  │  the way to the cursor; or what is being written
//! ```
//!
//! What a jq filter makes of the body stands in its place (`filtering`), and is read in the same way: `Subject` is either.
//!
//! Only `settle` and what keys do read the document, for the rows on the screen; drawing shows what was prepared. What
//! takes longer (a search, saving) is wished for, and carried out beside the loop.

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use crate::document::find::hits::Hits;
use crate::document::outline::Led;
use crate::document::place::Place;
use crate::document::walk::Walk;
use crate::document::{Document, Form};
use crate::domain::exchange::Failure;
use crate::tui::action::Action;
use crate::tui::message::effect::Effect;
use crate::tui::pane::response::body::filtering::Filtering;
use crate::tui::pane::response::body::finding::Finding;
use crate::tui::pane::response::body::following::{Following, moves};
use crate::tui::pane::response::body::prompt::{Ask, Prompt, Typed};
use crate::tui::pane::response::body::reader::{Motion, Reader, Room, Spot};
use crate::tui::pane::response::body::shown::Shown;
use crate::tui::pane::response::body::subject::Subject;
use crate::tui::widget::text::width;

mod draw;
mod filtering;
mod finding;
mod following;
pub mod prompt;
mod reader;
mod shown;
mod status;
pub mod subject;

/// How many columns a step sideways goes, and how far it goes at most.
const SIDEWAYS: usize = 16;
const WIDEST: usize = 4096;

/// The body pane's own state.
#[derive(Debug, Default)]
pub struct BodyPane {
    reader: Reader,
    /// The first column on show, where rows are not broken.
    left: usize,
    /// Whether lines are numbered is the reader's wish; at first they are.
    unnumbered: bool,
    finding: Finding,
    following: Following,
    filtering: Filtering,
    prompt: Option<Prompt>,
    /// Where the cursor was when the prompt was opened.
    origin: Spot,
    screen: Prepared,
    wishes: Vec<Effect>,
    /// Something to be told once.
    notice: Option<Failure>,
}

/// What is drawn.
#[derive(Debug, Default)]
struct Prepared {
    rows: Vec<Shown>,
    path: String,
    /// Where the body first stops being JSON, in words.
    fault: Option<String>,
    /// Why the document cannot be read.
    trouble: Option<String>,
}

impl BodyPane {
    /// For another body, looked at in the same way.
    pub fn anew(&mut self) -> BodyPane {
        let mut wishes = std::mem::take(&mut self.wishes);
        wishes.extend(self.stop_search());
        wishes.extend(self.following.stop());
        if self.filtering.running().is_some() {
            wishes.push(Effect::StopFilter);
        }
        BodyPane {
            reader: self.reader.anew(),
            unnumbered: self.unnumbered,
            finding: self.finding.anew(),
            filtering: self.filtering.anew(),
            following: self.following.anew(),
            wishes,
            ..BodyPane::default()
        }
    }

    /// What is to be done beside the loop.
    pub fn take_wishes(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.wishes)
    }

    /// What is to be told.
    pub fn take_notice(&mut self) -> Option<Failure> {
        self.notice.take()
    }

    /// Whether something is being written below it.
    pub fn is_writing(&self) -> bool {
        self.prompt.is_some()
    }

    fn room(&self, subject: Subject<'_>, document: &Document, area: Rect) -> Room {
        let gutter = usize::from(self.gutter(document, area.width));
        Room {
            columns: usize::from(area.width).saturating_sub(gutter),
            lines: usize::from(self.parts(subject, area).rows.height),
        }
    }

    /// How wide the numbers and marks before the rows are.
    fn gutter(&self, document: &Document, columns: u16) -> u16 {
        let marks = if document.form() == Form::Json { 2 } else { 0 };
        if self.unnumbered || columns < 60 || document.form() == Form::Binary {
            return marks;
        }
        let digits = document.lines().max(1).ilog10() + 1;
        // At most 20 digits.
        u16::try_from(digits).unwrap_or(20).max(4) + 1 + marks
    }

    /// Prepares what is on show.
    pub fn settle(&mut self, subject: Subject<'_>, area: Rect) {
        let Some(document) = subject.document() else {
            self.screen = Prepared::default();
            return;
        };
        if self.finding.falls_behind(document) {
            self.wishes.push(Effect::FindOn {
                search: self.finding.search,
                document: Box::new(document.clone()),
            });
        }
        let room = self.room(subject, document, area);
        let prepared = self.prepare(document, room);
        self.screen = prepared.unwrap_or_else(|error| Prepared {
            trouble: Some(format!("the body cannot be read: {error}")),
            ..Prepared::default()
        });
    }

    fn prepare(&mut self, document: &Document, room: Room) -> std::io::Result<Prepared> {
        self.reader.settle(document, room)?;
        let rows = self.reader.rows(document, room)?;
        let found = self.finding.within(document, &rows)?;
        let mut shown = Vec::with_capacity(rows.len());
        for (row, found) in rows.into_iter().zip(found) {
            let marks = self.finding.marks(document, &row, &found)?;
            shown.push(Shown { row, marks });
        }
        let rows = shown;
        if self.left > 0 {
            let widest = rows.iter().map(|shown| width(&shown.row.text())).max();
            let most = widest.unwrap_or(0).saturating_sub(room.columns / 2);
            self.left = self.left.min(most);
        }
        let path = match document.form() {
            Form::Json => self.reader.path(document)?.text(),
            Form::Text | Form::Binary => String::new(),
        };
        Ok(Prepared {
            rows,
            path,
            fault: status::fault(document)?,
            trouble: None,
        })
    }

    /// Moves, folds, asks.
    pub fn update(&mut self, action: Action, subject: Subject<'_>, area: Rect) {
        let Some(document) = subject.document() else {
            return;
        };
        let room = self.room(subject, document, area);
        if moves(action) {
            self.stop_following();
        }
        if let Err(error) = self.act(action, document, room) {
            self.notice = Some(Failure::new("the body cannot be read").because(error.to_string()));
        }
    }

    fn act(&mut self, action: Action, document: &Document, room: Room) -> std::io::Result<()> {
        let lines = isize::try_from(room.lines.max(1)).unwrap_or(1);
        let motion = match action {
            Action::Down => Motion::Lines(1),
            Action::Up => Motion::Lines(-1),
            Action::PageDown => Motion::Lines(lines),
            Action::PageUp => Motion::Lines(-lines),
            Action::HalfDown => Motion::Lines((lines / 2).max(1)),
            Action::HalfUp => Motion::Lines(-(lines / 2).max(1)),
            Action::Top => Motion::Top,
            Action::Bottom => Motion::Bottom,
            Action::NextSibling => Motion::NextSibling,
            Action::PreviousSibling => Motion::PreviousSibling,
            Action::Parent => Motion::Parent,
            action => return self.arrange(action, document, room),
        };
        self.finding.number = None;
        // Who moves on is not brought back.
        self.finding.is_awaited = false;
        self.reader.go(document, motion, room)
    }

    fn arrange(&mut self, action: Action, document: &Document, room: Room) -> std::io::Result<()> {
        match action {
            Action::Left => self.left = self.left.saturating_sub(SIDEWAYS),
            Action::Right => self.left = (self.left + SIDEWAYS).min(WIDEST),
            Action::ToggleWrap => {
                self.reader.wraps = !self.reader.wraps;
                self.left = 0;
            }
            Action::ToggleNumbers => self.unnumbered = !self.unnumbered,
            Action::Toggle => return self.reader.toggle(document, room),
            Action::FoldAll => return self.reader.toggle_all(document, room),
            Action::FoldLess => return self.reader.change_level(document, true, room),
            Action::FoldMore => return self.reader.change_level(document, false, room),
            Action::Next | Action::Previous => {
                return self.step(document, action == Action::Next, room);
            }
            _ => {}
        }
        Ok(())
    }

    /// Opens the line below for this.
    pub fn ask(&mut self, ask: Ask, subject: Subject<'_>) {
        let text = match (ask, subject.document()) {
            (Ask::Filter, _) if subject.arrives() => {
                let what = "the body still arrives: a filter takes the whole of it";
                self.notice = Some(Failure::new(what));
                return;
            }
            (Ask::Filter, _) => self.filtering.last(),
            (_, None) => {
                self.notice = Some(Failure::new("there is nothing to read here"));
                return;
            }
            (Ask::Find, Some(_)) => self.finding.text.clone(),
            (Ask::Place, Some(document)) => status::fault_line(document).unwrap_or_default(),
            (Ask::Path, Some(document)) => subject.file_name(document),
        };
        self.stop_following();
        self.origin = self.reader.cursor;
        self.prompt = Some(Prompt::new(ask, &text));
    }

    /// A key for the line below.
    pub fn input(&mut self, key: &KeyEvent, subject: Subject<'_>, area: Rect) {
        if let Some(prompt) = &mut self.prompt {
            if prompt.ask == Ask::Filter
                && let Some(filter) = self.filtering.recall(key)
            {
                prompt.replace(filter);
                return;
            }
            let typed = prompt.input(key, &mut self.finding);
            self.typed(typed, subject, area);
        }
    }

    /// Pasted text.
    pub fn paste(&mut self, text: &str, subject: Subject<'_>, area: Rect) {
        if let Some(prompt) = &mut self.prompt {
            let typed = prompt.paste(text);
            self.typed(typed, subject, area);
        }
    }

    fn typed(&mut self, typed: Typed, subject: Subject<'_>, area: Rect) {
        let Some(prompt) = &self.prompt else { return };
        if (typed, prompt.ask) == (Typed::Done, Ask::Filter) {
            let filter = prompt.text().trim().to_owned();
            self.prompt = None;
            if !filter.is_empty() {
                self.filter(&filter, subject.loaded);
            }
            return;
        }
        let Some(document) = subject.document() else {
            return;
        };
        match (typed, prompt.ask) {
            (Typed::Nothing, _) | (Typed::Changed, Ask::Place | Ask::Path | Ask::Filter) => {}
            (Typed::Changed, Ask::Find) => {
                self.finding.text = prompt.text().to_owned();
                self.search(document);
            }
            (Typed::Done, ask) => {
                let text = prompt.text().to_owned();
                self.prompt = None;
                self.asked((ask, &text), subject, document, area);
            }
        }
    }

    fn asked(
        &mut self,
        (ask, text): (Ask, &str),
        subject: Subject<'_>,
        document: &Document,
        area: Rect,
    ) {
        let room = self.room(subject, document, area);
        let gone = match ask {
            // What was found before is looked for in another body only now.
            Ask::Find if self.finding.hits.is_none() && self.finding.mistake.is_none() => {
                self.search(document);
                Ok(())
            }
            Ask::Find | Ask::Filter => Ok(()),
            Ask::Place => self.go_to(text, document, room),
            Ask::Path if text.trim().is_empty() => Ok(()),
            Ask::Path => {
                self.wishes.push(Effect::SaveBody {
                    document: Box::new(document.clone()),
                    path: text.trim().into(),
                    is_part: subject.is_part(),
                });
                Ok(())
            }
        };
        if let Err(error) = gone {
            self.notice = Some(Failure::new("the body cannot be read").because(error.to_string()));
        }
    }

    /// Looks for what is written from the beginning.
    fn search(&mut self, document: &Document) {
        self.wishes.extend(self.stop_search());
        // Also where nothing is looked for any more, what the last search still tells comes too late.
        self.finding.search += 1;
        self.finding.is_awaited = false;
        if let Some(needle) = self.finding.needle(document) {
            self.finding.is_awaited = true;
            self.wishes.push(Effect::Find {
                search: self.finding.search,
                document: Box::new(document.clone()),
                needle: Box::new(needle),
            });
        }
    }

    fn stop_search(&self) -> Option<Effect> {
        let runs = self.finding.is_on() && self.finding.may_grow();
        runs.then_some(Effect::StopFind)
    }

    /// What a search knows by now. Says whether it is the one that is waited for.
    pub fn found(
        &mut self,
        search: u64,
        hits: Hits,
        is_done: bool,
        subject: Subject<'_>,
        area: Rect,
    ) -> bool {
        let Some(document) = subject.document().filter(|_| search == self.finding.search) else {
            return false;
        };
        let finding = &mut self.finding;
        finding.take(hits, is_done);
        let (is_done, may_grow) = (finding.is_done, finding.may_grow());
        if finding.is_awaited {
            let from = self.origin.place;
            let room = self.room(subject, document, area);
            let from = self.byte_of(document, from);
            match self.finding.step(document, from, true) {
                // Before the end is known the first match behind the cursor may still come.
                Ok(Some(_)) if self.finding.wrapped && !is_done => self.finding.number = None,
                Ok(Some(at)) => {
                    self.finding.is_awaited = false;
                    self.bring(document, at, room);
                }
                Ok(None) => self.finding.is_awaited = may_grow,
                Err(error) => {
                    self.finding.is_awaited = false;
                    let failure = Failure::new("the body cannot be read");
                    self.notice = Some(failure.because(error.to_string()));
                }
            }
        }
        true
    }

    /// Where a pointer leads that was followed beside the loop.
    pub fn followed(
        &mut self,
        answer: (u64, Result<Led, Failure>),
        subject: Subject<'_>,
        area: Rect,
    ) {
        if let Some(document) = subject.document() {
            let room = self.room(subject, document, area);
            self.arrive(answer, document, room);
        }
    }

    fn byte_of(&self, document: &Document, place: Place) -> u64 {
        let row = Walk::new(document).row(place);
        row.ok().flatten().map_or(place.at, |row| row.span.start) as u64
    }

    /// Shows the match at this byte.
    fn bring(&mut self, document: &Document, at: usize, room: Room) {
        let before = self.reader.top;
        let shown = self.reader.show_byte(document, at, room);
        let moved = self.reader.top != before;
        let centred = match moved {
            true => shown.and_then(|()| self.reader.centre(document, room)),
            false => shown,
        };
        if let Err(error) = centred {
            self.notice = Some(Failure::new("the body cannot be read").because(error.to_string()));
        }
    }

    /// To the next match, or the one before.
    fn step(&mut self, document: &Document, forward: bool, room: Room) -> std::io::Result<()> {
        let from = self.byte_of(document, self.reader.cursor.place);
        let from = if forward && self.finding.number.is_none() {
            from + 1
        } else {
            from
        };
        if let Some(at) = self.finding.step(document, from, forward)? {
            self.bring(document, at, room);
        }
        Ok(())
    }

    /// Whether `n` goes from match to match here.
    pub fn is_finding(&self) -> bool {
        self.finding.is_on()
    }

    /// One level back: what is written, then what was found. Says whether there was anything to leave.
    pub fn back(&mut self) -> bool {
        let stops = self.stop_search();
        if let Some(prompt) = self.prompt.take() {
            if prompt.ask == Ask::Find {
                self.wishes.extend(stops);
                self.forget_find();
                self.reader.cursor = self.origin;
            }
            return true;
        }
        // What the line below tells of goes first.
        if self.stop_filter() || self.stop_following() {
            return true;
        }
        let finding = self.is_finding();
        if finding {
            self.wishes.extend(stops);
            self.forget_find();
        }
        finding
    }

    fn forget_find(&mut self) {
        self.finding = self.finding.anew();
    }

    /// Closes the line below: what was found stays.
    pub fn close_prompt(&mut self) {
        self.prompt = None;
    }

    /// The value under the cursor: its bytes in the body, when they are few enough, and the pointer to it.
    pub fn under_cursor(
        &self,
        subject: Subject<'_>,
        most: usize,
    ) -> (Option<String>, Option<String>) {
        let Some(document) = subject.document() else {
            return (None, None);
        };
        let value = status::value(document, self.reader.cursor.place, most);
        let pointer = self.reader.path(document).ok();
        let pointer = pointer.filter(|_| document.form() == Form::Json);
        let pointer = pointer.and_then(|path| path.pointer());
        (value.ok().flatten(), pointer)
    }
}
