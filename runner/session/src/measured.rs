//! Everything that a run found out.

use tachograph_model::{
    BackendInfo, BackendSection, CostSection, Digest, Evidence, Fingerprint, Flag, HarnessSection,
    ModelIdentity, PluginUsed, Roof, RunResult, SuiteUsed, Telemetry, WorkloadResult,
};

use crate::{identity, journal::Begin};

/// Everything that a run found out, before the digest of its tape is known.
pub(crate) struct Measured {
    pub begin: Begin,
    pub suite: SuiteUsed,
    pub cost: Option<CostSection>,
    pub plugins: Vec<PluginUsed>,
    pub info: BackendInfo,
    pub model: ModelIdentity,
    pub fingerprint: Fingerprint,
    pub workloads: Vec<WorkloadResult>,
    pub harness: HarnessSection,
    pub telemetry: Option<Telemetry>,
    pub roof: Option<Roof>,
    pub evidence: Evidence,
    pub flags: Vec<Flag>,
}

impl Measured {
    /// The checks of the evidence; results of the first runs do not hold them.
    pub(crate) fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    pub(crate) fn into_result(self, tape: Digest) -> RunResult {
        let Begin { driver, origin, preset, launch, local, .. } = self.begin;
        let info = identity::shared(self.info);
        let cost = self.cost;
        let backend = BackendSection { driver, origin, preset, launch, cost, local, info };
        RunResult {
            kind: "result".to_owned(),
            schema: 1,
            started_unix_s: self.begin.started_unix_s,
            suite: self.suite,
            runner: self.begin.runner,
            plugins: self.plugins,
            backend,
            model: self.model,
            fingerprint: self.fingerprint,
            nonce: self.begin.nonce,
            challenge: self.begin.challenge,
            workloads: self.workloads,
            harness: self.harness,
            telemetry: self.telemetry,
            roof: self.roof,
            evidence: (self.begin.revision >= 1).then_some(self.evidence),
            tape,
            sealed_by: self.begin.sealed_by,
            flags: self.flags,
        }
    }
}
