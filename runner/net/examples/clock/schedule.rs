//! What the server sends and when.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Time between two tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Gap {
    /// 10 ms.
    Even,
    /// 5 to 15 ms, from the seed.
    Uneven,
    /// As fast as it goes.
    None,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Schedule {
    pub(crate) gap: Gap,
    pub(crate) streams: usize,
    pub(crate) tokens: usize,
    pub(crate) seed: u64,
}

pub(crate) const TTFT: Duration = Duration::from_millis(100);

/// One event per token, about as long as those of the OpenAI-compatible servers.
pub(crate) const EVENT: &str = "data: {\"id\":\"chatcmpl-0000000000000000\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"model\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" token\"},\"finish_reason\":null}]}\n\n";

impl Schedule {
    pub(crate) fn paced(gap: Gap, streams: usize, rep: u64) -> Schedule {
        Schedule { gap, streams, tokens: 100, seed: 1 + rep }
    }

    pub(crate) fn flood() -> Schedule {
        Schedule { gap: Gap::None, streams: 16, tokens: 4096, seed: 0 }
    }

    pub(crate) fn is_flood(&self) -> bool {
        self.gap == Gap::None
    }

    /// The path that asks for one stream of this schedule.
    pub(crate) fn path(&self, stream: usize) -> String {
        let gap = match self.gap {
            Gap::Even => "even",
            Gap::Uneven => "uneven",
            Gap::None => "none",
        };
        format!("/{gap}/{}/{}", self.tokens, self.seed * 1000 + stream as u64)
    }

    /// The gaps of one of its streams.
    pub(crate) fn gaps(&self, stream: usize) -> Gaps {
        Gaps { gap: self.gap, state: self.seed * 1000 + stream as u64 }
    }

    /// Until when all of its streams still have tokens to send.
    pub(crate) fn shortest(&self) -> Duration {
        let length = |stream| {
            let mut gaps = self.gaps(stream);
            TTFT + (1..self.tokens).map(|_| gaps.step()).sum::<Duration>()
        };
        (0..self.streams).map(length).min().unwrap_or_default()
    }
}

/// The gaps of one stream: splitmix64, so that every run has the same ones.
pub(crate) struct Gaps {
    pub(crate) gap: Gap,
    pub(crate) state: u64,
}

impl Gaps {
    pub(crate) fn step(&mut self) -> Duration {
        match self.gap {
            Gap::Even => Duration::from_millis(10),
            Gap::None => Duration::ZERO,
            Gap::Uneven => {
                self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut z = self.state;
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                Duration::from_micros(5000 + (z ^ (z >> 31)) % 10_001)
            }
        }
    }
}
