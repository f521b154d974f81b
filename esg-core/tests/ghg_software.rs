//! Software, data transfer and the suites of other calculators.

mod ghg_common;

use esg_core::Amount;
use esg_core::distribution::quadrature;
use esg_core::ghg::combustion::{co2e, masses};
use esg_core::ghg::scope3::product;
use esg_core::ghg::software::{
    Embodied, carbon_per_unit, cloud_energy_kwh, counter_delta, embodied_by_parts, interpolate,
    network_energy_kwh, sci,
};
use esg_core::ghg::transfer::{Segments, Transfer, Visits, one_byte, swdm3, swdm4};
use esg_core::pedigree::{sd95, sigma_of_sd95};
use esg_core::ratio::Ratio;
use ghg_common::{all_exist, cases, close, id, is_listed, items, near, number, prints, ratio};
use serde_json::Value;

#[test]
fn the_suites_of_other_calculators_come_out() {
    for case in &cases("ghg/peer_suites.json") {
        let of = |name: &str| number(&case["inputs"][name]);
        let check = |got: &Ratio, name: &str| {
            close(got, &case["expect"][name], case["tol_rel"].as_f64().unwrap(), id(case));
        };
        let energy = |kwh: Ratio| {
            check(&kwh, "kwh");
            check(&(&kwh * &of("t_co2e_per_kwh")), "co2e_t");
        };
        let (suite, formula) = (case["suite"].as_str().unwrap(), case["formula"].as_str().unwrap());
        match (suite, formula) {
            ("ccf", "avgWatts*h/1000*PUE*replication") => energy(
                cloud_energy_kwh(&of("average_watts"), &of("vcpu_hours"), &of("pue"), &of("replication"))
                    .unwrap(),
            ),
            ("ccf", "TBh*coef/1000*PUE*replication") => energy(
                cloud_energy_kwh(
                    &of("watt_hours_per_tbh"),
                    &of("terabyte_hours"),
                    &of("pue"),
                    &of("replication"),
                )
                .unwrap(),
            ),
            ("ccf", "GB*coef*PUE") => {
                energy(network_energy_kwh(&of("gigabytes"), &of("kwh_per_gb"), &of("pue")).unwrap());
            }
            ("ccf", "sum") => sum_by_day(case),
            ("codecarbon", "kwh*g/1000") => {
                check(&product([&of("kwh"), &of("g_co2e_per_kwh"), &ratio("0.001")]), "kg");
            }
            ("codecarbon", "reading + max - previous when reading < previous") => {
                let delta = counter_delta(&of("previous_uj"), &of("reading_uj"), &of("max_uj")).unwrap();
                check(&delta, "delta_uj");
                check(&(&delta * &ratio("1/3.6e12")), "kwh");
            }
            ("gsf-if", "(baseline+(vcpu-1)*const)*duration/lifespan" | "same") => {
                let more = &of("vcpus") - &Ratio::one();
                let parts = [(more, of("per_vcpu_g"))];
                let embodied =
                    embodied_by_parts(&of("baseline_g"), &parts, &of("duration_s"), &of("lifespan_s"))
                        .unwrap();
                check(&embodied, "embodied_g");
            }
            ("gsf-if", "C/R") => check(&carbon_per_unit(&of("carbon_g"), &of("requests")).unwrap(), "sci"),
            ("gsf-if", "piecewise linear") => {
                let axis = |name: &str| items(&case["inputs"][name]).iter().map(number).collect::<Vec<_>>();
                let points: Vec<_> = axis("x").into_iter().zip(axis("y")).collect();
                check(&interpolate(&points, &of("at")).unwrap(), "value");
            }
            ("gsf-sci-eshoppen", "same") => eshoppen(case),
            ("bilan-carbone", "exp(sqrt(sum ln(u)^2))") => bilan_carbone(case),
            other => panic!("{}: unknown formula {other:?}", id(case)),
        }
    }
}

fn sum_by_day(case: &Value) {
    for (day, want) in case["expect"]["days"].as_object().unwrap() {
        for (column, name) in [(1, "kwh"), (2, "co2e")] {
            let rows = items(&case["inputs"]["rows"]).iter().filter(|row| row[0] == *day);
            let sum =
                Amount::sum(rows.map(|row| Amount::from_ratio(&number(&row[column])).unwrap())).unwrap();
            assert_eq!(sum.to_ratio(), number(&want[name]), "{day} {name}");
        }
    }
}

