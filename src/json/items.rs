//! Plain items of a list or an object, passed over at the speed of memory by who reads tokens otherwise.
//!
//! ```text
//!   {"id":"rec_1","minutes":90,"channel":{"name":…
//!    └────────── passed ──────────────┘└ from here on token by token
//! ```
//!
//! Plain is a scalar, with its key in an object, that lies in the chunk as a whole and is spelled as most are. What is
//! odd in any way is left where it begins.

use crate::json::grammar::Due;
use crate::json::run::{scalar, spaces, string};

/// What was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// How many bytes.
    pub bytes: usize,
    /// How many commas between items.
    pub commas: usize,
    /// What is due behind them.
    pub due: Due,
}

/// Passes over the plain items at the front of the chunk, an item being due: as many as follow one another, and the key of
/// one that is no scalar. `takes` is told the key (in its quotes; nothing in a list) and the value of each (nothing yet
/// behind a key alone); its no stops in front of that item. `None`: there is nothing to pass over.
#[inline]
pub fn items(
    chunk: &[u8],
    object: bool,
    mut takes: impl FnMut(&[u8], &[u8]) -> bool,
) -> Option<Passed> {
    let (next, last) = if object {
        (Due::Key, Due::CommaOrObjectEnd)
    } else {
        (Due::Value, Due::CommaOrArrayEnd)
    };
    let mut passed = None;
    let (mut bytes, mut commas) = (0, 0);
    loop {
        let mut value = spaces(chunk, bytes);
        let mut key = value..value;
        if object {
            match string(chunk, value) {
                Some(end) if chunk.get(end) == Some(&b':') => key.end = end,
                _ => break,
            }
            value = spaces(chunk, key.end + 1);
        }
        let Some(end) = scalar(chunk, value) else {
            let opens = matches!(chunk.get(value), Some(b'{' | b'['));
            if object && opens && takes(&chunk[key], b"") {
                (bytes, passed) = (value, Some(Due::Value));
            }
            break;
        };
        let Some(behind) = chunk.get(end) else { break };
        if !takes(&chunk[key], &chunk[value..end]) {
            break;
        }
        if *behind != b',' {
            (bytes, passed) = (end, Some(last));
            break;
        }
        commas += 1;
        (bytes, passed) = (end + 1, Some(next));
    }
    passed.map(|due| Passed { bytes, commas, due })
}

#[cfg(test)]
mod tests {
    use crate::json::grammar::Due;
    use crate::json::items::{Passed, items};

    #[test]
    fn items_are_passed_over_until_one_is_not_plain() {
        for (chunk, object, expected) in [
            (
                r#" "a":1, "b": "x\"y" ,"#,
                true,
                Some((19, 1, Due::CommaOrObjectEnd)),
            ),
            (r#""a":1,"b":"x\"y",{"#, true, Some((17, 2, Due::Key))),
            (
                r#""a":1,"b":2}"#,
                true,
                Some((11, 1, Due::CommaOrObjectEnd)),
            ),
            (r#""a":1,"b": [2]"#, true, Some((11, 1, Due::Value))),
            (r#""a" :1,"#, true, None),
            (r#""a":12"#, true, None),
            (
                r#"1,"x", null ,true"#,
                false,
                Some((11, 2, Due::CommaOrArrayEnd)),
            ),
            (r#"1,{},"#, false, Some((2, 1, Due::Value))),
            (r#"1,"x""#, false, Some((2, 1, Due::Value))),
            (r#"{},"#, false, None),
            ("", false, None),
        ] {
            let expected = expected.map(|(bytes, commas, due)| Passed { bytes, commas, due });
            assert_eq!(
                items(chunk.as_bytes(), object, |_, _| true),
                expected,
                "{chunk}"
            );
        }
    }

    #[test]
    fn who_says_no_has_it_left() {
        let mut told = Vec::new();
        let text = br#""a":1,"stop":"x","b":2,"#;
        let passed = items(text, true, |key, value| {
            told.push([key, value].map(|part| String::from_utf8_lossy(part).into_owned()));
            key != b"\"stop\""
        });
        assert_eq!(passed.map(|passed| passed.bytes), Some(6));
        assert_eq!(told, [["\"a\"", "1"], ["\"stop\"", "\"x\""]]);
        assert_eq!(items(br#""a":{"#, true, |key, _| key != b"\"a\""), None);
    }
}
