//! From events to activity data and KPIs, vertical by vertical.

mod common;

use common::{cases, string};
use esg_core::amount::Amount;
use esg_core::kpi::{VerticalEmissions, kpis};
use esg_core::normalize::{Defaults, Normalized, Total, normalize};
use esg_core::telemetry::{Options, Received, Vertical, json};
use proptest::prelude::*;
use serde_json::{Value, json};

fn event(id: usize, vertical: &str, metrics: &Value, tags: &Value) -> String {
    json!({"source_id": "s", "external_event_id": id.to_string(), "vertical": vertical,
        "timestamp": "2024-03-15T14:30:00Z", "metrics": metrics, "tags": tags})
    .to_string()
}

fn read(lines: &str) -> Received {
    let received = json::read_lines(lines.as_bytes(), Options::default()).unwrap();
    assert_eq!(received.rejected, [], "{lines}");
    received
}

fn run(vertical: &str, metrics: Value, tags: Value, defaults: &Defaults) -> Normalized {
    normalize(&read(&event(1, vertical, &metrics, &tags)).batch, defaults)
}

/// "activity quantity unit" of each row; `~` where it is estimated, `@scope.category` where they are stated.
fn rows(out: &Normalized) -> Vec<String> {
    let a = &out.activities;
    (0..a.len())
        .map(|row| {
            let estimated = if a.basis[row] == esg_core::activity::Basis::Estimated { "~" } else { "" };
            let stated = match a.stated[row] {
                (0, 0) => String::new(),
                (scope, category) => format!(" @{scope}.{category}"),
            };
            let (id, unit) = (a.activities.word(a.activity[row]), a.units.word(a.unit[row]));
            format!("{estimated}{id} {} {unit}{stated}", a.quantity.get(row))
        })
        .collect()
}

/// "code: message" of each rejection.
fn refusals(out: &Normalized) -> Vec<String> {
    out.rejected.iter().map(|r| format!("{}: {}", r.code, r.message)).collect()
}

/// Rows, refusals and assumptions of one event.
#[track_caller]
fn expect(vertical: &str, metrics: Value, tags: Value, want: &[&str], missing: &[&str]) {
    let out = run(vertical, metrics.clone(), tags, &Defaults::default());
    assert_eq!(rows(&out), want, "{metrics}");
    assert_eq!(refusals(&out), missing, "{metrics}");
}

#[test]
fn a_data_centre_draws_it_energy_times_pue() {
    let v = "ai_data_center";
    let tags = json!({"region": "us-west-1", "facility": "SFO-DC01"});
    // 1250.5 kWh x 1.15 = 1438.075 kWh.
    let metrics = json!({"energy_kwh": 1250.5, "gpu_hours": 480, "water_liters": 3200, "pue": 1.15});
    expect(v, metrics.clone(), tags.clone(), &["electricity.grid 1438.075 kWh", "water.supply 3200 L"], &[]);
    let out = run(v, metrics, tags, &Defaults::default());
    let a = &out.activities;
    assert_eq!(&**a.regions.word(a.region[0]), "us-west-1");
    assert_eq!(&**a.sites.word(a.site[0]), "SFO-DC01");
    assert_eq!((&**a.verticals.word(a.vertical[0]), &**a.sources.word(a.source[0])), (v, "s"));
    assert_eq!(a.day[0].to_string(), "2024-03-15");
    expect(v, json!({"facility_energy_mwh": 2}), json!({}), &["electricity.grid 2 MWh"], &[]);
    expect(
        v,
        json!({"energy_kwh": 1000}),
        json!({}),
        &[],
        &["telemetry.missing: pue or facility_energy_kwh is missing; it is needed by metrics.energy_kwh"],
    );
    expect(
        v,
        json!({"pue": 1.2}),
        json!({}),
        &[],
        &["telemetry.missing: energy_kwh is missing; it is needed by metrics.pue"],
    );
    let assumed = Defaults { pue: Some("1.5".parse().unwrap()), ..Defaults::default() };
    let out = run(v, json!({"energy_kwh": 1000}), json!({}), &assumed);
    assert_eq!(rows(&out), ["~electricity.grid 1500 kWh"]);
    let assumption = &out.assumptions[0];
    assert_eq!((assumption.name, &*assumption.value, assumption.count), ("pue", "1.5", 1));
    // An assumed PUE is no measured one.
    assert_eq!(out.totals.get(Total::FacilityEnergyPaired), None);
}

