//! A channel from nothing to a client, with the commands of both sides: S4.118,
//! S4.122. The attacks are in `runner/update/tests/attacks`.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Output,
    time::Duration,
};

use tachograph_model::Digest;
use tachograph_tests::{Said, Tacho, checkout, json};
use tachograph_trust::{SecretKey, sign_suite};

/// A maintainer with keys, and the folder that is served.
struct Maintainer {
    tacho: Tacho,
}

impl Maintainer {
    /// Root 1, signed on "two machines", and no index yet.
    fn new() -> Self {
        let this = Self { tacho: Tacho::new() };
        for name in ["a", "b", "c", "channel", "suite"] {
            let key = SecretKey::generate().unwrap();
            key.save(&this.file(&format!("{name}.key"))).unwrap();
            let public = key.public_key().unwrap().to_file_text();
            fs::write(this.file(&format!("{name}.pub")), public).unwrap();
        }
        let args = "suite publish root mirror --root-key a.pub --root-key b.pub --root-key c.pub \
                    --threshold 2 --channel-key channel.pub --suite-key suite.pub \
                    --channel stable";
        let drafted = this.run(args).expect(0);
        assert!(drafted.err.contains("mirror/root/1.toml: drafted"), "{}", drafted.err);
        let one = this.run("suite publish sign mirror/root/1.toml --key a.key").expect(0);
        assert!(one.err.contains("root 1: 1 of 2 keys signed; more have to sign"), "{}", one.err);
        let two = this.run("suite publish sign mirror/root/1.toml --key c.key").expect(0);
        assert!(two.err.contains("root 1: 2 of 2 keys signed; enough"), "{}", two.err);
        this
    }

    fn file(&self, name: &str) -> PathBuf {
        self.tacho.home().join(name)
    }

    fn run(&self, args: &str) -> Said {
        self.tacho.run(&args.split_whitespace().collect::<Vec<_>>())
    }

    /// `suite-v2` under another version, signed by this maintainer; its pin.
    fn write_suite(&self, version: &str) -> String {
        let folder = self.file(version);
        fs::create_dir_all(&folder).unwrap();
        let text = fs::read_to_string(checkout().join("suites/suite-v2/suite.toml")).unwrap();
        let text = text.replacen("\nversion = \"2.0.0\"", &format!("\nversion = \"{version}\""), 1);
        let key = SecretKey::load(&self.file("suite.key")).unwrap();
        fs::write(folder.join("suite.toml"), &text).unwrap();
        let signature = sign_suite("suite.toml", text.as_bytes(), &key).unwrap();
        fs::write(folder.join("suite.toml.minisig"), signature).unwrap();
        let blobs = folder.join("blobs");
        if !blobs.exists() {
            std::os::unix::fs::symlink(checkout().join("suites/blobs"), blobs).unwrap();
        }
        format!("suite-v2@{}", Digest::of(text.as_bytes()))
    }

    fn publish(&self, version: &str) -> String {
        let pin = self.write_suite(version);
        let add = format!("suite publish index mirror --add {version}/suite.toml");
        let _ = self.run(&add).expect(0);
        self.sign_index();
        pin
    }

    fn sign_index(&self) {
        let args = "suite publish sign mirror/channel/stable.toml --key channel.key";
        let signed = self.run(args).expect(0);
        assert!(signed.err.contains("channel: 1 of 1 keys signed; enough"), "{}", signed.err);
    }

    fn withdraw(&self, pin: &str) {
        let mut args = vec!["suite", "publish", "index", "mirror", "--withdraw", pin];
        args.extend(["--reason", "it counted tokens twice"]);
        let _ = self.tacho.run(&args).expect(0);
        self.sign_index();
    }
}

/// A client that starts from a maintainer's root.
struct Client {
    tacho: Tacho,
    root: PathBuf,
    mirror: PathBuf,
}

impl Client {
    fn new(maintainer: &Maintainer) -> Self {
        let mirror = maintainer.file("mirror");
        Self { tacho: Tacho::new(), root: mirror.join("root/1.toml"), mirror }
    }

