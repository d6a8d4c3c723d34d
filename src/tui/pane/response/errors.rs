//! The error list: each error a head that opens to its details, in groups when that is asked for, and what became of
//! the errors of the attempt before.
//!
//! ```text
//!   since attempt 1: 1 gone, 2 remain, 0 new  by code      the head line, which stays
//!   ▾ missing  2 errors                                    a group
//!     ▸ = is missing                        /currency      an error, which was listed before
//!     ▾ = …                                 /items/1/price
//!         code     missing                                 its details
//!   ▸ − amount_not_positive  must be …      /amount        gone
//! ```
//!
//! What stands in the list (`entry`) is worked out once for each change of it; how it looks (`look`) only for what is on
//! the screen. So a key costs what the screen costs, not what ten thousand errors do.

use std::cell::Cell;
use std::collections::HashSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::domain::correction::Correction;
use crate::domain::exchange::Response;
use crate::tui::action::Action;
use crate::tui::pane::response::errors::entry::{Entry, Group, Grouping, Listing};
use crate::tui::pane::response::errors::look::{Look, Sizes};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::piece::first_fitting;
use crate::tui::widget::wrap::wrap_text;

pub(crate) mod entry;
mod look;

/// A sentence has no more rows.
const MOST_ROWS: usize = 20;

/// Below this height the list itself needs all the room.
const ROOM: u16 = 3;

/// A row of the list: which of an entry's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    entry: usize,
    row: usize,
}

/// The list's own state.
#[derive(Debug, Default)]
pub(crate) struct ErrorList {
    grouping: Grouping,
    open: HashSet<Entry>,
    cursor: Spot,
    top: Spot,
    /// What it was built of; the rest is worked out from that.
    counts: [usize; 3],
    groups: Vec<Group>,
    /// All errors in the order of the list, those of closed groups too.
    order: Vec<usize>,
    entries: Vec<Entry>,
    sizes: Sizes,
}

/// The list with what it lists, at a width: how many rows its entries take.
struct View<'a> {
    look: Look<'a>,
    open: &'a HashSet<Entry>,
    entries: &'a [Entry],
    /// The entry that was measured last, and its rows: a walk asks for the same one again and again.
    measured: Cell<Option<(usize, usize)>>,
}

impl View<'_> {
    fn is_open(&self, entry: Entry) -> bool {
        self.open.contains(&entry)
    }

    fn head_rows(&self, at: usize) -> usize {
        let entry = self.entries.get(at);
        entry.map_or(1, |entry| self.look.head_rows(*entry, self.is_open(*entry)))
    }

    fn rows(&self, at: usize) -> usize {
        if let Some((_, rows)) = self.measured.get().filter(|(last, _)| *last == at) {
            return rows;
        }
        let open = self.entries.get(at).filter(|entry| self.is_open(**entry));
        let details = open.map_or(0, |entry| self.look.details(*entry).len());
        let rows = self.head_rows(at) + details;
        self.measured.set(Some((at, rows)));
        rows
    }

    /// The last row of an entry that the cursor can be on; a head is one, however many rows it takes.
    fn last_row(&self, at: usize) -> usize {
        let rows = self.rows(at);
        if rows > self.head_rows(at) {
            rows - 1
        } else {
            0
        }
    }

    fn last(&self) -> Spot {
        let entry = self.entries.len().saturating_sub(1);
        Spot {
            entry,
            row: self.last_row(entry),
        }
    }

    /// The last row there is.
    fn end(&self) -> Spot {
        let entry = self.entries.len().saturating_sub(1);
        Spot {
            entry,
            row: self.rows(entry).saturating_sub(1),
        }
    }

    fn down(&self, spot: Spot) -> Spot {
        let Spot { entry, row } = spot;
        if row < self.last_row(entry) {
            let row = (row + 1).max(self.head_rows(entry));
            return Spot { entry, row };
        }
        match entry + 1 < self.entries.len() {
            true => Spot {
                entry: entry + 1,
                row: 0,
            },
            false => spot,
        }
    }

    fn up(&self, spot: Spot) -> Spot {
        let Spot { entry, row } = spot;
        match (row, entry) {
            (0, 0) => spot,
            (0, _) => Spot {
                entry: entry - 1,
                row: self.last_row(entry - 1),
            },
            _ if row <= self.head_rows(entry) => Spot { entry, row: 0 },
            _ => Spot {
                entry,
                row: row - 1,
            },
        }
    }

    /// The nearest row that is there.
    fn right(&self, spot: Spot) -> Spot {
        let entry = spot.entry.min(self.entries.len().saturating_sub(1));
        let row = if entry == spot.entry { spot.row } else { 0 };
        let row = row.min(self.last_row(entry));
        let in_head = row < self.head_rows(entry);
        Spot {
            entry,
            row: if in_head { 0 } else { row },
        }
    }

    /// How many rows lie between two rows; no more than `most` are counted.
    fn between(&self, from: Spot, to: Spot, most: usize) -> usize {
        let mut count = 0;
        let mut entry = from.entry;
        while entry < to.entry && count < most + from.row {
            count += self.rows(entry);
            entry += 1;
        }
        (count + to.row).saturating_sub(from.row)
    }

    /// The row that lies `rows` before another.
    fn before(&self, spot: Spot, rows: usize) -> Spot {
        let Spot { mut entry, row } = spot;
        let (mut row, mut left) = (row, rows);
        while left > row && entry > 0 {
            left -= row + 1;
            entry -= 1;
            row = self.rows(entry).saturating_sub(1);
        }
        Spot {
            entry,
            row: row.saturating_sub(left),
        }
    }
}

