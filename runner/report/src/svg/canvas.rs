//! Shapes, written one after another.

use crate::{document::value_text, markup::escape};

/// Where a text stands to its point.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// An SVG that grows.
#[derive(Debug)]
pub(super) struct Canvas {
    out: String,
}

/// A coordinate, to a tenth of a unit.
pub(super) fn at(value: f64) -> String {
    let value = if value.is_finite() { value.clamp(-1e5, 1e5) } else { 0.0 };
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

impl Canvas {
    /// An image with its title and a description in words; `id` is unique on
    /// the page.
    pub(super) fn new(id: &str, size: (f64, f64), title: &str, desc: &str) -> Self {
        let (id, title, desc) = (escape(id), escape(title), escape(desc));
        let (width, height) = (at(size.0), at(size.1));
        Self {
            out: format!(
                "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" \
                 aria-labelledby=\"{id}-t {id}-d\">\n\
                 <title id=\"{id}-t\">{title}</title>\n<desc id=\"{id}-d\">{desc}</desc>\n"
            ),
        }
    }

    pub(super) fn text(&mut self, class: &str, x: f64, y: f64, anchor: Anchor, text: &str) {
        let (x, y, word, text) = (at(x), at(y), anchor.word(), escape(text));
        self.out.push_str(&format!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{word}\">{text}</text>\n"
        ));
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let (x1, y1, x2, y2) = (at(from.0), at(from.1), at(to.0), at(to.1));
        self.out.push_str(&format!(
            "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>\n"
        ));
    }

    /// A box; one without width is left out.
    pub(super) fn rect(&mut self, class: &str, x: f64, y: f64, width: f64, height: f64) {
        if width <= 0.0 || !width.is_finite() {
            return;
        }
        // What was measured is seen, however little it is.
        let (x, y, width, height) = (at(x), at(y), at(width.max(0.8)), at(height));
        self.out.push_str(&format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>\n"
        ));
    }

    /// Lines through points; a `None` interrupts them.
    pub(super) fn path(&mut self, class: &str, points: &[Option<(f64, f64)>]) {
        let mut d = String::new();
        let mut pen = 'M';
        for point in points {
            let Some((x, y)) = point else {
                pen = 'M';
                continue;
            };
            d.push_str(&format!("{pen}{} {}", at(*x), at(*y)));
            pen = 'L';
        }
        self.out.push_str(&format!("<path class=\"{class}\" d=\"{d}\"/>\n"));
    }

    /// The mark of the n-th series: a disc, a diamond, a square, so that colour
    /// is not all that tells them apart.
    pub(super) fn mark(&mut self, series: usize, x: f64, y: f64) {
        let class = format!("mark s{}", series % 3 + 1);
        let (cx, cy) = (at(x), at(y));
        match series % 3 {
            0 => self.out.push_str(&format!(
                "<circle class=\"{class}\" cx=\"{cx}\" cy=\"{cy}\" r=\"4\"/>\n"
            )),
            1 => self.out.push_str(&format!(
                "<path class=\"{class}\" d=\"M{cx} {} L{} {cy} L{cx} {} L{} {cy}Z\"/>\n",
                at(y - 5.2),
                at(x + 5.2),
                at(y + 5.2),
                at(x - 5.2)
            )),
            _ => self.rect(&class, x - 3.6, y - 3.6, 7.2, 7.2),
        }
    }

    /// Marks of series with their names, in one row from `x` on.
    pub(super) fn legend(&mut self, names: &[(usize, &str)], x: f64, y: f64) {
        let mut x = x;
        for (series, name) in names {
            let name = crate::text::cut(&crate::text::clean(name), 24);
            self.mark(*series, x + 5.0, y - 4.0);
            self.text("key", x + 15.0, y, Anchor::Start, &name);
            x += 36.0 + crate::text::width(&name) as f64 * 7.0;
        }
    }

    pub(super) fn done(mut self) -> String {
        self.out.push_str("</svg>\n");
        self.out
    }
}

/// Values in words, for the description of a plot.
pub(super) fn told(values: &[(String, Option<f64>)], unit: &str) -> String {
    let known: Vec<String> = values
        .iter()
        .filter_map(|(at, value)| Some(format!("{} at {at}", value_text((*value)?))))
        .collect();
    let missing: Vec<&str> =
        values.iter().filter(|(_, value)| value.is_none()).map(|(at, _)| at.as_str()).collect();
    let mut text = format!("{} {unit}", known.join(", ")).trim().to_owned();
    if !missing.is_empty() {
        text.push_str(&format!("; not measured at {}", missing.join(", ")));
    }
    text
}
