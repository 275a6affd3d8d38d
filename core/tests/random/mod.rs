//! Random numbers that are the same on every run.

#![allow(dead_code, reason = "not every test uses all of it")]

/// SplitMix64 (Steele, Lea, Flood 2014): the same addresses on every run.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }

    pub fn pick(&mut self, from: &[char]) -> char {
        from[self.below(from.len())]
    }

    pub fn text(&mut self, from: &[char], length: usize) -> String {
        (0..length).map(|_| self.pick(from)).collect()
    }
}
