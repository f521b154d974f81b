//! The range of an inventory against arithmetic that is written out, and scenarios under the same draws.

use esg_core::activity::{Activity, ActivityBatch, Basis, NONE};
use esg_core::aggregate::{Engine, Inventory, Options, Total};
use esg_core::distribution::Uncertainty;
use esg_core::factor::{Gwp, Registry};
use esg_core::ghg::Dimensions;
use esg_core::simulate::scenario::Scenario;
use esg_core::simulate::sensitivity::{Design, How, Origin};
use esg_core::simulate::target::{Ambition, Pathway};
use esg_core::simulate::uncertain::{
    Lines, Method, QuantityRange, Ranges, TOTALS, Together, ipcc_gwp_ranges,
};
use esg_core::simulate::{self, Keep, Output, simulate, simulate_part};

fn range(body: &str) -> Uncertainty {
    serde_json::from_str(&format!(r#"{{{body},"provenance":"expert-default","reference":"test"}}"#)).unwrap()
}

fn inventory(rows: &[(&str, &str, &str, &str)], dimensions: Dimensions) -> Inventory {
    let mut batch = ActivityBatch::default();
    for (i, &(activity, quantity, unit, site)) in rows.iter().enumerate() {
        let row = Activity {
            activity,
            quantity: quantity.parse().unwrap(),
            unit,
            timestamp: "2025-03-15T14:30:00Z".parse().unwrap(),
            region: Some("GB"),
            site: Some(site),
            source: "meter",
            vertical: "general",
            scope: None,
            category: None,
            basis: Basis::Measured,
            event: i as u32,
        };
        batch.push(&row, NONE);
    }
    let mut options = Options::new("AR5").unwrap();
    options.dimensions = dimensions;
    options.upstream = false;
    Engine::new(Registry::built_in(), options).unwrap().calculate(&batch).unwrap()
}

/// 1 GWh and 3 GWh on the grid of GB: 0.177 kg CO2e for each kWh (DESNZ 2025).
fn two_sites() -> Inventory {
    let rows = [("electricity.grid", "1000000", "kWh", "a"), ("electricity.grid", "3000000", "kWh", "b")];
    inventory(&rows, Dimensions::default())
}

fn draws(n: u64) -> simulate::Options {
    simulate::Options::new(n, 7).unwrap()
}

#[track_caller]
fn near(got: f64, want: f64, allowed: f64) {
    assert!(
        (got - want).abs() <= allowed,
        "got {got}, want {want}, gap {}, allowed {allowed}",
        (got - want).abs()
    );
}

#[test]
fn with_constant_laws_the_total_is_that_of_the_inventory() {
    let inventory = two_sites();
    let mut lines = Lines::of(&inventory, &Ranges::default()).unwrap();
    lines.variables.iter_mut().for_each(|share| share.law = simulate::Law::constant(1.0).unwrap());
    let run = simulate(&lines.model(Method::Location, &Ranges::default()).unwrap(), draws(1000)).unwrap();
    let exact = inventory.total(Total::AllLocation).unwrap().to_f64();
    near(run.mean(), exact, 4.0 * f64::EPSILON * exact);
    near(run.sd(), 0.0, 1e-12 * exact);
}

#[test]
fn one_factor_is_one_draw_and_has_the_moments_of_its_lognormal() {
    let inventory = two_sites();
    let range_of = inventory.simulate(&Ranges::default(), draws(100_000)).unwrap();
    let total = range_of.total(Total::ScopeTwoLocation).unwrap();
    let point = 4e6 * 0.177;
    assert_eq!(total.point.to_string(), "708000");
    // The gases of one factor and both sites are one lognormal around the point: mean = point exp(s^2/2),
    // sd = mean sqrt(exp(s^2) - 1) with the s that its set states.
    let factors: Vec<_> = range_of.lines.variables.iter().filter(|v| v.id.starts_with("factor ")).collect();
    assert_eq!(factors.len(), 1, "{factors:?}");
    let s = factors[0].law.gsd().unwrap().ln();
    let mean = point * (0.5 * s * s).exp();
    let sd = mean * ((s * s).exp() - 1.0).sqrt();
    near(total.simulated.mean(), mean, 5.0 * sd / 100_000f64.sqrt());
    near(total.simulated.sd(), sd, 5.0 * sd / (2.0 * 100_000f64).sqrt() * 1.2);
    // Sites move together: their standard deviations add up, and their squares would not.
    let sd_of = |site| range_of.location.group("site", site).unwrap().sd();
    near(sd_of("a") + sd_of("b"), total.simulated.sd(), 1e-9 * sd);
    // Approach 1 knows that both sites share the factor: one row, 1.96 sd / mean.
    let table = total.propagated.as_ref().unwrap();
    near(table.half_width, 1.959_963_984_540_054 * sd / mean, 1e-12);
    assert!(
        range_of.caveats.iter().any(|c| c.contains("quantities of electricity.grid")),
        "{:?}",
        range_of.caveats
    );
}

#[test]
fn a_product_of_lognormals_is_lognormal_and_the_table_adds_in_quadrature() {
    let inventory = two_sites();
    let quantity = |site: &str| QuantityRange {
        activity: Some("electricity.grid".into()),
        source: None,
        site: Some(site.into()),
        uncertainty: range(r#""distribution":"lognormal","gsd":"1.2""#),
    };
    let ranges = Ranges { quantities: vec![quantity("a")], ..Ranges::default() };
    let range_of = inventory.simulate(&ranges, draws(100_000)).unwrap();
    let site = range_of.location.group("site", "a").unwrap();
    let factor = range_of.lines.variables.iter().find(|v| v.id.starts_with("factor ")).unwrap();
    let (a, b) = (1.2f64.ln(), factor.law.gsd().unwrap().ln());
    let s2 = a * a + b * b;
    let mean = 177_000.0 * (0.5 * s2).exp();
    near(site.mean(), mean, 5.0 * site.mean_error());
    near(site.sd(), mean * (s2.exp() - 1.0).sqrt(), 5.0 * site.sd_error());
    // Two rows that share a factor: approach 1 takes them as independent, and the answer says so.
    let total = range_of.total(Total::AllLocation).unwrap();
    let table = total.propagated.as_ref().unwrap();
    assert_eq!(table.rows.len(), 2);
    let half = |s: f64| 1.959_963_984_540_054 * ((s * s).exp() - 1.0).sqrt();
    let row = |kg: f64, u2: f64| kg * kg * u2;
    let squares = row(177_000.0, half(a).powi(2) + half(b).powi(2)) + row(531_000.0, half(b).powi(2));
    near(table.half_width, squares.sqrt() / 708_000.0, 1e-12);
    assert!(total.disagreement.iter().any(|r| r.starts_with("shared:")), "{:?}", total.disagreement);
    // A range that meets nothing is a misspelling.
    let wrong = Ranges { quantities: vec![quantity("c")], ..Ranges::default() };
    assert_eq!(inventory.simulate(&wrong, draws(10)).unwrap_err().code(), "uncertainty.unmatched");
}

#[test]
fn what_is_needed_must_be_kept_apart() {
    let rows = [("electricity.grid", "1000", "kWh", "a")];
    let bare = inventory(&rows, Dimensions { factor: false, ..Dimensions::default() });
    assert_eq!(bare.simulate(&Ranges::default(), draws(10)).unwrap_err().code(), "uncertainty.dimension");
    let empty = inventory(&[], Dimensions::default());
    assert_eq!(empty.simulate(&Ranges::default(), draws(10)).unwrap_err().code(), "simulate.empty");
}

#[test]
fn parts_merge_to_the_bits_of_the_whole() {
    let inventory = two_sites();
    let lines = Lines::of(&inventory, &Ranges::default()).unwrap();
    let model = lines.model(Method::Location, &Ranges::default()).unwrap();
    let options = draws(30_000).keep(Keep::Total).unwrap();
    let whole = simulate(&model, options).unwrap();
    let mut parts = simulate_part(&model, options, 17_001..30_000).unwrap();
    parts.merge(simulate_part(&model, options, 0..17_001).unwrap()).unwrap();
    assert_eq!(parts.finish().unwrap(), whole);
    #[cfg(feature = "rayon")]
    for threads in [1, 2, 3, 7] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| simulate(&model, options).unwrap()), whole, "{threads} threads");
    }
}

