//! Where messages may go: the public internet, and what the operator allows by address and port.
//!
//! A name is resolved once. If any of its addresses is not public, all of it is refused: a name that leads to both is made to deceive.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;

use axum::http::Uri;

use super::error::WebhookError;

/// Longest URL.
const MAX_URL: usize = 2000;
/// Most addresses of a name that are looked at.
const MAX_ADDRESSES: usize = 64;
const RULE: &str = "https://HOST/..., without a user, up to 2000 characters; http only to an address that the configuration allows";

/// Addresses that a name may lead to.
pub type Addresses = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// What finds addresses.
pub trait Resolver: Send + Sync {
    /// Returns the addresses of a name.
    fn addresses(&self, host: String, port: u16) -> Addresses;
}

/// The system's own.
#[derive(Clone, Copy, Debug)]
pub struct System;

impl Resolver for System {
    fn addresses(&self, host: String, port: u16) -> Addresses {
        Box::pin(
            async move { Ok(tokio::net::lookup_host((host, port)).await?.take(MAX_ADDRESSES).collect()) },
        )
    }
}

/// A URL taken apart.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Target {
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// Name or address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// What `Host` says.
    pub authority: String,
    /// Path and query.
    pub path: String,
}

impl Target {
    /// Reads a URL. An address in it is looked at already.
    ///
    /// # Errors
    /// `webhook.url`, `webhook.address`.
    pub fn read(url: &str, allowed: &[SocketAddr]) -> Result<Self, WebhookError> {
        let refuse = || WebhookError::url(url, RULE);
        if url.len() > MAX_URL || url.contains('#') {
            return Err(refuse());
        }
        let uri: Uri = url.parse().map_err(|_| refuse())?;
        let authority = uri.authority().ok_or_else(refuse)?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(refuse()),
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let named_port =
            authority.as_str().rsplit_once(']').map_or(authority.as_str(), |(_, port)| port).contains(':');
        let port = match authority.port_u16() {
            Some(port) if port > 0 => port,
            None if !named_port => {
                if tls {
                    443
                } else {
                    80
                }
            }
            _ => return Err(refuse()),
        };
        if authority.as_str().contains('@') || host.is_empty() {
            return Err(refuse());
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let target = Self { tls, host, port, authority: authority.to_string(), path };
        match target.host.parse::<IpAddr>() {
            Ok(ip) => {
                target.look(&[SocketAddr::new(ip, port)], allowed)?;
                if !tls && !allowed.contains(&SocketAddr::new(ip, port)) {
                    return Err(refuse());
                }
            }
            Err(_) if !tls => return Err(refuse()),
            Err(_) => {}
        }
        Ok(target)
    }

    /// Returns the address to connect to.
    ///
    /// # Errors
    /// `webhook.resolve`, `webhook.address`.
    pub async fn address(
        &self,
        resolver: &dyn Resolver,
        allowed: &[SocketAddr],
    ) -> Result<SocketAddr, WebhookError> {
        let found = match self.host.parse::<IpAddr>() {
            Ok(ip) => Ok(vec![SocketAddr::new(ip, self.port)]),
            Err(_) => resolver.addresses(self.host.clone(), self.port).await,
        };
        let nowhere = |reason: String| WebhookError::Resolve { host: self.host.clone(), reason };
        let found = found.map_err(|error| nowhere(error.to_string()))?;
        self.look(&found, allowed)?;
        found.first().copied().ok_or_else(|| nowhere("the name has no address".to_owned()))
    }

    fn look(&self, found: &[SocketAddr], allowed: &[SocketAddr]) -> Result<(), WebhookError> {
        match found.iter().find(|address| !is_public(address.ip()) && !allowed.contains(address)) {
            None => Ok(()),
            Some(address) => {
                Err(WebhookError::Address { host: self.host.clone(), address: address.ip().to_string() })
            }
        }
    }
}

/// True for an address of the public internet.
///
/// # Source
/// The IANA registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890 and its updates).
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => public_v4(ip),
        IpAddr::V6(ip) => public_v6(ip),
    }
}

