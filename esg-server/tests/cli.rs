//! The binary as a user meets it: what it prints, what it writes, and how it ends.

mod common;

use std::fs;

use common::{Ran, base64, esg, folder, vectors};
use serde_json::Value;

/// The event of the README's HTTP example.
const SEED: &str = r#"{"source_id":"datacenter-sfo-01","external_event_id":"gpu-batch-2024-001","vertical":"ai_data_center","timestamp":"2024-03-15T14:30:00Z","metrics":{"energy_kwh":1250.5,"gpu_hours":480,"water_liters":3200,"pue":1.15},"tags":{"region":"us-west-1","facility":"SFO-DC01"}}"#;

fn report(stdin: &str, arguments: &[&str]) -> Ran {
    esg(&[&["report", "-"], arguments].concat(), stdin.as_bytes())
}

/// A member of a summary line of a JSON report.
fn summary(report: &Value, id: &str, member: &str) -> Value {
    let lines = report["summary"].as_array().unwrap();
    lines.iter().find(|line| line["id"] == id).unwrap()[member].clone()
}

#[test]
fn the_event_of_the_readme_is_facility_energy_on_the_grid_of_california() {
    let ran = report(SEED, &["--gwp", "AR5", "--json"]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    let report = ran.json();
    // Facility energy: 1250.5 kWh x 1.15.
    assert_eq!(report["outside"]["energy_kwh"], "1438.075");
    // eGRID2023 rev 2, US-CAMX, lb for each MWh: 428.464 CO2, 0.025 CH4 (GWP 28), 0.003 N2O (GWP 265); 1 lb = 0.45359237 kg.
    // 1.438075 MWh (6 places) x 0.45359237 (8) x lb (3) has 17 places; each gas is rounded half to even to 15.
    let gas = |thousandths_of_lb: i128, gwp: i128| {
        let product = 1_438_075 * 45_359_237 * thousandths_of_lb * gwp;
        let (whole, rest) = (product / 100, product % 100);
        whole + i128::from(rest > 50 || (rest == 50 && whole % 2 == 1))
    };
    let pg = gas(428_464, 1) + gas(25, 28) + gas(3, 265);
    let want = format!("{}.{:015}", pg / 10i128.pow(15), pg % 10i128.pow(15));
    let got = summary(&report, "scope2_location", "co2e_kg");
    assert_eq!(got.as_str().unwrap(), want.trim_end_matches('0'));
    let text = report["factors"].to_string();
    assert!(text.contains("epa-egrid 2023.2.0"), "{text}");
}

#[test]
fn a_summary_says_what_is_missing_and_is_plain_text_in_a_pipe() {
    let ran = report(SEED, &[]);
    assert_eq!(ran.exit, 0);
    for words in ["1 event,", "1.438  MWh", "market-based    missing", "Caveats", "2.559  L/kWh"] {
        assert!(ran.stdout.contains(words), "{words:?} in\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains('\u{1b}') && ran.stderr.is_empty());
}

#[test]
fn a_refused_row_is_shown_written_and_told_by_the_exit_code() {
    let folder = folder("refused");
    let path = folder.join("rejected.jsonl");
    let rows = format!(
        "{SEED}\n{{\"source_id\":1}}\n{}",
        SEED.replace("us-west-1", "Atlantis").replace("-001", "-002")
    );
    let ran = report(&rows, &["--rejected", path.to_str().unwrap()]);
    assert_eq!(ran.exit, 1);
    assert!(ran.stdout.contains("stdin:2 [telemetry.type]"), "{}", ran.stdout);
    let lines = fs::read_to_string(path).unwrap();
    let rejected: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> =
        rejected.iter().map(|r| (r["line"].as_u64().unwrap(), r["code"].as_str().unwrap())).collect();
    // The event in Atlantis loses its electricity; its water has no factor there either.
    assert_eq!(told[0], (2, "telemetry.type"));
    assert!(told[1..].iter().all(|t| *t == (3, "geography.unknown")), "{told:?}");
    assert_eq!(rejected[0]["stage"], "telemetry");
}

#[test]
fn formats_go_to_a_folder_a_file_or_stdout() {
    let folder = folder("formats");
    let out = folder.to_str().unwrap();
    let ran =
        report(SEED, &["--format", "json,csv,html,xlsx", "--out", out, "--organisation", "Example & Co"]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    assert!(read("report.html").starts_with(b"<!DOCTYPE html>"));
    assert!(read("report.xlsx").starts_with(b"PK"));
    assert!(String::from_utf8(read("report.html")).unwrap().contains("Example &amp; Co"));
    let json: Value = serde_json::from_slice(&read("report.json")).unwrap();
    assert_eq!(json["organisation"], "Example & Co");
    let ran = report(SEED, &["--format", "csv"]);
    assert_eq!(ran.stdout.as_bytes(), report(SEED, &["--format=csv"]).stdout.as_bytes());
    assert!(ran.stdout.lines().count() > 3, "{}", ran.stdout);
    assert_eq!(report(SEED, &["--format", "csv,html"]).exit, 2);
    assert_eq!(report(SEED, &["--format", "pdf"]).code(), "report.format");
}

#[test]
fn files_are_accounted_together_and_a_copy_counts_once() {
    let folder = folder("files");
    let (a, b) = (folder.join("a.jsonl"), folder.join("b.json"));
    fs::write(&a, SEED).unwrap();
    fs::write(&b, format!("[{SEED}]")).unwrap();
    let ran = esg(&["report", a.to_str().unwrap(), b.to_str().unwrap(), "--json"], b"");
    assert_eq!((ran.exit, &ran.json()["outside"]["energy_kwh"]), (0, &Value::from("1438.075")));
    // The digest of the events does not depend on the file they came in.
    let alone = esg(&["report", b.to_str().unwrap(), "--json"], b"").json();
    assert_eq!(ran.json()["digests"], alone["digests"]);
}

#[test]
fn defaults_and_states_are_taken_as_given() {
    let no_pue = SEED.replace(r#","pue":1.15"#, "");
    assert_eq!(report(&no_pue, &[]).exit, 1);
    let ran =
        report(&no_pue, &["--default", "pue=1.15", "--not-applicable", "14,fleet,manufacturing,software"]);
    assert_eq!(ran.exit, 0);
    assert!(ran.stdout.contains("assumed pue = 1.15 for 1 activities"), "{}", ran.stdout);
    assert_eq!(report(SEED, &["--default", "pue=0.9"]).exit, 2);
    assert_eq!(report(SEED, &["--default", "peu=1.1"]).exit, 2);
    assert_eq!(report(SEED, &["--not-applicable", "16"]).code(), "ghg.scope");
    assert_eq!(report(SEED, &["--gwp", "AR9"]).code(), "gwp.unknown");
    assert_eq!(report(SEED, &["--allow", "anything"]).exit, 2);
    let ran = report(SEED, &["--start", "2025-01-01", "--end", "2025-12-31", "--json"]);
    assert_eq!(ran.json()["counts"]["outside_period"], 2);
    let ran = report(SEED, &["--by", "site,month"]);
    assert!(ran.stdout.contains("SFO-DC01  2024-03"), "{}", ran.stdout);
}

#[test]
fn the_demo_is_one_screen_and_writes_every_format() {
    let folder = folder("demo");
    let ran = esg(&["demo", "--out", folder.to_str().unwrap()], b"");
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert!(ran.stdout.lines().count() <= 60, "{}", ran.stdout);
    for words in ["public recordings", "generated (seed 7)", "Key figures", "Score", "Caveats", "report.html"]
    {
        assert!(ran.stdout.contains(words), "{words:?} in\n{}", ran.stdout);
    }
    // bad_rows.csv has eleven rows that are wrong and two that are right.
    assert_eq!(fs::read_to_string(folder.join("rejected.jsonl")).unwrap().lines().count(), 11);
    for name in ["report.html", "report.json", "report.csv", "report.xlsx"] {
        assert!(fs::metadata(folder.join(name)).unwrap().len() > 1000, "{name}");
    }
    let html = fs::read_to_string(folder.join("report.html")).unwrap();
    for words in ["OGL-UK-3.0", "LicenseRef-US-Government-Work", "<td>bad_rows.csv</td>"] {
        assert!(html.contains(words), "{words:?} is not in the page");
    }
    let again = esg(&["demo", "--json", "--out", folder.to_str().unwrap()], b"").json();
    let file: Value = serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap();
    assert_eq!(again, file, "the same bytes for the same events");
    assert_eq!(file["rejected"][0]["source"], "bad_rows.csv");
    assert!(!summary(&file, "scope2_market", "co2e_kg").is_null());
}

#[test]
fn of_many_tenants_a_few_are_shown_and_the_rest_is_counted() {
    let of = |tenants: usize| {
        let rows = (0..tenants).map(|i| {
            format!(
                "{{\"source_id\":\"s\",\"external_event_id\":\"{i}\",\"vertical\":\"cloud_saas\",\"timestamp\":\"2024-03-15T00:00:00Z\",\
                 \"metrics\":{{\"requests\":10}},\"tags\":{{\"region\":\"GB\",\"tenant\":\"tenant-{i:02}\"}}}}\n"
            )
        });
        report(&rows.collect::<String>(), &[]).stdout
    };
    let lines = |text: &str| text.lines().filter(|line| line.contains("of a tenant tenant-")).count();
    let (eight, nine, twelve) = (of(8), of(9), of(12));
    assert_eq!((lines(&eight), lines(&nine), lines(&twelve)), (8, 8, 8), "{twelve}");
    assert!(!eight.contains("more tenant"), "{eight}");
    assert!(nine.contains("and 1 more tenant in the report"), "{nine}");
    assert!(twelve.contains("and 4 more tenants in the report"), "{twelve}");
}

#[test]
fn conversion_is_exact_and_says_where_it_is_not() {
    assert_eq!(esg(&["convert", "1", "MWh", "kWh"], b"").stdout, "1000 kWh\n");
    let json = esg(&["convert", "--json", "1", "MWh", "kWh"], b"").stdout;
    assert_eq!(json, "{\"exact\":true,\"unit\":\"kWh\",\"value\":\"1000\"}\n");
    // 1 MJ = 10/36 kWh.
    let third = esg(&["convert", "1", "MJ", "kWh", "--json"], b"").json();
    assert_eq!((&third["exact"], &third["ratio"]), (&Value::from(false), &Value::from("5/18")));
    let wrong = esg(&["convert", "1", "kWh", "L"], b"");
    assert_eq!((wrong.exit, wrong.stdout.as_str()), (2, ""));
    assert!(wrong.stderr.starts_with("error[unit.dimension]: "), "{}", wrong.stderr);
    let unknown = esg(&["convert", "1", "MWH", "kWh", "--json"], b"");
    let error: Value = serde_json::from_str(&unknown.stderr).unwrap();
    assert_eq!((unknown.exit, &error["code"]), (2, &Value::from("unit.unknown")));
    assert!(error["message"].as_str().unwrap().contains("MWh"), "{error}");
    assert!(esg(&["convert", "1", "kw", "W"], b"").stderr.contains("nearest known: kW"));
    assert_eq!(esg(&["convert", "1,5", "kWh", "MWh"], b"").code(), "decimal.comma");
    let long = esg(&["convert", &"9".repeat(100_000), "kWh", "MWh"], b"");
    assert!(long.code() == "decimal.too_precise" || long.code() == "decimal.syntax", "{}", long.stderr.len());
    assert!(long.stderr.len() < 300, "a value of 100,000 digits is cut: {}", long.stderr.len());
    assert_eq!(esg(&["convert", "-40", "Cel", "[degF]"], b"").stdout, "-40 [degF]\n");
}

#[test]
fn a_score_comes_from_flags_or_a_document() {
    let flags = "score --pue 1.15 --emissions-g 400 --distance-mi 1 --units 1000 --energy-kwh 500 --grid-factor 0.4 --requests 1e6 --emissions-kg 0.5";
    let arguments: Vec<&str> = flags.split(' ').collect();
    let shown = esg(&arguments, b"");
    assert_eq!(shown.exit, 0, "{shown:?}");
    // (1/0.15 + 1/400 + 1000/200 + 10^6/(0.5 x 10^6)) / 4 = 16403/4800.
    assert!(shown.stdout.contains("exactly 16403/4800"), "{}", shown.stdout);
    let document = br#"{"data_centre":{"it_energy_kwh":1000,"facility_energy_kwh":1150},"fleet":{"emissions_g":400,"distance_mi":1},"manufacturing":{"production_units":1000,"grid_emissions_kg":200}}"#;
    let missing = esg(&["score", "-", "--json"], document);
    assert_eq!((missing.exit, &missing.json()["value"]), (1, &Value::Null));
    let stated = esg(&["score", "-", "--json", "--not-applicable", "software"], document);
    // (20/3 + 1/400 + 5) / 3 = 14003/3600.
    assert_eq!((stated.exit, &stated.json()["value"]["exact"]), (0, &Value::from("14003/3600")));
    assert_eq!(esg(&["score", "--pue", "1"], b"").code(), "score.pue");
    let negative = ["score", "--pue", "1.2", "--emissions-g", "-400", "--distance-mi", "1"];
    assert_eq!(esg(&negative, b"").code(), "score.negative", "a number below zero is no option");
    assert_eq!(esg(&["score", "-"], br#"{"fleet":null,"fleet":null}"#).code(), "json.duplicate_key");
}

/// Twelve quarters of a figure that halves its part above 1 each year, with a season of four.
const QUARTERS: &str = "period,pue,energy_kwh,units\n2021-Q1,1.8,1100,10\n2021-Q2,1.68,900,10\n2021-Q3,1.57,800,10\n2021-Q4,1.48,1200,10\n2022-Q1,1.4,1110,10\n2022-Q2,1.34,890,10\n2022-Q3,1.28,810,10\n2022-Q4,1.24,1190,10\n2023-Q1,1.2,1105,10\n2023-Q2,1.17,905,10\n2023-Q3,1.14,795,10\n2023-Q4,1.12,1205,10\n";

fn forecast(stdin: &str, arguments: &[&str]) -> Ran {
    esg(&[&["forecast", "-"], arguments].concat(), stdin.as_bytes())
}

#[test]
fn a_forecast_is_a_picture_a_table_and_a_document() {
    let shown = forecast(QUARTERS, &["--horizon", "4"]);
    assert_eq!((shown.exit, shown.stderr.as_str()), (0, ""));
    for words in
        ["2021-Q1 to 2023-Q4, 12 values", "the least of", "2024-Q4", "95 % from", "●", "energy_kwh", "units"]
    {
        assert!(shown.stdout.contains(words), "{words:?} in\n{}", shown.stdout);
    }
    let naive =
        forecast(QUARTERS, &["--value", "energy_kwh", "--model", "snaive", "--level", "0.95", "--json"])
            .json();
    let only = &naive["forecasts"][0];
    assert_eq!((&only["series"], &only["season"]), (&Value::from("energy_kwh"), &Value::from(4)));
    let values: Vec<_> = (0..5).map(|h| only["points"][h]["value"].as_f64().unwrap()).collect();
    assert_eq!(values, [1105.0, 905.0, 795.0, 1205.0, 1105.0]);
    assert_eq!(only["points"][0]["period"], "2024-Q1");
    // Differences to the year before: 10, -10, 10, -10, -5, 15, -15, 15; the mean square is (4 x 100 + 25 + 3 x 225) / 8.
    let upper = only["points"][0]["intervals"][0]["upper"].as_f64().unwrap();
    assert!((upper - 1105.0 - 1.959_964 * (1100.0f64 / 8.0).sqrt()).abs() < 1e-4, "{upper}");
    let per =
        forecast(QUARTERS, &["--value", "energy_kwh", "--per", "units", "--model", "naive", "--json"]).json();
    assert_eq!(
        (&per["forecasts"][0]["series"], &per["forecasts"][0]["points"][0]["value"]),
        (&Value::from("energy_kwh / units"), &Value::from(120.5))
    );
}

#[test]
fn a_model_is_judged_by_periods_that_it_did_not_see() {
    let ask = |more: &[&str]| {
        forecast(QUARTERS, &[&["--value", "energy_kwh", "--model", "naive", "--holdout", "2"], more].concat())
    };
    let judged = ask(&["--json"]).json()["forecasts"][0]["backtest"].clone();
    // Said 905 twice for 795 and 1205; the season before had 810 and 1190.
    assert_eq!((&judged["accuracy"]["mae"], &judged["naive"]["mae"]), (&Value::from(205), &Value::from(15)));
    let text = ask(&[]).stdout;
    assert!(
        text.contains("held out: the last 2, by naive: mean absolute error 205, of the season repeated 15"),
        "{text}"
    );
    assert_eq!(forecast(QUARTERS, &["--holdout", "0"]).code(), "forecast.horizon");
}

#[test]
fn a_trend_says_when_it_arrives() {
    let ask = |more: &[&str]| {
        forecast(QUARTERS, &[&["--value", "pue", "--floor", "1", "--model", "trend"], more].concat())
    };
    let target = ask(&["--at-most", "1.05", "--json"]).json()["forecasts"][0]["target"].clone();
    // Half each year: from 0.12 to 0.05 takes log2(2.4) = 1.26 years.
    let years = target["reach"]["years"].as_f64().unwrap();
    assert!((years - 2.4f64.log2()).abs() < 0.1, "{target}");
    assert!((target["change_per_year"].as_f64().unwrap() + 0.5).abs() < 0.02, "{target}");
    assert!(ask(&["--at-most", "1.05"]).stdout.contains("target at most 1.05: 2025-Q"));
    assert!(ask(&["--at-most", "1.3"]).stdout.contains("is reached"));
    assert!(ask(&["--at-least", "1.9"]).stdout.contains("not in reach"));
    assert_eq!(ask(&["--at-most", "1"]).code(), "forecast.target");
}

#[test]
fn rows_of_json_are_those_of_a_table() {
    let rows: Vec<Value> = QUARTERS
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            serde_json::json!({"period": cells[0], "pue": cells[1].parse::<f64>().unwrap()})
        })
        .collect();
    let json = forecast(&Value::from(rows).to_string(), &["--json"]);
    assert_eq!(json.stdout, forecast(QUARTERS, &["--value", "pue", "--json"]).stdout, "{}", json.stderr);
}

#[test]
fn a_hole_in_a_series_is_named_and_filled_on_request_only() {
    let holed = QUARTERS.replace("2022-Q1,1.4,", "2022-Q1,,");
    let refused = forecast(&holed, &["--value", "pue"]);
    assert_eq!((refused.exit, refused.code().as_str()), (2, "forecast.gap"));
    assert!(
        refused.stderr.contains("2022-Q1") && refused.stderr.contains("--interpolate"),
        "{}",
        refused.stderr
    );
    let without: String =
        QUARTERS.lines().filter(|line| !line.starts_with("2022-Q1")).map(|l| format!("{l}\n")).collect();
    assert_eq!(forecast(&without, &[]).code(), "forecast.gap");
    let filled = forecast(&holed, &["--value", "pue", "--interpolate", "--json"]).json();
    assert_eq!(filled["forecasts"][0]["interpolated"], serde_json::json!(["2022-Q1"]));
    // Half way between 1.48 and 1.34.
    assert!((filled["forecasts"][0]["history"][4]["value"].as_f64().unwrap() - 1.41).abs() < 1e-12);
}

#[test]
fn what_is_no_series_is_refused_with_its_place() {
    let code = |stdin: &str, more: &[&str]| forecast(stdin, more).code();
    assert_eq!(code("", &[]), "cli.document");
    assert_eq!(code("period\n2024\n", &[]), "cli.document");
    assert_eq!(code("period,a\n2024,1,2\n", &[]), "cli.document");
    assert_eq!(code("period,a,a\n2024,1,2\n", &[]), "cli.document");
    assert_eq!(code("period,a\n", &[]), "forecast.too_short");
    assert_eq!(code("period,a\nMay 2024,1\n", &[]), "forecast.period");
    assert_eq!(code("period,a\n2024,1\n2024,2\n", &[]), "forecast.doubled");
    assert_eq!(code("period,a\n2024,1\n2024-01,2\n", &[]), "forecast.step");
    assert_eq!(code("period,a\n2024,\"1,5\"\n", &[]), "decimal.comma");
    assert_eq!(code("period,a\n2024,NaN\n", &[]), "decimal.not_finite");
    assert_eq!(code(r#"[{"period":"2024","period":"2025"}]"#, &[]), "json.duplicate_key");
    assert_eq!(code(r#"[{"month":"2024-01","a":1}]"#, &[]), "cli.document");
    assert_eq!(code(r#"[{"period":"2024-01","a":[1]}]"#, &[]), "cli.document");
    assert_eq!(code("{}", &[]), "cli.document");
    let place = forecast("period,a\n2024,1\n2025,x\n", &[]).stderr;
    assert!(place.contains("line 3, a: "), "{place}");
    assert_eq!(code(QUARTERS, &["--value", "nothing"]), "cli.document");
    assert_eq!(code(QUARTERS, &["--period", "nothing"]), "cli.document");
    assert_eq!(code(QUARTERS, &["--model", "arima"]), "forecast.model");
    assert_eq!(code(QUARTERS, &["--level", "95"]), "forecast.level");
    assert_eq!(code(QUARTERS, &["--horizon", "0"]), "forecast.horizon");
    assert_eq!(code(QUARTERS, &["--season", "0"]), "forecast.season");
    assert_eq!(forecast(QUARTERS, &["--at-most", "1", "--at-least", "2"]).exit, 2);
    assert_eq!(esg(&["forecast", "/nowhere/at-all.csv"], b"").exit, 3);
}

#[test]
fn factors_are_found_explained_and_locked() {
    let found = esg(&["factors", "search", "diesel", "--region", "GB", "--limit", "3", "--json"], b"").json();
    assert_eq!(found.as_array().unwrap().len(), 3);
    assert_eq!(esg(&["factors", "search", "unobtainium"], b"").exit, 1);
    let day = ["--day", "2024-03-15"];
    let resolve = |more: &[&str]| esg(&[&["factors", "resolve"], more, &day].concat(), b"");
    let grid = resolve(&["electricity.grid", "--region", "US-CAMX", "--json"]).json();
    assert_eq!(grid["factor_id"], "epa-egrid 2023.2.0/SRL23/CAMX");
    assert!(
        !grid["rejected"].as_array().unwrap().is_empty() && !grid["steps"].as_array().unwrap().is_empty()
    );
    let typo = resolve(&["fuel.deisel", "--region", "GB", "--json"]);
    let error: Value = serde_json::from_str(&typo.stderr).unwrap();
    assert_eq!((typo.exit, &error["details"]["nearest"][0]), (1, &Value::from("fuel.diesel")));
    assert!(esg(&["factors", "list"], b"").stdout.contains("epa-egrid 2023.2.0"));

    let path = folder("lock").join("factors.lock.json");
    let file = path.to_str().unwrap();
    assert_eq!(esg(&["factors", "lock", "--out", file], b"").exit, 0);
    assert_eq!(esg(&["factors", "lock", "--check", file], b"").exit, 0);
    assert_eq!(report(SEED, &["--lock", file]).exit, 0);
    let mut lock: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    lock["sets"][0]["digest"] = "0".repeat(64).into();
    fs::write(&path, lock.to_string()).unwrap();
    let broken = esg(&["factors", "lock", "--check", file], b"");
    assert_eq!((broken.exit, broken.code().as_str()), (4, "factor.digest"));
    assert_eq!(report(SEED, &["--lock", file]).exit, 4);
}

#[test]
fn files_that_are_not_there_and_endings_that_say_nothing_are_told_apart() {
    let missing = esg(&["report", "/nowhere/at-all.csv"], b"");
    assert_eq!((missing.exit, missing.code().as_str()), (3, "cli.io"));
    assert_eq!(esg(&["report", "telemetry.docx"], b"").code(), "cli.form");
    assert_eq!(esg(&["report"], b"").exit, 2);
    let usage = esg(&["report", "--json"], b"");
    let error: Value = serde_json::from_str(&usage.stderr).unwrap();
    assert_eq!((usage.exit, &error["code"]), (2, &Value::from("cli.usage")));
}

#[test]
fn every_command_shows_an_example_in_its_help() {
    let commands: [&[&str]; 10] = [
        &[],
        &["demo"],
        &["report"],
        &["convert"],
        &["score"],
        &["forecast"],
        &["factors", "search"],
        &["factors", "resolve"],
        &["factors", "lock"],
        &["factors", "list"],
    ];
    for command in commands {
        let help = esg(&[command, &["--help"]].concat(), b"");
        assert!(help.exit == 0 && help.stdout.contains("Example"), "{command:?}\n{}", help.stdout);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let (exit, stderr) = common::without_reader(&["factors", "list", "--json"]);
    assert_eq!((exit, stderr.as_str()), (0, ""));
}

#[test]
fn hostile_files_end_in_an_answer_or_a_refusal() {
    let folder = folder("hostile");
    let long = SEED.replace("SFO-DC01", &"x".repeat(1 << 20));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let files: [(&str, &[u8]); 8] = [
        ("empty.json", b""),
        ("empty.jsonl", b""),
        ("empty.csv", b""),
        ("binary.jsonl", &[0, 159, 146, 150, 255, 254, 10, 0, 10]),
        ("binary.csv", &[0, 159, 146, 150, 255, 254, 10, 0, 10]),
        ("long.jsonl", long.as_bytes()),
        ("deep.json", deep.as_bytes()),
        ("utf16.json", b"\xff\xfe{\x00}\x00"),
    ];
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        let ran = esg(&["report", path.to_str().unwrap()], b"");
        let wanted = if name == "empty.jsonl" { 0..=0 } else { 1..=2 };
        assert!(wanted.contains(&ran.exit), "{name}: {ran:?}");
        assert!(!ran.stderr.contains("panicked"), "{name}: {ran:?}");
    }
    // A page of every parser's troubles, one file each; and all of them as lines of one file.
    let cases = vectors("hostile_inputs/json_parsing.json");
    let mut lines = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        let bytes = base64(case["bytes_base64"].as_str().unwrap());
        lines.extend_from_slice(&bytes);
        lines.push(b'\n');
    }
    lines.extend_from_slice(SEED.as_bytes());
    let ran = esg(&["report", "-", "--json"], &lines);
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    assert_eq!(ran.json()["outside"]["energy_kwh"], "1438.075", "the rest goes on");
}

#[test]
fn naughty_strings_reach_the_page_escaped_and_the_terminal_clean() {
    let cases = vectors("hostile_inputs/naughty_strings.json");
    let mut lines = String::new();
    for (i, case) in cases["cases"].as_array().unwrap().iter().enumerate() {
        let mut event: Value = serde_json::from_str(SEED).unwrap();
        event["external_event_id"] = format!("{i}").into();
        event["tags"]["facility"] = case["string"].clone();
        lines.push_str(&format!("{event}\n"));
    }
    let page = report(&lines, &["--format", "html"]);
    assert!(page.exit <= 1, "{}", page.stderr);
    assert!(!page.stdout.contains("<script>alert"), "a tag is text");
    let shown = report(&lines, &["--by", "site"]);
    assert!(shown.stdout.chars().all(|c| c == '\n' || !c.is_control()));
}