impl ErrorList {
    /// An empty list, grouped like this one.
    pub(crate) fn anew(&self) -> ErrorList {
        ErrorList {
            grouping: self.grouping,
            ..ErrorList::default()
        }
    }

    /// Brings it up to date with what there is to list, and where.
    pub(crate) fn settle(&mut self, listing: Listing<'_>, columns: u16, height: u16) {
        if self.counts != listing.counts() {
            self.counts = listing.counts();
            self.sizes = Sizes::of(listing);
            self.group(listing);
            self.list(listing);
        }
        self.keep_in_view(listing, columns, height);
    }

    fn view<'a>(&'a self, listing: Listing<'a>, columns: u16, theme: Theme) -> View<'a> {
        View {
            look: Look {
                listing,
                groups: &self.groups,
                grouping: self.grouping,
                sizes: self.sizes,
                columns: usize::from(columns),
                theme,
            },
            open: &self.open,
            entries: &self.entries,
            measured: Cell::new(None),
        }
    }

    fn bare<'a>(&'a self, listing: Listing<'a>, columns: u16) -> View<'a> {
        self.view(listing, columns, Theme { colour: false })
    }

    /// Works out the groups anew, all of them open.
    fn group(&mut self, listing: Listing<'_>) {
        self.open.retain(|entry| !matches!(entry, Entry::Group(_)));
        self.groups = listing.groups(self.grouping);
        self.open.extend((0..self.groups.len()).map(Entry::Group));
        self.order = match self.grouping {
            Grouping::None => (0..listing.errors.len()).collect(),
            _ => self.groups.iter().flat_map(|g| g.errors.clone()).collect(),
        };
    }

    fn list(&mut self, listing: Listing<'_>) {
        self.entries = listing.entries(&self.groups, &self.open);
    }

    fn under_cursor(&self) -> Option<Entry> {
        self.entries.get(self.cursor.entry).copied()
    }

    /// Which error the cursor is on; none when it is on a group, on one that is gone or on what was not understood.
    pub(crate) fn error_under_cursor(&self) -> Option<usize> {
        match self.under_cursor()? {
            Entry::Error(at) => Some(at),
            Entry::Group(_) | Entry::Gone(_) | Entry::Unread(_) => None,
        }
    }

    fn group_of(&self, error: usize) -> Option<usize> {
        let holds = |group: &Group| group.errors.binary_search(&error).is_ok();
        self.groups.iter().position(holds)
    }

    /// Puts the cursor on an entry's head, or on that of its group while that is closed.
    fn go_to(&mut self, entry: Entry) {
        let find = |wanted: Entry| self.entries.iter().position(|entry| *entry == wanted);
        let group = match entry {
            Entry::Error(at) => self.group_of(at).map(Entry::Group),
            _ => None,
        };
        let at = find(entry).or_else(|| find(group?));
        self.cursor = Spot {
            entry: at.unwrap_or(0),
            row: 0,
        };
    }