fn public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !matches!(
        (a, b, c),
        // This network, private use, shared (CGNAT), loopback, link-local (with the metadata of clouds), private use.
        (0 | 10 | 127, _, _) | (100, 64..=127, _) | (169, 254, _) | (172, 16..=31, _) | (192, 168, _)
        // Protocol assignments, documentation, 6to4 relays, AMT, AS112, benchmarks, documentation.
        | (192, 0, 0 | 2) | (192, 88, 99) | (192, 52, 193) | (192, 31, 196) | (192, 175, 48)
        | (198, 18 | 19, _) | (198, 51, 100) | (203, 0, 113)
        // Multicast, reserved, broadcast.
        | (224.., _, _)
    )
}

/// Only global unicast, 2000::/3, is public: what maps, translates or embeds an IPv4 address in other ranges is not in it.
fn public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    let global = a & 0xe000 == 0x2000;
    // Protocol assignments with Teredo (2001::/23), documentation, 6to4, documentation (3fff::/20).
    let special = (a == 0x2001 && (b < 0x200 || b == 0xdb8)) || a == 0x2002 || (a == 0x3fff && b < 0x1000);
    global && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_embedded_addresses_are_not_public_at_both_of_their_edges() {
        for private in [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:1ff::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "3fff:fff::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2003::1",
            "2606:4700::1",
            "3fff:1000::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn a_url_is_https_without_a_user_unless_its_address_is_allowed() {
        let allowed = ["127.0.0.1:9000".parse().unwrap()];
        let read = |url: &str| Target::read(url, &allowed).map_err(|error| error.code());
        let found = read("https://Example.com/hook?a=b").unwrap();
        assert_eq!((found.host.as_str(), found.port, found.path.as_str()), ("example.com", 443, "/hook?a=b"));
        assert_eq!(read("https://[2606:4700::1]:8443").unwrap().port, 8443);
        assert!(read("http://127.0.0.1:9000/").is_ok());
        for url in [
            "http://example.com/",
            "ftp://example.com/",
            "/hook",
            "https://user@example.com/",
            "https:///x",
            "https://example.com:0/",
            "https://example.com:99999/",
            "https://example.com:/",
            "https://example.com/#a",
            "http://1.1.1.1/",
        ] {
            assert_eq!(read(url), Err("webhook.url"), "{url}");
        }
        for url in
            ["https://127.0.0.1/", "http://127.0.0.1:9001/", "https://[::1]/", "https://[::ffff:127.0.0.1]/"]
        {
            assert_eq!(read(url), Err("webhook.address"), "{url}");
        }
    }

    struct Says(&'static [&'static str]);

    impl Resolver for Says {
        fn addresses(&self, _: String, port: u16) -> Addresses {
            let found = self.0.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), port)).collect();
            Box::pin(async move { Ok(found) })
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_even_beside_a_public_address() {
        let target = Target::read("https://hooks.example.com/", &[]).unwrap();
        let code = async |says: &'static [&'static str]| {
            target.address(&Says(says), &[]).await.map(|a| a.to_string()).map_err(|error| error.code())
        };
        assert_eq!(code(&["1.1.1.1"]).await, Ok("1.1.1.1:443".to_owned()));
        assert_eq!(code(&["1.1.1.1", "10.0.0.1"]).await, Err("webhook.address"));
        assert_eq!(code(&["169.254.169.254"]).await, Err("webhook.address"));
        assert_eq!(code(&["::ffff:10.0.0.1"]).await, Err("webhook.address"));
        assert_eq!(code(&[]).await, Err("webhook.resolve"));
    }

    #[tokio::test]
    async fn what_system_resolvers_take_for_an_address_is_looked_at_too() {
        // Some resolvers read these as 127.0.0.1; the answer is looked at, and not the spelling.
        for host in ["localhost", "0x7f.1", "2130706433", "127.1", "0177.0.0.1"] {
            let target = Target::read(&format!("https://{host}/"), &[]).unwrap();
            let found = target.address(&System, &[]).await;
            assert!(found.is_err(), "{host} leads to {found:?}");
        }
    }
}
