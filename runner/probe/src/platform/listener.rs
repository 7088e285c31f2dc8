//! Which process listens on a loopback port: `/proc/net/tcp` names a socket,
//! and a process that holds that socket is the one.

use std::path::Path;

use super::linux::{entries, read_text};

/// The state of a socket that listens, as the kernel prints it.
const LISTEN: &str = "0A";

/// Programs that hand a connection on: what they hold says nothing of the
/// server behind them, which may be on another machine.
const FORWARDERS: &[&str] = &[
    "caddy",
    "docker-proxy",
    "haproxy",
    "kubectl",
    "nginx",
    "rootlessport",
    "slirp4netns",
    "socat",
    "ssh",
    "sshd",
    "traefik",
];

/// The process below `root` (that stands for `/`) that listens on this port.
pub(super) fn listener(root: &Path, port: u16) -> Option<u32> {
    let tables = ["proc/net/tcp", "proc/net/tcp6"];
    let inodes: Vec<String> = tables
        .iter()
        .filter_map(|table| read_text(&root.join(table)))
        .flat_map(|text| sockets(&text, port))
        .collect();
    let targets: Vec<String> = inodes.iter().map(|inode| format!("socket:[{inode}]")).collect();
    let holds = |folder: &Path| {
        std::fs::read_dir(folder.join("fd")).into_iter().flatten().flatten().any(|link| {
            let target = std::fs::read_link(link.path());
            target.is_ok_and(|target| targets.iter().any(|wanted| target == Path::new(wanted)))
        })
    };
    // The parent of workers that share a socket comes first: it has the lowest number.
    let folders = entries(&root.join("proc"), "");
    let mut pids: Vec<u32> = folders
        .iter()
        .filter(|_| !targets.is_empty())
        .filter_map(|folder| Some((folder.file_name()?.to_str()?.parse::<u32>().ok()?, folder)))
        .filter(|(_, folder)| holds(folder))
        .map(|(pid, _)| pid)
        .collect();
    pids.sort_unstable();
    let pid = *pids.first()?;
    let name = read_text(&root.join(format!("proc/{pid}/comm")))?;
    (!FORWARDERS.contains(&name.trim())).then_some(pid)
}

/// The numbers of the sockets that listen on a port, of a table of the kernel.
fn sockets(table: &str, port: u16) -> Vec<String> {
    let wanted = format!(":{port:04X}");
    let socket = |line: &str| {
        let mut words = line.split_whitespace();
        let local = words.nth(1)?;
        let state = words.nth(1)?;
        let inode = words.nth(5)?;
        (local.ends_with(&wanted) && state == LISTEN).then(|| inode.to_owned())
    };
    table.lines().skip(1).filter_map(socket).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 41234 1 0
   1: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 41999 1 0
   2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 41500 1 0
";

    #[test]
    fn only_sockets_that_listen_on_the_port_count() {
        assert_eq!(sockets(TABLE, 8080), ["41234"]);
        assert_eq!(sockets(TABLE, 8081), ["41500"]);
        assert!(sockets(TABLE, 80).is_empty());
        assert!(sockets("head\n  0: short", 8080).is_empty());
    }

    #[test]
    fn this_process_is_found_by_its_port() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        assert_eq!(listener(Path::new("/"), port), Some(std::process::id()));
        drop(socket);
        assert_eq!(listener(Path::new("/"), port), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_forwarder_is_not_the_server() {
        let root = tempfile::tempdir().unwrap();
        let proc = root.path().join("proc");
        std::fs::create_dir_all(proc.join("net")).unwrap();
        std::fs::create_dir_all(proc.join("77/fd")).unwrap();
        std::fs::write(proc.join("net/tcp"), TABLE).unwrap();
        std::os::unix::fs::symlink("socket:[41234]", proc.join("77/fd/3")).unwrap();
        std::fs::write(proc.join("77/comm"), "llama-server\n").unwrap();
        assert_eq!(listener(root.path(), 8080), Some(77));
        std::fs::write(proc.join("77/comm"), "ssh\n").unwrap();
        assert_eq!(listener(root.path(), 8080), None);
    }
}
