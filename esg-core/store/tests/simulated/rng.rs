//! SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014): a seed gives a whole run.

#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`; its bias is below 2^-50 for the small numbers of a test.
    pub const fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// True once in `of` times.
    pub const fn once_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }
}

#[test]
fn the_first_numbers_are_those_of_the_published_generator() {
    // Seed 1234567: Rosetta Code, "Pseudo-random numbers/Splitmix64", which prints the reference implementation's output.
    let mut rng = Rng::new(1_234_567);
    let numbers = [rng.next(), rng.next(), rng.next()];
    assert_eq!(numbers, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
}
