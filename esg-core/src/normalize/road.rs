//! What the rules of all verticals share: the measurements of the event at hand, its tags, and the columns that
//! activities go into. Words become codes once for each set of tags, not once for each event.

use std::collections::HashMap;

use crate::activity::{ActivityBatch, Basis, Dictionary, NONE, Quantities};
use crate::decimal::Decimal;
use crate::normalize::totals::Sums;
use crate::normalize::{Assumption, Defaults, Normalized, Total};
use crate::telemetry::{Quantity, Rejection, TelemetryBatch, TelemetryError, Vertical};

/// Tags that name an activity.
#[derive(Clone, Copy, Debug)]
pub(super) enum Naming {
    Fuel,
    GeneratorFuel,
    Refrigerant,
    VehicleClass,
    FreightClass,
    HeatSource,
    Material,
    Waste,
}

const NAMINGS: usize = Naming::Waste as usize + 1;
const QUANTITIES: usize = Quantity::Activity as usize + 1;
/// A code that has not been looked for yet.
const UNASKED: u32 = NONE - 1;

/// What was filled in; the order is that of `ASSUMED`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Assumed {
    Pue,
    Fuel,
    GeneratorFuel,
    Refrigerant,
    VehicleClass,
    HeatSource,
    HeatBasis,
    Material,
    WasteMaterial,
    WasteRoute,
    Vcpu,
}

pub(super) const ASSUMED: [&str; 11] = [
    "pue",
    "fuel",
    "generator_fuel",
    "refrigerant",
    "vehicle_class",
    "heat_source",
    "heat_basis",
    "material",
    "waste_material",
    "waste_route",
    "vcpu",
];

/// Activities that no tag names; the order is that of `FIXED`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fixed {
    Grid,
    Water,
    Compute,
    Memory,
    Network,
}

const FIXED: [&str; 5] =
    ["electricity.grid", "water.supply", "cloud.compute", "cloud.memory", "cloud.network"];

/// What the tags of an event say.
#[derive(Clone, Debug)]
struct Facts {
    region: u32,
    site: u32,
    tenant: u32,
    estimated: bool,
    /// Activity that a tag names: (code, what was assumed for it). `UNASKED`, or [`NONE`] where the tag is missing.
    named: [(u32, [bool; ASSUMED.len()]); NAMINGS],
}

/// A measurement of the event at hand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    pub(super) value: Decimal,
    pub(super) metric: u32,
}

/// The event at hand and everything that has come of the ones before it.
#[derive(Debug)]
pub(super) struct Road<'b> {
    pub(super) batch: &'b TelemetryBatch,
    pub(super) defaults: &'b Defaults,
    pub(super) sums: Sums,
    event: usize,
    slots: [u32; QUANTITIES],
    out: ActivityBatch,
    rejected: Vec<Rejection>,
    assumed: [u64; ASSUMED.len()],
    /// By set of tags; the last is that of no tags.
    facts: Vec<Option<Box<Facts>>>,
    tenants: Dictionary,
    units: Vec<u32>,
    names: Vec<u32>,
    verticals: [u32; Vertical::ALL.len()],
    fixed: [u32; FIXED.len()],
    /// What was said before about a metric and what it lacks.
    lacking: HashMap<(u32, &'static str), Rejection>,
}

impl<'b> Road<'b> {
    pub(super) fn new(batch: &'b TelemetryBatch, defaults: &'b Defaults) -> Self {
        // Room for one activity of each measurement; what is not written to costs nothing.
        let rows = batch.value.len();
        let out = ActivityBatch {
            sources: batch.sources.clone(),
            tag_sets: batch.tag_sets.clone(),
            quantity: Quantities::Decimals(Vec::with_capacity(rows)),
            activity: Vec::with_capacity(rows),
            unit: Vec::with_capacity(rows),
            day: Vec::with_capacity(rows),
            region: Vec::with_capacity(rows),
            site: Vec::with_capacity(rows),
            source: Vec::with_capacity(rows),
            vertical: Vec::with_capacity(rows),
            tags: Vec::with_capacity(rows),
            stated: Vec::with_capacity(rows),
            basis: Vec::with_capacity(rows),
            event: Vec::with_capacity(rows),
            ..ActivityBatch::default()
        };
        Self {
            batch,
            defaults,
            sums: Sums::default(),
            event: 0,
            slots: [NONE; QUANTITIES],
            out,
            rejected: Vec::new(),
            assumed: [0; ASSUMED.len()],
            facts: vec![None; batch.tag_sets.len() + 1],
            tenants: Dictionary::default(),
            units: vec![NONE; batch.metrics.len()],
            names: vec![NONE; batch.metrics.len()],
            verticals: [NONE; Vertical::ALL.len()],
            fixed: [NONE; FIXED.len()],
            lacking: HashMap::new(),
        }
    }

