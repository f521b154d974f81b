//! Saltelli's design with Jansen's estimators, on blocks of points.
//!
//! Two matrices of points, A and B, are halves of one sequence of twice as many dimensions. For every input the function is
//! evaluated once more at A with that input taken from B. Half the mean square of `f(A) - f(that)` is the variance that stays
//! when all other inputs are known; half that of `f(B) - f(that)` what stays when this one is. Blocks are fixed and their
//! sums added up exactly, so the number of threads does not show.

use super::design::Design;
use super::error::SensitivityError;
use super::estimate::{Sums, estimate};
use super::indices::{How, Index, Indices, Input};
use super::response::{Drawn, MAX_RESULT, Response};
use crate::simulate::options::MAX_DRAWS;
use crate::simulate::philox::Stream;
use crate::simulate::sobol::{Keys, SobolDimension};

/// Points that are worked on together.
const BLOCK: u64 = 256;
/// Blocks whose sums are held at a time.
const WAVE: usize = 1024;
/// Most evaluations of a design.
const MAX_EVALUATIONS: u64 = MAX_DRAWS;
/// Most inputs that a refusal shows.
const SHOWN: usize = 8;

/// Returns the indices of a response.
pub(super) fn sample(response: &impl Response, design: Design) -> Result<Indices, SensitivityError> {
    let each = response.inputs().len() as u64 + 2;
    if design.points() > MAX_EVALUATIONS / each {
        let (option, rule) = ("points", "few enough: points times inputs and 2 is at most 2^40");
        return Err(SensitivityError::Design { option, value: design.points().to_string(), rule });
    }
    let mut plan = Plan::new(response, design);
    plan.centre = plan.first_result()?;
    let sums = plan.all()?;
    let found = estimate(&sums, plan.centre)?;
    let input = |(drawn, [first, total]): (&Drawn, [Index; 2])| {
        let known = drawn.columns.is_empty();
        Input {
            name: drawn.name.clone(),
            members: drawn.members.clone(),
            first: if known { Index::exact(0.0) } else { first },
            total: if known { Index::exact(0.0) } else { total },
        }
    };
    Ok(Indices {
        inputs: response.inputs().iter().zip(found.inputs).map(input).collect(),
        interactions: found.interactions,
        mean: plan.centre + found.mean,
        variance: found.variance,
        how: How::Sampled(design),
    })
}

/// Points of one replicate, at most [`BLOCK`].
#[derive(Clone, Copy)]
struct Block {
    replicate: u64,
    first: u64,
    points: usize,
}

/// Where the points of one matrix come from, by column.
struct Matrix {
    streams: Vec<Stream>,
    /// Empty for random points.
    dimensions: Vec<SobolDimension>,
}

struct Plan<'a, R> {
    response: &'a R,
    design: Design,
    matrices: [Matrix; 2],
    /// What results are counted from.
    centre: f64,
}

impl<'a, R: Response> Plan<'a, R> {
    fn new(response: &'a R, design: Design) -> Self {
        let columns = response.columns().len();
        let ranked = response.ranked();
        let all = if design.is_random() { Vec::new() } else { SobolDimension::first(2 * columns) };
        let matrix = |name: &str, first: usize| {
            let stream = |id: &String| Stream::new(design.seed(), &format!("sensitivity {name} {id}"));
            let mut dimensions = all.iter().copied().take(columns).collect::<Vec<_>>();
            for (&column, &dimension) in ranked.iter().zip(all.iter().skip(first)) {
                dimensions[column] = dimension;
            }
            Matrix { streams: response.columns().iter().map(stream).collect(), dimensions }
        };
        let matrices = [matrix("A", 0), matrix("B", columns)];
        Self { response, design, matrices, centre: 0.0 }
    }

    fn first_result(&self) -> Result<f64, SensitivityError> {
        let block = Block { replicate: 0, first: 0, points: 1 };
        let a = self.values(0, block);
        let mut result = [0.0];
        self.response.results(&a, &mut result);
        self.check(&result, block, &[&a], None)?;
        Ok(result[0])
    }

    /// The sums of each replicate.
    fn all(&self) -> Result<Vec<Sums>, SensitivityError> {
        let inputs = self.response.inputs().len();
        let each = self.design.points_each();
        let mut sums = vec![Sums::new(inputs); self.design.replicates() as usize];
        let mut blocks = (0..u64::from(self.design.replicates())).flat_map(|replicate| {
            (0..each).step_by(BLOCK as usize).map(move |first| Block {
                replicate,
                first,
                points: BLOCK.min(each - first) as usize,
            })
        });
        loop {
            let wave: Vec<Block> = blocks.by_ref().take(WAVE).collect();
            if wave.is_empty() {
                return Ok(sums);
            }
            for (block, found) in wave.iter().zip(self.work(&wave)) {
                add(&mut sums[block.replicate as usize], *block, &found?);
            }
        }
    }

