//! Metrics: which ones each vertical has, and which units a metric's name can carry.
//!
//! `energy_kwh` is the quantity `energy` in the unit `kWh`. Both halves come from the tables here, so a new unit of
//! energy is one row and works for every metric of energy. A bare gallon is not in the table: it is 3.785 L in the
//! United States and 4.546 L in Britain, and only the sender knows which.

use std::sync::Arc;

use crate::decimal::Decimal;
use crate::ratio::Ratio;
use crate::telemetry::{TelemetryError, Vertical, nearest};
use crate::units::{Unit, UnitError};

/// What a metric measures, whatever its unit.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "each is named as its metric")]
pub enum Quantity {
    /// Energy of the IT equipment in a data centre, of the vehicle in a fleet.
    Energy,
    FacilityEnergy,
    /// Power usage effectiveness (ISO/IEC 30134-2), at least 1.
    Pue,
    GpuTime,
    GpuUtilization,
    Water,
    GeneratorFuel,
    Refrigerant,
    Fuel,
    Distance,
    Payload,
    ShortestDistance,
    Electricity,
    ProcessHeat,
    RawMaterial,
    Waste,
    /// Waste as a share of the raw material, in percent.
    WasteShare,
    ProductionUnits,
    ComputeTime,
    Vcpu,
    Memory,
    DataTransfer,
    Requests,
    /// An activity of the vertical `general`.
    Activity,
}

impl Quantity {
    /// Refuses what the quantity cannot be.
    pub(crate) fn check(self, field: &str, value: Decimal) -> Result<(), TelemetryError> {
        let allowed = match self {
            Self::Pue if value < Decimal::ONE => "at least 1",
            Self::GpuUtilization | Self::WasteShare
                if value > Decimal::from_int(100) || value.is_negative() =>
            {
                "from 0 to 100"
            }
            _ if value.is_negative() => "at least 0",
            _ => return Ok(()),
        };
        Err(TelemetryError::Range { field: format!("metrics.{field}"), value, allowed })
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Dimension {
    One,
    Percent,
    Energy,
    Volume,
    Mass,
    Length,
    Time,
    Data,
    DataTime,
}

/// A unit that a metric's name can end in.
#[derive(Debug)]
pub struct MetricUnit {
    dimension: Dimension,
    /// What the metric's name ends in; the first is the one that is suggested.
    suffixes: &'static [&'static str],
    /// UCUM code, or the everyday name where UCUM has none.
    code: &'static str,
    /// One of it in the canonical unit of the dimension: kWh, L, kg, km, h, GB, GB.h, %, 1.
    canonical: (i128, i128),
}

impl MetricUnit {
    /// UCUM code, or the everyday name where UCUM has none.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// How many canonical units (kWh, L, kg, km, h, GB, GB.h, %, 1) one of it is.
    pub fn to_canonical(&self) -> Ratio {
        Ratio::new(self.canonical.0, self.canonical.1).expect("no unit is a division by zero")
    }
}

const fn unit(
    dimension: Dimension,
    suffixes: &'static [&'static str],
    code: &'static str,
    num: i128,
    den: i128,
) -> MetricUnit {
    MetricUnit { dimension, suffixes, code, canonical: (num, den) }
}

