//! Filling the slots of templates.

use tachograph_metrics::Random;

use crate::words::{
    ABSTRACTS, ADJECTIVES, ADVERBS, CODE_NOUNS, CODE_VERBS, DAYS, MONTHS, NAMES, PEOPLE, PLACES,
    PLURALS, THINGS, VERBS,
};

/// One of a list.
pub(crate) fn pick<'a>(random: &mut Random, list: &[&'a str]) -> &'a str {
    list[random.below(list.len())]
}

/// A template with its slots filled. A slot is `$` and a letter:
///
/// | slot | word | slot | word |
/// |---|---|---|---|
/// | `p` | person | `t` | thing |
/// | `s` | things | `a` | adjective |
/// | `v` | past verb | `b` | adverb |
/// | `l` | place | `x` | abstract noun |
/// | `d` | day | `m` | month |
/// | `N` | name | `n` | number 2 to 99 |
/// | `k` | number 100 to 999 | `y` | year |
/// | `i` | noun of code | `I` | the same, capitalised |
/// | `j` | two nouns of code | `f` | verb and noun of code |
/// | `w` | verb of code | `z` | two digits 00 to 59 |
///
/// A digit may follow: the same digit gives the same word within one template,
/// for `I` the word of `i`.
pub(crate) fn fill(template: &str, random: &mut Random) -> String {
    let mut out = String::with_capacity(template.len() * 2);
    let mut kept: Vec<((u8, u8), String)> = Vec::new();
    let mut rest = template;
    while let Some((before, tail)) = rest.split_once('$') {
        out.push_str(before);
        let bytes = tail.as_bytes();
        let slot = bytes.first().copied().unwrap_or(b' ');
        let digit = bytes.get(1).copied().filter(u8::is_ascii_digit);
        rest = tail.get(1 + usize::from(digit.is_some())..).unwrap_or_default();
        let Some(digit) = digit else {
            out.push_str(&word(slot, random));
            continue;
        };
        let key = (slot.to_ascii_lowercase(), digit);
        let filled = match kept.iter().find(|(known, _)| *known == key) {
            Some((_, word)) => word.clone(),
            None => {
                let word = word(key.0, random);
                kept.push((key, word.clone()));
                word
            }
        };
        out.push_str(&if slot == b'I' { capitalised(&filled) } else { filled });
    }
    out.push_str(rest);
    out
}

fn word(slot: u8, random: &mut Random) -> String {
    let list = match slot {
        b'p' => PEOPLE,
        b't' => THINGS,
        b's' => PLURALS,
        b'a' => ADJECTIVES,
        b'v' => VERBS,
        b'b' => ADVERBS,
        b'l' => PLACES,
        b'x' => ABSTRACTS,
        b'd' => DAYS,
        b'm' => MONTHS,
        b'N' => NAMES,
        b'i' | b'I' => CODE_NOUNS,
        b'w' => CODE_VERBS,
        b'n' => return (2 + random.below(98)).to_string(),
        b'k' => return (100 + random.below(900)).to_string(),
        b'y' => return (1840 + random.below(90)).to_string(),
        b'z' => return format!("{:02}", random.below(60)),
        b'j' => return format!("{}_{}", pick(random, CODE_NOUNS), pick(random, CODE_NOUNS)),
        b'f' => return format!("{}_{}", pick(random, CODE_VERBS), pick(random, CODE_NOUNS)),
        _ => &["?"],
    };
    let word = pick(random, list);
    if slot == b'I' { capitalised(word) } else { word.to_owned() }
}

/// The text with its first letter in upper case.
pub(crate) fn capitalised(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}
