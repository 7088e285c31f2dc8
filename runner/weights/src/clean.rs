//! Words from a file, made fit to be shown.

/// The longest text that is kept, in characters.
const LONGEST: usize = 200;

/// The text without control and direction characters, which steer terminals,
/// cut at 200 characters; `None` if nothing is left.
pub(crate) fn text(from_file: &str) -> Option<String> {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let kept: String = from_file.trim().chars().filter(|c| !steers(*c)).take(LONGEST).collect();
    (!kept.is_empty()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        assert_eq!(text(" a\u{1b}[31m\u{202e}b\n").as_deref(), Some("a[31mb"));
        assert_eq!(text("\u{7}\n"), None);
        assert_eq!(text(&"x".repeat(1000)).unwrap().len(), LONGEST);
    }
}
