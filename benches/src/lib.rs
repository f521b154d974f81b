//! What every row of `make bench` shares: the clock, the JSON line and the reading of the input files.
//!
//! Reading is the same for our rows and for the prototype of the limit, so their ratio is of the calculation alone.

pub mod w1;
pub mod w1_limit;
pub mod w2;
pub mod w3_report;

/// The allocator of the `esg` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use std::hint::black_box;
use std::path::PathBuf;
use std::thread::ScopedJoinHandle;
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Map, Value, json};

/// Threads that a row may use; the peers get as many.
pub const THREADS: usize = 2;

/// Returns the folder of the generated data: `BENCH_DATA`, else `benches/data`.
pub fn data() -> PathBuf {
    std::env::var_os("BENCH_DATA")
        .map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/data").into(), PathBuf::from)
}

/// Why a row could not be measured; a bench has nothing better to do than to print it.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Results that must agree between rows, by name.
pub type Check = Map<String, Value>;

/// A running measurement.
pub struct Timed {
    wall: Instant,
    cpu_s: f64,
}

impl Timed {
    /// Starts the clock.
    pub fn start() -> Self {
        Self { cpu_s: cpu_s(), wall: Instant::now() }
    }

    /// Stops the clock and prints the line of a row that worked through `n` items.
    pub fn emit(self, row: &str, n: usize, check: Check) {
        let (wall_s, cpu_s) = (self.wall.elapsed().as_secs_f64(), cpu_s() - self.cpu_s);
        let line = json!({"row": row, "wall_s": wall_s, "cpu_s": cpu_s, "rss_mb": peak_rss_mb(), "n": n,
                          "check": check});
        println!("{line}");
    }
}

/// Calls `work` `n` times on the number of the call and prints the row; a tenth of it before the clock starts.
pub fn emit_calls<T>(row: &str, n: usize, mut work: impl FnMut(usize) -> T) {
    for call in 0..n / 10 {
        black_box(work(black_box(call)));
    }
    let timed = Timed::start();
    for call in 0..n {
        black_box(work(black_box(call)));
    }
    timed.emit(row, n, Check::new());
}

/// Cuts JSONL into about equal parts of whole lines.
pub fn line_parts(mut lines: &[u8], parts: usize) -> Vec<&[u8]> {
    let target = lines.len() / parts;
    let mut cut = Vec::with_capacity(parts);
    for _ in 1..parts {
        let start = target.min(lines.len());
        let end =
            lines[start..].iter().position(|&byte| byte == b'\n').map_or(lines.len(), |at| start + at + 1);
        let (part, rest) = lines.split_at(end);
        cut.push(part);
        lines = rest;
    }
    cut.push(lines);
    cut
}

/// The result of a thread; its panic goes on.
pub fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// User and system seconds of this process.
fn cpu_s() -> f64 {
    let used = getrusage(UsageWho::RUSAGE_SELF).expect("a process may read its own usage");
    [used.user_time(), used.system_time()].map(|t| t.tv_sec() as f64 + t.tv_usec() as f64 * 1e-6).iter().sum()
}

/// Peak resident memory; 0 where /proc does not say.
fn peak_rss_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|rest| rest.split_whitespace().next()).and_then(|word| word.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

#[cfg(test)]
mod tests {
    use super::line_parts;

    #[test]
    fn parts_are_whole_lines_and_none_is_lost() {
        let lines = b"one\ntwo\nthree\nfour";
        for count in 1..8 {
            let parts = line_parts(lines, count);
            assert_eq!(parts.len(), count);
            let words: Vec<&[u8]> =
                parts.iter().flat_map(|part| part.split_inclusive(|&b| b == b'\n')).collect();
            assert_eq!(words, [b"one\n".as_slice(), b"two\n", b"three\n", b"four"]);
        }
    }
}