/// The case study rounds M to 5.112 before it adds it; the sum of the exact parts is the one tested.
fn eshoppen(case: &Value) {
    let of = |name: &str| number(&case["inputs"][name]);
    let rel = case["tol_rel"].as_f64().unwrap();
    let watts = product([&of("util"), &of("cores"), &of("tdp_w"), &of("coef")]);
    let energy = cloud_energy_kwh(&watts, &of("hours"), &Ratio::one(), &Ratio::one()).unwrap();
    close(&energy, &case["expect"]["E_kwh"], rel, id(case));
    let embodied = Embodied {
        total: &of("TE_kg") * &ratio("1000"),
        reserved_time: of("reserved_h"),
        lifespan: of("lifespan_h"),
        reserved_resources: of("vcpu"),
        total_resources: of("total_vcpu"),
    };
    let embodied = embodied.share().unwrap();
    close(&embodied, &case["expect"]["M_g"], rel, id(case));
    prints(&embodied, &case["printed"]["M_g"], id(case));
    let rate = |embodied: &Ratio| sci(&energy, &of("I"), embodied, &Ratio::one()).unwrap();
    close(&rate(&embodied), &case["expect"]["SCI_g"], rel, id(case));
    assert_eq!(rate(&number(&case["printed"]["M_g"])), number(&case["printed"]["SCI_g"]), "{}", id(case));
}

fn bilan_carbone(case: &Value) {
    let scores = case["inputs"]["scores"].as_object().unwrap();
    let factors: Vec<f64> = scores
        .iter()
        .map(|(indicator, score)| {
            let table = items(&case["inputs"]["tables"][indicator]);
            // A missing score counts as the worst one, which this suite puts first.
            let place = score.as_u64().map_or(0, |score| score as usize - 1);
            table[place].as_f64().unwrap()
        })
        .collect();
    let got = sd95(&factors).unwrap();
    let want = &case["expect"]["sd_g_squared"];
    near(got, want, case["tol_rel"].as_f64().unwrap() * got, id(case));
}

#[test]
fn pedigree_scores_become_a_sigma() {
    for case in &cases("statistics/pedigree_matrix.json") {
        let mut factors = vec![case["basic_uncertainty_sd95"].as_f64().unwrap()];
        factors.extend(items(&case["indicator_factors"]).iter().map(|f| f.as_f64().unwrap()));
        let got = sd95(&factors).unwrap();
        for (got, name) in [(got, "expect_sd_g95"), (sigma_of_sd95(got), "expect_sigma_log")] {
            let want: f64 = case[name].as_str().unwrap().parse().unwrap();
            assert!((got - want).abs() <= 1e-12 * want, "{}: got {got:e}, want {want:e}", id(case));
        }
        if case["table"].as_str().unwrap().contains("v1/v2") {
            let [reliability, completeness, temporal, geographical, technological] = <[u8; 5]>::try_from(
                items(&case["scores"]).iter().map(|s| s.as_u64().unwrap() as u8).collect::<Vec<_>>(),
            )
            .unwrap();
            let scores = esg_core::pedigree::Pedigree {
                reliability,
                completeness,
                temporal,
                geographical,
                technological,
            };
            assert_eq!(scores.factors().unwrap().as_slice(), &factors[1..], "{}", id(case));
        }
    }
}

#[test]
fn data_transfer_comes_out() {
    for case in &cases("ghg/data_transfer_co2js.json") {
        let model = case["model"].as_str().unwrap();
        let transfer = match model {
            "SWDMv4" => version4(case),
            "SWDMv3" => version3(case),
            "OneByte" => one_byte::transfer(&number(&case["bytes"]), green(case)).unwrap(),
            other => panic!("unknown model {other}"),
        };
        let rel = if model == "SWDMv4" { 1e-9 } else { 1e-6 };
        let op = case["op"].as_str().unwrap();
        let total = match op {
            "perByte" | "perByte segments" => transfer.total(),
            "perVisit" => transfer.per_visit(&visits(case)).unwrap().total(),
            other => panic!("unknown operation {other}"),
        };
        match &case["expect"] {
            Value::Object(parts) => {
                for (name, want) in parts {
                    close(&segment(&transfer, name), want, rel, id(case));
                }
            }
            want => close(&total, want, rel, id(case)),
        }
        // The literals of the suite are asserted there to three decimals.
        for (name, literal) in case.get("suite_literal").and_then(Value::as_object).into_iter().flatten() {
            near(total.to_f64(), literal, 0.0005, name);
        }
    }
}

fn green(case: &Value) -> bool {
    case["green"].as_bool().unwrap()
}

/// The grid of each segment: the case's, or the world's.
fn grid(case: &Value, world: Ratio) -> Segments {
    match case.get("grid_g_per_kwh") {
        None => Segments::uniform(world),
        Some(grid) => Segments {
            data_centre: number(&grid["dataCenter"]),
            network: number(&grid["network"]),
            device: number(&grid["device"]),
        },
    }
}

