//! Whether the system runs in a container or in a virtual machine.

/// Whether a control-group path of `/proc/1/cgroup` is that of a container.
pub(crate) fn is_container_cgroup(text: &str) -> bool {
    const MARKS: &[&str] =
        &["docker", "kubepods", "containerd", "libpod", "crio", "lxc", "machine.slice/machine-"];
    text.lines().any(|line| MARKS.iter().any(|mark| line.contains(mark)))
}

/// Whether the vendor that the firmware names is a hypervisor.
pub(crate) fn is_hypervisor_vendor(vendor: &str) -> bool {
    const VENDORS: &[&str] = &[
        "QEMU",
        "KVM",
        "VMware",
        "Xen",
        "innotek",
        "VirtualBox",
        "Amazon EC2",
        "Google",
        "DigitalOcean",
        "Bochs",
        "Parallels",
        "OpenStack",
        "Hetzner",
    ];
    VENDORS.iter().any(|known| vendor.contains(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_groups_of_containers() {
        assert!(is_container_cgroup("12:pids:/docker/3f\n0::/\n"));
        assert!(is_container_cgroup("0::/kubepods.slice/kubepods-burstable.slice\n"));
        assert!(!is_container_cgroup("0::/init.scope\n"));
        assert!(!is_container_cgroup("0::/\n"));
    }

    #[test]
    fn vendors_of_hypervisors() {
        assert!(is_hypervisor_vendor("QEMU\n"));
        assert!(!is_hypervisor_vendor("Dell Inc.\n"));
    }
}
