//! What lies between the server and the clock.

use tachograph_model::RunResult;

use super::{Certainty, Outcome, rows, suspicion};
use crate::number::{duration, percent, short};

/// Server and client agree on decode speed to this share on a machine at rest.
const AGREE: f64 = 0.05;
/// A share of the processors above which the client may be what was measured.
const OWN_LOAD: f64 = 0.25;
/// A share of TTFT above which the way there matters.
const WAY: f64 = 0.2;

/// Whether tokens were held back on their way.
pub(super) fn held_back(result: &RunResult) -> Outcome {
    let coalesced = result.workloads.iter().flat_map(|workload| {
        let flags = workload.report.flags.iter().filter(|flag| flag.code == "coalesced");
        flags.map(move |flag| format!("{}: {}", workload.id, flag.message))
    });
    let mut evidence: Vec<String> = coalesced.take(4).collect();
    let shown = !evidence.is_empty();
    let mut compared = 0;
    for workload in &result.workloads {
        let figure = |name| rows::summary(result, workload.id.as_str(), name);
        let (Some(ours), Some(theirs)) = (figure("decode_tps"), figure("server_decode_tps")) else {
            continue;
        };
        compared += 1;
        if theirs > 0.0 && (ours / theirs - 1.0).abs() > AGREE {
            evidence.push(format!(
                "{}: {} tok/s by our clock, {} by the server's",
                workload.id,
                short(ours),
                short(theirs)
            ));
        }
    }
    if evidence.is_empty() {
        return match compared {
            0 => Outcome::Unknown("the server states no times to compare with".to_owned()),
            n => Outcome::Clear(format!("our clock and the server's agree in {n} workloads")),
        };
    }
    suspicion(
        if shown { Certainty::Shown } else { Certainty::Likely },
        "tokens are held back between the server and the clock",
        evidence,
        "look for a proxy that buffers, or for another program that takes the server's processor",
    )
}

/// Whether the harness itself was the limit.
pub(super) fn client_bound(result: &RunResult) -> Outcome {
    let harness = &result.harness;
    let Some(share) = harness.cpu_share else {
        return Outcome::Unknown("the harness's own processor time was not read".to_owned());
    };
    let flags = result.flags.iter().filter(|flag| flag.code == "client-bound");
    let evidence: Vec<String> = flags.map(|flag| flag.message.clone()).collect();
    if evidence.is_empty() && share < OWN_LOAD {
        return Outcome::Clear(format!("the harness used {} of the processors", percent(share)));
    }
    suspicion(
        Certainty::Likely,
        "the harness took so much of the processors that it may be what was measured",
        [vec![format!("{} of all processor time", percent(share))], evidence].concat(),
        "measure from another machine with --url, or ask for fewer streams",
    )
}

/// Whether the way to the server is a large part of TTFT.
pub(super) fn round_trip(result: &RunResult) -> Outcome {
    let Some(ttft) = rows::summary(result, "chat-short", "ttft_ms") else {
        return Outcome::Unknown("chat-short has no TTFT here".to_owned());
    };
    let samples = result.workloads.iter().flat_map(|workload| &workload.samples);
    let Some(trip) = samples.filter_map(|sample| sample.times.rtt_floor_ns).min() else {
        return Outcome::Unknown("the round trip to the server was not measured".to_owned());
    };
    let share = trip as f64 / 1e6 / ttft;
    let seen = format!("a round trip takes {}, TTFT {} ms", duration(trip), short(ttft));
    if share < WAY {
        return Outcome::Clear(seen);
    }
    suspicion(
        Certainty::Shown,
        format!("{} of the TTFT of chat-short is the way to the server", percent(share)),
        vec![seen],
        "measure from a machine beside the server, or compare TTFT with runs over the same way only",
    )
}
