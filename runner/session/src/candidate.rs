//! The drivers that a run may use, and what each may do.
//!
//! Three parties decide, and all must agree: the plugin's manifest asks, the
//! suite permits (or, for a plugin that no suite pins, the user's grant), and
//! the user's options bind.

use std::sync::Arc;

use tachograph_model::{Capabilities, LaunchRecipe, Name, PluginManifest, PluginRole, Preset};
use tachograph_net::{Endpoint, Secret};
use tachograph_sandbox::{Host, Plugin, SandboxError, preflight};
use tachograph_trust::{VerifiedSuite, missing};

use crate::{LocalPlugin, SessionError, lane::SLOT};

/// The secret slot of every driver.
const SECRET_SLOT: &str = "api-key";

/// A driver, known by its manifest; nothing of it is compiled yet.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// What `--backend` takes.
    pub name: Name,
    pub manifest: PluginManifest,
    /// The component.
    pub bytes: Arc<[u8]>,
    /// Whether the suite pins it.
    pub official: bool,
    permitted: Capabilities,
}

impl Candidate {
    /// The drivers of a suite, in its order.
    pub(crate) fn of_suite(suite: &VerifiedSuite) -> Result<Vec<Candidate>, SessionError> {
        let candidate = |entry: &tachograph_model::DriverEntry| {
            let bytes = suite.blob(&entry.plugin)?;
            Ok(Candidate {
                name: entry.id.clone(),
                manifest: preflight(&bytes)?.manifest,
                bytes: bytes.into(),
                official: true,
                permitted: entry.capabilities.clone(),
            })
        };
        suite.suite.driver.iter().map(candidate).collect()
    }

    /// A plugin that the user named by its file.
    ///
    /// # Errors
    /// [`SessionError::NotGranted`] when it asks for more than was granted.
    pub(crate) fn local(plugin: &LocalPlugin) -> Result<Candidate, SessionError> {
        let found = preflight(&plugin.bytes)?;
        let manifest = found.manifest;
        if manifest.role != PluginRole::Driver {
            let plugin = manifest.id.to_string();
            return Err(SandboxError::WrongRole { plugin, wanted: "driver" }.into());
        }
        let missing = missing(&manifest, plugin.grant.as_ref());
        if !missing.is_empty() {
            return Err(SessionError::NotGranted {
                plugin: manifest.id.to_string(),
                missing: missing.iter().map(ToString::to_string).collect(),
            });
        }
        Ok(Candidate {
            name: manifest.id.clone(),
            permitted: plugin.grant.as_ref().map(|g| g.capabilities.clone()).unwrap_or_default(),
            manifest,
            bytes: Arc::clone(&plugin.bytes),
            official: false,
        })
    }

    /// Compiles it, or takes it from the cache.
    pub(crate) fn load(&self, host: &Arc<Host>) -> Result<Plugin, SessionError> {
        Ok(host.load(&self.bytes)?)
    }

    /// Whether the user means this one: `llama.cpp` is `llama-cpp`, and `vLLM` is `vllm`.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        plain(self.name.as_str()) == plain(name)
    }

    pub(crate) fn preset(&self, name: &str) -> Option<&Preset> {
        self.manifest.preset.iter().find(|preset| plain(preset.name.as_str()) == plain(name))
    }

    /// The launch recipes that may be used.
    pub(crate) fn recipes(&self) -> impl Iterator<Item = &LaunchRecipe> {
        let asked = &self.manifest.capabilities.launch;
        self.manifest.launch.iter().filter(|recipe| {
            asked.contains(&recipe.name) && self.permitted.launch.contains(&recipe.name)
        })
    }

    /// Binds its endpoint slot to an address.
    ///
    /// # Errors
    /// [`SessionError::NotGranted`] when there is a secret, and the driver may not use one.
    pub(crate) fn bind(&self, url: &str, secret: Option<Secret>) -> Result<Endpoint, SessionError> {
        let has = |slots: &[Name], slot: &str| slots.iter().any(|name| name.as_str() == slot);
        let may = |of: fn(&Capabilities) -> &Vec<Name>, slot: &str| {
            has(of(&self.manifest.capabilities), slot) && has(of(&self.permitted), slot)
        };
        let refused = |what: String| SessionError::NotGranted {
            plugin: self.name.to_string(),
            missing: vec![what],
        };
        if !may(|c| &c.endpoints, SLOT) {
            return Err(refused(format!("endpoint `{SLOT}`")));
        }
        if secret.is_some() && !may(|c| &c.secrets, SECRET_SLOT) {
            return Err(refused(format!("secret `{SECRET_SLOT}`")));
        }
        Ok(Endpoint::bind(SLOT, url, secret)?)
    }
}

/// A name without case and punctuation.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The component of a suite's driver.
///
/// # Errors
/// [`SessionError::Unknown`] when the suite has none of that name.
pub(crate) fn suite_driver(suite: &VerifiedSuite, name: &Name) -> Result<Arc<[u8]>, SessionError> {
    let candidates = Candidate::of_suite(suite)?;
    let known = candidates.iter().map(|candidate| candidate.name.to_string()).collect();
    match candidates.into_iter().find(|candidate| candidate.name == *name) {
        Some(candidate) => Ok(candidate.bytes),
        None => Err(SessionError::Unknown { what: "driver", name: name.to_string(), known }),
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn names_as_people_write_them() {
        for (written, meant) in [("llama.cpp", "llama-cpp"), ("vLLM", "vllm"), ("MLX", "mlx")] {
            assert_eq!(plain(written), plain(meant));
        }
        assert_ne!(plain("llama"), plain("llama-cpp"));
    }
}
