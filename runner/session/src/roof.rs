//! What the memory allows: its bandwidth, measured or published, over the bytes
//! that a token of this model reads.

use serde::{Deserialize, Serialize};
use tachograph_metrics::{
    TokensPerSecond,
    roofline::{BytesPerSecond, Claim, TokenBytes, implausible, max_decode_rate, min_tpot},
};
use tachograph_model::{
    Accelerator, Fingerprint, Flag, Metric, MetricSource, Roof, WorkloadResult,
};
use tachograph_roofline::{Bandwidth, Kernel, Options, gpu, model_bytes};
use tachograph_weights::ModelFacts;

use crate::{Event, Observer, SessionError, world::World};

/// Weights of fewer caches than this are not held against the memory: too much
/// of them could stay in the cache from one token to the next.
const LEAST_CACHES: u64 = 2;

/// What the probe of the memory found, as the tape keeps it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Probed {
    bandwidth: Option<Bandwidth>,
    cache_bytes: Option<u64>,
    /// Why nothing was measured.
    reason: Option<String>,
}

/// What the model's weights are, and where they are read from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub facts: Option<&'a ModelFacts>,
    /// Why there are none.
    pub unread: &'a str,
    pub local: bool,
    pub machine: &'a Fingerprint,
}

/// The roof of this run, with what checking figures against it takes.
#[derive(Debug, Clone)]
pub(crate) struct Ceiling {
    pub roof: Roof,
    bytes: Option<TokenBytes>,
    cache_bytes: Option<u64>,
}

/// Measures the memory where the weights are read from it, and puts the roof
/// together. `wanted` is false when the user left the probe out.
pub(crate) async fn ceiling(
    world: &World,
    subject: Subject<'_>,
    wanted: bool,
    observer: &dyn Observer,
) -> Result<Ceiling, SessionError> {
    let bytes = weights(subject);
    let probe = async {
        match world.live() {
            Some(_) => probe(subject, &bytes, wanted, observer).await,
            None => Probed::default(),
        }
    };
    let probed: Probed = world.fact("memory-bandwidth", probe).await?;
    Ok(Ceiling::new(subject, bytes, &probed))
}

/// The bytes that a token reads, or why they are not known.
fn weights(subject: Subject<'_>) -> Result<TokenBytes, String> {
    let facts = subject.facts.ok_or_else(|| subject.unread.to_owned())?;
    model_bytes(facts).map(|found| found.bytes).map_err(|why| why.to_string())
}

async fn probe(
    subject: Subject<'_>,
    bytes: &Result<TokenBytes, String>,
    wanted: bool,
    observer: &dyn Observer,
) -> Probed {
    let caches = tachograph_roofline::last_level_caches().iter().sum();
    let cache_bytes = Some(caches).filter(|&bytes: &u64| bytes > 0);
    let no =
        |reason: &str| Probed { cache_bytes, reason: Some(reason.to_owned()), bandwidth: None };
    if !subject.local {
        return no("the backend runs on another machine");
    }
    if gpus(subject.machine).next().is_some() {
        return no("a GPU holds the weights");
    }
    match bytes {
        Err(why) => return no(why),
        Ok(bytes) if fits_cache(bytes, cache_bytes) => {
            return no(
                "the weights fit the processor's caches, which no probe of the memory shows",
            );
        }
        Ok(_) if !wanted => return no("left out (--no-bandwidth)"),
        Ok(_) => {}
    }
    observer.event(Event::Note("measuring the bandwidth of the memory"));
    let measured =
        tokio::task::spawn_blocking(|| tachograph_roofline::measure(&Options::default())).await;
    match measured {
        Ok(Ok(bandwidth)) => Probed { cache_bytes, bandwidth: Some(bandwidth), reason: None },
        Ok(Err(error)) => no(&error.to_string()),
        Err(error) => no(&format!("the probe stopped: {error}")),
    }
}

fn fits_cache(bytes: &TokenBytes, cache: Option<u64>) -> bool {
    bytes.least_weights < cache.unwrap_or(0).saturating_mul(LEAST_CACHES)
}

/// GPUs with a memory of their own, or Apple's, which share the machine's.
fn gpus(machine: &Fingerprint) -> impl Iterator<Item = &Accelerator> {
    machine.accelerators.iter().filter(|gpu| {
        let discrete = gpu.memory_bytes.is_some();
        discrete || gpu.name.starts_with("Apple ")
    })
}

