//! The macros that turn a type into a component.

/// Exports a [`Driver`](crate::Driver) as the component of its crate.
///
/// The second argument is the path of the manifest from the root of the crate.
/// On a native target nothing is exported.
///
/// ```text
/// tachograph_sdk::export_driver!(MyDriver, "plugin.toml");
/// ```
#[macro_export]
macro_rules! export_driver {
    ($driver:ty, $manifest:literal) => {
        #[cfg(target_family = "wasm")]
        mod __tachograph_export {
            use super::*;
            type Component = $crate::wasm::driver::Component<$driver>;
            $crate::wasm::driver::bindings::export_driver_world!(
                Component with_types_in $crate::wasm::driver::bindings
            );
            $crate::__tachograph_sections!($manifest);
        }
    };
}

/// Exports a [`Workload`](crate::Workload) as the component of its crate.
///
/// The second argument is the path of the manifest from the root of the crate.
/// On a native target nothing is exported.
///
/// ```text
/// tachograph_sdk::export_workload!(MyWorkload, "plugin.toml");
/// ```
#[macro_export]
macro_rules! export_workload {
    ($workload:ty, $manifest:literal) => {
        #[cfg(target_family = "wasm")]
        mod __tachograph_export {
            use super::*;
            type Component = $crate::wasm::workload::Component<$workload>;
            $crate::wasm::workload::bindings::export_workload_world!(
                Component with_types_in $crate::wasm::workload::bindings
            );
            $crate::__tachograph_sections!($manifest);
        }
    };
}

/// The custom sections that a host reads before it compiles a component.
#[doc(hidden)]
#[macro_export]
macro_rules! __tachograph_sections {
    ($manifest:literal) => {
        const MANIFEST_BYTES: &[u8] =
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $manifest));
        // A link section is how bytes become a custom section of the module;
        // these statics are data and are never read at run time.
        #[used]
        #[unsafe(link_section = "tachograph:manifest")]
        static MANIFEST: [u8; MANIFEST_BYTES.len()] =
            *include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $manifest));
        #[used]
        #[unsafe(link_section = "tachograph:abi")]
        static ABI: [u8; 3] = *b"1.0";
    };
}
