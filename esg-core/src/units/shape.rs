//! How a unit is written, where that says what it measures: N.m is a torque, W.h an energy, mi/gal a fuel economy.

use super::dimension::Dimension;
use super::kind::QuantityKind;
use super::parse::Term;

/// Returns the text in the characters of UCUM: `m³` as `m3`, `°C` as `Cel`, `kWh (Gross CV)` as `kWh{gross}`.
pub(crate) fn plain(text: &str) -> String {
    let mut out = text.trim().to_owned();
    const CHARACTERS: [(&str, &str); 13] = [
        // DESNZ's name for a room that is let for a night.
        ("Room per night", "{room}.{night}"),
        ("°C", "Cel"),
        ("℃", "Cel"),
        ("°F", "[degF]"),
        ("²", "2"),
        ("³", "3"),
        ("µ", "u"),
        ("μ", "u"),
        ("Ω", "Ohm"),
        ("·", "."),
        ("⋅", "."),
        ("×", "."),
        (" per ", "/"),
    ];
    const BASES: [(&str, &str); 12] = [
        (" (Gross CV)", "{gross}"),
        (" (Net CV)", "{net}"),
        (" (gross)", "{gross}"),
        (" (net)", "{net}"),
        (" (HHV)", "{gross}"),
        (" (LHV)", "{net}"),
        (" (GCV)", "{gross}"),
        (" (NCV)", "{net}"),
        (" HHV", "{gross}"),
        (" LHV", "{net}"),
        (" GCV", "{gross}"),
        (" NCV", "{net}"),
    ];
    const FUEL: [(&str, &str); 4] = [
        ("/100km", "/(100.km)"),
        ("/100 km", "/(100.km)"),
        ("/100mi", "/(100.mi)"),
        ("/100 mi", "/(100.mi)"),
    ];
    for (from, to) in CHARACTERS.into_iter().chain(BASES) {
        if out.contains(from) {
            out = out.replace(from, to);
        }
    }
    for (from, to) in FUEL {
        if let Some(head) = out.strip_suffix(from) {
            out = format!("{head}{to}");
        }
    }
    for (from, to) in [(" / ", "/"), (" . ", "."), (" * ", ".")] {
        if out.contains(from) {
            out = out.replace(from, to);
        }
    }
    // `*` multiplies, except in the code 10*.
    if out.contains('*') && !out.contains("10*") {
        out = out.replace('*', ".");
    }
    out
}

/// Returns the kind that the way of writing says, beyond the dimension.
pub(crate) fn kind(terms: &[Term]) -> Option<QuantityKind> {
    let mechanical = Dimension::mechanical;
    let factors: Vec<&Term> = terms.iter().filter(|term| !term.number).collect();
    let whole = |term: &Term| Dimension::default().times(&term.dimension, term.exponent);
    match factors[..] {
        [only] if only.exponent == 1 => only.kind,
        [a, b] => {
            let (x, y) = (whole(a)?, whole(b)?);
            let (length, volume) = (mechanical(0, 1, 0), mechanical(0, 3, 0));
            let (power, time) = (mechanical(1, 2, -3), mechanical(0, 0, 1));
            // SI Brochure, 2.3.4: N.m is the unit of a moment of force; pound-force foot likewise, foot
            // pound-force is left open because both uses are common.
            if x == mechanical(1, 1, -2) && y == length {
                Some(QuantityKind::Torque)
            } else if x == power && y == time || x == time && y == power {
                match a.kind.or(b.kind) {
                    Some(QuantityKind::ApparentPower) => Some(QuantityKind::ApparentEnergy),
                    Some(QuantityKind::ReactivePower) => Some(QuantityKind::ReactiveEnergy),
                    _ => Some(QuantityKind::Energy),
                }
            } else if x == length && Some(&y) == volume.inverse().as_ref() {
                Some(QuantityKind::FuelEconomy)
            } else if x == volume && Some(&y) == length.inverse().as_ref() {
                Some(QuantityKind::FuelConsumption)
            } else {
                None
            }
        }
        _ => None,
    }
}