/// Sources: SI Brochure, 9th edition; 1 h = 3600 s; 1 mi = 1.609344 km and 1 lb = 0.45359237 kg (1959); 1 US gal =
/// 231 in3; 1 imperial gal = 4.54609 L; Btu_IT = 1055.05585262 J (ISO 31-4).
const UNITS: &[MetricUnit] = {
    use Dimension::*;
    &[
        unit(One, &[""], "1", 1, 1),
        unit(Percent, &["pct", "percent"], "%", 1, 1),
        unit(Energy, &["kwh"], "kWh", 1, 1),
        unit(Energy, &["mwh"], "MWh", 1000, 1),
        unit(Energy, &["gwh"], "GWh", 1_000_000, 1),
        unit(Energy, &["wh"], "Wh", 1, 1000),
        unit(Energy, &["gj"], "GJ", 2500, 9),
        unit(Energy, &["mj"], "MJ", 5, 18),
        unit(Energy, &["kj"], "kJ", 1, 3600),
        unit(Energy, &["tj"], "TJ", 2_500_000, 9),
        unit(Energy, &["j"], "J", 1, 3_600_000),
        unit(Energy, &["mmbtu"], "mmBtu", 105_505_585_262, 360_000_000),
        unit(Volume, &["liters", "litres", "l"], "L", 1, 1),
        unit(Volume, &["ml"], "mL", 1, 1000),
        unit(Volume, &["m3"], "m3", 1000, 1),
        unit(Volume, &["us_gallons", "gallons_us"], "[gal_us]", 3_785_411_784, 1_000_000_000),
        unit(Volume, &["imperial_gallons", "gallons_imperial"], "[gal_br]", 454_609, 100_000),
        unit(Mass, &["kg"], "kg", 1, 1),
        unit(Mass, &["tonnes", "t"], "t", 1000, 1),
        unit(Mass, &["g"], "g", 1, 1000),
        unit(Mass, &["lb"], "[lb_av]", 45_359_237, 100_000_000),
        unit(Length, &["km"], "km", 1, 1),
        unit(Length, &["mi", "miles"], "[mi_i]", 1_609_344, 1_000_000),
        unit(Length, &["m"], "m", 1, 1000),
        unit(Length, &["nmi"], "[nmi_i]", 1852, 1000),
        unit(Time, &["hours", "h"], "h", 1, 1),
        unit(Time, &["ms"], "ms", 1, 3_600_000),
        unit(Time, &["s", "seconds"], "s", 1, 3600),
        unit(Time, &["min", "minutes"], "min", 1, 60),
        unit(Data, &["gb"], "GBy", 1, 1),
        unit(Data, &["mb"], "MBy", 1, 1000),
        unit(Data, &["tb"], "TBy", 1000, 1),
        unit(Data, &["kb"], "kBy", 1, 1_000_000),
        unit(Data, &["bytes"], "By", 1, 1_000_000_000),
        unit(Data, &["gib"], "GiBy", 1_073_741_824, 1_000_000_000),
        unit(Data, &["mib"], "MiBy", 1_048_576, 1_000_000_000),
        unit(DataTime, &["gb_hours"], "GBy.h", 1, 1),
        unit(DataTime, &["gib_hours"], "GiBy.h", 1_073_741_824, 1_000_000_000),
    ]
};

/// (vertical, name without its unit, dimension, quantity): DESIGN, section 4.
const METRICS: &[(Vertical, &str, Dimension, Quantity)] = {
    use Dimension as D;
    use Quantity as Q;
    use Vertical::*;
    &[
        (AiDataCenter, "energy", D::Energy, Q::Energy),
        (AiDataCenter, "facility_energy", D::Energy, Q::FacilityEnergy),
        (AiDataCenter, "pue", D::One, Q::Pue),
        (AiDataCenter, "gpu", D::Time, Q::GpuTime),
        (AiDataCenter, "gpu_utilization", D::Percent, Q::GpuUtilization),
        (AiDataCenter, "water", D::Volume, Q::Water),
        (AiDataCenter, "generator_fuel", D::Volume, Q::GeneratorFuel),
        (AiDataCenter, "generator_fuel", D::Mass, Q::GeneratorFuel),
        (AiDataCenter, "generator_fuel", D::Energy, Q::GeneratorFuel),
        (AiDataCenter, "refrigerant", D::Mass, Q::Refrigerant),
        (LogisticsFleet, "fuel", D::Volume, Q::Fuel),
        (LogisticsFleet, "fuel", D::Mass, Q::Fuel),
        (LogisticsFleet, "fuel", D::Energy, Q::Fuel),
        (LogisticsFleet, "distance", D::Length, Q::Distance),
        (LogisticsFleet, "energy", D::Energy, Q::Energy),
        (LogisticsFleet, "payload", D::Mass, Q::Payload),
        (LogisticsFleet, "shortest_distance", D::Length, Q::ShortestDistance),
        (SmartManufacturing, "electricity", D::Energy, Q::Electricity),
        (SmartManufacturing, "process_heat", D::Energy, Q::ProcessHeat),
        (SmartManufacturing, "raw_material", D::Mass, Q::RawMaterial),
        (SmartManufacturing, "waste", D::Mass, Q::Waste),
        (SmartManufacturing, "waste", D::Percent, Q::WasteShare),
        (SmartManufacturing, "production_units", D::One, Q::ProductionUnits),
        (CloudSaas, "compute_time", D::Time, Q::ComputeTime),
        (CloudSaas, "vcpu", D::One, Q::Vcpu),
        (CloudSaas, "memory", D::DataTime, Q::Memory),
        (CloudSaas, "data_transfer", D::Data, Q::DataTransfer),
        (CloudSaas, "requests", D::One, Q::Requests),
    ]
};

