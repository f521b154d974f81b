//! Known names nearest to a wrong one: what a refusal offers to a sender who mistyped.

/// Most names that are offered.
const OFFERED: usize = 3;
/// Letters of a name that are compared.
const COMPARED: usize = 64;

/// Returns up to three of `known` that differ from `name` by few letters, the nearest first.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let name: Vec<char> = name.chars().take(COMPARED).collect();
    let allowed = (name.len() / 3).max(2);
    // Where as many letters differ, the one that begins alike for longer is nearer.
    let prefix = |word: &str| word.chars().zip(&name).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    let mut found: Vec<_> = known
        .into_iter()
        .map(|word| (distance(&name, word), std::cmp::Reverse(prefix(word)), word))
        .filter(|(far, ..)| *far <= allowed)
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(OFFERED).map(|(.., word)| word.into()).collect()
}

/// Levenshtein distance, letters compared without case.
pub(crate) fn distance(a: &[char], b: &str) -> usize {
    let mut row: Vec<usize> = (0..=a.len()).collect();
    for (i, cb) in b.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, ca) in a.iter().enumerate() {
            let change = diagonal + usize::from(!ca.eq_ignore_ascii_case(&cb));
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[a.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_edits() {
        let distance = |a: &str, b| distance(&a.chars().collect::<Vec<_>>(), b);
        assert_eq!((distance("kitten", "sitting"), distance("", "abc"), distance("KWH", "kWh")), (3, 3, 0));
    }

    #[test]
    fn the_nearest_names_come_first() {
        let known = ["energy_kwh", "energy_mwh", "water_liters", "pue"];
        assert_eq!(nearest("energy_kw", known), ["energy_kwh", "energy_mwh"]);
        assert_eq!(nearest("Water_litres", known), ["water_liters"]);
        assert_eq!(nearest("PUE", known), ["pue"]);
        assert!(nearest("something else entirely", known).is_empty());
    }
}
