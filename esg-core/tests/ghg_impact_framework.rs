//! Impact Framework manifests: pipelines of arithmetic, with the outputs that the framework computed.
//!
//! The runner below reads a manifest, and every number in it comes from the crate's exact functions. It knows the
//! builtins that calculate. A builtin it does not know fails the test.

mod ghg_common;

use std::collections::BTreeMap;

use esg_core::ghg::method::{MethodError, divide};
use esg_core::ghg::scope3::product;
use esg_core::ghg::software::{carbon_per_unit, embodied_by_parts, interpolate};
use esg_core::ratio::Ratio;
use ghg_common::{all_exist, cases, close, id, is_listed, items, number, ratio};
use serde_json::{Map, Value};

const RESAMPLING: &str = "TimeSync spreads and pads a series; events are kept here as they were sent";
const AVERAGING: &str = "averages a utilisation over time and machines; a rate is a ratio of sums here";
const LOOKUP: &str = "looks a name up in a file on the network; coefficients come from factor sets here";
const GENERATOR: &str = "makes mock observations";
const TEXT: &str = "cuts text out of a name by a regular expression";
const SHELL: &str = "runs a command of the system";
const MANIFEST: &str = "regroups or validates the manifest's own tree; nothing is calculated";

/// Machinery of the framework that this engine has deliberately not.
const NOT_FOLLOWED: &[(&str, &str)] = &[
    ("bugs/aggregation-error-wrong-metric", AVERAGING),
    ("bugs/mock-observations-failure-duration-is-zero", GENERATOR),
    ("builtins/csv-lookup/cloud-metadata/failure-invalid-instance-type", LOOKUP),
    ("builtins/csv-lookup/cloud-metadata/failure-invalid-vendor", LOOKUP),
    ("builtins/csv-lookup/cloud-metadata/failure-missing-cloud-vendor", LOOKUP),
    ("builtins/csv-lookup/cloud-metadata/success", LOOKUP),
    ("builtins/csv-lookup/region-metadata/failure-missing-output", LOOKUP),
    ("builtins/csv-lookup/region-metadata/success", LOOKUP),
    ("builtins/csv-lookup/region-metadata/success-renaming", LOOKUP),
    ("builtins/csv-lookup/tdp-finder/failure-unsupported-physical-processor", LOOKUP),
    ("builtins/csv-lookup/tdp-finder/success", LOOKUP),
    ("builtins/mock-observations/failure-invalid-config-cpu-range", GENERATOR),
    ("builtins/mock-observations/failure-missing-timestamp-from-param", GENERATOR),
    ("builtins/mock-observations/success", GENERATOR),
    ("builtins/regex/failure-missing-input-param", TEXT),
    ("builtins/regex/failure-not-matching-with-regex", TEXT),
    ("builtins/shell/failure-invalid-command", SHELL),
    ("builtins/time-sync/failure-config-start-later-end", RESAMPLING),
    ("builtins/time-sync/success", RESAMPLING),
    ("features/aggregate-failure-invalid-metrics", AVERAGING),
    ("features/aggregate-failure-missing-metric-in-inputs", AVERAGING),
    ("features/aggregate-horizontal", AVERAGING),
    ("features/aggregate-vertical", AVERAGING),
    ("features/regroup/failure-invalid-regroup", MANIFEST),
    ("pipelines/instance-metadata", TEXT),
    ("pipelines/nesting", RESAMPLING),
    ("pipelines/scenario-3", MANIFEST),
];

/// The framework answers a division by zero with the numerator and a warning. Here it is a refusal.
const REFUSED: &[(&str, &str)] =
    &[("builtins/divide/success-denominator-equal-zero", "method.zero_denominator")];

#[test]
fn manifests_come_out() {
    let cases = cases("ghg/gsf_if_manifests.json");
    all_exist(NOT_FOLLOWED, &cases);
    all_exist(REFUSED, &cases);
    let mut compared = 0;
    for case in cases.iter().filter(|case| !is_listed(NOT_FOLLOWED, id(case))) {
        let result = Manifest::new(&case["manifest"]).and_then(|manifest| manifest.run());
        if let Some((_, code)) = REFUSED.iter().find(|(listed, _)| *listed == id(case)) {
            let error = result.err().map(|refusal| refusal.code());
            assert_eq!(error, Some(*code), "{}", id(case));
            continue;
        }
        match (case["status"].as_str().unwrap(), result) {
            ("success", Ok(nodes)) => {
                assert!(!nodes.is_empty(), "{}: nothing was calculated", id(case));
                for (rows, wanted) in nodes {
                    assert_eq!(rows.len(), wanted.len(), "{}", id(case));
                    compared +=
                        rows.iter().zip(wanted).map(|(row, want)| same(row, want, id(case))).sum::<usize>();
                }
            }
            ("fail", Err(refusal)) => {
                let class = case["error"].as_str().unwrap().split(':').next().unwrap();
                assert_eq!(refusal.class(), class, "{}: {refusal:?}", id(case));
            }
            (status, result) => {
                panic!("{}: should be {status}, is {:?}", id(case), result.map(|_| "success"))
            }
        }
    }
    // 12 manifests calculate; the count keeps the comparison from becoming empty.
    assert!(compared > 100, "{compared} numbers compared");
}

