//! What the history lists: a window of a few hundred rows, however long the history is.
//!
//! ```text
//!   newest ─────────────────────────────────────────────────────────── oldest
//!              │◀── reach ──▶ place ◀── reach ──▶│
//!       newer ─┘          rows, newest first     └─ older
//! ```
//!
//! The window is asked for as a [`Stretch`] and asked for again whenever the history changes; what is selected is an id,
//! so that rows may come and go around it. What is selected and does not fit stands beside the rows, `aside`. While a
//! search goes on, what it found so far is there to be used; the rows of a whole stretch stay until the next one is
//! whole.

use crate::domain::exchange::{Exchange, Summary};
use crate::domain::id::ExchangeId;
use crate::domain::query::Query;
use crate::tui::message::effect::Effect;
use crate::tui::message::{Listed, Place, REACH, Searching, Stretch};
use crate::tui::session::{Opening, Selection, Session};

/// What the history lists.
#[derive(Debug)]
pub struct Listing {
    /// The filter: which exchanges are listed.
    pub query: Query,
    /// The rows of the window, newest first.
    pub rows: Vec<Summary>,
    /// Whether there are newer ones than the window holds.
    pub newer: bool,
    /// Whether there are older ones than the window holds.
    pub older: bool,
    /// The row of what is selected, when the filter does not let it through.
    pub aside: Option<Summary>,
    /// How far the search has come, while it goes on.
    pub searching: Option<Searching>,
    /// How far the search had come when somebody stopped it.
    pub stopped: Option<Searching>,
    /// Where the window lies.
    pub place: Place,
    /// How many rows are asked for on each side of its place.
    pub reach: usize,
    /// Where the selection goes once the window is there.
    pub owed: Option<Owed>,
    /// Grows whenever the rows or what is aside change.
    pub revision: u64,
    /// The newest rows whether they fit or not; empty when the rows are that.
    newest: Vec<Summary>,
    /// What the rows were read for: until there is something an empty list says nothing.
    listed: Option<Stretch>,
    /// Whether the rows are all that was asked for, and not what a search has found so far.
    whole: bool,
    /// What was asked for last.
    asked: Option<Stretch>,
    /// Whether the newest row that fits is selected as soon as it is known.
    landing: bool,
}

/// Moves of the selection that wait for rows which are being read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owed {
    /// To an end of the history first.
    pub end: Option<End>,
    /// Then so many lines down, negative is up, in their order: an end on the way stops each of them by itself.
    pub steps: Vec<isize>,
}

/// How many turns of direction are remembered.
const TURNS: usize = 1000;

/// How many lines may be owed: a key that is held down while a slow search runs means no more than that.
const OWED: isize = 100_000;

impl Owed {
    /// One move more.
    pub fn push(&mut self, by: isize) {
        let room = self.steps.len() < TURNS;
        match self.steps.last_mut() {
            Some(last) if last.signum() == by.signum() => {
                *last = last.saturating_add(by).clamp(-OWED, OWED);
            }
            _ if room => self.steps.push(by),
            _ => {}
        }
    }
}

/// An end of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Where the newest row is.
    Newest,
    /// Where the oldest row is.
    Oldest,
}

impl Default for Listing {
    fn default() -> Listing {
        Listing {
            query: Query::default(),
            rows: Vec::new(),
            newer: false,
            older: false,
            aside: None,
            searching: None,
            stopped: None,
            place: Place::Newest,
            reach: REACH,
            owed: None,
            revision: 0,
            newest: Vec::new(),
            listed: None,
            whole: false,
            asked: None,
            landing: false,
        }
    }
}

impl Listing {
    fn stretch(&self) -> Stretch {
        Stretch {
            query: self.query.clone(),
            place: self.place.clone(),
            reach: self.reach,
        }
    }

    /// Whether the rows were read for the filter as it is now; a search may still go on.
    pub fn is_listed(&self) -> bool {
        let query = self.listed.as_ref().map(|listed| &listed.query);
        query == Some(&self.query)
    }

    /// Whether the rows are the whole window that is wanted now.
    pub fn is_whole(&self) -> bool {
        self.whole && self.listed == Some(self.stretch())
    }

    /// Whether the rows are a whole window of what fits, be it another one than is wanted now.
    pub fn is_window(&self) -> bool {
        self.whole && self.is_listed()
    }

    /// Whether the list is empty only until the answer to another filter comes.
    pub fn is_between(&self) -> bool {
        self.rows.is_empty() && self.is_known() && !self.is_listed()
    }

    /// Whether anything was listed yet.
    pub fn is_known(&self) -> bool {
        self.listed.is_some()
    }

    /// Whether the selection is about to change by itself: until then nothing is replayed.
    pub fn is_landing(&self) -> bool {
        self.landing || self.owed.is_some()
    }

