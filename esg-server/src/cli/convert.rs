//! `esg convert`.

use esg_core::Decimal;
use esg_core::units::{Unit, convert};
use serde_json::json;

use super::failure::{Exit, Outcome};
use super::output;

/// Convert a value exactly from one unit to another.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  esg convert 1 MWh kWh\n  esg convert 12.5 '[gal_us]' L\n  esg convert --json 1 mmBtu kWh"
)]
pub struct Args {
    /// Decimal number, such as 1250.5
    #[arg(allow_negative_numbers = true)]
    value: String,
    /// UCUM code or everyday name, such as MWh
    from: String,
    /// UCUM code or everyday name, such as kWh
    to: String,
}

pub fn run(args: &Args, json: bool) -> Outcome {
    let value: Decimal = args.value.parse()?;
    let (from, to): (Unit, Unit) = (args.from.parse()?, args.to.parse()?);
    let converted = convert(value, &from, &to)?;
    let shown = converted.value.to_string();
    // A fraction such as 5/18 has no last digit; its 28 digits are rounded though the conversion is exact.
    let rounded = converted.exact && converted.ratio != converted.value.into();
    if json {
        let mut document = json!({"value": shown, "unit": args.to, "exact": converted.exact && !rounded});
        if rounded {
            document["ratio"] = converted.ratio.to_string().into();
        }
        output::print_json(&document)?;
    } else {
        let note = match (converted.exact, rounded) {
            (true, false) => String::new(),
            (true, true) => format!(" (exactly {})", converted.ratio),
            (false, _) => " (not exact: the scale is a logarithm)".to_owned(),
        };
        output::print(format!("{shown} {}{note}\n", args.to).as_bytes())?;
    }
    Ok(Exit::Ok)
}
