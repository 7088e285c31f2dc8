//! The list of rows that others claim.

use tachograph_model::{Digest, Imported};

use crate::{
    number::{UNMEASURED, short as short_number},
    style::{Ink, Style},
    table::{Cell, Column, Table},
    text::{cut, cut_middle},
};

/// Imported rows as a table, in the order given.
pub fn imported_table(rows: &[(Digest, &Imported)], style: Style) -> String {
    let mut table = Table::new(vec![
        Column::left("row"),
        Column::left("backend").name(),
        Column::left("platform"),
        Column::left("model").name(),
        Column::right("tok/s"),
        Column::right("TTFT").under("ms"),
        Column::right("n"),
        Column::left("evidence"),
    ]);
    let figure =
        |value: Option<f64>| Cell::plain(value.map_or_else(|| UNMEASURED.to_owned(), short_number));
    for (id, imported) in rows {
        let row = &imported.row;
        table.row(vec![
            Cell::new(Ink::Strong, &id.hex().chars().take(8).collect::<String>()),
            Cell::plain(cut(&row.backend, 24)),
            Cell::plain(cut(&format!("{}-{}", row.platform, row.arch), 16)),
            Cell::plain(cut_middle(&row.model, 40)),
            figure(row.avg_tokens_per_second),
            figure(row.ttft_ms),
            Cell::plain(row.iterations.to_string()),
            Cell::new(Ink::Doubt, &cut(&imported.evidence, 12)),
        ]);
    }
    table.render(style, 0)
}

#[cfg(test)]
mod tests {
    use tachograph_model::Submission;

    use super::*;
    use crate::fixture;

    fn imported(model: &str, rate: Option<f64>) -> Imported {
        Imported {
            kind: "imported".into(),
            schema: 1,
            evidence: "claimed".into(),
            imported_unix_s: 1_795_313_100,
            row: Submission {
                model: model.into(),
                model_size_bytes: None,
                quantization: Some("q4_k_m".into()),
                backend: "llama.cpp".into(),
                platform: "darwin".into(),
                arch: "arm64".into(),
                os_version: None,
                accelerator: None,
                ram_total_bytes: None,
                iterations: 10,
                prompt_tokens: None,
                completion_tokens: None,
                avg_latency_ms: None,
                min_latency_ms: None,
                max_latency_ms: None,
                p50_latency_ms: None,
                p90_latency_ms: None,
                p95_latency_ms: None,
                p99_latency_ms: None,
                ttft_ms: rate.map(|_| 142.3),
                tpot_ms: None,
                avg_tokens_per_second: rate,
                peak_tokens_per_second: None,
                peak_memory_bytes: None,
                source: None,
            },
            left_out: Vec::new(),
        }
    }

    #[test]
    fn rows_of_others() {
        let rows = [
            imported("phi-4-mini", Some(38.7)),
            imported("a-model-with-a-name-that-is-far-too-long-for-a-table", None),
            imported(&fixture::nasty("model"), Some(f64::NAN)),
        ];
        let ids = [Digest::from_bytes([9; 32]), Digest::from_bytes([171; 32])];
        let listed: Vec<(Digest, &Imported)> = ids.iter().copied().zip(&rows).collect();
        insta::assert_snapshot!(
            "imported",
            fixture::fits(&imported_table(&listed, Style::plain(80)))
        );
        let odd = [(ids[0], &rows[2])];
        fixture::fits(&imported_table(&odd, Style::plain(80)));
    }
}
