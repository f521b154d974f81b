//! Numbers as unevaluated sums of two floats, some 32 digits: the reference for the normal distribution.
//!
//! The products use a fused multiply-add, whose result IEEE 754 fixes; only tests do.

#[derive(Clone, Copy, Debug)]
pub struct Pair(f64, f64);

impl From<f64> for Pair {
    fn from(x: f64) -> Self {
        Self(x, 0.0)
    }
}

fn two_sum(a: f64, b: f64) -> Pair {
    let sum = a + b;
    let other = sum - a;
    Pair(sum, (a - (sum - other)) + (b - other))
}

impl Pair {
    pub fn to_f64(self) -> f64 {
        self.0 + self.1
    }

    pub fn plus(self, other: Self) -> Self {
        let Pair(high, low) = two_sum(self.0, other.0);
        let Pair(low, rest) = two_sum(low, self.1);
        let Pair(low, more) = two_sum(low, other.1);
        let Pair(high, low) = two_sum(high, low);
        two_sum(high, low + (rest + more))
    }

    pub fn negative(self) -> Self {
        Self(-self.0, -self.1)
    }

    pub fn minus(self, other: Self) -> Self {
        self.plus(other.negative())
    }

    pub fn times(self, other: Self) -> Self {
        let high = self.0 * other.0;
        let low = self.0.mul_add(other.0, -high);
        two_sum(high, low + (self.0 * other.1 + self.1 * other.0))
    }

    pub fn over(self, other: Self) -> Self {
        let first = self.0 / other.0;
        let rest = self.minus(other.times(first.into()));
        let second = rest.0 / other.0;
        let rest = rest.minus(other.times(second.into()));
        two_sum(first, second).plus((rest.0 / other.0).into())
    }
}

/// ln 2 with 32 digits.
const LN2: Pair = Pair(std::f64::consts::LN_2, 2.319_046_813_846_299_6e-17);
/// 1 / sqrt(2 pi), likewise.
const DENSITY_AT_0: Pair = Pair(0.398_942_280_401_432_7, -2.492_327_202_277_73e-17);

/// e^x for x from -700 to 0.
fn exp(x: Pair) -> Pair {
    let k = (x.0 / LN2.0).round();
    // Five halvings: |r| < 0.011, so r^15 / 15! is below 1e-41.
    let r = x.minus(LN2.times(k.into())).times((1.0 / 32.0).into());
    let mut sum = Pair::from(1.0);
    for n in (1..=15).rev() {
        sum = sum.times(r).over(f64::from(n).into()).plus(1.0.into());
    }
    for _ in 0..5 {
        sum = sum.times(sum);
    }
    let power = 2f64.powi(k as i32);
    Pair(sum.0 * power, sum.1 * power)
}

/// The density of the standard normal.
pub fn density(x: f64) -> f64 {
    density_pair(x).to_f64()
}

fn density_pair(x: f64) -> Pair {
    exp(Pair::from(x).times(x.into()).times((-0.5).into())).times(DENSITY_AT_0)
}

/// The probability that a standard normal stays below `x`.
///
/// Near the middle `1/2 + density (x + x^3/3 + x^5/15 + ...)`, whose terms have one sign; further out the continued fraction
/// of the tail, `density / (x + 1/(x + 2/(x + ...)))`.
pub fn lower_tail(x: f64) -> Pair {
    if x.abs() <= 5.0 {
        let square = Pair::from(x).times(x.into());
        let (mut term, mut sum) = (Pair::from(x), Pair::from(x));
        let mut n = 1.0;
        while term.0.abs() > 1e-36 * sum.0.abs() && n < 400.0 {
            n += 2.0;
            term = term.times(square).over(n.into());
            sum = sum.plus(term);
        }
        return sum.times(density_pair(x)).plus(0.5.into());
    }
    let size = Pair::from(x.abs());
    let mut fraction = size;
    for k in (1..=140).rev() {
        fraction = Pair::from(f64::from(k)).over(fraction).plus(size);
    }
    let tail = density_pair(x).over(fraction);
    if x < 0.0 { tail } else { Pair::from(1.0).minus(tail) }
}
