//! A wire between a store and its server that breaks right after the server was told to commit.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use postgres::config::Host;
use postgres::{Config, NoTls};

use esg_store::postgres::Server;

/// Begins a wire to the server that tests have, and returns a server behind it. While the flag is up, the answer to a commit is
/// lost with the session; the server has it.
pub fn server(schema: &str, folder: &Path) -> (Server, Arc<AtomicBool>) {
    let real: Config = super::config().parse().unwrap();
    let [Host::Unix(sockets)] = real.get_hosts() else { panic!("the server has no socket here") };
    let target = sockets.join(".s.PGSQL.5432");
    std::fs::create_dir_all(folder).unwrap();
    let listener = UnixListener::bind(folder.join(".s.PGSQL.5432")).unwrap();
    let breaks = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&breaks);
    thread::spawn(move || {
        for client in listener.incoming() {
            serve(client.unwrap(), target.clone(), Arc::clone(&flag));
        }
    });
    let mut config = Config::new();
    config.host_path(folder).user(real.get_user().unwrap()).dbname(real.get_dbname().unwrap());
    (Server::with(schema, move || config.connect(NoTls)), breaks)
}

fn serve(client: UnixStream, target: PathBuf, breaks: Arc<AtomicBool>) {
    let server = UnixStream::connect(target).unwrap();
    let committing = Arc::new(AtomicBool::new(false));
    let (from, to, told) =
        (client.try_clone().unwrap(), server.try_clone().unwrap(), Arc::clone(&committing));
    thread::spawn(move || {
        pass(from, to, |bytes| {
            // The commit is a message of its own, and all before it was answered.
            if breaks.load(Ordering::SeqCst) && bytes.windows(7).any(|word| word == b"COMMIT\0") {
                told.store(true, Ordering::SeqCst);
            }
            true
        });
    });
    // The server's answer to the commit has come as far as here: it is durable, and nobody will hear of it.
    thread::spawn(move || pass(server, client, |_| !committing.load(Ordering::SeqCst)));
}

/// Passes bytes on while `may` allows it; then both ends are closed.
fn pass(mut from: UnixStream, mut to: UnixStream, may: impl Fn(&[u8]) -> bool) {
    let mut bytes = vec![0; 1 << 16];
    loop {
        let count = from.read(&mut bytes).unwrap_or(0);
        if count == 0 || !may(&bytes[..count]) || to.write_all(&bytes[..count]).is_err() {
            let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
            return;
        }
    }
}
