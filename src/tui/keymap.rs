//! From a key to the action it asks for. The rows are in `action`.
//!
//! It also tells a key that is held from one that is pressed again: sending is the one thing that must not repeat by
//! itself. A terminal that reports key releases says so exactly; for the others a press that follows the last one of
//! the same key within 700 ms counts as the same, because the repeat delay of keyboards lies under that.

use std::time::{Duration, Instant};

use crossterm::event::{KeyEvent, KeyEventKind};

use crate::tui::action::{Action, Context, TABLE};
use crate::tui::key::Key;

/// Longer than the delay after which keyboards begin to repeat (250 to 660 ms on the usual desktops).
const HELD: Duration = Duration::from_millis(700);

/// The action of a key; while text is edited a bare letter never acts.
pub fn resolve(event: &KeyEvent, editing: bool) -> Option<Action> {
    let key = Key::of(event)?;
    let counts = |context: Context| !editing || (context == Context::Always && !key.is_text());
    TABLE
        .iter()
        .find(|row| counts(row.context) && row.keys.contains(&key))
        .map(|row| row.action)
}

/// Remembers the last key, to know one that is held.
#[derive(Clone, Debug, Default)]
pub struct HeldKey {
    last: Option<(Key, Instant)>,
    latest: Option<Instant>,
    reports_releases: bool,
}

impl HeldKey {
    /// When a key came last.
    pub fn last_at(&self) -> Option<Instant> {
        self.latest
    }

    /// Takes note of a key event, in order; says whether it is one key held down.
    pub fn is_held(&mut self, event: &KeyEvent, at: Instant) -> bool {
        if event.kind != KeyEventKind::Release {
            self.latest = Some(at);
        }
        let Some(key) = Key::of(event) else {
            return false;
        };
        match event.kind {
            KeyEventKind::Release => {
                self.reports_releases = true;
                self.last = None;
                false
            }
            KeyEventKind::Repeat => true,
            KeyEventKind::Press => {
                let again = self
                    .last
                    .is_some_and(|(last, when)| last == key && at.duration_since(when) < HELD);
                self.last = Some((key, at));
                again && !self.reports_releases
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

    use super::{HeldKey, resolve};
    use crate::tui::action::Action;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
        KeyEvent::new(code, modifiers)
    }

    #[test]
    fn while_text_is_edited_a_bare_letter_never_acts() {
        for c in ('a'..='z').chain('A'..='Z').chain("?[]<>!/: 123".chars()) {
            assert_eq!(
                resolve(&press(KeyCode::Char(c), KeyModifiers::NONE), true),
                None,
                "{c}"
            );
        }
        let kept = [('s', Action::Send), ('c', Action::Cancel)];
        for (c, action) in kept {
            assert_eq!(
                resolve(&press(KeyCode::Char(c), KeyModifiers::CONTROL), true),
                Some(action)
            );
        }
        assert_eq!(
            resolve(&press(KeyCode::Esc, KeyModifiers::NONE), true),
            Some(Action::Back)
        );
    }

    #[test]
    fn keys_act_in_their_case() {
        assert_eq!(
            resolve(&press(KeyCode::Char('r'), KeyModifiers::NONE), false),
            Some(Action::ReplaySame)
        );
        assert_eq!(
            resolve(&press(KeyCode::Char('R'), KeyModifiers::SHIFT), false),
            Some(Action::ReplayNew)
        );
        assert_eq!(
            resolve(&press(KeyCode::Tab, KeyModifiers::SHIFT), false),
            Some(Action::PreviousPane)
        );
        assert_eq!(
            resolve(&press(KeyCode::Char('s'), KeyModifiers::ALT), false),
            None
        );
    }

    #[test]
    fn a_held_key_is_known_by_its_pace() {
        let (start, s) = (
            Instant::now(),
            press(KeyCode::Char('s'), KeyModifiers::NONE),
        );
        let mut held = HeldKey::default();
        assert!(!held.is_held(&s, start));
        let mut at = start + Duration::from_millis(660);
        for _ in 0..50 {
            assert!(held.is_held(&s, at));
            at += Duration::from_millis(30);
        }
        assert!(
            !held.is_held(&s, at + Duration::from_secs(1)),
            "pressed again"
        );
        assert!(!held.is_held(
            &press(KeyCode::Char('r'), KeyModifiers::NONE),
            at + Duration::from_secs(1)
        ));
    }

    #[test]
    fn a_terminal_that_reports_releases_is_believed() {
        let (now, mut held) = (Instant::now(), HeldKey::default());
        let s = press(KeyCode::Char('s'), KeyModifiers::NONE);
        let with = |kind| KeyEvent { kind, ..s };
        assert!(!held.is_held(&s, now));
        assert!(held.is_held(&with(KeyEventKind::Repeat), now));
        assert!(!held.is_held(&with(KeyEventKind::Release), now));
        assert!(
            !held.is_held(&s, now),
            "pressed twice in a moment, released in between"
        );
    }
}
