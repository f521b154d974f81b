//! Inventories: published factors by hand, both methods of scope 2, what is missing, and that parts make the whole.

use esg_core::activity::{Activity, ActivityBatch, Basis, NONE};
use esg_core::aggregate::{Engine, Instrument, InstrumentKind, Inventory, Options, State, Total};
use esg_core::factor::{Allow, Registry};
use esg_core::ghg::{Dimensions, Granularity};
use esg_core::time::Period;
use proptest::prelude::*;

/// Activity, quantity, unit, region, day.
type Row<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);

fn push(batch: &mut ActivityBatch, (activity, quantity, unit, region, day): Row<'_>, stated: (u8, u8)) {
    let event = batch.len() as u32;
    let row = Activity {
        activity,
        quantity: quantity.parse().unwrap(),
        unit,
        timestamp: format!("{day}T12:00:00Z").parse().unwrap(),
        region: Some(region).filter(|r| !r.is_empty()),
        site: Some("site"),
        source: "meter",
        vertical: "general",
        scope: Some(stated.0).filter(|s| *s > 0),
        category: Some(stated.1).filter(|c| *c > 0),
        basis: Basis::Measured,
        event,
    };
    batch.push(&row, NONE);
}

fn batch(rows: &[Row<'_>]) -> ActivityBatch {
    let mut batch = ActivityBatch::default();
    for row in rows {
        push(&mut batch, *row, (0, 0));
    }
    batch
}

fn calculate(rows: &[Row<'_>], gwp: &str) -> Inventory {
    Engine::new(Registry::built_in(), Options::new(gwp).unwrap()).unwrap().calculate(&batch(rows)).unwrap()
}

fn kg(inventory: &Inventory, total: Total) -> String {
    inventory.total(total).unwrap().to_string()
}

#[test]
fn a_litre_of_diesel_is_what_the_publisher_prints_under_its_own_gwps() {
    // DESNZ 2025: 2.57082 kg CO2e/L = 2.53763 CO2 + 0.00029 CH4 + 0.0329 N2O; WTT 0.61101.
    let inventory = calculate(&[("fuel.diesel", "1000", "L", "GB", "2025-03-01")], "AR5");
    assert_eq!(kg(&inventory, Total::ScopeOne), "2570.82");
    assert_eq!(kg(&inventory, Total::Category(3)), "611.01");
    // 0.14 kg of biogenic CO2 for each litre stay outside.
    assert_eq!(inventory.biogenic_co2().unwrap().to_string(), "140");
    let methane = inventory.mass(Total::ScopeOne, "CH4").unwrap().unwrap();
    // 0.29 kg CO2e / 28.
    assert_eq!(methane.to_string(), "0.010357142857143");
}

#[test]
fn under_another_gwp_set_the_gases_are_valued_anew() {
    let inventory = calculate(&[("fuel.diesel", "1000", "L", "GB", "2025-03-01")], "AR6");
    // 2537.63 + 0.29 x 27.9/28 + 32.9 x 273/265.
    let want = 2537.63 + 0.29 * 27.9 / 28.0 + 32.9 * 273.0 / 265.0;
    let got: f64 = kg(&inventory, Total::ScopeOne).parse().unwrap();
    assert!((got - want).abs() < 1e-9, "{got} {want}");
    // The fuel chain is published as CO2e only, so under AR6 it is missing and not zero.
    let coverage = inventory.coverage();
    let fuel_chain = coverage.iter().find(|c| c.scope == "3.3").unwrap();
    assert_eq!((fuel_chain.state, fuel_chain.rows_missing), (State::Missing, 1));
    assert_eq!(fuel_chain.reasons[0].code, "factor.gwp_mismatch");
    assert!(inventory.caveats().iter().any(|c| c.code == "scope3_incomplete"));
}

#[test]
fn bought_electricity_stands_in_both_methods_and_its_losses_in_category_three() {
    // DESNZ 2025: grid 0.17700; T&D 0.01853; WTT 0.0459 + 0.00397 kg CO2e/kWh.
    let inventory = calculate(&[("electricity.grid", "10", "MWh", "GB", "2025-03-01")], "AR5");
    assert_eq!(kg(&inventory, Total::ScopeTwoLocation), "1770");
    assert_eq!(kg(&inventory, Total::Category(3)), "684");
    assert_eq!(inventory.total(Total::ScopeTwoMarket).unwrap_err().code(), "inventory.method_missing");
    assert_eq!(inventory.total(Total::AllMarket).unwrap_err().code(), "inventory.method_missing");
    assert!(inventory.subtotal(Total::ScopeTwoMarket).unwrap().is_zero());
    assert_eq!(inventory.uncovered_market_kwh().to_string(), "10000");
    assert!(inventory.caveats().iter().any(|c| c.code == "market_method_incomplete"));
    assert_eq!(inventory.energy_kwh().unwrap().to_string(), "10000");
    assert_eq!(kg(&inventory, Total::AllLocation), "2454");
}

#[test]
fn grid_loss_is_made_good_at_the_grids_rate() {
    let inventory = calculate(&[("electricity.grid", "1000", "MWh", "US-CAMX", "2024-03-01")], "AR5");
    // No residual mix and no fuel chain is published for the United States.
    assert_eq!(inventory.gaps().len(), 2, "{:?}", inventory.gaps());
    let location: f64 = kg(&inventory, Total::ScopeTwoLocation).parse().unwrap();
    // eGRID2023 rev 2 CAMX: 428.464 lb CO2, CH4 and N2O in the file; grid gross loss 4.1 %.
    assert!(location > 428.464 * 453.59237 && location < 431.0 * 453.59237, "{location}");
    let losses: f64 = kg(&inventory, Total::Category(3)).parse().unwrap();
    // Emissions of a loss l are l / (1 - l) of those consumed.
    assert!((losses / location - 0.041 / (1.0 - 0.041)).abs() < 1e-12, "{losses} {location}");
}

#[test]
fn a_gas_that_escapes_needs_only_its_gwp() {
    // AR6: HFC-134a 1530; SF6 24300. AR5: R-410A = (677 + 3170) / 2 = 1923.5.
    let inventory = calculate(&[("refrigerant.hfc-134a", "2", "kg", "", "2025-03-01")], "AR6");
    assert_eq!(kg(&inventory, Total::ScopeOne), "3060");
    assert_eq!(inventory.mass(Total::ScopeOne, "HFC-134a").unwrap().unwrap().to_string(), "2");
    let inventory = calculate(&[("refrigerant.r-410a", "500", "g", "", "2025-03-01")], "AR5");
    assert_eq!(kg(&inventory, Total::ScopeOne), "961.75");
}

#[test]
fn a_row_that_cannot_be_calculated_is_returned_and_in_no_total() {
    let rows = [
        ("fuel.diesel", "1", "L", "GB", "2025-03-01"),
        ("fuel.deisel", "1", "L", "GB", "2025-03-01"),
        ("fuel.diesel", "1", "kWh", "GB", "2025-03-01"),
        ("fuel.diesel", "1", "L", "Atlantis", "2025-03-01"),
    ];
    let inventory = calculate(&rows, "AR5");
    assert_eq!(kg(&inventory, Total::ScopeOne), "2.57082");
    let lost: Vec<(u32, &str)> =
        inventory.uncalculated().iter().map(|u| (u.event, inventory.gaps()[u.gap as usize].code)).collect();
    assert_eq!(lost, [(1, "factor.not_found"), (2, "factor.unit"), (3, "geography.unknown")]);
    let counts = inventory.counts();
    assert_eq!((counts.rows, counts.calculated), (4, 1));
    assert!(inventory.caveats().iter().any(|c| c.code == "rows_uncalculated" && c.rows == 3));
}

const RESIDUAL: &str = r#"{"passport":{"set":"residual","version":"1.0.0","title":"Residual mix","authority":"custom","licence":null,"published":null,"retrieved":null,"data_year":2025,"valid":{"from":"2025-01-01","to":null},"gwp":"AR5"}}
{"activity":"electricity.residual_mix","boundary":"residual-mix","geography":"GB","id":"r","kind":"co2e","name":"Residual mix","per":"kWh","scope":2,"values":[{"gas":"CO2e","unit":"kg","value":"0.45"}]}"#;

fn contract(id: &str, kwh: &str) -> Instrument {
    Instrument {
        id: id.into(),
        kind: InstrumentKind::PowerPurchaseAgreement,
        market: "GB".into(),
        start: "2025-01-01".parse().unwrap(),
        end: "2025-12-31".parse().unwrap(),
        energy_kwh: kwh.parse().unwrap(),
        co2e_kg_per_kwh: "0.02".parse().unwrap(),
    }
}

fn market_engine(instruments: Vec<Instrument>) -> Engine {
    let mut registry = Registry::built_in();
    registry.add_text(RESIDUAL).unwrap();
    Engine::new(registry, Options { instruments, ..Options::new("AR5").unwrap() }).unwrap()
}

#[test]
fn a_contract_covers_what_it_may_and_the_residual_mix_the_rest() {
    // calcsimpler.com, without its uplift for losses: 9 GWh at 0.02 and 3 GWh at 0.45 make 180 + 1350 t.
    let rows = [
        ("electricity.grid", "4000", "MWh", "GB", "2025-02-01"),
        ("electricity.grid", "8000000", "kWh", "GB", "2025-07-01"),
    ];
    let inventory = market_engine(vec![contract("ppa-1", "9000000")]).calculate(&batch(&rows)).unwrap();
    assert_eq!(inventory.total(Total::ScopeTwoMarket).unwrap().tonnes(), "1530");
    assert_eq!(inventory.instruments()[0].unused_kwh.to_string(), "0");
    // One that covers more than was consumed is capped there.
    let inventory = market_engine(vec![contract("ppa-1", "15000000")]).calculate(&batch(&rows)).unwrap();
    assert_eq!(inventory.total(Total::ScopeTwoMarket).unwrap().tonnes(), "240");
    assert_eq!(inventory.instruments()[0].unused_kwh.to_string(), "3000000");
    // Another market's consumption is not covered.
    let abroad = [("electricity.grid", "1", "MWh", "DE", "2025-02-01")];
    let inventory = market_engine(vec![contract("ppa-1", "9000000")]).calculate(&batch(&abroad)).unwrap();
    assert_eq!(inventory.instruments()[0].used_kwh.to_string(), "0");
}

#[test]
fn an_instrument_of_a_market_that_is_no_place_is_refused() {
    for market in ["Narnia", "UK", ""] {
        let elsewhere = Instrument { market: market.into(), ..contract("go-1", "1") };
        let options = Options { instruments: vec![elsewhere], ..Options::new("AR5").unwrap() };
        let error = Engine::new(Registry::built_in(), options).unwrap_err();
        assert_eq!(error.code(), "ghg.instrument", "{market:?}");
        assert!(error.to_string().contains("market"), "{error}");
    }
    // A place of the user's own is one.
    let own =
        RESIDUAL.replace("electricity.residual_mix", "electricity.grid").replace("\"GB\"", "\"campus\"");
    let mut registry = Registry::built_in();
    registry.add_text(&own.replace("residual-mix", "generation")).unwrap();
    let campus = Instrument { market: "campus".into(), ..contract("go-1", "1") };
    assert!(
        Engine::new(registry, Options { instruments: vec![campus], ..Options::new("AR5").unwrap() }).is_ok()
    );
}

#[test]
fn periods_that_lie_ten_thousand_years_apart_are_summed_apart() {
    let rows = [
        ("electricity.grid", "1", "kWh", "campus", "9999-12-31"),
        ("electricity.grid", "2", "kWh", "campus", "0001-01-01"),
        ("electricity.grid", "4", "kWh", "campus", "2025-01-01"),
        ("electricity.grid", "8", "kWh", "campus", "0001-01-01"),
    ];
    let own =
        RESIDUAL.replace("electricity.residual_mix", "electricity.grid").replace("\"GB\"", "\"campus\"");
    let own = own
        .replace("residual-mix", "generation")
        .replace("\"from\":\"2025-01-01\"", "\"from\":\"0001-01-01\"");
    let mut registry = Registry::built_in();
    registry.add_text(&own).unwrap();
    let mut options = Options::new("AR5").unwrap();
    options.dimensions.period = Granularity::Day;
    let inventory = Engine::new(registry, options).unwrap().calculate(&batch(&rows)).unwrap();
    let groups = inventory.by(&["day"], Some("location")).unwrap();
    let sums: Vec<_> = groups.iter().map(|g| (g.key[0].as_deref().unwrap(), g.co2e_kg.to_string())).collect();
    // 0.45 kg for each kWh.
    let want = [("0001-01-01", "4.5"), ("2025-01-01", "1.8"), ("9999-12-31", "0.45")];
    assert_eq!(sums, want.map(|(day, kg)| (day, kg.to_owned())));
}

#[test]
fn no_certificate_is_used_twice() {
    let listed_twice = Options {
        instruments: vec![contract("go-1", "1"), contract("go-1", "1")],
        ..Options::new("AR5").unwrap()
    };
    assert_eq!(Engine::new(Registry::built_in(), listed_twice).unwrap_err().code(), "ghg.instrument");
    // Two sites that calculate apart and merge share the certificate instead of using it once each.
    let engine = market_engine(vec![contract("go-1", "1000")]);
    let row = [("electricity.grid", "1000", "kWh", "GB", "2025-02-01")];
    let mut whole = engine.calculate(&batch(&row)).unwrap();
    whole.merge(engine.calculate(&batch(&row)).unwrap()).unwrap();
    // 1000 kWh at 0.02 and 1000 kWh at 0.45.
    assert_eq!(kg(&whole, Total::ScopeTwoMarket), "470");
    let half_month = Instrument { start: "2025-01-15".parse().unwrap(), ..contract("go-2", "1") };
    let options = Options { instruments: vec![half_month], ..Options::new("AR5").unwrap() };
    assert_eq!(Engine::new(Registry::built_in(), options).unwrap_err().code(), "ghg.instrument");
}

#[test]
fn the_grid_average_stands_in_only_where_it_is_allowed() {
    let options = Options { market_grid_average: true, ..Options::new("AR5").unwrap() };
    let engine = Engine::new(Registry::built_in(), options).unwrap();
    let inventory =
        engine.calculate(&batch(&[("electricity.grid", "1000", "kWh", "GB", "2025-02-01")])).unwrap();
    assert_eq!(kg(&inventory, Total::ScopeTwoMarket), "177");
    assert!(inventory.caveats().iter().any(|c| c.message.contains("market_grid_average")));
}

#[test]
fn the_biomass_of_a_kilowatt_hour_counts_once_though_it_has_two_methods() {
    let row = [("electricity.grid", "1000", "kWh", "GB", "2025-02-01")];
    let alone = calculate(&row, "AR5").biogenic_co2().unwrap();
    let options = Options { market_grid_average: true, ..Options::new("AR5").unwrap() };
    let both = Engine::new(Registry::built_in(), options).unwrap().calculate(&batch(&row)).unwrap();
    assert!(!alone.is_zero());
    assert_eq!(both.biogenic_co2().unwrap(), alone);
}

#[test]
fn water_is_counted_where_nobody_publishes_what_supplying_it_emits() {
    let inventory = calculate(&[("water.supply", "5", "m3", "US-CAMX", "2024-03-01")], "AR6");
    assert_eq!(inventory.water_litres().unwrap().to_string(), "5000");
    assert!(inventory.uncalculated().is_empty());
    let supply = inventory.coverage().into_iter().find(|c| c.scope == "3.1").unwrap();
    assert_eq!((supply.state, supply.rows_missing), (State::Missing, 1));
}

#[test]
fn a_cloud_is_watts_times_pue_times_grid() {
    // Cloud Carbon Footprint, aws average: (0.870690897674 + 3.54180494778) / 2 W; AWS us-east-1 2024: PUE 1.15.
    let row = [("cloud.compute", "1000000", "{vCPU}.h", "us-east-1", "2024-03-01")];
    let cloud: f64 = kg(&calculate(&row, "AR5"), Total::Category(1)).parse().unwrap();
    let kwh = (0.870690897674 + 3.54180494778) / 2.0 * 1000.0 * 1.15;
    let grid = [("electricity.grid", "1", "kWh", "us-east-1", "2024-03-01")];
    let per_kwh: f64 = kg(&calculate(&grid, "AR5"), Total::ScopeTwoLocation).parse().unwrap();
    // One kWh is rounded to 1e-15 kg, so the comparison is good to 1e-12.
    assert!((cloud / (kwh * per_kwh) - 1.0).abs() < 1e-12, "{cloud} {}", kwh * per_kwh);
    let traffic = calculate(&[("cloud.network", "1", "TB", "us-east-1", "2024-03-01")], "AR5");
    let network: f64 = kg(&traffic, Total::Category(1)).parse().unwrap();
    // Sustainable Web Design Model 4: 0.059 kWh for each GB.
    assert!((network / (59.0 * per_kwh) - 1.0).abs() < 1e-12, "{network}");
    assert!(traffic.caveats().iter().any(|c| c.message.contains("0.059")));
    // Where no provider is known, nothing is guessed.
    let nowhere = calculate(&[("cloud.compute", "1", "{vCPU}.h", "GB", "2024-03-01")], "AR5");
    assert_eq!((nowhere.uncalculated().len(), nowhere.gaps()[0].code), (1, "factor.not_found"));
}

#[test]
fn bought_heat_has_its_network_losses_and_no_market_factor_by_itself() {
    // DESNZ 2025, kg CO2e/kWh: heat 0.17529; WTT 0.03341; network losses 0.00945 and their WTT 0.00176.
    let row = [("heat.district", "1000", "kWh", "GB", "2025-02-01")];
    let inventory = calculate(&row, "AR5");
    assert_eq!(kg(&inventory, Total::ScopeTwoLocation), "175.29");
    assert_eq!(kg(&inventory, Total::Category(3)), "44.62");
    assert_eq!(inventory.total(Total::ScopeTwoMarket).unwrap_err().code(), "inventory.method_missing");
    assert!(inventory.caveats().iter().any(|c| c.message.contains("incomplete: 1 rows")));
    let options = Options { market_grid_average: true, ..Options::new("AR5").unwrap() };
    let allowed = Engine::new(Registry::built_in(), options).unwrap().calculate(&batch(&row)).unwrap();
    assert_eq!(kg(&allowed, Total::ScopeTwoMarket), "175.29");
    assert!(allowed.caveats().iter().any(|c| c.message.contains("market_grid_average")));
}

#[test]
fn a_stated_category_holds_for_the_whole_line() {
    let mut data = ActivityBatch::default();
    push(&mut data, ("electricity.grid", "100", "kWh", "GB", "2025-02-01"), (3, 13));
    push(&mut data, ("electricity.grid", "100", "kWh", "GB", "2025-02-01"), (3, 16));
    let engine = Engine::new(Registry::built_in(), Options::new("AR5").unwrap()).unwrap();
    let inventory = engine.calculate(&data).unwrap();
    assert_eq!(kg(&inventory, Total::Category(13)), "17.7");
    assert_eq!(kg(&inventory, Total::ScopeTwoLocation), "0");
    assert_eq!(inventory.gaps()[0].code, "ghg.scope");
}

#[test]
fn a_period_keeps_other_days_out_and_says_so() {
    let period = Period::new("2025-01-01".parse().unwrap(), "2025-12-31".parse().unwrap()).unwrap();
    let options = Options { period: Some(period), not_applicable: vec![15], ..Options::new("AR5").unwrap() };
    let engine = Engine::new(Registry::built_in(), options).unwrap();
    let rows = [
        ("fuel.diesel", "1", "L", "GB", "2024-12-31"),
        ("fuel.diesel", "1", "L", "GB", "2025-01-01"),
        ("fuel.diesel", "1", "L", "GB", "2025-12-30"),
    ];
    let inventory = engine.calculate(&batch(&rows)).unwrap();
    assert_eq!(kg(&inventory, Total::ScopeOne), "5.14164");
    assert_eq!(inventory.counts().outside_period, 1);
    let codes: Vec<_> = inventory.caveats().into_iter().map(|c| c.code).collect();
    assert!(codes.contains(&"rows_outside_period") && codes.contains(&"partial_period"), "{codes:?}");
    let coverage = inventory.coverage();
    let state = |scope: &str| coverage.iter().find(|c| c.scope == scope).unwrap().state;
    assert_eq!(
        (state("3.15"), state("3.14"), state("1")),
        (State::NotApplicable, State::Missing, State::Present)
    );
}

#[test]
fn grouping_never_adds_the_two_methods() {
    let inventory = calculate(&[("electricity.grid", "1000", "kWh", "GB", "2025-02-01")], "AR5");
    assert_eq!(inventory.by(&["month"], None).unwrap_err().code(), "inventory.dimension");
    let months = inventory.by(&["month"], Some("location")).unwrap();
    assert_eq!(months[0].key, [Some("2025-02".to_owned())]);
    assert_eq!(months[0].co2e_kg, inventory.total(Total::AllLocation).unwrap());
    let scopes = inventory.by(&["scope"], None).unwrap();
    let names: Vec<_> = scopes.iter().map(|g| g.key[0].clone().unwrap()).collect();
    assert_eq!(names, ["2 location", "3"]);
    assert_eq!(inventory.by(&["day"], Some("location")).unwrap_err().code(), "inventory.dimension");
    let gases = inventory.by(&["gas", "year"], Some("location")).unwrap();
    assert!(
        gases.iter().any(|g| g.key[0].as_deref() == Some("energy") && g.mass.unwrap().to_string() == "1000")
    );
}

#[test]
fn inventories_of_other_options_do_not_merge() {
    let row = [("fuel.diesel", "1", "L", "GB", "2025-02-01")];
    let mut one = calculate(&row, "AR5");
    assert_eq!(one.merge(calculate(&row, "AR6")).unwrap_err().code(), "inventory.merge");
}

#[test]
fn the_registry_and_gwps_are_checked_before_anything_is_calculated() {
    assert_eq!(Options::new("AR7").unwrap_err().code(), "gwp.unknown");
    let options = Options { not_applicable: vec![16], ..Options::new("AR5").unwrap() };
    assert_eq!(Engine::new(Registry::built_in(), options).unwrap_err().code(), "ghg.scope");
}

/// One registry for all cases, so that answers are remembered.
fn registry() -> Registry {
    Registry::built_in()
}

const ACTIVITIES: [(&str, &str, &str); 8] = [
    ("fuel.diesel", "L", "GB"),
    ("fuel.natural_gas", "kWh{gross}", "GB"),
    ("electricity.grid", "kWh", "GB"),
    ("electricity.grid", "MJ", "US-CAMX"),
    ("electricity.grid", "MWh", "us-east-1"),
    ("water.supply", "m3", "GB"),
    ("refrigerant.r-134a", "kg", ""),
    ("fuel.nothing", "kg", "GB"),
];

/// Everything that an inventory says, as text.
fn said(inventory: &Inventory) -> String {
    let cells: Vec<String> = inventory.cells().map(|(key, sums)| format!("{key:?} {sums:?}")).collect();
    format!("{cells:#?}\n{:?}\n{:?}\n{:?}", inventory.counts(), inventory.coverage(), inventory.caveats())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_order_partition_and_batch_size_give_the_same_inventory(
        rows in proptest::collection::vec((0usize..8, 0u64..10_000_000_000, 0u32..10, 0i32..700), 1..60),
        cut in any::<prop::sample::Index>(),
        turn in any::<prop::sample::Index>(),
    ) {
        let start: esg_core::time::Day = "2024-02-01".parse().unwrap();
        let texts: Vec<(usize, String, String)> = rows.iter().map(|&(at, mantissa, scale, day)| {
            let quantity = esg_core::Decimal::new(mantissa.into(), scale).unwrap().to_string();
            let day = esg_core::time::Day::from_epoch_days(start.epoch_days() + day).unwrap().to_string();
            (at, quantity, day)
        }).collect();
        let mut list: Vec<Row<'_>> = texts.iter().map(|(at, quantity, day)| {
            let (activity, unit, region) = ACTIVITIES[*at];
            (activity, quantity.as_str(), unit, region, day.as_str())
        }).collect();
        let options = Options {
            allow: Allow { other_gwp: true, parent_region: true, ..Allow::default() },
            dimensions: Dimensions { period: Granularity::Month, ..Dimensions::default() },
            instruments: vec![contract("ppa", "12345.678")],
            ..Options::new("AR6").unwrap()
        };
        let engine = Engine::new(registry(), options).unwrap();
        let whole = engine.calculate(&batch(&list)).unwrap();
        // Cut in two, in another order, the second part first.
        list.rotate_left(turn.index(rows.len()));
        let (a, b) = list.split_at(cut.index(rows.len()));
        let mut merged = engine.calculate(&batch(b)).unwrap();
        merged.merge(engine.calculate(&batch(a)).unwrap()).unwrap();
        prop_assert_eq!(merged.total(Total::AllLocation).unwrap(), whole.total(Total::AllLocation).unwrap());
        let sorted = |i: &Inventory| { let mut lines: Vec<String> = said(i).lines().map(str::to_owned).collect(); lines.sort(); lines };
        prop_assert_eq!(sorted(&merged), sorted(&whole));
        // Row by row.
        let mut run = engine.run();
        for row in &list {
            run.add(&batch(&[*row])).unwrap();
        }
        let single = run.finish().unwrap();
        prop_assert_eq!(sorted(&single), sorted(&whole));
        // Parts by month add up to the whole.
        let months = whole.by(&["month"], Some("market")).unwrap();
        let sum = esg_core::Amount::sum(months.iter().map(|m| m.co2e_kg)).unwrap();
        prop_assert_eq!(sum, whole.subtotal(Total::AllMarket).unwrap());
    }
}
