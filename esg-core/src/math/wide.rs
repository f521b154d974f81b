//! Vectors as wide as the machine has them, without another result.
//!
//! The same loop is compiled for plain x86-64, AVX2 and AVX-512, and the widest that the machine knows is run. The
//! compiler never contracts `a * b + c` by itself, so each of them gives the same bits; elsewhere there is only one form.

/// Runs `work`, a loop whose functions are all inlined, on the widest vectors of this machine.
#[inline(always)]
pub(crate) fn wide<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}
