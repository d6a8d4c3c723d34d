//! A jq filter over the body: written below it, run beside the loop, and what comes of it.
//!
//! ```text
//!   | ─▶ the line below ─Enter─▶ FilterBody ─▶ runs … ─BodyFiltered─┬─▶ results: on show in the body's place
//!         ▲        Esc stops it ◀──────┘                            │      └ Esc ─▶ the body, as it was left
//!         └───────── the filter again, the place marked ◀───────────┴─▶ a mistake
//! ```
//!
//! A filter always takes the body, whatever is on show. What it makes stays here and goes with the exchange: nothing of it
//! is kept. Not here: what the results look like, which is the pane's as it is with any document.

use crossterm::event::{KeyCode, KeyEvent};

use crate::domain::exchange::Failure;
use crate::tui::message::effect::Effect;
use crate::tui::message::{FilterFailure, Filtered, Loaded};
use crate::tui::pane::response::body::BodyPane;
use crate::tui::pane::response::body::finding::Finding;
use crate::tui::pane::response::body::prompt::{Ask, Prompt};
use crate::tui::pane::response::body::reader::Reader;
use crate::tui::pane::response::body::subject::FilterResult;

/// How many filters are remembered.
const PAST: usize = 100;

/// Filters: those of before, the one that runs, and why the last one was none.
#[derive(Debug, Default)]
pub(super) struct Filtering {
    /// What was run in this session, the latest last.
    past: Vec<String>,
    /// Which of them stands in the line below.
    at: usize,
    /// Names the run that is under way, or was.
    run: u64,
    /// The filter that runs.
    running: Option<String>,
    /// What came while something was written: it waits for that.
    arrived: Option<FilterResult>,
    pub(super) mistake: Option<Mistake>,
    /// How the body was left for a result.
    left: Option<Left>,
}

/// Why a filter gave nothing.
#[derive(Clone, Debug)]
pub(super) struct Mistake {
    pub(super) filter: String,
    pub(super) failure: FilterFailure,
}

/// How a body was left.
#[derive(Debug)]
struct Left {
    reader: Reader,
    column: usize,
    finding: Finding,
}

impl Filtering {
    /// For another body: what was written stays at hand, what still runs is not about it.
    pub(super) fn anew(&mut self) -> Filtering {
        Filtering {
            past: std::mem::take(&mut self.past),
            run: self.run + 1,
            ..Filtering::default()
        }
    }

    /// The filter that runs.
    pub(super) fn running(&self) -> Option<&str> {
        self.running.as_deref()
    }

    /// The last filter.
    pub(super) fn last(&mut self) -> String {
        self.at = self.past.len().saturating_sub(1);
        self.past.last().cloned().unwrap_or_default()
    }

    /// An earlier filter, or a later one, for a key that asks for it.
    pub(super) fn recall(&mut self, key: &KeyEvent) -> Option<&str> {
        self.at = match key.code {
            KeyCode::Up => self.at.checked_sub(1)?,
            KeyCode::Down => self.at + 1,
            _ => return None,
        }
        .min(self.past.len().checked_sub(1)?);
        self.past.get(self.at).map(String::as_str)
    }

    fn remember(&mut self, filter: &str) {
        self.past.retain(|past| past != filter);
        self.past.push(filter.to_owned());
        let over = self.past.len().saturating_sub(PAST);
        self.past.drain(..over);
    }

    /// What it stops when something runs.
    fn stop(&mut self) -> Option<Effect> {
        self.run += 1;
        self.running.take().map(|_| Effect::StopFilter)
    }
}

impl BodyPane {
    /// Runs a filter over the body, in the place of an earlier one.
    pub(super) fn filter(&mut self, filter: &str, loaded: &Loaded) {
        let filtering = &mut self.filtering;
        filtering.remember(filter);
        filtering.run += 1;
        filtering.running = Some(filter.to_owned());
        (filtering.arrived, filtering.mistake) = (None, None);
        self.wishes.push(Effect::FilterBody {
            run: filtering.run,
            id: loaded.exchange.id.clone(),
            filter: filter.to_owned(),
        });
    }

    /// Stops the filter that runs. Says whether one did.
    pub fn stop_filter(&mut self) -> bool {
        let stopped = self.filtering.stop();
        let ran = stopped.is_some();
        self.wishes.extend(stopped);
        if ran {
            self.notice = Some(Failure::new("the filter was stopped"));
        }
        ran
    }

