//! A process that is killed at a moment that nobody chose, again and again, over one ledger.

use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::common::{copy, folder};
use crate::judge::{Base, judge, litres};
use crate::myself;
use crate::rng::Rng;

/// A process is killed at most so long after it began, or after it acknowledged something.
const LONGEST_MS: usize = 250;

pub fn a_process_may_be_killed_at_any_moment(base: &Base, full: bool) {
    let place = folder("killed");
    let (ledger, receipts) = (place.join("ledger"), place.join("receipts"));
    copy(&base.folder, &ledger);
    let mut rng = Rng::new(9);
    let kills = if full { 200 } else { 10 };
    let mut killed = 0;
    for life in 0..kills {
        let mut child = Command::new(myself())
            .arg("stream")
            .args([&ledger, &receipts])
            .args([&format!("k{life}"), "1000000"])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        // Half of them die while they open the ledger or soon after, half in the middle of their work.
        if rng.once_in(2) {
            let length = || fs::metadata(&receipts).map_or(0, |file| file.len());
            let before = length();
            while length() == before {
                sleep(Duration::from_millis(1));
            }
        }
        sleep(Duration::from_millis(rng.below(LONGEST_MS) as u64));
        // It has not ended by itself: it has a million events to send.
        child.kill().unwrap();
        killed += usize::from(!child.wait().unwrap().success());
        judge(base, &ledger, &receipts, full && life % 20 == 0);
    }
    assert_eq!(killed, kills);

    // What was sent is sent again, and what comes out is each of them once.
    let text = fs::read_to_string(&receipts).unwrap_or_default();
    let mut sent = 0;
    for life in 0..kills {
        let own = format!("event k{life}-");
        let count = text.lines().filter(|line| line.starts_with(&own)).count() + 9;
        sent += count;
        let again = [&format!("k{life}"), &count.to_string()];
        let status =
            Command::new(myself()).arg("stream").args([&ledger, &receipts]).args(again).status().unwrap();
        assert!(status.success());
    }
    judge(base, &ledger, &receipts, true);
    let acknowledged = text.lines().filter(|line| line.starts_with("event ")).count();
    println!("  {kills} kills, {acknowledged} events were acknowledged before them");
    assert!(acknowledged > 0, "a process has to live long enough to be of use");
    assert_eq!(litres(&esg_store::read(&ledger).unwrap()), (base.events + sent).to_string());
    fs::remove_dir_all(place).unwrap();
}
