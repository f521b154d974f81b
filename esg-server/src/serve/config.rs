//! What an operator decides: a TOML file, over it the environment, over that the arguments.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use esg_core::face::LOG;
use serde::Deserialize;

use super::alerts::Webhooks;
use super::auth::TokenSettings;
use super::service::Service;
use super::signature::Secret;
use crate::cli::Failure;

/// Folder of the ledger where nobody names one.
const DATA: &str = "data";
/// What the server tells of itself where nobody says.
const LEVEL: &str = "info";

/// Arguments of `esg serve`; each can be given by the environment as well.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Settings {
    /// Services to run; all of them unless given: telemetry, compliance, simulator, alerts
    #[arg(long, value_delimiter = ',', value_name = "NAMES", env = "ESG_SERVICES")]
    services: Vec<Service>,
    /// Folder of the ledger; made where it is not there
    #[arg(long, value_name = "FOLDER", env = "ESG_DATA")]
    data: Option<PathBuf>,
    /// PostgreSQL database of the ledger, instead of a file in the folder; needs a build with the feature postgres
    #[arg(long, value_name = "URL", env = "ESG_DATABASE_URL", hide_env_values = true)]
    database: Option<String>,
    /// Configuration, TOML; arguments and the environment stand over it
    #[arg(long, value_name = "FILE", env = "ESG_CONFIG")]
    config: Option<PathBuf>,
    /// Address to listen on; 127.0.0.1 unless given
    #[arg(long, value_name = "ADDRESS", env = "ESG_HOST")]
    host: Option<IpAddr>,
    /// Port of a service, such as telemetry=9083; 0 for any free one
    #[arg(long = "port", value_delimiter = ',', value_name = "SERVICE=PORT", env = "ESG_PORTS", value_parser = port)]
    ports: Vec<(Service, u16)>,
    /// Name of the log of a new ledger, such as example.com/footprint
    #[arg(long, value_name = "NAME", env = "ESG_LOG_NAME")]
    log_name: Option<String>,
    /// What is logged: error, warn, info, debug (every request)
    #[arg(long, value_name = "LEVEL", env = "ESG_LOG")]
    log: Option<tracing::Level>,
}

fn port(text: &str) -> Result<(Service, u16), String> {
    let (service, port) = text.split_once('=').ok_or("write SERVICE=PORT, such as telemetry=9083")?;
    Ok((service.parse()?, port.parse().map_err(|_| format!("{port:?} is no port"))?))
}

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    services: Option<Vec<Service>>,
    data: Option<PathBuf>,
    database: Option<String>,
    host: Option<IpAddr>,
    ports: BTreeMap<Service, u16>,
    log_name: Option<String>,
    log: Option<String>,
    tokens: Option<TokenSettings>,
    hooks: Vec<Hook>,
    webhooks: Webhooks,
}

/// A system that signs what it sends.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// Its name in the path.
    pub name: String,
    /// Whose events it sends.
    pub tenant: String,
    /// The secret that it signs with: `whsec_` and base64.
    pub secret: Secret,
}

/// What was decided.
#[derive(Clone, Debug)]
pub struct Config {
    /// Services with their ports, in the order of their names' list.
    pub services: Vec<(Service, u16)>,
    /// Folder of the ledger.
    pub data: PathBuf,
    /// PostgreSQL database of the ledger; in the folder without it.
    pub database: Option<String>,
    /// Address to listen on.
    pub host: IpAddr,
    /// Name of the log of a new ledger.
    pub log_name: String,
    /// What is logged.
    pub level: tracing::Level,
    /// Tokens of an identity provider.
    pub tokens: Option<TokenSettings>,
    /// Systems that sign what they send.
    pub hooks: Vec<Hook>,
    /// Where messages about alerts may go.
    pub webhooks: Webhooks,
}

impl Config {
    /// Returns what the arguments, the environment and the file decide together.
    pub fn new(settings: &Settings) -> Result<Self, Failure> {
        let file = settings.config.as_deref().map(file).transpose()?.unwrap_or_default();
        let mut services = match (&*settings.services, file.services) {
            ([], Some(services)) => services,
            ([], None) => Service::ALL.to_vec(),
            (given, _) => given.to_vec(),
        };
        services.sort_unstable();
        services.dedup();
        if services.is_empty() {
            return Err(Failure::usage("cli.config", "no service is to run"));
        }
        let mut ports = file.ports;
        ports.extend(settings.ports.iter().copied());
        let port = |service: Service| ports.get(&service).copied().unwrap_or(service.port());
        let level = match (settings.log, file.log) {
            (Some(level), _) => level,
            (None, text) => {
                let text = text.unwrap_or_else(|| LEVEL.to_owned());
                let wrong = |_| Failure::usage("cli.config", format!("log is {text:?}, no level"));
                text.parse().map_err(wrong)?
            }
        };
        Ok(Self {
            services: services.into_iter().map(|service| (service, port(service))).collect(),
            data: settings.data.clone().or(file.data).unwrap_or_else(|| PathBuf::from(DATA)),
            database: settings.database.clone().or(file.database),
            host: settings.host.or(file.host).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            log_name: settings.log_name.clone().or(file.log_name).unwrap_or_else(|| LOG.to_owned()),
            level,
            tokens: file.tokens,
            hooks: file.hooks,
            webhooks: file.webhooks,
        })
    }
}

fn file(path: &Path) -> Result<File, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, "read", &error))?;
    toml::from_str(&text)
        .map_err(|error| Failure::usage("cli.config", format!("{}: {}", path.display(), error.message())))
}
