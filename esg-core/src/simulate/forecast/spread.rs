//! How far a value may lie from its forecast: the variance of an ETS model, step by step ahead.
//!
//! Exact formulas where there are any. The rest (trends by a factor; a factor season with additive errors) has none;
//! there each coming error in turn is set to plus and minus one standard deviation, and the squares of what that does to
//! the forecast are added up. That is exact for a linear model and a second order approximation else. The uncertainty of the
//! estimated parameters is in none of them.
//!
//! # Source
//! Hyndman, Koehler, Ord and Snyder (2008), chapter 6: class 1 section 6.2 with table 6.1, class 2 section 6.3, class 3 the
//! moments of section 6.4 with Gaussian errors, as a recursion of two by two matrices.

use super::ets::{Errors, Ets, Seasonality, Smoothing, State, Trend};

/// A forecast: `mean[step]` and `variance[step]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Values when no error comes any more.
    pub mean: Vec<f64>,
    /// Variances, in the square of the values' unit.
    pub variance: Vec<f64>,
}

/// How the variance of a model is had.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Variance {
    /// Linear with additive errors: exact.
    Class1,
    /// Linear with multiplicative errors: exact.
    Class2,
    /// Multiplicative season and errors: exact for Gaussian errors.
    Class3,
    /// By one error at a time: an approximation.
    OneAtATime,
}

impl Ets {
    /// Returns how the variance of its forecasts is had.
    pub fn variance(&self) -> Variance {
        match (self.errors, self.has_factor_trend(), self.seasonality) {
            (Errors::Additive, false, Seasonality::None | Seasonality::Additive) => Variance::Class1,
            (Errors::Multiplicative, false, Seasonality::None | Seasonality::Additive) => Variance::Class2,
            (Errors::Multiplicative, false, Seasonality::Multiplicative) => Variance::Class3,
            _ => Variance::OneAtATime,
        }
    }

    /// Returns mean and variance of the coming periods, `sigma2` being the variance of an error.
    ///
    /// Where errors are multiplicative the mean is the forecast without any, which differs from the expected value by
    /// less than `gamma sigma2` of it.
    pub fn project(&self, p: &Smoothing, state: &State, sigma2: f64, horizon: usize) -> Path {
        let mean = self.means(p, state, horizon, None);
        let variance = match self.variance() {
            Variance::Class1 => self.class1(p, state.seasonal.len(), sigma2, horizon),
            Variance::Class2 => self.class2(p, state.seasonal.len(), sigma2, &mean),
            Variance::Class3 => self.class3(p, state, sigma2, horizon),
            Variance::OneAtATime => self.one_at_a_time(p, state, sigma2, horizon),
        };
        Path { mean, variance }
    }

    /// The means, one error having come at a step.
    fn means(&self, p: &Smoothing, state: &State, horizon: usize, error: Option<(usize, f64)>) -> Vec<f64> {
        let (mut state, mut means) = (state.clone(), Vec::with_capacity(horizon));
        self.walk(p, &mut state, horizon, |at, mean| {
            means.push(mean);
            Some(match error {
                Some((step, e)) if step == at && self.errors == Errors::Additive => mean + e,
                Some((step, e)) if step == at => mean * (1.0 + e),
                _ => mean,
            })
        });
        means
    }

    /// What an error of 1 leaves in the value `steps` later: `alpha + beta (phi + ... + phi^steps) + gamma [season]`.
    fn weights(&self, p: &Smoothing, season: usize, horizon: usize) -> Vec<f64> {
        let (mut power, mut sum) = (1.0, 0.0);
        let weight = |steps: usize| {
            power *= if self.is_damped() { p.phi } else { 1.0 };
            sum += power;
            let trend = if self.trend == Trend::None { 0.0 } else { p.beta * sum };
            let again = self.is_seasonal() && season > 0 && steps.is_multiple_of(season);
            p.alpha + trend + if again { p.gamma } else { 0.0 }
        };
        (1..horizon).map(weight).collect()
    }

