//! What is sampled: a function, or a model, as columns of inputs and a column of results.

use std::ops::Range;

use super::error::SensitivityError;
use crate::math::inverse_normal_slice;
use crate::simulate::model::Model;

/// Most inputs of a design.
pub const MAX_INPUTS: usize = 4096;

/// Beyond this, squares of results leave the range of floats.
pub(super) const MAX_RESULT: f64 = 1e150;

/// An input and the columns that it is drawn as: none where it is known.
#[derive(Clone, Debug)]
pub(super) struct Drawn {
    pub(super) name: String,
    pub(super) members: Vec<String>,
    pub(super) columns: Range<usize>,
}

/// Something that gives one result for each row of values.
pub(super) trait Response: Sync {
    /// Its inputs.
    fn inputs(&self) -> &[Drawn];

    /// Names of all columns; the same name is the same draws.
    fn columns(&self) -> &[String];

    /// Columns from the most to the least important: the first ones get the best dimensions of a sequence.
    fn ranked(&self) -> Vec<usize>;

    /// Replaces uniform numbers by values, `columns[column][row]`.
    fn draw(&self, columns: &mut [Vec<f64>]);

    /// Writes the result of each row.
    fn results(&self, columns: &[Vec<f64>], out: &mut [f64]);

    /// Writes how much the result of each row of `a` changes when one input comes from `b`; `of_a` are the results of `a`.
    fn changes(&self, input: usize, a: &[Vec<f64>], b: &[Vec<f64>], of_a: &[f64], out: &mut [f64]);
}

fn check_count(count: usize) -> Result<(), SensitivityError> {
    if (1..=MAX_INPUTS).contains(&count) {
        return Ok(());
    }
    Err(SensitivityError::Inputs { problem: format!("there are {count}; there must be 1 to {MAX_INPUTS}") })
}

/// Refuses no names, too many, and doubled ones.
pub(super) fn check_names(names: &[&str]) -> Result<(), SensitivityError> {
    check_count(names.len())?;
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => {
            Err(SensitivityError::Inputs { problem: format!("{:?} stands for two of them", pair[0]) })
        }
        None => Ok(()),
    }
}

/// A function of independent numbers, each uniform on 0..1.
pub(super) struct Function<'a, F> {
    inputs: Vec<Drawn>,
    names: Vec<String>,
    function: &'a F,
}

impl<'a, F: Fn(&[f64]) -> f64 + Sync> Function<'a, F> {
    pub(super) fn new(names: &[&str], function: &'a F) -> Result<Self, SensitivityError> {
        check_names(names)?;
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let drawn = |(at, name): (usize, &String)| Drawn {
            name: name.clone(),
            members: vec![name.clone()],
            columns: at..at + 1,
        };
        Ok(Self { inputs: names.iter().enumerate().map(drawn).collect(), names, function })
    }
}

impl<F: Fn(&[f64]) -> f64 + Sync> Response for Function<'_, F> {
    fn inputs(&self) -> &[Drawn] {
        &self.inputs
    }

    fn columns(&self) -> &[String] {
        &self.names
    }

    /// Nobody knows which matters: by name, so that the order in which they are given does not show.
    fn ranked(&self) -> Vec<usize> {
        let mut ranked: Vec<usize> = (0..self.names.len()).collect();
        ranked.sort_by(|&a, &b| self.names[a].cmp(&self.names[b]));
        ranked
    }

    fn draw(&self, _: &mut [Vec<f64>]) {}

    fn results(&self, columns: &[Vec<f64>], out: &mut [f64]) {
        let mut row = vec![0.0; columns.len()];
        for (at, out) in out.iter_mut().enumerate() {
            row.iter_mut().zip(columns).for_each(|(x, column)| *x = column[at]);
            *out = (self.function)(&row);
        }
    }

    fn changes(&self, input: usize, a: &[Vec<f64>], b: &[Vec<f64>], of_a: &[f64], out: &mut [f64]) {
        let mut row = vec![0.0; a.len()];
        for (at, out) in out.iter_mut().enumerate() {
            row.iter_mut().zip(a).for_each(|(x, column)| *x = column[at]);
            row[input] = b[input][at];
            *out = (self.function)(&row) - of_a[at];
        }
    }
}

/// A factor of a term.
#[derive(Clone, Copy)]
enum Part {
    Known(f64),
    Column(usize),
}

/// A model: its variables with a spread are columns, and correlated ones make one input.
pub(super) struct Sampled<'a> {
    model: &'a Model,
    inputs: Vec<Drawn>,
    names: Vec<String>,
    /// Variable of each column.
    variables: Vec<usize>,
    terms: Vec<(f64, Vec<Part>)>,
    /// Terms by input.
    touched: Vec<Vec<usize>>,
    /// Correlation of the inputs that have one.
    correlations: Vec<Option<usize>>,
}

