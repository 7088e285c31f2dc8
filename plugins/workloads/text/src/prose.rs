//! English prose: plain sentences from frames, no two alike.

use tachograph_metrics::Random;

use crate::frames::{capitalised, fill, pick};

const OPENERS: &[&str] = &[
    "",
    "",
    "",
    "",
    "",
    "",
    "in the spring of $y",
    "on $d morning",
    "after the $a winter",
    "before the $t was sold",
    "by the end of $m",
    "as far as $N knew",
    "to everyone's surprise",
    "for $n days",
    "while the $s were being counted",
    "because of the $a weather",
    "when $N came back",
    "against the advice of the $p",
    "late in $m",
    "without much talk",
    "according to the $a $p",
    "some weeks later",
    "with only $n $s left",
    "once more",
    "not long after the $t closed",
    "if the $p was right",
    "although the $t was $a",
    "despite the $a roads",
    "at about $n minutes past noon",
    "in a letter from $m $y",
    "for want of $x",
    "as on every $d",
    "during the $a months",
    "since nobody else had the $t",
    "at the request of the $p",
    "with help from $N",
];

const CLAUSES: &[&str] = &[
    "the $p $v the $a $t $l",
    "$N $b $v every $t that the $p had left $l",
    "the $a $p and the $p $v $n $s",
    "nobody $l $v the $s without a $t",
    "the $t $l held $n $s and one $a $t",
    "$N told the $p that $x was worth more than $x",
    "a $t of $a $s stood $l",
    "the $p wrote down what the $a $p had $v",
    "two $s were missing from the $a $t",
    "the town $v its $t and then its $s",
    "$N kept the $t in a $a $t",
    "the $s that $N $v were $a and $a",
    "there was little $x in the $t and less in the $t",
    "the $p spoke $b about $x and $x",
    "$N and $N $v the $t $l",
    "the council paid $n coins for the $a $s",
    "a $a $p from the coast $v the $t",
    "every $p in the street $v the same $a $t",
    "the $a $t needed $n new $s",
    "it was the $p who $b $v the $s",
    "the $t was $a, and the $s were more $a than before",
    "no $p had $v the $a $t since $y",
    "$N had never $v so many $s $l",
    "the $p asked $N for the $t, the $t and $n $s",
    "what the $p $v was only a $a $t",
    "the road $l ran past a $t and $n $a $s",
    "all the $s in the $t had been $v by a $p",
    "$N measured the $t and found it $n inches too $a",
    "the $a $s were stored $l",
    "the $p could not tell the $t from the $t",
    "half of the $s went to the $p and half to $N",
    "the $p $b refused to sell the $t $l",
    "her $t was more $a than any $t $l",
    "his account of the $t differs from that of the $p",
    "the price of $s rose by $n percent",
    "the $p had a plan for the $t, and $N had another",
    "the children $v the $a $t $b",
    "one $a $t $l was enough for the $p",
    "$N learned about $x from a $a $p",
    "the old rules on $x did not cover the $t",
];

const TAILS: &[&str] = &[
    "",
    "",
    "",
    "",
    "",
    "",
    ", and $N agreed",
    ", as the $p had expected",
    ", though the $t was $a",
    ", which the $p $b denied",
    " until the $t was ready",
    " for the sake of $x",
    ", and so the $s stayed $l",
    " because $N wanted it",
    ", but only for $n days",
    "; the $p $v the rest",
    " before $d",
    ", and after that came the $s",
    " with a $a $t",
    ", or so $N said",
    " as if $x did not matter",
    ", and the $p was $a",
    " while $N $v the $t",
    " in spite of the $a $s",
    ", much to the delight of the $p",
    " without asking the $p",
    "; in $m it was $v again",
    ", except for the $a $s",
    " so that the $t could be $v",
    ", then $b $v the $t",
    " and never spoke of $x again",
    ", a $a thing to do",
];

/// One sentence, without a space before it.
pub(crate) fn sentence(random: &mut Random) -> String {
    let opener = pick(random, OPENERS);
    let clause = pick(random, CLAUSES);
    let tail = pick(random, TAILS);
    let comma = if opener.is_empty() { "" } else { ", " };
    capitalised(&articles(&fill(&format!("{opener}{comma}{clause}{tail}."), random)))
}

/// The text with `a` before a vowel, or a silent h, as `an`.
fn articles(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    for word in text.split(' ') {
        let vowel = word.starts_with(['a', 'e', 'i', 'o', 'u']) || word.starts_with("honest");
        if vowel && (out == "a" || out.ends_with(" a")) {
            out.push('n');
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_whole_and_agree_with_their_articles() {
        let mut random = Random::new(9);
        for _ in 0..2000 {
            let text = sentence(&mut random);
            assert!(text.ends_with('.') && !text.contains(['$', '?', '{']), "{text}");
            assert!(text.starts_with(|c: char| c.is_ascii_uppercase()), "{text}");
            for bad in [" a a", " a e", " a i", " a o", " a u", " a honest", "  "] {
                assert!(!text.contains(bad), "{text}");
            }
        }
    }
}
