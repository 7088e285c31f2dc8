//! The turns of a conversation: what each prompt reused, and where time went.

use super::{
    canvas::{Anchor, Canvas},
    scale::Scale,
};
use crate::{
    document::value_text,
    text::{clean, cut},
};

const WIDTH: f64 = 720.0;
const LEFT: f64 = 122.0;
const TOP: f64 = 48.0;
const ROW: f64 = 24.0;
const BAR: f64 = 14.0;
/// Where the bars of prompts end.
const PROMPTS_END: f64 = 366.0;
/// Where the bars of time begin and end.
const TIMES: (f64, f64) = (400.0, 702.0);

/// One turn.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    /// Its number.
    pub at: i64,
    /// What it does.
    pub kind: String,
    /// Prompt tokens.
    pub prompt: Option<f64>,
    /// Prompt tokens that came from a cache.
    pub cached: Option<f64>,
    /// Time to its first token, milliseconds.
    pub ttft_ms: Option<f64>,
    /// Its whole time, milliseconds.
    pub turn_ms: Option<f64>,
}

/// Turns, one a row; times begin where the turn before ended.
#[derive(Debug, Clone)]
pub(crate) struct TurnChart {
    /// What the plot shows.
    pub title: String,
    /// The turns, in order.
    pub turns: Vec<Turn>,
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite() && *value >= 0.0)
}

impl TurnChart {
    /// The plot; `None` when there is no value to show.
    pub(crate) fn svg(&self, id: &str) -> Option<String> {
        let prompts = || self.turns.iter().filter_map(|turn| finite(turn.prompt));
        let times = || self.turns.iter().filter_map(|turn| finite(turn.turn_ms));
        prompts().chain(times()).next()?;
        let tokens = Scale::from_zero(prompts(), 3, LEFT, PROMPTS_END);
        // A sum that has no end is no scale.
        let total = times().sum::<f64>() / 1e3;
        let seconds = Scale::from_zero([total].into_iter(), 4, TIMES.0, TIMES.1);
        let bottom = TOP + ROW * self.turns.len() as f64;
        let mut canvas = Canvas::new(id, (WIDTH, bottom + 42.0), &self.title, &self.desc());
        keys(
            &mut canvas,
            LEFT,
            &[("cached", "from the cache"), ("new", "new"), ("open", "not said")],
        );
        keys(&mut canvas, TIMES.0, &[("wait", "to the first token"), ("give", "output")]);
        for (scale, name) in [(tokens, "prompt, tokens"), (seconds, "time in turns, s")] {
            for tick in scale.ticks() {
                let x = scale.place(tick);
                canvas.line("grid", (x, TOP - 8.0), (x, bottom));
                canvas.text("tick", x, bottom + 17.0, Anchor::Middle, &scale.label(tick));
            }
            let middle = (scale.place(0.0) + scale.place(f64::MAX)) / 2.0;
            canvas.text("unit", middle, bottom + 35.0, Anchor::Middle, name);
        }
        let mut before = 0.0;
        for (index, turn) in self.turns.iter().enumerate() {
            let y = TOP + ROW * index as f64;
            let name = cut(&clean(&format!("{} {}", turn.at, turn.kind)), 18);
            canvas.text("tick", LEFT - 8.0, y + 11.0, Anchor::End, &name);
            if let Some(prompt) = finite(turn.prompt) {
                let (from, to) = (tokens.place(0.0), tokens.place(prompt));
                match finite(turn.cached) {
                    Some(cached) => {
                        let split = tokens.place(cached.min(prompt));
                        canvas.rect("cached", from, y, split - from, BAR);
                        canvas.rect("new", split, y, to - split, BAR);
                    }
                    None => canvas.rect("open", from, y, to - from, BAR),
                }
            }
            if let Some(whole) = finite(turn.turn_ms) {
                let first = finite(turn.ttft_ms).unwrap_or(0.0).min(whole);
                let place = |ms: f64| seconds.place((before + ms) / 1e3);
                canvas.rect("wait", place(0.0), y, place(first) - place(0.0), BAR);
                canvas.rect("give", place(first), y, place(whole) - place(first), BAR);
                before += whole;
            }
        }
        Some(canvas.done())
    }

    fn desc(&self) -> String {
        let told = |value: Option<f64>, unit: &str| match finite(value) {
            Some(value) => format!("{} {unit}", value_text(value)),
            None => "not measured".to_owned(),
        };
        let turns = self.turns.iter().map(|turn| {
            format!(
                "Turn {} {}: prompt {}, cached {}, first token after {}, whole turn {}.",
                turn.at,
                turn.kind,
                told(turn.prompt, "tokens"),
                told(turn.cached, "tokens"),
                told(turn.ttft_ms, "ms"),
                told(turn.turn_ms, "ms")
            )
        });
        turns.collect::<Vec<_>>().join(" ")
    }
}

/// Boxes with their names, in one row from `x` on.
fn keys(canvas: &mut Canvas, x: f64, keys: &[(&str, &str)]) {
    let mut x = x;
    for (class, name) in keys {
        canvas.rect(class, x, 10.0, 12.0, 12.0);
        canvas.text("key", x + 17.0, 20.0, Anchor::Start, name);
        x += 34.0 + name.len() as f64 * 6.4;
    }
}
