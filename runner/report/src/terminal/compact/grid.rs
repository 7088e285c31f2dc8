//! Figures side by side.

use crate::{
    style::{Ink, Style},
    text::{clean, cut, width},
};

/// Blanks between two figures of a line.
const GAP: usize = 3;
/// Blanks between a label and its value.
const BESIDE: usize = 2;
/// Characters that a label, a value and a unit may take.
const LONGEST: [usize; 3] = [24, 12, 10];

/// A figure: what it is, its value and unit, the mark of its footnote.
#[derive(Debug, Clone, Default)]
pub(super) struct Figure {
    label: String,
    value: String,
    unit: String,
    mark: String,
}

impl Figure {
    /// A figure; what others wrote is made safe and cut.
    pub(super) fn new(label: &str, value: &str, unit: &str, mark: &str) -> Self {
        let [l, v, u] = LONGEST;
        Self {
            label: cut(&clean(label), l),
            value: cut(&clean(value), v),
            unit: cut(&clean(unit), u),
            mark: mark.to_owned(),
        }
    }

    /// What follows the value: its mark and its unit.
    fn tail(&self) -> String {
        match (self.mark.as_str(), self.unit.as_str()) {
            ("", "") => String::new(),
            (mark, "") => mark.to_owned(),
            ("", unit) => format!(" {unit}"),
            (mark, unit) => format!("{mark} {unit}"),
        }
    }
}

/// Widths of label, value and tail of one column.
type Widths = [usize; 3];

/// Lines of figures below one another; `None` leaves a place empty. Lines that
/// are too long for the width are broken between figures.
pub(super) fn grid(lines: &[Vec<Option<Figure>>], style: Style) -> String {
    let room = style.columns().saturating_sub(2);
    let mut across = lines.iter().map(Vec::len).max().unwrap_or(0);
    loop {
        let broken: Vec<&[Option<Figure>]> =
            lines.iter().flat_map(|line| line.chunks(across.max(1))).collect();
        let widths = widths(&broken, across);
        let total: usize =
            widths.iter().flatten().sum::<usize>() + across.max(1) * (GAP + BESIDE) - GAP;
        if total <= room || across <= 1 {
            return render(&broken, &widths, style);
        }
        across -= 1;
    }
}

fn widths(lines: &[&[Option<Figure>]], across: usize) -> Vec<Widths> {
    let column = |index: usize| {
        let figures = lines.iter().filter_map(|line| line.get(index)?.as_ref());
        figures.fold([0, 0, 0], |[l, v, t]: Widths, figure| {
            [l.max(width(&figure.label)), v.max(width(&figure.value)), t.max(width(&figure.tail()))]
        })
    };
    (0..across).map(column).collect()
}

fn render(lines: &[&[Option<Figure>]], widths: &[Widths], style: Style) -> String {
    let mut out = String::new();
    for line in lines.iter().filter(|line| line.iter().any(Option::is_some)) {
        // Blanks are written only before what follows them.
        let mut blanks = 2;
        for (place, [l, v, t]) in line.iter().zip(widths) {
            let Some(figure) = place else {
                blanks += l + BESIDE + v + t + GAP;
                continue;
            };
            let (pad, tail) =
                (l + BESIDE + v - width(&figure.label) - width(&figure.value), figure.tail());
            out.push_str(&" ".repeat(blanks));
            out.push_str(&style.paint(Ink::Quiet, &figure.label));
            out.push_str(&" ".repeat(pad));
            out.push_str(&style.paint(Ink::Strong, &figure.value));
            out.push_str(&style.paint(Ink::Quiet, &tail));
            blanks = t - width(&tail) + GAP;
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Vec<Vec<Option<Figure>>> {
        let figure =
            |label: &str, value: &str, unit: &str| Some(Figure::new(label, value, unit, ""));
        vec![
            vec![figure("TTFT", "6.24", "ms"), None, figure("prompt", "134", "tokens")],
            vec![figure("prefill", "21,786", "tok/s"), figure("wall", "96.0", "ms")],
        ]
    }

    #[test]
    fn figures_stand_below_one_another() {
        let want = "  TTFT       6.24 ms                      prompt  134 tokens\n  \
                    prefill  21,786 tok/s   wall  96.0 ms\n";
        assert_eq!(grid(&lines(), Style::plain(80)), want);
    }

    #[test]
    fn a_narrow_terminal_breaks_lines_between_figures() {
        let long = Some(Figure::new("a label", "1", &"u".repeat(40), "¹"));
        let text = grid(&[vec![long; 3]], Style::plain(60));
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.lines().all(|line| width(line) <= 60 && line.contains("1¹ uuuuuuuuu…")));
    }
}