    fn class1(&self, p: &Smoothing, season: usize, sigma2: f64, horizon: usize) -> Vec<f64> {
        let mut sum = 1.0;
        let mut variances = vec![sigma2];
        for weight in self.weights(p, season, horizon) {
            sum += weight * weight;
            variances.push(sigma2 * sum);
        }
        variances
    }

    fn class2(&self, p: &Smoothing, season: usize, sigma2: f64, mean: &[f64]) -> Vec<f64> {
        let weights = self.weights(p, season, mean.len());
        let mut theta: Vec<f64> = Vec::with_capacity(mean.len());
        for (step, mu) in mean.iter().enumerate() {
            let past: f64 = (1..=step).map(|j| weights[j - 1] * weights[j - 1] * theta[step - j]).sum();
            theta.push(mu * mu + sigma2 * past);
        }
        theta.iter().zip(mean).map(|(theta, mu)| (1.0 + sigma2) * theta - mu * mu).collect()
    }

    /// Level and trend follow `x = (F + G e) x`, and the factor of the target's season is multiplied by `1 + gamma e`
    /// each time that its season comes; `w` is the product of those. First and second moments of `w x` are carried along.
    fn class3(&self, p: &Smoothing, state: &State, sigma2: f64, horizon: usize) -> Vec<f64> {
        let trend = self.has_trend();
        let phi = if self.is_damped() { p.phi } else { 1.0 };
        let q = if trend { phi } else { 0.0 };
        let f = [[1.0, q], [0.0, q]];
        let g = [[p.alpha, p.alpha * q], [p.beta, p.beta * q]];
        let start = [state.level, if trend { state.trend } else { 0.0 }];
        let season = state.seasonal.len();
        let gamma = p.gamma;
        (1..=horizon)
            .map(|h| {
                let mut m = start;
                let mut mm = outer(start, start);
                for t in 1..h {
                    // The season of step t is that of the target.
                    let mine = (h - t) % season == 0;
                    let (fm, gm) = (apply(f, m), apply(g, m));
                    let (ff, gg) = (sandwich(f, mm, f), sandwich(g, mm, g));
                    let cross = add(sandwich(f, mm, g), sandwich(g, mm, f), 1.0);
                    let c = if mine { gamma } else { 0.0 };
                    m = [fm[0] + c * sigma2 * gm[0], fm[1] + c * sigma2 * gm[1]];
                    // E (1 + c e)^2 (F + G e) M (F + G e)', with E e^2 = s and E e^4 = 3 s^2.
                    mm = add(
                        add(scale(ff, 1.0 + c * c * sigma2), cross, 2.0 * c * sigma2),
                        gg,
                        sigma2 + 3.0 * c * c * sigma2 * sigma2,
                    );
                }
                let factor = state.seasonal[(h - 1) % season];
                let first = m[0] + q * m[1];
                let second = mm[0][0] + q * (mm[0][1] + mm[1][0]) + q * q * mm[1][1];
                factor * factor * ((1.0 + sigma2) * second - first * first)
            })
            .collect()
    }

    fn one_at_a_time(&self, p: &Smoothing, state: &State, sigma2: f64, horizon: usize) -> Vec<f64> {
        let sigma = sigma2.sqrt();
        let mean = self.means(p, state, horizon, None);
        let additive = self.errors == Errors::Additive;
        let mut variance: Vec<f64> =
            mean.iter().map(|mu| if additive { sigma2 } else { sigma2 * mu * mu }).collect();
        for step in 0..horizon.saturating_sub(1) {
            let up = self.means(p, state, horizon, Some((step, sigma)));
            let down = self.means(p, state, horizon, Some((step, -sigma)));
            for later in step + 1..horizon {
                let half = (up[later] - down[later]) * 0.5;
                variance[later] += half * half;
            }
        }
        variance
    }
}

type Matrix = [[f64; 2]; 2];

fn outer(a: [f64; 2], b: [f64; 2]) -> Matrix {
    [[a[0] * b[0], a[0] * b[1]], [a[1] * b[0], a[1] * b[1]]]
}

fn apply(a: Matrix, x: [f64; 2]) -> [f64; 2] {
    [a[0][0] * x[0] + a[0][1] * x[1], a[1][0] * x[0] + a[1][1] * x[1]]
}