    /// Moves the window, as far as it is not there. The rows stay until those of the other place come.
    pub fn go_to(&mut self, place: Place) {
        self.place = place;
        self.stopped = None;
    }

    /// Asks for more rows on each side. Says whether that is another window: there is a most.
    pub fn grow(&mut self, most: usize) -> bool {
        let before = self.reach;
        self.reach = (self.reach * 2).min(most.max(before));
        self.reach != before
    }

    /// The newest row that is known, whatever the window shows.
    pub fn newest(&self) -> impl Iterator<Item = &Summary> {
        let rows: &[Summary] = if self.newer { &self.newest } else { &self.rows };
        rows.iter()
    }

    /// Every row that is known, whether the filter hides it or not; some twice.
    pub fn known(&self) -> impl Iterator<Item = &Summary> {
        self.rows.iter().chain(&self.aside).chain(&self.newest)
    }

    /// Brings the row of an exchange up to date, where it is listed.
    pub fn renew(&mut self, summary: &Summary) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.id == summary.id) {
            *row = summary.clone();
        }
    }

    /// A search that was stopped is not taken up by itself: of what is read anew only what is new in it counts.
    fn take_news(&mut self, listed: Listed) {
        let first = self.rows.first().map(|row| row.id.clone());
        let known = |row: &&Summary| Some(&row.id) != first.as_ref();
        let news: Vec<Summary> = listed.rows.iter().take_while(known).cloned().collect();
        listed.rows.iter().for_each(|row| self.renew(row));
        if news.len() < listed.rows.len() || self.rows.is_empty() {
            self.rows.splice(0..0, news);
        }
    }
}

impl Session {
    /// A stretch of the history was read; one for a filter or a place of before says nothing any more.
    pub fn history_loaded(&mut self, listed: Listed) {
        if listed.stretch != self.list.stretch() {
            return;
        }
        let list = &mut self.list;
        let goes_on = listed.searching;
        list.newest.clone_from(&listed.newest);
        list.searching = goes_on;
        if list.stopped.is_some() {
            list.searching = None;
            let aside = self.selected_row();
            self.list.take_news(listed);
            return self.set_aside(aside);
        }
        if goes_on.is_some() && list.whole {
            return;
        }
        let aside = self.selected_row();
        let list = &mut self.list;
        list.rows = listed.rows;
        (list.newer, list.older) = (listed.newer, listed.older);
        list.listed = Some(listed.stretch);
        list.whole = goes_on.is_none();
        self.keep_shown_row();
        self.land_on_newest();
        self.set_aside(aside);
    }

    /// What is pinned and noted is written by itself: the rows are read anew at each change, so they know it best.
    pub(super) fn keep_marks(&self, exchange: &mut Exchange) {
        if let Some(row) = self.list.rows.iter().find(|row| row.id == exchange.id) {
            (exchange.pinned, exchange.note) = (row.pinned, row.note.clone());
        }
    }

    /// The row of what is on show turns when the panes do: one exchange is never seen in two states.
    fn keep_shown_row(&mut self) {
        if let Some(mut shown) = self.shown.take() {
            self.keep_marks(&mut shown.exchange);
            self.shown = Some(shown);
        }
        let shown = self.shown.as_ref().map(|shown| &shown.exchange);
        if let Some(exchange) = shown.filter(|exchange| !exchange.outcome.is_final()) {
            self.list.renew(&exchange.summary());
        }
    }

    fn land_on_newest(&mut self) {
        let list = &mut self.list;
        let Some(newest) = list.rows.first() else {
            list.landing &= !list.whole;
            return;
        };
        let selected = |row: &Summary| Selection::Exchange(row.id.clone()) == self.selection;
        let lands = std::mem::take(&mut list.landing) && !list.rows.iter().any(selected);
        if lands || self.selection == Selection::Nothing {
            self.selection = Selection::Exchange(newest.id.clone());
        }
    }

    /// Lists what fits another query. What is known to fit stays until the answer comes; what is selected stays selected.
    pub fn filter(&mut self, query: Query) {
        if query == self.list.query {
            return;
        }
        let aside = self.selected_row();
        let place = self.place_for(&query);
        let now = self.now.wall;
        let list = &mut self.list;
        list.rows.retain(|row| query.fits(row, now));
        list.query = query;
        (list.place, list.reach) = (place, REACH);
        (list.searching, list.stopped, list.owed) = (None, None, None);
        (list.landing, list.whole) = (false, false);
        self.set_aside(aside);
    }

