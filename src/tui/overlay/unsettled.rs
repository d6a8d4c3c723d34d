//! What is left to find out, oldest first: the list that somebody on call works through in an incident.
//!
//! ```text
//!   ╭ Unsettled 20 ─ may have acted, and nothing tells ────────────────────────────╮
//!   │ ‼ 503 POST /v1/payments     op_7f2c…9k3a  acct_demo   4 m  key 56 m  none yet │  one line each
//!   │───────────────────────────────────────────────────────────────────────────────│
//!   │ requestId, account, key and its life, the verdict, what was looked up, a note  │  of the one under the cursor
//!   │ l look up  L all  r same key  A all same key  m settle  x not done  n note     │
//!   ╰─────────────────────────────────────────────────────── Enter shows it, Esc ╯
//! ```
//!
//! Nothing here sends a new key: that is decided on the exchange itself, with its own facts on the screen.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;

use crate::domain::exchange::Failure;
use crate::domain::operation::{Found, Operation};
use crate::domain::unsettled::Unsettled;
use crate::tui::action::Action;
use crate::tui::keymap::resolve;
use crate::tui::message::Work;
use crate::tui::overlay::question::{Pending, Question};
use crate::tui::overlay::unsettled::draw::list_height;
use crate::tui::overlay::{Answer, Wish};
use crate::tui::widget::field::Field;
use crate::tui::widget::list::Window;

mod draw;

/// A note is a line; this is a long one.
const LONGEST_NOTE: usize = 500;

/// The list, its cursor, and what is asked or written in it.
#[derive(Debug, Default)]
pub struct UnsettledList {
    items: Vec<Unsettled>,
    count: u64,
    known: bool,
    window: Window,
    note: Option<Field>,
    question: Option<Box<Question>>,
}

impl UnsettledList {
    /// The list was read. The cursor stays on its operation, or on the place where that stood.
    pub fn loaded(&mut self, items: Vec<Unsettled>, count: u64, screen: Rect) {
        let on = self.selected().map(|item| item.operation.clone());
        let at = items
            .iter()
            .position(|item| Some(&item.operation) == on.as_ref());
        (self.items, self.count, self.known) = (items, count, true);
        let at = at.unwrap_or(self.window.cursor);
        let len = self.items.len();
        self.window.go(at, len, list_height(screen, len));
    }

    /// A question is on the screen since then, when one is.
    pub fn drawn(&mut self, at: Instant) {
        if let Some(question) = &mut self.question {
            question.drawn(at);
        }
    }

    /// Asks over the list.
    pub fn ask(&mut self, question: Question) {
        self.question = Some(Box::new(question));
    }

    /// An operation was looked up, for the question over the list.
    pub fn looked_up(&mut self, operation: &Operation, failure: Option<&Failure>) {
        if let Some(question) = &mut self.question {
            question.looked_up(operation, failure);
        }
    }

    /// Whether somebody writes a note, so that a letter is text.
    pub fn is_editing(&self) -> bool {
        self.note.is_some() && self.question.is_none()
    }

    /// Pasted text: it is text and nothing else.
    pub fn paste(&mut self, text: &str) {
        if let Some(note) = self.note.as_mut().filter(|_| self.question.is_none()) {
            note.paste(text);
        }
    }

    fn selected(&self) -> Option<&Unsettled> {
        self.items.get(self.window.cursor)
    }

    /// A key for it.
    pub fn update(&mut self, key: &KeyEvent, held: bool, at: Instant, screen: Rect) -> Answer {
        if let Some(question) = &mut self.question {
            let answer = question.update(key, held, at);
            if !matches!(answer, Answer::Stay | Answer::Wish(_)) {
                self.question = None;
            }
            return match answer {
                Answer::Close => Answer::Stay,
                Answer::Yes(pending) => Answer::Wish(Wish::GoAhead(pending)),
                answer => answer,
            };
        }
        if self.note.is_some() {
            return self.write(key);
        }
        match resolve(key, false) {
            Some(action) if self.go(action, screen) => Answer::Stay,
            Some(Action::Back | Action::Quit | Action::ShowUnsettled) => Answer::Close,
            Some(Action::Toggle) => self.wish(|item| Some(Wish::Show(item.doubts.last()?.clone()))),
            Some(Action::ReplaySame) if !held => self.again(),
            _ => self.press(key, held),
        }
    }

    fn go(&mut self, action: Action, screen: Rect) -> bool {
        let len = self.items.len();
        let height = list_height(screen, len);
        match action {
            Action::Down => self.window.step(1, len, height),
            Action::Up => self.window.step(-1, len, height),
            Action::PageDown => self.window.page(1, len, height),
            Action::PageUp => self.window.page(-1, len, height),
            Action::Top => self.window.first(len, height),
            Action::Bottom => self.window.last(len, height),
            _ => return false,
        }
        true
    }

