//! A hash for numbers that are to look random and be the same on every machine.

/// One step of the generator SplitMix64 from a state, which is also a hash that spreads the state evenly
/// over 64 bits (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014,
/// figure 17). No two states have one value.
pub const fn splitmix64(state: u64) -> u64 {
    let mut bits = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_are_the_published_ones() {
        // Seed 0: each step adds the same constant to the state.
        let state = |step: u64| step.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let numbers: Vec<u64> = (0..3).map(|step| splitmix64(state(step))).collect();
        assert_eq!(numbers, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]);
    }
}
