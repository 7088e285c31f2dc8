//! Curves over one quantity.

use super::{
    canvas::{Anchor, Canvas, told},
    scale::{Scale, along, short_count},
};

const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 264.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 422.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 216.0;
/// The least distance of two labels.
const APART: f64 = 34.0;

/// A point of a curve.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    /// Where it lies across.
    pub at: f64,
    /// The value; `None` interrupts the curve.
    pub value: Option<f64>,
    /// The ends of its interval, in the same unit.
    pub interval: Option<(f64, f64)>,
}

impl Point {
    fn value(&self) -> Option<f64> {
        self.value.filter(|value| value.is_finite())
    }
}

/// A curve.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    /// What it shows.
    pub name: String,
    /// Its points; those of all curves of a plot lie at the same places.
    pub points: Vec<Point>,
}

/// Up to three curves; values from zero up, doublings across equally far apart.
#[derive(Debug, Clone)]
pub(crate) struct LineChart {
    /// What the plot shows.
    pub title: String,
    /// The name of the axis across, with its unit.
    pub across: String,
    /// The unit of the values.
    pub up: String,
    /// The curves.
    pub series: Vec<Series>,
}

impl LineChart {
    /// The plot; `None` when there is no value to show.
    pub(crate) fn svg(&self, id: &str) -> Option<String> {
        let points = || self.series.iter().flat_map(|series| &series.points);
        points().find_map(Point::value)?;
        let ends = points().filter(|p| p.value().is_some()).filter_map(|p| p.interval);
        let values = points().filter_map(Point::value).chain(ends.map(|(_, high)| high));
        let up = Scale::from_zero(values, 4, BOTTOM, TOP);
        let ats: Vec<f64> = self.series.first()?.points.iter().map(|point| point.at).collect();
        let places = along(&ats, LEFT + 14.0, RIGHT - 8.0);

        let mut canvas = Canvas::new(id, (WIDTH, HEIGHT), &self.title, &self.desc());
        let names: Vec<(usize, &str)> =
            self.series.iter().map(|series| series.name.as_str()).enumerate().collect();
        canvas.legend(&names, LEFT, 16.0);
        canvas.text("unit", LEFT - 8.0, 16.0, Anchor::End, &crate::text::cut(&self.up, 8));
        for tick in up.ticks() {
            let y = up.place(tick);
            canvas.line("grid", (LEFT, y), (RIGHT, y));
            canvas.text("tick", LEFT - 8.0, y + 4.0, Anchor::End, &up.label(tick));
        }
        let mut last = f64::NEG_INFINITY;
        for (x, at) in places.iter().zip(&ats) {
            if x - last >= APART {
                canvas.line("grid", (*x, BOTTOM), (*x, BOTTOM + 5.0));
                canvas.text("tick", *x, BOTTOM + 19.0, Anchor::Middle, &short_count(*at));
                last = *x;
            }
        }
        let across = crate::text::cut(&crate::text::clean(&self.across), 40);
        canvas.text("unit", (LEFT + RIGHT) / 2.0, HEIGHT - 8.0, Anchor::Middle, &across);
        for (index, series) in self.series.iter().enumerate() {
            let placed: Vec<Option<(f64, f64)>> = series
                .points
                .iter()
                .zip(&places)
                .map(|(point, x)| point.value().map(|value| (*x, up.place(value))))
                .collect();
            canvas.path(&format!("line s{}", index % 3 + 1), &placed);
            for ((point, x), place) in series.points.iter().zip(&places).zip(&placed) {
                let Some((_, y)) = place else { continue };
                if let Some((low, high)) = point.interval {
                    let class = format!("bar s{}", index % 3 + 1);
                    canvas.line(&class, (*x, up.place(low)), (*x, up.place(high)));
                }
                canvas.mark(index, *x, *y);
            }
        }
        Some(canvas.done())
    }

    fn desc(&self) -> String {
        let told = self.series.iter().map(|series| {
            let values: Vec<(String, Option<f64>)> =
                series.points.iter().map(|p| (short_count(p.at), p.value())).collect();
            format!("{}: {}", series.name, told(&values, &self.up))
        });
        format!("Across: {}. {}.", self.across, told.collect::<Vec<_>>().join(". "))
    }
}
