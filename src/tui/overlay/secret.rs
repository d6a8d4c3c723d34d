//! The masked prompt: what a send lacks, one value after the other. What is typed is not shown, goes into the order and
//! nowhere else, and is sent only when it is what was sent before.
//!
//! ```text
//!   ╭ A secret is missing ─ 1 of 2 ────────────────╮
//!   │ /card/number was sent, and was not kept.     │
//!   │ ••••••••••••••••▏                            │
//!   ╰────────────── Enter next, Esc sends nothing ─╯
//! ```

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use secrecy::zeroize::Zeroizing;

use crate::document::visible::visible;
use crate::domain::kept::Supplied;
use crate::domain::order::{Ask, Order};
use crate::domain::redact::Secret;
use crate::tui::message::{Lack, Lacking};
use crate::tui::overlay::Answer;
use crate::tui::overlay::question::Pending;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::popup::Popup;

/// More bytes than this are no secret that somebody types or pastes.
const LONGEST: usize = 1 << 20;

/// More dots than these say no more.
const DOTS: usize = 48;

/// The prompt.
#[derive(Debug)]
pub struct SecretPrompt {
    order: Box<Order>,
    lacks: Vec<Lack>,
    /// How many of them were given.
    given: usize,
    credential: Option<(String, Secret)>,
    /// Why the last value is asked for again.
    wrong: Option<String>,
    typed: Typed,
    /// Whether a frame with it is on the screen: a key typed before meant something else.
    shown: bool,
}

/// What was typed so far. Wiped when it is dropped, and never printed.
#[derive(Default)]
struct Typed(Zeroizing<String>);

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed")
    }
}

impl SecretPrompt {
    /// Asks for what this order lacks; `None` when it lacks nothing.
    pub fn new(order: Box<Order>, lacking: Lacking) -> Option<SecretPrompt> {
        let Lacking { lacks, wrong } = lacking;
        (!lacks.is_empty()).then(|| SecretPrompt {
            order,
            lacks,
            given: 0,
            credential: None,
            wrong,
            typed: Typed::default(),
            shown: false,
        })
    }

    /// A frame with it is on the screen.
    pub fn drawn(&mut self, _at: Instant) {
        self.shown = true;
    }

    /// Pasted text; a line end at its end is the file's that it was copied from.
    pub fn paste(&mut self, text: &str) {
        let text = text.trim_end_matches(['\r', '\n']);
        if self.shown && self.typed.0.len() + text.len() <= LONGEST {
            self.typed.0.push_str(text);
            self.wrong = None;
        }
    }

