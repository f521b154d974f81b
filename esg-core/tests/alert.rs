//! Rules and alerts over a ledger: what is refused at creation, and figures whose arithmetic is shown.

use esg_core::alert::{Alert, Change, Observation, Rule, RuleWords, Standing, State, Status, change, judge};
use esg_core::face::{AlertRule, Sets, read};
use esg_core::ledger::{Book, Ledger, Prepared, Stamp, Tenant};
use esg_core::store::MemoryStore;
use esg_core::telemetry::{Options, json};
use esg_core::time::Instant;
use serde_json::{Value, json};

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn tenant() -> Tenant {
    Tenant::new("acme").unwrap()
}

/// Hourly meters of two halls: `(source, time, metrics)`.
fn book(events: &[(&str, &str, Value)]) -> Book {
    let mut ledger = Ledger::open(MemoryStore::new("example.org/alerts".parse().unwrap())).unwrap();
    let list: Vec<Value> = events
        .iter()
        .enumerate()
        .map(|(i, (source, time, metrics))| {
            json!({
                "source_id": source, "external_event_id": format!("e{i}-x"), "vertical": "ai_data_center",
                "timestamp": time, "metrics": metrics, "tags": {"site": source, "region": "GB"},
            })
        })
        .collect();
    let received = json::read(json!(list).to_string().as_bytes(), Options::default()).unwrap();
    assert!(received.rejected.is_empty(), "{:?}", received.rejected);
    let stamp = Stamp { actor: "test", time: at("2024-04-01T00:00:00Z") };
    ledger.ingest(Prepared::new(received, &tenant(), "test"), stamp).unwrap();
    ledger.book().unwrap()
}

fn words(rule: &Value) -> RuleWords {
    read(rule.to_string().as_bytes()).unwrap_or_else(|e| panic!("{rule}: {e}"))
}

fn rule(document: &Value) -> AlertRule {
    AlertRule::new(&words(document), &Sets::default(), &tenant())
        .unwrap_or_else(|e| panic!("{document}: {e}"))
}

/// A rule on the sum of energy, with another condition or window.
fn energy(condition: Value, window: Value) -> Value {
    json!({
        "name": "energy", "condition": condition, "window": window,
        "watch": {"kind": "metric", "vertical": "ai_data_center", "metric": "energy_kwh", "statistic": "sum"},
    })
}

fn above(value: &str, unit: &str) -> Value {
    json!({"kind": "above", "limit": {"value": value, "unit": unit}})
}

fn refused(document: &Value) -> &'static str {
    match read::<RuleWords>(document.to_string().as_bytes()) {
        Err(error) => error.code(),
        Ok(words) => match AlertRule::new(&words, &Sets::default(), &tenant()) {
            Err(error) => error.code(),
            Ok(_) => panic!("{document} is taken"),
        },
    }
}

/// State, figure and unit of the only group.
fn judged(rule: &AlertRule, book: &Book, time: &str) -> (State, Option<String>, String) {
    let seen = rule.observe(book, &Sets::default(), &tenant(), &[], at(time)).unwrap();
    let [seen] = &seen[..] else { panic!("{seen:?}") };
    let found = judge(&rule.rule, seen, None, at(time)).unwrap();
    (found.standing.state, found.evidence.figure, found.evidence.unit)
}

#[test]
fn a_sum_over_hours_is_exact_and_in_the_unit_of_the_metric() {
    let book = book(&[
        ("a", "2024-03-15T09:59:59Z", json!({"energy_kwh": 1000})),
        ("a", "2024-03-15T10:00:00Z", json!({"energy_kwh": 0.1})),
        ("b", "2024-03-15T11:00:00Z", json!({"energy_mwh": 0.0002})),
        ("b", "2024-03-15T12:00:00.001Z", json!({"energy_kwh": 1000})),
    ]);
    // Up to noon, from two hours before: 0.1 kWh + 0.0002 MWh = 0.3 kWh.
    let rule = rule(&energy(above("0.0003", "MWh"), json!({"hours": 2})));
    let found = judged(&rule, &book, "2024-03-15T12:00:00Z");
    assert_eq!(found, (State::Ok, Some("0.3".into()), "kWh".into()), "at the limit it is not above");
    let rule = self::rule(&energy(above("0.2999", "kWh"), json!({"hours": 2})));
    assert_eq!(judged(&rule, &book, "2024-03-15T12:00:00Z").0, State::Firing);
}

