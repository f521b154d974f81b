//! Vectors as wide as the machine has them, without another result.
//!
//! The same loop is compiled for plain x86-64, AVX2 and AVX-512, and the widest that the machine knows is run. The
//! compiler never contracts `a * b + c` by itself, so each of them gives the same bits; elsewhere there is only one form.

/// Places that are looked at together for exceptions.
const CHUNK: usize = 64;

/// Runs `work`, a loop whose functions are all inlined, on the widest vectors of this machine.
#[inline(always)]
pub(crate) fn wide<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// The loop over a chunk that gives the `usual` function of every input.
#[inline(always)]
pub(super) fn each(usual: impl Fn(f64) -> f64 + Copy) -> impl Fn(&[f64], &mut [f64]) + Copy {
    #[inline(always)]
    move |inputs, values| {
        for (value, &input) in values.iter_mut().zip(inputs) {
            *value = usual(input);
        }
    }
}

/// Replaces every value by what `usual` writes for it, or by the `unusual` function of it where it `is_rare`.
///
/// The usual loop has no branch and is run everywhere; a chunk without exceptions costs one more comparison for each
/// place.
#[inline(always)]
pub(super) fn replace(
    values: &mut [f64],
    usual: impl Fn(&[f64], &mut [f64]) + Copy,
    is_rare: impl Fn(f64) -> bool + Copy,
    unusual: impl Fn(f64) -> f64 + Copy,
) {
    wide(
        #[inline(always)]
        || {
            let (chunks, rest) = values.as_chunks_mut::<CHUNK>();
            for chunk in chunks {
                let inputs = *chunk;
                usual(&inputs, chunk);
                mend(&inputs, chunk, is_rare, unusual);
            }
            let mut inputs = [0.0; CHUNK];
            let inputs = &mut inputs[..rest.len()];
            inputs.copy_from_slice(rest);
            usual(inputs, rest);
            mend(inputs, rest, is_rare, unusual);
        },
    );
}

#[inline(always)]
fn mend(inputs: &[f64], values: &mut [f64], is_rare: impl Fn(f64) -> bool, unusual: impl Fn(f64) -> f64) {
    if inputs.iter().map(|&input| u64::from(is_rare(input))).sum::<u64>() > 0 {
        for (value, &input) in values.iter_mut().zip(inputs) {
            if is_rare(input) {
                *value = unusual(input);
            }
        }
    }
}
