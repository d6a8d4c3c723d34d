//! An ASCII literal in upper or lower case, found by its rarest letter.
//!
//! ```text
//!   "currency", body ──memchr2('y', 'Y')──▶ each y ──is the rest there?──▶ a match
//! ```
//!
//! Twice as fast as the regular expression `(?i)currency`, whose prefilter has to look for the cases of several letters.

use std::ops::Range;

use memchr::memchr2_iter;

/// How long such a literal may be: every candidate is compared as a whole, so a long one in a hostile body would take its
/// length times the body's.
pub const LONGEST: usize = 64;

/// The bytes of JSON and English text, the most frequent first; any other is rarer.
const FREQUENT: &[u8] = b" \"e0ta,1i:onrs2d3l5c4u6_7m8-9p{}hfgybv.w/[]kTxE\\zjqRS";

/// A literal that matches in any case of its ASCII letters.
#[derive(Clone, Debug)]
pub struct Folded {
    literal: Box<[u8]>,
    rarest: usize,
}

impl Folded {
    /// A finder of this text; `None` when it is empty, too long or not ASCII.
    pub fn new(text: &str) -> Option<Folded> {
        let literal = text.to_ascii_lowercase().into_bytes().into_boxed_slice();
        if literal.len() > LONGEST || !literal.is_ascii() {
            return None;
        }
        let rarest = (0..literal.len()).max_by_key(|at| rarity(literal[*at]))?;
        Some(Folded { literal, rarest })
    }

    /// The first match in `bytes`.
    pub fn find(&self, bytes: &[u8]) -> Option<Range<usize>> {
        let low = *self.literal.get(self.rarest)?;
        let candidates = memchr2_iter(low, low.to_ascii_uppercase(), bytes.get(self.rarest..)?);
        for start in candidates {
            let span = start..start + self.literal.len();
            // A later candidate would lie even further out.
            let found = bytes.get(span.clone())?;
            if found.eq_ignore_ascii_case(&self.literal) {
                return Some(span);
            }
        }
        None
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.literal.len()
    }
}

fn rarity(byte: u8) -> usize {
    let place = FREQUENT.iter().position(|frequent| *frequent == byte);
    place.unwrap_or(FREQUENT.len())
}

#[cfg(test)]
mod tests {
    use crate::document::find::folded::{Folded, LONGEST};

    #[test]
    fn found_in_any_case_at_any_place() {
        for (text, bytes, expected) in [
            ("zebra", "a ZEbra", Some(2..7)),
            ("zebra", "zebrazebra", Some(0..5)),
            ("zebra", "zebr", None),
            ("zebra", "zzzz zebr", None),
            ("a", "bA", Some(1..2)),
            ("-1", "--1", Some(1..3)),
            // Not the Kelvin sign.
            ("k", "\u{212a}", None),
            ("[", "{", None),
            ("zebra", "", None),
        ] {
            let folded = Folded::new(text).expect("ASCII");
            assert_eq!(folded.find(bytes.as_bytes()), expected, "{text} in {bytes}");
        }
        assert!(Folded::new("").is_none());
        assert!(Folded::new("é").is_none());
        assert!(Folded::new(&"a".repeat(LONGEST + 1)).is_none());
    }
}
