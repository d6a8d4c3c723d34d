//! What there is to decide where sending again is asked about: the operation so far, what looking it up found, and what
//! could be done instead.

use ratatui::text::{Line, Span};

use crate::domain::exchange::{Failure, Summary};
use crate::domain::guard::{looked_up, new_key_words, same_key_words};
use crate::domain::id::OperationId;
use crate::domain::idempotency::{Advice, Choice};
use crate::domain::operation::Operation;
use crate::domain::order::{Ask, Order};
use crate::tui::outcome_look::{glyph, status_text, tone};
use crate::tui::session::Session;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::{middle, relative};

/// How many earlier exchanges are listed.
const LISTED: usize = 6;

/// What is decided where sending again is asked about: the facts, and what else can be done.
#[derive(Debug)]
pub(super) struct Decision {
    operation: Operation,
    advice: Advice,
    asked: Choice,
    /// The exchange that could take the other key; a draft has no other.
    replay: Option<Box<Order>>,
    look: Look,
}

/// How far looking first has come.
#[derive(Debug, PartialEq, Eq)]
enum Look {
    /// It was not asked for.
    No,
    /// It is on its way.
    Asked,
    /// It told nothing, and this is why.
    Failed(String),
    /// It was done; the operation knows what it found.
    Done,
}

impl Decision {
    /// What this refusal of this order leaves to decide.
    pub(super) fn new(
        operation: Operation,
        advice: Advice,
        asked: Choice,
        order: &Order,
    ) -> Decision {
        let replay = matches!(order.ask, Ask::Replay { .. }).then(|| Box::new(order.clone()));
        Decision {
            operation,
            advice,
            asked,
            replay,
            look: Look::No,
        }
    }

    /// The operation it is about.
    fn id(&self) -> Option<&OperationId> {
        self.operation.exchanges.first().map(|e| &e.operation)
    }

    /// The same replay with this key, to be judged anew; `None` when that is what is asked about, or there is none.
    pub(super) fn other(&self, choice: Choice) -> Option<Order> {
        let there = choice == Choice::NewKey || self.advice.same_key.is_some();
        let order = self
            .replay
            .as_ref()
            .filter(|_| there && choice != self.asked)?;
        let mut order = (**order).clone();
        if let Ask::Replay { choice: key, .. } = &mut order.ask {
            *key = choice;
        }
        order.agreed.verdict = None;
        Some(order)
    }

    /// The operation to be looked up first; `None` while that is on its way.
    pub(super) fn look_first(&mut self) -> Option<OperationId> {
        let id = self.id().filter(|_| self.look != Look::Asked)?.clone();
        self.look = Look::Asked;
        Some(id)
    }

    /// An operation was looked up. When it is this one, its facts are known anew.
    pub(super) fn looked_up(
        &mut self,
        id: &OperationId,
        operation: Option<&Operation>,
        failure: Option<&Failure>,
    ) {
        if self.look != Look::Asked || self.id() != Some(id) {
            return;
        }
        if let Some(operation) = operation {
            self.operation = operation.clone();
        }
        self.look = match failure {
            None => Look::Done,
            Some(failure) => {
                let cause = failure.cause.as_deref();
                let cause = cause.map_or(String::new(), |cause| format!(": {cause}"));
                Look::Failed(format!("{}{cause}", failure.what))
            }
        };
    }
}

/// In how many words the answers are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// Each with what it would come to.
    All,
    /// The keys and what they are.
    Few,
    /// `y` and Esc alone.
    Fewest,
}

impl Decision {
    /// The operation so far: its attempts, and what looking it up found.
    pub(super) fn facts<'a>(&self, session: &Session, theme: Theme) -> Vec<Line<'a>> {
        let attempts: Vec<&Summary> = self.operation.attempts().collect();
        let Some(first) = attempts.first() else {
            return Vec::new();
        };
        let account = first.account.as_deref();
        let account = account
            .map(|a| format!(", account {a}"))
            .unwrap_or_default();
        let mut lines = vec![Line::from(format!(
            "requestId {}{account}",
            first.operation
        ))];
        let skipped = attempts.len().saturating_sub(LISTED);
        let rows = attempts.iter().skip(skipped);
        lines.extend(rows.map(|row| history_line(row, session, theme)));
        let looked = looked_up(&self.operation);
        let tone = match self.operation.look_ups().next_back() {
            Some((_, named)) if !named.ids.is_empty() => Tone::Strong,
            _ => Tone::Plain,
        };
        lines.extend(
            (!looked.is_empty())
                .then(|| Line::styled(format!("  {}", looked.trim()), theme.style(tone))),
        );
        lines.extend(match &self.look {
            Look::Asked => Some(Line::styled("  looking …", theme.style(Tone::Notice))),
            Look::Failed(why) => Some(Line::styled(format!("  {why}"), theme.style(Tone::Refused))),
            Look::No | Look::Done => None,
        });
        lines.push(Line::default());
        lines
    }

    /// What else can be done, each with what it would come to.
    pub(super) fn choices<'a>(&self, words: Words, theme: Theme) -> Vec<Line<'a>> {
        let same = same_key_words(self.advice.same_key);
        let new = new_key_words(self.advice.new_key);
        let look = self.id().is_some();
        let (other_same, other_new) = (
            self.other(Choice::SameKey).is_some(),
            self.other(Choice::NewKey).is_some(),
        );
        let there = [
            (
                look,
                "l",
                "look first",
                "look first: ask the API what it made".to_owned(),
            ),
            (
                other_same,
                "r",
                "same key",
                format!("same key instead: {same}"),
            ),
            (other_new, "R", "new key", format!("new key instead: {new}")),
        ];
        let there = there.into_iter().filter(|(there, ..)| *there);
        let key = |key: &'static str| Span::styled(key, theme.style(Tone::Accent));
        match words {
            Words::Fewest => Vec::new(),
            Words::Few => {
                let spans = there.flat_map(|(_, letter, short, _)| {
                    [key(letter), Span::raw(format!(" {short}   "))]
                });
                vec![Line::from_iter(spans)]
            }
            Words::All => there
                .map(|(_, letter, _, long)| {
                    Line::from(vec![key(letter), Span::raw(format!("  {long}"))])
                })
                .collect(),
        }
    }
}

fn history_line<'a>(row: &Summary, session: &Session, theme: Theme) -> Line<'a> {
    let key = row
        .idempotency_key
        .as_deref()
        .map_or("no key".into(), |key| format!("key {}", middle(key, 13)));
    let ago = relative(session.now.wall.as_second(), row.started_at.as_second());
    let replayed = if row.replayed { "  saved answer" } else { "" };
    Line::from(vec![
        Span::raw(format!("  attempt {}  {key}  ", row.attempt)),
        Span::styled(
            format!(
                "{} {}",
                glyph(row.class),
                status_text(row.class, row.status)
            ),
            theme.style(tone(row.class)),
        ),
        Span::raw(format!("  {ago}{replayed}")),
    ])
}
