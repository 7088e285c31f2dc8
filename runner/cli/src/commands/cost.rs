//! What a hosted run may cost.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use tachograph_model::Prices;
use tachograph_session::CostLimit;

use crate::error::CliError;

/// Prices and a limit.
#[derive(Debug, Args)]
pub(crate) struct Cost {
    /// Leave out what could take the run above this many USD; needs prices.
    #[arg(long, value_name = "USD", value_parser = usd)]
    max_cost: Option<f64>,
    /// USD per million tokens of input, output and, if given, cached input, for
    /// example `--price 0.4,1.6,0.1`.
    #[arg(long, value_name = "IN,OUT[,CACHED]", value_parser = price, conflicts_with = "prices")]
    price: Option<Prices>,
    /// A TOML file of prices: one table a model, with `input`, `output` and
    /// `cached_input` in USD per million tokens. `--model` chooses.
    #[arg(long, value_name = "FILE", requires = "model")]
    prices: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceFile {
    #[serde(default)]
    model: std::collections::BTreeMap<String, Prices>,
}

impl Cost {
    pub(crate) fn limit(&self, model: Option<&str>) -> Result<Option<CostLimit>, CliError> {
        let prices = match (&self.price, &self.prices, model) {
            (Some(prices), ..) => Some(*prices),
            (None, Some(file), Some(model)) => Some(from_file(file, model)?),
            _ => None,
        };
        match (prices, self.max_cost) {
            (Some(prices), limit_usd) => Ok(Some(CostLimit { prices, limit_usd })),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(CliError::Usage(
                "--max-cost needs --price or --prices: no price list is built in, because prices \
                 change"
                    .to_owned(),
            )),
        }
    }
}

fn from_file(file: &Path, model: &str) -> Result<Prices, CliError> {
    let text = std::fs::read_to_string(file).map_err(CliError::disk("read", file))?;
    let prices: PriceFile = toml::from_str(&text)
        .map_err(|error| CliError::Usage(format!("--prices {}: {error}", file.display())))?;
    let known: Vec<&str> = prices.model.keys().map(String::as_str).collect();
    prices.model.get(model).copied().ok_or_else(|| {
        CliError::Usage(format!(
            "--prices {}: there is no [model.\"{model}\"]; it has {}",
            file.display(),
            known.join(", ")
        ))
    })
}

fn usd(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(usd) if usd.is_finite() && usd >= 0.0 => Ok(usd),
        _ => Err("it has to be an amount in USD, 0 or more".to_owned()),
    }
}

fn price(text: &str) -> Result<Prices, String> {
    let parts: Result<Vec<f64>, String> = text.split(',').map(usd).collect();
    match parts?[..] {
        [input, output] => Ok(Prices { input, cached_input: None, output }),
        [input, output, cached] => Ok(Prices { input, cached_input: Some(cached), output }),
        _ => Err("it has to be IN,OUT or IN,OUT,CACHED".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_amounts() {
        let prices = price("0.4,1.6").unwrap();
        assert_eq!((prices.input, prices.output, prices.cached_input), (0.4, 1.6, None));
        assert_eq!(price("0.4,1.6,0.1").unwrap().cached_input, Some(0.1));
        for wrong in ["", "1", "1,2,3,4", "1,-2", "1,inf", "a,b"] {
            assert!(price(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_of_prices_is_read_by_model() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p.toml");
        std::fs::write(&file, "[model.\"a/b\"]\ninput = 1\noutput = 2\n").unwrap();
        assert_eq!(from_file(&file, "a/b").unwrap().output, 2.0);
        let error = from_file(&file, "c").unwrap_err().to_string();
        assert!(error.contains("it has a/b"), "{error}");
        std::fs::write(&file, "[model.x]\ninput = 1\nprice = 2\n").unwrap();
        let error = from_file(&file, "x").unwrap_err().to_string();
        assert!(error.contains("unknown field `price`"), "{error}");
    }
}
