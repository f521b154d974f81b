//! The graph of a figure: source, event, conversion, factor, GWP, product, cell.

use std::collections::HashMap;

use super::{EventKey, FactorName, GwpName, Term, TracedCell, Trail};
use crate::error::Error;
use crate::lineage::{Graph, NodeId, Stage, Step};
use crate::time::Instant;

/// Who answers for what the engine did.
const ENGINE: &str = "esg-core";

impl Trail {
    /// Returns the graph of a figure and the name of its cell. `made` is when it was calculated, where the caller says so:
    /// without it the same events and factors give the same names for ever.
    ///
    /// # Errors
    /// None of a cell that this trail gave; `lineage.node_unknown` would be a fault.
    pub fn graph(&self, cell: &TracedCell, made: Option<Instant>) -> Result<(Graph, NodeId), Error> {
        let mut graph = Graph::default();
        let mut products = Vec::with_capacity(cell.terms.len());
        let mut seen: HashMap<NodeId, u32> = HashMap::new();
        for (term, covers) in cell.terms.iter().zip(&cell.covers) {
            let mut inputs = Vec::with_capacity(3);
            match &term.event {
                Some(event) => {
                    let event = self.event_node(&mut graph, covers[0], event)?;
                    inputs.push(graph.add(conversion(term, event))?);
                }
                None => {
                    let mut events = Vec::with_capacity(covers.len());
                    for &number in covers {
                        events.push(self.event_node(&mut graph, number, &self.event(number))?);
                    }
                    inputs.push(graph.add(instrument(term, events))?);
                }
            }
            for factor in &term.factors {
                inputs.push(graph.add(factor_step(factor))?);
            }
            if let Some(gwp) = &term.gwp {
                inputs.push(graph.add(gwp_step(gwp))?);
            }
            let step = dated(product(term), made).from(inputs);
            // An event may hold the same activity twice: two terms of one content are two nodes.
            let first = graph.add(step.clone())?;
            let times = seen.entry(first).and_modify(|times| *times += 1).or_insert(1);
            products.push(if *times == 1 { first } else { graph.add(step.fact("occurrence", *times))? });
        }
        let root = graph.add(dated(sum(cell), made).from(products))?;
        Ok((graph, root))
    }

    fn event_node(&self, graph: &mut Graph, number: u32, key: &EventKey) -> Result<NodeId, Error> {
        let event = number as usize;
        let system = &key.source_id;
        let source = graph.add(Step::new(Stage::Source, system, system).fact("source_id", system))?;
        let label = format!("{system}/{}", key.external_event_id);
        let step = Step::new(Stage::Event, label, system)
            .at(self.events.instant[event])
            .fact("source_id", system)
            .fact("external_event_id", &key.external_event_id)
            .fact("vertical", self.events.vertical[event].as_str())
            .fact("metrics", self.metrics(event))
            .fact("sha256", &key.fingerprint)
            .from([source]);
        Ok(graph.add(step)?)
    }

    /// What an event measured, by name: `energy_kwh 1250.5 kWh; pue 1.15 1`.
    fn metrics(&self, event: usize) -> String {
        let of = |at: usize| {
            let metric = &self.events.metrics[self.events.metric[at] as usize];
            format!("{} {} {}", metric.name, self.events.value[at], metric.unit)
        };
        let mut metrics: Vec<String> = self.events.measurements(event).map(of).collect();
        metrics.sort_unstable();
        metrics.join("; ")
    }
}

fn dated(step: Step, made: Option<Instant>) -> Step {
    match made {
        Some(time) => step.at(time),
        None => step,
    }
}

fn conversion(term: &Term, event: NodeId) -> Step {
    let ratio = &term.conversion;
    Step::new(Stage::Conversion, format!("{} {} of {}", term.quantity, term.unit, term.activity), ENGINE)
        .by(format!("normalize; 1 {} = {ratio} {}", term.unit, term.per))
        .fact("activity", &term.activity)
        .fact("quantity", &term.quantity)
        .fact("unit", &term.unit)
        .fact("ratio", ratio)
        .fact("per", &term.per)
        .from([event])
}

fn instrument(term: &Term, events: Vec<NodeId>) -> Step {
    let id = term.instrument.as_deref().unwrap_or_default();
    Step::new(Stage::Instrument, format!("{id} covers {} kWh", term.quantity), ENGINE)
        .by("cover the consumption of a market and month, shared by largest remainder")
        .fact("instrument", id)
        .fact("energy_kwh", &term.quantity)
        .from(events)
}

fn factor_step(factor: &FactorName) -> Step {
    let name = format!("{} {}/{}", factor.set, factor.version, factor.id);
    Step::new(
        Stage::Factor,
        format!("{name}: {} per {}", factor.published.join(", "), factor.per),
        &*factor.authority,
    )
    .fact("id", &factor.id)
    .fact("set", &factor.set)
    .fact("version", &factor.version)
    .fact("set_digest", &factor.digest)
    .fact("published", factor.published.join("; "))
    .fact("per", &factor.per)
    .fact("table", &factor.source)
}

fn gwp_step(gwp: &GwpName) -> Step {
    let label = format!("{} {} years {} = {}", gwp.set, gwp.horizon, gwp.gas, gwp.value);
    Step::new(Stage::Gwp, label, &*gwp.set)
        .fact("set", &gwp.set)
        .fact("horizon_years", gwp.horizon)
        .fact("gas", &gwp.gas)
        .fact("value", &gwp.value)
}

fn product(term: &Term) -> Step {
    let result = match (term.co2e, term.mass) {
        (Some(co2e), _) => format!("{co2e} kg CO2e"),
        (None, Some(mass)) => format!("{mass} of {}", term.measure),
        (None, None) => "nothing".to_owned(),
    };
    let gas = if term.measure == "CO2e" { String::new() } else { format!(" of {}", term.measure) };
    let label = if term.co2e.is_some() { format!("{result}{gas}") } else { result };
    Step::new(Stage::Calculation, label, ENGINE)
        .by("quantity x conversion x value x GWP, rounded once, half to even, to 1e-15")
        .fact("activity", &term.activity)
        .fact("scope", &term.scope)
        .fact("measure", &term.measure)
        .fact("value_per_unit", &term.value)
        .known("mass", term.mass)
        .known("co2e_kg", term.co2e)
}

fn sum(cell: &TracedCell) -> Step {
    let outside = cell.terms.iter().all(|term| term.co2e.is_none());
    let figure = match cell.mass {
        Some(mass) if outside => format!("{mass} {}", cell.unit),
        _ => format!("{} kg CO2e", cell.co2e),
    };
    Step::new(Stage::Cell, format!("{}: {figure}", cell.selection), ENGINE)
        .by("add whole picograms")
        .fact("co2e_kg", cell.co2e)
        .known("mass", cell.mass)
        .known("unit", cell.mass.map(|_| cell.unit))
        .fact("terms", cell.terms.len())
}
