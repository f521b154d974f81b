//! The method and data-quality statement: in words, from the options and the counts that the numbers rest on.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::aggregate::Inventory;
use crate::factor::HORIZON;

/// How the numbers were calculated.
#[derive(Clone, Debug, Serialize)]
pub struct Method {
    /// GWP set, such as `AR6`.
    pub gwp: String,
    /// Years over which GWPs are taken.
    pub horizon_years: u16,
    /// All options.
    pub options: serde_json::Value,
    /// What a person reads.
    pub statements: Vec<Statement>,
}

/// One paragraph of the method statement.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Statement {
    /// What it is about.
    pub topic: &'static str,
    /// The paragraph.
    pub text: String,
}

impl Method {
    pub(super) fn of(inventory: &Inventory, statements: Vec<Statement>) -> Self {
        let options = inventory.options();
        Self {
            gwp: options.gwp().name().to_owned(),
            horizon_years: options.gwp().horizon(),
            options: options.to_json(),
            statements,
        }
    }
}

/// Returns the statement for an inventory.
pub(super) fn statements(inventory: &Inventory) -> Vec<Statement> {
    let options = inventory.options();
    let gwp = options.gwp();
    let mut list = Vec::new();
    let mut say = |topic, text: String| list.push(Statement { topic, text });
    say(
        "Standard",
        "Calculated by the rules of the GHG Protocol: Corporate Standard (2004), Scope 2 Guidance (2015) and Corporate \
         Value Chain (Scope 3) Standard (2011). This report has not been verified by a third party unless it says so."
            .into(),
    );
    let published = if gwp.horizon() == HORIZON {
        "CO2e that a publisher gives without its gases is used only where it rests on the same set."
    } else {
        "CO2e that a publisher gives without its gases rests on 100 years and is not used."
    };
    say("Global warming potentials", format!("{} over {} years. {published}", gwp.name(), gwp.horizon()));
    say(
        "Exactness and rounding",
        "Quantities and factors are exact decimals. Each line is their exact product, rounded once, half to even, to one \
         picogram (1e-15 kg); totals are sums of whole picograms. Amounts are exact to 1 pg; they are shown rounded half \
         to even to the decimals of their column in the rendered forms only, so shown figures may not add up in their \
         last digit. JSON, CSV and the exact columns of the workbook carry every digit."
            .into(),
    );
    say(
        "Scope 2",
        "Purchased energy is shown by the location-based and by the market-based method, side by side. They are two \
         answers to one question and are never added to each other; no grid average answers for the market-based method \
         unless the options say so. Losses on the wires and the fuel chain stand in scope 3, category 3."
            .into(),
    );
    if options.market_grid_average {
        let text = "Where no residual mix is published, the market-based method takes the grid average.";
        say("Market-based fallback", text.into());
    }
    say(
        "Upstream of energy",
        if options.upstream {
            "Category 3.3 is derived from fuels and purchased energy.".into()
        } else {
            "Category 3.3 is not derived from fuels and purchased energy: the options switch it off.".into()
        },
    );
    say(
        "Outside of the scopes",
        "CO2 from biomass is shown apart and is part of no total; CH4 and N2O of biomass are within the scopes. Energy is \
         what rows state in units of energy, in kWh; water is what they state as withdrawn, in litres."
            .into(),
    );
    let allowed = options.allow.names();
    say(
        "Substitution",
        if allowed.is_empty() {
            "No fallback was allowed: every factor holds for its activity, region and day as it was asked for.".into()
        } else {
            format!("Allowed fallbacks: {}. Those that were used are among the caveats.", allowed.join(", "))
        },
    );
    say(
        "Missing data",
        "A row without an applicable factor is not counted as zero: it is left out, counted and named under coverage. A \
         scope or category is present, partial, missing, or not applicable where the company states not to have it."
            .into(),
    );
    if !options.not_applicable.is_empty() {
        let list: Vec<String> = options.not_applicable.iter().map(ToString::to_string).collect();
        say("Not applicable", format!("Scope 3 categories stated not to exist: {}.", list.join(", ")));
    }
    say("Data quality", data_quality(inventory));
    list
}

fn data_quality(inventory: &Inventory) -> String {
    let counts = inventory.counts();
    let mut by_verification: BTreeMap<&str, u64> = BTreeMap::new();
    let mut by_provenance: BTreeMap<&str, u64> = BTreeMap::new();
    for factor in inventory.factors().values() {
        let verification = if factor.verification.is_empty() { "not stated" } else { &factor.verification };
        *by_verification.entry(verification).or_default() += 1;
        let provenance = factor.uncertainty.as_ref().and_then(|u| u.get("provenance")?.as_str());
        *by_provenance.entry(provenance.unwrap_or("none")).or_default() += 1;
    }
    let listed = |counts: &BTreeMap<&str, u64>| {
        let parts: Vec<String> = counts.iter().map(|(name, n)| format!("{n} {name}")).collect();
        if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
    };
    format!(
        "{} rows came, {} were calculated, {} of these from estimated quantities; {} lie outside of the period. Factors \
         by verification of their transcription: {}. Factors by provenance of their uncertainty: {}.",
        counts.rows,
        counts.calculated,
        counts.estimated,
        counts.outside_period,
        listed(&by_verification),
        listed(&by_provenance),
    )
}