/// A metric of a batch: one name, one unit, one meaning.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Metric {
    /// Vertical that it belongs to.
    pub vertical: Vertical,
    /// The name as sent; in `general` the activity id.
    pub name: Arc<str>,
    /// What it measures.
    pub quantity: Quantity,
    /// Unit: a UCUM code, in `general` as the sender writes it.
    pub unit: Arc<str>,
    /// Scope that the sender states, in `general` only.
    pub scope: Option<u8>,
    /// Scope 3 category that the sender states, in `general` only.
    pub category: Option<u8>,
}

impl Metric {
    /// How many canonical units (kWh, L, kg, km, h, GB, GB.h, %, 1) one of its unit is; none in `general`, and none
    /// for a fuel on a calorific basis of its own.
    pub fn to_canonical(&self) -> Option<Ratio> {
        if self.quantity == Quantity::Activity {
            return None;
        }
        if let Some(listed) = UNITS.iter().find(|u| u.code == &*self.unit) {
            return Some(listed.to_canonical());
        }
        let unit = self.unit.parse().ok()?;
        let rows = METRICS.iter().filter(|row| row.0 == self.vertical && row.3 == self.quantity);
        rows.filter_map(|row| canonical(row.2)).find_map(|to| Unit::ratio_to(&unit, &to).ok())
    }
}

/// The unit that a dimension is summed in, for the dimensions whose units the engine knows by itself.
fn canonical(dimension: Dimension) -> Option<Unit> {
    match dimension {
        // A share is no number of percent, so these are taken in the units of the table only.
        Dimension::One | Dimension::Percent => None,
        _ => UNITS.iter().find(|u| u.dimension == dimension)?.code.parse().ok(),
    }
}

/// True when a metric can be stated in `unit` though no name of a metric ends in it.
fn fits(quantity: Quantity, dimension: Dimension, unit: &Unit) -> bool {
    canonical(dimension).is_some_and(|to| match unit.ratio_to(&to) {
        Ok(_) => true,
        // Fuels are bought by gross and by net calorific value; only their factor needs to know which.
        Err(UnitError::Basis { .. }) => matches!(quantity, Quantity::Fuel | Quantity::GeneratorFuel),
        Err(_) => false,
    })
}

/// Units that an unknown one may have meant.
pub(crate) fn units_like(error: &UnitError) -> Vec<String> {
    let words = match error {
        UnitError::Unknown { nearest, .. } => nearest.as_str(),
        UnitError::Ambiguous { choices, .. } => choices,
        _ => "",
    };
    words.split(", ").filter(|w| !w.is_empty()).map(Into::into).collect()
}

