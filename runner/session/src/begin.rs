//! What a run begins with: the workloads that were chosen, and all that comes
//! from outside.

use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::Value;
use tachograph_metrics::compare::IN_TURN_WITH;
use tachograph_model::{Digest, RunnerBuild, WorkloadEntry};
use tachograph_net::Clock;
use tachograph_trust::{RunKey, VerifiedSuite};

use crate::{
    RunOptions, SessionError, challenge,
    discover::Discovery,
    fresh::fresh_nonce,
    journal::{Begin, REVISION},
};

/// The workloads that the user chose, by id or alias; all when none is named.
pub(crate) fn chosen<'a>(
    suite: &'a VerifiedSuite,
    options: &RunOptions,
) -> Result<Vec<&'a WorkloadEntry>, SessionError> {
    let all = &suite.suite.workload;
    let named = |entry: &WorkloadEntry, name: &str| {
        entry.id.as_str() == name
            || entry.alias.as_deref().is_some_and(|alias| alias.eq_ignore_ascii_case(name))
    };
    for name in &options.workloads {
        if !all.iter().any(|entry| named(entry, name)) {
            return Err(SessionError::Unknown {
                what: "workload",
                name: name.clone(),
                known: all.iter().map(|entry| entry.id.to_string()).collect(),
            });
        }
    }
    let wanted = |entry: &&WorkloadEntry| {
        options.workloads.is_empty() || options.workloads.iter().any(|name| named(entry, name))
    };
    Ok(all.iter().filter(wanted).collect())
}

/// Everything that comes from outside, as the tape's first fact.
pub(crate) fn begin(
    suite: &VerifiedSuite,
    options: &RunOptions,
    workloads: &[&WorkloadEntry],
    discovery: &Discovery,
    key: &RunKey,
) -> Begin {
    let mut overrides = BTreeMap::new();
    let mut changed = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            overrides.insert(name.to_owned(), value);
        }
    };
    changed("iterations", options.iterations.map(|n| n.to_string()));
    changed("max_tokens", options.max_tokens.map(|n| n.to_string()));
    changed("budget_s", options.budget_s.map(|n| n.to_string()));
    changed("timeout_s", options.patience.map(|limit| limit.as_secs().to_string()));
    changed("seed", options.seed.map(|n| n.to_string()));
    changed("cooldown_until_c", options.cooldown_until_c.map(|n| n.to_string()));
    let settings = Value::Object(options.target.config.clone());
    changed(IN_TURN_WITH, options.seat.as_ref().map(|seat| seat.other().to_owned()));
    changed("set", (!options.target.config.is_empty()).then(|| settings.to_string()));
    let some = workloads.len() < suite.suite.workload.len();
    let ids: Vec<String> = workloads.iter().map(|entry| entry.id.to_string()).collect();
    changed("workloads", some.then(|| ids.join(",")));
    let challenge = options.challenge.as_ref().map(challenge::Challenge::take_up);
    let nonce = match &challenge {
        Some(challenge) => challenge::nonce(challenge),
        None => fresh_nonce(),
    };
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Begin {
        revision: REVISION,
        pin: suite.pin.clone(),
        profile: options.profile,
        workloads: workloads.iter().map(|entry| entry.id.clone()).collect(),
        iterations: options.iterations,
        max_tokens: options.max_tokens,
        budget_s: options.budget_s,
        seed: options.seed.unwrap_or(suite.suite.seed),
        overrides,
        nonce: options.seat.as_ref().map_or(nonce, |seat| seat.nonce().to_owned()),
        challenge,
        canary: options.canary,
        driver: discovery.candidate.name.clone(),
        plugin: (!discovery.candidate.official).then(|| Digest::of(&discovery.candidate.bytes)),
        origin: discovery.origin.to_owned(),
        preset: discovery.preset.clone(),
        launch: discovery.launch_used(),
        telemetry_hz: options.telemetry_hz.filter(|hz| *hz > 0),
        bandwidth: options.bandwidth,
        cooldown_until_c: options.cooldown_until_c,
        cost: options.cost,
        local: discovery.endpoint.is_loopback(),
        withdrawn: suite.withdrawn.clone(),
        plugin_withdrawn: options.target.plugin.as_ref().and_then(|own| own.withdrawn.clone()),
        config: discovery.config.clone(),
        model: discovery.model.clone(),
        runner: RunnerBuild {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
            wasmtime: tachograph_sandbox::WASMTIME_VERSION.to_owned(),
        },
        started_unix_s: since_1970.as_secs(),
        origin_ns: Clock::now().0,
        sealed_by: key.public_key().to_text(),
    }
}