/// What the GPUs' makers publish, added up: a model may be spread over all.
fn published(machine: &Fingerprint) -> Option<Result<(BytesPerSecond, String), String>> {
    let mut sum = 0.0;
    let mut names = Vec::new();
    for found in gpus(machine) {
        match gpu(&found.name, found.memory_bytes) {
            Ok(row) => {
                sum += row.gb_per_s;
                names.push(format!("{} ({} GB/s)", row.name, row.gb_per_s));
            }
            Err(error) => return Some(Err(error.to_string())),
        }
    }
    (!names.is_empty())
        .then(|| Ok((BytesPerSecond::from_gb(sum), format!("published for {}", names.join(", ")))))
}

impl Ceiling {
    fn new(subject: Subject<'_>, bytes: Result<TokenBytes, String>, probed: &Probed) -> Self {
        let (bandwidth, source, triad) = bandwidth(subject, probed);
        let (bytes, bytes_source) = match bytes {
            Ok(bytes) => (Some(bytes), "the weights of the model's files".to_owned()),
            Err(why) => (None, why),
        };
        let both = bandwidth.zip(bytes);
        let rate = both.and_then(|(of, bytes)| max_decode_rate(of, bytes.weights).ok());
        let tpot = both.and_then(|(of, bytes)| min_tpot(of, bytes.weights).ok());
        let roof = Roof {
            bandwidth_bytes_per_s: bandwidth.map(|of| of.0.round() as u64),
            bandwidth_source: source,
            triad_bytes_per_s: triad,
            bytes_per_token: bytes.map(|bytes| bytes.weights),
            bytes_source,
            max_decode_tps: rate.map(|rate| rate.0),
            min_tpot_ns: tpot.map(|time| time.0),
        };
        Self { roof, bytes, cache_bytes: probed.cache_bytes }
    }

