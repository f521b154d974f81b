//! What the machine can do on W1 when nothing has to be kept or replayed: see `w1 --limit`.
//!
//! Eight generators side by side, normals in pairs by Box and Muller, short polynomials good to some 1e-13, products of
//! lognormals folded into one, one pass over blocks that stay in the nearest cache. Every loop is compiled for AVX2 or
//! AVX-512 where there is one.

use crate::THREADS;
use crate::w1::{Shape, W1};

const BLOCK: usize = 1024;
const LANES: usize = 8;

/// Returns the total of every draw.
pub fn run(w1: &W1, draws: usize, seed: u64) -> Vec<f64> {
    let mut total = vec![0.0; draws];
    let share = draws.div_ceil(BLOCK).div_ceil(THREADS).max(1) * BLOCK;
    std::thread::scope(|scope| {
        for (thread, part) in total.chunks_mut(share).enumerate() {
            scope.spawn(move || {
                let mut block = Block::new();
                for (number, out) in part.chunks_mut(BLOCK).enumerate() {
                    let first = thread * share / BLOCK + number;
                    block.draw(w1, seed ^ (first as u64) << 32, out);
                }
            });
        }
    });
    total
}

/// Replaces every number by a function of it.
fn map(values: &mut [f64; BLOCK], of: impl Fn(f64) -> f64 + Copy) {
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || values.iter_mut().for_each(|value| *value = of(*value)),
    );
}

/// xoshiro256++ in lanes (Blackman and Vigna, public domain).
struct Bits([[u64; LANES]; 4]);

impl Bits {
    fn new(seed: u64) -> Self {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        Self(std::array::from_fn(|_| std::array::from_fn(|_| next())))
    }

    /// Uniform numbers in 0..1.
    fn fill(&mut self, out: &mut [f64; BLOCK]) {
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || self.fill_wide(out),
        );
    }

    #[inline(always)]
    fn fill_wide(&mut self, out: &mut [f64; BLOCK]) {
        let [mut a, mut b, mut c, mut d] = self.0;
        for eight in out.as_chunks_mut::<LANES>().0 {
            for i in 0..LANES {
                let bits = a[i].wrapping_add(d[i]).rotate_left(23).wrapping_add(a[i]);
                eight[i] = f64::from_bits((bits >> 12) | 0x3ff0_0000_0000_0000) - 1.0;
                let shifted = b[i] << 17;
                c[i] ^= a[i];
                d[i] ^= b[i];
                b[i] ^= c[i];
                a[i] ^= d[i];
                c[i] ^= shifted;
                d[i] = d[i].rotate_left(45);
            }
        }
        self.0 = [a, b, c, d];
    }
}

struct Block {
    radius: [f64; BLOCK],
    angle: [f64; BLOCK],
    spare: [f64; BLOCK],
    has_spare: bool,
    value: [f64; BLOCK],
    factor: [f64; BLOCK],
    /// `by_gas[gas][draw]`
    by_gas: Vec<[f64; BLOCK]>,
}

impl Block {
    fn new() -> Self {
        let column = [0.0; BLOCK];
        Self {
            radius: column,
            angle: column,
            spare: column,
            has_spare: false,
            value: column,
            factor: column,
            by_gas: Vec::new(),
        }
    }

    fn draw(&mut self, w1: &W1, seed: u64, out: &mut [f64]) {
        let mut bits = Bits::new(seed);
        self.has_spare = false;
        self.by_gas.clear();
        self.by_gas.resize(w1.gwp.len(), [0.0; BLOCK]);
        for item in &w1.items {
            let mut value = [0.0; BLOCK];
            let activity = match (item.activity, item.factor) {
                (Shape::Lognormal { mu, sigma }, Shape::Lognormal { mu: m, sigma: s }) => {
                    Shape::Lognormal { mu: mu + m, sigma: (sigma * sigma + s * s).sqrt() }
                }
                (activity, _) => activity,
            };
            self.sample(&mut bits, activity);
            value.copy_from_slice(&self.factor);
            if !matches!(item.factor, Shape::Lognormal { .. }) {
                self.sample(&mut bits, item.factor);
                value.iter_mut().zip(&self.factor).for_each(|(value, factor)| *value *= factor);
            }
            self.by_gas[item.gas].iter_mut().zip(&value).for_each(|(sum, value)| *sum += value);
        }
        self.value = [0.0; BLOCK];
        for (gas, (_, shape)) in w1.gwp.iter().enumerate() {
            self.sample(&mut bits, *shape);
            for i in 0..BLOCK {
                self.value[i] += self.by_gas[gas][i] * self.factor[i];
            }
        }
        out.copy_from_slice(&self.value[..out.len()]);
    }

