//! `update.toml` in the config folder: where updates come from.

use std::path::Path;

use serde::Deserialize;
use tachograph_model::Name;

use crate::error::CliError;

/// The most bytes of the file.
const LIMIT: u64 = 64 << 10;

/// Where updates come from, when the command line does not say.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateConfig {
    /// An address or a folder, as `--from` takes it.
    pub from: Option<String>,
    /// The channel, as `--channel` takes it.
    pub channel: Option<Name>,
}

impl UpdateConfig {
    /// The file of the config folder, and `TACHO_UPDATE_URL` over it.
    ///
    /// # Errors
    /// The file cannot be read, or holds something else.
    pub(crate) fn load(config: &Path) -> Result<Self, CliError> {
        let path = config.join("update.toml");
        let mut read = match tachograph_trust::read_regular(&path, LIMIT) {
            Ok(bytes) => Self::parse(&path, &bytes)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::default(),
            Err(error) => return Err(CliError::disk("read", path)(error)),
        };
        let named = std::env::var("TACHO_UPDATE_URL").ok().filter(|value| !value.is_empty());
        read.from = named.or(read.from);
        Ok(read)
    }

    fn parse(path: &Path, bytes: &[u8]) -> Result<Self, CliError> {
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string());
        text.and_then(|text| toml::from_str(text).map_err(|error| error.to_string()))
            .map_err(|why| CliError::Usage(format!("{}: {}", path.display(), why.trim_end())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_told() {
        let parse = |text: &str| UpdateConfig::parse(Path::new("update.toml"), text.as_bytes());
        let good = parse("from = \"https://updates.example.org\"\nchannel = \"beta\"\n").unwrap();
        assert_eq!(good.from.as_deref(), Some("https://updates.example.org"));
        assert_eq!(good.channel.as_ref().map(Name::as_str), Some("beta"));
        for bad in ["form = \"x\"", "channel = \"Beta\"", "from = 1"] {
            let error = parse(bad).unwrap_err().to_string();
            assert!(error.starts_with("update.toml: "), "{error}");
        }
    }
}
