//! Lines for the log of the run; on a native target they go nowhere.

/// Writes a line that only a developer of the plugin wants to see.
pub fn debug(message: &str) {
    write(Level::Debug, message);
}

/// Writes a line that explains what the plugin did.
pub fn info(message: &str) {
    write(Level::Info, message);
}

/// Writes a line that a user should see.
pub fn warn(message: &str) {
    write(Level::Warn, message);
}

enum Level {
    Debug,
    Info,
    Warn,
}

#[cfg(target_family = "wasm")]
fn write(level: Level, message: &str) {
    use crate::wasm::workload::bindings::tachograph::plugin::log;
    let level = match level {
        Level::Debug => log::Level::Debug,
        Level::Info => log::Level::Info,
        Level::Warn => log::Level::Warn,
    };
    log::write(level, message);
}

#[cfg(not(target_family = "wasm"))]
fn write(_: Level, _: &str) {}
