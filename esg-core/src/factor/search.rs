//! Finding factors by words, and the known names nearest to a wrong one.

use super::error::FactorError;
use super::registry::Registry;
use super::row::Factor;

/// A factor that a search found, with the set it stands in.
#[derive(Clone, Debug)]
pub struct Found {
    /// Name and version of the set.
    pub set: String,
    /// The factor.
    pub factor: Factor,
}

impl Registry {
    /// Returns factors whose activity, name, id or geography hold every word of `query`, at most `limit` of them.
    ///
    /// Upper and lower case are one. `region` keeps those published for exactly that place. The order is that of the
    /// sets and, within a set, of activity, geography and id.
    ///
    /// # Errors
    /// `Set` when a set cannot be read.
    pub fn search(&self, query: &str, region: Option<&str>, limit: usize) -> Result<Vec<Found>, FactorError> {
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        let mut found = Vec::new();
        for set in self.sets() {
            for line in set.lines() {
                // Most lines fall here, before anything is parsed.
                let lower = line.to_ascii_lowercase();
                if !words.iter().all(|word| contains(&lower, word.as_bytes())) {
                    continue;
                }
                let factor = set.read(line)?;
                let text = format!("{} {} {} {}", factor.activity, factor.name, factor.id, factor.geography)
                    .to_lowercase();
                if words.iter().all(|word| text.contains(word))
                    && region.is_none_or(|r| r == factor.geography)
                {
                    found.push(Found { set: set.passport().name(), factor });
                    if found.len() == limit {
                        return Ok(found);
                    }
                }
            }
        }
        Ok(found)
    }
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    word.is_empty() || text.windows(word.len()).any(|w| w == word)
}
