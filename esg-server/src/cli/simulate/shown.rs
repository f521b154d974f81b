//! A range on a terminal: the histogram in blocks, quantiles by total, the other approach beside, caveats.

use esg_core::account::Account;
use esg_core::simulate::uncertain::InventoryRange;
use esg_core::simulate::{Options, Output};

use super::super::output::{bold, table};
use super::super::summary::count;

/// Bars of the picture, and its lines.
const BARS: usize = 60;
const HEIGHT: usize = 8;
/// Most rows of approach 1 and most caveats that are shown.
const MOST: usize = 8;

/// Kilograms as tonnes to four digits.
pub fn kilograms(kg: f64) -> String {
    let tonnes = kg / 1000.0;
    let size = tonnes.abs();
    if size > 0.0 && size < 1e-3 {
        return format!("{tonnes:.3e}");
    }
    let digits = if size >= 1000.0 {
        0
    } else if size >= 10.0 {
        2
    } else {
        4
    };
    format!("{tonnes:.digits$}")
}

/// Returns the histogram of an output in blocks, with a scale below; a line where all draws are the same.
pub fn histogram(of: &Output) -> String {
    if of.greatest() <= of.least() {
        return format!("  every draw is {} t\n", kilograms(of.mean()));
    }
    // The outermost draws would squeeze the picture: what lies beyond the 0.1 and 99.9 % quantiles is not drawn.
    let (low, high) = (of.quantile(0.001), of.quantile(0.999));
    let mut counts = vec![0.0; BARS];
    for bar in of.histogram(8 * BARS) {
        let place = (0.5 * (bar.lower + bar.upper) - low) / (high - low);
        if (0.0..1.0).contains(&place) {
            counts[(place * BARS as f64) as usize] += bar.count;
        }
    }
    let most = counts.iter().copied().fold(1.0, f64::max);
    let blocks = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let mut text = String::new();
    for line in (0..HEIGHT).rev() {
        let cell = |count: &f64| {
            let eighths = (count / most * (8 * HEIGHT) as f64).round() - (8 * line) as f64;
            blocks[eighths.clamp(0.0, 8.0) as usize]
        };
        let row: String = counts.iter().map(cell).collect();
        text.push_str(format!("  │{row}").trim_end());
        text.push('\n');
    }
    let (left, right) = (format!("{} t", kilograms(low)), format!("{} t", kilograms(high)));
    let middle = kilograms(of.quantile(0.5));
    let room = (BARS + 1).saturating_sub(left.len() + right.len());
    text.push_str(&format!("  └{}\n  {left}{middle:^room$}{right}\n", "─".repeat(BARS)));
    text
}

/// Returns everything that the command prints.
pub fn text(account: &Account, range: &InventoryRange, options: Options, target: Option<f64>) -> String {
    let gwp = account.inventory.options().gwp();
    let mut text = format!(
        "  {} draws, seed {}, {}; GWP {} over {} years\n\n",
        count(options.draws()),
        options.seed(),
        options.generator(),
        gwp.name(),
        gwp.horizon()
    );
    let market = range.market.as_ref().map(|run| ("market-based", run.total()));
    for (name, of) in [Some(("location-based", range.location.total())), market].into_iter().flatten() {
        text.push_str(&format!("  {}\n{}\n", bold(&format!("All scopes, {name}")), histogram(of)));
    }
    text.push_str(&totals(range, target));
    text.push('\n');
    text.push_str(&approach1(range));
    for total in range.totals.iter().filter(|total| !total.disagreement.is_empty()) {
        text.push_str(&format!("  {}: the approaches differ\n", total.name));
        total.disagreement.iter().for_each(|reason| text.push_str(&format!("    {reason}\n")));
    }
    if !range.caveats.is_empty() {
        text.push_str(&format!("\n  {}\n", bold("Caveats")));
        range.caveats.iter().take(MOST).for_each(|caveat| text.push_str(&format!("  - {caveat}\n")));
        if range.caveats.len() > MOST {
            text.push_str(&format!("  and {} more; --json has all\n", range.caveats.len() - MOST));
        }
    }
    text
}

fn totals(range: &InventoryRange, target: Option<f64>) -> String {
    let head = ["t CO2e", "point", "mean", "sd", "2.5 %", "median", "97.5 %", "approach 2", "approach 1"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    if let Some(target) = target {
        rows[0].push(format!("above {} t", kilograms(target)));
    }
    for total in &range.totals {
        let of = &total.simulated;
        let (low, high) = (of.quantile(0.025), of.quantile(0.975));
        let half = 0.5 * (high - low) / of.mean().abs();
        let mut row = vec![total.name.to_owned(), kilograms(total.point.to_f64())];
        row.extend([of.mean(), of.sd(), low, of.quantile(0.5), high].map(kilograms));
        row.push(if half.is_finite() { format!("±{:.1} %", 100.0 * half) } else { "-".to_owned() });
        row.push(
            total
                .propagated
                .as_ref()
                .map_or_else(|| "-".into(), |p| format!("±{:.1} %", 100.0 * p.half_width)),
        );
        row.extend(target.map(|target| format!("{:.1} %", 100.0 * of.exceedance(target))));
        rows.push(row);
    }
    table(&rows, &[1, 2, 3, 4, 5, 6, 7, 8, 9])
}

/// The rows that contribute most to the spread of the location-based total.
fn approach1(range: &InventoryRange) -> String {
    let total = range.totals.iter().find(|total| total.name == "all location");
    let Some(propagated) = total.and_then(|total| total.propagated.as_ref()) else { return String::new() };
    let head = ["Approach 1, all location", "t CO2e", "quantity", "factor", "GWP", "combined", "of variance"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for row in propagated.rows.iter().take(MOST) {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        let mut cells = vec![row.name.clone(), kilograms(row.co2e.to_f64())];
        cells.extend(row.parts.map(percent));
        cells.extend([percent(row.combined), percent(row.variance_share)]);
        rows.push(cells);
    }
    format!("{}\n", table(&rows, &[1, 2, 3, 4, 5, 6]))
}
