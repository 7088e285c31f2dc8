//! The words that name this machine or its user: read so that others can be
//! kept from reading them.

use std::{collections::BTreeSet, ffi::OsString, fs, path::Path};

use crate::local_gpus;

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentifierKind {
    /// The name of the machine.
    HostName,
    /// The name of the user's account.
    UserName,
    /// The user's home folder.
    HomeFolder,
    /// A number that the maker or the system gave this one machine or part.
    Serial,
    /// The hardware address of a network interface.
    HardwareAddress,
    /// The place of a device on its bus.
    BusId,
}

/// A word that names this machine or its user. It is no part of any result, and
/// `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// The word.
    pub value: String,
}

impl std::fmt::Debug for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identifier({:?}, {} bytes)", self.kind, self.value.len())
    }
}

/// Files of one word each that only this machine has.
const SERIALS: &[&str] = &[
    "etc/machine-id",
    "var/lib/dbus/machine-id",
    "sys/class/dmi/id/product_serial",
    "sys/class/dmi/id/product_uuid",
    "sys/class/dmi/id/board_serial",
    "sys/class/dmi/id/board_asset_tag",
    "sys/class/dmi/id/chassis_serial",
    "sys/class/dmi/id/chassis_asset_tag",
];

/// Folders of devices, and the file in each that holds its identifier.
const DEVICES: &[(&str, &str, IdentifierKind)] = &[
    ("sys/class/net", "address", IdentifierKind::HardwareAddress),
    ("sys/class/power_supply", "serial_number", IdentifierKind::Serial),
    ("sys/class/drm", "device/unique_id", IdentifierKind::Serial),
    ("sys/class/drm", "device/serial_number", IdentifierKind::Serial),
    ("sys/block", "device/serial", IdentifierKind::Serial),
    ("sys/block", "device/wwid", IdentifierKind::Serial),
];

/// What makers leave where a serial number should be.
const PLACEHOLDERS: &[&str] = &[
    "default string",
    "to be filled by o.e.m.",
    "system serial number",
    "base board serial number",
    "chassis serial number",
    "not specified",
    "not applicable",
    "not available",
    "unspecified",
    "no asset tag",
    "no asset information",
    "00:00:00:00:00:00",
];

/// The words that name this machine or its user, as far as an ordinary user may
/// read them; takes up to two seconds where `nvidia-smi` is installed and slow.
pub fn identifiers() -> Vec<Identifier> {
    let mut found = named(sysinfo::System::host_name().ok(), |name| std::env::var_os(name));
    found.extend(kept_under(Path::new("/")));
    let places = local_gpus().into_iter().map(|gpu| gpu.bus_id);
    found.extend(places.filter_map(|place| identifier(IdentifierKind::BusId, &place)));
    found.into_iter().collect()
}

