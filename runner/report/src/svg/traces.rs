//! Readings over the time of a run.

use super::{
    canvas::{Anchor, Canvas},
    scale::Scale,
};
use crate::document::value_text;

const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 422.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 192.0;

/// A reading over time.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    /// What was read.
    pub name: String,
    /// Seconds and values, in order; `None` interrupts the trace.
    pub points: Vec<(f64, Option<f64>)>,
}

/// A stretch of values with a name, drawn behind the traces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Band {
    /// The class that colours it.
    pub class: &'static str,
    /// What it means.
    pub name: &'static str,
    /// Where it begins.
    pub from: f64,
    /// Where it ends; none for the last.
    pub to: Option<f64>,
}

/// Up to three traces; values from zero up, seconds across.
#[derive(Debug, Clone)]
pub(crate) struct TraceChart {
    /// What the plot shows.
    pub title: String,
    /// The unit of the values.
    pub up: String,
    /// The traces.
    pub traces: Vec<Trace>,
    /// Bands behind them, as far as the scale reaches.
    pub bands: &'static [Band],
}

impl Trace {
    fn known(&self) -> impl Iterator<Item = (f64, f64)> {
        let known = self.points.iter().filter_map(|(at, value)| Some((*at, (*value)?)));
        known.filter(|(at, value)| at.is_finite() && value.is_finite())
    }
}

impl TraceChart {
    /// The plot; `None` when there is no value to show.
    pub(crate) fn svg(&self, id: &str) -> Option<String> {
        let known = || self.traces.iter().flat_map(Trace::known);
        known().next()?;
        let up = Scale::from_zero(known().map(|(_, value)| value), 4, BOTTOM, TOP);
        let across = Scale::from_zero(known().map(|(at, _)| at), 5, LEFT, RIGHT);
        let mut canvas = Canvas::new(id, (WIDTH, HEIGHT), &self.title, &self.desc());
        let names: Vec<(usize, &str)> =
            self.traces.iter().map(|trace| trace.name.as_str()).enumerate().collect();
        for band in self.bands {
            let (low, high) = (up.place(band.from), up.place(band.to.unwrap_or(f64::MAX)));
            if low - high >= 1.0 {
                canvas.rect(band.class, LEFT, high, RIGHT - LEFT, low - high);
            }
        }
        canvas.legend(&names, LEFT, 16.0);
        canvas.text("unit", LEFT - 8.0, 16.0, Anchor::End, &crate::text::cut(&self.up, 8));
        for tick in up.ticks() {
            let y = up.place(tick);
            canvas.line("grid", (LEFT, y), (RIGHT, y));
            canvas.text("tick", LEFT - 8.0, y + 4.0, Anchor::End, &up.label(tick));
        }
        for tick in across.ticks() {
            let x = across.place(tick);
            canvas.line("grid", (x, BOTTOM), (x, BOTTOM + 5.0));
            canvas.text("tick", x, BOTTOM + 19.0, Anchor::Middle, &across.label(tick));
        }
        canvas.text("unit", (LEFT + RIGHT) / 2.0, HEIGHT - 8.0, Anchor::Middle, "seconds");
        for (index, trace) in self.traces.iter().enumerate() {
            let placed = trace.points.iter().map(|(at, value)| {
                let value = value.filter(|value| value.is_finite() && at.is_finite())?;
                Some((across.place(*at), up.place(value)))
            });
            let placed: Vec<Option<(f64, f64)>> = placed.collect();
            canvas.path(&format!("line s{}", index % 3 + 1), &placed);
            // The mark of the legend, where the trace ends.
            if let Some((x, y)) = placed.iter().rev().find_map(|point| *point) {
                canvas.mark(index, x, y);
            }
        }
        // Over the traces, which may cross a name anywhere.
        for band in self.bands {
            let (low, high) = (up.place(band.from), up.place(band.to.unwrap_or(f64::MAX)));
            if low - high >= 14.0 {
                canvas.text("tick over", LEFT + 6.0, high + 13.0, Anchor::Start, band.name);
            }
        }
        Some(canvas.done())
    }

    /// The first, least, largest and last value of each trace, in words.
    fn desc(&self) -> String {
        let told = self.traces.iter().map(|trace| {
            let values: Vec<f64> = trace.known().map(|(_, value)| value).collect();
            let [Some(first), Some(last)] = [values.first(), values.last()] else {
                return format!("{}: not read", trace.name);
            };
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let [first, last, low, high] = [*first, *last, low, high].map(value_text);
            let up = &self.up;
            format!("{}: {first} {up} at first, {low} to {high}, {last} at last", trace.name)
        });
        format!("{}.", told.collect::<Vec<_>>().join(". "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BANDS: &[Band] = &[
        Band { class: "band b1", name: "light", from: 40.0, to: Some(60.0) },
        Band { class: "band b4", name: "throttling", from: 95.0, to: None },
    ];

    fn chart(points: Vec<(f64, Option<f64>)>) -> TraceChart {
        let traces = vec![Trace { name: "package".into(), points }];
        TraceChart { title: "temperature".into(), up: "°C".into(), traces, bands: BANDS }
    }

    #[test]
    fn a_trace_stops_where_nothing_was_read_and_has_no_zero_for_it() {
        let points = vec![(0.0, Some(52.0)), (1.0, Some(55.0)), (2.0, None), (3.0, Some(58.0))];
        let svg = chart(points).svg("t").unwrap();
        let path = svg.split("<path class=\"line s1\" d=\"").nth(1).unwrap();
        let path = path.split('"').next().unwrap();
        assert_eq!((path.matches('M').count(), path.matches('L').count()), (2, 1), "{path}");
        assert!(svg.contains("package: 52.0 °C at first, 52.0 to 58.0, 58.0 at last."), "{svg}");
        assert_eq!(chart(vec![(0.0, None)]).svg("t"), None);
        assert_eq!(chart(vec![]).svg("t"), None);
    }

    #[test]
    fn bands_that_no_value_comes_near_are_left_out() {
        let cool = chart(vec![(0.0, Some(45.0))]).svg("t").unwrap();
        assert!(cool.contains("band b1") && !cool.contains("band b4"), "{cool}");
        let hot = chart(vec![(0.0, Some(97.0))]).svg("t").unwrap();
        assert!(hot.contains("band b1") && hot.contains("band b4"), "{hot}");
    }

    proptest::proptest! {
        #[test]
        fn no_reading_makes_an_image_that_is_none(
            points in proptest::collection::vec((proptest::num::f64::ANY, proptest::option::of(proptest::num::f64::ANY)), 0..9)
        ) {
            if let Some(svg) = chart(points).svg("t") {
                proptest::prop_assert!(!svg.contains("NaN") && !svg.contains("\"inf"), "{svg}");
            }
        }
    }
}
