//! Percentiles of one quantity, a row each.

use super::{
    canvas::{Anchor, Canvas},
    scale::Scale,
};
use crate::{
    document::value_text,
    text::{clean, cut},
};

const WIDTH: f64 = 440.0;
const LEFT: f64 = 138.0;
const RIGHT: f64 = 418.0;
const TOP: f64 = 32.0;
const ROW: f64 = 30.0;

/// One row: percentiles in milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Percentiles {
    /// Of what.
    pub name: String,
    /// The median.
    pub p50: Option<f64>,
    /// The 95th percentile.
    pub p95: Option<f64>,
    /// The 99th percentile.
    pub p99: Option<f64>,
}

impl Percentiles {
    fn all(&self) -> [Option<f64>; 3] {
        [self.p50, self.p95, self.p99].map(|value| value.filter(|value| value.is_finite()))
    }
}

/// Rows of percentiles on one scale from zero.
#[derive(Debug, Clone)]
pub(crate) struct PercentilesChart {
    /// What the plot shows.
    pub title: String,
    /// The rows.
    pub rows: Vec<Percentiles>,
}

impl PercentilesChart {
    /// The plot; `None` when there is no value to show.
    pub(crate) fn svg(&self, id: &str) -> Option<String> {
        let rows: Vec<&Percentiles> =
            self.rows.iter().filter(|row| row.all().iter().any(Option::is_some)).collect();
        if rows.is_empty() {
            return None;
        }
        let values = rows.iter().flat_map(|row| row.all()).flatten();
        let across = Scale::from_zero(values, 4, LEFT, RIGHT);
        let bottom = TOP + ROW * rows.len() as f64;
        let desc = rows.iter().map(|row| {
            let told = [("p50", 0), ("p95", 1), ("p99", 2)].map(|(name, index)| {
                let value = row.all()[index];
                format!("{name} {}", value.map_or("not measured".to_owned(), value_text))
            });
            format!("{}: {} ms.", row.name, told.join(", "))
        });
        let desc = desc.collect::<Vec<_>>().join(" ");
        let mut canvas = Canvas::new(id, (WIDTH, bottom + 44.0), &self.title, &desc);
        let shown: Vec<(usize, &str)> = ["p50", "p95", "p99"]
            .into_iter()
            .enumerate()
            .filter(|(index, _)| rows.iter().any(|row| row.all()[*index].is_some()))
            .collect();
        canvas.legend(&shown, LEFT, 16.0);
        for tick in across.ticks() {
            let x = across.place(tick);
            canvas.line("grid", (x, TOP), (x, bottom));
            canvas.text("tick", x, bottom + 17.0, Anchor::Middle, &across.label(tick));
        }
        canvas.text("unit", (LEFT + RIGHT) / 2.0, bottom + 36.0, Anchor::Middle, "ms");
        for (index, row) in rows.iter().enumerate() {
            let y = TOP + ROW * (index as f64 + 0.5);
            canvas.text("tick", LEFT - 10.0, y + 4.0, Anchor::End, &cut(&clean(&row.name), 20));
            let placed: Vec<Option<(f64, f64)>> = row
                .all()
                .into_iter()
                .flatten()
                .map(|value| Some((across.place(value), y)))
                .collect();
            canvas.path("span", &placed);
            for (series, value) in row.all().into_iter().enumerate() {
                if let Some(value) = value {
                    canvas.mark(series, across.place(value), y);
                }
            }
        }
        Some(canvas.done())
    }
}