    /// Shows an error: its group opens.
    pub(crate) fn show(&mut self, listing: Listing<'_>, error: usize) {
        if let Some(group) = self.group_of(error)
            && self.open.insert(Entry::Group(group))
        {
            self.list(listing);
        }
        self.go_to(Entry::Error(error));
    }

    /// To the next error or the one before, round the end.
    pub(crate) fn step(&mut self, listing: Listing<'_>, forward: bool) {
        let count = self.order.len();
        if count == 0 {
            return;
        }
        let place = |error: usize| self.order.iter().position(|one| *one == error);
        let at = match self.under_cursor() {
            Some(Entry::Error(at)) => {
                place(at).map(|at| if forward { at + 1 } else { at + count - 1 })
            }
            Some(Entry::Group(at)) => {
                let first = self.groups.get(at).and_then(|g| g.errors.first());
                let at = first.and_then(|first| place(*first));
                at.map(|at| if forward { at } else { at + count - 1 })
            }
            Some(Entry::Gone(_) | Entry::Unread(_)) | None => {
                Some(if forward { 0 } else { count - 1 })
            }
        };
        let error = at.and_then(|at| self.order.get(at % count)).copied();
        self.show(listing, error.unwrap_or(0));
    }

    /// To the first error.
    pub(crate) fn first(&mut self, listing: Listing<'_>) {
        if let Some(error) = self.order.first().copied() {
            self.show(listing, error);
        }
    }

    /// Moves, opens, closes, groups.
    pub(crate) fn update(
        &mut self,
        action: Action,
        listing: Listing<'_>,
        columns: u16,
        height: u16,
    ) {
        match action {
            Action::Toggle => self.toggle(listing),
            Action::GroupErrors | Action::ExpandAll => {
                self.rearrange(action, listing, columns, height);
            }
            action => self.cursor = self.moved(action, listing, columns, height),
        }
        self.keep_in_view(listing, columns, height);
    }

    fn moved(&self, action: Action, listing: Listing<'_>, columns: u16, height: u16) -> Spot {
        let view = self.bare(listing, columns);
        let page = usize::from(self.below_head(listing, height)).max(1);
        let down = |rows| (0..rows).fold(self.cursor, |spot, _| view.down(spot));
        let up = |rows| (0..rows).fold(self.cursor, |spot, _| view.up(spot));
        match action {
            Action::Down => down(1),
            Action::Up => up(1),
            Action::PageDown => down(page),
            Action::PageUp => up(page),
            Action::Top => Spot::default(),
            Action::Bottom => view.last(),
            _ => self.cursor,
        }
    }

    fn toggle(&mut self, listing: Listing<'_>) {
        let Some(entry) = self.under_cursor() else {
            return;
        };
        if !self.open.remove(&entry) {
            self.open.insert(entry);
        }
        self.cursor.row = 0;
        if let Entry::Group(_) = entry {
            self.list(listing);
        }
    }

    /// Turns the grouping, or opens and closes everything. What the cursor is on stays where it is on the screen.
    fn rearrange(&mut self, action: Action, listing: Listing<'_>, columns: u16, height: u16) {
        let entry = match self.under_cursor() {
            Some(Entry::Group(at)) if action == Action::GroupErrors => {
                let first = self.groups.get(at).and_then(|group| group.errors.first());
                first.map(|at| Entry::Error(*at))
            }
            entry => entry,
        };
        let head = Spot {
            row: 0,
            ..self.cursor
        };
        let view = self.bare(listing, columns);
        let above = view.between(self.top, head, usize::from(height));
        if action == Action::GroupErrors {
            self.grouping = self.grouping.next();
            self.group(listing);
        } else {
            let all = listing.all(&self.groups);
            let everything = self.open == all;
            self.open = if everything { HashSet::new() } else { all };
        }
        self.list(listing);
        if let Some(entry) = entry {
            self.go_to(entry);
        }
        let view = self.bare(listing, columns);
        // With the head of its group, which says what it is.
        let grouped = self.cursor.entry.checked_sub(1).map(|at| self.entries[at]);
        let above = above.max(usize::from(matches!(grouped, Some(Entry::Group(_)))));
        self.top = view.before(self.cursor, above);
    }