#[test]
fn a_pue_that_contradicts_the_meters_is_returned() {
    let v = "ai_data_center";
    let meters = |facility: Value, energy: Value, pue: Value| json!({"facility_energy_kwh": facility, "energy_kwh": energy, "pue": pue});
    // 1153/1000 = 1.153 rounds to 1.15; 1156/1000 rounds to 1.16. Digits sent allow 0.5 + 5 + 0.575 kWh.
    expect(v, meters(json!(1153), json!(1000), json!(1.15)), json!({}), &["electricity.grid 1153 kWh"], &[]);
    for (facility, energy, pue) in [(1157, 1000, 1.15), (1200, 1000, 1.15), (900, 1000, 1.15)] {
        let out = run(v, meters(json!(facility), json!(energy), json!(pue)), json!({}), &Defaults::default());
        assert_eq!((rows(&out).len(), out.rejected[0].code), (0, "telemetry.inconsistent"), "{facility}");
        assert_eq!(out.rejected[0].field, "metrics.facility_energy_kwh");
    }
    let below =
        run(v, json!({"facility_energy_mwh": 0.9, "energy_kwh": 1000.0}), json!({}), &Defaults::default());
    // 0.9 MWh is 0.85 to 0.95 MWh, which is below 999.95 kWh.
    assert_eq!(below.rejected[0].code, "telemetry.inconsistent");
}

#[test]
fn generators_and_refrigerants_are_named_by_tags() {
    let v = "ai_data_center";
    expect(v, json!({"generator_fuel_liters": 10}), json!({}), &["~fuel.diesel 10 L"], &[]);
    expect(
        v,
        json!({"generator_fuel_liters": 10}),
        json!({"generator_fuel": "hvo"}),
        &["fuel.hvo 10 L"],
        &[],
    );
    expect(
        v,
        json!({"refrigerant_kg": 0.5}),
        json!({"refrigerant": "R-410A"}),
        &["refrigerant.R-410A 0.5 kg"],
        &[],
    );
    expect(
        v,
        json!({"refrigerant_kg": 0.5}),
        json!({}),
        &[],
        &["telemetry.missing: refrigerant is missing; it is needed by metrics.refrigerant_kg"],
    );
}

#[test]
fn a_trip_is_counted_once() {
    let v = "logistics_fleet";
    let diesel = json!({"fuel": "diesel", "vehicle_class": "hgv_rigid"});
    let all = json!({"fuel_liters": 42.1, "distance_mi": 120, "payload_tonnes": 8});
    expect(v, all.clone(), diesel.clone(), &["fuel.diesel 42.1 L"], &[]);
    expect(v, json!({"distance_mi": 120}), diesel.clone(), &["vehicle.hgv_rigid 120 [mi_i]"], &[]);
    expect(v, json!({"energy_kwh": 30, "distance_km": 150}), json!({}), &["electricity.grid 30 kWh"], &[]);
    expect(
        v,
        json!({"distance_km": 100, "payload_tonnes": 8.5}),
        json!({"freight_class": "road.articulated"}),
        &["freight.road.articulated 850 t.km"],
        &[],
    );
    // Missing fuel is not replaced by the distance.
    expect(
        v,
        all,
        json!({"vehicle_class": "hgv_rigid"}),
        &[],
        &["telemetry.missing: fuel is missing; it is needed by metrics.fuel_liters"],
    );
    expect(
        v,
        json!({"distance_km": 100}),
        json!({}),
        &[],
        &[
            "telemetry.missing: fuel_liters or tag vehicle_class is missing; it is needed by metrics.distance_km",
        ],
    );
    let defaults = Defaults { fuel: Some("diesel".into()), ..Defaults::default() };
    let out = run(v, json!({"fuel_liters": 1}), json!({}), &defaults);
    assert_eq!(rows(&out), ["~fuel.diesel 1 L"]);
    assert_eq!((out.assumptions[0].name, &*out.assumptions[0].value), ("fuel", "diesel"));
}

