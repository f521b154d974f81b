//! Each limit of the server over a real socket, from both sides where that is quick, and good clients beside bad ones.

use std::io::{Read, Write};

use crate::served::{Served, answer, event};

const ONE: &str = "/api/v1/telemetry";
const BATCH: &str = "/api/v1/telemetry/batch";
const BULK: &str = "/api/v1/telemetry/bulk";
const LINES: (&str, &str) = ("Content-Type", "application/x-ndjson");

/// True when the server closes the connection, whatever it says before that.
fn is_closed(stream: &mut std::net::TcpStream) -> bool {
    let mut said = Vec::new();
    match stream.read_to_end(&mut said) {
        Ok(_) => true,
        Err(error) => !matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut),
    }
}

#[test]
fn headers_have_a_size_and_a_number() {
    let served = Served::start("headers");
    let of = |bytes: usize| {
        let long = "x".repeat(bytes);
        served.send("telemetry", "GET", "/health", &[("X-Long", &long)], b"").status
    };
    assert_eq!((of(16 << 10), of(64 << 10)), (200, 431));
    let many = |count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("X-{number}")).collect();
        let headers: Vec<(&str, &str)> = names.iter().map(|name| (&**name, "1")).collect();
        served.send("telemetry", "GET", "/health", &headers, b"").status
    };
    // Two more are the client's own.
    assert_eq!((many(62), many(63)), (200, 431));
}

#[test]
fn bodies_have_a_size_packed_or_not() {
    let served = Served::start("bodies");
    let long = event(1) + &" ".repeat((128 << 10) - event(1).len());
    served.post("telemetry", ONE, &long).expect(201);
    assert_eq!(served.post("telemetry", ONE, &(long.clone() + " ")).problem(413), "http.body_limit");
    let pack = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
    let headers = [("Content-Type", "application/json"), ("Content-Encoding", "zstd")];
    let send = |bytes: &[u8]| served.send("telemetry", "POST", ONE, &headers, &pack(bytes));
    assert_eq!(send(long.as_bytes()).expect(200).json()["outcome"], "duplicate");
    assert_eq!(send((long + " ").as_bytes()).problem(413), "http.inflated_limit");
    // A bomb: 1 GiB of zeros in some kilobytes.
    let bomb = pack(&vec![0; 1 << 20]).repeat(1024);
    let refused = served.send("telemetry", "POST", BATCH, &headers, &bomb);
    assert_eq!(refused.problem(413), "http.inflated_limit");
    let unknown = [("Content-Type", "application/json"), ("Content-Encoding", "br")];
    assert_eq!(served.send("telemetry", "POST", ONE, &unknown, b"{}").problem(415), "http.encoding");
    let text = [("Content-Type", "text/plain")];
    assert_eq!(served.send("telemetry", "POST", ONE, &text, b"{}").problem(415), "http.media_type");
    assert_eq!(served.send("telemetry", "POST", BULK, &text, b"{}").problem(415), "http.media_type");
    // Not packed as it says.
    assert_eq!(served.send("telemetry", "POST", ONE, &headers, b"plain").problem(400), "http.body");
    let packed_lines = [LINES, ("Content-Encoding", "gzip")];
    assert_eq!(served.send("telemetry", "POST", BULK, &packed_lines, b"plain").problem(400), "http.body");
}

