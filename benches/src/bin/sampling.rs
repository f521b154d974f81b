//! What one value costs on one thread: uniform numbers of Philox, and the functions that make laws of them.

use std::hint::black_box;

use esg_benches::{Check, Failure, Timed};
use esg_core::math::{exp_slice, inverse_normal_slice};
use esg_core::simulate::{Law, Stream};

/// Values of a block, as many as a simulation works on together.
const BLOCK: usize = 512;
const BLOCKS: usize = 20_000;

fn main() -> Result<(), Failure> {
    let stream = Stream::new(1, "a variable");
    let mut uniform = [0.0; BLOCK];
    stream.fill(0, &mut uniform);
    let triangle = Law::triangular(1.0, 2.0, 4.0)?;
    row("philox4x32-10, 2 words", |block, number| stream.fill((number * BLOCK) as u64, block));
    row("inverse normal", |block, _| on(&uniform, block, inverse_normal_slice));
    row("exp", |block, _| on(&uniform, block, exp_slice));
    row("triangular", |block, _| on(&uniform, block, |values| triangle.quantiles(values)));
    row("copy (in each but philox)", |block, _| on(&uniform, block, |_| ()));
    Ok(())
}

fn on(inputs: &[f64; BLOCK], block: &mut [f64; BLOCK], work: impl Fn(&mut [f64])) {
    *block = *inputs;
    work(black_box(block));
}

fn row(name: &str, mut work: impl FnMut(&mut [f64; BLOCK], usize)) {
    let mut block = [0.0; BLOCK];
    (0..BLOCKS / 10).for_each(|number| work(black_box(&mut block), number));
    let timed = Timed::start();
    (0..BLOCKS).for_each(|number| work(black_box(&mut block), number));
    timed.emit(name, BLOCK * BLOCKS, Check::new());
}
