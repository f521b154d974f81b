//! Prometheus remote write (1.0): series whose name begins with `esg_`.
//!
//! A sample is taken as the amount of its interval, such as a recording rule over `increase(meter_kwh_total[1h])` gives once an
//! hour. A counter is refused by its name, because each of its samples holds all of the ones before. Series of other names are
//! not meant for this engine and are passed over; a Prometheus sends all that it has.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use prost::Message;

use super::wire::{TimeSeries, WriteRequest};
use super::{Point, Taken, ingest};
use crate::serve::answer;
use crate::serve::app::At;
use crate::serve::auth::{Caller, Scope};
use crate::serve::body::whole;
use crate::serve::limits::MAX_BATCH_BODY;
use crate::serve::problem::{Outcome, ServeError};

use super::otlp::PROTOBUF;

/// What the log calls the events of this path.
const LABEL: &str = "POST /api/v1/write";
/// Packing that the protocol has and no other path takes.
const SNAPPY: &str = "snappy";
/// What the names of series begin with that are meant for this engine.
const PREFIX: &str = "esg_";
/// What a counter's name ends with.
const COUNTER: &str = "_total";
/// Labels that name the source: the first one that is there.
const SOURCE: [&str; 2] = ["esg_source_id", "instance"];
/// Label that names the vertical.
const VERTICAL: &str = "esg_vertical";
/// What a label begins with that becomes a tag.
const TAG: &str = "esg_tag_";

/// `POST /api/v1/write`: 204 when all that is meant for this engine was taken.
pub async fn write(State(at): State<At>, caller: Caller, mut headers: HeaderMap, body: Body) -> Outcome {
    caller.may(Scope::Ingest)?;
    let found = answer::media_type(&headers);
    if found != PROTOBUF {
        return Err(
            ServeError::MediaType { found: found.chars().take(64).collect(), wanted: PROTOBUF }.into()
        );
    }
    let packing = headers.remove(header::CONTENT_ENCODING);
    let packing = packing.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !packing.eq_ignore_ascii_case(SNAPPY) {
        return Err(ServeError::Encoding { found: packing.chars().take(64).collect() }.into());
    }
    let bytes = whole(&headers, body, MAX_BATCH_BODY).await?;
    let request = at.app.work(move |_| Ok(read(&bytes)?)).await?;
    let mut taken = Taken::default();
    let points = request.timeseries.into_iter().flat_map(|series| points(series, &mut taken)).collect();
    ingest(&at.app, &caller, points, LABEL, &mut taken).await?;
    answered(&taken)
}

fn read(bytes: &[u8]) -> Result<WriteRequest, ServeError> {
    let wrong = |reason: String| ServeError::Body { reason };
    let length = snap::raw::decompress_len(bytes).map_err(|error| wrong(error.to_string()))?;
    if length > MAX_BATCH_BODY {
        return Err(ServeError::InflatedLimit { max: MAX_BATCH_BODY as u64 });
    }
    let unpacked =
        snap::raw::Decoder::new().decompress_vec(bytes).map_err(|error| wrong(error.to_string()))?;
    WriteRequest::decode(&*unpacked).map_err(|error| wrong(error.to_string()))
}

/// The protocol knows no partial success: a refusal says what was refused, and that the rest is there.
fn answered(taken: &Taken) -> Outcome<Response> {
    if taken.refused == 0 {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let (refused, there, why) = (taken.refused, taken.taken, taken.message());
    Err(ServeError::Points { refused, taken: there, why }.into())
}

fn points(series: TimeSeries, taken: &mut Taken) -> Vec<Point> {
    let mut labels: BTreeMap<String, String> =
        series.labels.into_iter().map(|label| (label.name, label.value)).collect();
    let name = labels.remove("__name__").unwrap_or_default();
    let Some(metric) = name.strip_prefix(PREFIX) else { return Vec::new() };
    // Prometheus marks the end of a series by a number that is none.
    let samples: Vec<_> = series.samples.into_iter().filter(|sample| !sample.value.is_nan()).collect();
    let count = samples.len() as u64;
    if metric.ends_with(COUNTER) {
        taken.refuse(count, format!("{name} is a counter: send the increase of each interval"));
        return Vec::new();
    }
    let source = SOURCE.iter().find_map(|name| labels.get(*name)).cloned();
    let (Some(source_id), Some(vertical)) = (source, labels.get(VERTICAL).cloned()) else {
        taken.refuse(count, format!("{name} lacks {} or {VERTICAL}", SOURCE.join(" and ")));
        return Vec::new();
    };
    let tag = |(name, value): (String, String)| Some((name.strip_prefix(TAG)?.to_owned(), value));
    let tags: BTreeMap<String, String> = labels.into_iter().filter_map(tag).collect();
    let point = |sample: super::wire::Sample| Point {
        metric: metric.to_owned(),
        value: sample.value,
        time_ms: sample.timestamp,
        source_id: source_id.clone(),
        vertical: vertical.clone(),
        tags: tags.clone(),
    };
    samples.into_iter().map(point).collect()
}
