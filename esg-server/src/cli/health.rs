//! `esg health`: for an image that has no shell and no other program to ask with.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use serde_json::json;

use super::failure::{Exit, Failure, Outcome};
use super::output;

/// Time in which each step has to be done.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer that are looked at: its status is at the beginning.
const LOOKED_AT: u64 = 4096;

/// Ask a server whether it lives, or is ready.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  esg health\n  esg health http://127.0.0.1:8080/ready\n\nExit codes: 0 it says 200, 1 it says otherwise, 3 it says nothing."
)]
pub struct Args {
    /// Where, without TLS: a port of this machine, such as http://127.0.0.1:8083/ready
    #[arg(default_value = "http://127.0.0.1:8083/health", value_name = "URL")]
    url: String,
}

pub fn run(args: &Args, json: bool) -> Outcome {
    let rest = args.url.strip_prefix("http://").ok_or_else(|| wrong(&args.url))?;
    let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
    let fit = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    if !place.contains(':') || !fit(place) || !fit(path) {
        return Err(wrong(&args.url));
    }
    let silent = |error: std::io::Error| {
        Failure::usage("cli.io", format!("{} says nothing: {error}", args.url)).exit(Exit::Files)
    };
    let status = ask(place, path).map_err(silent)?;
    let well = status == Some(200);
    let said = status.map_or_else(|| "no answer of HTTP".to_owned(), |status| status.to_string());
    match json {
        true => output::print_json(&json!({"url": args.url, "status": status, "ok": well}))?,
        false => output::print(format!("{} {said}\n", args.url).as_bytes())?,
    }
    Ok(if well { Exit::Ok } else { Exit::Findings })
}

fn wrong(url: &str) -> Failure {
    let what = format!("{url:?} is no address such as http://127.0.0.1:8083/ready");
    Failure::usage("cli.usage", what)
}

/// Returns the status of the answer.
fn ask(place: &str, path: &str) -> std::io::Result<Option<u16>> {
    let mut last = std::io::Error::other("the name has no address");
    for address in place.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return answer(stream, place, path),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn answer(mut stream: TcpStream, place: &str, path: &str) -> std::io::Result<Option<u16>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(
        format!("GET /{path} HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n").as_bytes(),
    )?;
    let mut head = Vec::new();
    stream.take(LOOKED_AT).read_to_end(&mut head)?;
    let head = String::from_utf8_lossy(&head);
    let mut words = head.split_ascii_whitespace();
    let is_http = words.next().is_some_and(|word| word.starts_with("HTTP/1."));
    Ok(words.next().filter(|_| is_http).and_then(|status| status.parse().ok()))
}
