//! Whether the counts, the end and the durations are those of the server.

use tachograph_model::TokenSource;
use tachograph_session::TrialTurn;

use super::Judge;
use crate::{Level, answer::Written, server::Streamed};

/// A count to be checked.
struct Count<'a> {
    stated: Option<u64>,
    found: Option<u64>,
    /// What leaving it out weighs; a wrong one is always a fault.
    silent: Level,
    /// What scripts call it.
    place: &'a str,
}

impl Judge {
    pub(super) fn counts(&mut self, turn: &TrialTurn, streamed: &Streamed) {
        let truth = &streamed.rendered.truth;
        let counts = &turn.sample.tokens;
        let counted = counts.source.is_some_and(|source| source < TokenSource::Chunks);
        // What the driver leaves open the host counts by frames; that is no
        // statement of the driver.
        let output =
            counts.output.filter(|_| turn.record.usage.is_some_and(|u| u.output.is_some()));
        let written = truth.written.as_ref();
        let mut count = |id, stated, found, silent, place| {
            self.count(id, Count { stated, found, silent, place }, written);
        };
        let prompt = counts.prompt;
        count("output-tokens", truth.output, output, Level::Required, "output_tokens");
        count("prompt-tokens", truth.prompt, prompt, Level::Recommended, "prompt_tokens");
        for (id, stated, found, place) in [
            ("cached-tokens", truth.cached, counts.cached, "cached_tokens"),
            ("reasoning-tokens", truth.reasoning, counts.reasoning, "reasoning_tokens"),
        ] {
            // What a script does not leave to the kit, it may still state.
            match (stated, written) {
                (None, Some(_)) => {
                    let reason = format!("the script neither has `{{{{{place}}}}}` nor states it");
                    self.skip(id, Level::Recommended, reason);
                }
                _ => {
                    let count = Count { stated, found, silent: Level::Recommended, place };
                    self.count(id, count, written);
                }
            }
        }
        let stated: Option<u64> =
            turn.record.deltas.iter().map(|delta| delta.tokens.map(u64::from)).sum();
        match stated {
            None => self.skip("frame-tokens", Level::Required, "frames do not say their tokens"),
            // A recorded answer of unknown length.
            Some(_) if truth.generated == 0 => {}
            Some(stated) => self.check(
                "frame-tokens",
                Level::Required,
                stated == truth.generated,
                format!("{} tokens in all frames", truth.generated),
                stated.to_string(),
                match (of_the_script(turn, written), stated > truth.generated) {
                    (true, _) => {
                        "the script writes a count of its own beside `{{text}}`, and the kit sends \
                         pieces of other lengths: put `{{tokens}}` there"
                    }
                    (_, true) => {
                        "more tokens are counted than were generated: a frame without text was \
                         counted, or running counts were added up"
                    }
                    (_, false) => {
                        "fewer tokens are counted than were generated: a delta was dropped"
                    }
                },
            ),
        }
        let false_count = truth.output.is_some_and(|stated| stated != truth.generated);
        if false_count && counted {
            let doubts: Vec<&str> =
                turn.sample.flags.iter().map(|flag| flag.code.as_str()).collect();
            self.check(
                "doubted",
                Level::Required,
                doubts.contains(&"usage-implausible") || doubts.contains(&"length-mismatch"),
                "a flag `usage-implausible` or `length-mismatch`",
                doubts.join(", "),
                "a count that cannot be true is not doubted",
            );
        }
        // A count that the script wrote is named above.
        let named = written.is_some() && output.is_some();
        if truth.output.is_none() && truth.generated > 0 && !named {
            let flagged = turn.sample.flags.iter().any(|flag| flag.code == "usage-missing");
            self.check(
                "doubted",
                Level::Recommended,
                flagged || stated == Some(truth.generated),
                "a flag `usage-missing`, or tokens frame by frame",
                if flagged { "usage-missing" } else { "no flag" },
                "the server gave no counts, and the sample does not say so",
            );
        }
    }

