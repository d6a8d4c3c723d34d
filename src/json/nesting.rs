//! Which containers are open: a bit each, packed where a hostile input opens millions.
//!
//! ```text
//!   packed: … | word | word |      window: two words of 64 levels, the innermost ones
//!   a word with few objects: their places, a byte each, and how many      (an array costs its sender one byte)
//!   a word with many:        its eight bytes, and RAW
//! ```
//!
//! A level costs at most an eighth of the bytes that open it, whatever mixture of brackets comes: 64 arrays pack into
//! one byte, and an object needs at least `{"":`, four bytes, before anything can stand in it.

/// A container of RFC 8259.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// `{}`
    Object,
    /// `[]`
    Array,
}

/// Levels in a word.
const WORD: usize = 64;

/// Says that the eight bytes before it are a word as it is.
const RAW: u8 = 0xff;

/// More objects in a word than this, and it is kept as it is.
const FEW: u32 = 7;

/// The open containers.
#[derive(Clone, Debug, Default)]
pub struct Nesting {
    depth: usize,
    /// How many levels are packed.
    below: usize,
    packed: Vec<u8>,
    /// The levels above them; a set bit is an object.
    window: u128,
}

impl Nesting {
    /// How many are open.
    #[inline]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Opens one.
    #[inline]
    pub fn push(&mut self, container: Container) {
        if self.depth - self.below == 2 * WORD {
            self.pack();
        }
        self.depth += 1;
        self.window = self.window << 1 | u128::from(container == Container::Object);
    }

    /// Closes the innermost; `false` when none is open.
    #[inline]
    pub fn pop(&mut self) -> bool {
        if self.depth == 0 {
            return false;
        }
        self.depth -= 1;
        self.window >>= 1;
        if self.depth == self.below && self.below > 0 {
            self.unpack();
        }
        true
    }

    /// Whether the innermost is an object.
    #[inline]
    pub fn is_object(&self) -> bool {
        self.window & 1 == 1
    }

    /// The innermost.
    #[inline]
    pub fn top(&self) -> Option<Container> {
        (self.depth > 0).then_some(if self.is_object() {
            Container::Object
        } else {
            Container::Array
        })
    }

    /// How many bytes of memory it holds beside itself.
    pub fn heap(&self) -> usize {
        self.packed.capacity()
    }

    #[cold]
    fn pack(&mut self) {
        let word = (self.window >> WORD) as u64;
        // Doubling would hold twice of what is needed.
        if self.packed.capacity() - self.packed.len() < WORD / 8 + 1 {
            self.packed.reserve_exact(self.packed.len() / 16 + WORD);
        }
        if word.count_ones() > FEW {
            self.packed.extend_from_slice(&word.to_le_bytes());
            self.packed.push(RAW);
        } else {
            let (mut left, mut count) = (word, 0);
            while left != 0 {
                // Below 64, and at most seven of them.
                self.packed.push(left.trailing_zeros() as u8);
                left &= left - 1;
                count += 1;
            }
            self.packed.push(count);
        }
        self.window &= u128::from(u64::MAX);
        self.below += WORD;
    }

    #[cold]
    fn unpack(&mut self) {
        let mut word = 0;
        match self.packed.pop() {
            Some(RAW) => {
                for _ in 0..8 {
                    word = word << 8 | u64::from(self.packed.pop().unwrap_or(0));
                }
            }
            Some(count) => {
                for _ in 0..count {
                    word |= 1 << self.packed.pop().unwrap_or(0);
                }
            }
            None => {}
        }
        self.window = u128::from(word);
        self.below -= WORD;
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use crate::json::nesting::{Container, Nesting};

    fn container(object: bool) -> Container {
        if object {
            Container::Object
        } else {
            Container::Array
        }
    }

    proptest! {
        /// Runs of pushes and pops, against a plain stack.
        #[test]
        fn it_is_a_stack(runs in vec((any::<bool>(), 0..300_usize, 1..9_usize), 0..40)) {
            let (mut nesting, mut plain) = (Nesting::default(), Vec::new());
            for (push, count, objects) in runs {
                for step in 0..count {
                    if push {
                        let next = container(step % objects == 0);
                        nesting.push(next);
                        plain.push(next);
                    } else {
                        prop_assert_eq!(nesting.pop(), plain.pop().is_some());
                    }
                    prop_assert_eq!(nesting.top(), plain.last().copied());
                    prop_assert_eq!(nesting.depth(), plain.len());
                }
            }
        }

        /// An array is one byte of input, an object four.
        #[test]
        fn a_level_costs_less_than_an_eighth_of_its_bytes(every in 1..80_usize, jitter in vec(0..3_usize, 1..10)) {
            let mut nesting = Nesting::default();
            let (mut bytes, mut next) = (0, 0);
            for level in 0..100_000 {
                let object = level == next;
                if object {
                    next += every + jitter[level % jitter.len()];
                }
                nesting.push(container(object));
                bytes += if object { 4 } else { 1 };
            }
            prop_assert!(nesting.heap() * 9 <= bytes, "{} of {}", nesting.heap(), bytes);
        }
    }
}
