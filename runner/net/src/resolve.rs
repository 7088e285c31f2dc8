//! Name lookup behind the address policy.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::marks::MARKS;
use crate::{Clock, NetError, policy};

/// Resolves names and drops every address that the policy refuses.
#[derive(Clone, Debug, Default)]
pub(crate) struct PolicyResolver {
    /// Names that are not looked up; their addresses are checked all the same.
    pub(crate) hosts: Arc<HashMap<String, Vec<IpAddr>>>,
}

/// A lookup that failed, so that the fault can be told from a refused connection.
#[derive(Debug)]
pub(crate) struct LookupFailed(io::Error);

impl fmt::Display for LookupFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name could not be resolved: {}", self.0)
    }
}

impl std::error::Error for LookupFailed {}

impl PolicyResolver {
    /// The allowed addresses of `host`, which may be a name or an address.
    pub(crate) async fn addresses(
        &self,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let found: Vec<SocketAddr> = match self.hosts.get(host) {
            Some(fixed) => fixed.iter().map(|ip| SocketAddr::new(*ip, port)).collect(),
            None => tokio::net::lookup_host((host, port)).await.map_err(LookupFailed)?.collect(),
        };
        allowed(host, &found).map_err(Into::into)
    }
}

/// Keeps the allowed addresses; an error if that leaves none.
fn allowed(host: &str, found: &[SocketAddr]) -> Result<Vec<SocketAddr>, NetError> {
    let mut refusal = None;
    let mut kept = Vec::with_capacity(found.len());
    for address in found {
        match policy::check_resolved(host, address.ip()) {
            Ok(()) => kept.push(*address),
            Err(error) => refusal = Some(error),
        }
    }
    match refusal {
        Some(error) if kept.is_empty() => Err(error),
        _ => Ok(kept),
    }
}

impl Resolve for PolicyResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        let marks = MARKS.try_with(Clone::clone).ok();
        Box::pin(async move {
            let start = Clock::now();
            let kept = resolver.addresses(name.as_str(), 0).await?;
            if let Some(marks) = marks {
                marks.resolved(Clock::now().since(start));
            }
            Ok(Box::new(kept.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowed_addresses_survive_a_forbidden_neighbour() {
        let good: SocketAddr = "192.0.2.1:80".parse().unwrap();
        let bad: SocketAddr = "169.254.169.254:80".parse().unwrap();
        assert_eq!(allowed("example.test", &[bad, good]).unwrap(), [good]);
        assert_eq!(allowed("example.test", &[bad]).unwrap_err().code(), "policy-denied");
    }

    #[test]
    fn localhost_is_only_ever_loopback() {
        let elsewhere: SocketAddr = "192.0.2.1:80".parse().unwrap();
        assert_eq!(allowed("localhost", &[elsewhere]).unwrap_err().code(), "policy-denied");
    }
}
