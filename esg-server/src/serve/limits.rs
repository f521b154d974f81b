//! What a client may ask of the server. Each limit has a test over a socket.
//!
//! They bound memory and time for senders that mean harm or are broken; no good client of a meter, a fleet or a dashboard comes
//! near them. A limit that an operator could raise by mistake would be no limit, so none is in the configuration.

use std::time::Duration;

/// Open connections of a port; one more is answered 503 and closed.
pub const MAX_CONNECTIONS: usize = 4096;
/// Bytes of a request line and its headers.
pub const MAX_HEADER_BYTES: usize = 32 << 10;
/// Headers of a request.
pub const MAX_HEADERS: usize = 64;
/// Time from the opening of a connection, or from the last answer on it, to the last byte of a request's headers. A connection
/// that says nothing is closed after it as well.
pub const HEADER_TIME: Duration = Duration::from_secs(10);
/// Time between two pieces of a body.
pub const BODY_PAUSE: Duration = Duration::from_secs(10);
/// Time for the whole body of a request that is read into memory.
pub const BODY_TIME: Duration = Duration::from_secs(30);
/// Time for the whole body of an upload.
pub const UPLOAD_TIME: Duration = Duration::from_secs(3600);
/// Time in which a client that is sent an answer has to take some of it.
pub const WRITE_PAUSE: Duration = Duration::from_secs(30);
/// Time from the last byte of the headers to the beginning of the answer; an upload and a stream of progress have their own.
pub const REQUEST_TIME: Duration = Duration::from_secs(120);
/// Time that open requests have to end when the server stops.
pub const DRAIN_TIME: Duration = Duration::from_secs(30);

/// Bytes of one event with its wrapping.
pub const MAX_EVENT_BODY: usize = 128 << 10;
/// Bytes of a question: options, a report order, a rule.
pub const MAX_QUESTION: usize = 1 << 20;
/// Bytes of a batch, as it came and unpacked.
pub const MAX_BATCH_BODY: usize = 16 << 20;
/// Events of a batch.
pub const MAX_BATCH_ITEMS: usize = 10_000;
/// Bytes up to which an upload is read whole, as one part.
pub const MAX_SMALL: usize = 1 << 20;
/// Bytes of an upload as it comes.
pub const MAX_UPLOAD: u64 = 4 << 30;
/// Bytes of an upload that is unpacked.
pub const MAX_INFLATED: u64 = 16 << 30;
/// Bytes of a table: it is read whole, because a cell may have line ends in it.
pub const MAX_TABLE: usize = 64 << 20;
/// Memory that a packed upload may ask for to be unpacked, as a power of two: 8 MiB, as RFC 8878 recommends.
pub const MAX_WINDOW_LOG: u32 = 23;

/// Requests that wait for a commit; one more is answered 503.
pub const MAX_WAITING: usize = 4096;
/// Requests of one commit.
pub const MAX_GROUP: usize = 1024;
/// Calculations and uploads at the same time; one more waits up to [`WORK_PAUSE`].
pub const MAX_WORK: usize = 8;
/// Time that a calculation waits for its turn before it is answered 503.
pub const WORK_PAUSE: Duration = Duration::from_secs(20);
/// Conflicts and refused rows that an answer to an upload shows.
pub const SHOWN: usize = 20;
/// Entries of the audit log in one answer.
pub const MAX_ENTRIES: u64 = 1000;

/// Rules of a tenant.
pub const MAX_RULES: usize = 500;
/// Webhooks of a tenant.
pub const MAX_WEBHOOKS: usize = 50;
/// Groups (sources, sites) of a rule that are judged.
pub const MAX_ALERT_GROUPS: usize = 1000;
/// Alerts and deliveries in an answer that asks for no number of them.
pub const ALERTS_SHOWN: u64 = 100;
/// Time between two judgements of all rules; what a commit touches is judged sooner.
pub const ALERT_EVERY: Duration = Duration::from_secs(60);
/// Least time between two judgements.
pub const ALERT_PAUSE: Duration = Duration::from_millis(500);
/// Messages on their way at a time, each to another webhook.
pub const MAX_DELIVERIES: usize = 16;
/// Time that a receiver has from the first packet to the last byte of its answer.
pub const DELIVERY_TIME: Duration = Duration::from_secs(15);
/// Bytes of a receiver's answer that are read.
pub const MAX_DELIVERY_ANSWER: usize = 64 << 10;

/// Jobs that are worked on at a time, of all tenants.
pub const MAX_JOBS_RUNNING: usize = 2;
/// Jobs of a tenant that are not done.
pub const MAX_JOBS_WAITING: usize = 8;
/// Jobs that are over and still remembered, of all tenants.
pub const MAX_JOBS_KEPT: usize = 200;
/// Draws of a job.
pub const MAX_DRAWS: u64 = 20_000_000;
/// Time that an answer waits for its job, unless less is asked.
pub const JOB_WAIT: Duration = Duration::from_secs(20);

/// Requests of one key or token in a second; an address may have twice as many, whatever credentials it shows.
pub const RATE_PER_SECOND: u32 = 500;
/// Requests of one key or token at once, before the rate holds.
pub const RATE_BURST: u32 = 1000;
/// Credentials of one address in a minute that do not hold.
pub const FAILED_PER_MINUTE: u32 = 10;
/// Credentials of one address that do not hold, at once.
pub const FAILED_BURST: u32 = 20;
/// Keys or addresses whose rates are remembered at a time.
pub const MAX_RATED: usize = 65_536;
