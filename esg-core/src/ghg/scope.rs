//! Scopes: which lines one row of activity data gives.
//!
//! A kilowatt-hour bought gives up to four: location-based and market-based scope 2, and in category 3.3 the fuel chain
//! behind it and the losses on the wires (GHG Protocol Scope 2 Guidance, chapter 6; Scope 3 Standard, category 3). Losses
//! never stand in scope 2.

use super::cell::Scope;
use super::error::GhgError;
use crate::factor::Boundary;

/// What happens when a line has no factor.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// The row is not calculated.
    Primary,
    /// The line is a gap in its scope's coverage.
    Derived,
    /// Nothing, where the publisher has no such row: he may have folded it into another line.
    IfPublished,
    /// The activity names a gas, so only its GWP is needed.
    BareGas,
}

/// One line to be calculated for a row.
#[derive(Clone, Debug)]
pub(crate) struct Derivation<'a> {
    /// What is looked up.
    pub activity: &'a str,
    /// Which part of the life cycle; none for the plain one.
    pub boundary: Option<Boundary>,
    /// Where it stands; none for where the factor is published.
    pub scope: Option<Scope>,
    /// What its absence means.
    pub role: Role,
}

/// Returns the lines that a row of `activity` gives, the primary one first.
///
/// # Errors
/// `Scope` for a stated scope or category that does not exist.
pub(crate) fn derivations(
    activity: &str,
    stated: (u8, u8),
    upstream: bool,
) -> Result<Vec<Derivation<'_>>, GhgError> {
    let line = |activity, boundary, scope, role| Derivation { activity, boundary, scope, role };
    let stated_scope = stated_scope(stated)?;
    if let Some(gas) = activity.strip_prefix("refrigerant.").or(activity.strip_prefix("gas.")) {
        return Ok(vec![line(gas, None, stated_scope.or(Some(Scope::One)), Role::BareGas)]);
    }
    let mut lines = vec![line(activity, None, stated_scope, Role::Primary)];
    if matches!(stated_scope, Some(Scope::Three(_))) {
        // A leased asset or a sold product: the sender's category holds for the whole line.
        return Ok(lines);
    }
    let three = Some(Scope::Three(3));
    if activity == "electricity.grid" {
        lines[0].scope = Some(Scope::TwoLocation);
        lines.push(line("electricity.residual_mix", None, Some(Scope::TwoMarket), Role::Derived));
        if upstream {
            lines.push(line(activity, Some(Boundary::Wtt), three, Role::Derived));
            lines.push(line("electricity.td_loss", None, three, Role::Derived));
            lines.push(line("electricity.td_loss", Some(Boundary::Wtt), three, Role::IfPublished));
        }
    } else if activity.starts_with("heat.") {
        lines[0].scope = Some(Scope::TwoLocation);
        lines.push(line(activity, None, Some(Scope::TwoMarket), Role::Derived));
        if upstream {
            lines.push(line(activity, Some(Boundary::Wtt), three, Role::Derived));
            lines.push(line("heat.td_loss", None, three, Role::Derived));
            lines.push(line("heat.td_loss", Some(Boundary::Wtt), three, Role::IfPublished));
        }
    } else if activity.starts_with("fuel.") {
        if upstream {
            lines.push(line(activity, Some(Boundary::Wtt), three, Role::Derived));
        }
    } else if upstream {
        // Vehicles, travel and freight: the publisher states the scope and category of the fuel chain behind them.
        lines.push(line(activity, Some(Boundary::Wtt), None, Role::IfPublished));
        lines.push(line(activity, Some(Boundary::TdLoss), None, Role::IfPublished));
    }
    Ok(lines)
}

/// The scope that a sender stated; `(0, 0)` is none.
fn stated_scope(stated: (u8, u8)) -> Result<Option<Scope>, GhgError> {
    match stated {
        (0, 0) => Ok(None),
        (1, 0) => Ok(Some(Scope::One)),
        (2, 0) => Ok(Some(Scope::TwoLocation)),
        (3, category @ 1..=15) => Ok(Some(Scope::Three(category))),
        (scope, category) => Err(GhgError::Scope { scope, category }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bought_electricity_stands_in_both_methods_and_its_losses_in_category_three() {
        let lines = derivations("electricity.grid", (0, 0), true).unwrap();
        let scopes: Vec<_> = lines.iter().map(|l| l.scope.unwrap()).collect();
        let three = Scope::Three(3);
        assert_eq!(scopes, [Scope::TwoLocation, Scope::TwoMarket, three, three, three]);
        assert_eq!(derivations("electricity.grid", (3, 13), true).unwrap().len(), 1);
    }

    #[test]
    fn a_scope_that_does_not_exist_is_refused() {
        for stated in [(4, 0), (3, 0), (3, 16), (1, 4), (0, 2)] {
            assert_eq!(
                derivations("fuel.diesel", stated, true).unwrap_err().code(),
                "ghg.scope",
                "{stated:?}"
            );
        }
    }
}
