//! The verdict on a reproduction.

use std::time::{SystemTime, UNIX_EPOCH};

use tachograph_metrics::compare::{Figure, Key, Options, Pair, Run, compare};
use tachograph_model::{
    CanaryAgreement, Digest, ReproducedFigure, Reproduction, ReproductionDifference,
    ReproductionVerdict, RunResult,
};

use super::Obstacle;

/// How far two runs of one thing may lie apart: rates and times. The intervals
/// are over the trials of a run and do not hold what changes between runs, such
/// as heat and other load.
const RATES: f64 = 0.10;
const TIMES: f64 = 0.20;

/// Answers a result with a new run, or with the reasons why there is none. The
/// answer is not sealed yet.
pub fn answer(
    original: (&Digest, &RunResult),
    new: Option<(&Digest, &RunResult)>,
    obstacles: &[Obstacle],
) -> Reproduction {
    let (id, result) = original;
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut reproduction = Reproduction {
        kind: "reproduction".to_owned(),
        schema: 1,
        answers: *id,
        answers_key: result.sealed_by.clone(),
        by: new.map(|(id, _)| *id),
        suite: result.suite.pin.clone(),
        verdict: ReproductionVerdict::NotComparable,
        reasons: obstacles.iter().map(|obstacle| obstacle.message.clone()).collect(),
        differences: obstacles.iter().filter_map(|o| o.difference.clone()).collect(),
        figures: Vec::new(),
        canary: None,
        made_unix_s: since_1970.as_secs(),
        sealed_by: String::new(),
    };
    if let Some((new_id, new)) = new {
        judge(&mut reproduction, (id, result), (new_id, new));
    }
    reproduction
}

fn judge(
    reproduction: &mut Reproduction,
    (id, original): (&Digest, &RunResult),
    (new_id, new): (&Digest, &RunResult),
) {
    let [a, b] =
        [(id, original), (new_id, new)].map(|(id, result)| Run { id: id.to_string(), result });
    // The version of a server may differ: the answer names it.
    let options = Options { workloads: Vec::new(), by: vec![Key::BackendVersion] };
    let Some(pair) = compare(&a, std::slice::from_ref(&b), &options).against.into_iter().next()
    else {
        return;
    };
    differences(&mut reproduction.differences, &pair, original, new);
    reproduction.canary = canaries(original, new);
    reproduction.figures = figures(&pair);
    for obstacle in &pair.obstacles {
        if !reproduction.reasons.contains(&obstacle.message) {
            reproduction.reasons.push(obstacle.message.clone());
        }
    }
    if !reproduction.reasons.is_empty() {
        return;
    }
    if reproduction.figures.iter().all(|figure| figure.agrees.is_none()) {
        reproduction.reasons.push("no deciding figure has an interval in both".to_owned());
        return;
    }
    let apart = reproduction.figures.iter().filter(|figure| figure.agrees == Some(false));
    reproduction.reasons = apart.map(sentence).collect();
    if reproduction.canary.is_some_and(|canary| canary.same == 0) {
        reproduction.reasons.push(
            "the model writes none of the texts that it wrote there: another model, or other \
             arithmetic"
                .to_owned(),
        );
    }
    reproduction.verdict = match reproduction.reasons.is_empty() {
        true => ReproductionVerdict::Reproduced,
        false => ReproductionVerdict::NotReproduced,
    };
}

/// Everything in which the two differ, besides what was measured.
fn differences(
    found: &mut Vec<ReproductionDifference>,
    pair: &Pair,
    original: &RunResult,
    new: &RunResult,
) {
    let mut differ = |what: &str, original: String, here: String| {
        let listed = found.iter().any(|difference| difference.what == what);
        if original != here && !listed {
            found.push(ReproductionDifference { what: what.to_owned(), original, here });
        }
    };
    for difference in &pair.differences {
        differ(difference.key.name(), difference.a.clone(), difference.b.clone());
    }
    let digest =
        |result: &RunResult| result.model.digest.clone().unwrap_or_else(|| "not known".to_owned());
    differ("model digest", digest(original), digest(new));
    let os = |result: &RunResult| format!("{:?}", result.fingerprint.os.kernel);
    differ("kernel", os(original), os(new));
    let power = |result: &RunResult| {
        result.fingerprint.power.as_ref().map_or_else(String::new, |power| power.supply.clone())
    };
    differ("power", power(original), power(new));
    let accelerators = |result: &RunResult| {
        serde_json::to_string(&result.fingerprint.accelerators).unwrap_or_default()
    };
    differ("accelerators", accelerators(original), accelerators(new));
    let settings = |result: &RunResult| {
        let all = result.suite.overrides.iter().map(|(name, value)| format!("{name}={value}"));
        all.collect::<Vec<_>>().join(", ")
    };
    differ("settings", settings(original), settings(new));
    differ("started as", original.backend.origin.clone(), new.backend.origin.clone());
    differ("tacho", original.runner.version.clone(), new.runner.version.clone());
    for workload in &original.workloads {
        let other = new.workloads.iter().find(|other| other.id == workload.id);
        let plan = |plan: Option<Digest>| plan.map_or_else(|| "none".to_owned(), |p| p.short());
        let here = other.map_or_else(|| "not run".to_owned(), |other| plan(other.plan));
        differ(&format!("plan of {}", workload.id), plan(workload.plan), here);
    }
}

fn canaries(original: &RunResult, new: &RunResult) -> Option<CanaryAgreement> {
    let canary = |result: &RunResult| result.evidence.as_ref()?.canary.clone();
    let (one, other) = (canary(original)?, canary(new)?);
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Some(CanaryAgreement { same: count(one.agreement(&other)?), of: count(one.texts.len()) })
}

