//! How a key is written in a test, and the bytes a terminal sends for it.
//!
//! Text stands for itself; `<name>` is a key: `<enter> <tab> <s-tab> <esc> <bs> <del> <ins> <space> <lt> <up> <down>
//! <left> <right> <home> <end> <pgup> <pgdn> <f1>`…`<f12>`, with `c-` (control), `a-` (alt), `s-` (shift) before it.

/// Keys with a sequence of the form `ESC [ 1 ; modifier X`, and their last letter (xterm's cursor keys).
const CURSOR: [(&str, char); 6] = [
    ("up", 'A'),
    ("down", 'B'),
    ("right", 'C'),
    ("left", 'D'),
    ("home", 'H'),
    ("end", 'F'),
];

/// Keys with a sequence of the form `ESC [ number ; modifier ~`, and their number.
const NUMBERED: [(&str, u8); 12] = [
    ("ins", 2),
    ("del", 3),
    ("pgup", 5),
    ("pgdn", 6),
    ("f5", 15),
    ("f6", 17),
    ("f7", 18),
    ("f8", 19),
    ("f9", 20),
    ("f10", 21),
    ("f11", 23),
    ("f12", 24),
];

const PLAIN: [(&str, &str); 11] = [
    ("enter", "\r"),
    ("tab", "\t"),
    ("s-tab", "\x1b[Z"),
    ("esc", "\x1b"),
    ("bs", "\x7f"),
    ("space", " "),
    ("lt", "<"),
    ("f1", "\x1bOP"),
    ("f2", "\x1bOQ"),
    ("f3", "\x1bOR"),
    ("f4", "\x1bOS"),
];

/// The bytes of these keys. `application` is the terminal's cursor key mode (DECCKM).
///
/// # Panics
/// When a `<name>` is no key.
pub fn bytes(keys: &str, application: bool) -> Vec<u8> {
    let (mut out, mut rest) = (String::new(), keys);
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        let close = rest[open..].find('>').map(|n| open + n);
        let close = close.unwrap_or_else(|| panic!("{keys:?}: a key ends in >; < itself is <lt>"));
        let name = &rest[open + 1..close];
        let key = key(name, application).unwrap_or_else(|| panic!("<{name}> is no key"));
        out.push_str(&key);
        rest = &rest[close + 1..];
    }
    out.push_str(rest);
    out.into_bytes()
}

fn key(name: &str, application: bool) -> Option<String> {
    if let Some((_, bytes)) = PLAIN.iter().find(|(plain, _)| *plain == name) {
        return Some((*bytes).to_owned());
    }
    // xterm counts from one: shift 1, alt 2, control 4.
    let (mut modifier, mut stem) = (1, name);
    while let Some((held, rest)) = stem.split_once('-') {
        modifier += match held {
            "s" => 1,
            "a" => 2,
            "c" => 4,
            _ => return None,
        };
        stem = rest;
    }
    let cursor = CURSOR.iter().find(|(key, _)| *key == stem);
    let numbered = NUMBERED.iter().find(|(key, _)| *key == stem);
    match (cursor, numbered, modifier) {
        (Some((_, letter)), _, 1) if application => Some(format!("\x1bO{letter}")),
        (Some((_, letter)), _, 1) => Some(format!("\x1b[{letter}")),
        (Some((_, letter)), _, _) => Some(format!("\x1b[1;{modifier}{letter}")),
        (_, Some((_, number)), 1) => Some(format!("\x1b[{number}~")),
        (_, Some((_, number)), _) => Some(format!("\x1b[{number};{modifier}~")),
        _ => held_letter(stem, modifier),
    }
}

/// A letter, Enter or Space with control or alt held.
fn held_letter(stem: &str, modifier: u8) -> Option<String> {
    let mut chars = stem.chars();
    match (stem, chars.next(), chars.next(), modifier) {
        // xterm's modifyOtherKeys: control has no byte of its own for Enter.
        ("enter", _, _, _) => Some(format!("\x1b[27;{modifier};13~")),
        ("space", _, _, 5) => Some("\0".into()),
        (_, Some(letter), None, 3) => Some(format!("\x1b{letter}")),
        (_, Some(letter), None, 5) if letter.is_ascii() => {
            let control = letter.to_ascii_uppercase() as u8 & 0x1f;
            Some(char::from(control).to_string())
        }
        _ => None,
    }
}