#[test]
fn an_upload_that_asks_for_much_memory_to_unpack_is_refused() {
    let served = Served::start("window");
    let lines = event(1) + "\n";
    let pack = |log: u32| {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(log).unwrap();
        // Without its length in front a frame states the window that it needs.
        encoder.include_contentsize(false).unwrap();
        encoder.write_all(lines.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let headers = [LINES, ("Content-Encoding", "zstd")];
    served.send("telemetry", "POST", BULK, &headers, &pack(23)).expect(200);
    assert_eq!(served.send("telemetry", "POST", BULK, &headers, &pack(27)).problem(400), "http.body");
}

#[test]
fn a_batch_has_so_many_events_and_json_so_much_depth() {
    let served = Served::start("items");
    let list = |count: u64| {
        let events: Vec<String> = (0..count).map(event).collect();
        format!("[{}]", events.join(","))
    };
    assert_eq!(served.post("telemetry", BATCH, &list(10_000)).expect(200).json()["accepted"], 10_000);
    assert_eq!(served.post("telemetry", BATCH, &list(10_001)).problem(413), "http.items_limit");
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let refused = served.post("telemetry", ONE, &deep(1000));
    assert_eq!(refused.problem(400), "json.depth");
    assert_eq!(served.post("compliance", "/api/v1/reports/ghg", &deep(1000)).problem(400), "json.depth");
}

#[test]
fn silent_slow_and_idle_clients_are_closed_and_good_ones_answered_meanwhile() {
    let served = Served::start("slow");
    let mut silent = served.connect("telemetry");
    let mut half = served.connect("telemetry");
    half.write_all(b"GET /health HTTP/1.1\r\nHost: loc").unwrap();
    let mut idle = served.connect("telemetry");
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    answer(&mut idle).expect(200);
    let mut slow = served.connect("telemetry");
    let head = format!("POST {ONE} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{{");
    slow.write_all(head.as_bytes()).unwrap();
    let mut upload = served.connect("telemetry");
    let head = format!("POST {BULK} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n");
    // More than the server reads before it commits, so that a part of it is there when the upload ends.
    let piece: String = (1000..10_000).map(|id| event(id) + "\n").collect();
    let body = format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{piece}\r\n", piece.len());
    upload.write_all((head + &body).as_bytes()).unwrap();
    for id in 2..20 {
        served.post("telemetry", ONE, &event(id)).expect(201);
    }
    assert_eq!(answer(&mut slow).problem(408), "http.body_time");
    assert_eq!(answer(&mut upload).problem(408), "http.body_time");
    for (stream, what) in [(&mut silent, "silent"), (&mut half, "half a header"), (&mut idle, "idle")] {
        assert!(is_closed(stream), "{what}");
    }
    // What had come of the upload is there: it goes on from its beginning.
    let whole = served.send("telemetry", "POST", BULK, &[LINES], piece.as_bytes()).expect(200).json();
    let [new, there] = ["accepted", "duplicates"].map(|name| whole[name].as_u64().unwrap());
    assert!(there > 0 && new + there == 9000, "{whole}");
}

#[test]
fn a_thousand_silent_clients_leave_good_ones_their_answers() {
    let served = Served::start("thousand");
    let mut silent: Vec<_> = (0..1000).map(|_| served.connect("telemetry")).collect();
    for (number, stream) in silent.iter_mut().enumerate() {
        let said: &[u8] = match number % 3 {
            0 => b"",
            1 => b"POST /api/v1/telemetry HTTP/1.1\r\nHost: loc",
            _ => b"POST /api/v1/telemetry HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{",
        };
        stream.write_all(said).unwrap();
    }
    for id in 0..100 {
        served.post("telemetry", ONE, &event(id)).expect(201);
    }
    assert!(silent.iter_mut().all(is_closed));
    // The server notices the ends of connections one after the other; in the end only the one that asks is left.
    let alone = "esg_connections{service=\"telemetry\"} 1\n";
    while !served.get("telemetry", "/metrics").text().contains(alone) {
        std::thread::yield_now();
    }
}

#[test]
fn a_request_that_is_no_http_is_refused_and_the_next_one_answered() {
    let served = Served::start("no_http");
    for said in ["\u{0}\u{1}\u{2}\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /a b c HTTP/1.1\r\n\r\n"] {
        let mut stream = served.connect("telemetry");
        stream.write_all(said.as_bytes()).unwrap();
        assert!(is_closed(&mut stream));
    }
    // Two lengths, or a length and chunks, are how one request is smuggled inside another.
    for lengths in ["Content-Length: 2\r\nContent-Length: 3", "Content-Length: x"] {
        let mut stream = served.connect("telemetry");
        let request = format!("POST {ONE} HTTP/1.1\r\nHost: localhost\r\n{lengths}\r\n\r\n{{}}");
        stream.write_all(request.as_bytes()).unwrap();
        assert_eq!(answer(&mut stream).status, 400, "{lengths}");
    }
    served.get("telemetry", "/health").expect(200);
}
