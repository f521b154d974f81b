//! Numbers that a source left out.
//!
//! Many systems number what they send: `gpu-batch-2024-001`, `-002`, `-004`. A ledger cannot see an event that never came, but it
//! can see the hole.

use std::collections::{BTreeMap, BTreeSet};

use super::{Book, Question};
use crate::error::Error;

/// Most digits of a number at the end of an id; longer ones are no running numbers.
const MAX_DIGITS: usize = 15;

/// A hole in the numbers of a source.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Gap {
    /// The source.
    pub source_id: String,
    /// What its ids begin with.
    pub prefix: String,
    /// First number that is missing.
    pub first: u64,
    /// Last number that is missing.
    pub last: u64,
}

impl Book {
    /// Returns the holes in the running numbers at the end of external ids, for each source and each beginning of its ids.
    ///
    /// Corrections and voids are not counted on. Numbers of other lengths than the one before and after are the same numbers:
    /// 9 is followed by 10. A beginning with a single number has no holes.
    ///
    /// # Errors
    /// As [`Book::events`].
    pub fn gaps(&self, question: &Question) -> Result<Vec<Gap>, Error> {
        let as_of = self.as_of(question)?;
        let wanted =
            crate::store::Wanted { tenant: question.tenant.as_str(), period: question.period, as_of };
        let events = self.reader().events(&wanted)?.batch;
        let mut seen: BTreeMap<(&str, &str), BTreeSet<u64>> = BTreeMap::new();
        for event in (0..events.len()).filter(|event| events.amendment(*event).is_none()) {
            if let Some((prefix, number)) = numbered(events.external_id(event)) {
                seen.entry((events.source_id(event), prefix)).or_default().insert(number);
            }
        }
        let mut gaps = Vec::new();
        for ((source_id, prefix), numbers) in seen {
            for (before, after) in numbers.iter().zip(numbers.iter().skip(1)) {
                if after - before > 1 {
                    let (source_id, prefix) = (source_id.to_owned(), prefix.to_owned());
                    gaps.push(Gap { source_id, prefix, first: before + 1, last: after - 1 });
                }
            }
        }
        Ok(gaps)
    }
}

/// Takes an id apart into its beginning and the number at its end.
fn numbered(id: &str) -> Option<(&str, u64)> {
    let prefix = id.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &id[prefix.len()..];
    (1..=MAX_DIGITS).contains(&digits.len()).then(|| (prefix, digits.parse().expect("at most 15 digits")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_ends_with_its_number() {
        assert_eq!(numbered("gpu-batch-2024-001"), Some(("gpu-batch-2024-", 1)));
        assert_eq!(numbered("42"), Some(("", 42)));
        assert_eq!(numbered("é7"), Some(("é", 7)));
        assert_eq!(numbered("abc"), None);
        assert_eq!(numbered(&"9".repeat(16)), None);
    }
}
