//! Latencies of one request.

use tachograph_model::{Sample, SampleStatus};

use crate::{Measured, Nanos, Unmeasured};

fn span(start: Option<u64>, end: Option<u64>, missing: Unmeasured) -> Measured<Nanos> {
    let start = start.ok_or(Unmeasured::NotSent)?;
    Nanos::between(start, end.ok_or(missing)?).ok_or(Unmeasured::OutOfOrder)
}

/// TTFT: from the request being written to the first read with a generated
/// token, on any channel. Role-only and keep-alive frames do not count.
pub fn ttft(sample: &Sample) -> Measured<Nanos> {
    span(sample.times.sent_ns, sample.times.first_token_ns, Unmeasured::NoToken)
}

/// TTFO: from the request being written to the first user-visible content.
pub fn ttfo(sample: &Sample) -> Measured<Nanos> {
    span(sample.times.sent_ns, sample.times.first_content_ns, Unmeasured::NoContent)
}

/// E2E: from the request being written to the last generated token. Only for
/// requests that were answered to their end.
pub fn e2e(sample: &Sample) -> Measured<Nanos> {
    answered(sample)?;
    span(sample.times.sent_ns, sample.times.last_token_ns, Unmeasured::NoToken)
}

/// Response: from the planned send to the last generated token, so that time
/// spent waiting on this side is not hidden.
pub fn response(sample: &Sample) -> Measured<Nanos> {
    answered(sample)?;
    span(Some(sample.times.scheduled_ns), sample.times.last_token_ns, Unmeasured::NoToken)
}

/// TCP and TLS set-up.
pub fn connect(sample: &Sample) -> Measured<Nanos> {
    sample.times.connect_ns.map(Nanos).ok_or(Unmeasured::ConnectionReused)
}

pub(crate) fn answered(sample: &Sample) -> Measured<()> {
    match sample.status {
        SampleStatus::Ok => Ok(()),
        SampleStatus::Failed | SampleStatus::Interrupted => Err(Unmeasured::NotAnswered),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::sample;

    #[test]
    fn zero_is_the_written_request_and_not_the_schedule() {
        let mut s = sample(5, 31_000_000, 10_000_000);
        s.times.scheduled_ns = 1_000_000_000 - 2_000_000;
        assert_eq!(ttft(&s), Ok(Nanos(31_000_000)));
        assert_eq!(e2e(&s), Ok(Nanos(71_000_000)));
        assert_eq!(response(&s), Ok(Nanos(73_000_000)), "2 ms of lateness are not hidden");
    }

    #[test]
    fn reasoning_moves_ttfo_and_not_ttft() {
        let mut s = sample(5, 31_000_000, 10_000_000);
        s.times.first_content_ns = s.times.first_token_ns.map(|t| t + 500_000_000);
        assert_eq!(ttft(&s), Ok(Nanos(31_000_000)));
        assert_eq!(ttfo(&s), Ok(Nanos(531_000_000)));
        s.times.first_content_ns = None;
        assert_eq!(ttfo(&s), Err(Unmeasured::NoContent));
    }

    #[test]
    fn what_did_not_happen_has_no_time() {
        let mut s = sample(5, 31_000_000, 10_000_000);
        s.times.connect_ns = None;
        assert_eq!(connect(&s), Err(Unmeasured::ConnectionReused));
        s.times.sent_ns = None;
        assert_eq!(ttft(&s), Err(Unmeasured::NotSent));
        s.status = SampleStatus::Failed;
        assert_eq!(e2e(&s), Err(Unmeasured::NotAnswered));
    }
}
