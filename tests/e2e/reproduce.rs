//! Measuring a result again: reproduced, not reproduced, not comparable.

use tachograph_tests::{
    Said, Tacho,
    channel::{Client, Maintainer},
    engine::Engine,
    json,
    proxy::{Manner, Proxy},
    scripted::Scripted,
};

/// A pace that the machine's load does not change: the engine is hidden behind
/// pauses much longer than its own, and its word for its own times is taken off.
fn manner(slower: u64) -> Manner {
    Manner {
        first_ms: 200 * slower,
        pace_ms: 20 * slower,
        swaps: vec![("\"timings\"", "\"t1m1ngs\"")],
    }
}

fn paced(engine: &Engine, slower: u64) -> Proxy {
    Proxy::start(&engine.url, manner(slower))
}

fn measure(tacho: &Tacho, url: &str, more: &str) -> Said {
    let args = format!(
        "run suite-v2 --quick --workload W1 --iterations 5 --max-tokens 12 --telemetry 0 \
         --json out.json --url {url}{more}"
    );
    tacho.run(&args.split(' ').collect::<Vec<_>>()).expect(0)
}

/// The same server at the same pace; and a level that only others can lift.
#[test]
fn the_same_server_reproduces_its_result() {
    let tacho = Tacho::new();
    let engine = Engine::start(&tacho);
    let proxy = paced(&engine, 1);
    let _ = measure(&tacho, &proxy.url(), "");
    let args = ["reproduce", "out.json", "--url", &proxy.url(), "--json", "answer.json"];
    let said = tacho.run(&args).expect(0);
    assert!(said.out.contains("\nreproduced\n"), "{}", said.out);
    assert!(
        said.out.contains("agrees") && said.out.contains("3 of 3 greedy texts"),
        "{}",
        said.out
    );
    assert!(said.err.contains("you agree with yourself"), "{}", said.err);
    let answer = json(&tacho.home().join("answer.json"));
    assert_eq!(answer["kind"], "reproduction");
    assert_eq!(answer["verdict"], "reproduced");
    assert!(answer["by"].is_string());
    assert!(!tacho.run(&["runs"]).expect(0).out.contains("reproduced"));

    // Somebody else, with a key of their own, and only the two files.
    let other = Tacho::new();
    for name in ["out.json", "out.json.minisig"] {
        std::fs::copy(tacho.home().join(name), other.home().join(name)).unwrap();
    }
    let said = other.run(&["reproduce", "out.json", "--url", &proxy.url()]).expect(0);
    assert!(said.out.contains("\nreproduced\n"), "{}", said.out);
    assert!(!said.err.contains("yourself"), "{}", said.err);
    let folders = other.run_folders();
    assert!(folders[0].join("reproduction.json.minisig").is_file(), "{folders:?}");
}

#[test]
fn a_slowed_server_does_not_reproduce_and_the_factor_is_told() {
    let tacho = Tacho::new();
    let engine = Engine::start(&tacho);
    let _ = measure(&tacho, &paced(&engine, 1).url(), "");
    let slow = paced(&engine, 3);
    let said = tacho.run(&["reproduce", "out.json", "--url", &slow.url()]).expect(23);
    assert!(said.out.contains("\nnot reproduced\n"), "{}", said.out);
    let line = said.out.lines().find(|line| line.contains("decode_tps: ")).unwrap();
    let factor: f64 = line.split(' ').find_map(|word| word.parse().ok()).unwrap();
    assert!((0.2..0.5).contains(&factor), "{line}");
}

#[test]
fn another_model_is_not_comparable() {
    let tacho = Tacho::new();
    let engine = Engine::start(&tacho);
    let proxy = paced(&engine, 1);
    let _ = measure(&tacho, &proxy.url(), "");
    // The same server says that its weights are of another type.
    let mut lying = manner(1);
    lying.swaps.push(("\"ftype\":\"F32\"", "\"ftype\":\"F16\""));
    let other = Proxy::start(&engine.url, lying);
    let said = tacho.run(&["reproduce", "out.json", "--url", &other.url()]).expect(22);
    assert!(said.out.contains("\nnot comparable\n"), "{}", said.out);
    assert!(said.out.contains("quantization differs: F32 and F16"), "{}", said.out);
}

/// A swapped model: the digest of one, the texts of another. The speed is the
/// same, and so is every word that the server says of itself.
#[test]
fn a_swapped_model_is_told_by_what_it_writes() {
    let tacho = Tacho::new();
    let engine = Engine::start(&tacho);
    let _ = measure(&tacho, &paced(&engine, 1).url(), "");
    let mut other = manner(1);
    other.swaps.push(("\"content\":\" ", "\"content\":\"-"));
    let swapped = Proxy::start(&engine.url, other);
    let said = tacho.run(&["reproduce", "out.json", "--url", &swapped.url()]).expect(23);
    assert!(said.out.contains("0 of 3 greedy texts are the same"), "{}", said.out);
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("another model, or other arithmetic"), "{}", said.out);
    // And by whoever is handed the evidence and has a run of that model.
    let _ = tacho.run(&["dispute", "export", "latest", "--with-outputs", "-o", "d.tar"]).expect(0);
    let seen = tacho.run(&["dispute", "inspect", "d.tar"]).expect(24);
    let line = seen.out.lines().find(|line| line.contains(" same-model ")).unwrap();
    assert!(line.contains("FAIL"), "{}", seen.out);
}