fn scale(a: Matrix, by: f64) -> Matrix {
    a.map(|row| row.map(|x| x * by))
}

fn add(a: Matrix, b: Matrix, times: f64) -> Matrix {
    [0, 1].map(|i| [0, 1].map(|j| a[i][j] + times * b[i][j]))
}

/// `A M B'`.
fn sandwich(a: Matrix, m: Matrix, b: Matrix) -> Matrix {
    let am = [0, 1].map(|i| [0, 1].map(|j| a[i][0] * m[0][j] + a[i][1] * m[1][j]));
    [0, 1].map(|i| [0, 1].map(|j| am[i][0] * b[j][0] + am[i][1] * b[j][1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(season: &[f64]) -> State {
        State { level: 100.0, trend: 2.0, seasonal: season.to_vec() }
    }

    const P: Smoothing = Smoothing { alpha: 0.4, beta: 0.1, gamma: 0.2, phi: 0.9 };

    #[track_caller]
    fn near(got: &[f64], want: &[f64], rel: f64) {
        for (g, w) in got.iter().zip(want) {
            assert!((g - w).abs() <= rel * w.abs(), "got {got:?}\nwant {want:?}");
        }
    }

    #[test]
    fn one_error_at_a_time_is_exact_for_every_linear_model() {
        for name in ["ANN", "AAN", "AAdN", "ANA", "AAA", "AAdA"] {
            let model: Ets = name.parse().unwrap();
            let p = if model.is_damped() { P } else { Smoothing { phi: 1.0, ..P } };
            let s = state(if model.is_seasonal() { &[5.0, -3.0, -2.0] } else { &[] });
            near(&model.one_at_a_time(&p, &s, 9.0, 8), &model.project(&p, &s, 9.0, 8).variance, 1e-12);
        }
    }

    #[test]
    fn simple_smoothing_has_the_variance_of_the_book() {
        // Table 6.1: sigma^2 (1 + (h - 1) alpha^2).
        let got = "ANN".parse::<Ets>().unwrap().project(&P, &state(&[]), 9.0, 4).variance;
        near(&got, &[9.0, 9.0 * 1.16, 9.0 * 1.32, 9.0 * 1.48], 1e-15);
    }

    #[test]
    fn multiplicative_errors_of_simple_smoothing_have_their_closed_form() {
        // theta_h = l^2 (1 + alpha^2 sigma^2)^(h - 1), v = (1 + sigma^2) theta - l^2.
        let got = "MNN".parse::<Ets>().unwrap().project(&P, &state(&[]), 0.01, 3).variance;
        let grow: f64 = 1.0 + 0.16 * 0.01;
        let want = [1.0, grow, grow * grow].map(|g| 1e4 * (1.01 * g - 1.0));
        near(&got, &want, 1e-12);
    }

    #[test]
    fn a_season_of_ones_that_is_not_learnt_is_no_season() {
        let p = Smoothing { gamma: 0.0, ..P };
        for (with, without) in [("MNM", "MNN"), ("MAdM", "MAdN")] {
            let with: Ets = with.parse().unwrap();
            let without: Ets = without.parse().unwrap();
            let (a, b) =
                (with.project(&p, &state(&[1.0; 3]), 0.01, 9), without.project(&p, &state(&[]), 0.01, 9));
            near(&a.variance, &b.variance, 1e-12);
            assert_eq!(a.mean, b.mean);
        }
    }

    #[test]
    fn a_learnt_season_alone_has_its_closed_form() {
        // alpha = 0: y = l s (1 + gamma e1)(1 + e2) one season ahead; its mean is l s, as e1 and e2 are independent:
        // variance = l^2 s^2 ((1 + gamma^2 sigma^2)(1 + sigma^2) - 1).
        let p = Smoothing { alpha: 0.0, beta: 0.0, ..P };
        let got = "MNM".parse::<Ets>().unwrap().project(&p, &state(&[1.2, 0.8]), 0.04, 3).variance;
        let want = 1e4 * 1.44 * ((1.0 + 0.04 * 0.04) * 1.04 - 1.0);
        near(&[got[2]], &[want], 1e-12);
    }
}