    /// What workloads may be told of it: `bytes_per_token`, `bandwidth_bytes_per_s`.
    pub(crate) fn facts(&self) -> [(&'static str, Option<u64>); 2] {
        [
            ("bytes_per_token", self.roof.bytes_per_token),
            ("bandwidth_bytes_per_s", self.roof.bandwidth_bytes_per_s),
        ]
    }

    /// Sets a workload's decode rate against the roof, where one stream at a
    /// time was measured; a rate above it is doubted.
    pub(crate) fn hold_against(&self, workload: &mut WorkloadResult) {
        self.say_why(workload);
        let alone = workload.samples.iter().all(|sample| sample.concurrency == 1);
        let summary = &mut workload.report.summary;
        let Some(decode) = summary.get("decode_tps").filter(|_| alone) else { return };
        let Some(rate) = decode.value else { return };
        if let (Some(most), None) = (self.roof.max_decode_tps, summary.get("utilization")) {
            let n = usize::try_from(decode.n).unwrap_or(usize::MAX);
            let share = Metric::measured(rate / most, "ratio", n, MetricSource::Client);
            summary.insert("utilization".to_owned(), share);
        }
        workload.report.flags.extend(self.doubt(rate));
    }

    /// A workload only knows that it was not told; the run knows why.
    fn say_why(&self, workload: &mut WorkloadResult) {
        let roof = &self.roof;
        let bandwidth = roof.bandwidth_bytes_per_s.is_none().then_some(&roof.bandwidth_source);
        let bytes = roof.bytes_per_token.is_none().then_some(&roof.bytes_source);
        let report = &mut workload.report;
        let rows = report.parts.iter_mut().flat_map(|part| &mut part.rows);
        let all = rows.map(|row| &mut row.metrics).chain([&mut report.summary]);
        for metric in all.flat_map(|metrics| metrics.values_mut()) {
            let why = match metric.reason.as_deref() {
                Some(text) if text.contains("facts.bandwidth_bytes_per_s") => bandwidth,
                Some(text) if text.contains("facts.bytes_per_token") => bytes,
                _ => None,
            };
            if let (None, Some(why)) = (metric.value, why) {
                metric.reason = Some(why.clone());
            }
        }
    }

    fn doubt(&self, rate: f64) -> Option<Flag> {
        let claim = Claim {
            rate: TokensPerSecond(rate),
            streams: 1,
            // A backend that drafts tokens gives more than one a pass, and few
            // say that they do: with the usual eight, an honest one is not doubted.
            tokens_per_pass: Some(8.0),
            cache_bytes: self.cache_bytes,
        };
        let bandwidth = BytesPerSecond(self.roof.bandwidth_bytes_per_s? as f64);
        implausible(&claim, bandwidth, self.bytes.as_ref()?)
    }
}

/// The bandwidth of the memory that holds the weights, where it is from, and
/// that of a triad.
fn bandwidth(
    subject: Subject<'_>,
    probed: &Probed,
) -> (Option<BytesPerSecond>, String, Option<u64>) {
    if subject.local
        && let Some(found) = published(subject.machine)
    {
        return match found {
            Ok((bandwidth, source)) => (Some(bandwidth), source, None),
            Err(why) => (None, why, None),
        };
    }
    let Some(measured) = &probed.bandwidth else {
        let why = probed.reason.clone().unwrap_or_else(|| "not measured".to_owned());
        return (None, why, None);
    };
    let triad = measured.kernels.iter().find(|figure| figure.kernel == Kernel::Triad);
    let passes = measured.kernels.first().map_or(0, |figure| figure.n);
    let disturbed = match measured.is_disturbed() {
        Some(true) => "; other work disturbed it",
        _ => "",
    };
    let source = format!(
        "measured: reading {} MiB with {} threads, the best of {passes} passes{disturbed}",
        measured.array_bytes >> 20,
        measured.threads,
    );
    (measured.roof(), source, triad.map(|figure| (figure.gb_per_s * 1e9).round() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(gpu: Option<(&str, u64)>) -> Fingerprint {
        let mut machine = tachograph_probe::fingerprint();
        machine.accelerators = gpu
            .map(|(name, memory)| Accelerator {
                name: name.to_owned(),
                memory_bytes: Some(memory),
                source: "test".to_owned(),
                ..Accelerator::default()
            })
            .into_iter()
            .collect();
        machine
    }

    fn ceiling(weights: u64, bandwidth: Option<BytesPerSecond>, cache: Option<u64>) -> Ceiling {
        let bytes = TokenBytes { weights, least_weights: weights, kv_per_token: None };
        let roof = Roof {
            bandwidth_bytes_per_s: bandwidth.map(|of| of.0 as u64),
            bandwidth_source: "test".to_owned(),
            triad_bytes_per_s: None,
            bytes_per_token: Some(weights),
            bytes_source: "test".to_owned(),
            max_decode_tps: bandwidth.and_then(|of| Some(max_decode_rate(of, weights).ok()?.0)),
            min_tpot_ns: None,
        };
        Ceiling { roof, bytes: Some(bytes), cache_bytes: cache }
    }

    #[test]
    fn a_known_gpu_has_its_published_bandwidth() {
        let machine = machine(Some(("NVIDIA H200", 150_754_820_096)));
        let subject = Subject { facts: None, unread: "none", local: true, machine: &machine };
        let found = Ceiling::new(subject, Err("no file".to_owned()), &Probed::default()).roof;
        assert_eq!(found.bandwidth_bytes_per_s, Some(4_800_000_000_000));
        assert_eq!(found.bandwidth_source, "published for NVIDIA H200 (4800 GB/s)");
        assert_eq!((found.max_decode_tps, found.bytes_source.as_str()), (None, "no file"));
    }

    #[test]
    fn an_unknown_gpu_has_no_roof_and_says_so() {
        let machine = machine(Some(("Paper GPU 1", 1 << 30)));
        let subject = Subject { facts: None, unread: "none", local: true, machine: &machine };
        let found = Ceiling::new(subject, Err("no file".to_owned()), &Probed::default()).roof;
        assert_eq!(found.bandwidth_bytes_per_s, None);
        assert!(found.bandwidth_source.contains("Paper GPU 1"), "{found:?}");
    }

    #[test]
    fn weights_that_a_cache_could_hold_are_not_probed() {
        let bytes = |weights| TokenBytes { weights, least_weights: weights, kv_per_token: None };
        assert!(fits_cache(&bytes(10 << 20), Some(32 << 20)));
        assert!(!fits_cache(&bytes(100 << 20), Some(32 << 20)));
        assert!(!fits_cache(&bytes(1), None));
    }

    #[test]
    fn a_rate_beyond_any_speculation_is_doubted() {
        let ceiling = ceiling(1_000_000_000, Some(BytesPerSecond::from_gb(20.0)), None);
        assert_eq!(ceiling.roof.max_decode_tps, Some(20.0));
        assert_eq!(ceiling.doubt(19.0), None);
        assert_eq!(ceiling.doubt(100.0), None, "a draft may give so many");
        assert_eq!(ceiling.doubt(400.0).unwrap().code, "implausible");
    }
}
