//! What is simulated: variables, and a sum of products of them.

use std::collections::BTreeMap;

use super::copula::Correlation;
use super::error::SimulateError;
use super::law::Law;

/// A variable of one model, by its number.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct VariableId(pub(super) usize);

/// A variable: what is drawn, under which name, from which law.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Variable {
    pub(super) id: String,
    pub(super) law: Law,
    /// How many terms use it, counted with repetition.
    pub(super) uses: usize,
    /// Correlation that it takes part in, and its place there.
    pub(super) correlation: Option<(usize, usize)>,
}

/// A part of the total that is summed up apart, such as scope 2, a site or a gas.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Group {
    /// What is told apart: `scope`, `category`, `site`, `gas`, `item`.
    pub dimension: String,
    /// Which one: `2`, `3.1`, `Leeds`, `CH4`.
    pub value: String,
}

impl Group {
    /// Returns the group of one value of a dimension.
    pub fn new(dimension: impl Into<String>, value: impl Into<String>) -> Self {
        Self { dimension: dimension.into(), value: value.into() }
    }
}

/// A coefficient times a product of variables, in the unit of the total.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Coefficient.
    pub coefficient: f64,
    /// Variables that it is multiplied by, in this order; a variable that stands twice is squared.
    pub variables: Vec<VariableId>,
    /// Groups that it counts for, besides the total.
    pub groups: Vec<Group>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) coefficient: f64,
    pub(super) variables: Vec<usize>,
    pub(super) groups: Vec<usize>,
}

/// A sum of terms over variables.
///
/// # Examples
/// ```
/// # use esg_core::simulate::{Group, Law, Model, Options, Term, simulate};
/// let mut model = Model::new();
/// let grid = model.variable("grid/GB", Law::lognormal(0.177, 1.05)?)?;
/// for (site, kwh) in [("Leeds", 1000.0), ("Cardiff", 250.0)] {
///     let groups = vec![Group::new("site", site)];
///     model.term(Term { coefficient: kwh, variables: vec![grid], groups })?;
/// }
/// let simulation = simulate(&model, Options::new(10_000, 7)?)?;
/// // One factor, one draw: the sites rise and fall together.
/// assert!((simulation.mean() - 1250.0 * 0.177 * 1.0012).abs() < 1.0);
/// assert_eq!(simulation.group("site", "Leeds").unwrap().draws(), 10_000);
/// # Ok::<(), esg_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    pub(super) variables: Vec<Variable>,
    by_id: BTreeMap<String, usize>,
    pub(super) terms: Vec<Step>,
    pub(super) groups: Vec<Group>,
    by_group: BTreeMap<Group, usize>,
    pub(super) correlations: Vec<Correlation>,
}

impl Model {
    /// Returns a model without terms.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the variable `id`, which is the same one for the same id: its draws are the same wherever it is used.
    ///
    /// # Errors
    /// `Variable` if the id already stands for another law.
    pub fn variable(&mut self, id: impl Into<String>, law: Law) -> Result<VariableId, SimulateError> {
        let id = id.into();
        if let Some(&known) = self.by_id.get(&id) {
            if self.variables[known].law == law {
                return Ok(VariableId(known));
            }
            return Err(SimulateError::Variable { id });
        }
        self.by_id.insert(id.clone(), self.variables.len());
        self.variables.push(Variable { id, law, uses: 0, correlation: None });
        Ok(VariableId(self.variables.len() - 1))
    }

    /// Adds a term.
    ///
    /// # Errors
    /// `Coefficient` unless it is finite; `Foreign` for a variable of another model.
    pub fn term(&mut self, term: Term) -> Result<(), SimulateError> {
        if !term.coefficient.is_finite() {
            return Err(SimulateError::Coefficient { term: self.terms.len(), value: term.coefficient });
        }
        for &variable in &term.variables {
            self.check(variable)?;
        }
        let variables: Vec<usize> = term.variables.iter().map(|variable| variable.0).collect();
        variables.iter().for_each(|&variable| self.variables[variable].uses += 1);
        let mut groups: Vec<usize> = term.groups.into_iter().map(|group| self.group(group)).collect();
        groups.sort_unstable();
        groups.dedup();
        self.terms.push(Step { coefficient: term.coefficient, variables, groups });
        Ok(())
    }

