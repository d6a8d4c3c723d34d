//! What a key means while text is edited: the one table, for the editor of several lines and for fields.
//!
//! Esc, Ctrl-S, Ctrl-C and Ctrl-P mean something everywhere and are nothing here.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::tui::widget::edit_text::Motion;

/// What a key does to a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditKey {
    /// Moves the cursor, and selects if the flag says so.
    Move(Motion, bool),
    /// Moves up by what is visible, and selects if the flag says so.
    PageUp(bool),
    /// Moves down by what is visible, and selects if the flag says so.
    PageDown(bool),
    /// Removes what a motion would move over.
    Delete(Motion),
    /// Types a character.
    Type(char),
    /// Begins a new line.
    NewLine,
    /// Inserts an indentation.
    Indent,
    /// Takes back the last step.
    Undo,
    /// Does again what was taken back.
    Redo,
}

/// The modifiers of a key.
#[derive(Clone, Copy, Debug)]
struct Held {
    shift: bool,
    control: bool,
    alt: bool,
}

impl EditKey {
    /// Reads a key; nothing for one that does nothing to a text.
    pub fn read(key: KeyEvent) -> Option<Self> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        let held = Held {
            shift: key.modifiers.contains(KeyModifiers::SHIFT),
            control: key.modifiers.contains(KeyModifiers::CONTROL),
            alt: key.modifiers.contains(KeyModifiers::ALT),
        };
        match key.code {
            KeyCode::Char(c) => letter(c, held),
            code => named(code, held),
        }
    }
}

fn named(code: KeyCode, held: Held) -> Option<EditKey> {
    let far = held.control || held.alt;
    let motion = match code {
        KeyCode::Backspace if far => return Some(EditKey::Delete(Motion::WordLeft)),
        KeyCode::Backspace => return Some(EditKey::Delete(Motion::Left)),
        KeyCode::Delete if far => return Some(EditKey::Delete(Motion::WordRight)),
        KeyCode::Delete => return Some(EditKey::Delete(Motion::Right)),
        KeyCode::Enter if !held.control => return Some(EditKey::NewLine),
        KeyCode::Tab if !far => return Some(EditKey::Indent),
        KeyCode::PageUp => return Some(EditKey::PageUp(held.shift)),
        KeyCode::PageDown => return Some(EditKey::PageDown(held.shift)),
        KeyCode::Left if far => Motion::WordLeft,
        KeyCode::Right if far => Motion::WordRight,
        KeyCode::Left => Motion::Left,
        KeyCode::Right => Motion::Right,
        KeyCode::Up => Motion::Up(1),
        KeyCode::Down => Motion::Down(1),
        KeyCode::Home if held.control => Motion::Top,
        KeyCode::End if held.control => Motion::Bottom,
        KeyCode::Home => Motion::Home,
        KeyCode::End => Motion::End,
        _ => return None,
    };
    Some(EditKey::Move(motion, held.shift))
}

fn letter(c: char, held: Held) -> Option<EditKey> {
    match (held.control, held.alt) {
        (false, false) => Some(EditKey::Type(c)),
        // What comes with Ctrl and Alt together and is no letter or digit was typed with AltGr: { [ @ € on many
        // keyboards.
        (true, true) if !c.is_ascii_alphanumeric() => Some(EditKey::Type(c)),
        (true, false) => match c.to_ascii_lowercase() {
            'a' => Some(EditKey::Move(Motion::Home, held.shift)),
            'e' => Some(EditKey::Move(Motion::End, held.shift)),
            'w' => Some(EditKey::Delete(Motion::WordLeft)),
            // What some terminals send for Backspace.
            'h' => Some(EditKey::Delete(Motion::Left)),
            'k' => Some(EditKey::Delete(Motion::End)),
            'u' => Some(EditKey::Delete(Motion::Home)),
            'z' if held.shift => Some(EditKey::Redo),
            'z' => Some(EditKey::Undo),
            'y' => Some(EditKey::Redo),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

    use super::EditKey;
    use crate::tui::widget::edit_text::Motion;

    const NONE: KeyModifiers = KeyModifiers::NONE;
    const CONTROL: KeyModifiers = KeyModifiers::CONTROL;
    const ALT: KeyModifiers = KeyModifiers::ALT;
    const SHIFT: KeyModifiers = KeyModifiers::SHIFT;

    #[test]
    fn each_key_has_its_meaning() {
        for (code, modifiers, expected) in [
            (KeyCode::Char('q'), NONE, Some(EditKey::Type('q'))),
            (KeyCode::Char('Q'), SHIFT, Some(EditKey::Type('Q'))),
            (KeyCode::Char('{'), CONTROL | ALT, Some(EditKey::Type('{'))),
            (KeyCode::Char('s'), CONTROL | ALT, None),
            (KeyCode::Char('q'), ALT, None),
            (
                KeyCode::Left,
                SHIFT | CONTROL,
                Some(EditKey::Move(Motion::WordLeft, true)),
            ),
            (
                KeyCode::Backspace,
                CONTROL,
                Some(EditKey::Delete(Motion::WordLeft)),
            ),
            (
                KeyCode::Char('w'),
                CONTROL,
                Some(EditKey::Delete(Motion::WordLeft)),
            ),
            (KeyCode::Char('Z'), CONTROL | SHIFT, Some(EditKey::Redo)),
            (KeyCode::Enter, NONE, Some(EditKey::NewLine)),
            (KeyCode::Enter, CONTROL, None),
            (KeyCode::BackTab, SHIFT, None),
            (KeyCode::F(5), NONE, None),
        ] {
            let read = EditKey::read(KeyEvent::new(code, modifiers));
            assert_eq!(read, expected, "{code:?} {modifiers:?}");
        }
    }

    #[test]
    fn what_means_something_everywhere_is_nothing_here() {
        for key in [
            KeyEvent::new(KeyCode::Esc, NONE),
            KeyEvent::new(KeyCode::Char('s'), CONTROL),
            KeyEvent::new(KeyCode::Char('c'), CONTROL),
            KeyEvent::new(KeyCode::Char('p'), CONTROL),
            KeyEvent::new_with_kind(KeyCode::Char('x'), NONE, KeyEventKind::Release),
        ] {
            assert_eq!(EditKey::read(key), None, "{key:?}");
        }
    }
}