    /// Goes to an event.
    pub(super) fn enter(&mut self, event: usize) {
        self.event = event;
        self.slots = [NONE; QUANTITIES];
        for at in self.batch.measurements(event) {
            let quantity = self.batch.metrics[self.batch.metric[at] as usize].quantity;
            self.slots[quantity as usize] = u32::try_from(at).expect("measurements are counted in 32 bits");
        }
    }

    pub(super) fn leave(self) -> Normalized {
        let totals = self.sums.finish(&self.batch.metrics, self.tenants.words());
        let assumptions = (ASSUMED.iter().zip(self.assumed).enumerate())
            .filter(|(_, (_, count))| *count > 0)
            .map(|(i, (name, count))| Assumption { name, value: assumed_value(self.defaults, i), count })
            .collect();
        Normalized { activities: self.out, rejected: self.rejected, assumptions, totals }
    }

    /// The measurement of a quantity, if the event has it.
    pub(super) fn measured(&self, quantity: Quantity) -> Option<Measured> {
        let at = self.slots[quantity as usize] as usize;
        let metric = *self.batch.metric.get(at)?;
        Some(Measured { value: self.batch.value[at], metric })
    }

    /// All measurements of the event.
    pub(super) fn all_measured(&self) -> impl Iterator<Item = Measured> + use<'b> {
        let batch = self.batch;
        batch
            .measurements(self.event)
            .map(move |at| Measured { value: batch.value[at], metric: batch.metric[at] })
    }

    /// Adds a measurement to a sum.
    pub(super) fn sum(&mut self, total: Total, measured: Measured) {
        self.sums.add(total, measured.value, measured.metric);
    }

    /// Adds requests to those of the event's tenant.
    pub(super) fn sum_tenant(&mut self, requests: Decimal) {
        let tenant = self.facts().tenant;
        if tenant != NONE {
            self.sums.add_tenant(tenant, requests);
        }
    }

    /// Returns a metric to the sender; the event stays.
    pub(super) fn reject(&mut self, error: &TelemetryError) {
        self.rejected.push(Rejection::new(self.batch.line[self.event], error, b""));
    }

    /// Returns a metric for which `what` is missing.
    pub(super) fn reject_missing(&mut self, metric: u32, what: &'static str) {
        let said = self.lacking.entry((metric, what)).or_insert_with(|| {
            let needed_by = format!("metrics.{}", self.batch.metrics[metric as usize].name);
            Rejection::new(0, &TelemetryError::Missing { field: what.into(), needed_by }, b"")
        });
        self.rejected.push(Rejection { line: self.batch.line[self.event], ..said.clone() });
    }

    /// The name of a metric as it was sent, for messages.
    pub(super) fn field(&self, metric: u32) -> String {
        format!("metrics.{}", self.batch.metrics[metric as usize].name)
    }

    /// The code of an activity that is the same for every event.
    pub(super) fn activity(&mut self, fixed: Fixed) -> u32 {
        let code = &mut self.fixed[fixed as usize];
        if *code == NONE {
            *code = self.out.activities.code(FIXED[fixed as usize]);
        }
        *code
    }

    /// The code of the activity that a metric of `general` names.
    pub(super) fn activity_of(&mut self, metric: u32) -> u32 {
        let code = &mut self.names[metric as usize];
        if *code == NONE {
            *code = self.out.activities.code(&self.batch.metrics[metric as usize].name);
        }
        *code
    }

    /// The code of a metric's unit.
    pub(super) fn unit(&mut self, metric: u32) -> u32 {
        let code = &mut self.units[metric as usize];
        if *code == NONE {
            *code = self.out.units.code(&self.batch.metrics[metric as usize].unit);
        }
        *code
    }

    /// The code of a unit that no metric has.
    pub(super) fn unit_named(&mut self, unit: &str) -> u32 {
        self.out.units.code(unit)
    }

    /// The code of `{vCPU}.` and a metric's unit of time.
    pub(super) fn vcpu_unit(&mut self, metric: u32) -> u32 {
        // A metric of compute time has no other use of its name's code.
        let code = &mut self.names[metric as usize];
        if *code == NONE {
            *code = self.out.units.code(&format!("{{vCPU}}.{}", self.batch.metrics[metric as usize].unit));
        }
        *code
    }

    /// Adds an activity of the measurement's unit.
    pub(super) fn emit(&mut self, activity: u32, measured: Measured) {
        let unit = self.unit(measured.metric);
        self.emit_with(activity, measured.value, unit, (0, 0), false);
    }

    /// Adds an activity.
    pub(super) fn emit_with(
        &mut self,
        activity: u32,
        quantity: Decimal,
        unit: u32,
        stated: (u8, u8),
        assumed: bool,
    ) {
        let event = self.event;
        let vertical = self.batch.vertical[event];
        let code = &mut self.verticals[vertical as usize];
        if *code == NONE {
            *code = self.out.verticals.code(vertical.as_str());
        }
        let code = *code;
        let facts = self.facts();
        let (region, site) = (facts.region, facts.site);
        let basis = if assumed || facts.estimated { Basis::Estimated } else { Basis::Measured };
        let out = &mut self.out;
        out.activity.push(activity);
        out.unit.push(unit);
        if let Quantities::Decimals(values) = &mut out.quantity {
            values.push(quantity);
        }
        out.day.push(self.batch.instant[event].day());
        out.region.push(region);
        out.site.push(site);
        out.source.push(self.batch.source[event]);
        out.vertical.push(code);
        out.tags.push(self.batch.tags[event]);
        out.stated.push(stated);
        out.basis.push(basis);
        out.event.push(u32::try_from(event).expect("events are counted in 32 bits"));
    }

    /// Adds an activity that a tag names, or returns the metric for the want of that tag.
    pub(super) fn emit_named(&mut self, naming: Naming, measured: Measured, stated: (u8, u8)) {
        match self.named(naming) {
            Ok((activity, assumed)) => {
                let unit = self.unit(measured.metric);
                self.emit_with(activity, measured.value, unit, stated, assumed);
            }
            Err(tag) => self.reject_missing(measured.metric, tag),
        }
    }

    /// True when an activity is the burning of a fuel.
    pub(super) fn is_fuel(&self, activity: u32) -> bool {
        self.out.activities.word(activity).starts_with("fuel.")
    }

    /// Returns the word of a tag of the event.
    pub(super) fn tag(&self, name: &str) -> Option<&'b str> {
        self.batch.tag(self.event, name).filter(|word| !word.is_empty())
    }

    /// Counts a value that was filled in.
    pub(super) fn assume(&mut self, assumed: Assumed) {
        self.assumed[assumed as usize] += 1;
    }

    /// Returns the activity that a tag of the event or a default names and whether it is a default, or the tag that is
    /// missing.
    pub(super) fn named(&mut self, naming: Naming) -> Result<(u32, bool), &'static str> {
        let (mut code, mut used) = self.facts().named[naming as usize];
        if code == UNASKED {
            (code, used) = match name(self.batch, self.event, self.defaults, naming) {
                Ok((id, used)) => (self.out.activities.code(&id), used),
                Err(_) => (NONE, Default::default()),
            };
            self.facts_mut().named[naming as usize] = (code, used);
        }
        if code == NONE {
            return Err(name(self.batch, self.event, self.defaults, naming).err().unwrap_or_default());
        }
        let mut any = false;
        for (count, used) in self.assumed.iter_mut().zip(used) {
            *count += u64::from(used);
            any |= used;
        }
        Ok((code, any))
    }

    fn facts(&mut self) -> &Facts {
        self.facts_mut()
    }

    fn facts_mut(&mut self) -> &mut Facts {
        let set = (self.batch.tags[self.event] as usize).min(self.facts.len() - 1);
        let (batch, event) = (self.batch, self.event);
        let (out, tenants) = (&mut self.out, &mut self.tenants);
        self.facts[set].get_or_insert_with(|| {
            let code = |name: &str, words: &mut Dictionary| {
                batch.tag(event, name).filter(|t| !t.is_empty()).map_or(NONE, |t| words.code(t))
            };
            let site = match code("site", &mut out.sites) {
                NONE => code("facility", &mut out.sites),
                site => site,
            };
            Box::new(Facts {
                region: code("region", &mut out.regions),
                site,
                tenant: code("tenant", tenants),
                estimated: batch.tag(event, "data_quality") == Some("estimated"),
                named: [(UNASKED, Default::default()); NAMINGS],
            })
        })
    }
}