#[test]
fn a_factory_names_heat_material_and_waste_by_tags() {
    let v = "smart_manufacturing";
    let metrics = json!({"electricity_mwh": 2, "process_heat_gj": 7.2, "raw_material_kg": 500, "waste_kg": 25, "production_units": 1000});
    expect(
        v,
        metrics.clone(),
        json!({"heat_source": "natural_gas", "material": "steel", "waste_material": "metal", "waste_route": "recycling"}),
        &[
            "electricity.grid 2 MWh",
            "fuel.natural_gas 7.2 GJ",
            "material.steel 500 kg @3.1",
            "waste.metal.recycling 25 kg",
        ],
        &[],
    );
    expect(
        v,
        json!({"process_heat_mj": 5}),
        json!({"heat_source": "district"}),
        &["heat.district 5 MJ"],
        &[],
    );
    let out = run(v, metrics, json!({"waste_material": "metal"}), &Defaults::default());
    let fields: Vec<_> = refusals(&out).iter().map(|r| r.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(fields, ["heat_source", "material", "waste_route"]);
    // The event stays for the KPIs: 2 MWh + 7.2 GJ = 2000 + 2000 kWh for 1000 units, 25 kg of 500 kg.
    let all = kpis(&out.totals, &Default::default());
    let value = |id| all.iter().find(|k| k.id == id).unwrap().value.clone().unwrap().to_string();
    assert_eq!((value("energy_per_unit"), value("waste_share")), ("4".into(), "5".into()));
}

#[test]
fn heat_from_a_fuel_is_on_the_basis_that_was_stated_or_on_none() {
    let (v, heat) = ("smart_manufacturing", json!({"process_heat_gj": 5}));
    let tags = |basis: &str| json!({"heat_source": "natural_gas", "heat_basis": basis});
    expect(v, heat.clone(), tags("gross"), &["fuel.natural_gas 5 GJ{gross}"], &[]);
    let out = run(v, heat.clone(), tags("upper"), &Defaults::default());
    assert_eq!((rows(&out).len(), out.rejected[0].field.as_str()), (0, "tags.heat_basis"));
    let defaults = Defaults { heat_basis: Some("net".into()), ..Defaults::default() };
    let out = run(v, heat.clone(), json!({"heat_source": "natural_gas"}), &defaults);
    assert_eq!(
        (rows(&out), out.assumptions[0].name),
        (vec!["~fuel.natural_gas 5 GJ{net}".into()], "heat_basis")
    );
    // Heat that was bought has no calorific value.
    let out = run(v, heat, json!({"heat_source": "steam"}), &defaults);
    assert_eq!((rows(&out), out.assumptions.len()), (vec!["heat.steam 5 GJ".into()], 0));
}

#[test]
fn a_share_of_waste_is_never_summed() {
    let lines = [(100, 10), (300, 2)]
        .map(|(kg, pct)| {
            event(
                kg,
                "smart_manufacturing",
                &json!({"raw_material_kg": kg, "waste_pct": pct}),
                &json!({"material": "steel"}),
            )
        })
        .join("\n");
    let out = normalize(&read(&lines).batch, &Defaults::default());
    assert_eq!(rows(&out), ["material.steel 100 kg @3.1", "material.steel 300 kg @3.1"]);
    let all = kpis(&out.totals, &Default::default());
    // (10 + 6) kg of 400 kg, where the mean of the shares would be 6 %.
    assert_eq!(all.iter().find(|k| k.id == "waste_share").unwrap().value.clone().unwrap().to_string(), "4");
}

#[test]
fn software_uses_processors_memory_and_network() {
    let v = "cloud_saas";
    let metrics = json!({"compute_time_ms": 3600000, "vcpu": 4, "memory_gb_hours": 16, "data_transfer_gb": 1.5, "requests": 1000});
    expect(
        v,
        metrics,
        json!({"tenant": "t1"}),
        &["cloud.compute 14400000 {vCPU}.ms", "cloud.memory 16 GBy.h", "cloud.network 1.5 GBy"],
        &[],
    );
    let out =
        run(v, json!({"compute_time_ms": 10, "requests": 5}), json!({"tenant": "t1"}), &Defaults::default());
    assert_eq!(rows(&out), ["~cloud.compute 10 {vCPU}.ms"]);
    assert_eq!((out.assumptions[0].name, &*out.assumptions[0].value), ("vcpu", "1"));
    assert_eq!(out.totals.tenants()["t1"], 5.into());
}

#[test]
fn a_general_activity_passes_as_it_is() {
    let metrics =
        json!({"travel.air": {"value": "5500", "unit": "{passenger}.km", "scope": 3, "category": 6}});
    expect(
        "general",
        metrics,
        json!({"data_quality": "estimated"}),
        &["~travel.air 5500 {passenger}.km @3.6"],
        &[],
    );
}

#[test]
fn worked_examples_of_data_centre_metrics_come_out() {
    for case in cases("data_centre/en50600_worked_examples.json") {
        let input = |name: &str| case["inputs"][name].clone();
        let (metrics, energy) = match string(&case, "id") {
            "PUE" => {
                (json!({"facility_energy_kwh": input("E_DC_kwh"), "energy_kwh": input("E_IT_kwh")}), None)
            }
            "CUE" => (json!({"energy_kwh": input("E_IT_kwh"), "pue": 1}), Some(input("co2e_kg").to_string())),
            // Renewable share and cooling efficiency are no KPIs of ours.
            "REF" | "CER" => continue,
            other => panic!("{other} is a case that this test does not know"),
        };
        let out = run("ai_data_center", metrics, json!({}), &Defaults::default());
        let energy = energy.map(|kg| Amount::from_kg(kg.parse().unwrap()).unwrap());
        let emissions = [(Vertical::AiDataCenter, VerticalEmissions { energy, ..Default::default() })].into();
        let id = string(&case, "id").to_lowercase();
        let all = kpis(&out.totals, &emissions);
        let value = all.iter().find(|k| k.id == id).unwrap().value.clone().unwrap();
        assert_eq!(value.to_string(), case["exact"].to_string(), "{id}");
    }
}

#[test]
fn published_regions_of_clouds_have_their_pue_wue_and_cue() {
    let mut checked = [0; 3];
    for case in cases("data_centre/cloud_region_metadata.json") {
        let Some(pue) = case["pue"].as_f64().map(|_| case["pue"].clone()) else { continue };
        let mut metrics = json!({"energy_kwh": 1, "pue": pue});
        if case["wue_l_per_kwh_it"].is_number() {
            metrics["water_liters"] = case["wue_l_per_kwh_it"].clone();
        }
        let out = run("ai_data_center", metrics, json!({}), &Defaults::default());
        // 1 kWh of IT energy draws PUE kWh, each of so many grams.
        let kwh = Amount::from_kg(out.activities.quantity.get(0)).unwrap().to_ratio();
        let energy = case["grid_g_per_kwh"].as_f64().map(|_| {
            let grams: esg_core::ratio::Ratio = case["grid_g_per_kwh"].to_string().parse().unwrap();
            Amount::from_ratio(&(&(&kwh * &grams) * &"1/1000".parse().unwrap())).unwrap()
        });
        let emissions = [(Vertical::AiDataCenter, VerticalEmissions { energy, ..Default::default() })].into();
        for (i, (id, want)) in
            [("pue", "pue"), ("wue", "wue_l_per_kwh_it"), ("cue", "cue_location_kg_per_kwh_it")]
                .into_iter()
                .enumerate()
        {
            let all = kpis(&out.totals, &emissions);
            let got = &all.iter().find(|k| k.id == id).unwrap().value;
            match (got, case[want].as_f64()) {
                (Ok(got), Some(want)) => {
                    let (got, allowed) = (got.to_f64(), 1e-12 * want);
                    assert!(
                        (got - want).abs() <= allowed,
                        "{}: {id} {got} is not {want} +- {allowed}",
                        case["id"]
                    );
                    checked[i] += 1;
                }
                (Err(error), None) => assert_eq!(error.code(), "kpi.missing"),
                (got, want) => panic!("{}: {id} {got:?}, wanted {want:?}", case["id"]),
            }
        }
    }
    assert!(checked.iter().all(|n| *n > 40), "{checked:?}");
}

#[test]
fn water_and_carbon_are_per_it_energy() {
    let metrics = json!({"energy_kwh": 1250.5, "gpu_hours": 480, "water_liters": 3200, "pue": 1.15});
    let out = run("ai_data_center", metrics, json!({}), &Defaults::default());
    let kg = |text: &str| Some(Amount::from_kg(text.parse().unwrap()).unwrap());
    let emitted = VerticalEmissions { total: kg("600"), energy: kg("500.2"), ..Default::default() };
    let all = kpis(&out.totals, &[(Vertical::AiDataCenter, emitted)].into());
    let values: Vec<_> = all.iter().map(|k| (k.id, k.unit, k.value.clone().unwrap().to_string())).collect();
    let want = [
        ("pue", "1", "1.15"),
        // 3200 L / 1250.5 kWh = 2.55897640943622...
        ("wue", "L/kWh", "2.55897640944"),
        // 500.2 / 1250.5 = 0.4; 600 / 480 = 1.25.
        ("cue", "kg/kWh", "0.4"),
        ("co2e_per_gpu_hour", "kg/GPU-h", "1.25"),
    ];
    assert_eq!(values, want.map(|(i, u, v)| (i, u, v.to_string())));
}

#[test]
fn meters_that_report_apart_give_one_pue() {
    let lines = [json!({"facility_energy_kwh": 1200}), json!({"energy_kwh": 1000})];
    let lines: Vec<_> =
        lines.iter().map(|m| event(m.to_string().len(), "ai_data_center", m, &json!({}))).collect();
    let out = normalize(&read(&lines.join("\n")).batch, &Defaults::default());
    let all = kpis(&out.totals, &Default::default());
    assert_eq!(all[0].value.clone().unwrap().to_string(), "1.2");
}

#[test]
fn units_of_products_are_read_by_the_engine() {
    use esg_core::units::Unit;
    for (product, whole, ratio) in [
        // 1 ms = 1/3,600,000 h; 1 kg over 1 mi = 0.001 t x 1.609344 km.
        ("{vCPU}.ms", "{vCPU}.h", "1/3600000"),
        ("t.km", "t.km", "1"),
        ("kg.[mi_i]", "t.km", "0.001609344"),
        ("GBy.h", "GBy.h", "1"),
    ] {
        let unit = |text: &str| text.parse::<Unit>().unwrap_or_else(|e| panic!("{text}: {e}"));
        let got = unit(product).ratio_to(&unit(whole)).unwrap_or_else(|e| panic!("{product}: {e}"));
        assert_eq!(got, ratio.parse().unwrap(), "{product}");
    }
}

fn any_event() -> impl Strategy<Value = (String, Value, Value)> {
    let number = (0u32..1_000_000, 0u32..6).prop_map(|(m, s)| {
        serde_json::from_str::<Value>(&format!("{}", f64::from(m) / 10f64.powi(s as i32))).unwrap()
    });
    let vertical = prop_oneof![
        Just((
            "ai_data_center",
            vec!["energy_kwh", "facility_energy_gj", "gpu_hours", "water_m3", "generator_fuel_liters"]
        )),
        Just((
            "logistics_fleet",
            vec!["fuel_liters", "distance_mi", "energy_kwh", "payload_tonnes", "shortest_distance_km"]
        )),
        Just((
            "smart_manufacturing",
            vec!["electricity_mwh", "process_heat_mj", "raw_material_kg", "waste_kg", "production_units"]
        )),
        Just((
            "cloud_saas",
            vec!["compute_time_ms", "vcpu", "memory_gb_hours", "data_transfer_gb", "requests"]
        )),
    ];
    let tags = prop_oneof![
        Just(json!({})),
        Just(json!({"fuel": "diesel", "tenant": "t1", "heat_source": "steam"})),
        Just(json!({"vehicle_class": "van", "tenant": "t2", "material": "steel"})),
    ];
    (vertical, proptest::collection::vec(proptest::option::of(number), 5), tags).prop_map(
        |((v, names), values, tags)| {
            let metrics =
                names.into_iter().zip(values).filter_map(|(n, value)| Some((n.to_owned(), value?))).collect();
            (v.to_owned(), Value::Object(metrics), tags)
        },
    )
}

proptest! {
    #[test]
    fn neither_order_nor_batches_change_the_totals(events in proptest::collection::vec(any_event(), 1..12), cut in any::<prop::sample::Index>()) {
        let lines: Vec<String> = events
            .iter()
            .enumerate()
            .filter(|(_, (_, m, _))| m.as_object().is_some_and(|m| !m.is_empty()))
            .map(|(i, (v, m, t))| event(i, v, m, t))
            .collect();
        let defaults = Defaults { pue: Some("1.5".parse().unwrap()), ..Defaults::default() };
        let run = |lines: &[String]| normalize(&read(&lines.join("\n")).batch, &defaults);
        let whole = run(&lines);
        let (first, second) = lines.split_at(cut.index(lines.len() + 1));
        let (first, second) = (run(first), run(second));
        let mut totals = second.totals.clone();
        totals.merge(&first.totals);
        prop_assert_eq!(&totals, &whole.totals);
        let mut parts = [rows(&first), rows(&second)].concat();
        prop_assert_eq!(&parts, &rows(&whole));
        prop_assert_eq!(first.rejected.len() + second.rejected.len(), whole.rejected.len());
        let mut turned = lines.clone();
        turned.reverse();
        let turned = run(&turned);
        prop_assert_eq!(&turned.totals, &whole.totals);
        let mut other = rows(&turned);
        other.sort_unstable();
        parts.sort_unstable();
        prop_assert_eq!(other, parts);
    }
}