    #[cfg(feature = "rayon")]
    fn work(&self, blocks: &[Block]) -> Vec<Result<Vec<f64>, SensitivityError>> {
        use rayon::prelude::*;
        blocks.par_iter().map(|&block| self.block(block)).collect()
    }

    #[cfg(not(feature = "rayon"))]
    fn work(&self, blocks: &[Block]) -> Vec<Result<Vec<f64>, SensitivityError>> {
        blocks.iter().map(|&block| self.block(block)).collect()
    }

    /// The sums of a block: of results, of their squares, and for each input of both squared differences.
    fn block(&self, block: Block) -> Result<Vec<f64>, SensitivityError> {
        let (a, b) = (self.values(0, block), self.values(1, block));
        let mut of_a = vec![0.0; block.points];
        let (mut of_b, mut changes, mut mixed) = (of_a.clone(), of_a.clone(), of_a.clone());
        self.response.results(&a, &mut of_a);
        self.check(&of_a, block, &[&a], None)?;
        self.response.results(&b, &mut of_b);
        self.check(&of_b, block, &[&b], None)?;
        let centred = || of_a.iter().chain(&of_b).map(|result| result - self.centre);
        let mut sums = vec![centred().sum(), centred().map(|x| x * x).sum()];
        for input in 0..self.response.inputs().len() {
            self.response.changes(input, &a, &b, &of_a, &mut changes);
            mixed
                .iter_mut()
                .zip(of_a.iter().zip(&changes))
                .for_each(|(mixed, (a, change))| *mixed = a + change);
            self.check(&mixed, block, &[&a, &b], Some(input))?;
            let (mut unexplained, mut touched) = (0.0, 0.0);
            for ((a, b), change) in of_a.iter().zip(&of_b).zip(&changes) {
                let rest = (b - a) - change;
                unexplained += rest * rest;
                touched += change * change;
            }
            sums.extend([unexplained, touched]);
        }
        Ok(sums)
    }

    /// The values of a matrix, `values[column][point]`.
    fn values(&self, matrix: usize, block: Block) -> Vec<Vec<f64>> {
        let Matrix { streams, dimensions } = &self.matrices[matrix];
        let mut columns = vec![vec![0.0; block.points]; streams.len()];
        for (at, (column, &stream)) in columns.iter_mut().zip(streams).enumerate() {
            match dimensions.get(at) {
                None => stream.fill(block.replicate * self.design.points_each() + block.first, column),
                Some(dimension) => {
                    dimension.fill(Keys::new(stream, block.replicate), block.first as u32, column);
                }
            }
        }
        self.response.draw(&mut columns);
        columns
    }

    /// Refuses results that are no numbers, with the values that gave them.
    fn check(
        &self,
        results: &[f64],
        block: Block,
        matrices: &[&[Vec<f64>]],
        input: Option<usize>,
    ) -> Result<(), SensitivityError> {
        let wrong = |result: &f64| result.is_nan() || result.abs() > MAX_RESULT;
        let Some(at) = results.iter().position(wrong) else { return Ok(()) };
        let swapped = input.map_or(0..0, |input| self.response.inputs()[input].columns.clone());
        let names = self.response.columns();
        let value = |column: usize| {
            let matrix = if swapped.contains(&column) { matrices[1] } else { matrices[0] };
            format!("{} = {}", names[column], matrix[column][at])
        };
        let mut values: Vec<String> = (0..names.len().min(SHOWN)).map(value).collect();
        if names.len() > SHOWN {
            values.push(format!("{} more", names.len() - SHOWN));
        }
        let (point, values) = (block.first + at as u64, values.join(", "));
        let place = format!("at point {point} of replicate {} ({values})", block.replicate);
        Err(SensitivityError::NotFinite { value: results[at], place })
    }
}

fn add(sums: &mut Sums, block: Block, found: &[f64]) {
    sums.points += block.points as u64;
    sums.results.add(found[0]);
    sums.squares.add(found[1]);
    for (input, pair) in found[2..].chunks_exact(2).enumerate() {
        sums.unexplained[input].add(pair[0]);
        sums.touched[input].add(pair[1]);
    }
}