#[test]
fn means_and_newest_readings_are_of_readings() {
    let book = book(&[
        ("a", "2024-03-15T10:00:00Z", json!({"pue": 1.2, "energy_kwh": 1})),
        ("a", "2024-03-15T11:00:00Z", json!({"pue": 1.5, "energy_kwh": 9})),
        ("a", "2024-03-15T10:30:00Z", json!({"pue": 1.2, "energy_kwh": 1})),
    ]);
    for (statistic, want) in [("mean", "1.3"), ("last", "1.5")] {
        // (1.2 + 1.5 + 1.2) / 3 = 1.3; the newest by its own time is that of eleven o'clock.
        let mut document = energy(above("1", "1"), json!({"days": 1}));
        document["watch"]["metric"] = "pue".into();
        document["watch"]["statistic"] = statistic.into();
        let found = judged(&rule(&document), &book, "2024-03-15T12:00:00Z");
        assert_eq!(found.1.as_deref(), Some(want), "{statistic}");
    }
}

#[test]
fn each_source_is_judged_by_itself_and_one_that_fell_silent_is_not_forgotten() {
    let book = book(&[
        ("a", "2024-03-15T10:00:00Z", json!({"energy_kwh": 5})),
        ("b", "2024-03-15T10:00:00Z", json!({"energy_kwh": 7})),
    ]);
    let mut document = energy(above("6", "kWh"), json!({"hours": 24}));
    document["watch"]["each"] = "source".into();
    let (rule, time) = (rule(&document), at("2024-03-15T12:00:00Z"));
    let known = ["c".to_owned()];
    let seen = rule.observe(&book, &Sets::default(), &tenant(), &known, time).unwrap();
    let states: Vec<_> = seen
        .iter()
        .map(|seen| (seen.group.as_str(), judge(&rule.rule, seen, None, time).unwrap().standing.state))
        .collect();
    assert_eq!(states, [("a", State::Ok), ("b", State::Firing), ("c", State::NoData)]);
}

#[test]
fn a_change_is_a_share_of_the_window_before() {
    let book = book(&[
        ("a", "2024-03-15T09:30:00Z", json!({"energy_kwh": 200})),
        ("a", "2024-03-15T10:30:00Z", json!({"energy_kwh": 250})),
    ]);
    let change = |kind: &str, share: &str, time: &str| {
        let document = energy(json!({"kind": kind, "share": share}), json!({"hours": 1}));
        judged(&rule(&document), &book, time)
    };
    // 250 against 200 is 1/4 more.
    let found = change("rise", "0.2", "2024-03-15T11:00:00Z");
    assert_eq!(found, (State::Firing, Some("0.25".into()), "1".into()));
    assert_eq!(change("rise", "0.25", "2024-03-15T11:00:00Z").0, State::Ok);
    assert_eq!(change("fall", "0.2", "2024-03-15T11:00:00Z").0, State::Ok);
    // Nothing in the hour before: no share of nothing.
    assert_eq!(change("rise", "0.2", "2024-03-15T10:00:00Z").0, State::NoData);
}

#[test]
fn a_budget_burns_when_more_of_it_is_gone_than_of_its_days() {
    let book = book(&[("a", "2024-03-02T00:00:00Z", json!({"energy_kwh": 30}))]);
    let budget = |rate: &str, time: &str| {
        let condition = json!({
            "kind": "budget", "budget": {"value": "0.1", "unit": "MWh"}, "start": "2024-03-01", "end": "2024-03-10",
            "rate": rate,
        });
        let mut document = energy(condition, json!(null));
        document.as_object_mut().unwrap().remove("window");
        judged(&rule(&document), &book, time)
    };
    // 30 of 100 kWh after 2 of 10 days: 0.3 / 0.2 = 1.5.
    let found = budget("1.4", "2024-03-03T00:00:00Z");
    assert_eq!(found, (State::Firing, Some("1.5".into()), "1".into()));
    assert_eq!(budget("1.5", "2024-03-03T00:00:00Z").0, State::Ok);
    // After the end all of the time has passed: 0.3 / 1.
    assert_eq!(budget("1", "2024-05-01T00:00:00Z").1.as_deref(), Some("0.3"));
    assert_eq!(budget("1", "2024-03-01T00:00:00Z").0, State::NoData);
    assert_eq!(budget("1", "2024-02-01T00:00:00Z").0, State::NoData);
}

