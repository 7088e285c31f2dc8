//! Samples this process for some seconds and prints what that cost:
//! `telemetry [SECONDS] [PID…]`.

use std::{env, error::Error, io::Write, thread, time::Duration};

use tachograph_probe::{Sampler, SamplerOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = env::args().skip(1);
    let seconds = numbers.next().map_or(Ok(10), |word| word.parse())?;
    let mut pids: Vec<u32> = numbers.map(|word| word.parse()).collect::<Result<_, _>>()?;
    if pids.is_empty() {
        pids.push(std::process::id());
    }
    let sampler = Sampler::start(SamplerOptions { pids, ..SamplerOptions::default() })?;
    thread::sleep(Duration::from_secs(seconds));
    let telemetry = sampler.stop().ok_or("the sampler's thread panicked")?.telemetry;
    serde_json::to_writer(std::io::stdout().lock(), &telemetry)?;
    writeln!(std::io::stdout())?;
    Ok(())
}
