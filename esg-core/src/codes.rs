//! Codes of refused rows, as text that was kept and read again.
//!
//! A row that was refused carries its code as a name of the program. One that comes back from bytes must be such a name too, or
//! the bytes are not ours.

/// Codes that a row may be refused with.
const CODES: &str = "
    decimal.syntax decimal.comma decimal.not_finite decimal.too_precise decimal.out_of_range
    amount.overflow amount.weights
    unit.unknown unit.ambiguous unit.syntax unit.dimension unit.kind unit.basis unit.arbitrary unit.currency unit.special
    unit.undefined unit.too_long unit.too_deep unit.overflow
    time.instant time.day time.period
    json.syntax json.utf8 json.duplicate_key json.depth json.number json.surrogate json.too_long
    telemetry.unknown_field telemetry.missing telemetry.type telemetry.id telemetry.vertical telemetry.metric telemetry.unit
    telemetry.range telemetry.doubled telemetry.inconsistent telemetry.conflict telemetry.tag telemetry.amends
    telemetry.redacted telemetry.limit telemetry.ragged telemetry.header
    factor.not_found factor.ambiguous factor.unit factor.gwp_mismatch factor.set_unknown factor.set_conflict factor.digest
    factor.set_invalid
    gwp.unknown gwp.gas
    geography.unknown geography.ambiguous
    distribution.unknown distribution.parameters distribution.spread distribution.bounds distribution.outside
    distribution.reference distribution.score distribution.zero_sum
    ghg.coefficient ghg.scope_missing ghg.scope ghg.instrument
    inventory.merge inventory.bridge inventory.method_missing inventory.dimension
    method.negative method.zero_denominator method.share method.shares method.range method.price_basis
";

/// Returns the code that a text names.
pub(crate) fn known(text: &str) -> Option<&'static str> {
    CODES.split_ascii_whitespace().find(|code| *code == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Areas below the account: what a row can be refused with comes from there.
    const AREAS: [&str; 12] = [
        "decimal",
        "amount",
        "unit",
        "time",
        "json",
        "telemetry",
        "factor",
        "gwp",
        "geography",
        "distribution",
        "ghg",
        "method",
    ];

    #[test]
    fn every_documented_code_of_a_row_is_known_and_no_other() {
        let page = include_str!("../../docs/errors.md");
        let cell = |line: &'static str| line.strip_prefix("| `")?.split('`').next();
        let area = |code: &str| code.split_once('.').map(|(area, _)| area.to_owned());
        let documented: Vec<&str> = page.lines().filter_map(cell).collect();
        for code in &documented {
            if area(code).is_some_and(|area| AREAS.contains(&&*area)) {
                assert_eq!(known(code), Some(*code));
            }
        }
        for code in CODES.split_ascii_whitespace() {
            assert!(documented.contains(&code), "{code} is in no documentation");
        }
        assert_eq!((known("telemetry."), known("")), (None, None));
    }
}
