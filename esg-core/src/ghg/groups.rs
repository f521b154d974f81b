//! Rows of one kind, put together.
//!
//! What rows of one bundle are multiplied with, and how many products they have, is the same for all of them. Taken as they
//! come, each row is a guess for the processor that often fails; taken bundle by bundle, it is right nearly always. A
//! counting sort of row numbers costs less than the guesses.

/// Row numbers by key.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// `next[key]`: how many rows have the key; then where the next of them goes. All 0 between two calls.
    next: Vec<u32>,
    /// The keys that rows have, in the order of first use.
    keys: Vec<u32>,
    /// `ends[i]`: where the rows of `keys[i]` end.
    ends: Vec<u32>,
    rows: Vec<u32>,
}

impl Groups {
    /// Sorts rows by their keys, which lie below `limit`.
    pub fn sort(&mut self, limit: usize, keys: impl ExactSizeIterator<Item = u32> + Clone) {
        self.next.resize(limit.max(self.next.len()), 0);
        self.keys.resize(keys.len() + 1, 0);
        let mut used = 0;
        for key in keys.clone() {
            // The place behind the last key is written anyway, and counts only if the key is new.
            self.keys[used] = key;
            let count = &mut self.next[key as usize];
            used += usize::from(*count == 0);
            *count += 1;
        }
        self.keys.truncate(used);
        self.ends.clear();
        let mut end = 0;
        for &key in &self.keys {
            let count = std::mem::replace(&mut self.next[key as usize], end);
            end += count;
            self.ends.push(end);
        }
        self.rows.resize(keys.len(), 0);
        for (row, key) in (0..).zip(keys) {
            let next = &mut self.next[key as usize];
            self.rows[*next as usize] = row;
            *next += 1;
        }
        self.keys.iter().for_each(|&key| self.next[key as usize] = 0);
    }

    /// The keys with their rows, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u32])> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let ranges = starts.zip(&self.ends).map(|(&start, &end)| start as usize..end as usize);
        self.keys.iter().copied().zip(ranges.map(|range| &self.rows[range]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_by_their_keys_and_none_is_lost() {
        let mut groups = Groups::default();
        for keys in [vec![3, 1, 3, 0, 1, 3], vec![], vec![5], vec![0, 0, 0]] {
            groups.sort(6, keys.iter().copied());
            let mut seen = vec![false; keys.len()];
            for (key, rows) in groups.iter() {
                assert!(rows.is_sorted() && rows.iter().all(|&row| keys[row as usize] == key));
                rows.iter().for_each(|&row| assert!(!std::mem::replace(&mut seen[row as usize], true)));
            }
            assert_eq!(seen, vec![true; keys.len()]);
        }
    }
}
