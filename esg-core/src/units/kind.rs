//! Quantity kinds: what a dimension cannot tell apart.
//!
//! A newton metre of torque and a joule have the same dimension, and so have a hertz and a becquerel; a standard cubic
//! foot at 60 °F holds another amount of gas than a normal cubic metre at 0 °C. A unit that names its kind converts
//! only to units of that kind, or to units that leave the kind open (`m3`, `kg.m2.s-2`).

use std::fmt;

use super::dimension::{Dimension, Named};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident => $name:literal,)+) => {
        /// What a unit measures, as a name of the trade.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum QuantityKind {
            $($(#[$doc])* $variant,)+
        }

        impl QuantityKind {
            /// Returns the name, lower case.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

kinds! {
    /// A pure number.
    Number => "number",
    /// A length.
    Distance => "distance",
    /// A mass.
    Mass => "mass",
    /// A duration.
    Time => "time",
    /// An electric current.
    Current => "electric current",
    /// A temperature.
    Temperature => "temperature",
    /// An amount of substance.
    Amount => "amount of substance",
    /// A luminous intensity.
    LuminousIntensity => "luminous intensity",
    /// A plane angle.
    Angle => "angle",
    /// An amount of data.
    Data => "data",
    /// A data rate.
    DataRate => "data rate",
    /// Data kept for a time, such as GB.h.
    DataTime => "data x time",
    /// An area.
    Area => "area",
    /// A volume.
    Volume => "volume",
    /// Gas at 60 °F and 14.696 psia (United States).
    GasAt60F => "gas volume at 60 degF and 14.696 psia",
    /// Gas at 15 °C and 101.325 kPa (ISO 13443).
    GasAt15C => "gas volume at 15 degC and 101.325 kPa",
    /// Gas at 0 °C and 101.325 kPa (DIN 1343).
    GasAt0C => "gas volume at 0 degC and 101.325 kPa",
    /// A speed.
    Speed => "speed",
    /// An acceleration.
    Acceleration => "acceleration",
    /// A force.
    Force => "force",
    /// A pressure.
    Pressure => "pressure",
    /// An energy.
    Energy => "energy",
    /// A moment of force.
    Torque => "torque",
    /// A power.
    Power => "power",
    /// Apparent power (V.A): active power needs a power factor.
    ApparentPower => "apparent power",
    /// Reactive power (var).
    ReactivePower => "reactive power",
    /// Apparent power over time.
    ApparentEnergy => "apparent energy",
    /// Reactive power over time.
    ReactiveEnergy => "reactive energy",
    /// A frequency.
    Frequency => "frequency",
    /// Decays per second.
    Radioactivity => "radioactivity",
    /// Symbols per second.
    SymbolRate => "symbol rate",
    /// Energy per mass.
    SpecificEnergy => "specific energy",
    /// Absorbed dose.
    AbsorbedDose => "absorbed dose",
    /// Dose equivalent.
    DoseEquivalent => "dose equivalent",
    /// Mass per volume.
    Density => "density",
    /// Volume per time.
    VolumeFlow => "volume flow",
    /// Mass per time.
    MassFlow => "mass flow",
    /// Mass carried over a distance.
    Freight => "freight transport",
    /// Passengers carried over a distance.
    PassengerTransport => "passenger transport",
    /// Distance driven by counted vehicles.
    VehicleDistance => "vehicle distance",
    /// Distance per volume of fuel.
    FuelEconomy => "fuel economy",
    /// Volume of fuel per distance.
    FuelConsumption => "fuel consumption",
    /// Money.
    Money => "money",
    /// A counted thing.
    Count => "count",
    /// Something defined by a procedure.
    Arbitrary => "arbitrary unit",
    /// Anything without a name here: its dimension says what it is.
    Other => "derived quantity",
}

impl fmt::Display for QuantityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The kind that a dimension has when the unit does not say more.
pub(crate) fn of_dimension(dimension: &Dimension) -> QuantityKind {
    use QuantityKind as K;
    match dimension.named_parts() {
        [] => {}
        [(Named::Count("passenger"), 1)] if dimension.physical() == Dimension::mechanical(0, 1, 0) => {
            return K::PassengerTransport;
        }
        [(Named::Count("vehicle"), 1)] if dimension.physical() == Dimension::mechanical(0, 1, 0) => {
            return K::VehicleDistance;
        }
        [(Named::Arbitrary(_), 1)] if dimension.physical().is_none() => return K::Arbitrary,
        [(Named::Currency { .. }, 1)] if dimension.physical().is_none() => return K::Money,
        parts
            if dimension.physical().is_none() && parts.iter().all(|(t, _)| matches!(t, Named::Count(_))) =>
        {
            return K::Count;
        }
        _ => return K::Other,
    }
    const MECHANICAL: [(i8, i8, i8, K); 17] = [
        (0, 0, 0, K::Number),
        (0, 1, 0, K::Distance),
        (1, 0, 0, K::Mass),
        (0, 0, 1, K::Time),
        (0, 2, 0, K::Area),
        (0, 3, 0, K::Volume),
        (0, 1, -1, K::Speed),
        (0, 1, -2, K::Acceleration),
        (1, 1, -2, K::Force),
        (1, -1, -2, K::Pressure),
        (1, 2, -2, K::Energy),
        (1, 2, -3, K::Power),
        (0, 2, -2, K::SpecificEnergy),
        (1, -3, 0, K::Density),
        (0, 3, -1, K::VolumeFlow),
        (1, 0, -1, K::MassFlow),
        (1, 1, 0, K::Freight),
    ];
    if let Some(row) = MECHANICAL.iter().find(|r| *dimension == Dimension::mechanical(r.0, r.1, r.2)) {
        return row.3;
    }
    let data = Dimension::of(super::dimension::DATA);
    let per_time = |n: i32| data.times(&Dimension::of(super::dimension::TIME), n);
    if per_time(-1).as_ref() == Some(dimension) {
        return K::DataRate;
    }
    if per_time(1).as_ref() == Some(dimension) {
        return K::DataTime;
    }
    use super::dimension::{AMOUNT, ANGLE, CURRENT, DATA, LUMINOUS, TEMPERATURE};
    [
        (CURRENT, K::Current),
        (TEMPERATURE, K::Temperature),
        (AMOUNT, K::Amount),
        (LUMINOUS, K::LuminousIntensity),
        (ANGLE, K::Angle),
        (DATA, K::Data),
    ]
    .into_iter()
    .find(|&(base, _)| Dimension::of(base) == *dimension)
    .map_or(K::Other, |(_, kind)| kind)
}

/// Which heating value an amount of fuel energy counts: the two differ by the heat in the water vapour.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum CalorificBasis {
    /// Gross or higher heating value: the vapour condenses.
    Gross,
    /// Net or lower heating value: the vapour leaves as vapour.
    Net,
}

impl CalorificBasis {
    /// Returns `gross` or `net`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gross => "gross",
            Self::Net => "net",
        }
    }

    /// Reads what stands in an annotation: `gross`, `HHV`, `Net CV`; none when it is about something else.
    pub(crate) fn from_annotation(text: &str) -> Option<Self> {
        let squeezed: String =
            text.chars().filter(|c| !" _-".contains(*c)).collect::<String>().to_ascii_lowercase();
        match squeezed.as_str() {
            "gross" | "grosscv" | "hhv" | "gcv" | "grosscalorificvalue" => Some(Self::Gross),
            "net" | "netcv" | "lhv" | "ncv" | "netcalorificvalue" => Some(Self::Net),
            _ => None,
        }
    }
}

impl fmt::Display for CalorificBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
