//! How outcomes and verdicts look: a glyph, a tone and a word each, so that they read without colour.

use crate::domain::exchange::Class;
use crate::domain::idempotency::{NewKey, SameKey};
use crate::domain::request::KeyChoice;
use crate::domain::status::reason_phrase;
use crate::tui::theme::Tone;

/// The frames of the one spinner.
const SPINNER: [&str; 8] = ["⠋", "⠙", "⠸", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// The glyph of a class.
pub fn glyph(class: Class) -> &'static str {
    match class {
        Class::Held => "◷",
        Class::InFlight => "…",
        Class::Failed => "∅",
        Class::Indeterminate => "?",
        Class::Informational => "!",
        Class::Success => "✓",
        Class::Redirect => "→",
        Class::ClientError => "✗",
        Class::RateLimited => "⧖",
        Class::ServerError => "‼",
    }
}

/// The frame of the spinner at a time.
pub fn spinner(milliseconds: u128) -> &'static str {
    SPINNER[(milliseconds / 120 % SPINNER.len() as u128) as usize]
}

/// The tone of a class.
pub fn tone(class: Class) -> Tone {
    match class {
        Class::Success => Tone::Success,
        Class::Redirect | Class::InFlight | Class::Held => Tone::Notice,
        Class::ClientError | Class::RateLimited => Tone::Refused,
        Class::ServerError | Class::Informational => Tone::Broken,
        Class::Indeterminate => Tone::Doubt,
        Class::Failed => Tone::Faint,
    }
}

/// What stands in the place of a status: the code, or why there is none.
pub fn status_text(class: Class, status: Option<u16>) -> String {
    match (status, class) {
        (Some(status), _) => status.to_string(),
        (None, Class::Failed) => " — ".into(),
        (None, _) => "···".into(),
    }
}

/// What a status says in words.
pub fn reason(class: Class, status: Option<u16>) -> String {
    match (status, class) {
        (Some(status), _) => format!("{status} {}", reason_phrase(status))
            .trim_end()
            .to_owned(),
        (None, Class::Failed) => "nothing was sent".into(),
        (None, Class::InFlight) => "in flight".into(),
        (None, Class::Held) => "held".into(),
        (None, _) => "no answer: it may have acted".into(),
    }
}

/// How a replay is marked in the history; the first send of a key is not.
pub fn choice_word(choice: KeyChoice) -> &'static str {
    match choice {
        KeyChoice::Same => "same",
        KeyChoice::New => "new",
        KeyChoice::Fresh | KeyChoice::Given | KeyChoice::None => "",
    }
}

/// A verdict on the same key in a few words.
pub fn same_key_look(verdict: SameKey) -> (&'static str, Tone) {
    match verdict {
        SameKey::Safe => ("safe", Tone::Success),
        SameKey::Runs => ("runs", Tone::Success),
        SameKey::RepeatsError => ("may repeat the error", Tone::Refused),
        SameKey::Indeterminate => ("cannot act twice", Tone::Refused),
        SameKey::ActsAgain => ("acts AGAIN", Tone::Broken),
        SameKey::MayActTwice => ("may act twice", Tone::Doubt),
    }
}

/// A verdict on a new key in a few words.
pub fn new_key_look(verdict: NewKey) -> (&'static str, Tone) {
    match verdict {
        NewKey::ActsAgain => ("acts AGAIN", Tone::Broken),
        NewKey::Runs => ("runs", Tone::Success),
        NewKey::AfterCorrection => ("once corrected", Tone::Refused),
        NewKey::MayActTwice => ("may act twice", Tone::Doubt),
    }
}