    /// The list's own keys. A held one does its work once.
    fn press(&mut self, key: &KeyEvent, held: bool) -> Answer {
        match key.code {
            _ if held || self.items.is_empty() => Answer::Stay,
            KeyCode::Char('l') => self.wish(|item| {
                let one = vec![item.operation.clone()];
                Some(Wish::Batch(Work::LookUp(one)))
            }),
            KeyCode::Char('L') => {
                let all = self.items.iter().map(|item| item.operation.clone());
                Answer::Wish(Wish::Batch(Work::LookUp(all.collect())))
            }
            KeyCode::Char('A') => self.all_again(),
            KeyCode::Char('m') => self.settle(Found::Done),
            KeyCode::Char('M') => self.settle_all(),
            KeyCode::Char('x') => self.settle(Found::NotDone),
            KeyCode::Char('n') => {
                let before = self.selected().and_then(|item| item.remark.as_ref());
                let before = before.map_or("", |remark| remark.text.as_str());
                self.note = Some(Field::new(before));
                Answer::Stay
            }
            _ => Answer::Stay,
        }
    }

    fn wish(&self, of: impl FnOnce(&Unsettled) -> Option<Wish>) -> Answer {
        self.selected()
            .and_then(of)
            .map_or(Answer::Stay, Answer::Wish)
    }

    /// Sends one again with its key. What the verdict or the guard asks comes back as a question, with its facts.
    fn again(&self) -> Answer {
        self.wish(|item| {
            item.same_key_order(false)
                .map(|order| Wish::Send(Box::new(order)))
        })
        .or_tell("its verdict asks first: Enter shows it, r and R decide there")
    }

    /// Asks once for all that can be sent again with their keys; what would be asked by itself is left out.
    fn all_again(&mut self) -> Answer {
        let orders: Vec<_> = self
            .items
            .iter()
            .filter_map(|item| item.same_key_order(true))
            .collect();
        let left_out = self.items.len() - orders.len();
        if orders.is_empty() {
            return Answer::Stay.or_tell("each of them asks first: Enter shows one");
        }
        let mut text = vec![
            "Each goes again as it was, with the SAME key, one after the other. By the rule none can act twice within \
             its key's life; each may return the saved error."
                .to_owned(),
        ];
        if left_out > 0 {
            text.push(format!(
                "Left out: {left_out}. Without a key, with an old one, or after another attempt, the same key may act \
                 twice."
            ));
        }
        let title = format!("Send {} again, each with its key?", orders.len());
        let pending = Pending::Batch(Work::SameKey(orders));
        self.ask(Question::new(
            &title,
            text,
            "sends them",
            "nothing is sent",
            pending,
        ));
        Answer::Stay
    }

    fn settle(&mut self, found: Found) -> Answer {
        let Some(item) = self.selected() else {
            return Answer::Stay;
        };
        let operation = item.operation.clone();
        let (title, text, go_ahead) = match (found, item.evidence()) {
            (Found::Done, None) if item.looked.as_ref().is_some_and(|looked| !looked.tells) => {
                return Answer::Stay
                    .or_tell("it was looked up before the last send: l looks again");
            }
            (Found::Done, None) => {
                return Answer::Stay.or_tell(
                    "settled is what a look-up found: l looks it up; x when it was not done",
                );
            }
            (Found::Done, Some(objects)) => (
                "Settle it as DONE?",
                vec![
                    format!("A look-up of {operation} found {}.", objects.join(", ")),
                    "From then on a new key is known to do the action AGAIN.".to_owned(),
                ],
                "settles it as done",
            ),
            (Found::NotDone, _) => (
                "Settle it as NOT DONE, on your word?",
                vec![
                    format!(
                        "You say that nothing of {operation} was done, and that nothing of it will be: a look-up that \
                         finds none yet is no proof of that."
                    ),
                    "From then on a new key passes without being asked about.".to_owned(),
                ],
                "settles it as not done",
            ),
        };
        let operations = vec![operation];
        let pending = Pending::Settle { operations, found };
        self.ask(Question::new(
            title,
            text,
            go_ahead,
            "leaves it unsettled",
            pending,
        ));
        Answer::Stay
    }

    /// Settles all for which a look-up found something, each by its own objects.
    fn settle_all(&mut self) -> Answer {
        let found = self.items.iter().filter(|item| item.evidence().is_some());
        let operations: Vec<_> = found.map(|item| item.operation.clone()).collect();
        if operations.is_empty() {
            return Answer::Stay.or_tell("no look-up has found anything: L looks all of them up");
        }
        let title = format!("Settle {} as DONE?", operations.len());
        let text = vec![
            "Each by the objects that its own look-up found. From then on a new key is known to do its action AGAIN."
                .to_owned(),
        ];
        let found = Found::Done;
        let pending = Pending::Settle { operations, found };
        let go_ahead = "settles them as done";
        self.ask(Question::new(
            &title,
            text,
            go_ahead,
            "leaves them unsettled",
            pending,
        ));
        Answer::Stay
    }

    /// A key while a note is written: Enter keeps it, Esc drops it.
    fn write(&mut self, key: &KeyEvent) -> Answer {
        let Some(note) = &mut self.note else {
            return Answer::Stay;
        };
        match key.code {
            KeyCode::Esc => self.note = None,
            KeyCode::Enter => {
                let text: String = note.text().trim().chars().take(LONGEST_NOTE).collect();
                self.note = None;
                if !text.is_empty() {
                    return self.wish(|item| Some(Wish::Remark(item.operation.clone(), text)));
                }
            }
            _ => drop(note.input(*key)),
        }
        Answer::Stay
    }
}
