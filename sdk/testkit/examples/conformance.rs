//! Tests one driver: `conformance DRIVER.wasm [DIALECT] [CONFIG-JSON]`.

#![expect(clippy::print_stdout, reason = "an example speaks to its user")]

use tachograph_sandbox::Host;
use tachograph_testkit::{Dialect, Options, test};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let component = std::fs::read(args.next().ok_or("which driver?")?)?;
    let mut options = Options::default();
    if let Some(word) = args.next() {
        options.dialect = Dialect::of_word(&word);
        if word.ends_with(".script") {
            options.script = Some(word.into());
        }
    }
    if let Some(config) = args.next() {
        options.config = serde_json::from_str(&config)?;
    }
    let report = test(&Host::new(None)?, &component, &options).await?;
    println!("{}", report.to_text(80));
    Ok(())
}
