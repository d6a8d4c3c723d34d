//! One secret asked for at a terminal, on a line of its own and without an echo: for the command line.
//!
//! ```text
//!   Credential of profile 'live' (not shown): ▏
//! ```
//!
//! The echo is off before the question stands there, so that whoever answers at once is not shown; however it ends, the
//! terminal is as it was. What it is not: the masked overlay of the screen (`overlay::secret`).

use std::io::{self, Write, stderr};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, read};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use secrecy::zeroize::Zeroizing;

/// More bytes than this are no secret that somebody types.
const LONGEST: usize = 64 << 10;

/// Raw mode, until it is dropped.
struct Raw;

impl Raw {
    fn on() -> io::Result<Raw> {
        enable_raw_mode()?;
        Ok(Raw)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // Nothing is left to do when the terminal has gone.
        let _ = disable_raw_mode();
        let _ = writeln!(stderr());
    }
}

/// What a key did to what is typed.
enum Typed {
    On,
    Done,
    Cancelled,
}

/// Asks with this text, and answers what was typed up to Enter; `None` when it was cancelled (Ctrl-C, Ctrl-D, Esc).
///
/// # Errors
/// When there is no terminal, or it cannot be read.
pub fn ask(text: &str) -> io::Result<Option<Zeroizing<String>>> {
    let _raw = Raw::on()?;
    write!(stderr(), "{text}")?;
    stderr().flush()?;
    let mut typed = Zeroizing::new(String::new());
    loop {
        let did = match read()? {
            Event::Key(key) if key.kind != KeyEventKind::Release => press(&key, &mut typed),
            _ => Typed::On,
        };
        match did {
            Typed::On => {}
            Typed::Done => return Ok(Some(typed)),
            Typed::Cancelled => return Ok(None),
        }
    }
}

fn press(key: &KeyEvent, typed: &mut Zeroizing<String>) -> Typed {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Enter => return Typed::Done,
        KeyCode::Esc => return Typed::Cancelled,
        KeyCode::Char('c' | 'd') if control => return Typed::Cancelled,
        KeyCode::Char('u') if control => typed.clear(),
        KeyCode::Backspace => drop(typed.pop()),
        KeyCode::Char(c) if !control && typed.len() < LONGEST => typed.push(c),
        _ => {}
    }
    Typed::On
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use secrecy::zeroize::Zeroizing;

    use super::{Typed, press};

    #[test]
    fn letters_are_text_and_a_few_keys_are_not() {
        let mut typed = Zeroizing::new(String::new());
        for code in [
            KeyCode::Char('a'),
            KeyCode::Char('ü'),
            KeyCode::Char('x'),
            KeyCode::Backspace,
        ] {
            assert!(matches!(
                press(&KeyEvent::from(code), &mut typed),
                Typed::On
            ));
        }
        assert_eq!(*typed, "aü");
        let control = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
        assert!(matches!(press(&control('c'), &mut typed), Typed::Cancelled));
        assert!(matches!(press(&control('u'), &mut typed), Typed::On));
        assert!(typed.is_empty());
        assert!(matches!(
            press(&KeyEvent::from(KeyCode::Enter), &mut typed),
            Typed::Done
        ));
    }
}
