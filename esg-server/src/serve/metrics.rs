//! Counts and times of the server, as Prometheus reads them.
//!
//! A series has few labels with few values: a path is the pattern of its route and never what a client wrote, so that no client
//! can fill the memory.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use esg_core::ledger::{Ingested, Outcome};

use super::service::Service;

/// Media type of the text.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Upper ends of the buckets of times, in microseconds.
const BUCKETS_US: [u64; 11] =
    [500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 500_000, 2_500_000, 10_000_000];

/// Which requests a series counts.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Requests {
    service: Service,
    method: &'static str,
    path: String,
    status: u16,
}

#[derive(Clone, Debug, Default)]
struct Times {
    buckets: [u64; BUCKETS_US.len()],
    count: u64,
    sum_us: u64,
}

/// All series.
#[derive(Debug, Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<Requests, u64>>,
    times: Mutex<BTreeMap<(Service, String), Times>>,
    /// `events[outcome]`.
    events: [AtomicU64; 4],
    late: AtomicU64,
    /// `connections[service]`: open ones.
    connections: [AtomicI64; 4],
    /// Connections that were refused because there were too many.
    refused: AtomicU64,
    lines: AtomicU64,
}

/// An open connection; it is counted until this is dropped.
#[derive(Debug)]
pub struct Open<'m>(&'m AtomicI64);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Names of methods that are counted apart.
fn method(name: &str) -> &'static str {
    ["GET", "POST", "PUT", "DELETE", "HEAD"].into_iter().find(|known| *known == name).unwrap_or("other")
}

impl Metrics {
    /// Counts a request.
    pub fn request(&self, service: Service, name: &str, path: &str, status: u16, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let key = Requests { service, method: method(name), path: path.to_owned(), status };
        *lock(&self.requests).entry(key).or_default() += 1;
        let mut times = lock(&self.times);
        let times = times.entry((service, path.to_owned())).or_default();
        times.count += 1;
        times.sum_us += us;
        for (bucket, end) in times.buckets.iter_mut().zip(BUCKETS_US) {
            *bucket += u64::from(us <= end);
        }
    }

    /// Counts what became of events.
    pub fn events(&self, ingested: &Ingested) {
        for item in &ingested.items {
            self.events[item.outcome as usize].fetch_add(1, Ordering::Relaxed);
            self.late.fetch_add(u64::from(item.late), Ordering::Relaxed);
            self.lines.fetch_max(item.seq + 1, Ordering::Relaxed);
        }
    }

    /// Counts a connection as long as the answer lives.
    pub fn connection(&self, service: Service) -> Open<'_> {
        let open = &self.connections[service as usize];
        open.fetch_add(1, Ordering::Relaxed);
        Open(open)
    }

    /// Counts a connection that was refused.
    pub fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes note of how many lines the log has.
    pub fn lines(&self, lines: u64) {
        self.lines.fetch_max(lines, Ordering::Relaxed);
    }

    /// Returns all series as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let head = |text: &mut String, name: &str, kind: &str, help: &str| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        };
        head(&mut text, "esg_build_info", "gauge", "The version that runs.");
        let _ = writeln!(text, "esg_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"));
        head(&mut text, "esg_http_requests_total", "counter", "Requests by route and status.");
        for (key, count) in &*lock(&self.requests) {
            let Requests { service, method, path, status } = key;
            let service = service.as_str();
            let _ = writeln!(
                text,
                "esg_http_requests_total{{service=\"{service}\",method=\"{method}\",path=\"{path}\",status=\"{status}\"}} {count}"
            );
        }
        let name = "esg_http_request_duration_seconds";
        head(&mut text, name, "histogram", "Time from the headers of a request to its answer.");
        for ((service, path), times) in &*lock(&self.times) {
            let labels = format!("service=\"{}\",path=\"{path}\"", service.as_str());
            for (count, end) in times.buckets.iter().zip(BUCKETS_US) {
                let _ = writeln!(text, "{name}_bucket{{{labels},le=\"{}\"}} {count}", seconds(end));
            }
            let _ = writeln!(text, "{name}_bucket{{{labels},le=\"+Inf\"}} {}", times.count);
            let _ = writeln!(text, "{name}_sum{{{labels}}} {}", seconds(times.sum_us));
            let _ = writeln!(text, "{name}_count{{{labels}}} {}", times.count);
        }
        head(&mut text, "esg_events_total", "counter", "Events by what became of them.");
        for outcome in [Outcome::Accepted, Outcome::Duplicate, Outcome::Conflict, Outcome::Rejected] {
            let count = self.events[outcome as usize].load(Ordering::Relaxed);
            let _ = writeln!(text, "esg_events_total{{outcome=\"{}\"}} {count}", outcome.as_str());
        }
        head(&mut text, "esg_events_late_total", "counter", "Accepted events of closed days.");
        let _ = writeln!(text, "esg_events_late_total {}", self.late.load(Ordering::Relaxed));
        head(&mut text, "esg_log_lines", "gauge", "Lines of the audit log that this process knows of.");
        let _ = writeln!(text, "esg_log_lines {}", self.lines.load(Ordering::Relaxed));
        head(&mut text, "esg_connections", "gauge", "Open connections.");
        for service in Service::ALL {
            let open = self.connections[service as usize].load(Ordering::Relaxed);
            let _ = writeln!(text, "esg_connections{{service=\"{}\"}} {open}", service.as_str());
        }
        head(&mut text, "esg_connections_refused_total", "counter", "Connections above the limit.");
        let _ = writeln!(text, "esg_connections_refused_total {}", self.refused.load(Ordering::Relaxed));
        text
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Microseconds as seconds, without a binary fraction in between.
fn seconds(us: u64) -> String {
    format!("{}.{:06}", us / 1_000_000, us % 1_000_000)
}
