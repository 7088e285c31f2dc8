use std::fs;

use tachograph_model::Digest;

use super::*;
use crate::{SecretKey, fixture, sign_suite};

/// A folder of suites as in the repository: `suite-x/` and `blobs/`.
struct Folder {
    folder: tempfile::TempDir,
    key: SecretKey,
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("blobs")).unwrap();
        let this = Self { folder, key: fixture::key() };
        fs::write(this.blob(), fixture::PLUGIN).unwrap();
        this.add("suite-x", &fixture::manifest());
        this
    }

    fn blob(&self) -> PathBuf {
        let name = format!("{}.wasm", Digest::of(fixture::PLUGIN).hex());
        self.folder.path().join("blobs").join(name)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name).join("suite.toml")
    }

    fn signature(&self, name: &str) -> PathBuf {
        self.folder.path().join(name).join("suite.toml.minisig")
    }

    fn add(&self, name: &str, manifest: &str) -> String {
        fs::create_dir_all(self.folder.path().join(name)).unwrap();
        let signature = sign_suite("suite.toml", manifest.as_bytes(), &self.key).unwrap();
        fs::write(self.file(name), manifest).unwrap();
        fs::write(self.signature(name), &signature).unwrap();
        signature
    }

    fn catalog(&self) -> Catalog {
        let catalog = Catalog::empty().with_key(self.key.public_key().unwrap());
        catalog.with_folder(self.folder.path())
    }
}

fn code(catalog: &Catalog, spec: &str) -> &'static str {
    catalog.resolve(spec).unwrap_err().code()
}

#[test]
fn a_signed_suite_resolves_by_name_and_by_pin() {
    let folder = Folder::new();
    let catalog = folder.catalog();
    let suite = catalog.resolve("suite-x").unwrap();
    assert_eq!(suite.raw, fixture::manifest().as_bytes());
    assert_eq!(suite.pin.digest, Digest::of(&suite.raw));
    assert_eq!(suite.signed_by, folder.key.public_key().unwrap().key_id());
    assert!(!suite.development_key);
    let pin = suite.pin.to_string();
    for spec in
        [&pin, &pin[8..], &pin[..8 + 7 + 8], &format!("suite-x@{}", suite.pin.digest.short())]
    {
        assert_eq!(catalog.resolve(spec).unwrap().pin, suite.pin, "{spec}");
    }
    for spec in ["suite-y", "", "@", &pin[..8 + 7 + 7], &pin.replace("suite-x", "suite-y")] {
        assert_eq!(code(&catalog, spec), "suite-not-found", "{spec}");
    }
    let message = catalog.resolve("suit-x").unwrap_err().to_string();
    assert_eq!(message, "no suite `suit-x` is here; did you mean `suite-x`?");
    let [entry] = &catalog.list()[..] else { panic!("one suite") };
    assert_eq!((entry.version.as_str(), entry.released.as_str()), ("1.2.0", "2026-11-22"));
    assert!(catalog.refused().is_empty());
}

#[test]
fn blobs_are_the_pinned_ones() {
    let folder = Folder::new();
    let suite = folder.catalog().resolve("suite-x").unwrap();
    let plugin = &suite.suite.workload[0].plugin;
    assert_eq!(suite.blob(plugin).unwrap(), fixture::PLUGIN);
    let name = folder.blob().file_name().unwrap().to_str().unwrap().to_owned();
    for at in 0..fixture::PLUGIN.len() {
        for change in [1, 0x20, 0x80, 0xff] {
            let mut bytes = fixture::PLUGIN.to_vec();
            bytes[at] ^= change;
            fs::write(folder.blob(), bytes).unwrap();
            let error = suite.blob(plugin).unwrap_err();
            assert_eq!(error.code(), "digest-mismatch", "byte {at}");
            assert!(error.to_string().contains(&name), "{error}");
        }
    }
    for bytes in [&b""[..], &fixture::PLUGIN[1..], &[fixture::PLUGIN, b"\0"].concat()] {
        fs::write(folder.blob(), bytes).unwrap();
        let error = suite.blob(plugin).unwrap_err();
        assert_eq!(error.code(), "size-mismatch");
        assert!(error.to_string().contains(&name), "{error}");
    }
    fs::write(folder.blob(), vec![0; 1 << 16]).unwrap();
    let error = suite.blob(plugin).unwrap_err();
    assert!(error.to_string().contains(&name), "{error}");
    fs::remove_file(folder.blob()).unwrap();
    let error = suite.blob(plugin).unwrap_err();
    assert_eq!(error.code(), "blob-missing");
    assert!(
        error.to_string().contains("suite.toml") && error.to_string().contains("workload-chat")
    );
}