fn version4(case: &Value) -> Transfer {
    // A green host is wholly green, whatever share is given beside it.
    let share = match case.get("green_hosting_factor") {
        _ if green(case) => Ratio::one(),
        None | Some(Value::Null) => Ratio::zero(),
        Some(share) => number(share),
    };
    swdm4::transfer(&number(&case["bytes"]), &grid(case, swdm4::world_grid()), &share).unwrap()
}

fn version3(case: &Value) -> Transfer {
    let mut grid = grid(case, swdm3::world_grid());
    if green(case) {
        grid.data_centre = swdm3::renewable_grid();
    }
    swdm3::transfer(&number(&case["bytes"]), &grid, &swdm3::world_grid()).unwrap()
}

/// The visits of the case; version 3 has 75 % first visits, and 2 % reloaded by the others.
fn visits(case: &Value) -> Visits {
    match case.get("visit") {
        None => {
            assert_eq!(case["model"], "SWDMv3", "{}", id(case));
            Visits { first: ratio("0.75"), returning: ratio("0.25"), reloaded: ratio("0.02") }
        }
        Some(visit) => Visits {
            first: number(&visit["first"]),
            returning: number(&visit["ret"]),
            reloaded: number(&visit["reload"]),
        },
    }
}

fn segment(transfer: &Transfer, name: &str) -> Ratio {
    let (operational, embodied) = (&transfer.operational_g, &transfer.embodied_g);
    match name {
        "dataCenterOperationalCO2e" => operational.data_centre.clone(),
        "networkOperationalCO2e" => operational.network.clone(),
        "consumerDeviceOperationalCO2e" => operational.device.clone(),
        "dataCenterEmbodiedCO2e" => embodied.data_centre.clone(),
        "networkEmbodiedCO2e" => embodied.network.clone(),
        "consumerDeviceEmbodiedCO2e" => embodied.device.clone(),
        "totalOperationalCO2e" => operational.total(),
        "totalEmbodiedCO2e" => embodied.total(),
        "dataCenterCO2e" => transfer.segments().data_centre,
        "networkCO2e" => transfer.segments().network,
        "consumerDeviceCO2e" => transfer.segments().device,
        "total" => transfer.total(),
        other => panic!("unknown segment {other}"),
    }
}

/// Cases that need units, factor sets and scopes: they belong to the tests of the calculation.
const NEED_THE_ENGINE: &[(&str, &str)] = &[
    ("unit conversion before factor", "peer_dotnet.rs"),
    ("dimension mismatch refused", "peer_dotnet.rs"),
    ("scope grouping", "peer_dotnet.rs"),
    ("missing scope 2 method", "peer_dotnet.rs"),
    ("no electricity at all", "peer_dotnet.rs"),
    ("tonnes", "peer_dotnet.rs"),
    ("CO2e-only factor under other GWP set", "peer_dotnet.rs"),
];

#[test]
fn gases_and_uncertainties_of_the_dotnet_suite_come_out() {
    let cases = cases("ghg/peer_ghgaccounting.json");
    all_exist(NEED_THE_ENGINE, &cases);
    for case in cases.iter().filter(|case| !is_listed(NEED_THE_ENGINE, id(case))) {
        match id(case) {
            "calc AR6" | "gases add up" => {
                let inputs = &case["inputs"];
                assert_eq!(inputs["gwp"], "AR6");
                let quantity = inputs["activity"].as_str().unwrap().split(' ').next().map(ratio).unwrap();
                let gases = masses(
                    &quantity,
                    &["co2", "ch4_fossil", "n2o"].map(|gas| number(&inputs["factor"][gas])),
                );
                let kg = co2e(&gases, &["1", "29.8", "273"].map(ratio)).to_f64();
                near(kg, &case["expect"]["co2e_kg"], case["tol_abs"].as_f64().unwrap(), id(case));
            }
            "uncertainty in quadrature" => {
                let got = quadrature(&entries(case)).unwrap().unwrap();
                near(got, &case["expect"]["combined_pct"], case["tol_abs"].as_f64().unwrap(), id(case));
                near(got, &case["expect"]["printed"], 0.005, id(case));
            }
            "empty inventory uncertainty" => assert_eq!(quadrature(&entries(case)), Ok(None)),
            other => panic!("unknown case {other}"),
        }
    }
}

fn entries(case: &Value) -> Vec<(Ratio, Ratio)> {
    let entries = items(&case["inputs"]["entries"]);
    entries.iter().map(|entry| (number(&entry["kg"]), number(&entry["unc_pct"]))).collect()
}
