//! The sections of a phase; one whose workload the run does not have is left out.

use tachograph_model::RunResult;

use super::{
    figures::{at, labelled, of, part, placed},
    page::{Cell, Page},
    phase::Phase,
};
use crate::number::{UNMEASURED, bytes, percent, short};

impl<'a> Phase<'a> {
    /// What the memory allows one stream of decode.
    pub(super) fn limits(&self, page: &mut Page) {
        let Some(roof) = &self.result.roof else { return };
        let unknown = |source: &String| Err(source.clone());
        let bandwidth = roof.bandwidth_bytes_per_s.map(|rate| rate as f64);
        let bandwidth = bandwidth.map_or_else(|| unknown(&roof.bandwidth_source), Ok);
        let most = roof.max_decode_tps.map_or_else(
            || match &bandwidth {
                Ok(_) => unknown(&roof.bytes_source),
                Err(_) => unknown(&roof.bandwidth_source),
            },
            Ok,
        );
        let least = most.clone().map(|rate| 1e3 / rate);
        page.heading(2, "Theoretical Limits");
        let gigabytes = |rate: f64| format!("{} GB/s", short(rate / 1e9));
        let facts = vec![
            ("Memory bandwidth", page.cell(&bandwidth, gigabytes)),
            (
                "Most tok/s (memory-bound)",
                page.cell(&most, |rate| format!("{} tok/s", short(rate))),
            ),
            ("Least TPOT", page.cell(&least, |ms| format!("{} ms", short(ms)))),
        ];
        page.facts(["Metric", "Value"], facts);
    }

    pub(super) fn throughput(&self, page: &mut Page) {
        let modes =
            |result: &'a RunResult| part(result, "throughput-modes", "requests", "aggregate_tps");
        let Some(table) = modes(self.result) else { return };
        page.heading(2, "Throughput");
        let mut rows = Vec::new();
        for each in &table.rows {
            let label = each.label.clone().unwrap_or_default();
            let many = if each.at == 1 { "request" } else { "requests" };
            let cells = vec![
                Cell::new(format!("{label} ({} {many})", each.at)),
                page.cell(&at(each, "aggregate_tps"), short),
                page.cell(&at(each, "utilization"), percent),
            ];
            rows.push(self.row(cells, |result| labelled(modes(result), &label, "aggregate_tps")));
        }
        page.table(&self.heads(&["Benchmark", "tok/s", "Utilization"]), &rows);
        let speedup = of(self.result, "throughput-modes", "concurrent_speedup");
        let speedup = page.cell(&speedup, |times| format!("{times:.2}×"));
        page.says("Concurrent over sequential: ", &speedup, "");
        let Some(table) = part(self.result, "context-scaling", "length", "aggregate_tps") else {
            return;
        };
        page.heading(3, "Context Length Scaling");
        let mut rows = Vec::new();
        for each in &table.rows {
            rows.push(vec![
                Cell::new(each.at.to_string()),
                page.cell(&at(each, "output_tokens"), short_whole),
                page.cell(&at(each, "latency_mean_ms"), |ms| short(ms / 1e3)),
                page.cell(&at(each, "aggregate_tps"), short),
            ]);
        }
        page.table(&["Context Length", "Tokens", "Time (s)", "tok/s"], &rows);
    }

    pub(super) fn latency(&self, page: &mut Page) {
        let id = "prompt-latency";
        if part(self.result, id, "prompt", "ttft_ms").is_none() {
            return;
        }
        page.heading(2, "Latency");
        let tokens = of(self.result, id, "end_to_end_tokens").map_or(String::new(), short_whole);
        let metrics = [
            ("TTFT (time to first token)".to_owned(), "ttft_ms", "ms"),
            ("TPOT (time per output token)".to_owned(), "tpot_ms", "ms"),
            ("Decode throughput".to_owned(), "decode_tps", "tok/s"),
            (format!("E2E ({tokens} tokens)"), "end_to_end_ms", "ms"),
        ];
        let mut rows = Vec::new();
        for (name, metric, unit) in metrics {
            let value = page.cell(&of(self.result, id, metric), |v| format!("{} {unit}", short(v)));
            rows.push(self.row(vec![Cell::new(name), value], |result| of(result, id, metric)));
        }
        page.table(&self.heads(&["Metric", "Value"]), &rows);
        let latency = ["ttft_ms", "tpot_ms", "decode_tps"];
        if let Some(table) = part(self.result, id, "prompt", "ttft_ms") {
            page.heading(3, "Per-Prompt Latency");
            let mut rows = Vec::new();
            for each in &table.rows {
                let name = each.label.clone().unwrap_or_else(|| each.at.to_string());
                let tokens = page.cell(&at(each, "output_tokens"), short_whole);
                let mut cells = vec![Cell::new(name), tokens];
                cells.extend(latency.map(|metric| page.cell(&at(each, metric), short)));
                rows.push(cells);
            }
            page.table(&["Prompt", "Tokens", "TTFT (ms)", "TPOT (ms)", "tok/s"], &rows);
        }
        if let Some(table) = part(self.result, "context-scaling", "length", "ttft_ms") {
            page.heading(3, "Context Length Scaling");
            let mut rows = Vec::new();
            for each in &table.rows {
                let mut cells = vec![Cell::new(each.at.to_string())];
                cells.extend(latency.map(|metric| page.cell(&at(each, metric), short)));
                rows.push(cells);
            }
            page.table(&["Context", "TTFT (ms)", "TPOT (ms)", "Decode tok/s"], &rows);
        }
    }