/// What the environment tells.
fn named(
    host: Option<String>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> BTreeSet<Identifier> {
    let text = |name: &str| variable(name)?.into_string().ok();
    let homes = ["HOME", "USERPROFILE"].into_iter().filter_map(text).collect::<Vec<_>>();
    let hosts = ["HOSTNAME", "COMPUTERNAME"].into_iter().filter_map(text).chain(host);
    let mut found = BTreeSet::new();
    for host in hosts {
        // Both `box.example.org` and `box`.
        let first = host.split('.').next().unwrap_or_default().to_owned();
        found.extend(identifier(IdentifierKind::HostName, &host));
        found.extend(identifier(IdentifierKind::HostName, &first));
    }
    let users = ["USER", "LOGNAME", "USERNAME"].into_iter().filter_map(text);
    let owners = homes.iter().filter_map(|home| home.rsplit(['/', '\\']).next().map(str::to_owned));
    for user in users.chain(owners) {
        found.extend(identifier(IdentifierKind::UserName, &user));
    }
    let folders = homes.iter().filter(|home| home.len() > 1);
    found.extend(folders.filter_map(|home| identifier(IdentifierKind::HomeFolder, home)));
    found
}

/// What the files of a Linux system tell; nothing on others.
fn kept_under(root: &Path) -> BTreeSet<Identifier> {
    let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    let entries = |folder: &str| {
        let entries = fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let mut found = BTreeSet::new();
    for file in SERIALS {
        found.extend(identifier(IdentifierKind::Serial, &read(&root.join(file))));
    }
    for (folder, file, kind) in DEVICES {
        for device in entries(folder) {
            found.extend(identifier(*kind, &read(&device.join(file))));
        }
    }
    for gpu in entries("proc/driver/nvidia/gpus") {
        let place = gpu.file_name().unwrap_or_default().to_string_lossy().into_owned();
        found.extend(identifier(IdentifierKind::BusId, &place));
        let text = read(&gpu.join("information"));
        let uuid = text.lines().find_map(|line| line.strip_prefix("GPU UUID:"));
        found.extend(uuid.and_then(|uuid| identifier(IdentifierKind::Serial, uuid)));
    }
    found
}

/// A word as it was read, unless it is too short or too common to name anything.
fn identifier(kind: IdentifierKind, text: &str) -> Option<Identifier> {
    let value = text.trim();
    let shortest = match kind {
        IdentifierKind::HostName | IdentifierKind::UserName => 3,
        IdentifierKind::HomeFolder => 2,
        _ => 5,
    };
    let first = value.chars().next();
    let one_letter = first.is_some_and(|first| value.chars().all(|c| c == first));
    let placeholder = PLACEHOLDERS.contains(&value.to_ascii_lowercase().as_str());
    let names = value.chars().count() >= shortest && !one_letter && !placeholder;
    names.then(|| Identifier { kind, value: value.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(found: &BTreeSet<Identifier>, kind: IdentifierKind) -> Vec<&str> {
        found.iter().filter(|word| word.kind == kind).map(|word| word.value.as_str()).collect()
    }

    #[test]
    fn the_environment_names_host_and_user() {
        let found = named(Some("box.example.org".into()), |name| {
            let value = match name {
                "HOME" => "/home/ann",
                "USER" => "anna",
                "HOSTNAME" => "c",
                _ => return None,
            };
            Some(value.into())
        });
        assert_eq!(values(&found, IdentifierKind::HostName), ["box", "box.example.org"]);
        assert_eq!(values(&found, IdentifierKind::UserName), ["ann", "anna"]);
        assert_eq!(values(&found, IdentifierKind::HomeFolder), ["/home/ann"]);
    }

    #[test]
    fn a_service_without_a_home_has_none() {
        let found = named(None, |name| (name == "HOME").then(|| "/".into()));
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn the_system_names_its_parts() {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("etc/machine-id", "b1a9b1a9b1a9\n"),
            ("sys/class/dmi/id/product_serial", "PF4XYZ12\n"),
            ("sys/class/dmi/id/board_serial", "Default string\n"),
            ("sys/class/dmi/id/chassis_serial", "0000000000\n"),
            ("sys/class/net/eth0/address", "52:54:00:12:34:56\n"),
            ("sys/class/net/lo/address", "00:00:00:00:00:00\n"),
            ("sys/class/power_supply/BAT0/serial_number", " 41937 \n"),
            (
                "proc/driver/nvidia/gpus/0000:5e:00.0/information",
                "Model: X\nGPU UUID: \t GPU-12345\n",
            ),
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let found = kept_under(root.path());
        assert_eq!(
            values(&found, IdentifierKind::Serial),
            ["41937", "GPU-12345", "PF4XYZ12", "b1a9b1a9b1a9"]
        );
        assert_eq!(values(&found, IdentifierKind::HardwareAddress), ["52:54:00:12:34:56"]);
        assert_eq!(values(&found, IdentifierKind::BusId), ["0000:5e:00.0"]);
        assert!(!format!("{found:?}").contains("PF4XYZ12"));
    }
}