    /// A filter came to its end. A mistake in what was written brings the line back, if `may_ask`.
    pub fn filtered(&mut self, run: u64, filtered: Filtered, may_ask: bool) {
        if run != self.filtering.run {
            return;
        }
        let Some(filter) = self.filtering.running.take() else {
            return;
        };
        let Filtered { document, failure } = filtered;
        match failure {
            Some(failure) if document.is_none() => self.mistaken(filter, failure, may_ask),
            // Why there is no more of it is said behind what there is.
            failure => {
                self.filtering.arrived = Some(FilterResult {
                    filter,
                    document,
                    failure: failure.map(|failure| failure.what),
                });
            }
        }
    }

    fn mistaken(&mut self, filter: String, failure: FilterFailure, may_ask: bool) {
        let writes_it = self
            .prompt
            .as_ref()
            .is_some_and(|prompt| prompt.ask == Ask::Filter && prompt.text() == filter);
        match &failure.place {
            Some(_) if writes_it => {}
            Some(place) if may_ask && self.prompt.is_none() => {
                self.origin = self.reader.cursor;
                self.prompt = Some(Prompt::at(Ask::Filter, &filter, place.start));
                self.filtering.last();
            }
            _ => {
                let notice = Failure::new(failure.what.clone());
                self.notice = Some(notice.hint("| corrects it"));
            }
        }
        self.filtering.mistake = Some(Mistake { filter, failure });
    }

    /// The result that came, once nothing is written any more: from now on the pane is about that.
    pub fn take_result(&mut self) -> Option<FilterResult> {
        if self.prompt.is_some() {
            return None;
        }
        let result = self.filtering.arrived.take()?;
        self.stop_following();
        if self.finding.may_grow() {
            self.wishes.extend(self.stop_search());
            self.forget_find();
        }
        let left = Left {
            finding: std::mem::take(&mut self.finding),
            reader: self.reader.clone(),
            column: std::mem::take(&mut self.left),
        };
        self.finding = left.finding.anew();
        self.reader = left.reader.anew();
        // From result to result the body stays as it was left.
        self.filtering.left.get_or_insert(left);
        Some(result)
    }

    /// Back from a result to the body.
    pub fn leave_result(&mut self) {
        let Some(left) = self.filtering.left.take() else {
            return;
        };
        self.wishes.extend(self.stop_search());
        let (search, wraps) = (self.finding.search + 1, self.reader.wraps);
        self.finding = Finding {
            search,
            is_awaited: false,
            ..left.finding
        };
        self.reader = left.reader;
        self.reader.wraps = wraps;
        self.left = left.column;
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent};

    use crate::tui::message::effect::Effect;
    use crate::tui::pane::response::body::filtering::{Filtering, PAST};

    fn recalled(filtering: &mut Filtering, codes: &[KeyCode]) -> Vec<Option<String>> {
        let recall = |code: &KeyCode| filtering.recall(&KeyEvent::from(*code)).map(str::to_owned);
        codes.iter().map(recall).collect()
    }

    #[test]
    fn filters_are_recalled_from_the_latest_back_and_forth() {
        let mut filtering = Filtering::default();
        assert_eq!(filtering.last(), "");
        assert_eq!(
            recalled(&mut filtering, &[KeyCode::Up, KeyCode::Down]),
            [None, None]
        );
        for filter in ["a", "b", "c", "b"] {
            filtering.remember(filter);
        }
        assert_eq!(filtering.last(), "b");
        let keys = [
            KeyCode::Up,
            KeyCode::Up,
            KeyCode::Up,
            KeyCode::Left,
            KeyCode::Down,
            KeyCode::Down,
            KeyCode::Down,
        ];
        let expected = [
            Some("c"),
            Some("a"),
            None,
            None,
            Some("c"),
            Some("b"),
            Some("b"),
        ];
        assert_eq!(
            recalled(&mut filtering, &keys),
            expected.map(|filter| filter.map(str::to_owned))
        );
        for number in 0..2 * PAST {
            filtering.remember(&number.to_string());
        }
        assert_eq!(filtering.past.len(), PAST);
        assert_eq!(filtering.last(), (2 * PAST - 1).to_string());
    }

    #[test]
    fn another_body_keeps_the_filters_and_expects_no_result() {
        let mut filtering = Filtering::default();
        filtering.remember(".a");
        (filtering.run, filtering.running) = (7, Some(".a".into()));
        let mut other = filtering.anew();
        assert_eq!(other.last(), ".a");
        assert!(other.run > 7 && other.running().is_none());
    }

    #[test]
    fn what_does_not_run_is_not_stopped_and_a_stopped_run_is_over() {
        let mut filtering = Filtering::default();
        assert!(filtering.stop().is_none());
        filtering.running = Some(".a".into());
        let run = filtering.run;
        assert!(matches!(filtering.stop(), Some(Effect::StopFilter)));
        assert!(filtering.run > run && filtering.running().is_none());
    }
}
