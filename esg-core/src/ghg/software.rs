//! Software: energy from utilisation, embodied shares of hardware, and the Software Carbon Intensity.
//!
//! SCI is a rate, carbon per functional unit. Without a unit there is no rate: zero requests is a refusal, and never the
//! total under the name of a rate.

use crate::ghg::method::{MethodError, divide, is_share, not_negative};
use crate::ratio::Ratio;

/// Returns the Software Carbon Intensity `((E x I) + M) / R`, in grams CO2e per functional unit.
///
/// # Units
/// Energy in kWh (facility energy, with PUE), location-based intensity in g CO2e per kWh, embodied emissions in g CO2e.
///
/// # Errors
/// `Negative`; `ZeroDenominator` without functional units.
///
/// # Source
/// ISO/IEC 21031:2024.
///
/// # Examples
/// ```
/// # use esg_core::ghg::software::sci;
/// // (0.0096 kWh x 951 g/kWh + 5 g) / 1 = 14.1296 g
/// let sci = sci(&"0.0096".parse()?, &"951".parse()?, &"5".parse()?, &"1".parse()?)?;
/// assert_eq!(sci, "14.1296".parse()?);
/// # Ok::<(), esg_core::Error>(())
/// ```
pub fn sci(
    energy_kwh: &Ratio,
    intensity_g_per_kwh: &Ratio,
    embodied_g: &Ratio,
    functional_units: &Ratio,
) -> Result<Ratio, MethodError> {
    not_negative(energy_kwh, "energy")?;
    not_negative(intensity_g_per_kwh, "grid intensity")?;
    not_negative(embodied_g, "embodied emissions")?;
    carbon_per_unit(&(&(energy_kwh * intensity_g_per_kwh) + embodied_g), functional_units)
}

/// Returns carbon per functional unit, where the carbon is known.
///
/// # Errors
/// `Negative`, `ZeroDenominator`.
pub fn carbon_per_unit(carbon: &Ratio, functional_units: &Ratio) -> Result<Ratio, MethodError> {
    not_negative(functional_units, "functional units")?;
    divide(carbon, functional_units, "the number of functional units")
}

/// Hardware that software uses for a while and in part: `M = TE x TS x RS`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Embodied {
    /// Embodied emissions of the whole device (TE).
    pub total: Ratio,
    /// Time that it is reserved for the software (TiR), in the unit of `lifespan`.
    pub reserved_time: Ratio,
    /// Expected lifespan of the device (EL).
    pub lifespan: Ratio,
    /// Resources reserved for the software (RR), vCPUs for example.
    pub reserved_resources: Ratio,
    /// Resources of the device (ToR).
    pub total_resources: Ratio,
}

impl Embodied {
    /// Returns the share of the embodied emissions, in the unit of `total`.
    ///
    /// # Errors
    /// `Negative`, `ZeroDenominator`; `Share` when more is reserved than there is.
    ///
    /// # Source
    /// ISO/IEC 21031:2024, embodied emissions.
    pub fn share(&self) -> Result<Ratio, MethodError> {
        not_negative(&self.total, "embodied emissions")?;
        let time = divide(&self.reserved_time, &self.lifespan, "expected lifespan")?;
        let resources = divide(&self.reserved_resources, &self.total_resources, "total resources")?;
        is_share(&time, "reserved time over lifespan")?;
        is_share(&resources, "reserved over total resources")?;
        Ok(&(&self.total * &time) * &resources)
    }
}

/// Returns the embodied emissions of a virtual machine from its parts: `(baseline + sum(count x each)) x time / lifespan`.
///
/// # Units
/// Grams in, grams out; `time` and `lifespan` in one unit.
///
/// # Errors
/// `Negative` for a baseline, count or emission below zero; `ZeroDenominator`; `Share` when time exceeds the lifespan.
///
/// # Source
/// Cloud Carbon Footprint, embodied emissions methodology; Impact Framework `SciEmbodied`.
pub fn embodied_by_parts(
    baseline: &Ratio,
    parts: &[(Ratio, Ratio)],
    time: &Ratio,
    lifespan: &Ratio,
) -> Result<Ratio, MethodError> {
    not_negative(baseline, "baseline embodied emissions")?;
    let share = divide(time, lifespan, "expected lifespan")?;
    is_share(&share, "reserved time over lifespan")?;
    let mut total = baseline.clone();
    for (count, each) in parts {
        not_negative(count, "number of parts")?;
        not_negative(each, "embodied emissions of a part")?;
        total = &total + &(count * each);
    }
    Ok(&total * &share)
}