#[test]
fn silence_is_counted_in_hours_and_at_least_the_window() {
    let book = book(&[
        ("a", "2024-03-15T06:00:00Z", json!({"energy_kwh": 1})),
        ("b", "2024-03-15T11:30:00Z", json!({"energy_kwh": 1})),
    ]);
    let document = json!({
        "name": "silent", "watch": {"kind": "silence"}, "condition": above("4", "h"), "window": {"hours": 48},
    });
    let (rule, time) = (rule(&document), at("2024-03-15T12:00:00Z"));
    let known = ["gone".to_owned()];
    let seen = rule.observe(&book, &Sets::default(), &tenant(), &known, time).unwrap();
    let of = |seen: &Observation| {
        let found = judge(&rule.rule, seen, None, time).unwrap();
        (found.group, found.standing.state, found.evidence.figure.unwrap())
    };
    // 12:00 - 6:00 = 6 h, 12:00 - 11:30 = 0.5 h, and nothing in 48 h.
    let want = [("a", State::Firing, "6"), ("b", State::Ok, "0.5"), ("gone", State::Firing, "48")];
    let want = want.map(|(group, state, figure)| (group.to_owned(), state, figure.to_owned()));
    assert_eq!(seen.iter().map(of).collect::<Vec<_>>(), want);
}

#[test]
fn numbers_that_a_source_left_out_are_counted() {
    let mut ledger = Ledger::open(MemoryStore::new("example.org/alerts".parse().unwrap())).unwrap();
    let event = |number: u32| {
        json!({"source_id": "m", "external_event_id": format!("batch-{number}"), "vertical": "ai_data_center",
               "timestamp": "2024-03-15T10:00:00Z", "metrics": {"energy_kwh": 1, "pue": 1.2}})
    };
    // 3, 4 and 6 never came.
    let list: Vec<Value> = [1, 2, 5, 7].into_iter().map(event).collect();
    let received = json::read(json!(list).to_string().as_bytes(), Options::default()).unwrap();
    let stamp = Stamp { actor: "test", time: at("2024-04-01T00:00:00Z") };
    ledger.ingest(Prepared::new(received, &tenant(), "test"), stamp).unwrap();
    let document = json!({"name": "holes", "watch": {"kind": "missing_numbers"}, "condition": above("2", "1"),
                          "window": {"days": 30}});
    let found = judged(&rule(&document), &ledger.book().unwrap(), "2024-03-16T00:00:00Z");
    assert_eq!(found, (State::Firing, Some("3".into()), "1".into()));
}

#[test]
fn key_figures_and_emissions_are_those_of_the_inventory() {
    let events = [
        ("a", "2024-03-15T10:00:00Z", json!({"energy_kwh": 100, "facility_energy_kwh": 150})),
        ("b", "2024-03-15T10:00:00Z", json!({"energy_kwh": 300, "facility_energy_kwh": 510})),
    ];
    let book = book(&events);
    let kpi = json!({
        "name": "PUE", "watch": {"kind": "kpi", "id": "pue"}, "condition": above("1.5", "1"), "window": {"days": 30},
    });
    // (150 + 510) / (100 + 300) = 1.65, and not 1.6, the mean of 1.5 and 1.7.
    let found = judged(&rule(&kpi), &book, "2024-03-20T00:00:00Z");
    assert_eq!(found, (State::Firing, Some("1.65".into()), "1".into()));

    let emissions = json!({
        "name": "grid", "watch": {"kind": "emissions", "cells": ["2-location"], "each": "source"},
        "condition": above("1", "kg"), "window": {"days": 30},
    });
    let (rule, time) = (rule(&emissions), at("2024-03-20T00:00:00Z"));
    let seen = rule.observe(&book, &Sets::default(), &tenant(), &[], time).unwrap();
    let of = |group: &str| seen.iter().find(|seen| seen.group == group).unwrap().value.clone().unwrap();
    // The same factor on 150 and 510 kWh. Each line is off by at most half a pg, so the cross products by (510 + 150) / 2 pg.
    let (a, b) = (of("a"), of("b"));
    let gap = (&a * &510.into()) - (&b * &150.into());
    let gap = if gap.is_negative() { -gap } else { gap };
    assert!(gap <= "330e-15".parse().unwrap(), "{a} {b}");
    assert!(a > 0.into());
}