    /// Where the list of another query begins: at the newest, unless what is selected would not be seen there.
    fn place_for(&self, query: &Query) -> Place {
        let Selection::Exchange(id) = &self.selection else {
            return Place::Newest;
        };
        let list = &self.list;
        let is_new = match list.query.is_empty() {
            true => !list.newer,
            false => list.newest.iter().any(|row| row.id == *id),
        };
        match is_new || (!list.newer && !query.is_empty()) {
            true => Place::Newest,
            false => Place::Around(id.clone()),
        }
    }

    /// Goes to the newest row that fits when what is selected does not: at once, or as soon as it is known.
    pub fn land(&mut self) {
        if self.list.aside.is_none() {
            return;
        }
        let list = &mut self.list;
        if list.newer {
            list.go_to(Place::Newest);
        }
        let known = list.is_listed() && !list.newer;
        list.landing = !known || (list.rows.is_empty() && !list.whole);
        if let Some(newest) = list.rows.first().filter(|_| known) {
            let newest = Selection::Exchange(newest.id.clone());
            self.select(newest);
        }
    }

    /// Selects something.
    pub fn select(&mut self, selection: Selection) {
        self.selection = selection;
        self.list.landing = false;
        self.list.owed = None;
        let aside = self.list.aside.take();
        self.set_aside(aside);
    }

    /// The row of what is selected, wherever it is known best.
    fn selected_row(&self) -> Option<Summary> {
        let Selection::Exchange(id) = &self.selection else {
            return None;
        };
        self.list.known().find(|row| row.id == *id).cloned()
    }

    /// What is selected and does not fit stands beside the rows. `known` is its row as it was seen last.
    pub(super) fn set_aside(&mut self, known: Option<Summary>) {
        self.list.revision += 1;
        let before = self.list.aside.take();
        let Selection::Exchange(id) = &self.selection else {
            return;
        };
        let list = &self.list;
        if list.query.is_empty() || list.rows.iter().any(|row| row.id == *id) {
            return;
        }
        let shown = self.shown.as_ref().map(|loaded| &loaded.exchange);
        let shown = shown.filter(|exchange| exchange.id == *id);
        let newest = list.newest.iter().find(|row| row.id == *id);
        let row = [shown.map(Exchange::summary), newest.cloned(), known, before];
        let row = row.into_iter().flatten().find(|row| row.id == *id);
        // What a row alone does not tell, the list does where it would have it.
        let covers = !list.newer && !list.older || list.place == Place::Around(id.clone());
        let unlisted = list.is_whole() && covers;
        let now = self.now.wall;
        self.list.aside = row.filter(|row| unlisted || !self.list.query.fits(row, now));
    }

    /// What there is to ask the history for, once for each change of it.
    pub fn ask(&mut self) -> Option<Effect> {
        let list = &mut self.list;
        let wanted = list.stretch();
        if !matches!(self.opening, Opening::Done) || list.asked.as_ref() == Some(&wanted) {
            return None;
        }
        list.asked = Some(wanted.clone());
        Some(Effect::LoadHistory(wanted))
    }

    /// The history changed: what was read of it is asked for again.
    pub fn ask_again(&mut self) {
        self.list.asked = None;
    }

    /// Whoever waits for a search does so no longer: what it found stays. Says whether one went on.
    pub fn stop_search(&mut self) -> Option<Effect> {
        let list = &mut self.list;
        let search = list.searching.take()?;
        if list.whole {
            // Back to where the rows are.
            if let Some(listed) = list.listed.clone() {
                (list.place, list.reach) = (listed.place, listed.reach);
            }
        } else {
            list.stopped = Some(search);
            list.listed = Some(list.stretch());
            list.whole = true;
        }
        list.asked = Some(list.stretch());
        (list.landing, list.owed) = (false, None);
        Some(Effect::StopSearch)
    }

    /// The exchange on show, when the rows know more of it or of its operation than was read.
    pub fn outdated(&self) -> Option<&ExchangeId> {
        let loaded = self.on_show()?;
        let exchange = &loaded.exchange;
        let known = |row: &Summary| {
            let same = |one: &&Summary| one.id == row.id;
            let mut exchanges = loaded.operation.exchanges.iter();
            exchanges
                .find(same)
                .is_some_and(|one| one.class == row.class)
        };
        let rows = self.list.rows.iter().chain(&self.list.newest);
        let mut family = rows.filter(|row| row.operation == exchange.operation);
        let news = !exchange.outcome.is_final() || !family.all(known);
        news.then_some(&exchange.id)
    }

    /// Whether this is known already, or no longer asked for.
    pub fn has(&self, listed: &Listed) -> bool {
        let list = &self.list;
        let known = (list.newer, list.older) == (listed.newer, listed.older)
            && list.searching == listed.searching
            && list.rows == listed.rows
            && list.newest == listed.newest
            && list.is_whole();
        listed.stretch != list.stretch() || known
    }
}