/// Returns the value at `at` of the line through `points`, which are sorted by their first coordinate.
///
/// # Errors
/// `Range` for fewer than two points, points out of order, or a place outside of them: a curve says nothing there.
pub fn interpolate(points: &[(Ratio, Ratio)], at: &Ratio) -> Result<Ratio, MethodError> {
    let error = |what, value: String, rule: &str| MethodError::Range { what, value, rule: rule.to_owned() };
    if points.len() < 2 {
        return Err(error("number of points of a curve", points.len().to_string(), "2 or more"));
    }
    if let Some(pair) = points.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
        return Err(error("a point of a curve", pair[1].0.to_string(), "after the one before it"));
    }
    let outside = || {
        let rule = format!("within {} and {}", points[0].0, points[points.len() - 1].0);
        MethodError::Range { what: "place on a curve", value: at.to_string(), rule }
    };
    let pair = points.windows(2).find(|p| p[0].0 <= *at && *at <= p[1].0).ok_or_else(outside)?;
    let ((x0, y0), (x1, y1)) = (&pair[0], &pair[1]);
    let part = divide(&(at - x0), &(x1 - x0), "the distance of two points")?;
    Ok(y0 + &(&(y1 - y0) * &part))
}

/// Returns the power of a machine at a utilisation of 0..1, on the line from idle to full load, in watts.
///
/// # Errors
/// `Share`; `Range` when full load draws less than idle.
///
/// # Source
/// Cloud Carbon Footprint, methodology: average watts = min + utilisation x (max - min).
pub fn watts(idle: &Ratio, full: &Ratio, utilisation: &Ratio) -> Result<Ratio, MethodError> {
    not_negative(idle, "idle power")?;
    is_share(utilisation, "utilisation")?;
    if full < idle {
        let rule = format!("at least the idle power of {idle}");
        return Err(MethodError::Range { what: "power at full load", value: full.to_string(), rule });
    }
    Ok(idle + &(utilisation * &(full - idle)))
}

/// Returns facility energy in kWh: `watts x hours / 1000 x PUE x replication`.
///
/// # Errors
/// `Negative`; `Range` for a PUE below 1 or a replication factor below 1.
///
/// # Source
/// Cloud Carbon Footprint, methodology (compute, memory and storage share this form).
pub fn cloud_energy_kwh(
    watts: &Ratio,
    hours: &Ratio,
    pue: &Ratio,
    replication: &Ratio,
) -> Result<Ratio, MethodError> {
    not_negative(watts, "power")?;
    not_negative(hours, "hours")?;
    at_least_one(pue, "PUE")?;
    at_least_one(replication, "replication factor")?;
    let watt_hours = &(watts * hours) * &(pue * replication);
    Ok(&watt_hours * &Ratio::new(1, 1000).expect("a thousand is not zero"))
}

/// Returns facility energy in kWh of a network: `gigabytes x kWh per GB x PUE`.
///
/// # Errors
/// `Negative`; `Range` for a PUE below 1.
pub fn network_energy_kwh(gigabytes: &Ratio, kwh_per_gb: &Ratio, pue: &Ratio) -> Result<Ratio, MethodError> {
    not_negative(gigabytes, "data transferred")?;
    not_negative(kwh_per_gb, "energy per gigabyte")?;
    at_least_one(pue, "PUE")?;
    Ok(&(gigabytes * kwh_per_gb) * pue)
}

fn at_least_one(value: &Ratio, what: &'static str) -> Result<(), MethodError> {
    if *value < Ratio::one() {
        return Err(MethodError::Range { what, value: value.to_string(), rule: "1 or above".to_owned() });
    }
    Ok(())
}

