//! Plots as inline SVG: no scripts, no fonts, no colours of their own. Classes
//! name what a shape is; the page's style colours them, in dark and in light.

mod canvas;
mod lines;
mod percentiles;
mod scale;
mod traces;
mod turns;

pub(crate) use lines::{LineChart, Point, Series};
pub(crate) use percentiles::{Percentiles, PercentilesChart};
pub(crate) use traces::{Band, Trace, TraceChart};
pub(crate) use turns::{Turn, TurnChart};

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, points: Vec<Point>) -> Series {
        Series { name: name.into(), points }
    }

    fn point(at: f64, value: Option<f64>) -> Point {
        Point { at, value, interval: None }
    }

    fn chart(series: Vec<Series>) -> LineChart {
        LineChart {
            title: "decode over <context>".into(),
            across: "context, tokens".into(),
            up: "tok/s".into(),
            series,
        }
    }

    #[test]
    fn a_line_stops_where_nothing_was_measured() {
        let points = vec![
            point(1.0, Some(80.0)),
            point(2.0, Some(70.0)),
            point(4.0, None),
            point(8.0, Some(40.0)),
            point(16.0, Some(20.0)),
        ];
        let svg = chart(vec![series("decode", points)]).svg("p").unwrap();
        let path = svg.split("<path class=\"line s1\" d=\"").nth(1).unwrap();
        let path = path.split('"').next().unwrap();
        assert_eq!(path.matches('M').count(), 2, "{path}");
        assert_eq!(path.matches('L').count(), 2, "{path}");
        assert!(svg.contains("not measured at 4"), "{svg}");
        assert!(svg.contains("decode over &lt;context&gt;") && svg.contains("role=\"img\""));
    }

    #[test]
    fn nothing_to_plot_is_no_plot() {
        assert!(chart(vec![series("x", vec![])]).svg("p").is_none());
        assert!(chart(vec![series("x", vec![point(1.0, None)])]).svg("p").is_none());
        assert!(chart(vec![series("x", vec![point(1.0, Some(f64::NAN))])]).svg("p").is_none());
        assert!(TurnChart { title: "t".into(), turns: vec![] }.svg("p").is_none());
        assert!(PercentilesChart { title: "t".into(), rows: vec![] }.svg("p").is_none());
    }

    #[test]
    fn an_interval_is_a_bar() {
        let with = Point { at: 1.0, value: Some(5.0), interval: Some((4.0, 6.0)) };
        let svg = chart(vec![series("x", vec![with])]).svg("p").unwrap();
        assert_eq!(svg.matches("class=\"bar s1\"").count(), 1);
    }

    proptest::proptest! {
        #[test]
        fn every_number_in_a_plot_is_finite(
            points in proptest::collection::vec((proptest::num::f64::ANY, proptest::num::f64::ANY), 0..6),
        ) {
            let points: Vec<Point> =
                points.into_iter().map(|(at, v)| Point { at, value: Some(v), interval: Some((v, at)) }).collect();
            let rows = points.iter().map(|p| Percentiles {
                name: "w".into(), p50: p.value, p95: Some(p.at), p99: None,
            });
            let turns = points.iter().map(|p| Turn {
                at: 1, kind: "k".into(), prompt: p.value, cached: Some(p.at), ttft_ms: Some(p.at), turn_ms: p.value,
            });
            let plots = [
                PercentilesChart { title: "t".into(), rows: rows.collect() }.svg("a"),
                TurnChart { title: "t".into(), turns: turns.collect() }.svg("b"),
                chart(vec![series("x", points)]).svg("c"),
            ];
            for svg in plots.into_iter().flatten() {
                proptest::prop_assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            }
        }
    }
}