#[test]
fn every_changed_byte_of_a_manifest_is_refused_by_name() {
    let folder = Folder::new();
    let good = fixture::manifest().into_bytes();
    let catalog = folder.catalog();
    for at in 0..good.len() {
        for change in [1, 2, 4, 8, 16, 32, 64, 128] {
            let mut bytes = good.clone();
            bytes[at] ^= change;
            fs::write(folder.file("suite-x"), bytes).unwrap();
            let error = catalog.resolve("suite-x").unwrap_err();
            // Before it is parsed: never a manifest error.
            assert_eq!(error.code(), "signature-mismatch", "byte {at} ^ {change}");
            assert!(error.to_string().contains("suite.toml"), "{error}");
        }
    }
    for bytes in [&good[1..], &good[..good.len() - 1], &[&good[..], b"\n"].concat(), b""] {
        fs::write(folder.file("suite-x"), bytes).unwrap();
        assert_eq!(code(&catalog, "suite-x"), "signature-mismatch");
    }
}

#[test]
fn every_changed_byte_of_its_signature_is_refused_by_name() {
    let folder = Folder::new();
    let catalog = folder.catalog();
    let good = fs::read(folder.signature("suite-x")).unwrap();
    for at in 0..good.len() {
        for change in [1, 0x20, 0x80] {
            let mut bytes = good.clone();
            bytes[at] ^= change;
            fs::write(folder.signature("suite-x"), bytes).unwrap();
            let error = catalog.resolve("suite-x").unwrap_err();
            assert!(error.to_string().contains("suite.toml.minisig"), "{error}");
            assert!(error.exit_code() == tachograph_model::ExitCode::NotTrusted, "{error}");
        }
    }
    fs::remove_file(folder.signature("suite-x")).unwrap();
    let error = catalog.resolve("suite-x").unwrap_err();
    assert_eq!(error.code(), "io");
    assert!(error.to_string().contains("suite.toml.minisig"), "{error}");
    assert_eq!(catalog.refused().len(), 1);
    assert!(catalog.list().is_empty());
}

#[test]
fn only_trusted_keys_count() {
    let folder = Folder::new();
    let catalog = Catalog::builtin().with_folder(folder.folder.path());
    let error = catalog.resolve("suite-x").unwrap_err();
    assert_eq!(error.code(), "unknown-key");
    assert!(error.to_string().contains("suite.toml.minisig"), "{error}");
}

#[test]
fn the_signed_comment_has_to_be_that_of_the_body() {
    let folder = Folder::new();
    let manifest = fixture::manifest();
    for comment in [
        "kind=channel name=suite-x version=1.2.0",
        "kind=suite name=suite-y version=1.2.0",
        "kind=suite name=suite-x version=1.2.1",
        "kind=suite name=suite-x version=1.2.0 more=1",
        "kind=suite  name=suite-x version=1.2.0",
        "",
    ] {
        let signature = folder.key.sign(manifest.as_bytes(), comment).unwrap();
        fs::write(folder.signature("suite-x"), signature).unwrap();
        let error = folder.catalog().resolve("suite-x").unwrap_err();
        assert_eq!(error.code(), "comment-mismatch", "{comment}");
        assert!(error.to_string().contains("suite.toml.minisig"), "{error}");
    }
}

#[test]
fn a_signed_manifest_still_has_to_be_valid() {
    let folder = Folder::new();
    let manifest = fixture::manifest().replace("seed = 7", "sede = 7");
    let signature =
        folder.key.sign(manifest.as_bytes(), "kind=suite name=suite-x version=1.2.0").unwrap();
    fs::write(folder.file("suite-x"), manifest).unwrap();
    fs::write(folder.signature("suite-x"), signature).unwrap();
    assert_eq!(code(&folder.catalog(), "suite-x"), "manifest-invalid");
}

#[test]
fn a_suite_in_the_place_of_another_is_refused() {
    let folder = Folder::new();
    folder.add("suite-z", &fixture::manifest());
    let error = folder.catalog().resolve("suite-z").unwrap_err();
    assert_eq!(error.code(), "suite-wrong");
    assert!(error.to_string().contains("suite-z"), "{error}");
}