impl<'a> Sampled<'a> {
    pub(super) fn new(model: &'a Model) -> Result<Self, SensitivityError> {
        let mut sampled = Self {
            model,
            inputs: Vec::new(),
            names: Vec::new(),
            variables: Vec::new(),
            terms: Vec::new(),
            touched: Vec::new(),
            correlations: Vec::new(),
        };
        for (number, variable) in model.variables.iter().enumerate() {
            match variable.correlation {
                Some((group, 0)) => sampled.add(model.correlations[group].members(), Some(group)),
                Some(_) => {}
                None => sampled.add(&[number], None),
            }
        }
        check_count(sampled.inputs.len())?;
        sampled.add_terms();
        Ok(sampled)
    }

    fn add(&mut self, members: &[usize], correlation: Option<usize>) {
        let variable = |&number: &usize| &self.model.variables[number];
        let names: Vec<String> = members.iter().map(|number| variable(number).id.clone()).collect();
        let known =
            members.iter().all(|number| variable(number).uses == 0 || variable(number).law.sd() == 0.0);
        let first = self.variables.len();
        if !known {
            self.variables.extend(members);
            self.names.extend(names.iter().cloned());
        }
        let columns = first..self.variables.len();
        self.inputs.push(Drawn { name: names.join(", "), members: names, columns });
        self.correlations.push(if known { None } else { correlation });
    }

    fn add_terms(&mut self) {
        let mut places = vec![None; self.model.variables.len()];
        self.variables.iter().enumerate().for_each(|(column, &variable)| places[variable] = Some(column));
        let part = |&variable: &usize| {
            let mean = || Part::Known(self.model.variables[variable].law.mean());
            places[variable].map_or_else(mean, Part::Column)
        };
        self.terms = self
            .model
            .terms
            .iter()
            .map(|term| (term.coefficient, term.variables.iter().map(part).collect()))
            .collect();
        let mut owner = vec![0; self.variables.len()];
        for (input, drawn) in self.inputs.iter().enumerate() {
            owner[drawn.columns.clone()].fill(input);
        }
        self.touched = vec![Vec::new(); self.inputs.len()];
        for (number, (_, parts)) in self.terms.iter().enumerate() {
            for part in parts {
                let Part::Column(column) = part else { continue };
                let touched = &mut self.touched[owner[*column]];
                if touched.last() != Some(&number) {
                    touched.push(number);
                }
            }
        }
    }
}

impl Response for Sampled<'_> {
    fn inputs(&self) -> &[Drawn] {
        &self.inputs
    }

    fn columns(&self) -> &[String] {
        &self.names
    }

    fn ranked(&self) -> Vec<usize> {
        let mut places = vec![None; self.model.variables.len()];
        self.variables.iter().enumerate().for_each(|(column, &variable)| places[variable] = Some(column));
        self.model.by_importance().into_iter().filter_map(|variable| places[variable]).collect()
    }

    fn draw(&self, columns: &mut [Vec<f64>]) {
        for (drawn, correlation) in self.inputs.iter().zip(&self.correlations) {
            let own = &mut columns[drawn.columns.clone()];
            let laws = self.variables[drawn.columns.clone()].iter().map(|&v| &self.model.variables[v].law);
            let Some(correlation) = correlation else {
                own.iter_mut().zip(laws).for_each(|(column, law)| law.quantiles(column));
                continue;
            };
            let rows = own[0].len();
            let mut normals = own.concat();
            inverse_normal_slice(&mut normals);
            self.model.correlations[*correlation].apply(&mut normals, rows);
            for ((column, normals), law) in own.iter_mut().zip(normals.chunks_exact(rows)).zip(laws) {
                column.copy_from_slice(normals);
                law.of_normals(column);
            }
        }
    }

    fn results(&self, columns: &[Vec<f64>], out: &mut [f64]) {
        out.fill(0.0);
        for (coefficient, parts) in &self.terms {
            for (row, out) in out.iter_mut().enumerate() {
                *out += product(*coefficient, parts, |column| columns[column][row]);
            }
        }
    }

    fn changes(&self, input: usize, a: &[Vec<f64>], b: &[Vec<f64>], _: &[f64], out: &mut [f64]) {
        let swapped = &self.inputs[input].columns;
        out.fill(0.0);
        for &term in &self.touched[input] {
            let (coefficient, parts) = &self.terms[term];
            for (row, out) in out.iter_mut().enumerate() {
                let of =
                    |column: usize| if swapped.contains(&column) { b[column][row] } else { a[column][row] };
                let new = product(*coefficient, parts, of);
                *out += new - product(*coefficient, parts, |column| a[column][row]);
            }
        }
    }
}

#[inline(always)]
fn product(coefficient: f64, parts: &[Part], of: impl Fn(usize) -> f64) -> f64 {
    parts.iter().fold(coefficient, |so_far, part| match *part {
        Part::Known(value) => so_far * value,
        Part::Column(column) => so_far * of(column),
    })
}
