//! What the pages say about the data is what the data say.

use std::fs;
use std::path::Path;

use esg_core::factor::{FactorSet, Lookup, Registry};

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn the_notice_attributes_every_set_as_its_licence_asks() {
    let notice = page("NOTICE.md");
    let registry = Registry::built_in();
    for set in registry.sets() {
        let passport = set.passport();
        let licence = passport.licence.as_ref().unwrap_or_else(|| panic!("{} has no licence", set.name()));
        let row = format!(
            "| `{}` | {} | {}; {} | {} | {} |",
            set.name(),
            set.factors().count(),
            passport.title,
            passport.authority,
            licence.spdx,
            licence.attribution
        );
        assert!(notice.lines().any(|line| line == row), "NOTICE.md lacks this row:\n{row}");
    }
    let rows = notice.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, registry.sets().len(), "NOTICE.md has rows of sets that do not exist");
}

#[test]
fn the_readme_counts_and_names_the_sets() {
    let readme = page("README.md");
    let registry = Registry::built_in();
    let factors: usize = registry.sets().iter().map(|set| set.factors().count()).sum();
    let count =
        format!("{} sets with {} {:03} factors", registry.sets().len(), factors / 1000, factors % 1000);
    assert!(readme.contains(&count), "README.md should say: {count}");
    for set in registry.sets() {
        let name = format!("`{}`", set.passport().set);
        assert!(readme.contains(&name), "README.md does not name {name}");
    }
}

#[test]
fn the_set_in_the_documentation_is_accepted_and_answers() {
    let page = page("docs/factors.md");
    let (_, example) = page.split_once("```json\n").expect("docs/factors.md shows a set");
    let (example, _) = example.split_once("```").expect("the block ends");
    let mut registry = Registry::built_in();
    registry.add(FactorSet::parse(example).unwrap()).unwrap();
    let day = "2025-06-01".parse().unwrap();
    let found = registry.resolve(&Lookup::new("heat.steam", day).region("GB").unit("kWh")).unwrap();
    assert_eq!(found.factor_id(), "acme 1.0.0/steam-1");
}
