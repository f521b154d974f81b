//! OTLP/HTTP metrics, in JSON and in protobuf.
//!
//! A sum has to be a delta: the same kWh in two cumulative points would count twice. A gauge is taken as the value of its
//! interval.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use esg_core::canonical;
use prost::Message;
use serde_json::json;

use super::wire::{Export, Exported, KeyValue, Metric, NumberPoint, PartialSuccess};
use super::{NS_OF_MS, Point, Taken, ingest};
use crate::serve::answer::{self, JSON};
use crate::serve::app::At;
use crate::serve::auth::{Caller, Scope};
use crate::serve::body::whole;
use crate::serve::limits::MAX_BATCH_BODY;
use crate::serve::problem::{Outcome, ServeError};

/// Media type of protobuf.
pub const PROTOBUF: &str = "application/x-protobuf";
/// What the log calls the events of this path.
const LABEL: &str = "POST /v1/metrics";
/// What the names of metrics and labels begin with that are meant for this engine.
const PREFIX: &str = "esg.";
/// Attribute that names the source; else that of the instance.
const SOURCE: [&str; 2] = ["esg.source_id", "service.instance.id"];
/// Attribute that names the vertical.
const VERTICAL: &str = "esg.vertical";
/// What an attribute begins with that becomes a tag.
const TAG: &str = "esg.tag.";
/// `AGGREGATION_TEMPORALITY_DELTA`.
const DELTA: i32 = 1;

/// `POST /v1/metrics`: the points that are events, and how many are not.
pub async fn export(State(at): State<At>, caller: Caller, headers: HeaderMap, body: Body) -> Outcome {
    caller.may(Scope::Ingest)?;
    let kind = answer::media_type(&headers);
    let is_json = match &*kind {
        JSON => true,
        PROTOBUF | "application/protobuf" => false,
        _ => {
            let found = kind.chars().take(64).collect();
            let wanted = "application/json or application/x-protobuf";
            return Err(ServeError::MediaType { found, wanted }.into());
        }
    };
    let bytes = whole(&headers, body, MAX_BATCH_BODY).await?;
    let export = at.app.work(move |_| read(&bytes, is_json)).await?;
    let mut taken = Taken::default();
    let points = points(export, &mut taken);
    ingest(&at.app, &caller, points, LABEL, &mut taken).await?;
    Ok(answered(&taken, is_json))
}

fn read(bytes: &[u8], is_json: bool) -> Outcome<Export> {
    let wrong = |reason: String| ServeError::Body { reason };
    if is_json {
        // Doubled names and depth are refused as everywhere.
        canonical::from_slice(bytes)?;
        return Ok(serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?);
    }
    Ok(Export::decode(bytes).map_err(|error| wrong(error.to_string()))?)
}

fn answered(taken: &Taken, is_json: bool) -> Response {
    let partial = (taken.refused > 0).then(|| PartialSuccess {
        rejected_data_points: i64::try_from(taken.refused).unwrap_or(i64::MAX),
        error_message: taken.message(),
    });
    if is_json {
        return answer::json(&match partial {
            Some(partial) => json!({"partialSuccess": {
                "rejectedDataPoints": partial.rejected_data_points.to_string(), "errorMessage": partial.error_message,
            }}),
            None => json!({}),
        });
    }
    ([(header::CONTENT_TYPE, PROTOBUF)], Exported { partial_success: partial }.encode_to_vec())
        .into_response()
}

type Attributes = BTreeMap<String, String>;

fn attributes(list: Vec<KeyValue>, into: &mut Attributes) {
    for KeyValue { key, value } in list {
        let Some(value) = value else { continue };
        let int = value.int_value.map(|number| number.to_string());
        let text = value.string_value.or(int).or_else(|| value.bool_value.map(|truth| truth.to_string()));
        if let Some(text) = text {
            into.insert(key, text);
        }
    }
}

fn points(export: Export, taken: &mut Taken) -> Vec<Point> {
    let mut points = Vec::new();
    for resource in export.resource_metrics {
        let mut of_resource = Attributes::new();
        attributes(resource.resource.unwrap_or_default().attributes, &mut of_resource);
        for metric in resource.scope_metrics.into_iter().flat_map(|scope| scope.metrics) {
            metric_points(metric, &of_resource, &mut points, taken);
        }
    }
    points
}

fn metric_points(metric: Metric, of_resource: &Attributes, points: &mut Vec<Point>, taken: &mut Taken) {
    let Metric { name, gauge, sum, histogram, exponential_histogram, summary } = metric;
    let others = [histogram, exponential_histogram, summary].into_iter().flatten();
    let others: usize = others.map(|other| other.data_points.len()).sum();
    taken.refuse(others as u64, format!("{name} is no gauge and no sum"));
    let is_cumulative = sum.as_ref().is_some_and(|sum| sum.aggregation_temporality != DELTA);
    let numbers = gauge.into_iter().chain(sum).flat_map(|numbers| numbers.data_points);
    let numbers: Vec<NumberPoint> = numbers.collect();
    let Some(known) = name.strip_prefix(PREFIX) else {
        return taken.refuse(numbers.len() as u64, format!("{name} does not begin with {PREFIX}"));
    };
    if is_cumulative {
        return taken.refuse(numbers.len() as u64, format!("{name} is cumulative: send sums as deltas"));
    }
    for number in numbers {
        let mut labels = of_resource.clone();
        attributes(number.attributes, &mut labels);
        #[expect(clippy::cast_precision_loss, reason = "counts above 2^53 are no measurement")]
        let value = number.as_double.or(number.as_int.map(|int| int as f64));
        let source = SOURCE.iter().find_map(|name| labels.get(*name)).cloned();
        let (Some(value), Some(source_id), Some(vertical)) = (value, source, labels.get(VERTICAL).cloned())
        else {
            taken.refuse(1, format!("{name} lacks a value, {} or {VERTICAL}", SOURCE.join(" or ")));
            continue;
        };
        let tag = |(name, value): (String, String)| Some((name.strip_prefix(TAG)?.to_owned(), value));
        points.push(Point {
            metric: known.to_owned(),
            value,
            time_ms: i64::try_from(number.time_unix_nano / NS_OF_MS).unwrap_or(i64::MAX),
            source_id,
            vertical,
            tags: labels.into_iter().filter_map(tag).collect(),
        });
    }
}
