//! Every bound on a plugin, in one place.
//!
//! They guard the host. None of them shapes a measurement: no guest runs while a stream is being
//! measured.

use std::time::Duration;

use tachograph_model::{COMPONENT_MIB, COMPONENT_MIB_MOST, LimitsAsked, PluginRole};

const MIB: usize = 1 << 20;

/// Bytes of a component that asks for no more; 8 MiB.
pub const COMPONENT_BYTES: usize = COMPONENT_MIB as usize * MIB;
/// Bytes of a component whose manifest asks for more (guests that carry an interpreter); 48 MiB.
pub const COMPONENT_BYTES_MOST: usize = COMPONENT_MIB_MOST as usize * MIB;
/// Bytes of the manifest inside a component; 64 KiB.
pub const MANIFEST_BYTES: usize = 64 << 10;
/// Bytes of linear memory that a manifest may ask for; 1 GiB.
pub const MEMORY_BYTES_MOST: usize = 1024 * MIB;
/// Elements of all tables of one instance.
pub const TABLE_ELEMENTS: usize = 200_000;
/// Core instances of one component.
pub const CORE_INSTANCES: usize = 64;
/// Linear memories of one component.
pub const MEMORIES: usize = 8;
/// Tables of one component.
pub const TABLES: usize = 64;
/// Bytes of stack of a guest; 512 KiB.
pub const STACK_BYTES: usize = 512 << 10;

/// How long answers that a failed call left unread may take to end. They are waited for, so that
/// the tape holds them whole.
pub const UNREAD: Duration = Duration::from_secs(10);

/// How often a running driver is interrupted to let others run.
pub const TICK: Duration = Duration::from_millis(10);
/// Guest time of one call of a driver. Time in which the guest waits for the host is not counted.
pub const DRIVER_TIME: Duration = Duration::from_secs(2);
/// Guest time of one call of a workload; a backstop behind the fuel.
pub const WORKLOAD_TIME: Duration = Duration::from_secs(120);
/// Fuel of one call of a workload: about one unit a WebAssembly instruction. Deterministic, so a
/// plan that fits on one machine fits on every machine.
pub const WORKLOAD_FUEL: u64 = 20_000_000_000;
/// Fuel after which a workload lets others run.
pub const FUEL_YIELD: u64 = 20_000_000;

/// Host calls of one call into a plugin, deltas not counted.
pub const HOST_CALLS: u32 = 200_000;
/// Requests of one call into a driver.
pub const REQUESTS: u32 = 1_000;
/// Bytes of path, query and headers of one request; 64 KiB.
pub const REQUEST_HEAD_BYTES: usize = 64 << 10;
/// Deltas of one turn.
pub const DELTAS: usize = 1_000_000;
/// Bytes of text of one turn, all channels; 32 MiB.
pub const TURN_TEXT_BYTES: usize = 32 * MIB;
/// Tool calls of one turn.
pub const TOOL_CALLS: usize = 10_000;
/// Bytes of the extras of one turn; 16 KiB.
pub const META_BYTES: usize = 16 << 10;
/// Bytes of the word that ends a turn.
pub const FINISH_BYTES: usize = 256;
/// Bytes of log of one call into a plugin; 64 KiB.
pub const LOG_BYTES: usize = 64 << 10;
/// Bytes of frames in one batch; 1 MiB. A larger frame comes alone.
pub const BATCH_BYTES: usize = MIB;
/// Frames in one batch.
pub const BATCH_FRAMES: usize = 16_384;
/// Bytes of message or detail of a failure that are kept; 4 KiB.
pub const FAILURE_TEXT: usize = 4 << 10;
/// Bytes that one call of `wasi:random` gives; 64 KiB.
pub const RANDOM_BYTES: u64 = 64 << 10;

/// The bounds that differ between roles, after what the manifest asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory, all memories together.
    pub memory: usize,
    /// Entries of the resource table.
    pub resources: usize,
    /// Bytes that cross from the guest to the host in one crossing: the arguments of a host call
    /// or the result of a call into the plugin.
    pub crossing: usize,
}

impl Limits {
    /// The bounds of a role, with the memory that its manifest asks for.
    #[must_use]
    pub fn of(role: PluginRole, asked: &LimitsAsked) -> Limits {
        let resources = match role {
            PluginRole::Driver => 1024,
            PluginRole::Workload => 256,
        };
        let memory = role.memory_mib() as usize * MIB;
        let usual = Limits { memory, resources, crossing: 16 * MIB };
        let asked = asked.memory_mib.map_or(0, |mib| mib as usize * MIB);
        Limits { memory: usual.memory.max(asked).min(MEMORY_BYTES_MOST), ..usual }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_raises_memory_up_to_the_most() {
        let limits = |memory_mib| {
            Limits::of(PluginRole::Driver, &LimitsAsked { memory_mib, component_mib: None }).memory
        };
        assert_eq!(limits(None), 64 * MIB);
        assert_eq!(limits(Some(1)), 64 * MIB);
        assert_eq!(limits(Some(128)), 128 * MIB);
        assert_eq!(limits(Some(u32::MAX)), MEMORY_BYTES_MOST);
    }
}
