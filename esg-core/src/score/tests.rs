//! Reference values of the score, worked by hand.

use super::*;

fn ratio(text: &str) -> Ratio {
    text.parse().unwrap()
}

fn weights(texts: [&str; 4]) -> Weights {
    Weights::new(texts.map(ratio)).unwrap()
}

fn inputs(pue: &str, g_per_mi: &str, factory: [&str; 3], saas: [&str; 2]) -> ScoreInputs {
    ScoreInputs {
        data_centre: Term::Present(DataCentre { it_energy_kwh: ratio("1"), facility_energy_kwh: ratio(pue) }),
        fleet: Term::Present(Fleet { emissions_g: ratio(g_per_mi), distance_mi: ratio("1") }),
        manufacturing: Term::Present(Manufacturing::from_energy(
            ratio(factory[0]),
            &ratio(factory[1]),
            &ratio(factory[2]),
        )),
        software: Term::Present(Software { requests: ratio(saas[0]), emissions_kg: ratio(saas[1]) }),
    }
}

/// PUE 1.15; 400 g/mi; 1000 units on 500 kWh at 0.4 kg/kWh; 1e6 requests for 0.5 kg.
fn first() -> ScoreInputs {
    inputs("1.15", "400", ["1000", "500", "0.4"], ["1e6", "0.5"])
}

fn value(inputs: &ScoreInputs, weights: &Weights) -> Result<Option<Ratio>, ScoreError> {
    Ok(score(inputs, weights, &PueFloor::Refuse)?.value)
}

fn code(inputs: &ScoreInputs) -> &'static str {
    value(inputs, &Weights::equal()).unwrap_err().code()
}

#[test]
fn equal_weights_give_the_first_reference_value() {
    // (20/3 + 1/400 + 1000/200 + 1e6/0.5e6) / 4 = (32000 + 12 + 24000 + 9600) / 19200 = 65612/19200.
    assert_eq!(value(&first(), &Weights::equal()), Ok(Some(ratio("16403/4800"))));
}

#[test]
fn unequal_weights_give_the_second_reference_value() {
    // 0.4 x 5 + 0.3/250 + 0.2 x 5000/500 + 0.1 x 2e6/4e6 = 2 + 0.0012 + 2 + 0.05 = 4.0512.
    let second = inputs("1.2", "250", ["5000", "2000", "0.25"], ["2e6", "4"]);
    let score = value(&second, &weights(["0.4", "0.3", "0.2", "0.1"])).unwrap().unwrap();
    assert_eq!(score, ratio("2532/625"));
    assert_eq!(score, ratio("4.0512"));
}

#[test]
fn weights_need_only_be_in_proportion() {
    let percent = weights(["40", "30", "20", "10"]);
    assert_eq!(percent, weights(["0.4", "0.3", "0.2", "0.1"]));
}

#[test]
fn a_term_that_does_not_apply_gives_its_weight_to_the_others() {
    let without = ScoreInputs { software: Term::NotApplicable, ..first() };
    let score = score(&without, &Weights::equal(), &PueFloor::Refuse).unwrap();
    // (20/3 + 1/400 + 5) / 3 = (8000 + 3 + 6000) / 3600.
    assert_eq!(score.value, Some(ratio("14003/3600")));
    assert_eq!(score.coverage, Ratio::one());
    let software = &score.terms[3];
    assert_eq!((software.state, &software.weight), (State::NotApplicable, &ratio("1/4")));
    assert!(software.effective_weight.is_zero() && software.value.is_none());
    assert!(score.terms[..3].iter().all(|t| t.effective_weight == ratio("1/3") && t.weight == ratio("1/4")));
}

#[test]
fn a_missing_term_leaves_no_score_but_a_coverage() {
    let without = ScoreInputs { software: Term::Missing, ..first() };
    let score = score(&without, &Weights::equal(), &PueFloor::Refuse).unwrap();
    assert_eq!((score.value, score.coverage), (None, ratio("3/4")));
    assert_eq!(score.terms[3].state, State::Missing);
    assert_eq!(score.terms[0].value, Some(ratio("20/3")));
}

#[test]
fn a_missing_term_without_weight_does_not_matter() {
    let without = ScoreInputs { software: Term::Missing, ..first() };
    let weights = weights(["1", "1", "1", "0"]);
    assert_eq!(value(&without, &weights), Ok(Some(ratio("14003/3600"))));
}

#[test]
fn sites_are_summed_before_the_term_is_made() {
    // IT 100 kWh each, PUE 1.1 and 1.5: 200 / (110 + 150 - 200) = 10/3; the mean of the terms would be 6.
    let mut sites = first();
    sites.data_centre =
        Term::Present(DataCentre { it_energy_kwh: ratio("200"), facility_energy_kwh: ratio("260") });
    let score = score(&sites, &Weights::equal(), &PueFloor::Refuse).unwrap();
    assert_eq!(score.terms[0].value, Some(ratio("10/3")));
}

#[test]
fn a_pue_of_one_is_refused_and_just_above_is_not() {
    for pue in ["1", "0.99"] {
        assert_eq!(code(&inputs(pue, "400", ["1", "1", "1"], ["1", "1"])), "score.pue", "{pue}");
    }
    assert!(value(&inputs("1.0001", "400", ["1", "1", "1"], ["1", "1"]), &Weights::equal()).is_ok());
}

