//! What a workload cannot know by itself.

use std::collections::BTreeMap;

use serde::Deserialize;
use tachograph_metrics::{Measured, Unmeasured};
use tachograph_model::{Flag, Metric, MetricSource};

/// What the host knows of the model and the machine, as parameters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Facts {
    /// Bytes of the model's weights.
    pub weight_bytes: Option<u64>,
    /// Bytes of one token in the KV cache.
    pub kv_bytes_per_token: Option<u64>,
    /// Bytes of memory that one decoded token touches.
    pub bytes_per_token: Option<u64>,
    /// Memory bandwidth in bytes a second.
    pub bandwidth_bytes_per_s: Option<u64>,
}

impl Facts {
    /// The bytes of the weights, or which parameter is missing.
    pub fn weights(&self) -> Measured<f64> {
        known("weight_bytes", self.weight_bytes)
    }

    /// The bytes of a token in the KV cache, or which parameter is missing.
    pub fn kv(&self) -> Measured<f64> {
        known("kv_bytes_per_token", self.kv_bytes_per_token)
    }

    /// The bytes that a decoded token touches, or which parameter is missing.
    pub fn touched(&self) -> Measured<f64> {
        known("bytes_per_token", self.bytes_per_token)
    }

    /// The most tokens per second that the memory allows one stream: bandwidth
    /// ÷ bytes touched per token.
    pub fn most_tps(&self) -> Measured<f64> {
        Ok(known("bandwidth_bytes_per_s", self.bandwidth_bytes_per_s)? / self.touched()?)
    }

    /// A doubt when one stream is faster than the memory allows: then what is
    /// known of the model or the machine is wrong, or the output was not decoded.
    pub fn implausible(&self, one_stream: &Metric) -> Option<Flag> {
        let (rate, most) = (one_stream.value?, self.most_tps().ok()?);
        (rate > most).then(|| {
            let message = format!(
                "{rate:.1} tok/s of one stream, where the memory bandwidth allows {most:.1}"
            );
            Flag::new("implausible-bandwidth", message)
        })
    }

    /// Bytes touched per token ÷ bytes of the weights.
    pub fn coverage(&self) -> Measured<f64> {
        Ok(self.touched()? / self.weights()?)
    }
}

fn known(name: &str, fact: Option<u64>) -> Measured<f64> {
    match fact {
        Some(bytes) if bytes > 0 => Ok(bytes as f64),
        _ => Err(Unmeasured::Other(format!("the parameter facts.{name} was not given"))),
    }
}

/// Figures that only the host can read, such as memory and temperature: each
/// null, with that reason.
pub fn host_side(figures: &[(&str, &str)]) -> BTreeMap<String, Metric> {
    const WHY: &str = "a workload cannot read the machine, only the host can";
    let null = |(name, unit): &(&str, &str)| {
        ((*name).to_owned(), Metric::unmeasured(unit, 0, MetricSource::Client, WHY))
    };
    figures.iter().map(null).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S2.9: 120 GB/s over 2.05 GiB a token are 54.5 tok/s, printed as 55. The
    /// model is in units of 2^30 bytes and the bandwidth in units of 10^9.
    #[test]
    fn the_bound_of_the_memory() {
        let facts = Facts {
            bytes_per_token: Some((2.05 * f64::from(1 << 30)) as u64),
            bandwidth_bytes_per_s: Some(120_000_000_000),
            ..Facts::default()
        };
        assert_eq!(format!("{:.1}", facts.most_tps().unwrap()), "54.5");
        let rate = |tps| Metric::measured(tps, "tok/s", 1, MetricSource::Client);
        assert_eq!(facts.implausible(&rate(54.0)), None);
        let flag = facts.implausible(&rate(60.0)).unwrap();
        assert_eq!(
            flag.message,
            "60.0 tok/s of one stream, where the memory bandwidth allows 54.5"
        );
        assert_eq!(Facts::default().implausible(&rate(60.0)), None, "nothing is known");
    }

    /// S3.15: 67,108,864 bytes of 13,761,264,768.
    #[test]
    fn coverage_is_touched_over_all() {
        let facts = Facts {
            weight_bytes: Some(13_761_264_768),
            bytes_per_token: Some(67_108_864),
            ..Facts::default()
        };
        assert_eq!(format!("{:.6}", facts.coverage().unwrap()), "0.004877");
    }

    #[test]
    fn a_missing_fact_is_named() {
        let why = Facts::default().most_tps().unwrap_err().to_string();
        assert_eq!(why, "the parameter facts.bandwidth_bytes_per_s was not given");
        let null = &host_side(&[("rss_peak_bytes", "bytes")])["rss_peak_bytes"];
        assert_eq!((null.value, null.reason.is_some()), (None, true));
    }
}