/// Compares a row with the framework's; returns how many numbers there were.
fn same(row: &Row, want: &Value, id: &str) -> usize {
    let want = want.as_object().unwrap();
    let names: Vec<&String> = row.keys().collect();
    let wanted: Vec<&String> = want.keys().collect();
    let (mut names, mut wanted) = (names, wanted);
    names.sort();
    wanted.sort();
    assert_eq!(names, wanted, "{id}");
    let mut numbers = 0;
    for (name, cell) in row {
        match cell {
            Cell::Number(got) => {
                close(got, &want[name], 1e-9, &format!("{id} {name}"));
                numbers += 1;
            }
            Cell::Other(got) => assert_eq!(got, &want[name], "{id} {name}"),
        }
    }
    numbers
}

/// Why a manifest was refused.
#[derive(Debug)]
enum Refusal {
    /// A pipeline names a plugin that was not set up.
    Plugin,
    /// A parameter or its configuration is missing, or is no number where one is needed.
    Input,
    /// A method of the crate refused.
    Method(MethodError),
}

impl Refusal {
    /// The framework's class of the same refusal.
    fn class(&self) -> &'static str {
        match self {
            Self::Plugin => "PluginInitializationError",
            Self::Input | Self::Method(_) => "InputValidationError",
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Plugin => "manifest.plugin",
            Self::Input => "manifest.input",
            Self::Method(error) => error.code(),
        }
    }
}

impl From<MethodError> for Refusal {
    fn from(error: MethodError) -> Self {
        Self::Method(error)
    }
}

#[derive(Clone, Debug)]
enum Cell {
    Number(Ratio),
    Other(Value),
}

type Row = BTreeMap<String, Cell>;

fn cell(value: &Value) -> Cell {
    if value.is_number() { Cell::Number(number(value)) } else { Cell::Other(value.clone()) }
}

fn field<'a>(config: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    config[name].as_str().ok_or(Refusal::Input)
}

fn read(row: &Row, name: &str) -> Result<Ratio, Refusal> {
    match row.get(name) {
        Some(Cell::Number(value)) => Ok(value.clone()),
        Some(Cell::Other(_)) | None => Err(Refusal::Input),
    }
}

/// A value that the row has, or a default of the framework; the row has it from then on.
fn read_or(row: &mut Row, name: &str, default: &str) -> Result<Ratio, Refusal> {
    row.entry(name.to_owned()).or_insert_with(|| Cell::Number(ratio(default)));
    read(row, name)
}

/// Rows of a node beside the outputs that the framework gave it.
type Computed<'a> = (Vec<Row>, &'a [Value]);

struct Manifest<'a> {
    plugins: &'a Map<String, Value>,
    tree: &'a Value,
}

impl<'a> Manifest<'a> {
    fn new(manifest: &'a Value) -> Result<Self, Refusal> {
        let plugins = manifest["initialize"]["plugins"].as_object().ok_or(Refusal::Plugin)?;
        Ok(Self { plugins, tree: &manifest["tree"] })
    }

    fn run(&self) -> Result<Vec<Computed<'a>>, Refusal> {
        let mut computed = Vec::new();
        self.node(self.tree, &Row::new(), &[], &mut computed)?;
        Ok(computed)
    }

    /// Runs a node of the tree; defaults and pipeline come from above unless it has its own.
    fn node(
        &self,
        node: &'a Value,
        defaults: &Row,
        pipeline: &[&'a str],
        computed: &mut Vec<Computed<'a>>,
    ) -> Result<(), Refusal> {
        let mut defaults = defaults.clone();
        for (name, value) in node.get("defaults").and_then(Value::as_object).into_iter().flatten() {
            defaults.insert(name.clone(), cell(value));
        }
        let own: Option<Vec<&str>> = node
            .get("pipeline")
            .and_then(|pipeline| pipeline["compute"].as_array())
            .map(|steps| steps.iter().map(|step| step.as_str().unwrap()).collect());
        let pipeline = own.as_deref().unwrap_or(pipeline);
        for child in node.get("children").and_then(Value::as_object).into_iter().flat_map(Map::values) {
            self.node(child, &defaults, pipeline, computed)?;
        }
        let Some(inputs) = node.get("inputs").and_then(Value::as_array) else { return Ok(()) };
        let outputs = node.get("outputs").map_or(&[][..], items);
        let mut rows = Vec::new();
        for (i, input) in inputs.iter().enumerate() {
            let mut row = defaults.clone();
            row.extend(input.as_object().unwrap().iter().map(|(name, value)| (name.clone(), cell(value))));
            for step in pipeline {
                let plugin = self.plugins.get(*step).ok_or(Refusal::Plugin)?;
                compute(plugin, &mut row, outputs.get(i))?;
            }
            rows.push(row);
        }
        computed.push((rows, outputs));
        Ok(())
    }
}

