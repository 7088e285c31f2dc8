//! Notes of engineers on a code base: instructions, findings and plans.

use tachograph_metrics::Random;

use crate::frames::{capitalised, fill, pick};

const STARTS: &[&str] = &[
    "",
    "",
    "",
    "",
    "",
    "as a rule, ",
    "in the $i module, ",
    "before you $w the $i, ",
    "when a test of the $i fails, ",
    "for every new $i, ",
    "if the $i is empty, ",
    "after the $i was moved, ",
    "in this package, ",
    "until the $i is stable, ",
    "because the $i is shared, ",
    "on the slow path, ",
    "in the tests, ",
    "at the start of a $i, ",
];

const NOTES: &[&str] = &[
    "read the whole $i before you $w it",
    "the $i and the $i must agree on the $i",
    "keep each $i small enough to $w in one step",
    "a $i is never written while another $i is open",
    "prefer one clear $i over two clever ones",
    "the function $f1 takes a $i and returns the next $i",
    "do not $w the $i twice, since the $i keeps the first result",
    "every $i has one owner, and only the owner may $w it",
    "round the $i once, at the end, and never inside the loop",
    "the $i is read by $f1 and written by $f2",
    "name the $i after what it holds and not after its type",
    "$f1 fails when the $i holds more than $n entries",
    "say in the message which $i was wrong and what was expected",
    "the limit of $k for a $i comes from the $i table",
    "run the tests of the $i after every change to the $i",
    "a missing $i is an error, an empty $i is not",
    "the old $i is still used by $f1, so it has to stay",
    "write the $i first, then the code that makes it pass",
    "the $i counts from zero, while the $i counts from one",
    "leave the public names of the $i as they are",
    "$f1 should not know about the $i at all",
    "the difference comes from the $i, which is read too early",
    "sort by $i first and by $i second",
    "the $i holds $n entries, of which $n are used",
    "return early when there is no $i to $w",
    "no $i may wait for a $i that waits for it",
    "the cache of the $i is cleared by $f1 and by nothing else",
    "check the $i against the $i and stop at the first difference",
    "the failing case has a $i of $k and a $i of $n",
    "move the check for the $i out of $f1 and into $f2",
    "one $i per line keeps the diff short",
    "a $i that cannot be parsed is kept as text",
    "the $i is copied, so changes to it are not seen by the $i",
    "use the $i of the caller and not the one of the $i",
    "an index into the $i is only valid until the next $w",
    "the test expects the $i in the order of the $i",
];

const ENDS: &[&str] = &[
    "",
    "",
    "",
    "",
    "",
    ", as $f1 does",
    ", even if the $i is small",
    "; see the $i for the reason",
    ", because the $i depends on it",
    " unless the $i says so",
    ", and add a test for it",
    ", or the $i will be $n off",
    "; the $i relies on this",
    ", so start with the $i",
    " and then $w the $i",
    ", not in the $i",
    ", which the tests of the $i cover",
];

/// One sentence, without a space before it.
pub(crate) fn sentence(random: &mut Random) -> String {
    let (start, note, end) = (pick(random, STARTS), pick(random, NOTES), pick(random, ENDS));
    let text = fill(&format!("{start}{note}{end}."), random);
    // `a` before a vowel, as in `a index`.
    let mut out = String::with_capacity(text.len() + 8);
    for word in text.split(' ') {
        let vowel = word.starts_with(['a', 'e', 'i', 'o']);
        if vowel && (out == "a" || out.ends_with(" a") || out.ends_with(" A")) {
            out.push('n');
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    // A name of code keeps its case.
    if note.starts_with('$') && start.is_empty() { out } else { capitalised(&out) }
}
