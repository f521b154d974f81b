//! Functions written once, for one number and for several side by side.
//!
//! Each step of a series waits for the one before it, several cycles long, and what the processor can look ahead ends before
//! the next number's series. So a loop takes [`Lanes`] of numbers whose steps stand next to each other: the same
//! operations on each number, hence the same bits, in half of the time.

use std::ops::{Add, Div, Mul, Sub};

/// A number or several; every operation is that of `f64`, on each.
pub(crate) trait Real:
    Copy
    + Add<Output = Self>
    + Add<f64, Output = Self>
    + Sub<Output = Self>
    + Sub<f64, Output = Self>
    + Mul<Output = Self>
    + Mul<f64, Output = Self>
    + Div<Output = Self>
{
    /// The function of each number.
    fn map(self, of: impl Fn(f64) -> f64) -> Self;
    /// The function of each pair of numbers.
    fn zip(self, other: Self, of: impl Fn(f64, f64) -> f64) -> Self;
}

impl Real for f64 {
    #[inline(always)]
    fn map(self, of: impl Fn(f64) -> f64) -> Self {
        of(self)
    }

    #[inline(always)]
    fn zip(self, other: Self, of: impl Fn(f64, f64) -> f64) -> Self {
        of(self, other)
    }
}

/// Four numbers side by side, named and not in an array, whose loops the compiler would pull apart.
#[derive(Clone, Copy)]
pub(crate) struct Lanes(f64, f64, f64, f64);

impl Real for Lanes {
    #[inline(always)]
    fn map(self, of: impl Fn(f64) -> f64) -> Self {
        Self(of(self.0), of(self.1), of(self.2), of(self.3))
    }

    #[inline(always)]
    fn zip(self, other: Self, of: impl Fn(f64, f64) -> f64) -> Self {
        Self(of(self.0, other.0), of(self.1, other.1), of(self.2, other.2), of(self.3, other.3))
    }
}

macro_rules! operators {
    ($($operator:ident $function:ident),*) => {$(
        impl $operator for Lanes {
            type Output = Self;

            #[inline(always)]
            fn $function(self, other: Self) -> Self {
                self.zip(other, f64::$function)
            }
        }

        impl $operator<f64> for Lanes {
            type Output = Self;

            #[inline(always)]
            fn $function(self, other: f64) -> Self {
                self.map(
                    #[inline(always)]
                    |x| x.$function(other),
                )
            }
        }
    )*};
}

operators!(Add add, Sub sub, Mul mul, Div div);

/// Returns `c[0] + c[1] x + c[2] x^2 + ...`, even and odd powers apart (Horner's rule for each).
#[inline(always)]
pub(super) fn horner<R: Real, const M: usize>(c: &[f64; M], x: R) -> R {
    let square = x * x;
    let mut near = square * c[M - 1] + c[M - 3];
    let mut other = square * c[M - 2] + c[M - 4];
    for i in 2..M / 2 {
        near = near * square + c[M - 1 - 2 * i];
        other = other * square + c[M - 2 - 2 * i];
    }
    if M.is_multiple_of(2) { near * x + other } else { (near * square + c[0]) + other * x }
}

/// A function for slices of numbers.
///
/// `usual` has no branch and is taken of every number; where that is wrong, a number `is_rare` and `unusual` is taken.
pub(crate) trait Kernel: Copy {
    /// What `usual` needs besides the number; a loop of its own, so that its steps and those of `usual` are looked ahead at.
    #[inline(always)]
    fn before<R: Real>(self, x: R) -> R {
        x
    }
    /// Right wherever a number is not rare; `before` is [`before`](Self::before) of it.
    fn usual<R: Real>(self, x: R, before: R) -> R;
    /// Whether `unusual` is to be taken.
    #[inline(always)]
    fn is_rare(self, _: f64) -> bool {
        false
    }
    /// Right for rare numbers.
    fn unusual(self, x: f64) -> f64 {
        self.usual(x, self.before(x))
    }

    /// The function of one number.
    #[inline(always)]
    fn at(self, x: f64) -> f64 {
        if self.is_rare(x) { self.unusual(x) } else { self.usual(x, self.before(x)) }
    }

    /// Replaces every number by the function of it, with the same bits.
    #[inline(always)]
    fn replace(self, values: &mut [f64]) {
        super::wide(
            #[inline(always)]
            || {
                let (chunks, rest) = values.as_chunks_mut::<CHUNK>();
                for chunk in chunks {
                    self.replace_chunk(chunk, CHUNK);
                }
                if !rest.is_empty() {
                    let mut chunk = [0.0; CHUNK];
                    chunk[..rest.len()].copy_from_slice(rest);
                    self.replace_chunk(&mut chunk, rest.len());
                    rest.copy_from_slice(&chunk[..rest.len()]);
                }
            },
        );
    }

    /// Replaces a chunk of which the first `used` numbers count.
    #[inline(always)]
    fn replace_chunk(self, chunk: &mut [f64; CHUNK], used: usize) {
        let inputs = *chunk;
        let at = |lane: usize, i: usize| lane * QUARTER + i;
        for i in 0..QUARTER {
            let lanes = Lanes(inputs[at(0, i)], inputs[at(1, i)], inputs[at(2, i)], inputs[at(3, i)]);
            let Lanes(a, b, c, d) = self.before(lanes);
            (chunk[at(0, i)], chunk[at(1, i)], chunk[at(2, i)], chunk[at(3, i)]) = (a, b, c, d);
        }
        for i in 0..QUARTER {
            let lanes = Lanes(inputs[at(0, i)], inputs[at(1, i)], inputs[at(2, i)], inputs[at(3, i)]);
            let before = Lanes(chunk[at(0, i)], chunk[at(1, i)], chunk[at(2, i)], chunk[at(3, i)]);
            let Lanes(a, b, c, d) = self.usual(lanes, before);
            (chunk[at(0, i)], chunk[at(1, i)], chunk[at(2, i)], chunk[at(3, i)]) = (a, b, c, d);
        }
        for (values, inputs) in chunk[..used].chunks_mut(GROUP).zip(inputs.as_chunks::<GROUP>().0) {
            if inputs.iter().fold(false, |any, &x| any | self.is_rare(x)) {
                for (value, &x) in values.iter_mut().zip(inputs) {
                    if self.is_rare(x) {
                        *value = self.unusual(x);
                    }
                }
            }
        }
    }
}

/// Numbers that a loop works on before the next one.
const CHUNK: usize = 128;
/// Numbers that are looked at together for rare ones.
const GROUP: usize = 16;
const QUARTER: usize = CHUNK / 4;
