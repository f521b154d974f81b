//! The least value of a function without derivatives, by the same steps every time.
//!
//! Nelder and Mead's simplex with the coefficients that Gao and Han adapt to the number of unknowns. It ends after a
//! fixed number of evaluations or when the simplex is flat; nothing depends on a clock, a thread or a random start.
//!
//! # Source
//! Nelder and Mead, Computer Journal 7 (1965); Gao and Han, Computational Optimization and Applications 51 (2012).

/// Where the least value was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    /// The place.
    pub at: Vec<f64>,
    /// The value there.
    pub value: f64,
}

/// A simplex is flat when its values differ by less than this share of their size.
const FLAT: f64 = 1e-10;

/// Returns the least value found from a start with a first step in each direction, within `evaluations`.
///
/// Where the function is infinite or NaN is no place to go.
pub fn minimise(
    mut f: impl FnMut(&[f64]) -> f64,
    start: &[f64],
    steps: &[f64],
    evaluations: usize,
) -> Minimum {
    let n = start.len();
    let mut value = |at: &[f64]| {
        let value = f(at);
        if value.is_nan() { f64::INFINITY } else { value }
    };
    let mut corners = vec![Minimum { at: start.to_vec(), value: value(start) }];
    for (i, step) in steps.iter().enumerate() {
        let mut at = start.to_vec();
        at[i] += step;
        corners.push(Minimum { value: value(&at), at });
    }
    let size = n as f64;
    let (expand, contract, shrink) =
        if n < 2 { (2.0, 0.5, 0.5) } else { (1.0 + 2.0 / size, 0.75 - 0.5 / size, 1.0 - 1.0 / size) };
    let mut used = n + 1;
    while used < evaluations {
        // A stable sort: equal values keep their order.
        corners.sort_by(|a, b| a.value.total_cmp(&b.value));
        let (best, worst) = (corners[0].value, corners[n].value);
        if worst - best <= FLAT * (best.abs() + FLAT) {
            break;
        }
        let mut centre = vec![0.0; n];
        for corner in &corners[..n] {
            for (c, x) in centre.iter_mut().zip(&corner.at) {
                *c += x / size;
            }
        }
        let mut towards = |share: f64| {
            let at: Vec<f64> = centre.iter().zip(&corners[n].at).map(|(c, w)| c + share * (c - w)).collect();
            used += 1;
            Minimum { value: value(&at), at }
        };
        let reflected = towards(1.0);
        let next = if reflected.value < best {
            let expanded = towards(expand);
            Some(if expanded.value < reflected.value { expanded } else { reflected })
        } else if reflected.value < corners[n - 1].value {
            Some(reflected)
        } else {
            let bound = reflected.value.min(worst);
            let contracted = towards(if reflected.value < worst { contract } else { -contract });
            (contracted.value <= bound && contracted.value < worst).then_some(contracted)
        };
        if let Some(next) = next {
            corners[n] = next;
            continue;
        }
        let (least, others) = corners.split_at_mut(1);
        for corner in others {
            for (x, b) in corner.at.iter_mut().zip(&least[0].at) {
                *x = b + shrink * (*x - b);
            }
            corner.value = value(&corner.at);
            used += 1;
        }
    }
    corners.sort_by(|a, b| a.value.total_cmp(&b.value));
    corners.swap_remove(0)
}

/// Returns the least value found by starting again from the last one until that gains nothing, at most `rounds` times.
pub fn minimise_again(
    mut f: impl FnMut(&[f64]) -> f64,
    start: &[f64],
    steps: &[f64],
    (evaluations, rounds): (usize, usize),
) -> Minimum {
    let mut found = minimise(&mut f, start, steps, evaluations);
    let mut steps = steps.to_vec();
    for _ in 1..rounds {
        // The other side and half the way: a simplex that has collapsed is spread out anew.
        for step in &mut steps {
            *step *= -0.5;
        }
        let next = minimise(&mut f, &found.at, &steps, evaluations);
        let gain = found.value - next.value;
        if next.value <= found.value {
            found = next;
        }
        // Infinity less infinity is no gain.
        if gain.is_nan() || gain <= 1e-7 * (found.value.abs() + 1e-7) {
            break;
        }
    }
    found
}

/// Folds a number into 0..=1 like a strip of paper, so that a bound needs no wall.
pub fn fold(x: f64) -> f64 {
    let rest = (x - 2.0 * (x * 0.5).floor()).abs();
    if rest > 1.0 { 2.0 - rest } else { rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_valley_of_rosenbrock_is_walked_to_its_end() {
        let valley = |x: &[f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            a * a + 100.0 * b * b
        };
        let found = minimise_again(valley, &[-1.2, 1.0], &[0.5, 0.5], (500, 10));
        assert!((found.at[0] - 1.0).abs() < 1e-4 && (found.at[1] - 1.0).abs() < 2e-4, "{found:?}");
        assert_eq!(found, minimise_again(valley, &[-1.2, 1.0], &[0.5, 0.5], (500, 10)));
    }

    #[test]
    fn a_forbidden_side_is_not_entered() {
        let half = |x: &[f64]| if x[0] < 2.0 { f64::NAN } else { x[0] };
        let found = minimise(half, &[5.0], &[1.0], 200);
        assert!((2.0..2.0001).contains(&found.value), "{found:?}");
        assert_eq!(minimise(|_| f64::INFINITY, &[1.0], &[1.0], 50).value, f64::INFINITY);
    }

    #[test]
    fn folding_keeps_0_to_1_and_turns_back_at_the_ends() {
        let folded: Vec<_> = [0.25, 1.0, 1.25, 2.0, 2.25, -0.25, -1.75].iter().map(|x| fold(*x)).collect();
        assert_eq!(folded, [0.25, 1.0, 0.75, 0.0, 0.25, 0.25, 0.25]);
    }
}
