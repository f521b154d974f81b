//! `esg check-config`: what arguments, environment and file come to, before a server rests on it.

use serde_json::json;

use super::config::{Config, Settings};
use super::run::auth;
use crate::cli::{Exit, Outcome, output};

/// Says what was decided, without any secret; refuses what the server would refuse.
pub fn check(settings: &Settings, json: bool) -> Outcome {
    let config = Config::new(settings)?;
    let auth = auth(&config)?;
    let services: Vec<_> = config.services.iter().map(|(service, port)| (service.as_str(), *port)).collect();
    let ledger = match config.database {
        Some(_) => "PostgreSQL".to_owned(),
        None => config.data.display().to_string(),
    };
    let asked = match (auth.is_open(), &config.tokens) {
        (true, _) => "none: programs of this machine only".to_owned(),
        (false, None) => "keys".to_owned(),
        (false, Some(tokens)) => format!("keys and tokens of {}", tokens.issuer),
    };
    let hooks: Vec<&str> = config.hooks.iter().map(|hook| &*hook.name).collect();
    if json {
        output::print_json(&json!({
            "services": services.iter().map(|(name, port)| (*name, *port)).collect::<std::collections::BTreeMap<_, _>>(),
            "host": config.host.to_string(),
            "data": config.data.display().to_string(),
            "database": config.database.is_some(),
            "log_name": config.log_name,
            "log": config.level.to_string().to_lowercase(),
            "credentials": !auth.is_open(),
            "tokens": config.tokens.as_ref().map(|tokens| &tokens.issuer),
            "hooks": hooks,
            "webhooks_allow": config.webhooks.allow,
        }))?;
    } else {
        let mut text = String::new();
        for (name, port) in services {
            text += &format!("{name:<12}{}:{port}\n", config.host);
        }
        let hooks = if hooks.is_empty() { "none".to_owned() } else { hooks.join(", ") };
        text += &format!(
            "ledger      {ledger}\nlog         {} at level {}\ncredentials {asked}\nhooks       {hooks}\n",
            config.log_name,
            config.level.to_string().to_lowercase()
        );
        output::print(text.as_bytes())?;
    }
    Ok(Exit::Ok)
}
