//! Going to a place that somebody names: a line's number, or a JSON Pointer.
//!
//! ```text
//!   @ /items/7/name ─▶ a few members looked at: there ─────────────▶ the cursor
//!                              └─ an object of millions ─▶ Follow ─▶ Followed ─▶ the cursor
//! ```
//!
//! A line is found by the index. An object keeps no list of its keys, so a pointer through a large one is followed beside
//! the loop, and the next key that moves or asks ends that.

use crate::document::outline::Led;
use crate::document::visible::visible;
use crate::document::walk::Walk;
use crate::document::{Document, Form};
use crate::domain::exchange::Failure;
use crate::tui::action::Action;
use crate::tui::message::effect::Effect;
use crate::tui::pane::response::body::BodyPane;
use crate::tui::pane::response::body::reader::Room;
use crate::tui::widget::text::middle;

/// How many members are looked at by the key itself: each may cost two blocks of lines.
const MEMBERS: usize = 100;

/// How many columns of a pointer are told while it is followed.
const WIDEST: usize = 24;

/// A pointer that is followed beside the loop.
#[derive(Clone, Debug, Default)]
pub(super) struct Following {
    /// Names what was asked last.
    ask: u64,
    pointer: Option<String>,
}

impl Following {
    /// For another body: what is told of this one comes too late.
    pub(super) fn anew(&self) -> Following {
        Following {
            ask: self.ask + 1,
            pointer: None,
        }
    }

    /// Waits no longer.
    pub(super) fn stop(&mut self) -> Option<Effect> {
        let stops = self.pointer.take().map(|_| Effect::StopFollow);
        self.ask += u64::from(stops.is_some());
        stops
    }

    /// What it waits for, in words.
    pub(super) fn told(&self) -> Option<String> {
        let pointer = self.pointer.as_ref()?;
        let pointer = visible(pointer);
        Some(format!("looking for {} …", middle(&pointer, WIDEST)))
    }
}

/// Whether an action goes to another place, or asks for one.
pub(super) fn moves(action: Action) -> bool {
    let looks = matches!(
        action,
        Action::Left | Action::Right | Action::ToggleWrap | Action::ToggleNumbers
    );
    !looks
}

impl BodyPane {
    /// Goes to what is written: a line's number or a JSON Pointer.
    pub(super) fn go_to(
        &mut self,
        text: &str,
        document: &Document,
        room: Room,
    ) -> std::io::Result<()> {
        let text = text.trim();
        if let Ok(line) = text.parse::<usize>() {
            return self.reader.show_line(document, line, room);
        }
        if document.form() != Form::Json {
            self.notice = Some(
                Failure::new("a JSON Pointer leads into JSON only")
                    .hint("a line's number leads anywhere"),
            );
            return Ok(());
        }
        let mut fuel = MEMBERS;
        let mut goes_on = || {
            fuel = fuel.saturating_sub(1);
            fuel > 0
        };
        match Walk::new(document).follow_while(text, &mut goes_on)? {
            Some(Led::Unfinished) => {
                self.following = Following {
                    ask: self.following.ask + 1,
                    pointer: Some(text.to_owned()),
                };
                self.wishes.push(Effect::Follow {
                    ask: self.following.ask,
                    document: Box::new(document.clone()),
                    pointer: text.to_owned(),
                });
                Ok(())
            }
            Some(led) => self.led(led, text, document, room),
            None => Ok(()),
        }
    }

    /// Ends the way to a pointer; says whether there was one.
    pub(super) fn stop_following(&mut self) -> bool {
        let stops = self.following.stop();
        let was_on = stops.is_some();
        self.wishes.extend(stops);
        was_on
    }

    /// Where a pointer leads that was followed beside the loop.
    pub(super) fn arrive(
        &mut self,
        (ask, led): (u64, Result<Led, Failure>),
        document: &Document,
        room: Room,
    ) {
        if ask != self.following.ask {
            return;
        }
        let Some(pointer) = self.following.pointer.take() else {
            return;
        };
        // What turned out to be no JSON has other lines by now.
        if document.form() != Form::Json {
            return;
        }
        let unread = |error: std::io::Error| {
            Failure::new("the body cannot be read").because(error.to_string())
        };
        let shown = led.and_then(|led| self.led(led, &pointer, document, room).map_err(unread));
        if let Err(failure) = shown {
            self.notice = Some(failure);
        }
    }

    fn led(
        &mut self,
        led: Led,
        pointer: &str,
        document: &Document,
        room: Room,
    ) -> std::io::Result<()> {
        match led {
            Led::To(place) => self.reader.show(document, place, room),
            Led::AsFarAs(place, missing) => {
                let what = format!("{pointer} leads as far as this: {missing} is missing here");
                self.notice = Some(Failure::new(what));
                self.reader.show(document, place, room)
            }
            Led::Unfinished => Ok(()),
        }
    }
}