fn figures(pair: &Pair) -> Vec<ReproducedFigure> {
    let deciding = |figure: &&Figure| figure.rule.is_some_and(|rule| rule.deciding);
    pair.workloads
        .iter()
        .flat_map(|workload| {
            workload.figures.iter().filter(deciding).map(|figure| ReproducedFigure {
                workload: workload.workload.clone(),
                metric: figure.metric.clone(),
                at: figure.at.as_ref().map(|(key, value)| format!("{key} = {value}")),
                original: figure.a,
                here: figure.b,
                unit: figure.unit.clone(),
                ratio: figure.ratio,
                low: figure.interval.as_ref().map(|interval| interval.low),
                high: figure.interval.as_ref().map(|interval| interval.high),
                agrees: agrees(figure),
            })
        })
        .collect()
}

/// Whether the interval of a ratio touches the band in which runs of one thing
/// lie; none without an interval.
fn agrees(figure: &Figure) -> Option<bool> {
    let interval = figure.interval.as_ref().filter(|interval| interval.is_sound())?;
    let edge = 1.0 + if figure.unit == "tok/s" { RATES } else { TIMES };
    Some(interval.low <= edge && interval.high >= 1.0 / edge)
}

/// `chat-short decode_tps: 0.48 times the claim (0.46 to 0.50)`.
fn sentence(figure: &ReproducedFigure) -> String {
    let at = figure.at.as_ref().map_or_else(String::new, |at| format!(" at {at}"));
    let number = |value: Option<f64>| value.map_or_else(|| "—".to_owned(), |v| format!("{v:.2}"));
    format!(
        "{} {}{at}: {} times the claim ({} to {})",
        figure.workload,
        figure.metric,
        number(figure.ratio),
        number(figure.low),
        number(figure.high)
    )
}

#[cfg(test)]
mod tests {
    use tachograph_model::{Canary, Evidence, Sample};

    use super::*;

    /// The recorded run of a real server, its first measured sample taken for
    /// five trials, each `slower` times as slow.
    fn result(slower: f64) -> RunResult {
        let mut result = crate::fixture::recorded();
        result.workloads.truncate(1);
        let workload = &mut result.workloads[0];
        let measured = |sample: &&Sample| sample.phase == tachograph_model::Phase::Measure;
        let one = workload.samples.iter().find(measured).unwrap().clone();
        workload.samples = (0..5)
            .map(|trial| {
                let mut sample = one.clone();
                sample.trial = trial;
                let sent = sample.times.sent_ns.unwrap();
                let jitter = 1.0 + f64::from(trial) * 0.002;
                let slow = |at: u64| sent + ((at - sent) as f64 * slower * jitter) as u64;
                for at in [
                    &mut sample.times.first_token_ns,
                    &mut sample.times.first_content_ns,
                    &mut sample.times.last_token_ns,
                    &mut sample.times.end_ns,
                ] {
                    *at = at.map(slow);
                }
                sample
            })
            .collect();
        for (name, metric) in &mut workload.report.summary {
            if let Some(value) = &mut metric.value {
                match (name.as_str(), metric.unit.as_str()) {
                    (_, "ms") => *value *= slower * 1.004,
                    ("decode_tps", _) => *value /= slower * 1.004,
                    _ => {}
                }
            }
        }
        result
    }

    fn answered(original: &RunResult, new: &RunResult) -> Reproduction {
        let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
        answer((&a, original), Some((&b, new)), &[])
    }

    #[test]
    fn the_same_speed_is_reproduced() {
        let reproduction = answered(&result(1.0), &result(1.02));
        let verdict = reproduction.verdict;
        assert_eq!(verdict, ReproductionVerdict::Reproduced, "{reproduction:#?}");
        assert!(reproduction.figures.iter().any(|figure| figure.agrees == Some(true)));
    }

    #[test]
    fn half_the_speed_is_not_reproduced_and_the_factor_is_told() {
        let reproduction = answered(&result(1.0), &result(2.0));
        let verdict = reproduction.verdict;
        assert_eq!(verdict, ReproductionVerdict::NotReproduced, "{reproduction:#?}");
        let reasons = reproduction.reasons.join("\n");
        assert!(reasons.contains("times the claim"), "{reasons}");
    }

    #[test]
    fn another_model_is_not_comparable() {
        let mut other = result(1.0);
        other.model.quantization = "Q4_K_M".to_owned();
        let reproduction = answered(&result(1.0), &other);
        assert_eq!(reproduction.verdict, ReproductionVerdict::NotComparable);
        let reasons = reproduction.reasons.join("\n");
        assert!(reasons.contains("quantization"), "{reasons}");
    }

    #[test]
    fn a_swapped_model_is_not_reproduced_at_any_speed() {
        let with = |texts: [u8; 3]| {
            let mut result = result(1.0);
            let texts = texts.iter().map(|n| Digest::from_bytes([*n; 32])).collect();
            let canary = Some(Canary { version: 1, max_tokens: 16, texts });
            result.evidence = Some(Evidence { checks: Vec::new(), canary });
            result
        };
        let reproduction = answered(&with([1, 2, 3]), &with([4, 5, 6]));
        assert_eq!(reproduction.verdict, ReproductionVerdict::NotReproduced);
        assert!(reproduction.reasons[0].contains("another model"), "{reproduction:?}");
        let close = answered(&with([1, 2, 3]), &with([1, 5, 6]));
        assert_eq!(close.verdict, ReproductionVerdict::Reproduced);
    }
}