    fn run(&self, args: &[&str]) -> Said {
        let Output { status, stdout, stderr } =
            self.tacho.command(args).env("TACHO_ROOT", &self.root).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: status.code(), out: text(stdout), err: text(stderr) }
    }

    fn update(&self, more: &[&str]) -> Said {
        let from = self.mirror.to_str().unwrap();
        self.run(&[&["self-update", "--from", from], more].concat())
    }

    fn measure(&self, suite: &str, more: &[&str]) -> Said {
        let args = ["run", suite, "--quick", "--backend", "built-in", "--workload", "W1"];
        self.run(&[&args[..], &["--max-tokens", "4", "--json", "out.json"], more].concat())
    }

    fn flags(&self) -> Vec<String> {
        let result = json(&self.tacho.home().join("out.json"));
        let flags = result["flags"].as_array().unwrap();
        flags.iter().map(|flag| flag["code"].as_str().unwrap().to_owned()).collect()
    }
}

fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_channel_brings_suites_and_takes_them_back() {
    let maintainer = Maintainer::new();
    let old = maintainer.publish("2.0.1");
    let client = Client::new(&maintainer);

    let nowhere = client.run(&["self-update"]).expect(2);
    assert!(nowhere.err.contains("no address for updates is known"), "{}", nowhere.err);
    let available = client.update(&["--check"]).expect(80);
    assert!(available.out.contains("suite     suite-v2: none → 2.0.1 (sha256:"));
    assert_eq!(client.measure(&old, &[]).expect(3).out, "");

    let updated = client.update(&[]).expect(0);
    assert_eq!(updated.out, available.out);
    assert!(client.update(&[]).expect(0).err.contains("nothing new"));
    let _ = client.measure(&old, &[]).expect(0);
    assert!(!client.flags().contains(&"withdrawn-suite".to_owned()));

    // One flipped byte: refused, and what was there still runs.
    let new = maintainer.publish("2.1.0");
    let index = maintainer.file("mirror/channel/stable.toml");
    let good = fs::read(&index).unwrap();
    flip(&index);
    let refused = client.update(&[]).expect(90);
    assert!(refused.err.contains("stable.toml: not trusted"), "{}", refused.err);
    fs::write(&index, good).unwrap();
    let updated = client.update(&[]).expect(0);
    let digest = old.split_once("sha256:").unwrap().1;
    let change = format!("suite-v2: 2.0.1 ({}) → 2.1.0 (", &digest[..12]);
    assert!(updated.out.contains(&change), "{}", updated.out);

    // Withdrawn: told, refused, and run only with the user's word.
    maintainer.withdraw(&old);
    let told = client.update(&[]).expect(0);
    assert!(told.out.contains("withdrawn suite-v2 2.0.1 ("), "{}", told.out);
    let refused = client.measure(&old, &[]).expect(20);
    assert!(refused.err.contains("was withdrawn: it counted tokens twice"), "{}", refused.err);
    let allowed = client.measure(&old, &["--allow-withdrawn"]).expect(0);
    assert!(allowed.err.contains("WITHDRAWN SUITE"), "{}", allowed.err);
    assert!(client.flags().contains(&"withdrawn-suite".to_owned()));
    let replayed = client.run(&["replay", "out.json"]).expect(0);
    assert!(replayed.out.contains("identical to the byte"), "{}", replayed.out);
    let _ = client.run(&["verify", "out.json"]).expect(0);
    assert!(client.run(&["suite", "list"]).expect(0).out.contains("WITHDRAWN"));

    // What the kept results name stays; nothing else is old enough to go.
    let gone = client.run(&["suite", "gc"]).expect(0);
    assert_eq!(gone.out, "");
    let _ = client.measure(&new, &[]).expect(0);
    let _ = client.run(&["replay", "out.json"]).expect(0);

    // The built-in root does not know this maintainer.
    let stranger = client.tacho.run(&["suite", "show", &new]);
    assert_eq!(stranger.code, Some(3), "{stranger:?}");
}

