//! The server's token counts against its own stream.

use tachograph_model::{Check, CheckOutcome, TokenSource};

use super::Exhibit;

const NAME: &str = "token-counts";
/// Tokens by which two counts of one answer may differ; end markers are counted
/// by some and not by others.
const SLACK: u64 = 2;
/// The same as a share.
const SHARE: f64 = 0.02;
/// Tokens a byte of text, above which the text cannot hold them.
const TOKENS_PER_BYTE: u64 = 4;
/// How much fuller than others the chunks of an answer may be.
const FULLER: f64 = 2.0;
/// Missing chunks below which that says nothing.
const FEW: u64 = 8;

/// Looks at every counted answer.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    uncounted: u32,
    answers: Vec<Answer>,
    faults: Vec<String>,
}

#[derive(Debug)]
struct Answer {
    name: String,
    output: u64,
    chunks: u64,
}

impl Answer {
    fn per_chunk(&self) -> f64 {
        self.output as f64 / self.chunks.max(1) as f64
    }
}

impl Counts {
    pub(super) fn see(&mut self, exhibit: &Exhibit<'_>) {
        if !exhibit.counts() {
            return;
        }
        let (sample, name) = (exhibit.sample, exhibit.name());
        let tokens = &sample.tokens;
        let counted = tokens.source.is_some_and(|source| source < TokenSource::Chunks);
        let Some(output) = tokens.output.filter(|_| counted) else {
            self.uncounted += 1;
            return;
        };
        let mut fault = |what: String| self.faults.push(format!("{name}: {what}"));
        let requested = u64::from(tokens.requested);
        if output > requested + SLACK {
            fault(format!("the server counts {output} tokens and was asked for {requested}"));
        }
        let stated: Option<u64> = sample.reads.iter().map(|read| read.tokens.map(u64::from)).sum();
        if let Some(stated) = stated.filter(|stated| *stated > 0 && apart(*stated, output)) {
            fault(format!("the server counts {output} tokens and its frames hold {stated}"));
        }
        let timed = sample.server.as_ref().and_then(|server| server.decode_gaps);
        if let Some(timed) = timed.map(|gaps| gaps + 1).filter(|timed| apart(*timed, output)) {
            fault(format!("the server counts {output} tokens and has timed {timed}"));
        }
        let hidden = tokens.reasoning.unwrap_or(0);
        let bytes = exhibit.text_bytes;
        if output.saturating_sub(hidden) > bytes * TOKENS_PER_BYTE + FEW {
            fault(format!("the server counts {output} tokens in {bytes} bytes of text"));
        }
        let chunks = sample.reads.iter().map(|read| u64::from(read.deltas)).sum();
        self.answers.push(Answer { name, output: output.saturating_sub(hidden), chunks });
    }

    pub(super) fn check(mut self) -> Check {
        let usual = self.usual();
        for answer in &self.answers {
            let missing = answer.output.saturating_sub(answer.chunks);
            if usual.is_some_and(|usual| answer.per_chunk() > usual * FULLER) && missing > FEW {
                self.faults.push(format!(
                    "{}: {} tokens in {} chunks, where a chunk holds {:.1} elsewhere: frames are \
                     missing, or tokens were added",
                    answer.name,
                    answer.output,
                    answer.chunks,
                    usual.unwrap_or(1.0)
                ));
            }
        }
        let n = self.answers.len();
        let (outcome, reason) = match (self.faults.first(), n) {
            (Some(first), _) => {
                let more = match self.faults.len() - 1 {
                    0 => String::new(),
                    more => format!("; and {more} more"),
                };
                (CheckOutcome::Fail, format!("{first}{more}"))
            }
            (None, 0) => (CheckOutcome::Unknown, "the server counted no answer".to_owned()),
            (None, n) => {
                (CheckOutcome::Pass, format!("the counts of {n} answers fit their streams"))
            }
        };
        let check = Check::new(NAME, outcome, reason)
            .with("answers", n as f64)
            .with("uncounted", f64::from(self.uncounted));
        match usual {
            Some(usual) => check.with("tokens_per_chunk", usual),
            None => check,
        }
    }

    /// The median of the tokens in a chunk.
    fn usual(&self) -> Option<f64> {
        let mut all: Vec<f64> = self.answers.iter().map(Answer::per_chunk).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied()
    }
}

fn apart(a: u64, b: u64) -> bool {
    a.abs_diff(b) > SLACK.max((a.max(b) as f64 * SHARE) as u64)
}

#[cfg(test)]
mod tests {
    use tachograph_model::ServerTiming;

    use super::*;
    use crate::evidence::fixture::Scene;

    fn check(scenes: &[Scene]) -> Check {
        let mut counts = Counts::default();
        for scene in scenes {
            scene.shown(|exhibit| counts.see(exhibit));
        }
        counts.check()
    }

    #[test]
    fn counts_that_fit_pass_and_no_counts_are_unknown() {
        assert_eq!(check(&[Scene::stream(32)]).outcome, CheckOutcome::Pass);
        let mut silent = Scene::stream(32);
        silent.sample.tokens.source = Some(TokenSource::Chunks);
        assert_eq!(check(&[silent]).outcome, CheckOutcome::Unknown);
    }

    /// Inflated usage, in each place where the stream gives it away.
    #[test]
    fn more_tokens_than_the_stream_holds_fail() {
        let inflated = |change: fn(&mut Scene)| {
            let mut scene = Scene::stream(32);
            scene.sample.tokens.output = Some(64);
            scene.sample.tokens.requested = 64;
            change(&mut scene);
            check(&[Scene::stream(32), Scene::stream(32), scene]).reason
        };
        assert!(inflated(|s| s.sample.tokens.requested = 32).contains("asked for 32"));
        let timed = inflated(|s| {
            let timing = ServerTiming { decode_gaps: Some(31), ..ServerTiming::default() };
            s.sample.server = Some(timing);
        });
        assert!(timed.contains("has timed 32"), "{timed}");
        let framed = inflated(|s| {
            s.sample.reads.iter_mut().for_each(|read| read.tokens = Some(read.deltas));
        });
        assert!(framed.contains("its frames hold 32"), "{framed}");
        assert!(inflated(|s| s.text_bytes = 3).contains("3 bytes of text"));
    }

    #[test]
    fn an_answer_with_fewer_chunks_than_its_like_fails() {
        let mut cut = Scene::stream(10);
        cut.sample.tokens.output = Some(32);
        cut.sample.tokens.requested = 32;
        let check = check(&[Scene::stream(32), Scene::stream(32), cut]);
        assert_eq!(check.outcome, CheckOutcome::Fail);
        assert!(check.reason.contains("frames are missing"), "{}", check.reason);
    }

    /// Speculation brings several tokens a chunk, in every answer.
    #[test]
    fn full_chunks_everywhere_are_no_fault() {
        let full = || {
            let mut scene = Scene::stream(16);
            scene.sample.tokens.output = Some(48);
            scene.sample.tokens.requested = 48;
            scene
        };
        assert_eq!(check(&[full(), full()]).outcome, CheckOutcome::Pass);
    }
}
