//! How many degrees of freedom a combined standard uncertainty has.

use super::error::SimulateError;

/// Returns the effective degrees of freedom of a sum of independent parts, `(standard uncertainty, degrees of freedom)`, by
/// Welch and Satterthwaite: `u^4 / sum(u_i^4 / v_i)` with `u^2 = sum(u_i^2)`. Infinite degrees, of an uncertainty that is
/// known, are allowed.
///
/// # Errors
/// `Option` for an uncertainty that is not finite and 0 or above, for degrees below 1, and if all uncertainties are 0.
///
/// # Source
/// JCGM 100:2008, G.4.1.
pub fn effective_degrees_of_freedom(parts: &[(f64, f64)]) -> Result<f64, SimulateError> {
    let refusal = |option, value: f64, rule| SimulateError::Option { option, value: value.to_string(), rule };
    let (mut squares, mut shares) = (0.0, 0.0);
    for &(uncertainty, degrees) in parts {
        if !(uncertainty.is_finite() && uncertainty >= 0.0) {
            return Err(refusal("standard uncertainty", uncertainty, "finite and 0 or above"));
        }
        if degrees.is_nan() || degrees < 1.0 {
            return Err(refusal("degrees of freedom", degrees, "1 or above"));
        }
        let square = uncertainty * uncertainty;
        squares += square;
        shares += square * square / degrees;
    }
    if squares == 0.0 {
        return Err(refusal("combined standard uncertainty", 0.0, "above 0"));
    }
    Ok(squares * squares / shares)
}
