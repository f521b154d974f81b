//! The messages of OTLP metrics and of Prometheus remote write, as far as they are read.
//!
//! Fields of a choice (`oneof`) stand here as fields that may be absent: on the wire that is the same, and the JSON form of OTLP
//! has them side by side as well. What is not named is passed over, as both protocols ask.

use prost::Message;
use serde::{Deserialize, Deserializer};

/// Numbers of 64 bits, which the JSON form writes as text.
fn number<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<T, D::Error>
where
    T: std::str::FromStr + Deserialize<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either<T> {
        Number(T),
        Text(String),
    }
    match Either::<T>::deserialize(deserializer)? {
        Either::Number(number) => Ok(number),
        Either::Text(text) => text.parse().map_err(|_| serde::de::Error::custom("no number")),
    }
}

fn some<'de, D: Deserializer<'de>, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: std::str::FromStr + Deserialize<'de>,
{
    number(deserializer).map(Some)
}

/// `ExportMetricsServiceRequest`.
#[derive(Clone, Deserialize, Message)]
#[serde(default, rename_all = "camelCase")]
pub struct Export {
    #[prost(message, repeated, tag = "1")]
    pub resource_metrics: Vec<ResourceMetrics>,
}

/// `ExportMetricsServiceResponse`.
#[derive(Clone, Message)]
pub struct Exported {
    #[prost(message, optional, tag = "1")]
    pub partial_success: Option<PartialSuccess>,
}

/// `ExportMetricsPartialSuccess`.
#[derive(Clone, Message)]
pub struct PartialSuccess {
    #[prost(int64, tag = "1")]
    pub rejected_data_points: i64,
    #[prost(string, tag = "2")]
    pub error_message: String,
}

#[derive(Clone, Deserialize, Message)]
#[serde(default, rename_all = "camelCase")]
pub struct ResourceMetrics {
    #[prost(message, optional, tag = "1")]
    pub resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    pub scope_metrics: Vec<ScopeMetrics>,
}

#[derive(Clone, Deserialize, Message)]
#[serde(default, rename_all = "camelCase")]
pub struct Resource {
    #[prost(message, repeated, tag = "1")]
    pub attributes: Vec<KeyValue>,
}

#[derive(Clone, Deserialize, Message)]
#[serde(default, rename_all = "camelCase")]
pub struct ScopeMetrics {
    #[prost(message, repeated, tag = "2")]
    pub metrics: Vec<Metric>,
}

#[derive(Clone, Deserialize, Message)]
#[serde(default, rename_all = "camelCase")]
pub struct Metric {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, optional, tag = "5")]
    pub gauge: Option<Numbers>,
    #[prost(message, optional, tag = "7")]
    pub sum: Option<Numbers>,
    #[prost(message, optional, tag = "9")]
    pub histogram: Option<Others>,
    #[prost(message, optional, tag = "10")]
    pub exponential_histogram: Option<Others>,
    #[prost(message, optional, tag = "11")]
    pub summary: Option<Others>,
}

/// `Gauge` and `Sum`.
#[derive(Clone, Deserialize, Message)]
#[serde(default, rename_all = "camelCase")]
pub struct Numbers {
    #[prost(message, repeated, tag = "1")]
    pub data_points: Vec<NumberPoint>,
    #[prost(int32, tag = "2")]
    pub aggregation_temporality: i32,
}

/// Points that are counted and not read.
#[derive(Clone, Deserialize, Message)]
#[serde(default, rename_all = "camelCase")]
pub struct Others {
    #[prost(message, repeated, tag = "1")]
    pub data_points: Vec<Unread>,
}

#[derive(Clone, Deserialize, Message)]
pub struct Unread {}

#[derive(Clone, Deserialize, Message)]
#[serde(default, rename_all = "camelCase")]
pub struct NumberPoint {
    #[serde(deserialize_with = "number")]
    #[prost(fixed64, tag = "3")]
    pub time_unix_nano: u64,
    #[serde(deserialize_with = "some")]
    #[prost(double, optional, tag = "4")]
    pub as_double: Option<f64>,
    #[serde(deserialize_with = "some")]
    #[prost(sfixed64, optional, tag = "6")]
    pub as_int: Option<i64>,
    #[prost(message, repeated, tag = "7")]
    pub attributes: Vec<KeyValue>,
}

#[derive(Clone, Deserialize, Message)]
#[serde(default, rename_all = "camelCase")]
pub struct KeyValue {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(message, optional, tag = "2")]
    pub value: Option<AnyValue>,
}

/// A value as far as it can be a label.
#[derive(Clone, Deserialize, Message)]
#[serde(default, rename_all = "camelCase")]
pub struct AnyValue {
    #[prost(string, optional, tag = "1")]
    pub string_value: Option<String>,
    #[prost(bool, optional, tag = "2")]
    pub bool_value: Option<bool>,
    #[serde(deserialize_with = "some")]
    #[prost(int64, optional, tag = "3")]
    pub int_value: Option<i64>,
}

/// Prometheus `WriteRequest`.
#[derive(Clone, Message)]
pub struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    pub timeseries: Vec<TimeSeries>,
}

#[derive(Clone, Message)]
pub struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    pub samples: Vec<Sample>,
}

#[derive(Clone, Message)]
pub struct Label {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub value: String,
}

#[derive(Clone, Message)]
pub struct Sample {
    #[prost(double, tag = "1")]
    pub value: f64,
    #[prost(int64, tag = "2")]
    pub timestamp: i64,
}