/// Returns what a metric's name says, or none where the vertical has no such name.
pub(crate) fn find(vertical: Vertical, name: &str) -> Option<(Quantity, &'static MetricUnit)> {
    METRICS.iter().filter(|row| row.0 == vertical).find_map(|(_, stem, dimension, quantity)| {
        let rest = name.strip_prefix(stem)?;
        let suffix = if *dimension == Dimension::One { rest } else { rest.strip_prefix('_')? };
        let found = UNITS.iter().find(|u| u.dimension == *dimension && u.suffixes.contains(&suffix))?;
        Some((*quantity, found))
    })
}

/// Returns what a metric's name says, with the code of its unit.
///
/// # Errors
/// `telemetry.metric` where the vertical has no such name.
pub(crate) fn find_metric(
    vertical: Vertical,
    name: &str,
) -> Result<(Quantity, &'static str), TelemetryError> {
    let (quantity, unit) = find(vertical, name).ok_or_else(|| unknown(vertical, name))?;
    Ok((quantity, unit.code))
}

/// Returns what a metric with a stated unit says, the name being with or without its unit; the unit by its code in the
/// table, else as stated.
pub(crate) fn find_with_unit<'s>(
    vertical: Vertical,
    name: &str,
    stated: &'s str,
) -> Result<(Quantity, &'s str), TelemetryError> {
    let is_unit = |u: &MetricUnit| {
        u.code == stated
            || (u.dimension != Dimension::One && u.suffixes.contains(&stated))
            || (u.dimension == Dimension::One && stated.starts_with('{') && stated.ends_with('}'))
    };
    let wrong = |units: Vec<String>| {
        Err(TelemetryError::Unit {
            field: format!("metrics.{name}"),
            unit: stated.chars().take(64).collect(),
            nearest: units,
        })
    };
    if let Some((quantity, unit)) = find(vertical, name) {
        return if is_unit(unit) { Ok((quantity, unit.code)) } else { wrong(vec![unit.code.into()]) };
    }
    let rows: Vec<_> = METRICS.iter().filter(|row| row.0 == vertical && row.1 == name).collect();
    if rows.is_empty() {
        return Err(unknown(vertical, name));
    }
    for (_, _, dimension, quantity) in &rows {
        if let Some(unit) = UNITS.iter().find(|u| u.dimension == *dimension && is_unit(u)) {
            return Ok((*quantity, unit.code));
        }
    }
    match stated.parse::<Unit>() {
        Ok(unit) => {
            if let Some(row) = rows.iter().find(|row| fits(row.3, row.2, &unit)) {
                return Ok((row.3, stated));
            }
            let codes = rows.iter().flat_map(|row| UNITS.iter().filter(|u| u.dimension == row.2));
            wrong(codes.map(|u| u.code.into()).take(8).collect())
        }
        Err(error) => wrong(units_like(&error)),
    }
}

/// Names of metrics with each unit that they can carry.
pub(crate) fn names(vertical: Vertical) -> impl Iterator<Item = String> {
    METRICS.iter().filter(move |row| row.0 == vertical).flat_map(|(_, stem, dimension, _)| {
        UNITS.iter().filter(|u| u.dimension == *dimension).flat_map(move |u| {
            u.suffixes.iter().map(move |s| if s.is_empty() { (*stem).into() } else { format!("{stem}_{s}") })
        })
    })
}