/// Applies one builtin to a row; `output` is the framework's own row, for values that it looked up on the network.
fn compute(plugin: &Value, row: &mut Row, output: Option<&Value>) -> Result<(), Refusal> {
    read(row, "duration")?;
    let config = plugin.get("config").unwrap_or(&Value::Null);
    let (name, value) = match plugin["method"].as_str().unwrap() {
        "Sum" => ("output-parameter", inputs(config, row)?.into_iter().sum()),
        "Multiply" => ("output-parameter", product(&inputs(config, row)?)),
        "Coefficient" => {
            let value = read(row, field(config, "input-parameter")?)?;
            ("output-parameter", &value * &number(&config["coefficient"]))
        }
        "Divide" => {
            let numerator = read(row, field(config, "numerator")?)?;
            let denominator = match &config["denominator"] {
                Value::String(name) => read(row, name)?,
                value => number(value),
            };
            ("output", divide(&numerator, &denominator, "the denominator of a division")?)
        }
        "Subtract" => {
            let mut values = inputs(config, row)?.into_iter();
            let first = values.next().ok_or(Refusal::Input)?;
            ("output-parameter", values.fold(first, |left, value| &left - &value))
        }
        "Exponent" => {
            let value = read(row, field(config, "input-parameter")?)?;
            let power = i32::try_from(config["exponent"].as_i64().ok_or(Refusal::Input)?).unwrap();
            ("output-parameter", value.pow(power).ok_or(Refusal::Input)?)
        }
        "Interpolation" => {
            assert_eq!(config["method"], "linear");
            let axis = |name: &str| items(&config[name]).iter().map(number).collect::<Vec<_>>();
            let points: Vec<_> = axis("x").into_iter().zip(axis("y")).collect();
            ("output-parameter", interpolate(&points, &read(row, field(config, "input-parameter")?)?)?)
        }
        "Sci" => {
            let units = read(row, field(config, "functional-unit")?)?;
            let sci = carbon_per_unit(&read(row, "carbon")?, &units)?;
            row.insert("sci".to_owned(), Cell::Number(sci));
            return Ok(());
        }
        "SciEmbodied" => {
            let embodied = sci_embodied(config, row)?;
            row.insert("embodied-carbon".to_owned(), Cell::Number(embodied));
            return Ok(());
        }
        "CSVLookup" => return lookup(config, row, output),
        other => panic!("unknown builtin {other}"),
    };
    row.insert(field(config, name)?.to_owned(), Cell::Number(value));
    Ok(())
}

fn inputs(config: &Value, row: &Row) -> Result<Vec<Ratio>, Refusal> {
    let names = config["input-parameters"].as_array().ok_or(Refusal::Input)?;
    names.iter().map(|name| read(row, name.as_str().ok_or(Refusal::Input)?)).collect()
}

/// The builtin's defaults: a server of 1 vCPU and 16 GB is 1 t, each further vCPU 100 kg, each GB 533/384 kg.
fn sci_embodied(config: &Value, row: &mut Row) -> Result<Ratio, Refusal> {
    let option = |name: &str, default: &str| match config.get(name) {
        Some(value) if value.is_number() => number(value),
        Some(other) => panic!("{name} is {other}"),
        None => ratio(default),
    };
    let duration = read(row, "duration")?;
    let vcpus = read_or(row, "vCPUs", "1")?;
    let memory = read_or(row, "memory", "16")?;
    let (ssd, hdd, gpu) = (read_or(row, "ssd", "0")?, read_or(row, "hdd", "0")?, read_or(row, "gpu", "0")?);
    let usage = read_or(row, "usage-ratio", "1")?;
    // Memory is the only constant in kilograms.
    let per_gb = &option("memory-emissions-constant", "533/384") * &ratio("1000");
    let parts = [
        (&vcpus - &option("baseline-vcpus", "1"), option("vcpu-emissions-constant", "100000")),
        (&memory - &option("baseline-memory", "16"), per_gb),
        (ssd, option("ssd-emissions-constant", "50000")),
        (hdd, option("hdd-emissions-constant", "100000")),
        (gpu, option("gpu-emissions-constant", "150000")),
    ];
    let baseline = option("baseline-emissions", "1000000");
    let lifespan = option("lifespan", "126144000");
    Ok(embodied_by_parts(&baseline, &parts, &(&duration * &usage), &lifespan)?)
}

/// Takes the looked-up values from the framework's output: the file on the network is not part of the vectors.
fn lookup(config: &Value, row: &mut Row, output: Option<&Value>) -> Result<(), Refusal> {
    for column in items(&config["output"]) {
        let name = column.as_str().unwrap();
        if let Some(value) = output.and_then(|output| output.get(name)) {
            row.insert(name.to_owned(), cell(value));
        }
    }
    Ok(())
}
