//! Sensitivities of models that chance makes: sampled and exact ones agree, and neither threads nor order show.

// Every test file takes what it needs of the shared functions.
#[allow(dead_code)]
mod chance;
#[allow(dead_code)]
mod sensitivities;

use chance::Noise;
use esg_core::simulate::sensitivity::{Design, exact, of_function, sampled};
use proptest::prelude::*;
use sensitivities::{any_model, firsts, ishigami, near, of, totals};

#[test]
fn sampling_agrees_with_the_closed_form_of_any_sum_of_products() {
    let mut noise = Noise::new(11);
    let (mut compared, mut missed) = (0.0, 0.0);
    for seed in 0..60 {
        let model = any_model(&mut noise);
        let Ok(want) = exact(&model) else { continue };
        let got = sampled(&model, Design::sobol(1 << 12, 16, seed).unwrap()).unwrap();
        for (got, want) in got.inputs.iter().zip(&want.inputs) {
            assert_eq!(got.name, want.name);
            for (got, want) in [(got.first, want.first), (got.total, want.total)] {
                compared += 1.0;
                missed += f64::from(u8::from(!got.covers(want.estimate)));
                // Never far off: five standard errors are 5 / 2.131 half widths; 0.01 for those of rounding alone.
                let half = (got.upper - got.lower) / 2.0;
                near(
                    &format!("{seed} {}", model.term_count()),
                    got.estimate,
                    want.estimate,
                    2.4 * half + 0.01,
                );
            }
            // A first-order index is at most the total one.
            assert!(want.first.estimate <= want.total.estimate * (1.0 + 1e-15));
            let halves = got.first.upper - got.first.lower + (got.total.upper - got.total.lower);
            assert!(got.first.estimate <= got.total.estimate + 1.2 * halves + 1e-12, "{got:?}");
        }
        assert!(got.inputs.iter().map(|input| input.first.lower).sum::<f64>() <= 1.0);
    }
    // One in twenty lies outside of a 95 % interval; within one model they go together, so ten are allowed.
    assert!(compared > 200.0 && missed / compared < 0.1, "{missed} of {compared}");
}

#[cfg(feature = "rayon")]
#[test]
fn the_number_of_threads_does_not_show() {
    let mut noise = Noise::new(5);
    let model = any_model(&mut noise);
    for design in [Design::sobol(1 << 13, 8, 3).unwrap(), Design::random(9000, 9, 3).unwrap()] {
        let alone = (sampled(&model, design).unwrap(), of(3, ishigami(7.0, 0.1), design));
        for threads in [1, 2, 3, 7] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let again =
                pool.install(|| (sampled(&model, design).unwrap(), of(3, ishigami(7.0, 0.1), design)));
            assert_eq!(again, alone, "{threads} threads");
        }
    }
}

#[test]
fn inputs_in_another_order_have_the_same_bits() {
    let design = Design::sobol(4096, 16, 7).unwrap();
    let g = |a: f64, u: f64| ((4.0 * u - 2.0).abs() + a) / (1.0 + a);
    let before =
        of_function(&["p", "q", "r"], |u| g(0.0, u[0]) * g(1.0, u[1]) * g(9.0, u[2]), design).unwrap();
    let after =
        of_function(&["r", "p", "q"], |u| g(0.0, u[1]) * g(1.0, u[2]) * g(9.0, u[0]), design).unwrap();
    for input in &before.inputs {
        assert_eq!(after.input(&input.name), Some(input));
    }
    assert_eq!((before.variance, before.interactions), (after.variance, after.interactions));
}

proptest! {
    #[test]
    fn exact_shares_add_up_to_one(seed in any::<u64>()) {
        let model = any_model(&mut Noise::new(seed));
        if let Ok(found) = exact(&model) {
            let sum = firsts(&found).iter().sum::<f64>() + found.interactions.estimate;
            prop_assert!((sum - 1.0).abs() <= 1e-13, "{sum}");
            for input in &found.inputs {
                prop_assert!((0.0..=1.0 + 1e-15).contains(&input.first.estimate));
                prop_assert!(input.first.estimate <= input.total.estimate);
            }
            // Each interaction is of two inputs or more.
            let more: f64 = totals(&found).iter().sum::<f64>() - firsts(&found).iter().sum::<f64>();
            prop_assert!(more >= 2.0 * found.interactions.estimate - 1e-13);
        }
    }
}
