//! The connection pool underneath: reqwest with everything switched off that would interpret.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Certificate, ClientBuilder};

use crate::NetError;
use crate::connect::ConnectTimer;
use crate::resolve::PolicyResolver;

/// Longest an idle connection is kept, so that a warmed one outlives a long step between two.
const POOL_IDLE: Duration = Duration::from_secs(600);

/// What a user may add to a [`Client`](crate::Client). The default adds nothing.
#[derive(Clone, Debug, Default)]
pub struct ClientOptions {
    /// Names that are not looked up but mean these addresses, which are checked all the same.
    pub hosts: HashMap<String, Vec<IpAddr>>,
    /// Certificates trusted beside the system's, each in PEM (one or more) or DER (one).
    pub ca_certificates: Vec<Vec<u8>>,
}

/// Makes the client of one reader thread.
pub(crate) fn build(options: &ClientOptions) -> Result<reqwest::Client, NetError> {
    // Fails if another part of the process was first, with the same provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let resolver = PolicyResolver { hosts: Arc::new(options.hosts.clone()) };
    let extra = certificates(&options.ca_certificates)?;
    let system = configured(resolver.clone()).tls_certs_merge(extra.clone()).build();
    system
        .or_else(|error| {
            // A machine without any CA certificates can still measure servers on plain HTTP.
            tracing::debug!(%error, "the system's CA certificates cannot be used");
            configured(resolver).tls_certs_only(extra).build()
        })
        .map_err(|error| NetError::Start { reason: error.to_string() })
}

fn configured(resolver: PolicyResolver) -> ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("tacho/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .dns_resolver(resolver)
        .connector_layer(ConnectTimer)
        .tcp_nodelay(true)
        .pool_idle_timeout(POOL_IDLE)
        .http2_max_header_list_size(64 << 10)
}

fn certificates(files: &[Vec<u8>]) -> Result<Vec<Certificate>, NetError> {
    let mut all = Vec::new();
    for file in files {
        let pem = file.windows(11).any(|window| window == b"-----BEGIN ");
        let found = if pem {
            Certificate::from_pem_bundle(file)
        } else {
            Certificate::from_der(file).map(|one| vec![one])
        };
        let unreadable = |error: reqwest::Error| NetError::Start {
            reason: format!("a CA certificate cannot be read: {error}"),
        };
        all.extend(found.map_err(unreadable)?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_certificate_is_refused() {
        let pem = b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n".to_vec();
        for file in [pem, b"not a certificate".to_vec()] {
            let options = ClientOptions { ca_certificates: vec![file], ..Default::default() };
            assert_eq!(build(&options).unwrap_err().code(), "client-start");
        }
    }
}
