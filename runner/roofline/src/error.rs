//! Why the bandwidth was not measured.

/// A refusal or a failure of the bandwidth probe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// The buffers would take more than half of the available memory.
    #[error(
        "the bandwidth was not measured: buffers beyond the cache take {} MiB, and only half of \
         the {} MiB of available memory may be taken",
        needed >> 20, available >> 20
    )]
    MemoryShort {
        /// Bytes that the buffers take.
        needed: u64,
        /// Bytes that are available.
        available: u64,
    },
    /// The system does not say how much memory is available.
    #[error("the bandwidth was not measured: the available memory is not known")]
    MemoryUnknown,
    /// The system did not give the memory that it said it had.
    #[error("the bandwidth was not measured: the system did not give {} MiB of memory", bytes >> 20)]
    Allocation {
        /// Bytes of all buffers.
        bytes: u64,
    },
    /// A thread could not be started.
    #[error("the bandwidth was not measured: only {started} of {wanted} threads could be started")]
    Threads {
        /// Threads that ran.
        started: usize,
        /// Threads that were wanted.
        wanted: usize,
    },
    /// The options name no kernel.
    #[error("the bandwidth was not measured: no kernel was asked for")]
    NoKernel,
}

impl ProbeError {
    /// A stable code: `memory-short`, `memory-unknown`, `allocation-failed`,
    /// `threads-failed` or `no-kernel`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MemoryShort { .. } => "memory-short",
            Self::MemoryUnknown => "memory-unknown",
            Self::Allocation { .. } => "allocation-failed",
            Self::Threads { .. } => "threads-failed",
            Self::NoKernel => "no-kernel",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::MemoryShort { .. } | Self::Allocation { .. } => {
                "stop what holds the memory, for example a loaded model, and probe again"
            }
            Self::MemoryUnknown => "state the available memory in the options",
            Self::Threads { .. } => "ask for fewer threads, or raise the limit of processes",
            Self::NoKernel => "name at least one kernel: read, copy or triad",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_both_numbers() {
        let error = ProbeError::MemoryShort { needed: 384 << 20, available: 512 << 20 };
        assert_eq!(error.code(), "memory-short");
        assert_eq!(
            error.to_string(),
            "the bandwidth was not measured: buffers beyond the cache take 384 MiB, and only half \
             of the 512 MiB of available memory may be taken"
        );
    }
}