#[test]
fn a_sensitivity_names_what_makes_the_range() {
    let inventory = two_sites();
    let quantity = QuantityRange {
        activity: Some("electricity.grid".into()),
        source: None,
        site: Some("b".into()),
        uncertainty: range(r#""distribution":"normal","relative_sd":"0.1""#),
    };
    let ranges = Ranges { quantities: vec![quantity], ..Ranges::default() };
    let range_of = inventory.simulate(&ranges, draws(1000)).unwrap();
    let design = Design::sobol(1 << 10, 16, 7).unwrap();
    let found = range_of.sensitivity(Total::ScopeTwoLocation, &ranges, design).unwrap();
    assert_eq!(found.how, How::Exact);
    let [quantity, factor] = ["quantity", "factor"].map(|kind| {
        let one = range_of.lines.variables.iter().find(|share| share.id.starts_with(kind)).unwrap();
        (one.law.mean(), one.law.sd(), one.id.split_once(' ').unwrap().1)
    });
    // f (1 + 3 q) of 177 000 kg: the factor's sd stands with 1 + 3, the meter's with 3 and the mean of f, both with 3.
    let unit = 177_000.0;
    let parts = [4.0 * factor.1, 3.0 * 0.1 * factor.0, 3.0 * 0.1 * factor.1].map(|sd| sd * sd);
    let all: f64 = parts.iter().sum();
    near(found.mean_kg, 4.0 * unit * factor.0, 1e-6);
    near(found.sd_kg, unit * all.sqrt(), 1e-6);
    near(found.at_medians_kg, 4.0 * unit, 1e-6);
    for (origin, name, first) in
        [(Origin::Factor, factor.2, parts[0]), (Origin::Activity, quantity.2, parts[1])]
    {
        let driver = found.drivers.iter().find(|driver| driver.origin == origin).unwrap();
        assert_eq!((driver.name.as_str(), driver.swings.len()), (name, 1));
        assert!(!driver.reference.is_empty());
        near(driver.first.estimate, first / all, 1e-12);
        near(driver.total.estimate, (first + parts[2]) / all, 1e-12);
        assert!(found.origins.contains(&(origin, driver.first.estimate)));
    }
    let sum = found.origins.iter().map(|(_, share)| share).sum::<f64>() + found.interactions.estimate;
    near(sum, 1.0, 1e-12);
    assert_eq!(found.origins[2], (Origin::Gwp, 0.0));
    // Nothing of scope 1 is there, and no variance without any range.
    let refused = |total| range_of.sensitivity(total, &ranges, design).unwrap_err().code();
    assert_eq!(refused(Total::ScopeOne), "simulate.empty");
    let mut certain = range_of.clone();
    certain.lines.variables.iter_mut().for_each(|share| share.law = simulate::Law::constant(1.0).unwrap());
    let error = certain.sensitivity(Total::AllLocation, &ranges, design).unwrap_err();
    assert_eq!(error.code(), "sensitivity.no_variance");
}

#[test]
fn correlated_factors_are_one_driver() {
    let rows = [("electricity.grid", "1000000", "kWh", "a"), ("fuel.diesel", "100000", "L", "a")];
    let inventory = inventory(&rows, Dimensions::default());
    let lines = Lines::of(&inventory, &Ranges::default()).unwrap();
    let names: Vec<String> =
        lines.variables.iter().map(|share| share.id["factor ".len()..].to_owned()).collect();
    assert_eq!(names.len(), 2);
    let matrix = vec![vec![1.0, 0.6], vec![0.6, 1.0]];
    let ranges =
        Ranges { correlations: vec![Together { factors: names.clone(), matrix }], ..Ranges::default() };
    let range_of = inventory.simulate(&ranges, draws(1000)).unwrap();
    let design = Design::sobol(1 << 10, 16, 7).unwrap();
    let found = range_of.sensitivity(Total::AllLocation, &ranges, design).unwrap();
    assert_eq!(found.how, How::Sampled(design));
    // The only input has all of the variance.
    assert_eq!((found.drivers.len(), found.drivers[0].first.estimate), (1, 1.0));
    assert_eq!(found.drivers[0].name, names.join(", "));
    assert!(found.drivers[0].swings.iter().all(|swing| swing.correlated));
    assert_eq!(found.drivers[0].swings.len(), 2);
}

fn scenario(measures: &str) -> Scenario {
    serde_json::from_str(&format!(
        r#"{{"name":"s","method":"location","year":2030,"measures":[{measures}]}}"#
    ))
    .unwrap()
}

#[test]
fn measures_in_turn_save_what_is_left_and_share_their_draws() {
    let inventory = two_sites();
    let ranges = Ranges::default();
    let lines = Lines::of(&inventory, &ranges).unwrap();
    let plan = scenario(
        r#"{"name":"grid","change":{"kind":"grid_mix","by_year":{"2030":"0.5"}},"cost":"1000000"},
           {"name":"pue","change":{"kind":"pue","from":"1.5","to":"1.2"},"lines":{"site":"a"},"cost":"1000"}"#,
    );
    let outcome = plan.run(&lines, &ranges, draws(20_000)).unwrap();
    // PUE saves 1 - 1.2/1.5 = 20 % of site a; the grid half of what is left: 0.5 (0.8 x 177 + 531) t.
    let names: Vec<&str> = outcome.effects.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["pue", "grid"], "by cost per tonne");
    let lift = outcome.before.mean() / 708_000.0;
    near(outcome.effects[0].in_turn.mean() / lift, 35_400.0, 1e-6);
    near(outcome.effects[1].in_turn.mean() / lift, 336_300.0, 1e-6);
    near(outcome.effects[1].alone.mean() / lift, 354_000.0, 1e-6);
    near(outcome.after.mean() / lift, 336_300.0, 1e-6);
    // Under the same draws the difference varies less than independent draws would let it: sd is that of the share saved.
    near(outcome.saved.sd(), outcome.before.sd() - outcome.after.sd(), 1e-6 * outcome.before.sd());
    // 1000 over 35.4 t, times the lift of the mean.
    let [cost, low, high] = outcome.effects[0].cost_per_tonne().unwrap();
    near(cost.unwrap(), 1000.0 / 35.4 / lift, 1e-9);
    assert!(low < cost && cost < high);
}

