//! A server of the built binary on free ports, and a client that knows no more of HTTP than it needs.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use serde_json::Value;

/// Longest that anything here may take before the test fails.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A running server; it is killed when it is dropped.
pub struct Served {
    child: Child,
    addresses: BTreeMap<String, SocketAddr>,
    pub data: PathBuf,
    log: Mutex<mpsc::Receiver<Value>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// The code of a problem document of this status.
    #[track_caller]
    pub fn problem(self, status: u16) -> String {
        let answer = self.expect(status);
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{}", answer.text());
        let document = answer.json();
        assert_eq!(document["status"], status);
        document["code"].as_str().expect("a code").to_owned()
    }
}

/// What came of a run of the command line.
#[derive(Debug)]
pub struct Ran {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Runs the binary to its end.
pub fn esg(arguments: &[&str]) -> Ran {
    let output =
        Command::new(env!("CARGO_BIN_EXE_esg")).args(arguments).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran {
        exit: output.status.code().expect("it ended by itself"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// An empty folder for a ledger.
pub fn fresh(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("serve").join(name);
    let _ = std::fs::remove_dir_all(&path);
    path
}

impl Served {
    /// A server with a ledger of its own.
    pub fn start(name: &str) -> Self {
        Self::open(&fresh(name), &[])
    }

    /// A server over the ledger of a folder.
    pub fn open(data: &Path, arguments: &[&str]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_esg"))
            .args(["serve", "--port", "telemetry=0,compliance=0,simulator=0,alerts=0", "--data"])
            .arg(data)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = child.unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap());
        let (send, log) = mpsc::channel();
        // Read to the end, so that the server never waits for a reader.
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap_or(Value::String(line));
                let _ = send.send(line);
            }
        });
        let mut served =
            Self { child, addresses: BTreeMap::new(), data: data.to_owned(), log: Mutex::new(log) };
        let services = arguments.iter().skip_while(|a| **a != "--services").nth(1);
        let wanted = services.map_or(4, |names| names.split(',').count());
        while served.addresses.len() < wanted {
            let line = served
                .log
                .get_mut()
                .unwrap()
                .recv_timeout(PATIENCE)
                .expect("the server says where it listens");
            assert!(line.is_object(), "{line}");
            if line["message"] == "listening" {
                let address = line["address"].as_str().unwrap().parse().unwrap();
                served.addresses.insert(line["service"].as_str().unwrap().to_owned(), address);
            }
        }
        served
    }

    /// Where a service listens.
    pub fn address(&self, service: &str) -> SocketAddr {
        self.addresses[service]
    }

    /// A connection that gives up after [`PATIENCE`].
    pub fn connect(&self, service: &str) -> TcpStream {
        let stream = TcpStream::connect(self.address(service)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends a request with headers and a body.
    pub fn send(
        &self,
        service: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut stream = self.connect(service);
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() || method == "POST" {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        head += "\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        // A server that has refused the body does not read it.
        let _ = stream.write_all(body);
        answer(&mut stream)
    }

    pub fn get(&self, service: &str, path: &str) -> Answer {
        self.send(service, "GET", path, &[], b"")
    }

    pub fn post(&self, service: &str, path: &str, body: &str) -> Answer {
        self.send(service, "POST", path, &[("Content-Type", "application/json")], body.as_bytes())
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// Asks the server to stop and returns its exit code and what it said last.
    pub fn stop(mut self) -> (i32, Vec<String>) {
        self.signal("-TERM");
        let exit = self.child.wait().unwrap().code().expect("it ended by itself");
        let said = self
            .log
            .get_mut()
            .unwrap()
            .iter()
            .map(|line| line["message"].as_str().unwrap_or_default().to_owned());
        (exit, said.collect())
    }

    /// Ends the server as a loss of power does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads an answer to the end of the connection, or of its length.
pub fn answer(stream: &mut TcpStream) -> Answer {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap_or_else(|| panic!("no status: {line:?}")).parse().unwrap();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = Vec::new();
    match headers.get("content-length").map(|length| length.parse().unwrap()) {
        Some(length) => {
            body.resize(length, 0);
            reader.read_exact(&mut body).unwrap();
        }
        None => {
            let mut raw = Vec::new();
            reader.read_to_end(&mut raw).unwrap();
            body = if headers.contains_key("transfer-encoding") { dechunked(&raw) } else { raw };
        }
    }
    Answer { status, headers, body }
}

fn dechunked(mut raw: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = raw.windows(2).position(|pair| pair == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&raw[..end]).unwrap(), 16).unwrap();
        body.extend_from_slice(&raw[end + 2..end + 2 + length]);
        if length == 0 {
            break;
        }
        raw = &raw[end + 2 + length + 2..];
    }
    body
}

/// An event of a meter, by its number.
pub fn event(id: u64) -> String {
    format!(
        "{{\"source_id\":\"meter-1\",\"external_event_id\":\"e-{id}\",\"vertical\":\"ai_data_center\",\
         \"timestamp\":\"2024-03-15T14:30:00Z\",\"metrics\":{{\"energy_kwh\":{id},\"pue\":1.2}},\
         \"tags\":{{\"region\":\"us-west-1\"}}}}"
    )
}

/// Base64 with padding.
pub fn to_base64(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
}

/// Bytes of base64 with padding.
pub fn base64(text: &str) -> Vec<u8> {
    base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).unwrap()
}
