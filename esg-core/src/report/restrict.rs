//! A report on some of the scopes: what belongs to the others is left out, and no total pretends to be whole.
//!
//! The factors, caveats and rows that could not be calculated stay: they are about how the inventory was made, and a reader of
//! one scope is not served by knowing less of it.

use super::document::Document;

/// The number of a scope in the names of a report: `1`, `2 location`, `3.4`; none for `outside` and `unknown`.
fn number(scope: &str) -> Option<u8> {
    let digits = scope.split([' ', '.', '-']).next().unwrap_or_default();
    digits.parse().ok()
}

/// Leaves out of a document what is of other scopes than those that its company asked for.
pub(super) fn restrict(document: &mut Document) {
    let scopes = document.info.scopes.clone();
    if scopes.is_empty() {
        return;
    }
    let has = |scope: &str| number(scope).is_none_or(|number| scopes.contains(&number));
    document.summary.retain(|line| match line.id.strip_prefix("scope") {
        Some(rest) => {
            rest.split('_').next().and_then(|n| n.parse().ok()).is_some_and(|n| scopes.contains(&n))
        }
        // A sum of some scopes is not the total of the inventory.
        None => false,
    });
    let without = |scope: u8| !scopes.contains(&scope);
    if without(3) {
        document.scope3.clear();
    }
    document.gases.retain(|line| has(&line.scope));
    document.coverage.retain(|line| has(&line.scope));
    document.cells.retain(|line| has(&line.scope));
    document.lines.listed.retain(|line| has(&line.scope));
    if without(2) {
        document.instruments.clear();
        document.uncovered_market_kwh = crate::Amount::ZERO;
    }
    for group in document.breakdowns.iter_mut().flat_map(|breakdown| &mut breakdown.groups) {
        if without(1) {
            group.scope1_kg = None;
        }
        if without(2) {
            (group.scope2_location_kg, group.scope2_market_kg) = (None, None);
        }
        if without(3) {
            group.scope3_kg = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn a_scope_is_known_by_its_number_however_a_report_names_it() {
        let numbers = ["1", "2 location", "2 market", "3", "3.4", "outside", "unknown"].map(number);
        assert_eq!(numbers, [Some(1), Some(2), Some(2), Some(3), Some(3), None, None]);
    }
}
