//! The examples are run, and what they print is what they say.

use std::path::Path;
use std::process::Command;

/// Runs an example that `cargo test` has built beside this test.
fn printed(name: &str) -> String {
    let here = std::env::current_exe().unwrap();
    let profile = here.ancestors().nth(2).unwrap();
    let path = profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(format!("{name}.rs"));
    let age = |path: &Path| path.metadata().and_then(|m| m.modified()).ok();
    // `cargo test` builds the examples; `cargo test --test examples` alone does not, and an old one proves nothing.
    assert!(age(&path) >= age(&source), "{name} is not built: run `cargo build --examples` first");
    let output = Command::new(path).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_first_inventory_is_what_the_publisher_prints() {
    let text = printed("first_inventory");
    // DESNZ 2025: 100 L x 2.57082 kg CO2e/L; 1000 kWh x PUE 1.15 x 0.17700 kg CO2e/kWh.
    for words in [
        "257.082 kg CO2e",
        "203.55 kg CO2e",
        "line 4: \"energy_kw\" is no metric",
        "Power usage effectiveness 1.15",
    ] {
        assert!(
            text.split_whitespace().collect::<Vec<_>>().join(" ").contains(words),
            "{words:?} in\n{text}"
        );
    }
}

#[test]
fn an_own_factor_is_taken_locked_and_not_changed_unseen() {
    let text = printed("own_factors");
    // 25 MWh x 0.064 kg CO2e/kWh.
    assert!(text.contains("own:       1600 kg CO2e by neighbour 2025.1.0/heat"), "{text}");
    assert!(text.contains("refused:   [factor.digest]"), "{text}");
}