/// Returns the activity id that a tag names and which defaults it took, or the tag that is missing.
fn name(
    batch: &TelemetryBatch,
    event: usize,
    defaults: &Defaults,
    naming: Naming,
) -> Result<(String, [bool; ASSUMED.len()]), &'static str> {
    let mut used = [false; ASSUMED.len()];
    let mut word = |tag, default: Option<&String>, assumed: Option<Assumed>| {
        if let Some(word) = batch.tag(event, tag).filter(|t| !t.is_empty()) {
            return Ok(word.to_owned());
        }
        match (assumed, default) {
            (Some(Assumed::GeneratorFuel), None) => {
                used[Assumed::GeneratorFuel as usize] = true;
                Ok("diesel".to_owned())
            }
            (Some(assumed), Some(default)) => {
                used[assumed as usize] = true;
                Ok(default.clone())
            }
            _ => Err(tag),
        }
    };
    let d = defaults;
    let id = match naming {
        Naming::Fuel => format!("fuel.{}", word("fuel", d.fuel.as_ref(), Some(Assumed::Fuel))?),
        Naming::GeneratorFuel => {
            let fuel = word("generator_fuel", d.generator_fuel.as_ref(), Some(Assumed::GeneratorFuel))?;
            format!("fuel.{fuel}")
        }
        Naming::Refrigerant => {
            let gas = word("refrigerant", d.refrigerant.as_ref(), Some(Assumed::Refrigerant))?;
            format!("refrigerant.{gas}")
        }
        Naming::VehicleClass => {
            let class = word("vehicle_class", d.vehicle_class.as_ref(), Some(Assumed::VehicleClass))?;
            format!("vehicle.{class}")
        }
        Naming::FreightClass => format!("freight.{}", word("freight_class", None, None)?),
        Naming::HeatSource => {
            let source = word("heat_source", d.heat_source.as_ref(), Some(Assumed::HeatSource))?;
            match &*source {
                "district" | "steam" => format!("heat.{source}"),
                _ => format!("fuel.{source}"),
            }
        }
        Naming::Material => {
            format!("material.{}", word("material", d.material.as_ref(), Some(Assumed::Material))?)
        }
        Naming::Waste => {
            let material = word("waste_material", d.waste_material.as_ref(), Some(Assumed::WasteMaterial))?;
            let route = word("waste_route", d.waste_route.as_ref(), Some(Assumed::WasteRoute))?;
            format!("waste.{material}.{route}")
        }
    };
    Ok((id, used))
}

/// The value that stood in for what was missing.
fn assumed_value(d: &Defaults, assumed: usize) -> String {
    let word = |default: &Option<String>| default.clone().unwrap_or_default();
    match ASSUMED[assumed] {
        "pue" => d.pue.map(|p| p.to_string()).unwrap_or_default(),
        "fuel" => word(&d.fuel),
        "generator_fuel" => d.generator_fuel.clone().unwrap_or_else(|| "diesel".into()),
        "refrigerant" => word(&d.refrigerant),
        "vehicle_class" => word(&d.vehicle_class),
        "heat_source" => word(&d.heat_source),
        "heat_basis" => word(&d.heat_basis),
        "material" => word(&d.material),
        "waste_material" => word(&d.waste_material),
        "waste_route" => word(&d.waste_route),
        _ => "1".into(),
    }
}
