//! Which words of a changed text are others.

use std::ops::Range;

use similar::utils::diff_unicode_words;
use similar::{Algorithm, ChangeTag};

/// Longer texts are shown whole: nobody reads their words one by one.
const LONGEST: usize = 2048;

/// How many bytes of text are looked at in all, so that a body of changed lines takes no longer than a moment.
const BUDGET: usize = 1 << 20;

/// Finds the words, and keeps account of what that cost.
#[derive(Debug)]
pub struct Marker {
    left: usize,
}

impl Default for Marker {
    fn default() -> Marker {
        Marker { left: BUDGET }
    }
}

/// Bytes of the left text that are not on the right, and the other way round.
pub type Marks = (Vec<Range<usize>>, Vec<Range<usize>>);

impl Marker {
    /// The words that only one of two texts has. None are marked where most are others: then all of it is.
    pub fn marks(&mut self, left: &str, right: &str) -> Marks {
        let size = left.len() + right.len();
        if left.len().max(right.len()) > LONGEST || size > self.left {
            return Marks::default();
        }
        self.left -= size;
        let (mut marks, mut same, mut at) = (Marks::default(), 0, (0, 0));
        for (tag, word) in diff_unicode_words(Algorithm::Myers, left, right) {
            let len = word.len();
            if tag != ChangeTag::Insert {
                at.0 += len;
            }
            if tag != ChangeTag::Delete {
                at.1 += len;
            }
            match tag {
                ChangeTag::Equal => same += len,
                ChangeTag::Delete => push(&mut marks.0, at.0 - len..at.0),
                ChangeTag::Insert => push(&mut marks.1, at.1 - len..at.1),
            }
        }
        if same * 4 < left.len().max(right.len()) {
            return Marks::default();
        }
        marks
    }
}

fn push(marks: &mut Vec<Range<usize>>, next: Range<usize>) {
    match marks.last_mut() {
        Some(last) if last.end == next.start => last.end = next.end,
        _ => marks.push(next),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::Marker;

    #[test]
    fn the_words_that_changed_are_marked() {
        for (left, right, expected) in [
            ("a red house", "a green house", ["red", "green"]),
            ("same", "same", ["", ""]),
            ("ready", "ready now", ["", " now"]),
            // Nothing in common: all of it is another.
            ("abc", "xyz", ["", ""]),
        ] {
            let marks = Marker::default().marks(left, right);
            let words = |text: &str, marks: &[std::ops::Range<usize>]| -> String {
                marks.iter().map(|mark| &text[mark.clone()]).collect()
            };
            let found = [words(left, &marks.0), words(right, &marks.1)];
            assert_eq!(found, expected, "{left} {right}");
        }
        let long = "word ".repeat(1000);
        assert!(Marker::default().marks(&long, "word").0.is_empty());
    }

    proptest! {
        #[test]
        fn what_is_not_marked_is_the_same_on_both_sides(left in any::<String>(), right in any::<String>()) {
            let (of_left, of_right) = Marker::default().marks(&left, &right);
            let rest = |text: &str, marks: &[std::ops::Range<usize>]| {
                let marked = |at: usize| marks.iter().any(|mark| mark.contains(&at));
                for mark in marks {
                    assert!(text.get(mark.clone()).is_some_and(|word| !word.is_empty()));
                }
                text.bytes().enumerate().filter(|(at, _)| !marked(*at)).map(|(_, byte)| byte).collect::<Vec<u8>>()
            };
            if !of_left.is_empty() || !of_right.is_empty() {
                prop_assert_eq!(rest(&left, &of_left), rest(&right, &of_right));
            }
            prop_assert!(Marker::default().marks(&left, &left).0.is_empty());
        }
    }
}
