//! Writes `src/generated.rs`: the pieces that are not one reference token.
//!
//! Run from the root of the crate's workspace; prints what it wrote.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use tachograph_workload_text::{
    Kind, Language, PLACEHOLDER_NONCE, Random, code_lines, cold_opening, pieces, text,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let o200k = tiktoken_rs::o200k_base_singleton();
    let kinds = [
        Kind::Prose,
        Kind::Code(Language::Python),
        Kind::Code(Language::Rust),
        Kind::ServerLog,
        Kind::TestLog { failing: true },
        Kind::TestLog { failing: false },
        Kind::Mixed,
        Kind::Guide,
        Kind::Diff,
    ];
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut learn = |text: &str| {
        for piece in pieces(text) {
            if !known.contains_key(piece) {
                known.insert(piece.to_owned(), o200k.encode_ordinary(piece).len());
            }
        }
    };
    for kind in kinds {
        for seed in 0..400 {
            learn(&text(kind, 8192, &mut Random::new(seed * 7919 + 13)));
        }
    }
    for seed in 0..20_000 {
        learn(&cold_opening(&seed.to_string(), PLACEHOLDER_NONCE));
        let lines = code_lines(6, &mut Random::new(seed));
        learn(&serde_json::json!({ "lines": lines, "path": "src/a.py" }).to_string());
    }
    // The fixed texts of the agent trace.
    for file in ["script.txt", "tools.jsonl"] {
        let root = env!("CARGO_MANIFEST_DIR");
        learn(&fs::read_to_string(format!("{root}/../agent-trace/assets/{file}"))?);
    }
    let mut out = String::from(
        "//! Pieces that are not one reference token; written by the example `calibrate`.\n\n\
         #[rustfmt::skip]\n\
         pub(crate) static EXCEPTIONS: &[(&str, u8)] = &[\n",
    );
    let mut count = 0;
    for (piece, cost) in known.iter().filter(|(_, cost)| **cost != 1) {
        writeln!(out, "    ({piece:?}, {cost}),")?;
        count += 1;
    }
    out.push_str("];\n");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/generated.rs");
    fs::write(path, out)?;
    #[expect(clippy::print_stdout, reason = "this is a tool for authors")]
    {
        println!("{} pieces seen, {count} of more than one token", known.len());
    }
    Ok(())
}
