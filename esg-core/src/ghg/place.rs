//! Great-circle distances between places given in degrees.
//!
//! The way over a sphere is no decimal, so it is calculated in binary floats by our own functions, the same bits
//! everywhere, and rounded to the metre: from there on it is an exact distance like any other.

use std::f64::consts::PI;

use num_bigint::BigInt;

use crate::ghg::method::MethodError;
use crate::math::{atan, sin};
use crate::ratio::Ratio;

/// Mean radius of the Earth in km (IUGG, R1).
pub const EARTH_RADIUS_KM: f64 = 6371.0088;

/// A place on Earth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    latitude: f64,
    longitude: f64,
}

impl Place {
    /// Returns the place at a latitude within -90..90 and a longitude within -180..180 degrees, north and east positive.
    ///
    /// # Errors
    /// `Range`.
    pub fn from_degrees(latitude: f64, longitude: f64) -> Result<Self, MethodError> {
        for (value, limit, what) in [(latitude, 90.0, "latitude"), (longitude, 180.0, "longitude")] {
            if value.is_nan() || value.abs() > limit {
                let rule = format!("within -{limit} and {limit} degrees");
                return Err(MethodError::Range { what, value: value.to_string(), rule });
            }
        }
        Ok(Self { latitude, longitude })
    }

    /// Returns the great-circle distance in km, to the metre.
    ///
    /// The haversine formula: exact enough for near and for opposite places. A sphere differs from the ellipsoid by up
    /// to 0.5 %.
    ///
    /// # Examples
    /// ```
    /// # use esg_core::ghg::place::Place;
    /// let (pole, equator) = (Place::from_degrees(90.0, 0.0)?, Place::from_degrees(0.0, 25.0)?);
    /// assert_eq!(pole.great_circle_km(&equator), "10007.557".parse()?); // 6371.0088 km x pi / 2
    /// # Ok::<(), esg_core::Error>(())
    /// ```
    pub fn great_circle_km(&self, other: &Self) -> Ratio {
        let radians = PI / 180.0;
        let half_sin = |degrees: f64| sin(degrees * radians / 2.0);
        let cos = |degrees: f64| sin((90.0 - degrees.abs()) * radians);
        let turn = (self.longitude - other.longitude).abs();
        let turn = if turn > 180.0 { 360.0 - turn } else { turn };
        let (north, east) = (half_sin(self.latitude - other.latitude), half_sin(turn));
        let haversine = (north * north + cos(self.latitude) * cos(other.latitude) * (east * east)).min(1.0);
        let angle = 2.0 * atan(haversine.sqrt() / (1.0 - haversine).sqrt());
        let metres = (angle * EARTH_RADIUS_KM * 1000.0).round();
        Ratio::new(BigInt::from(metres as i64), 1000).expect("a thousand is not zero")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn km(a: (f64, f64), b: (f64, f64)) -> f64 {
        let place = |(latitude, longitude)| Place::from_degrees(latitude, longitude).unwrap();
        assert_eq!(place(a).great_circle_km(&place(b)), place(b).great_circle_km(&place(a)));
        place(a).great_circle_km(&place(b)).to_f64()
    }

    #[test]
    fn right_angles_are_quarters_of_the_globe() {
        let quarter = EARTH_RADIUS_KM * PI / 2.0;
        for (a, b) in [((90.0, 0.0), (0.0, 77.0)), ((0.0, -45.0), (0.0, 45.0)), ((0.0, 0.0), (45.0, 90.0))] {
            assert!((km(a, b) - quarter).abs() <= 0.0005, "{a:?} {b:?}");
        }
        assert!((km((0.0, 0.0), (0.0, 180.0)) - 2.0 * quarter).abs() <= 0.0005);
        assert!((km((30.0, -60.0), (-30.0, 120.0)) - 2.0 * quarter).abs() <= 0.0005);
        assert_eq!(km((48.0, 2.0), (48.0, 2.0)), 0.0);
    }

    #[test]
    fn the_date_line_is_no_wall() {
        // One degree of the equator: 6371.0088 x pi / 180 = 111.195 km.
        assert_eq!(km((0.0, 179.5), (0.0, -179.5)), 111.195);
    }

    #[test]
    fn nashville_to_los_angeles_is_the_textbook_distance() {
        // 2887.2599506 km on a sphere of 6372.8 km (Rosetta Code, Haversine formula).
        let want = 2_887.259_950_6 / 6_372.8 * EARTH_RADIUS_KM;
        assert!((km((36.12, -86.67), (33.94, -118.40)) - want).abs() <= 0.0005);
    }

    #[test]
    fn a_place_off_the_globe_is_refused() {
        for (latitude, longitude) in [(90.001, 0.0), (0.0, -180.001), (f64::NAN, 0.0)] {
            assert_eq!(Place::from_degrees(latitude, longitude).unwrap_err().code(), "method.range");
        }
        assert!(Place::from_degrees(-90.0, 180.0).is_ok());
    }
}
