//! Correlated variables by a Gaussian copula: each keeps its own law, and how they move together is that of normals.
//!
//! The matrix is the correlation of the underlying normals. Between two lognormals it is the correlation of their logarithms.
//! Variables that are one and the same thing are no correlation of 1: they are one variable with one id.

use super::error::SimulateError;
use super::law::exp_less_1;
use crate::math::{atan, sin};

/// Most variables of one correlation.
pub const MAX_CORRELATED: usize = 1000;

/// A checked correlation matrix, as its lower Cholesky factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlation {
    /// `factor[i][..=i]`
    factor: Vec<Vec<f64>>,
    members: Vec<usize>,
}

impl Correlation {
    /// Returns the correlation of a symmetric matrix, `matrix[i][j]`.
    ///
    /// # Errors
    /// `Correlation` unless it is square, has ones on its diagonal, is symmetric, lies within -1..1 and is positive definite.
    pub fn new(matrix: &[Vec<f64>]) -> Result<Self, SimulateError> {
        let n = matrix.len();
        let refuse =
            |problem: String| SimulateError::Correlation { variables: format!("{n} variables"), problem };
        if !(2..=MAX_CORRELATED).contains(&n) {
            return Err(refuse(format!("a correlation is of 2 to {MAX_CORRELATED} variables")));
        }
        for (i, row) in matrix.iter().enumerate() {
            if row.len() != n {
                return Err(refuse(format!("row {i} has {} entries, not {n}", row.len())));
            }
            for (j, &value) in row.iter().enumerate() {
                if i == j && value != 1.0 {
                    return Err(refuse(format!("entry {i}, {i} is {value}; it must be 1")));
                }
                if i != j && !(value > -1.0 && value < 1.0) {
                    return Err(refuse(format!("entry {i}, {j} is {value}; it must lie between -1 and 1")));
                }
                if value != matrix[j][i] {
                    return Err(refuse(format!(
                        "entry {i}, {j} is {value} and {j}, {i} is {}",
                        matrix[j][i]
                    )));
                }
            }
        }
        let mut factor: Vec<Vec<f64>> = Vec::with_capacity(n);
        for (i, given) in matrix.iter().enumerate() {
            let mut row: Vec<f64> = Vec::with_capacity(i + 1);
            for (j, &given) in given[..=i].iter().enumerate() {
                let above = if j < i { &factor[j] } else { &row };
                let known: f64 = row.iter().zip(above).map(|(a, b)| a * b).sum();
                let rest = given - known;
                if j < i {
                    row.push(rest / factor[j][j]);
                } else if rest > 1e-12 {
                    row.push(rest.sqrt());
                } else {
                    let problem =
                        format!("the matrix is not positive definite: row {i} follows from those above it");
                    return Err(refuse(problem));
                }
            }
            factor.push(row);
        }
        Ok(Self { factor, members: Vec::new() })
    }

    /// How many variables it correlates.
    pub fn len(&self) -> usize {
        self.factor.len()
    }

    /// False: a correlation is of two variables or more.
    pub fn is_empty(&self) -> bool {
        self.factor.is_empty()
    }

    /// Returns the correlation of normals that gives this rank correlation (Spearman): `2 sin(pi r / 6)`.
    ///
    /// # Source
    /// Kruskal (1958), Ordinal measures of association.
    pub fn of_spearman(rank: f64) -> f64 {
        2.0 * sin(rank * (std::f64::consts::PI / 6.0))
    }

    /// Returns the rank correlation (Spearman) of normals with this correlation: `6 / pi asin(r / 2)`.
    pub fn spearman(pearson: f64) -> f64 {
        arc_sine(0.5 * pearson) * (6.0 / std::f64::consts::PI)
    }

    /// Returns Kendall's tau of normals with this correlation: `2 / pi asin(r)`.
    pub fn kendall(pearson: f64) -> f64 {
        arc_sine(pearson) * (2.0 / std::f64::consts::PI)
    }

    /// Returns the correlation of two lognormals whose logarithms have these standard deviations and this correlation.
    pub fn of_lognormals(sigmas: [f64; 2], pearson: f64) -> f64 {
        let [a, b] = sigmas;
        exp_less_1(pearson * a * b) / (exp_less_1(a * a) * exp_less_1(b * b)).sqrt()
    }

    pub(super) fn with_members(self, members: Vec<usize>) -> Self {
        Self { members, ..self }
    }

    pub(super) fn members(&self) -> &[usize] {
        &self.members
    }

    /// Replaces independent standard normals by correlated ones, `normals[variable * draws + draw]`.
    ///
    /// # Panics
    /// If there are not as many normals as variables times draws.
    pub fn apply(&self, normals: &mut [f64], draws: usize) {
        assert_eq!(normals.len(), self.len() * draws, "a normal for each variable and draw");
        // From the last row up, so that the rows that are still needed are as they were.
        for i in (0..self.len()).rev() {
            let (above, row) = normals.split_at_mut(i * draws);
            let row = &mut row[..draws];
            row.iter_mut().for_each(|z| *z *= self.factor[i][i]);
            for (j, &weight) in self.factor[i][..i].iter().enumerate() {
                for (z, &other) in row.iter_mut().zip(&above[j * draws..]) {
                    *z += weight * other;
                }
            }
        }
    }
}

fn arc_sine(x: f64) -> f64 {
    atan(x / ((1.0 - x) * (1.0 + x)).sqrt())
}
