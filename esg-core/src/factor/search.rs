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

/// Returns up to three of the known names that differ least from `name`, none that differ by more than a third.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let name: Vec<char> = name.to_lowercase().chars().take(64).collect();
    let mut ranked: Vec<(usize, &str)> = known
        .into_iter()
        .map(|k| (distance(&name, &k.to_lowercase().chars().take(64).collect::<Vec<_>>()), k))
        .filter(|(d, k)| *d <= (name.len().max(k.len()) / 3).max(1))
        .collect();
    ranked.sort_unstable();
    ranked.dedup();
    ranked.into_iter().take(3).map(|(_, k)| k.to_owned()).collect()
}

/// Edits (insert, delete, replace) between two words: Levenshtein 1966.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_come_first() {
        assert_eq!(nearest("fuel.deisel", ["fuel.diesel", "fuel.lpg", "water.supply"]), ["fuel.diesel"]);
        assert!(nearest("zzz", ["fuel.diesel"]).is_empty());
        let chars = |t: &str| t.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("kitten"), &chars("sitting")), 3);
    }
}
