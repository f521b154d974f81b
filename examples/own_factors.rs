//! A factor of your own, and the lock that holds a number to its factors: `cargo run --example own_factors`.
//!
//! The works buys heat from a neighbour who states what it emits. Its factor stands in a set of its own, beside the
//! built-in ones. The lock then names every set by its digest: the same number can be made again years later, and a
//! changed byte is refused.

use esg_core::activity::{Activity, ActivityBatch, Basis, NONE};
use esg_core::aggregate::{Engine, Options, Total};
use esg_core::factor::{FactorSet, Registry};

const OWN: &str = r#"{"passport":{"set":"neighbour","version":"2025.1.0","title":"Heat from next door","authority":"custom","licence":null,"published":null,"retrieved":null,"data_year":2024,"valid":{"from":"2025-01-01","to":null},"gwp":"AR5"}}
{"activity":"heat.district","boundary":"generation","geography":"GB","id":"heat","kind":"co2e","name":"Heat of the mill","per":"kWh","scope":2,"values":[{"gas":"CO2e","unit":"kg","value":"0.064"}]}"#;

fn heat(registry: Registry) -> Result<String, esg_core::Error> {
    let mut batch = ActivityBatch::default();
    let row = Activity {
        activity: "heat.district",
        quantity: "25".parse()?,
        unit: "MWh",
        timestamp: "2025-03-15T12:00:00Z".parse()?,
        region: Some("GB"),
        site: None,
        source: "heat-meter",
        vertical: "general",
        scope: None,
        category: None,
        basis: Basis::Measured,
        event: 0,
    };
    batch.push(&row, NONE);
    let inventory = Engine::new(registry, Options::new("AR5")?)?.calculate(&batch)?;
    let by_factor = inventory.by(&["scope", "factor"], None)?;
    let line = by_factor.iter().find(|group| group.key[0].as_deref() == Some("2 location"));
    let factor = line.and_then(|group| group.key[1].as_deref()).unwrap_or("no factor");
    Ok(format!("{} kg CO2e by {factor}", inventory.total(Total::ScopeTwoLocation)?))
}

fn main() -> Result<(), esg_core::Error> {
    println!("published: {}", heat(Registry::built_in())?);
    let mut registry = Registry::built_in();
    registry.add(FactorSet::parse(OWN)?)?;
    println!("own:       {}", heat(registry.clone())?); // 25,000 kWh x 0.064

    let lock = registry.lock();
    println!("locked:    {} sets, {}", lock.sets.len(), heat(registry.locked(&lock)?)?);

    let mut changed = Registry::built_in();
    changed.add(FactorSet::parse(&OWN.replace("0.064", "0.046"))?)?;
    match changed.locked(&lock) {
        Ok(_) => println!("a changed factor went unseen"),
        Err(error) => println!("refused:   [{}] {error}", error.code()),
    }
    Ok(())
}