    pub(super) fn memory(&self, page: &mut Page) {
        let id = "memory-profile";
        let Some(table) = part(self.result, id, "sequences", "kv_used_bytes") else { return };
        page.heading(2, "Memory");
        let sized = |bytes_: f64| bytes(bytes_.max(0.0) as u64);
        let rows =
            [("Model weights", "weight_bytes"), ("KV memory per token", "kv_bytes_per_token")];
        let rows = rows.map(|(name, metric)| {
            vec![Cell::new(name), page.cell(&of(self.result, id, metric), sized)]
        });
        page.table(&["Metric", "Value"], &rows);
        page.heading(3, "KV Cache Scaling");
        let mut rows = Vec::new();
        for each in &table.rows {
            rows.push(vec![
                Cell::new(each.at.to_string()),
                page.cell(&at(each, "tokens_used"), short_whole),
                page.cell(&at(each, "kv_used_bytes"), sized),
                page.cell(&at(each, "kv_allocated_bytes"), sized),
            ]);
        }
        page.table(&["Sequences", "Tokens", "KV in use", "KV set aside"], &rows);
        let Some(table) = part(self.result, id, "context", "kv_bytes") else { return };
        page.heading(3, "Memory Projections (per sequence)");
        let mut rows = Vec::new();
        for each in &table.rows {
            let cells = [Cell::new(each.at.to_string()), page.cell(&at(each, "kv_bytes"), sized)];
            rows.push(cells.to_vec());
        }
        page.table(&["Context Length", "KV Cache"], &rows);
    }

    pub(super) fn scalability(&self, page: &mut Page) {
        let streams =
            |result: &'a RunResult| part(result, "scalability", "streams", "aggregate_tps");
        let Some(table) = streams(self.result) else { return };
        page.heading(2, "Scalability");
        let mut rows = Vec::new();
        for each in &table.rows {
            let cells = vec![
                Cell::new(each.at.to_string()),
                page.cell(&at(each, "aggregate_tps"), short),
                page.cell(&at(each, "efficiency"), percent),
            ];
            rows.push(self.row(cells, |result| placed(streams(result), each.at, "aggregate_tps")));
        }
        page.table(&self.heads(&["Requests", "tok/s", "Efficiency"]), &rows);
        let figure = |metric| of(self.result, "scalability", metric);
        if let (Ok(rate), Ok(at)) = (figure("aggregate_tps"), figure("best_streams")) {
            let best = Cell::new(format!("{} tok/s", short(rate)));
            let many = if at == 1.0 { "request" } else { "concurrent requests" };
            page.says("Best throughput: ", &best, &format!(" at {} {many}", short_whole(at)));
        }
    }

    pub(super) fn breakdown(&self, page: &mut Page) {
        let Some(table) = part(self.result, "breakdown", "operation", "median_ms") else { return };
        page.heading(2, "Timing Breakdown");
        let mut rows = Vec::new();
        for each in &table.rows {
            rows.push(vec![
                Cell::new(each.label.clone().unwrap_or_default()),
                page.cell(&at(each, "median_ms"), short),
                page.cell(&at(each, "calls"), short_whole),
                page.cell(&at(each, "share"), percent),
            ]);
        }
        page.table(&["Operation", "Median (ms)", "Calls", "Of the total"], &rows);
        let rate = of(self.result, "breakdown", "decode_forward_tps");
        let rate = page.cell(&rate, |rate| format!("{} tok/s", short(rate)));
        page.says("Decode throughput: ", &rate, "");
    }
}

/// A count.
fn short_whole(value: f64) -> String {
    if value.is_finite() { crate::number::fixed(value, 0) } else { UNMEASURED.to_owned() }
}