/// The error for a metric that the vertical does not have.
pub(crate) fn unknown(vertical: Vertical, name: &str) -> TelemetryError {
    let names: Vec<String> = names(vertical).collect();
    TelemetryError::Metric {
        field: name.chars().take(64).collect(),
        vertical,
        nearest: nearest(name, names.iter().map(String::as_str)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_quantity_and_a_unit() {
        for (vertical, name, quantity, code) in [
            (Vertical::AiDataCenter, "energy_kwh", Quantity::Energy, "kWh"),
            (Vertical::AiDataCenter, "facility_energy_mwh", Quantity::FacilityEnergy, "MWh"),
            (Vertical::AiDataCenter, "gpu_hours", Quantity::GpuTime, "h"),
            (Vertical::AiDataCenter, "pue", Quantity::Pue, "1"),
            (Vertical::LogisticsFleet, "distance_mi", Quantity::Distance, "[mi_i]"),
            (Vertical::LogisticsFleet, "fuel_us_gallons", Quantity::Fuel, "[gal_us]"),
            (Vertical::LogisticsFleet, "payload_tonnes", Quantity::Payload, "t"),
            (Vertical::SmartManufacturing, "process_heat_mj", Quantity::ProcessHeat, "MJ"),
            (Vertical::SmartManufacturing, "waste_pct", Quantity::WasteShare, "%"),
            (Vertical::CloudSaas, "memory_gb_hours", Quantity::Memory, "GBy.h"),
        ] {
            let (found, unit) = find(vertical, name).unwrap();
            assert_eq!((found, unit.code), (quantity, code), "{name}");
        }
        for name in ["energy", "energy_", "energy_kw", "pue_", "energy_kwh_", "Energy_kwh", "distance_km", ""]
        {
            assert!(find(Vertical::AiDataCenter, name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_bare_gallon_is_refused_with_both_of_its_meanings() {
        let error = unknown(Vertical::LogisticsFleet, "fuel_gallons");
        assert!(error.nearest().contains(&"fuel_us_gallons".into()), "{error}");
        assert!(error.nearest().contains(&"fuel_gallons_us".into()), "{error}");
    }

    #[test]
    fn a_stated_unit_must_fit_the_metric() {
        let find = |name, unit| find_with_unit(Vertical::AiDataCenter, name, unit);
        assert_eq!(find("energy", "kWh").unwrap().1, "kWh");
        assert_eq!(find("energy_kwh", "kWh").unwrap().1, "kWh");
        assert_eq!(find("energy_kwh", "MWh").unwrap_err().nearest(), ["kWh"]);
        assert_eq!(find("energy", "L").unwrap_err().code(), "telemetry.unit");
        assert_eq!(find("energie", "kWh").unwrap_err().code(), "telemetry.metric");
        assert_eq!(find("pue", "{ratio}").unwrap().0, Quantity::Pue);
        // Units of the engine that no metric's name ends in; a share of 0.5 is not half a percent.
        assert_eq!(find("energy", "PJ").unwrap().1, "PJ");
        assert_eq!(find("gpu_utilization", "1").unwrap_err().nearest(), ["%"]);
        assert_eq!(find("energy", "kWhh").unwrap_err().code(), "telemetry.unit");
        assert!(!find("energy", "kWhh").unwrap_err().nearest().is_empty());
    }

    #[test]
    fn canonical_units_are_exact() {
        // 1 GJ = 10^9 J / 3.6e6 J = 2500/9 kWh; 1 mmBtu = 1055055852.62 J = 1055.05585262/3.6 kWh.
        let canonical = |code| UNITS.iter().find(|u| u.code == code).unwrap().to_canonical();
        assert_eq!(canonical("GJ"), "2500/9".parse().unwrap());
        assert_eq!(canonical("mmBtu"), "1055.05585262/3.6".parse().unwrap());
        assert_eq!(canonical("[mi_i]"), "1.609344".parse().unwrap());
    }

    #[test]
    fn the_unit_table_agrees_with_the_units_of_the_engine() {
        let unit = |code: &str| code.parse::<Unit>().unwrap_or_else(|e| panic!("{code}: {e}"));
        let canonical = |dimension| UNITS.iter().find(|u| u.dimension == dimension).unwrap();
        for row in UNITS {
            let ratio = unit(row.code).ratio_to(&unit(canonical(row.dimension).code));
            assert_eq!(
                ratio.unwrap_or_else(|e| panic!("{}: {e}", row.code)),
                row.to_canonical(),
                "{}",
                row.code
            );
        }
    }
}