    /// Draws a column into `factor`.
    fn sample(&mut self, bits: &mut Bits, shape: Shape) {
        match shape {
            Shape::Constant(value) => self.factor = [value; BLOCK],
            Shape::Normal { mean, sd } => {
                self.normals(bits);
                map(
                    &mut self.factor,
                    #[inline(always)]
                    move |z| mean + sd * z,
                );
            }
            Shape::Lognormal { mu, sigma } => {
                self.normals(bits);
                map(
                    &mut self.factor,
                    #[inline(always)]
                    move |z| exp(mu + sigma * z),
                );
            }
            Shape::Triangular { low, mode, high } => {
                bits.fill(&mut self.factor);
                let below = (mode - low) / (high - low);
                let (rise, fall) = ((high - low) * (mode - low), (high - low) * (high - mode));
                map(
                    &mut self.factor,
                    #[inline(always)]
                    move |u| {
                        let rising = u < below;
                        let root = (if rising { rise * u } else { fall * (1.0 - u) }).sqrt();
                        if rising { low + root } else { high - root }
                    },
                );
            }
        }
    }

    fn normals(&mut self, bits: &mut Bits) {
        self.has_spare = !self.has_spare;
        if !self.has_spare {
            self.factor = self.spare;
            return;
        }
        bits.fill(&mut self.radius);
        bits.fill(&mut self.angle);
        map(
            &mut self.radius,
            #[inline(always)]
            |r| (-2.0 * ln(1.0 - r)).sqrt(),
        );
        let Self { radius, angle, spare, factor, .. } = self;
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                for i in 0..BLOCK {
                    let (sine, cosine) = circle(angle[i]);
                    factor[i] = radius[i] * sine;
                    spare[i] = radius[i] * cosine;
                }
            },
        );
    }
}

const ROUND: f64 = 6_755_399_441_055_744.0;

/// ln of 0..1, by the series of artanh.
#[inline(always)]
fn ln(x: f64) -> f64 {
    let shifted = x.to_bits().wrapping_sub(0x3fe6_a09e_667f_3bcd);
    let k = f64::from_bits((shifted.wrapping_add(1024 << 52) >> 52) | 0x4330_0000_0000_0000)
        - (4_503_599_627_370_496.0 + 1024.0);
    let f = f64::from_bits((shifted & 0x000f_ffff_ffff_ffff).wrapping_add(0x3fe6_a09e_667f_3bcd)) - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let y = z * z;
    let even = 1.0 / 3.0 + y * (1.0 / 7.0 + y * (1.0 / 11.0 + y / 15.0));
    let odd = 1.0 / 5.0 + y * (1.0 / 9.0 + y * (1.0 / 13.0));
    k * std::f64::consts::LN_2 + 2.0 * (s + s * z * (even + z * odd))
}

#[inline(always)]
fn exp(x: f64) -> f64 {
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let r = x - (shifted - ROUND) * std::f64::consts::LN_2;
    let y = r * r;
    let even = 0.5 + y * (1.0 / 24.0 + y * (1.0 / 720.0 + y * (1.0 / 40320.0 + y / 3_628_800.0)));
    let odd = 1.0 / 6.0 + y * (1.0 / 120.0 + y * (1.0 / 5040.0 + y / 362_880.0));
    let value = 1.0 + (r + y * (even + r * odd));
    f64::from_bits(value.to_bits().wrapping_add(shifted.to_bits() << 52))
}

/// Sine and cosine of a whole turn times `u`.
#[inline(always)]
fn circle(u: f64) -> (f64, f64) {
    let shifted = u * 4.0 + ROUND;
    let t = (u - (shifted - ROUND) * 0.25) * std::f64::consts::TAU;
    let z = t * t;
    let sine = t
        * (1.0
            - z * (1.0 / 6.0
                - z * (1.0 / 120.0 - z * (1.0 / 5040.0 - z * (1.0 / 362_880.0 - z / 39_916_800.0)))));
    let cosine = 1.0
        - z * (0.5
            - z * (1.0 / 24.0
                - z * (1.0 / 720.0 - z * (1.0 / 40320.0 - z * (1.0 / 3_628_800.0 - z / 479_001_600.0)))));
    // Quarter turns swap the two and flip their signs.
    let quarter = shifted.to_bits();
    let swap = 0u64.wrapping_sub(quarter & 1);
    let (s, c) = (sine.to_bits(), cosine.to_bits());
    let (first, second) = ((s & !swap) | (c & swap), (c & !swap) | (s & swap));
    (
        f64::from_bits(first ^ (quarter & 2) << 62),
        f64::from_bits(second ^ (quarter.wrapping_add(1) & 2) << 62),
    )
}
