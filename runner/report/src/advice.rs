//! What to do about a flag.

/// Advice by code, in the order of the codes.
const ADVICE: &[(&str, &str)] = &[
    ("client-bound", "stop other programs, ask for fewer streams, or measure from another machine"),
    (
        "coalesced",
        "decode latency is not readable from so few reads; look for a proxy or a server setting that buffers the stream",
    ),
    (
        "development-key",
        "fine for trying out; results meant for others need a suite signed with a release key",
    ),
    ("drifting", "let the machine cool down or warm up longer, then run again"),
    (
        "early-end",
        "the server ended before the length asked for; look in its log, and check that it honours an exact length",
    ),
    ("flat-profile", "compare only with other runs of the flat profile"),
    (
        "implausible",
        "a figure is above what the hardware can do; check the token counts and the cache",
    ),
    (
        "implausible-bandwidth",
        "faster than the memory allows; check the model's bytes and the bandwidth that were given",
    ),
    ("interrupted", "run again without interruption before comparing"),
    (
        "length-mismatch",
        "rates hold for the length that came; to compare, use a backend that can force the length",
    ),
    (
        "not-cold",
        "the prompt was cached although it should not have been; restart the server or switch its prompt cache off",
    ),
    ("noisy", "stop other programs and run again, with more --iterations"),
    ("no-model-digest", "name the weights file with its digest if others are to reproduce this"),
    ("on-battery", "plug the machine in and run again; on battery it may run slower"),
    ("overrides", "run without changed settings if the result is to rank"),
    (
        "prefix-broken",
        "the server did not reuse the conversation so far; check its cache size and its chat template",
    ),
    (
        "quantization-unknown",
        "say which quantization the server runs; without it the result does not rank",
    ),
    (
        "rate-limited",
        "the wait is in no figure; ask the provider for a higher limit, or run fewer streams",
    ),
    ("starved", "other work took the processor from the harness; stop it and run again"),
    ("streams-not-held", "raise the number of parallel requests that the server accepts"),
    ("throttled", "improve the cooling or the power limit, then run again"),
    ("unofficial-driver", "use the driver that the suite pins if the result is to rank"),
    ("unofficial-plugin", "use the driver that the suite pins if the result is to rank"),
    (
        "usage-implausible",
        "the server's token counts contradict its stream; rates rest on them, so treat them as unsure",
    ),
    (
        "usage-missing",
        "switch on usage reports in the server; without counts from it the rates do not rank",
    ),
    ("warm-cache", "restart the server or switch its prompt cache off, then run again"),
];

/// What to do about a flag with this code; `None` for codes without advice.
pub fn advice(code: &str) -> Option<&'static str> {
    ADVICE.iter().find(|(known, _)| *known == code).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_of_advice_has_one_code_and_fits_the_style() {
        let mut codes: Vec<&str> = ADVICE.iter().map(|(code, _)| *code).collect();
        codes.dedup();
        assert_eq!(codes.len(), ADVICE.len());
        for (code, text) in ADVICE {
            assert_eq!(advice(code), Some(*text));
            assert!(!text.ends_with('.') && !text.starts_with(char::is_uppercase), "{text}");
        }
        assert_eq!(advice("no-such-flag"), None);
    }
}
