//! Text that others wrote, made safe and laid out.

/// One line without control characters.
///
/// Names and messages come from servers and plugins; escape sequences in them
/// could rewrite what the terminal shows, and so could marks that turn the
/// direction of writing.
pub(crate) fn clean(text: &str) -> String {
    let spaced = text.chars().filter(|&c| !turns(c)).map(|c| if c.is_control() { ' ' } else { c });
    spaced.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text that is safe to show as it is laid out: as lines, without other control
/// characters and without marks that turn the direction of writing.
#[must_use]
pub fn printable(text: &str) -> String {
    let blank = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
    text.chars().filter(|&c| !turns(c)).map(blank).collect()
}

/// Marks that have no width or turn the direction of writing.
fn turns(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The text with its first letter large.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// Columns that a text takes, one a character.
pub(crate) fn width(text: &str) -> usize {
    text.chars().count()
}

/// At most `columns` characters, the last an ellipsis when some were cut.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let kept: String = text.chars().take(columns.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// At most `columns` characters, those in the middle cut: the end of a model's
/// name says its quantization.
pub(crate) fn cut_middle(text: &str, columns: usize) -> String {
    let all = width(text);
    if all <= columns {
        return text.to_owned();
    }
    let kept = columns.saturating_sub(1);
    let head: String = text.chars().take(kept.div_ceil(2)).collect();
    let tail: String = text.chars().skip(all - kept / 2).collect();
    format!("{head}…{tail}")
}

/// Lines of at most `columns` characters; words longer than a line are broken.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in clean(text).split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        let gap = usize::from(used > 0);
        if used + gap + word.len() > columns && used > 0 {
            lines.push(String::new());
            used = 0;
        }
        while word.len() > columns {
            let rest = word.split_off(columns);
            push(&mut lines, &word, 0);
            lines.push(String::new());
            word = rest;
        }
        push(&mut lines, &word, used);
        used += usize::from(used > 0) + word.len();
    }
    lines
}

fn push(lines: &mut [String], word: &[char], used: usize) {
    if let Some(line) = lines.last_mut() {
        if used > 0 {
            line.push(' ');
        }
        line.extend(word);
    }
}

/// A first line behind `head`, the others below it, indented as deep.
pub(crate) fn hanging(head: &str, text: &str, columns: usize) -> Vec<String> {
    let depth = width(head);
    wrap(text, columns.saturating_sub(depth))
        .into_iter()
        .enumerate()
        .map(|(index, line)| match index {
            0 => format!("{head}{line}"),
            _ => format!("{:depth$}{line}", ""),
        })
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_steers_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\r\nc\t d"), "a [2Jb c d");
        assert_eq!(clean("model\u{202e}gpj"), "modelgpj");
        assert_eq!(printable("a\u{1b}[2Jb\r\n  c\u{202e}d\n"), "a [2Jb \n  cd\n");
        assert_eq!(clean("  naïve — 模型 "), "naïve — 模型");
    }

    #[test]
    fn long_words_are_broken_and_lines_hang() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrap("", 9), [""]);
        assert_eq!(hanging("  ! ", "one two three", 12), ["  ! one two", "    three"]);
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abcd", 4), "abcd");
        assert_eq!(cut_middle("qwen3-8b-q4_k_m", 10), "qwen3…_k_m");
        assert_eq!(cut_middle("qwen3", 5), "qwen3");
        assert_eq!(cut_middle("qwen3", 1), "…");
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_too_long_and_no_character_is_lost(text in "\\PC{0,120}", columns in 1_usize..40) {
            let lines = wrap(&text, columns);
            proptest::prop_assert!(lines.iter().all(|line| width(line) <= columns));
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            proptest::prop_assert_eq!(letters(&lines.concat()), letters(&clean(&text)));
        }
    }
}
