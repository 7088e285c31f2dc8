//! A table over sequence lengths.

use tachograph_model::RunResult;

use super::figures::{Figure, part, placed};
use crate::{
    footnotes::Footnotes,
    number::{UNMEASURED, short},
    style::Style,
    table::{Cell, Column, Table},
};

const ID: &str = "sequence-sweep";
const GIGA: f64 = 1e9;

/// Prefill, decode, latency, memory and temperature over the lengths of
/// `sequence-sweep`, in columns of plain text. Gigabytes are 10⁹ bytes. None when
/// the run has no such workload.
pub fn length_table(result: &RunResult) -> Option<String> {
    let prefill = part(result, ID, "length", "prompt_tps");
    let decode = part(result, ID, "length", "decode_tps");
    let mut lengths: Vec<i64> =
        prefill.iter().chain(&decode).flat_map(|part| part.rows.iter().map(|row| row.at)).collect();
    lengths.sort_unstable();
    lengths.dedup();
    if lengths.is_empty() {
        return None;
    }
    let heads = [
        ("prefill", "tok/s"),
        ("latency", "ms"),
        ("± std", "ms"),
        ("decode", "tok/s"),
        ("a token", "ms"),
        ("peak mem", "GB"),
        ("active", "GB"),
        ("SoC", "°C"),
    ];
    let mut columns = vec![Column::right("seq_len").under("tokens")];
    columns.extend(heads.map(|(head, unit)| Column::right(head).under(unit)));
    let mut table = Table::new(columns);
    let mut notes = Footnotes::default();
    for length in lengths {
        let figures: [(Figure, f64); 8] = [
            (placed(prefill, length, "prompt_tps"), 1.0),
            (placed(prefill, length, "latency_mean_ms"), 1.0),
            (placed(prefill, length, "latency_std_ms"), 1.0),
            (placed(decode, length, "decode_tps"), 1.0),
            (placed(decode, length, "mean_per_token_ms"), 1.0),
            (placed(decode, length, "peak_memory_bytes"), GIGA),
            (placed(decode, length, "active_memory_bytes"), GIGA),
            (placed(decode, length, "temperature_c"), 1.0),
        ];
        let mut cells = vec![Cell::plain(length.to_string())];
        cells.extend(figures.into_iter().map(|(figure, over)| match figure {
            Ok(value) => Cell::plain(short(value / over)),
            Err(reason) => Cell::plain(UNMEASURED).marked(&notes.mark(&reason)),
        }));
        table.row(cells);
    }
    let style = Style::plain(80);
    let mut out = table.render(style, 0);
    let notes = notes.render(style, 0);
    if !notes.is_empty() {
        out.push('\n');
        out.push_str(&notes);
    }
    Some(out)
}