#[test]
fn a_detector_fires_for_an_odd_reading_of_the_last_hours() {
    let mut events: Vec<(&str, String, Value)> = (0..200)
        .map(|i| {
            let time = format!("2024-03-{:02}T{:02}:00:00Z", 1 + i / 24, i % 24);
            ("a", time, json!({"energy_kwh": 40 + i % 3}))
        })
        .collect();
    // 2024-03-09T07:00 is hour 199; the next one is odd.
    events.push(("a", "2024-03-09T08:00:00Z".into(), json!({"energy_kwh": 90})));
    let events: Vec<_> = events.iter().map(|(s, t, m)| (*s, t.as_str(), m.clone())).collect();
    let book = book(&events);
    let condition =
        json!({"kind": "anomaly", "detector": {"robust_z": {"window": 48, "limit": 8.0}}, "hours": 3});
    let rule = rule(&energy(condition, json!({"days": 30})));
    assert_eq!(judged(&rule, &book, "2024-03-09T07:30:00Z").0, State::Ok);
    assert_eq!(judged(&rule, &book, "2024-03-09T11:00:00Z").0, State::Firing);
    assert_eq!(
        judged(&rule, &book, "2024-03-09T11:00:00.001Z").0,
        State::NoData,
        "it counts for three hours"
    );
}

#[test]
fn a_rule_that_could_not_be_judged_is_refused_when_it_is_made() {
    let base = || energy(above("1", "kWh"), json!({"hours": 1}));
    let with = |path: &str, value: Value| {
        let mut document = base();
        *document.pointer_mut(path).unwrap() = value;
        document
    };
    for (document, code) in [
        (json!({}), "alert.missing"),
        (with("/condition/limit/unit", json!("L")), "alert.unit"),
        (with("/condition/limit/unit", json!("foo")), "unit.unknown"),
        (with("/condition/limit/value", json!("1,5")), "option.value"),
        (with("/watch/metric", json!("energy_kw")), "telemetry.metric"),
        (with("/watch/vertical", json!("data_center")), "telemetry.vertical"),
        (with("/watch/statistic", json!("median")), "option.value"),
        (with("/window", json!({"hours": 0})), "alert.value"),
        (with("/window", json!({"weeks": 1})), "option.value"),
        (with("/name", json!("")), "alert.value"),
        (with("/condition", json!({"kind": "rise", "share": "0"})), "alert.value"),
        (with("/condition", json!({"kind": "fall", "share": "1"})), "alert.value"),
    ] {
        assert_eq!(refused(&document), code, "{document}");
    }
    let mut rate = base();
    rate["watch"]["metric"] = "pue".into();
    assert_eq!(refused(&rate), "alert.rate");
    let mut wrong_side = base();
    wrong_side["condition"]["clear"] = json!({"value": "2", "unit": "kWh"});
    assert_eq!(refused(&wrong_side), "alert.value");
    let kpi = |id: &str, unit: &str, window: Value| json!({"name": "k", "watch": {"kind": "kpi", "id": id}, "condition": above("1", unit), "window": window});
    assert_eq!(refused(&kpi("pu", "1", json!({"days": 1}))), "alert.kpi");
    assert_eq!(refused(&kpi("wue", "kg", json!({"days": 1}))), "alert.unit");
    assert_eq!(refused(&kpi("wue", "L/kWh", json!({"hours": 1}))), "alert.value");
    let cells = |cells: Value, each: &str| {
        json!({"name": "e", "watch": {"kind": "emissions", "cells": cells, "each": each},
               "condition": above("1", "t"), "window": {"days": 1}})
    };
    assert_eq!(refused(&cells(json!(["2-location", "2-market"]), "source")), "alert.value");
    assert_eq!(refused(&cells(json!(["3", "3.4"]), "source")), "alert.value");
    assert_eq!(refused(&cells(json!(["1"]), "building")), "inventory.dimension");
    assert_eq!(refused(&cells(json!(["one,,"]), "source")), "lineage.cell");
    let silent = json!({"name": "s", "watch": {"kind": "silence"}, "condition": above("48", "h"),
                        "window": {"hours": 48}});
    assert_eq!(refused(&silent), "alert.value");
    let odd = json!({"name": "s", "watch": {"kind": "silence"}, "window": {"hours": 48},
                     "condition": {"kind": "rise", "share": "1"}});
    assert_eq!(refused(&odd), "alert.pair");
}

#[test]
fn every_key_figure_has_a_unit_that_a_limit_can_be_in() {
    for kpi in esg_core::kpi::known() {
        let document = json!({"name": "k", "watch": {"kind": "kpi", "id": kpi.id},
                              "condition": above("1", kpi.unit), "window": {"days": 1}});
        rule(&document);
    }
}

