//! Sine and arc tangent, for great circles and published examples. They are not on a hot path, so series serve.

/// Returns the sine of an angle within -pi/2..pi/2 (radians), by its power series.
pub fn sin(x: f64) -> f64 {
    let square = x * x;
    // (pi/2)^26 / 27! is below 1e-22.
    let mut tail = 0.0;
    for n in (1..=12u32).rev() {
        tail = -square / f64::from(2 * n * (2 * n + 1)) * (1.0 + tail);
    }
    x + x * tail
}

/// Returns the arc tangent, in radians.
///
/// Three halvings, `atan x = 2 atan(x / (1 + sqrt(1 + x^2)))`, bring an argument of 0..1 below 0.0985, for the
/// power series; above 1 it is `pi/2 - atan(1 / x)`.
pub fn atan(x: f64) -> f64 {
    if x.abs() > 1.0 {
        let right = if x > 0.0 { std::f64::consts::FRAC_PI_2 } else { -std::f64::consts::FRAC_PI_2 };
        return right - atan(1.0 / x);
    }
    let mut t = x;
    for _ in 0..3 {
        t /= 1.0 + (1.0 + t * t).sqrt();
    }
    let square = t * t;
    // 0.0985^20 / 21 is below 1e-21.
    let mut tail = 0.0;
    for n in (1..=9u32).rev() {
        tail = -square * (1.0 / f64::from(2 * n + 1) + tail);
    }
    8.0 * (t + t * tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts;

    #[track_caller]
    fn near(got: f64, want: f64) {
        let gap = (got - want).abs();
        let allowed = 2.0 * f64::EPSILON * want.abs();
        assert!(gap <= allowed, "got {got:e}, want {want:e}, gap {gap:e}, allowed {allowed:e}");
    }

    #[test]
    fn angles_come_out() {
        near(sin(consts::FRAC_PI_2), 1.0);
        near(sin(consts::FRAC_PI_6), 0.5);
        near(sin(-consts::FRAC_PI_6), -0.5);
        near(atan(1.0), consts::FRAC_PI_4);
        near(atan(-3f64.sqrt()), -consts::FRAC_PI_3);
        near(atan(f64::INFINITY), consts::FRAC_PI_2);
        near(atan(1e200), consts::FRAC_PI_2);
        assert_eq!((sin(0.0), atan(0.0)), (0.0, 0.0));
    }

    proptest! {
        #[test]
        fn they_agree_with_the_platform(x in -700.0..700.0f64, z in 0.5..2.0f64) {
            near(atan(x), x.atan());
            near(sin(z * consts::FRAC_PI_4), (z * consts::FRAC_PI_4).sin());
        }
    }
}
