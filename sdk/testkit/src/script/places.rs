//! The placeholders of a script, and the numbers that it writes itself.

use std::collections::BTreeSet;

pub(super) const TEXT: &str = "{{text}}";
pub(super) const REASONING: &str = "{{reasoning}}";
pub(super) const TOKENS: &str = "{{tokens}}";
pub(super) const PROMPT: &str = "{{prompt_tokens}}";
pub(super) const CACHED: &str = "{{cached_tokens}}";
pub(super) const OUTPUT: &str = "{{output_tokens}}";
pub(super) const THOUGHT: &str = "{{reasoning_tokens}}";
pub(super) const FINISH: &str = "{{finish}}";

/// All of them, as the guide lists them.
pub(super) const ALL: [&str; 8] =
    [TEXT, REASONING, TOKENS, PROMPT, CACHED, OUTPUT, THOUGHT, FINISH];

/// No name of a placeholder is longer; what is, is text.
const LONGEST: usize = 40;

/// Everything that has the form of a placeholder, in order, known or not.
pub(super) fn places(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("{{").map(|start| at + start) {
        let inside = text[start + 2..].find("}}").map(|end| &text[start + 2..start + 2 + end]);
        let is_name = |name: &str| {
            !name.trim().is_empty()
                && name.len() <= LONGEST
                && !name.contains(['{', '}', '"', '\n'])
        };
        match inside.filter(|name| is_name(name)) {
            Some(name) => {
                at = start + name.len() + 4;
                found.push(&text[start..at]);
            }
            None => at = start + 1,
        }
    }
    found
}

/// The whole numbers that stand in a text, outside of its placeholders.
pub(super) fn numbers(text: &str) -> BTreeSet<u64> {
    let mut rest = text.to_owned();
    for place in ALL {
        rest = rest.replace(place, "");
    }
    rest.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_braces() {
        assert_eq!(
            places(r#"{"a": {"n": {{tokens}}}, "t": "{{ x }}"}"#),
            ["{{tokens}}", "{{ x }}"]
        );
        assert_eq!(places("{{{text}}}"), ["{{text}}"]);
        assert_eq!(places(r#"{"a": {"b": {}}} {{}} {{"#), [""; 0]);
    }

    #[test]
    fn numbers_are_those_that_the_script_writes() {
        let found = numbers(r#"{"in": 9, "out": {{output_tokens}}, "ms": 1.5, "id": "x12"}"#);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [1, 5, 9, 12]);
    }
}