#[test]
fn a_name_means_the_newest_version_and_never_one_of_two() {
    let folder = Folder::new();
    let older = folder.catalog().resolve("suite-x").unwrap().pin;
    let newer = fixture::manifest().replacen("1.2.0", "1.10.0", 1);
    folder.add("suite-x-next", &newer);
    let catalog = folder.catalog();
    assert_eq!(catalog.resolve("suite-x").unwrap().suite.version, "1.10.0");
    assert_eq!(catalog.resolve(&older.to_string()).unwrap().suite.version, "1.2.0");
    let versions: Vec<String> = catalog.list().into_iter().map(|entry| entry.version).collect();
    assert_eq!(versions, ["1.10.0", "1.2.0"]);

    folder.add("suite-x-other", &newer.replace("seed = 7", "seed = 8"));
    let error = folder.catalog().resolve("suite-x").unwrap_err();
    assert_eq!(error.code(), "suite-ambiguous");
    assert!(error.to_string().contains("suite-x@sha256:"), "{error}");
    // The same bytes in two places are one suite.
    assert!(folder.catalog().with_folder(folder.folder.path()).resolve(&older.to_string()).is_ok());
}

#[test]
fn a_store_serves_suites_and_blobs() {
    let folder = Folder::new();
    let place = tempfile::tempdir().unwrap();
    let store = Store::open(place.path()).unwrap();
    let manifest = fixture::manifest();
    let signature = fs::read(folder.signature("suite-x")).unwrap();
    let digest = store.put_suite(manifest.as_bytes(), &signature).unwrap();
    let catalog =
        Catalog::empty().with_key(folder.key.public_key().unwrap()).with_store(store.clone());
    let suite = catalog.resolve("suite-x").unwrap();
    let plugin = suite.suite.driver[0].plugin.clone();
    assert_eq!(suite.blob(&plugin).unwrap_err().code(), "blob-missing");
    store.put(fixture::PLUGIN).unwrap();
    assert_eq!(suite.blob(&plugin).unwrap(), fixture::PLUGIN);
    assert_eq!(catalog.list()[0].source.to_string(), "store");

    fs::write(store.path(&plugin.sha256), b"changed").unwrap();
    assert_eq!(suite.blob(&plugin).unwrap_err().code(), "store-changed");
    let path = store.suite_paths(&digest).0;
    fs::write(&path, manifest.replace("seed = 7", "seed = 8")).unwrap();
    let error = catalog.resolve(&suite.pin.to_string()).unwrap_err();
    assert_eq!(error.code(), "store-changed");
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
}

#[test]
fn one_folder_may_be_one_suite() {
    let folder = Folder::new();
    let catalog = Catalog::empty()
        .with_key(folder.key.public_key().unwrap())
        .with_folder(folder.folder.path().join("suite-x"));
    let suite = catalog.resolve("suite-x").unwrap();
    assert_eq!(suite.blob(&suite.suite.workload[0].plugin).unwrap(), fixture::PLUGIN);
    let absent = Catalog::empty().with_folder("no/such/folder");
    let error = absent.resolve("suite-x").unwrap_err();
    assert!(error.to_string().contains("no/such/folder"), "{error}");
}

/// What the program ships is signed, named after its folder, and complete.
#[test]
fn the_builtin_suites_are_whole() {
    let catalog = Catalog::builtin();
    let refused: Vec<String> = catalog.refused().iter().map(ToString::to_string).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    for entry in catalog.list() {
        assert_eq!(entry.source, SuiteSource::Builtin);
        assert!(entry.development_key);
        let suite = catalog.resolve(entry.pin.name.as_str()).unwrap();
        let workloads = suite.suite.workload.iter().map(|entry| &entry.plugin);
        let drivers = suite.suite.driver.iter().map(|entry| &entry.plugin);
        for plugin in workloads.chain(drivers) {
            suite.blob(plugin).unwrap();
        }
        for corpus in &suite.suite.corpus {
            suite.corpus(corpus).unwrap();
        }
    }
}

/// Under another root than the program's, its suites are not trusted, and do not
/// stand in the way of trusted ones of their names.
#[test]
fn a_root_of_ones_own_has_suites_of_its_own() {
    let roots = fixture::Roots::new();
    let root = TrustedRoot::anchor(roots.document()).unwrap();
    let catalog = Catalog::trusting(&root);
    assert_eq!(code(&catalog, "suite-v2"), "unknown-key");
    let absent = format!("suite-v2@{}", Digest::of(b"another"));
    assert_eq!(code(&catalog, &absent), "suite-not-found");

    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("store")).unwrap();
    let manifest = fixture::manifest().replace("suite-x", "suite-v2");
    let signature = sign_suite("suite.toml", manifest.as_bytes(), &roots.suite).unwrap();
    store.put_suite(manifest.as_bytes(), signature.as_bytes()).unwrap();
    let suite = catalog.with_store(store).resolve("suite-v2").unwrap();
    assert_eq!(suite.suite.version, "1.2.0");
}