#[test]
fn a_pin_travels_in_a_bundle_and_from_a_mirror() {
    let maintainer = Maintainer::new();
    let old = maintainer.publish("2.0.1");
    let keeper = Client::new(&maintainer);
    let _ = keeper.update(&[]).expect(0);
    maintainer.publish("2.1.0");
    maintainer.publish("2.2.0");
    // Another root, and another suite key in it.
    let key = SecretKey::generate().unwrap();
    fs::write(maintainer.file("new.pub"), key.public_key().unwrap().to_file_text()).unwrap();
    let _ = maintainer.run("suite publish root mirror --suite-key new.pub").expect(0);
    for signer in ["b", "c"] {
        let sign = format!("suite publish sign mirror/root/2.toml --key {signer}.key");
        let _ = maintainer.run(&sign).expect(0);
    }
    let said = keeper.update(&[]).expect(0);
    assert!(said.out.starts_with("root      1 ("), "{}", said.out);
    let shown = keeper.run(&["trust", "show"]).expect(0).out;
    assert!(shown.starts_with("root      2 (") && shown.contains("for 3 suites"), "{shown}");

    let file = maintainer.file("old.bundle");
    let path = file.to_str().unwrap();
    let bundled = keeper.run(&["suite", "bundle", &old, "-o", path]).expect(0);
    assert_eq!(bundled.out.trim(), old);
    let empty = Client::new(&maintainer);
    let imported = empty.run(&["self-update", "--bundle", path]).expect(0);
    assert!(imported.out.contains("suite     suite-v2: none → 2.0.1"), "{}", imported.out);
    let _ = empty.measure(&old, &[]).expect(0);
    let _ = empty.run(&["verify", "out.json"]).expect(0);
    assert!(empty.run(&["trust", "import", path]).expect(0).err.contains("nothing new"));

    // The same pin straight from the mirror, and from the bundle as the origin.
    for from in [maintainer.file("mirror").to_str().unwrap(), path] {
        let other = Client::new(&maintainer);
        let _ = other.measure(&old, &["--from", from]).expect(0);
    }
    let name = Client::new(&maintainer).measure("suite-v2", &["--from", path]).expect(2);
    assert!(name.err.contains("tacho self-update --from"), "{}", name.err);

    // The plugins are built in, so only the documents of this bundle are read.
    let mut bytes = fs::read(&file).unwrap();
    let suite = b"kind = \"suite\"";
    let at = bytes.windows(suite.len()).position(|window| window == suite).unwrap();
    bytes[at] ^= 1;
    fs::write(&file, bytes).unwrap();
    let refused = Client::new(&maintainer).run(&["self-update", "--bundle", path]).expect(90);
    assert!(refused.err.contains("not trusted: it has digest"), "{}", refused.err);

    // Roots alone travel too.
    let _ = keeper.run(&["trust", "export", "-o", path]).expect(0);
    let other = Client::new(&maintainer);
    let _ = other.run(&["trust", "import", path]).expect(0);
    assert!(other.run(&["trust", "show"]).expect(0).out.starts_with("root      2 ("));
}

#[test]
fn a_key_that_others_may_read_signs_nothing_and_no_secret_is_published() {
    let maintainer = Maintainer::new();
    maintainer.publish("2.0.1");
    let key = maintainer.file("b.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = maintainer.run("suite publish sign mirror/root/1.toml --key b.key").expect(4);
    assert!(refused.err.contains("other users may read the secret key"), "{}", refused.err);
    assert_eq!(fs::read_dir(maintainer.file("mirror/root")).unwrap().count(), 3);

    // From the environment, and never repeated.
    let text = fs::read_to_string(&key).unwrap();
    let args = ["suite", "publish", "sign", "mirror/root/1.toml", "--key-env", "ROOT_KEY"];
    let output = maintainer.tacho.command(&args).env("ROOT_KEY", &text).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let secret = text.lines().nth(1).unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(!String::from_utf8(said).unwrap().contains(secret));
    for folder in ["mirror/root", "mirror/channel", "mirror/suites"] {
        for entry in fs::read_dir(maintainer.file(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            assert!(!text.contains(secret) && !text.contains("secret key\nRWQAA"));
        }
    }
}

/// Two programs at once, killed at any moment, over and over.
#[test]
fn killed_updates_leave_a_client_that_updates() {
    let maintainer = Maintainer::new();
    let client = Client::new(&maintainer);
    let mut pins = Vec::new();
    for round in 0..12u64 {
        pins.push(maintainer.publish(&format!("2.0.{}", round + 1)));
        let from = maintainer.file("mirror");
        let start = || {
            let args = ["self-update", "--from", from.to_str().unwrap()];
            let mut command = client.tacho.command(&args);
            command.env("TACHO_ROOT", &client.root).spawn().unwrap()
        };
        let mut both = [start(), start()];
        std::thread::sleep(Duration::from_millis(5 + round * 9));
        for update in &mut both {
            update.kill().unwrap();
            update.wait().unwrap();
        }
        // The record is whole: the older one or the newer one.
        let _ = client.run(&["trust", "show"]).expect(0);
        let _ = client.run(&["suite", "list"]).expect(0);
    }
    let _ = client.update(&[]).expect(0);
    let newest = client.run(&["suite", "show", "suite-v2"]).expect(0).out;
    assert_eq!(format!("suite-v2@{}", Digest::of(newest.as_bytes())), pins[11]);
}