#[test]
fn a_floor_for_the_pue_is_flagged() {
    let floor = PueFloor::AtLeast { epsilon: ratio("0.01") };
    for pue in ["0.9", "1", "1.005"] {
        let data = inputs(pue, "400", ["1", "1", "1"], ["1", "1"]);
        let score = score(&data, &Weights::equal(), &floor).unwrap();
        assert_eq!(score.terms[0].value, Some(ratio("100")), "{pue}");
        assert_eq!(score.flags, [Flag::PueFloored { measured: ratio(pue), used: ratio("1.01") }]);
    }
    let above = score(&first(), &Weights::equal(), &floor).unwrap();
    assert_eq!((above.value, above.flags), (Some(ratio("16403/4800")), vec![]));
    let none = PueFloor::AtLeast { epsilon: Ratio::zero() };
    assert_eq!(score(&first(), &Weights::equal(), &none).unwrap_err().code(), "score.floor");
}

#[test]
fn a_zero_below_the_line_names_its_term() {
    for (term, data) in [
        (
            "data_centre",
            ScoreInputs {
                data_centre: Term::Present(DataCentre {
                    it_energy_kwh: ratio("0"),
                    facility_energy_kwh: ratio("1"),
                }),
                ..first()
            },
        ),
        ("fleet", inputs("1.1", "0", ["1", "1", "1"], ["1", "1"])),
        (
            "fleet",
            ScoreInputs {
                fleet: Term::Present(Fleet { emissions_g: ratio("5"), distance_mi: ratio("0") }),
                ..first()
            },
        ),
        ("manufacturing", inputs("1.1", "400", ["1", "1", "0"], ["1", "1"])),
        ("manufacturing", inputs("1.1", "400", ["1", "0", "1"], ["1", "1"])),
        ("software", inputs("1.1", "400", ["1", "1", "1"], ["1", "0"])),
    ] {
        let error = value(&data, &Weights::equal()).unwrap_err();
        assert_eq!(error.code(), "score.zero_denominator", "{term}");
        assert!(error.to_string().contains(term), "{error}");
    }
}

#[test]
fn nothing_produced_is_a_term_of_zero() {
    let idle = inputs("1.1", "400", ["0", "1", "1"], ["0", "1"]);
    let score = score(&idle, &Weights::equal(), &PueFloor::Refuse).unwrap();
    assert_eq!((&score.terms[2].value, &score.terms[3].value), (&Some(Ratio::zero()), &Some(Ratio::zero())));
}

#[test]
fn negative_quantities_and_weights_are_refused() {
    assert_eq!(code(&inputs("1.1", "-400", ["1", "1", "1"], ["1", "1"])), "score.negative");
    assert_eq!(code(&inputs("1.1", "400", ["-1", "1", "1"], ["1", "1"])), "score.negative");
    assert_eq!(Weights::new(["1", "1", "1", "-1"].map(ratio)).unwrap_err().code(), "score.weights");
    assert_eq!(Weights::new(["0", "0", "0", "0"].map(ratio)).unwrap_err().code(), "score.weights");
    let only = ScoreInputs { data_centre: Term::NotApplicable, ..first() };
    assert_eq!(value(&only, &weights(["1", "0", "0", "0"])).unwrap_err().code(), "score.weights");
}

#[test]
fn an_unchanged_year_has_the_index_one() {
    let index = indexed(&first(), &first(), &weights(["4", "3", "2", "1"]), &PueFloor::Refuse).unwrap();
    assert_eq!(index.value, Some(Ratio::one()));
}

#[test]
fn the_index_is_the_weighted_mean_of_improvements() {
    // Overhead 0.15 to 0.2: 3/4. 400 to 250 g/mi: 8/5. 5 to 10 units/kg: 2. 2 to 1/2 requests/mg: 1/4.
    let now = inputs("1.2", "250", ["5000", "2000", "0.25"], ["2e6", "4"]);
    let index = indexed(&now, &first(), &Weights::equal(), &PueFloor::Refuse).unwrap();
    assert_eq!(index.terms[0].value, Some(ratio("3/4")));
    assert_eq!(index.value, Some(ratio("1.15"))); // (0.75 + 1.6 + 2 + 0.25) / 4
}

#[test]
fn an_index_needs_the_same_terms_in_both_periods() {
    let other = ScoreInputs { software: Term::NotApplicable, ..first() };
    let run = |a: &ScoreInputs, b: &ScoreInputs| indexed(a, b, &Weights::equal(), &PueFloor::Refuse);
    assert_eq!(run(&other, &first()).unwrap_err().code(), "score.base_mismatch");
    assert_eq!(run(&other, &other).unwrap().value, Some(Ratio::one()));
    let lost = ScoreInputs { software: Term::Missing, ..first() };
    assert_eq!(run(&first(), &lost).unwrap().value, None);
    let idle = inputs("1.15", "400", ["0", "500", "0.4"], ["1e6", "0.5"]);
    assert_eq!(run(&first(), &idle).unwrap_err().code(), "score.zero_denominator");
}
