//! Width and colour of text.

use anstyle::{AnsiColor, Effects};

/// How text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns; taken as at least 60.
    pub width: usize,
    /// Whether to use ANSI colours; the text says the same without.
    pub color: bool,
}

impl Style {
    /// No colour, this many columns.
    pub const fn plain(width: usize) -> Self {
        Self { width, color: false }
    }

    /// The columns that text may take.
    pub(crate) fn columns(self) -> usize {
        self.width.max(60)
    }

    /// Colours a text that is laid out already.
    pub(crate) fn paint(self, ink: Ink, text: &str) -> String {
        match ink.ansi() {
            Some(ansi) if self.color && !text.trim().is_empty() => format!("{ansi}{text}{ansi:#}"),
            _ => text.to_owned(),
        }
    }
}

/// What a piece of text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Ordinary text.
    Plain,
    /// A name or a figure that matters.
    Strong,
    /// What explains, such as units and footnotes.
    Quiet,
    /// All is well.
    Good,
    /// A doubt.
    Doubt,
    /// A failure.
    Bad,
}

impl Ink {
    fn ansi(self) -> Option<anstyle::Style> {
        let style = anstyle::Style::new();
        match self {
            Self::Plain => None,
            Self::Strong => Some(style.bold()),
            Self::Quiet => Some(style.effects(Effects::DIMMED)),
            Self::Good => Some(style.fg_color(Some(AnsiColor::Green.into()))),
            Self::Doubt => Some(style.fg_color(Some(AnsiColor::Yellow.into()))),
            Self::Bad => Some(style.fg_color(Some(AnsiColor::Red.into()))),
        }
    }
}
