//! How often values were drawn, in bins that nobody has to choose: quantiles in memory that does not grow with the draws.
//!
//! A bin is all floats with the same sign, exponent and first ten bits of the mantissa: 1024 bins for each doubling, none
//! wider than 1/1024 of its own value. Counts are whole numbers, so parts add up to the whole in any order.

/// Bins of one sign and exponent.
const BINS: usize = 1 << BITS;
const BITS: u32 = 10;

/// Counts of draws by bin.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sketch {
    /// By rising number of the page.
    pages: Vec<(u16, Box<[u64; BINS]>)>,
}

/// The bits of a float, in an order that is that of the numbers.
fn ordered(x: f64) -> u64 {
    let bits = x.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The inverse of [`ordered`].
fn float(ordered: u64) -> f64 {
    f64::from_bits(if ordered >> 63 == 1 { ordered ^ 1 << 63 } else { !ordered })
}

impl Sketch {
    pub(super) fn add(&mut self, values: &[f64]) {
        let mut last = 0;
        for &x in values {
            let key = ordered(x);
            let page = (key >> 52) as u16;
            if self.pages.get(last).is_none_or(|(number, _)| *number != page) {
                last = self.page(page);
            }
            self.pages[last].1[(key >> (52 - BITS)) as usize % BINS] += 1;
        }
    }

    fn page(&mut self, page: u16) -> usize {
        self.pages.binary_search_by_key(&page, |p| p.0).unwrap_or_else(|at| {
            self.pages.insert(at, (page, Box::new([0; BINS])));
            at
        })
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (page, counts) in &other.pages {
            let at = self.page(*page);
            self.pages[at].1.iter_mut().zip(counts.iter()).for_each(|(sum, count)| *sum += count);
        }
    }

    /// Bins that are not empty, by rising value: lower bound, upper bound, count.
    pub(super) fn bins(&self) -> impl Iterator<Item = (f64, f64, u64)> {
        self.pages.iter().flat_map(|(page, counts)| {
            let bound = |bin: usize| float((u64::from(*page) << 52) + ((bin as u64) << (52 - BITS)));
            let filled = counts.iter().enumerate().filter(|(_, count)| **count > 0);
            filled.map(move |(bin, &count)| (bound(bin), bound(bin + 1), count))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_lies_in_its_bin_and_bins_are_narrow() {
        for x in [1.0, -1.0, 0.0, 1.999, 3e-300, -7.25e200, 5e-324, 0.1] {
            let mut sketch = Sketch::default();
            sketch.add(&[x]);
            let bins: Vec<_> = sketch.bins().collect();
            let [(lower, upper, 1)] = bins[..] else { panic!("{x}: {bins:?}") };
            assert!(lower <= x && x <= upper, "{lower} {x} {upper}");
            assert!(upper - lower <= x.abs() / 1024.0 + 1e-300, "{lower} {x} {upper}");
        }
    }

    #[test]
    fn bins_rise_and_parts_add_up() {
        let values: Vec<f64> = (-500..500).map(|i| f64::from(i) * 0.37).collect();
        let (mut whole, mut left, mut right) = (Sketch::default(), Sketch::default(), Sketch::default());
        whole.add(&values);
        right.add(&values[300..]);
        left.add(&values[..300]);
        left.merge(&right);
        assert_eq!(left, whole);
        let bins: Vec<_> = whole.bins().collect();
        assert!(bins.windows(2).all(|pair| pair[0].1 <= pair[1].0));
        assert_eq!(bins.iter().map(|bin| bin.2).sum::<u64>(), 1000);
    }
}
