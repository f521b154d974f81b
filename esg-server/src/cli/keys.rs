//! `esg keys`: who may ask a server.

use std::path::PathBuf;

use clap::Subcommand;
use esg_core::face::TENANT;
use esg_core::ledger::Tenant;
use esg_core::time::Instant;
use esg_store::now;
use serde_json::json;

use super::failure::{Exit, Failure, Outcome};
use super::output;
use crate::serve::auth::{FILE, Key, KeyFile, Scope};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// Keys of a server: make, list, take back, replace. A running server knows of it within a second.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  esg keys create --data data --label meters --scopes ingest --days 90\n  esg keys list --data data\n  esg keys rotate 3f9c1a2b4d5e --data data --overlap-days 7\n  esg keys revoke 3f9c1a2b4d5e --data data"
)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a key and print it: it is shown once and kept nowhere
    Create {
        #[command(flatten)]
        place: Place,
        /// What people call it
        #[arg(long, value_name = "TEXT")]
        label: String,
        /// Whose data it opens
        #[arg(long, default_value = TENANT, value_name = "NAME")]
        tenant: String,
        /// What it allows: ingest, read, report, simulate, alert, log
        #[arg(long, value_delimiter = ',', required = true, value_name = "NAMES")]
        scopes: Vec<Scope>,
        /// Days that it holds; for ever unless given
        #[arg(long, value_name = "DAYS")]
        days: Option<u32>,
    },
    /// List the keys, without anything that opens something
    List(Place),
    /// Take a key back at once
    Revoke {
        #[command(flatten)]
        place: Place,
        /// Name of the key
        id: String,
    },
    /// Make a key that allows the same, and print it; the old one holds for some days more
    Rotate {
        #[command(flatten)]
        place: Place,
        /// Name of the key
        id: String,
        /// Days that the old key still holds
        #[arg(long, default_value_t = 0, value_name = "DAYS")]
        overlap_days: u32,
        /// Days that the new one holds; for ever unless given
        #[arg(long, value_name = "DAYS")]
        days: Option<u32>,
    },
}

/// Where the keys are.
#[derive(Debug, clap::Args)]
struct Place {
    /// Folder of the server's ledger
    #[arg(long, value_name = "FOLDER", env = "ESG_DATA")]
    data: PathBuf,
}

impl Place {
    fn file(&self) -> PathBuf {
        self.data.join(FILE)
    }

    fn read(&self) -> Result<KeyFile, Failure> {
        Ok(KeyFile::read(&self.file())?.unwrap_or_default())
    }

    fn write(&self, keys: &KeyFile) -> Result<(), Failure> {
        std::fs::create_dir_all(&self.data).map_err(|error| Failure::file(&self.data, "make", &error))?;
        Ok(keys.write(&self.file())?)
    }
}

fn after(days: u32) -> Result<Instant, Failure> {
    Ok(Instant::from_epoch_ms(now()?.epoch_ms() + i64::from(days) * DAY_MS)?)
}

pub fn run(args: &Args, as_json: bool) -> Outcome {
    match &args.what {
        What::Create { place, label, tenant, scopes, days } => {
            let expires = days.map(after).transpose()?;
            let (key, text) = Key::make(label, &Tenant::new(tenant)?, scopes.clone(), expires)?;
            let mut keys = place.read()?;
            let id = key.id.clone();
            keys.keys.push(key);
            place.write(&keys)?;
            show(&id, &text, as_json)
        }
        What::List(place) => list(&place.read()?, as_json),
        What::Revoke { place, id } => {
            let mut keys = place.read()?;
            find(&mut keys, id)?.revoked = Some(now()?.to_string());
            place.write(&keys)?;
            Ok(Exit::Ok)
        }
        What::Rotate { place, id, overlap_days, days } => {
            let mut keys = place.read()?;
            let old = find(&mut keys, id)?;
            if !old.holds(now()?) {
                return Err(Failure::usage("cli.key", format!("the key {id} does not hold any more")));
            }
            let (tenant, expires) = (Tenant::new(&old.tenant)?, days.map(after).transpose()?);
            let (key, text) = Key::make(&old.label, &tenant, old.scopes.clone(), expires)?;
            let end = after(*overlap_days)?.to_string();
            old.expires =
                Some(old.expires.take().map_or_else(|| end.clone(), |before| before.min(end.clone())));
            let id = key.id.clone();
            keys.keys.push(key);
            place.write(&keys)?;
            show(&id, &text, as_json)
        }
    }
}

fn find<'k>(keys: &'k mut KeyFile, id: &str) -> Result<&'k mut Key, Failure> {
    let found = keys.keys.iter_mut().find(|key| key.id == id);
    found
        .ok_or_else(|| Failure::usage("cli.key", format!("there is no key {id}; `esg keys list` shows them")))
}

fn show(id: &str, text: &str, as_json: bool) -> Outcome {
    match as_json {
        true => output::print_json(&json!({"id": id, "key": text}))?,
        false => output::print(format!("{text}\n").as_bytes())?,
    }
    Ok(Exit::Ok)
}

fn list(keys: &KeyFile, as_json: bool) -> Outcome {
    if as_json {
        output::print_json(&json!(keys.keys))?;
        return Ok(Exit::Ok);
    }
    let header = ["key", "label", "tenant", "scopes", "created", "expires", "state"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let now = now()?;
    rows.extend(keys.keys.iter().map(|key| {
        let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        let state = match (&key.revoked, key.holds(now)) {
            (Some(_), _) => "revoked",
            (None, true) => "holds",
            (None, false) => "expired",
        };
        let expires = key.expires.clone().unwrap_or_else(|| "never".to_owned());
        let (id, label, tenant) = (key.id.clone(), key.label.clone(), key.tenant.clone());
        vec![id, label, tenant, scopes.join(","), key.created.clone(), expires, state.to_owned()]
    }));
    output::print(output::table(&rows, &[]).as_bytes())?;
    Ok(Exit::Ok)
}
