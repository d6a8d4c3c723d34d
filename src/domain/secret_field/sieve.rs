//! What tells at a glance that a name of ASCII is none of some: a bit for each, by its hash (a Bloom filter of one hash).
//!
//! A body has a name for every few bytes, and nearly all of them are in no pattern: to spell each of them as `normal`
//! does, and to look it up, would be most of the work of a download.

use crate::domain::secret_field::is_passed_over;

/// Words of bits: of a few hundred names, one other in a hundred is let through in vain.
const WORDS: usize = 256;

/// Names, or rather what they leave of themselves.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sieve(Box<[u64; WORDS]>);

impl Default for Sieve {
    /// Of no names.
    fn default() -> Sieve {
        Sieve(Box::new([0; WORDS]))
    }
}

impl Sieve {
    /// Adds a name in its normal spelling.
    pub(super) fn add(&mut self, normal: &[u8]) {
        let (word, bit) = place(normal);
        self.0[word] |= bit;
    }

    /// Whether a name of ASCII, in whatever spelling, may be one of these; not: surely not.
    #[inline]
    pub(super) fn may_hold(&self, name: &[u8]) -> bool {
        let (word, bit) = place(name);
        self.0[word] & bit != 0
    }
}

/// By FNV-1a over what counts, all of it lower case.
#[inline]
fn place(name: &[u8]) -> (usize, u64) {
    let kept = name.iter().filter(|byte| !is_passed_over(**byte));
    let hash = kept.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    });
    // The upper bits depend on all bytes.
    let bits = (hash >> 32) as usize;
    (bits / 64 % WORDS, 1 << (bits % 64))
}

#[cfg(test)]
mod tests {
    use crate::domain::secret_field::builtin::NAMES;
    use crate::domain::secret_field::normal;
    use crate::domain::secret_field::sieve::Sieve;

    #[test]
    fn it_holds_back_what_it_was_not_given() {
        let mut sieve = Sieve::default();
        assert!(!sieve.may_hold(b"pin") && !sieve.may_hold(b""));
        for name in NAMES {
            sieve.add(normal(name).as_bytes());
        }
        for name in NAMES {
            assert!(sieve.may_hold(name.as_bytes()), "{name}");
            let loud = format!("-{}_ ", name.to_ascii_uppercase());
            assert!(sieve.may_hold(loud.as_bytes()), "{loud}");
        }
        let strange = (0..1000).map(|number| format!("column{number}"));
        let passed = strange.filter(|name| sieve.may_hold(name.as_bytes()));
        assert!(passed.count() < 60);
    }
}
