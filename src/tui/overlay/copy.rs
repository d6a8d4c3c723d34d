//! What can be copied of the exchange on show: one letter each, to the terminal's clipboard (OSC 52).

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::document::visible::visible;
use crate::document::walk::Walk;
use crate::document::{Document, Form};
use crate::domain::exchange::Failure;
use crate::tui::action::Action;
use crate::tui::keymap::resolve;
use crate::tui::message::Loaded;
use crate::tui::overlay::{Answer, Wish};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::popup::Popup;
use crate::tui::widget::text::{human_bytes, middle, pad_right};

mod error;

/// The columns of the names.
const NAMES: usize = 20;

/// More than this many bytes no terminal takes.
pub const LONGEST: usize = 64 << 10;

/// One thing that can be copied.
#[derive(Debug)]
struct Item {
    key: char,
    name: &'static str,
    text: String,
}

/// The menu.
#[derive(Debug)]
pub struct CopyMenu {
    items: Vec<Item>,
}

impl CopyMenu {
    /// What there is to copy of this exchange, the error under the cursor first, as it all rests in the history: the
    /// values of secret headers were cut out.
    ///
    /// `read` are the value under the cursor of a body, and the pointer to it; `result` is what a filter made of it.
    pub fn of(
        loaded: &Loaded,
        error: Option<usize>,
        read: (Option<String>, Option<String>),
        result: Option<&Document>,
    ) -> CopyMenu {
        let exchange = &loaded.exchange;
        let request = &exchange.request;
        let response = exchange.outcome.response();
        let made = loaded.operation.made();
        let made: Vec<&str> = made.iter().map(|object| object.id).collect();
        let body = Some(&request.body).filter(|body| body.len() <= LONGEST);
        let body = body.and_then(|body| std::str::from_utf8(body).ok());
        let items = [
            ('v', "value at the cursor", read.0),
            ('p', "pointer to it", read.1),
            ('k', "idempotency key", request.idempotency_key.clone()),
            ('o', "requestId", Some(exchange.operation.to_string())),
            ('a', "account", exchange.account.clone()),
            ('m', "objects made", Some(made.join(" "))),
            (
                's',
                "server id",
                response.and_then(|r| r.server_request_id.clone()),
            ),
            ('i', "exchange id", Some(exchange.id.to_string())),
            ('u', "URL", Some(request.url())),
            ('b', "body as sent", body.map(ToOwned::to_owned)),
            ('r', "body of the answer", text_of(loaded.body.as_ref())),
            ('j', "result of jq", text_of(result)),
        ];
        let item = |(key, name, text): (char, &'static str, Option<String>)| {
            let text = text.filter(|text| !text.is_empty())?;
            Some(Item { key, name, text })
        };
        // A name with a line's end in it would be a command where it is pasted.
        let is_text = |item: &Item| "brvj".contains(item.key);
        let is_plain = |item: &Item| is_text(item) || visible(&item.text) == item.text;
        let names = items.into_iter().filter_map(item).filter(is_plain);
        let errors = error::items(loaded, error).into_iter();
        let there = errors.filter_map(item).chain(names);
        CopyMenu {
            items: there.collect(),
        }
    }

    /// A letter copies and closes; anything else that closes, closes.
    pub fn update(&mut self, key: &KeyEvent) -> Answer {
        let letter = match key.code {
            // A capital comes with the shift that made it.
            KeyCode::Char(letter) if (key.modifiers - KeyModifiers::SHIFT).is_empty() => {
                Some(letter)
            }
            _ => None,
        };
        let item = self.items.iter().find(|item| Some(item.key) == letter);
        if let Some(item) = item {
            if item.text.len() > LONGEST {
                let why = format!("not copied: {}", too_long(&item.text));
                return Answer::Wish(Wish::Tell(Failure::new(why)));
            }
            return Answer::Wish(Wish::Copy(item.name, item.text.clone()));
        }
        match resolve(key, false) {
            Some(Action::Back | Action::Quit | Action::Copy | Action::Toggle) => Answer::Close,
            _ => Answer::Stay,
        }
    }

    /// Draws it.
    pub fn draw(&self, theme: Theme, screen: Rect, buffer: &mut Buffer) {
        let popup = Popup {
            title: "Copy",
            hint: "a letter copies, Esc closes",
        };
        let room = popup.room(screen).saturating_sub(NAMES + 3);
        let line = |item: &Item| {
            let text = match item.text.len() {
                ..=LONGEST => item.text.lines().next().unwrap_or_default().to_owned(),
                _ => too_long(&item.text),
            };
            let text = middle(&visible(&text), room.min(56)).into_owned();
            Line::from(vec![
                Span::styled(format!("{}  ", item.key), theme.style(Tone::Accent)),
                Span::raw(pad_right(item.name, NAMES)),
                Span::styled(text, theme.style(Tone::Faint)),
            ])
        };
        let lines = self.items.iter().map(line).collect();
        popup.show(lines, Vec::new(), theme, screen, buffer);
    }
}

/// A whole document, when it is text and not too long.
fn text_of(document: Option<&Document>) -> Option<String> {
    let document = document?;
    let end = document.indexed();
    if !document.is_whole() || end > LONGEST || document.form() == Form::Binary {
        return None;
    }
    let mut walk = Walk::new(document);
    let bytes = walk.bytes(0..end).ok()?;
    Some(document.charset().decode(bytes).into_owned())
}

/// Why a text is not copied.
fn too_long(text: &str) -> String {
    let (size, most) = (text.len() as u64, LONGEST as u64);
    let (size, most) = (human_bytes(size), human_bytes(most));
    format!("{size}, more than the {most} that a terminal takes")
}