    /// One count: what the server states, or nothing where it is silent.
    fn count(&mut self, id: &str, count: Count<'_>, written: Option<&Written>) {
        let Count { stated, found, silent, place } = count;
        let shown = |count: Option<u64>| match count {
            Some(count) => count.to_string(),
            None => "not stated".to_owned(),
        };
        let level = if found.is_none() { silent } else { Level::Required };
        let is_written = |count: u64| written.is_some_and(|w| w.anywhere.contains(&count));
        let recorded = written.is_some_and(|written| !written.template);
        let fault = match (stated, found) {
            (Some(stated), Some(found)) if recorded && is_written(found) && !is_written(stated) => {
                format!(
                    "the script's head states another `{place}` than the answer that it describes"
                )
            }
            (Some(stated), Some(found)) if found > stated => {
                "the count is too high: usage was counted more than once. Counts of several \
                 frames are running totals; the last one is the whole"
                    .to_owned()
            }
            (Some(_), Some(_)) => {
                "the count is too low: an earlier or partial one was kept".to_owned()
            }
            (Some(_), None) => "the server states this count, and the driver does not".to_owned(),
            (None, Some(found)) if is_written(found) => {
                let place = match recorded {
                    true => format!("state `{place}` in its head"),
                    false => format!("put `{{{{{place}}}}}` there, or state `{place}` in its head"),
                };
                format!(
                    "the script writes this count by itself, so the kit does not know it: {place}"
                )
            }
            (None, _) => "the driver states a count that the server never gave".to_owned(),
        };
        self.check(id, level, stated == found, shown(stated), shown(found), fault);
    }

    pub(super) fn finish(&mut self, turn: &TrialTurn, streamed: &Streamed) {
        let words = &streamed.rendered.truth.finish;
        if words.is_empty() {
            return;
        }
        let found = turn.sample.finish.as_deref();
        self.check(
            "finish",
            Level::Required,
            found.is_some_and(|found| words.iter().any(|word| word == found)),
            words.join(" or "),
            found.unwrap_or("not stated"),
            "the end of the answer has another word",
        );
    }

    pub(super) fn server_timing(&mut self, turn: &TrialTurn, streamed: &Streamed) {
        let Some(found) = &turn.sample.server else {
            match streamed.rendered.truth.timing {
                Some(_) => self.check(
                    "server-timing",
                    Level::Recommended,
                    false,
                    "the server's durations",
                    "none",
                    "the server states its durations, and the driver does not",
                ),
                None => {
                    self.skip(
                        "server-timing",
                        Level::Recommended,
                        "this server states no durations",
                    );
                }
            }
            return;
        };
        let Some(truth) = &streamed.rendered.truth.timing else {
            self.skip("server-timing", Level::Recommended, "not held against anything here");
            return;
        };
        // A duration may be left out; one that is stated has to be right.
        let pairs = [
            (found.prompt_ns, truth.prompt_ns),
            (found.prompt_tokens, truth.prompt_tokens),
            (found.decode_ns, truth.decode_ns),
            (found.decode_gaps, truth.decode_gaps),
            (found.load_ns, truth.load_ns),
        ];
        let right = pairs.iter().all(|(found, truth)| found.is_none() || found == truth);
        self.check(
            "server-timing",
            Level::Required,
            right,
            format!("{truth:?}"),
            format!("{found:?}"),
            "a duration, or what it covers, is not what the server stated",
        );
    }
}

/// Whether every count of a frame is one that the script writes beside its text.
fn of_the_script(turn: &TrialTurn, written: Option<&Written>) -> bool {
    let Some(written) = written.filter(|written| written.template && !written.counts_pieces) else {
        return false;
    };
    let mut counts = turn.record.deltas.iter().filter_map(|delta| delta.tokens);
    counts.all(|count| written.beside_text.contains(&u64::from(count)))
}
