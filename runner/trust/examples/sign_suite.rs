//! Signs a suite manifest: `sign_suite KEY SUITE.toml` writes
//! `SUITE.toml.minisig` beside it and verifies what was written.
//!
//! ```sh
//! cargo run --release -p tachograph-trust --example sign_suite -- KEY suites/suite-v2/suite.toml
//! ```

use std::{env, error::Error, fs, path::PathBuf};

use tachograph_trust::{SecretKey, sign_suite, verify_suite, write_atomic};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(key), Some(manifest), None) = (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: sign_suite KEY SUITE.toml".into());
    };
    let file = manifest.display().to_string();
    let key = SecretKey::load(&key)?;
    let bytes = fs::read(&manifest)?;
    let signature = sign_suite(&file, &bytes, &key)?;
    verify_suite(&file, &bytes, signature.as_bytes(), &[key.public_key()?])?;
    write_atomic(&PathBuf::from(format!("{file}.minisig")), signature.as_bytes())?;
    Ok(())
}