/// A claim at a pin that the channel has left behind, under a root that has been
/// rotated since, measured again by somebody who has a bundle and nothing else.
#[test]
fn an_old_pin_is_reproduced_from_an_empty_store_and_a_bundle() {
    let maintainer = Maintainer::new();
    let pin = maintainer.publish("2.0.1");
    let keeper = Client::new(&maintainer);
    let engine = Engine::start(&keeper.tacho);
    let proxy = paced(&engine, 1);
    let _ = keeper.update(&[]).expect(0);
    let args = format!(
        "run {pin} --quick --workload W1 --iterations 5 --max-tokens 12 --telemetry 0 \
         --json out.json --url {}",
        proxy.url()
    );
    let _ = keeper.run(&args.split(' ').collect::<Vec<_>>()).expect(0);

    maintainer.publish("2.1.0");
    maintainer.publish("2.2.0");
    maintainer.rotate_root();
    let _ = keeper.update(&[]).expect(0);
    let bundle = maintainer.file("old.bundle");
    let bundle = bundle.to_str().unwrap();
    let _ = keeper.run(&["suite", "bundle", &pin, "-o", bundle]).expect(0);

    let slow = paced(&engine, 3);
    let mut other = manner(1);
    other.swaps.push(("\"ftype\":\"F32\"", "\"ftype\":\"F16\""));
    let other = Proxy::start(&engine.url, other);
    let verdicts = [
        (proxy.url(), 0, "\nreproduced\n"),
        (slow.url(), 23, "\nnot reproduced\n"),
        (other.url(), 22, "\nnot comparable\n"),
    ];
    for (url, code, verdict) in verdicts {
        let stranger = Client::new(&maintainer);
        for name in ["out.json", "out.json.minisig"] {
            std::fs::copy(keeper.tacho.home().join(name), stranger.tacho.home().join(name))
                .unwrap();
        }
        let reproduce = ["reproduce", "out.json", "--url", &url];
        let missing = stranger.run(&reproduce).expect(3);
        assert!(missing.err.contains("is not on this machine"), "{}", missing.err);
        let said = stranger.run(&[&reproduce[..], &["--from", bundle]].concat()).expect(code);
        assert!(said.out.contains(verdict), "{}", said.out);
        assert!(said.err.contains("root      1 ("), "{}", said.err);
        assert!(said.err.contains(&format!("1 of 1 plans are those of {pin}")), "{}", said.err);
        if code == 23 {
            let line = said.out.lines().find(|line| line.contains("decode_tps: ")).unwrap();
            let factor: f64 = line.split(' ').find_map(|word| word.parse().ok()).unwrap();
            assert!((0.2..0.5).contains(&factor), "{line}");
        }
    }
}

/// What cannot be compared is told before it costs time.
#[test]
fn one_trial_is_not_comparable_and_nothing_is_measured() {
    let tacho = Tacho::new();
    let engine = Engine::start(&tacho);
    let args = "run suite-v2 --quick --workload W1 --max-tokens 8 --json out.json --url";
    let mut args: Vec<&str> = args.split(' ').collect();
    args.push(&engine.url);
    let _ = tacho.run(&args).expect(0);
    let said = tacho.run(&["reproduce", "out.json", "--url", &engine.url]).expect(22);
    assert!(said.out.contains("1 trial, and a verdict needs 5"), "{}", said.out);
    assert_eq!(tacho.run_folders().len(), 1);

    // The same from an address, which gives the result and its seal.
    let home = tacho.home().to_owned();
    let server = Scripted::routes(move |answer| {
        match std::fs::read_to_string(home.join(&answer.path[1..])) {
            Ok(text) => answer.whole("200 OK", "", &text),
            Err(_) => answer.whole("404 Not Found", "", "no such file"),
        }
    });
    let address = format!("{}/out.json", server.url());
    let said = tacho.run(&["reproduce", &address]).expect(22);
    assert!(said.out.contains("1 trial, and a verdict needs 5"), "{}", said.out);
    let said = tacho.run(&["reproduce", &format!("{}/gone.json", server.url())]).expect(5);
    assert!(said.err.contains("the server answers 404"), "{}", said.err);
}

/// A result that somebody has edited is answered by nobody.
#[test]
fn an_edited_result_is_not_reproduced() {
    let tacho = Tacho::new();
    let _ = tacho
        .run(&[
            "run",
            "--quick",
            "--backend",
            "built-in",
            "--workload",
            "W1",
            "--max-tokens",
            "4",
            "--no-canary",
            "--json",
            "out.json",
        ])
        .expect(0);
    let path = tacho.home().join("out.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\"F32\"", "\"F16\"", 1)).unwrap();
    let said = tacho.run(&["reproduce", "out.json"]).expect(20);
    assert!(said.err.contains("signature does not match"), "{}", said.err);
}
