//! What makes a range: ranked bars on a terminal, and the same as a document.

use esg_core::simulate::sensitivity::{How, Index, InventorySensitivity};

use super::super::output::{bold, table};
use super::super::summary::count;
use super::kilograms;

/// Length of a bar that has all of the variance.
const BAR: usize = 24;
/// Most inputs that are shown.
const MOST: usize = 12;

/// A total with what makes its range; none where nothing of it has a range.
pub type Named = (&'static str, Option<InventorySensitivity>);

/// Returns the pictures of the totals over all scopes.
pub fn text(all: &[Named]) -> String {
    let whole = |of: &&Named| of.0.starts_with("all ");
    all.iter().filter(whole).map(one).collect()
}

fn one((name, found): &Named) -> String {
    let title = bold(&format!("What makes the range, {name}"));
    let Some(found) = found else {
        return format!("\n  {title}\n  nothing of this total has a stated range\n");
    };
    let mut rows =
        vec![["Input", "from", "alone", "in all", "5 to 95 %, t CO2e", ""].map(str::to_owned).to_vec()];
    for driver in found.drivers.iter().take(MOST) {
        let swing = match &driver.swings[..] {
            [one] => format!("{} to {}", kilograms(one.result[0]), kilograms(one.result[1])),
            _ => "-".to_owned(),
        };
        let (alone, in_all) = (percent(driver.first), percent(driver.total));
        let bar = bar(driver.first.estimate, driver.total.estimate);
        rows.push(vec![driver.name.clone(), driver.origin.as_str().to_owned(), alone, in_all, swing, bar]);
    }
    let mut text = format!("\n  {title}\n{}", table(&rows, &[2, 3, 4]));
    if found.drivers.len() > MOST {
        text.push_str(&format!("  and {} more; --json has all\n", found.drivers.len() - MOST));
    }
    let mut shares: Vec<String> = found
        .origins
        .iter()
        .map(|(origin, share)| format!("{} {:.1} %", origin.as_str(), 100.0 * share))
        .collect();
    shares.push(format!("together only {}", percent(found.interactions)));
    text.push_str(&format!("  Of the variance: {}. {}\n", shares.join(", "), how(found.how)));
    text.push_str("  █ alone, ░ together with others; the swing moves one input and leaves the others at their medians\n");
    text
}

fn how(how: How) -> String {
    match how {
        How::Exact => "Exact: no sampling.".to_owned(),
        How::Sampled(design) => format!(
            "Sampled: {} points in {} replicates, ± half of a 95 % interval.",
            count(design.points()),
            design.replicates()
        ),
    }
}

/// A share in percent, with half the width of its interval where it has one.
fn percent(index: Index) -> String {
    let half = 50.0 * (index.upper - index.lower);
    let share = format!("{:.1} %", 100.0 * index.estimate);
    if half > 0.0 { format!("{share} ± {half:.1}") } else { share }
}

fn bar(first: f64, total: f64) -> String {
    let cells = |share: f64| (share.clamp(0.0, 1.0) * BAR as f64).round() as usize;
    let (alone, in_all) = (cells(first), cells(total));
    format!("{}{}", "█".repeat(alone), "░".repeat(in_all.saturating_sub(alone)))
}
