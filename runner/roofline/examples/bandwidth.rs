//! Measures the memory bandwidth of this machine.
//!
//! `cargo run --release -p tachograph-roofline --example bandwidth [-- --threads N] [--kernel K]…`
//!
//! Prints one line a kernel: threads, passes, MiB of a pass, best and median
//! time, GB/s and GiB/s.
#![expect(clippy::print_stdout, reason = "an example that prints what it measured")]

use tachograph_roofline::{Kernel, Options, measure};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = Options::default();
    let mut kernels = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().ok_or("every option takes a value")?;
        match (argument.as_str(), value.as_str()) {
            ("--threads", threads) => options.threads = Some(threads.parse()?),
            ("--kernel", "read") => kernels.push(Kernel::Read),
            ("--kernel", "copy") => kernels.push(Kernel::Copy),
            ("--kernel", "triad") => kernels.push(Kernel::Triad),
            _ => return Err(format!("{argument} {value} is not known").into()),
        }
    }
    if !kernels.is_empty() {
        options.kernels = kernels;
    }
    let found = measure(&options)?;
    for figure in &found.kernels {
        println!(
            "{:<5} threads {} n {:>3} MiB {} best {:.3} ms median {:.3} ms {:.2} GB/s {:.2} GiB/s{}",
            figure.kernel.name(),
            found.threads,
            figure.n,
            figure.bytes >> 20,
            figure.best_ns as f64 / 1e6,
            figure.median_ns as f64 / 1e6,
            figure.gb_per_s,
            figure.gib_per_s,
            if figure.preemptions.is_some_and(|n| n > 0) { ", disturbed" } else { "" },
        );
    }
    println!("took {:.0} ms", found.wall_ns as f64 / 1e6);
    Ok(())
}
