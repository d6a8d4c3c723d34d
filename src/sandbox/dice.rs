//! The sandbox's dice: a small seeded generator (splitmix64) from which every id is drawn.
//!
//! No clock and no entropy enter here: the same seed and the same sequence of requests give the same ids, so a test may
//! name an id it has never seen. Not for secrets: whoever sees one draw can compute the next.

use serde::{Deserialize, Serialize};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Characters of one draw: 62^8 is below 2^48, so eight characters never need more than one 64-bit draw.
const PER_DRAW: usize = 8;

/// A position in the seeded sequence; it is kept in the state file, so that a later process draws on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// The beginning of the sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits (splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
    pub fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `0..bound`; a bound of 0 gives 0. The bias is below one in four billion for 32-bit bounds.
    pub fn below(&mut self, bound: u32) -> u32 {
        let scaled = (u64::from(bound) * (self.draw() >> 32)) >> 32;
        u32::try_from(scaled).unwrap_or(0)
    }

    /// An id as the API writes them: `pay_` and 16 letters or digits.
    pub fn id(&mut self, prefix: &str) -> String {
        let mut id = format!("{prefix}_");
        for _ in 0..2 {
            let mut bits = self.draw();
            for _ in 0..PER_DRAW {
                let index = usize::try_from(bits % 62).unwrap_or(0);
                id.push(char::from(ALPHABET[index]));
                bits /= 62;
            }
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Dice;

    #[test]
    fn the_sequence_is_that_of_splitmix64() {
        // The published reference output for the seed 1234567.
        let mut dice = Dice::new(1_234_567);
        let drawn: Vec<u64> = (0..3).map(|_| dice.draw()).collect();
        assert_eq!(
            drawn,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_ids_and_no_id_twice() {
        let ids = |seed| {
            let mut dice = Dice::new(seed);
            (0..1000).map(|_| dice.id("pay")).collect::<Vec<_>>()
        };
        assert_eq!(ids(7), ids(7));
        assert_ne!(ids(7), ids(8));
        assert_eq!(ids(7).into_iter().collect::<BTreeSet<_>>().len(), 1000);
        assert!(
            ids(7)
                .iter()
                .all(|id| id.len() == 20 && id.starts_with("pay_"))
        );
    }

    #[test]
    fn below_stays_below() {
        let mut dice = Dice::new(1);
        assert!((0..1000).all(|_| dice.below(6) < 6));
        assert_eq!(dice.below(0), 0);
    }
}