#[test]
fn a_rule_is_kept_as_it_was_written() {
    for document in [
        energy(json!({"kind": "above", "limit": {"value": "1.50", "unit": "kWh"}}), json!({"hours": 1})),
        json!({"name": "b", "watch": {"kind": "emissions", "cells": ["1"]}, "severity": "critical",
               "condition": {"kind": "budget", "budget": {"value": "5", "unit": "t"}, "start": "2024-01-01",
                             "end": "2024-12-31", "rate": "1.1"}, "labels": {"team": "ops"}}),
    ] {
        let first = words(&document);
        let kept = serde_json::to_string(&first).unwrap();
        assert_eq!(serde_json::from_str::<RuleWords>(&kept).unwrap(), first, "{kept}");
    }
}

/// Judges a figure by hand, after it stood as `before` says.
fn stand(rule: &Rule, figure: Option<i64>, before: Option<&Standing>, time: &str) -> (Standing, Change) {
    let seen = match figure {
        Some(figure) => Observation { value: Some(figure.into()), ..Observation::nothing("", "") },
        None => Observation::nothing("", "nothing"),
    };
    let now = judge(rule, &seen, before, at(time)).unwrap().standing;
    (now, change(before, &now))
}

#[test]
fn an_alert_waits_fires_once_and_ends_where_all_is_well() {
    let document = json!({
        "name": "e", "window": {"hours": 1}, "after": {"hours": 2},
        "watch": {"kind": "metric", "vertical": "ai_data_center", "metric": "energy_kwh", "statistic": "sum"},
        "condition": {"kind": "above", "limit": {"value": 10, "unit": "kWh"}, "clear": {"value": 8, "unit": "kWh"}},
    });
    let rule = Rule::new(&words(&document)).unwrap();
    let mut before: Option<Standing> = None;
    for (hour, figure, state, what) in [
        (0, Some(10), State::Ok, Change::None),
        (1, Some(11), State::Pending, Change::None),
        (2, Some(9), State::Ok, Change::None),
        (3, Some(11), State::Pending, Change::None),
        (4, Some(12), State::Pending, Change::None),
        (5, Some(11), State::Firing, Change::Raised),
        (6, Some(9), State::Firing, Change::None),
        (7, None, State::NoData, Change::None),
        (8, Some(11), State::Firing, Change::None),
        (9, Some(8), State::Ok, Change::Over),
        (10, None, State::NoData, Change::None),
    ] {
        let (now, found) = stand(&rule, figure, before.as_ref(), &format!("2024-03-15T{hour:02}:00:00Z"));
        assert_eq!((now.state, found), (state, what), "hour {hour}");
        before = Some(now);
    }
    // It stands as it does since it came to, not since it was judged last.
    let (first, _) = stand(&rule, Some(1), None, "2024-03-15T00:00:00Z");
    let (second, _) = stand(&rule, Some(2), Some(&first), "2024-03-15T01:00:00Z");
    assert_eq!(second.since, at("2024-03-15T00:00:00Z"));
}

#[test]
fn an_alert_is_taken_and_resolved_once() {
    let mut alert = Alert::fire(at("2024-03-15T10:00:00Z"));
    assert_eq!(alert.status(), Status::Firing);
    alert.acknowledge("ann", Some("looking".into()), at("2024-03-15T10:05:00Z")).unwrap();
    let again = alert.acknowledge("bob", None, at("2024-03-15T10:06:00Z")).unwrap_err();
    assert_eq!(again.code(), "alert.step");
    alert.resolve(None, None, at("2024-03-15T11:00:00Z")).unwrap();
    assert_eq!(
        alert.resolve(Some("ann"), None, at("2024-03-15T11:01:00Z")).unwrap_err().code(),
        "alert.step"
    );
    assert_eq!(alert.acknowledge("ann", None, at("2024-03-15T11:01:00Z")).unwrap_err().code(), "alert.step");
    let steps: Vec<_> = alert.steps().iter().map(|step| (step.status, step.by.as_deref())).collect();
    let want = [(Status::Firing, None), (Status::Acknowledged, Some("ann")), (Status::Resolved, None)];
    assert_eq!(steps, want);
    assert_eq!(Alert::restore(alert.steps().to_vec()), Some(alert));
    assert_eq!(Alert::restore(Vec::new()), None);
}
