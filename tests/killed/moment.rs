//! Random moments that a seed brings back.

use std::time::Duration;

/// Numbers that look random (SplitMix64).
pub struct Moments(u64);

impl Moments {
    /// From the seed of `REQSCOPE_SEED`, else from the clock; says which.
    pub fn start() -> Moments {
        let given = std::env::var("REQSCOPE_SEED").ok();
        let given = given.and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            now.expect("after 1970").as_micros() as u64
        });
        println!("REQSCOPE_SEED={seed}");
        Moments(seed)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// Waits for less than `end`.
    pub fn wait(&mut self, end: Duration) {
        let micros = end.as_micros() as u64;
        std::thread::sleep(Duration::from_micros(self.below(micros)));
    }
}