    /// Declares that variables are correlated, by a Gaussian copula.
    ///
    /// # Errors
    /// `Foreign` for a variable of another model; `Correlation` for one that already takes part in a correlation or is named
    /// twice.
    pub fn correlate(
        &mut self,
        variables: &[VariableId],
        correlation: Correlation,
    ) -> Result<(), SimulateError> {
        variables.iter().try_for_each(|&variable| self.check(variable))?;
        let names: Vec<&str> = variables.iter().map(|v| self.variables[v.0].id.as_str()).collect();
        let refuse = |problem: String| SimulateError::Correlation { variables: names.join(", "), problem };
        if variables.len() != correlation.len() {
            let problem = format!("{} variables for a matrix of {}", variables.len(), correlation.len());
            return Err(refuse(problem));
        }
        for (i, variable) in variables.iter().enumerate() {
            if variables[..i].contains(variable) || self.variables[variable.0].correlation.is_some() {
                return Err(refuse(format!("{} already takes part in one", self.variables[variable.0].id)));
            }
        }
        let number = self.correlations.len();
        for (place, variable) in variables.iter().enumerate() {
            self.variables[variable.0].correlation = Some((number, place));
        }
        self.correlations.push(correlation.with_members(variables.iter().map(|v| v.0).collect()));
        Ok(())
    }

    /// How many variables there are.
    pub fn variable_count(&self) -> usize {
        self.variables.len()
    }

    /// How many terms there are.
    pub fn term_count(&self) -> usize {
        self.terms.len()
    }

    /// The id of a variable.
    pub fn id(&self, variable: VariableId) -> Option<&str> {
        self.variables.get(variable.0).map(|variable| variable.id.as_str())
    }

    /// The law of a variable.
    pub fn law(&self, variable: VariableId) -> Option<&Law> {
        self.variables.get(variable.0).map(|variable| &variable.law)
    }

    fn check(&self, variable: VariableId) -> Result<(), SimulateError> {
        let count = self.variables.len();
        if variable.0 < count { Ok(()) } else { Err(SimulateError::Foreign { index: variable.0, count }) }
    }

    fn group(&mut self, group: Group) -> usize {
        let next = self.groups.len();
        *self.by_group.entry(group).or_insert_with_key(|group| {
            self.groups.push(group.clone());
            next
        })
    }

    pub(super) fn group_number(&self, dimension: &str, value: &str) -> Option<usize> {
        self.by_group.get(&Group::new(dimension, value)).copied()
    }

    /// Variables by falling first-order share of the total's spread; equal ones by id.
    pub(super) fn by_importance(&self) -> Vec<usize> {
        let mut slopes = vec![0.0; self.variables.len()];
        for term in &self.terms {
            for (place, &variable) in term.variables.iter().enumerate() {
                let others = term.variables.iter().enumerate().filter(|(other, _)| *other != place);
                let mean =
                    |so_far: f64, (_, &other): (usize, &usize)| so_far * self.variables[other].law.mean();
                slopes[variable] += others.fold(term.coefficient, mean);
            }
        }
        let share = |i: usize| (slopes[i] * self.variables[i].law.sd()).abs();
        let mut ranked: Vec<usize> = (0..self.variables.len()).collect();
        ranked.sort_by(|&a, &b| {
            let ids = || self.variables[a].id.cmp(&self.variables[b].id);
            share(b).total_cmp(&share(a)).then_with(ids)
        });
        ranked
    }

    /// Means of the total and of every group, as if all variables were independent: where sums are centred.
    pub(super) fn centres(&self) -> Vec<f64> {
        let mut centres = vec![0.0; 1 + self.groups.len()];
        for term in &self.terms {
            let product = |so_far: f64, &variable: &usize| so_far * self.variables[variable].law.mean();
            let mean = term.variables.iter().fold(term.coefficient, product);
            centres[0] += mean;
            term.groups.iter().for_each(|&group| centres[1 + group] += mean);
        }
        centres
    }
}