    /// A key for it: text, Enter, Esc. A held Enter gives one value.
    pub fn update(&mut self, key: &KeyEvent, held: bool) -> Answer {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return Answer::Close,
            _ if !self.shown => {}
            KeyCode::Enter if !held => return self.enter(),
            KeyCode::Backspace => drop(self.typed.0.pop()),
            KeyCode::Char('u') if control => self.typed.0.clear(),
            KeyCode::Char(c) if !control && self.typed.0.len() < LONGEST => {
                self.typed.0.push(c);
                self.wrong = None;
            }
            _ => {}
        }
        Answer::Stay
    }

    /// Takes the value; with the last one the order goes.
    fn enter(&mut self) -> Answer {
        if self.typed.0.is_empty() {
            self.wrong = Some("nothing was typed: type or paste it, Esc sends nothing".to_owned());
            return Answer::Stay;
        }
        let typed = std::mem::take(&mut self.typed);
        let value = Secret::new(typed.0.as_str());
        match self.lacks.get(self.given) {
            Some(Lack::Value(place)) => {
                let place = place.clone();
                match &mut self.order.ask {
                    Ask::Compose { secrets, .. } | Ask::Replay { secrets, .. } => {
                        secrets.push(Supplied { place, value });
                    }
                }
            }
            Some(Lack::Credential(profile)) => self.credential = Some((profile.clone(), value)),
            None => {}
        }
        self.given += 1;
        self.wrong = None;
        if self.given < self.lacks.len() {
            return Answer::Stay;
        }
        Answer::Yes(Pending::Supply {
            order: self.order.clone(),
            credential: self.credential.take(),
        })
    }

    fn title(&self) -> String {
        match self.lacks.len() {
            1 => "A secret is missing".to_owned(),
            of => format!("A secret is missing ─ {} of {of}", self.given + 1),
        }
    }

    /// Draws it.
    pub fn draw(&self, theme: Theme, screen: Rect, buffer: &mut Buffer) {
        let title = self.title();
        let last = self.given + 1 >= self.lacks.len();
        let popup = Popup {
            title: &title,
            hint: match last {
                true => "Enter sends, Esc sends nothing",
                false => "Enter next, Esc sends nothing",
            },
        };
        let what = match self.lacks.get(self.given) {
            Some(Lack::Value(place)) => {
                let place = place.to_string();
                format!("{} was sent, and its value was not kept.", visible(&place))
            }
            Some(Lack::Credential(profile)) => {
                format!("Profile '{}' asks for its credential.", visible(profile))
            }
            None => String::new(),
        };
        let dots = "•".repeat(self.typed.0.chars().count().min(DOTS));
        let dots = format!("{dots}▏");
        let mut lines = vec![Line::raw(what)];
        lines.extend(self.wrong.as_ref().map(|wrong| {
            Line::from(Span::styled(
                visible(wrong).into_owned(),
                theme.style(Tone::Broken),
            ))
        }));
        let typed = Line::from(Span::styled(dots, theme.style(Tone::Accent)));
        popup.show(lines, vec![Line::raw(""), typed], theme, screen, buffer);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use crossterm::event::{KeyCode, KeyEvent};
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    use super::SecretPrompt;
    use crate::domain::id::ExchangeId;
    use crate::domain::idempotency::Choice;
    use crate::domain::order::{Agreement, Ask, Order};
    use crate::tui::message::{Lack, Lacking};
    use crate::tui::overlay::Answer;
    use crate::tui::overlay::question::Pending;
    use crate::tui::theme::Theme;

    fn prompt(lacks: Vec<Lack>) -> SecretPrompt {
        let order = Order {
            ask: Ask::Replay {
                exchange: ExchangeId::known("e"),
                choice: Choice::SameKey,
                secrets: Vec::new(),
            },
            agreed: Agreement::default(),
        };
        let lacking = Lacking { lacks, wrong: None };
        SecretPrompt::new(Box::new(order), lacking).expect("it lacks something")
    }

    fn value(place: &str) -> Lack {
        Lack::Value(place.parse().expect(place))
    }

    fn press(prompt: &mut SecretPrompt, code: KeyCode) -> Answer {
        prompt.update(&KeyEvent::from(code), false)
    }

    fn screen(prompt: &SecretPrompt) -> String {
        let area = Rect::new(0, 0, 80, 12);
        let mut buffer = Buffer::empty(area);
        prompt.draw(Theme { colour: true }, area, &mut buffer);
        let cells = buffer.content().iter();
        cells.map(|cell| cell.symbol()).collect()
    }

    #[test]
    fn what_is_typed_is_not_shown_and_goes_into_the_order() {
        let lacks = vec![
            value("/card/number"),
            value("/card/cvc"),
            Lack::Credential("live".into()),
        ];
        let mut prompt = prompt(lacks);
        press(&mut prompt, KeyCode::Char('x'));
        press(&mut prompt, KeyCode::Enter);
        prompt.drawn(Instant::now());
        assert!(screen(&prompt).contains("/card/number") && screen(&prompt).contains("1 of 3"));
        assert!(
            matches!(press(&mut prompt, KeyCode::Enter), Answer::Stay),
            "nothing was typed"
        );
        assert!(screen(&prompt).contains("nothing was typed"));
        prompt.paste("4242\n");
        press(&mut prompt, KeyCode::Char('q'));
        press(&mut prompt, KeyCode::Backspace);
        let shown = screen(&prompt);
        assert!(
            shown.contains("••••▏") && !shown.contains("4242"),
            "{shown}"
        );
        assert!(!format!("{prompt:?}").contains("4242"));
        assert!(matches!(press(&mut prompt, KeyCode::Enter), Answer::Stay));
        assert!(screen(&prompt).contains("/card/cvc") && !screen(&prompt).contains('•'));
        prompt.paste("123");
        assert!(matches!(press(&mut prompt, KeyCode::Enter), Answer::Stay));
        assert!(screen(&prompt).contains("'live' asks for its credential"));
        prompt.paste("sk_1");
        let Answer::Yes(Pending::Supply { order, credential }) = press(&mut prompt, KeyCode::Enter)
        else {
            panic!("it goes");
        };
        let Ask::Replay { secrets, .. } = order.ask else {
            panic!("the same order");
        };
        let told = secrets
            .iter()
            .map(|s| (s.place.to_string(), s.value.expose().to_owned()));
        let told: Vec<_> = told.collect();
        assert_eq!(
            told,
            [
                ("/card/number".into(), "4242".into()),
                ("/card/cvc".into(), "123".into())
            ]
        );
        let (profile, secret) = credential.expect("it was given");
        assert_eq!((profile.as_str(), secret.expose()), ("live", "sk_1"));
    }

    #[test]
    fn esc_sends_nothing_and_a_held_enter_gives_one() {
        let mut prompt = prompt(vec![value("/a"), value("/b")]);
        prompt.drawn(Instant::now());
        prompt.paste("1");
        let held = prompt.update(&KeyEvent::from(KeyCode::Enter), true);
        assert!(matches!(held, Answer::Stay));
        assert!(screen(&prompt).contains("1 of 2"));
        assert!(matches!(press(&mut prompt, KeyCode::Esc), Answer::Close));
    }
}
