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

use crate::domain::id::OperationId;
use crate::domain::operation::Found;
use crate::domain::unsettled::{Unsettled, Worth};
use crate::tui::action::Action;
use crate::tui::keymap::resolve;
use crate::tui::message::Work;
use crate::tui::overlay::question::{Pending, Question};
use crate::tui::overlay::unsettled::draw::list_height;
use crate::tui::overlay::{Answer, Wish};
use crate::tui::widget::field::Field;
use crate::tui::widget::list::Window;

mod draw;

/// How many settlements a question names.
const NAMED: usize = 4;

/// A note is a line; this is a long one.
const LONGEST_NOTE: usize = 500;

/// The list, its cursor, and what is asked or written in it.
#[derive(Debug, Default)]
pub struct UnsettledList {
    items: Vec<Unsettled>,
    count: u64,
    known: bool,
    window: Window,
    /// The note that is being written, and on what.
    note: Option<(OperationId, Field)>,
    question: Option<Box<Question>>,
    /// Whether a frame with the operation under the cursor is on the screen: a key typed before it meant another one.
    shown: bool,
}

impl UnsettledList {
    /// The list was read. The cursor stays on its operation, or on the place where that stood.
    pub fn loaded(&mut self, items: Vec<Unsettled>, count: u64, screen: Rect) {
        let on = self.selected().map(|item| item.operation.clone());
        let at = items
            .iter()
            .position(|item| Some(&item.operation) == on.as_ref());
        self.shown &= at.is_some();
        (self.items, self.count, self.known) = (items, count, true);
        let at = at.unwrap_or(self.window.cursor);
        let len = self.items.len();
        self.window.go(at, len, list_height(screen, len));
    }

    /// A question is on the screen since then, when one is.
    pub fn drawn(&mut self, at: Instant) {
        self.shown = self.known;
        if let Some(question) = &mut self.question {
            question.drawn(at);
        }
    }

    /// Asks over the list.
    pub fn ask(&mut self, question: Question) {
        self.question = Some(Box::new(question));
    }

    /// The question over the list.
    pub fn question(&mut self) -> Option<&mut Question> {
        self.question.as_deref_mut()
    }

    /// Whether nothing is written or asked in it.
    pub fn is_free(&self) -> bool {
        self.note.is_none() && self.question.is_none()
    }

    /// Whether somebody writes a note, so that a letter is text.
    pub fn is_editing(&self) -> bool {
        self.note.is_some() && self.question.is_none()
    }

    /// Pasted text: it is text and nothing else.
    pub fn paste(&mut self, text: &str) {
        if let Some((_, note)) = self.note.as_mut().filter(|_| self.question.is_none()) {
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
            Some(Action::ReplaySame) if !held && self.shown => self.again(),
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
            _ if held || !self.shown || self.items.is_empty() => Answer::Stay,
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
                self.note = self.selected().map(|item| {
                    let before = item.remark.as_ref();
                    let before = before.map_or("", |remark| remark.text.as_str());
                    (item.operation.clone(), Field::new(before))
                });
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
        let behind = self.count.saturating_sub(self.items.len() as u64);
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
        if behind > 0 {
            text.push(format!(
                "{behind} more stand behind these and are not sent."
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
        let Some(settling) = item.settling(found) else {
            return Answer::Stay.or_tell(why_not(item, found));
        };
        let operation = &settling.operation;
        let (title, text, go_ahead) = match found {
            Found::Done => (
                "Settle it as DONE?",
                vec![
                    format!(
                        "A look-up of {operation} found {}.",
                        settling.objects.join(", ")
                    ),
                    "From then on a new key is known to do the action AGAIN.".to_owned(),
                ],
                "settles it as done",
            ),
            Found::NotDone => (
                "Settle it as NOT DONE, on your word?",
                vec![
                    format!(
                        "You say that nothing of {operation} was done, and that nothing of it will be: a look-up that \
                         finds none yet is no proof of that."
                    ),
                    "From then on a new key may pass without being asked about.".to_owned(),
                ],
                "settles it as not done",
            ),
        };
        let pending = Pending::Settle(vec![settling]);
        let leave = "leaves it unsettled";
        self.ask(Question::new(title, text, go_ahead, leave, pending));
        Answer::Stay
    }

    /// Settles all for which a look-up found something, each by its own objects, which are named.
    fn settle_all(&mut self) -> Answer {
        let items = self.items.iter();
        let settlings: Vec<_> = items
            .filter_map(|item| item.settling(Found::Done))
            .collect();
        if settlings.is_empty() {
            return Answer::Stay.or_tell("no look-up has found anything: L looks all of them up");
        }
        let title = format!("Settle {} as DONE?", settlings.len());
        let mut text = vec![
            "Each by the objects that its own look-up found. From then on a new key is known to do its action AGAIN."
                .to_owned(),
        ];
        let named = settlings.iter().take(NAMED);
        let named = named.map(|one| format!("{} by {}", one.operation, one.objects.join(", ")));
        let more = settlings.len().saturating_sub(NAMED);
        let more = (more > 0).then(|| format!("and {more} more"));
        text.push(named.chain(more).collect::<Vec<_>>().join("; "));
        let pending = Pending::Settle(settlings);
        let (go_ahead, leave) = ("settles them as done", "leaves them unsettled");
        self.ask(Question::new(&title, text, go_ahead, leave, pending));
        Answer::Stay
    }

    /// A key while a note is written: Enter keeps it, Esc drops it.
    fn write(&mut self, key: &KeyEvent) -> Answer {
        let Some((operation, note)) = &mut self.note else {
            return Answer::Stay;
        };
        match key.code {
            KeyCode::Esc => self.note = None,
            KeyCode::Enter => {
                let text: String = note.text().trim().chars().take(LONGEST_NOTE).collect();
                let operation = operation.clone();
                self.note = None;
                if !text.is_empty() {
                    return Answer::Wish(Wish::Remark(operation, text));
                }
            }
            _ => drop(note.input(*key)),
        }
        Answer::Stay
    }
}

/// Why an operation cannot be settled as this.
fn why_not(item: &Unsettled, found: Found) -> &'static str {
    if found == Found::NotDone {
        return "something of it is still on its way or held: it has to end first";
    }
    match item.looked.as_ref().map(|looked| &looked.worth) {
        None | Some(Worth::NoneYet | Worth::Tells(_)) => {
            "settled is what a look-up found: l looks it up; x when it was not done"
        }
        Some(Worth::Before) => "it was looked up before the last send: l looks again",
        Some(Worth::Elsewhere) => {
            "it was looked up at another server, with another credential or for another account: l looks again"
        }
        Some(Worth::Partial) => "the list was not whole: read it in the history, it does not tell",
        Some(Worth::Known) => {
            "what was found is another attempt's own: of this one it tells nothing"
        }
        Some(Worth::TooMany) => {
            "it found more than was tried: is it a list of this operation's? (look_up of the profile)"
        }
    }
}