#[test]
fn an_uncertain_effect_widens_the_saving() {
    let inventory = two_sites();
    let ranges = Ranges::default();
    let lines = Lines::of(&inventory, &ranges).unwrap();
    let sure = r#"{"name":"less","change":{"kind":"volume","times":"0.8"}"#;
    let unsure = format!(
        r#"{sure},"effect":{{"distribution":"triangular","lower":"0.5","mode":"1","upper":"1","provenance":"expert-default","reference":"test"}}}}"#
    );
    let outcome = scenario(&unsure).run(&lines, &ranges, draws(50_000)).unwrap();
    // Mean of the triangle: (0.5 + 1 + 1) / 3 = 5/6 of a saving of 20 %.
    near(outcome.saved.mean() / outcome.before.mean(), 0.2 * 5.0 / 6.0, 1e-3);
    near(outcome.before.mean() - outcome.after.mean(), outcome.saved.mean(), 1e-6);
    let certain = scenario(&format!("{sure}}}")).run(&lines, &ranges, draws(50_000)).unwrap();
    assert!(outcome.saved.sd() > 2.0 * certain.saved.sd());
}

#[test]
fn a_measure_that_breaks_a_rule_is_refused_by_name() {
    let inventory = two_sites();
    let lines = Lines::of(&inventory, &Ranges::default()).unwrap();
    for (measure, words) in [
        (r#"{"name":"m","change":{"kind":"volume","times":"-1"}}"#, "0 or above"),
        (r#"{"name":"m","change":{"kind":"pue","from":"0.9","to":"1"}}"#, "1 or above"),
        (r#"{"name":"m","change":{"kind":"factor","from":"0","to":"1"}}"#, "above 0"),
        (r#"{"name":"m","change":{"kind":"grid_mix","by_year":{"2031":"1"}}}"#, "no share for 2030"),
        (r#"{"name":"m","change":{"kind":"fuel_switch","share":"1.1","relative_emissions":"0"}}"#, "0 to 1"),
        (r#"{"name":"m","change":{"kind":"certificates","share":"0.5"}}"#, "meets no line"),
        (r#"{"name":"m","change":{"kind":"volume","times":"0.5"},"lines":{"site":"z"}}"#, "meets no line"),
        ("", "1 to 100 measures"),
    ] {
        let error = scenario(measure).run(&lines, &Ranges::default(), draws(10)).unwrap_err();
        assert_eq!(error.code(), "scenario.measure");
        assert!(error.to_string().contains(words), "{measure}: {error}");
    }
    let text = r#"{"name":"s","method":"location","measures":[],"colour":"red"}"#;
    assert!(serde_json::from_str::<Scenario>(text).is_err(), "unknown fields are refused");
}

#[test]
fn a_pathway_is_a_line_and_its_probability_the_share_of_draws() {
    let path = Pathway::linear(2020, 1000.0, 2030, 0.5).unwrap();
    near(path.allowed_kg(2026), 700.0, 1e-9);
    near(path.allowed_kg(2040), 500.0, 1e-9);
    let sbti = Pathway::absolute_contraction(2020, 1000.0, Ambition::WellBelowTwo).unwrap();
    near(sbti.allowed_kg(2030), 750.0, 1e-9);
    assert_eq!(sbti.allowed_kg(2100), 0.0);
    let year = Output::of_sample(vec![600.0, 699.0, 701.0, 900.0]).unwrap();
    near(path.probability(2026, &year), 0.5, 0.0);
    near(path.probability_of_normal(2026, 700.0, 10.0), 0.5, 1e-15);
    assert_eq!(Pathway::linear(2020, 0.0, 2030, 0.5).unwrap_err().code(), "target.pathway");
    assert_eq!(Pathway::linear(2020, 1.0, 2020, 0.5).unwrap_err().code(), "target.pathway");
    assert_eq!(Pathway::linear(2020, 1.0, 2030, 1.1).unwrap_err().code(), "target.pathway");
}

#[test]
fn gwp_ranges_are_those_of_table_7_15_and_only_when_asked() {
    let ranges = ipcc_gwp_ranges(&Gwp::built_in("AR6", 100).unwrap());
    // CH4-fossil 29.8 +- 11 within 5 to 95 %: 11 / 29.8 / 1.644854 = 0.224416.
    let text = serde_json::to_string(&ranges[0]).unwrap();
    assert!(text.contains("\"CH4-fossil\"") && text.contains("0.22441"), "{text}");
    assert!(ipcc_gwp_ranges(&Gwp::built_in("AR5", 100).unwrap()).is_empty());
    assert_eq!(Ranges::default().gwp.len(), 0);
    assert_eq!(TOTALS.len(), 6);
}