    fn keep_in_view(&mut self, listing: Listing<'_>, columns: u16, height: u16) {
        let height = usize::from(self.below_head(listing, height)).max(1);
        let view = self.bare(listing, columns);
        let cursor = view.right(self.cursor);
        let size = match cursor.row {
            0 => view.head_rows(cursor.entry).min(height),
            _ => 1,
        };
        // No blank rows below while there are some above.
        let top = self
            .top
            .min(cursor)
            .min(view.before(view.end(), height - 1));
        let top = match view.between(top, cursor, height) + size > height {
            true => view.before(cursor, height - size),
            false => top,
        };
        (self.cursor, self.top) = (cursor, top);
    }

    /// Whether an error is open.
    pub(crate) fn shows_details(&self) -> bool {
        let mut open = self.open.iter();
        open.any(|entry| !matches!(entry, Entry::Group(_)))
    }

    /// How many rows it takes at this width, its head included; no more than `most` are counted.
    pub(crate) fn rows_up_to(&self, listing: Listing<'_>, columns: u16, most: u16) -> u16 {
        let view = self.bare(listing, columns);
        let rows = match self.entries.is_empty() {
            true => 0,
            false => view.between(Spot::default(), view.end(), usize::from(most)) + 1,
        };
        let head = usize::from(self.has_head(listing, most));
        u16::try_from(rows + head).unwrap_or(most).min(most)
    }

    fn has_head(&self, listing: Listing<'_>, height: u16) -> bool {
        let tells = listing.correction.is_some() || self.grouping != Grouping::None;
        tells && height >= ROOM
    }

    fn below_head(&self, listing: Listing<'_>, height: u16) -> u16 {
        height.saturating_sub(u16::from(self.has_head(listing, height)))
    }

    /// Draws it.
    pub(crate) fn draw(
        &self,
        listing: Listing<'_>,
        theme: Theme,
        focused: bool,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let below = self.below_head(listing, area.height);
        let list = Rect {
            y: area.y + (area.height - below),
            height: below,
            ..area
        };
        if self.has_head(listing, area.height) {
            let line = self.head_line(listing.correction, theme, area.width);
            line.render(Rect { height: 1, ..area }, buffer);
        }
        let view = self.view(listing, area.width, theme);
        let mut rows = list.rows();
        for at in self.top.entry..self.entries.len() {
            let entry = self.entries[at];
            let open = view.is_open(entry);
            let mut lines = view.look.head(entry, open);
            let head = lines.len();
            if open {
                lines.extend(view.look.details(entry));
            }
            let skip = if at == self.top.entry {
                self.top.row
            } else {
                0
            };
            for (row, line) in lines.into_iter().enumerate().skip(skip) {
                let Some(place) = rows.next() else { return };
                line.render(place, buffer);
                let on_it = row == self.cursor.row || (row < head && self.cursor.row == 0);
                if at == self.cursor.entry && on_it {
                    buffer.set_style(place, theme.cursor(focused));
                }
            }
        }
    }

    fn head_line(
        &self,
        correction: Option<&Correction>,
        theme: Theme,
        columns: u16,
    ) -> Line<'static> {
        let tone = match correction {
            Some(correction) if correction.remains.is_empty() => Tone::Success,
            _ => Tone::Strong,
        };
        let told = match correction {
            Some(correction) => vec![correction.sentence(), correction.counts()],
            None => vec![String::new()],
        };
        let by = self.grouping.name();
        let lines = told.into_iter().map(|told| {
            let gap = if told.is_empty() { "" } else { "  " };
            let mut line = Line::from(Span::styled(told, theme.style(tone)));
            line.extend(by.map(|by| Span::styled(format!("{gap}{by}"), theme.style(Tone::Accent))));
            line
        });
        first_fitting(lines, usize::from(columns))
    }
}

/// What is told where nothing is listed.
pub(crate) fn none(response: &Response, columns: u16, theme: Theme) -> Vec<Line<'static>> {
    let text = match response.status {
        400.. if response.report.is_some() => {
            "The answer has the error envelope, and lists no error."
        }
        400.. => "The answer is not an error envelope that is known here: see Body ( ] ).",
        _ => "No errors: the answer is not a 4xx or 5xx.",
    };
    wrap_text(text, theme.style(Tone::Faint), columns, MOST_ROWS)
}

#[cfg(test)]
mod tests;
