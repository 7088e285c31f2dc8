//! A channel from nothing to a client, with the commands of both sides: S4.118,
//! S4.122. The attacks are in `runner/update/tests/attacks`.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use tachograph_model::Digest;
use tachograph_tests::{
    Said,
    channel::{Client, Maintainer},
    checkout,
    engine::Engine,
    scripted::Scripted,
    tls::Redirecting,
};

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
    assert!(allowed.err.contains("WITHDRAWN: "), "{}", allowed.err);
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
    maintainer.rotate_root();
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

/// A driver that no suite pins: offered, fetched, granted, and withdrawn.
#[test]
fn a_plugin_of_a_channel_is_fetched_granted_and_taken_back() {
    let maintainer = Maintainer::new();
    let pinned = fs::read_to_string(checkout().join("suites/suite-v2/suite.toml")).unwrap();
    let line =
        pinned.lines().find(|line| line.contains("id = \"openai-compatible\", version")).unwrap();
    let hex = &line.split("sha256:").nth(1).unwrap()[..64];
    let mut component = fs::read(checkout().join(format!("suites/blobs/{hex}.wasm"))).unwrap();
    // A build that no suite pins: a custom section of no name follows.
    component.extend([0, 1, 0]);
    let digest = Digest::of(&component);
    fs::write(maintainer.file("driver.wasm"), &component).unwrap();
    let pin = maintainer.publish("2.0.1");
    let _ = maintainer.run("suite publish index mirror --add-plugin driver.wasm").expect(0);
    maintainer.sign_index();

    let client = Client::new(&maintainer);
    let mirror = maintainer.file("mirror");
    let from = ["--from", mirror.to_str().unwrap()];
    let fetch = |name: &str| client.run(&[&["plugin", "fetch", name][..], &from].concat());
    let none = fetch("vllm").expect(3);
    assert!(none.err.contains("offers no plugin vllm: it lists openai-compatible"), "{}", none.err);
    let fetched = fetch("openai-compatible").expect(0);
    assert_eq!(fetched.out, "openai-compatible-1.1.0.wasm\n");
    let mine = client.tacho.home().join("openai-compatible-1.1.0.wasm");
    fs::write(&mine, "mine").unwrap();
    let kept = fetch("openai-compatible").expect(2);
    assert!(kept.err.contains("is here and is another file"), "{}", kept.err);
    fs::remove_file(&mine).unwrap();
    let _ = fetch("openai-compatible").expect(0);
    assert_eq!(
        fs::read(client.tacho.home().join("openai-compatible-1.1.0.wasm")).unwrap(),
        component
    );

    let engine = Engine::start(&client.tacho);
    let _ = client.update(&[]).expect(0);
    let measure = |more: &[&str]| {
        let args = "--quick --workload W1 --max-tokens 4 --no-canary --json out.json --plugin \
                    openai-compatible-1.1.0.wasm --url";
        let args: Vec<&str> = args.split_whitespace().collect();
        client.run(&[&["run", &pin], &args[..], &[&engine.url], more].concat())
    };
    let refused = measure(&[]).expect(6);
    assert!(refused.err.contains("asks for what was not granted"), "{refused:?}");
    let _ = client.run(&["plugin", "grant", "openai-compatible-1.1.0.wasm", "--yes"]).expect(0);
    let _ = measure(&[]).expect(0);
    let flags = client.flags();
    assert!(flags.contains(&"unofficial-plugin".to_owned()), "{flags:?}");
    assert!(!flags.contains(&"withdrawn-plugin".to_owned()), "{flags:?}");

    // Another name for it, well signed, and one flipped byte where it is served.
    let index = mirror.join("channel/stable.toml");
    let good = fs::read_to_string(&index).unwrap();
    let lying = good.replace("\"openai-compatible\"", "\"my-server\"");
    fs::write(&index, lying.replace("\nversion = 2", "\nversion = 3")).unwrap();
    maintainer.sign_index();
    let renamed = fetch("my-server").expect(20);
    assert!(renamed.err.contains("plugin openai-compatible 1.1.0"), "{}", renamed.err);
    fs::write(&index, good.replace("\nversion = 2", "\nversion = 4")).unwrap();
    maintainer.sign_index();
    flip(&mirror.join(format!("blobs/{}", digest.hex())));
    let changed = fetch("openai-compatible").expect(20);
    assert!(changed.err.contains("it has digest"), "{}", changed.err);

    maintainer.withdraw(&digest.to_string());
    let _ = client.update(&[]).expect(0);
    let listed = client.run(&["plugin", "list"]).expect(0).out;
    assert!(listed.contains("by stable, WITHDRAWN"), "{listed}");
    let gone = fetch("openai-compatible").expect(3);
    assert!(gone.err.contains("1.1.0 was withdrawn: it counted tokens twice"), "{}", gone.err);
    let refused = measure(&[]).expect(20);
    assert!(refused.err.contains("openai-compatible-1.1.0.wasm was withdrawn"), "{}", refused.err);
    let _ = measure(&["--allow-withdrawn"]).expect(0);
    assert!(client.flags().contains(&"withdrawn-plugin".to_owned()));
    let replayed = client.run(&["replay", "out.json"]).expect(0);
    assert!(replayed.out.contains("identical to the byte"), "{}", replayed.out);
}

/// A server that the client trusts sends it to plain text on this machine, where
/// a mirror would be good enough if the user had named it.
#[test]
fn a_redirect_from_https_to_plain_text_is_refused() {
    let maintainer = Maintainer::new();
    maintainer.publish("2.0.1");
    let mirror = maintainer.file("mirror");
    let plain = Scripted::routes(move |answer| match fs::read(mirror.join(&answer.path[1..])) {
        Ok(bytes) => answer.whole("200 OK", "", &String::from_utf8_lossy(&bytes)),
        Err(_) => answer.whole("404 Not Found", "", "no such file"),
    });
    let server = Redirecting::start(&format!("{}/", plain.url()));
    let client = Client::new(&maintainer);
    let update = |from: &str, certificate: &str| {
        let trusted = client.tacho.home().join("trusted.pem");
        fs::write(&trusted, certificate).unwrap();
        let args = ["self-update", "--check", "--from", from];
        Said::of(client.command(&args).env("SSL_CERT_FILE", &trusted))
    };
    let straight = update(&plain.url(), &server.certificate).expect(80);
    assert!(straight.out.contains("suite-v2: none"), "{}", straight.out);
    let refused = update(&server.url, &server.certificate).expect(90);
    assert!(refused.err.contains("it is redirected from https to http"), "{}", refused.err);

    // To another server with TLS: followed, and refused for its certificate.
    let other = Redirecting::start(&server.url);
    let followed = update(&other.url, &other.certificate).expect(90);
    assert!(followed.err.contains("certificate"), "{}", followed.err);
    // The certificate is looked at all the same.
    let stranger = update(&server.url, &other.certificate).expect(90);
    assert!(stranger.err.contains("certificate"), "{}", stranger.err);
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
            client.command(&args).spawn().unwrap()
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
