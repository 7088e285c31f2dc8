//! Both sides of a channel: who publishes suites, and who takes them from a mirror.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::missing_panics_doc, clippy::must_use_candidate, reason = "it is for tests")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tachograph_model::Digest;
use tachograph_trust::{SecretKey, sign_suite};

use crate::{Said, Tacho, checkout, json};

/// A maintainer with keys, and the folder that is served.
pub struct Maintainer {
    /// The program and the home, with the keys in it.
    pub tacho: Tacho,
}

impl Default for Maintainer {
    fn default() -> Self {
        Self::new()
    }
}

impl Maintainer {
    /// Root 1, signed on "two machines", and no index yet.
    pub fn new() -> Self {
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

    /// A file of the maintainer's.
    pub fn file(&self, name: &str) -> PathBuf {
        self.tacho.home().join(name)
    }

    /// Runs `tacho` as the maintainer, with words parted by blanks.
    pub fn run(&self, args: &str) -> Said {
        self.tacho.run(&args.split_whitespace().collect::<Vec<_>>())
    }

    /// `suite-v2` under another version and with its own build of the chat
    /// workload, signed by this maintainer; its pin.
    pub fn write_suite(&self, version: &str) -> String {
        let (folder, suites) = (self.file(version), checkout().join("suites"));
        let blobs = folder.join("blobs");
        fs::create_dir_all(&blobs).unwrap();
        for entry in fs::read_dir(suites.join("blobs")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), blobs.join(entry.file_name())).unwrap();
        }
        let text = fs::read_to_string(suites.join("suite-v2/suite.toml")).unwrap();
        let text = text.replacen("\nversion = \"2.0.0\"", &format!("\nversion = \"{version}\""), 1);
        let text = with_own_chat(&text, version, &blobs);
        let key = SecretKey::load(&self.file("suite.key")).unwrap();
        fs::write(folder.join("suite.toml"), &text).unwrap();
        let signature = sign_suite("suite.toml", text.as_bytes(), &key).unwrap();
        fs::write(folder.join("suite.toml.minisig"), signature).unwrap();
        format!("suite-v2@{}", Digest::of(text.as_bytes()))
    }

    /// Writes and signs a suite and lists it in the index; its pin.
    pub fn publish(&self, version: &str) -> String {
        let pin = self.write_suite(version);
        let add = format!("suite publish index mirror --add {version}/suite.toml");
        let _ = self.run(&add).expect(0);
        self.sign_index();
        pin
    }

    /// Signs the index as it lies there.
    pub fn sign_index(&self) {
        let args = "suite publish sign mirror/channel/stable.toml --key channel.key";
        let signed = self.run(args).expect(0);
        assert!(signed.err.contains("channel: 1 of 1 keys signed; enough"), "{}", signed.err);
    }

    /// Withdraws a suite or a plugin.
    pub fn withdraw(&self, pin: &str) {
        let mut args = vec!["suite", "publish", "index", "mirror", "--withdraw", pin];
        args.extend(["--reason", "it counted tokens twice"]);
        let _ = self.tacho.run(&args).expect(0);
        self.sign_index();
    }

    /// Root 2, signed by two keys of root 1: another suite key is in it, and the
    /// old one no longer.
    pub fn rotate_root(&self) {
        let key = SecretKey::generate().unwrap();
        fs::write(self.file("new.pub"), key.public_key().unwrap().to_file_text()).unwrap();
        let _ = self.run("suite publish root mirror --suite-key new.pub").expect(0);
        for signer in ["b", "c"] {
            let sign = format!("suite publish sign mirror/root/2.toml --key {signer}.key");
            let _ = self.run(&sign).expect(0);
        }
    }
}

/// A suite whose chat workload is a build of its own, which no `tacho` holds: the
/// same code behind another custom section.
fn with_own_chat(text: &str, version: &str, blobs: &Path) -> String {
    let line = text.lines().find(|line| line.contains("\"workload-chat\"")).unwrap();
    let hex = line.split("sha256:").nth(1).unwrap().get(..64).unwrap();
    let mut component = fs::read(blobs.join(format!("{hex}.wasm"))).unwrap();
    let old_size = format!("size = {} ", component.len());
    let section = [&[1, b'v'], version.as_bytes()].concat();
    component.extend([0, u8::try_from(section.len()).unwrap()]);
    component.extend(section);
    let digest = Digest::of(&component).to_string();
    let own = digest.strip_prefix("sha256:").unwrap();
    fs::write(blobs.join(format!("{own}.wasm")), &component).unwrap();
    text.replace(hex, own).replace(&old_size, &format!("size = {} ", component.len()))
}

/// A client that starts from a maintainer's first root and has nothing else.
pub struct Client {
    /// Its program and its home.
    pub tacho: Tacho,
    root: PathBuf,
    mirror: PathBuf,
}

impl Client {
    /// A client of a maintainer.
    pub fn new(maintainer: &Maintainer) -> Self {
        let mirror = maintainer.file("mirror");
        Self { tacho: Tacho::new(), root: mirror.join("root/1.toml"), mirror }
    }

    /// A command of it.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.tacho.command(args);
        command.env("TACHO_ROOT", &self.root);
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Said {
        Said::of(&mut self.command(args))
    }

    /// Takes what the mirror has.
    pub fn update(&self, more: &[&str]) -> Said {
        let from = self.mirror.to_str().unwrap();
        self.run(&[&["self-update", "--from", from], more].concat())
    }

    /// Measures one workload shortly on the built-in engine.
    pub fn measure(&self, suite: &str, more: &[&str]) -> Said {
        let args = ["run", suite, "--quick", "--backend", "built-in", "--workload", "W1"];
        self.run(&[&args[..], &["--max-tokens", "4", "--json", "out.json"], more].concat())
    }

    /// The flags of what was measured last.
    pub fn flags(&self) -> Vec<String> {
        let result = json(&self.tacho.home().join("out.json"));
        let flags = result["flags"].as_array().unwrap();
        flags.iter().map(|flag| flag["code"].as_str().unwrap().to_owned()).collect()
    }
}