/// Returns what a counter that wraps at `maximum` has counted since its previous reading.
///
/// A counter can wrap once at most between two readings; more cannot be seen.
///
/// # Errors
/// `Range` for a reading outside of 0..`maximum`.
pub fn counter_delta(previous: &Ratio, reading: &Ratio, maximum: &Ratio) -> Result<Ratio, MethodError> {
    for value in [previous, reading] {
        if value.is_negative() || value > maximum {
            let rule = format!("within 0 and {maximum}");
            return Err(MethodError::Range { what: "counter reading", value: value.to_string(), rule });
        }
    }
    Ok(if reading < previous { &(reading + maximum) - previous } else { reading - previous })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(text: &str) -> Ratio {
        text.parse().unwrap()
    }

    #[test]
    fn no_functional_unit_is_no_rate() {
        let sci = |r: &str| sci(&ratio("1"), &ratio("400"), &ratio("100"), &ratio(r));
        assert_eq!(sci("1000").unwrap(), ratio("0.5"));
        assert_eq!(sci("0").unwrap_err().code(), "method.zero_denominator");
        assert_eq!(sci("-5").unwrap_err().code(), "method.negative");
    }

    #[test]
    fn more_than_the_whole_machine_cannot_be_reserved() {
        let server = Embodied {
            total: ratio("1200000"),
            reserved_time: ratio("1"),
            lifespan: ratio("4"),
            reserved_resources: ratio("8"),
            total_resources: ratio("64"),
        };
        assert_eq!(server.share().unwrap(), ratio("37500")); // 1.2 t / 4 / 8
        let all = Embodied { reserved_resources: ratio("64"), ..server.clone() };
        assert_eq!(all.share().unwrap(), ratio("300000"));
        let more = Embodied { reserved_resources: ratio("65"), ..server.clone() };
        assert_eq!(more.share().unwrap_err().code(), "method.share");
        let none = Embodied { lifespan: ratio("0"), ..server };
        assert_eq!(none.share().unwrap_err().code(), "method.zero_denominator");
    }

    #[test]
    fn a_curve_is_read_at_its_points_between_them_and_nowhere_else() {
        let points = [("0", "0.12"), ("10", "0.32"), ("50", "0.75")].map(|(x, y)| (ratio(x), ratio(y)));
        for (at, want) in [("0", "0.12"), ("5", "0.22"), ("10", "0.32"), ("50", "0.75"), ("30", "0.535")] {
            assert_eq!(interpolate(&points, &ratio(at)).unwrap(), ratio(want), "{at}");
        }
        for at in ["-0.001", "50.001"] {
            assert_eq!(interpolate(&points, &ratio(at)).unwrap_err().code(), "method.range", "{at}");
        }
        assert!(interpolate(&points[..1], &ratio("0")).is_err());
        let twice = [points[0].clone(), points[0].clone()];
        assert!(interpolate(&twice, &ratio("0")).is_err());
    }

    #[test]
    fn power_rises_from_idle_to_full_load() {
        assert_eq!(watts(&ratio("0.74"), &ratio("3.5"), &ratio("0.5")).unwrap(), ratio("2.12"));
        assert_eq!(watts(&ratio("3"), &ratio("2"), &ratio("0.5")).unwrap_err().code(), "method.range");
        assert_eq!(watts(&ratio("1"), &ratio("2"), &ratio("50")).unwrap_err().code(), "method.share");
    }

    #[test]
    fn a_pue_below_one_is_refused() {
        let energy = |pue: &str| cloud_energy_kwh(&ratio("100"), &ratio("10"), &ratio(pue), &ratio("1"));
        assert_eq!(energy("1").unwrap(), ratio("1"));
        assert_eq!(energy("0.99").unwrap_err().code(), "method.range");
    }

    #[test]
    fn a_counter_wraps_once() {
        let delta = |a: &str, b: &str| counter_delta(&ratio(a), &ratio(b), &ratio("105"));
        assert_eq!(delta("100", "104").unwrap(), ratio("4"));
        assert_eq!(delta("100", "10").unwrap(), ratio("15"));
        assert_eq!(delta("100", "106").unwrap_err().code(), "method.range");
    }
}
