use std::{fs, path::Path};

use proptest::prelude::*;

use super::*;
use crate::{fixture, lint};

/// The whole message after replacing one part of the good manifest.
fn after(from: &str, to: &str) -> String {
    let good = fixture::manifest();
    assert!(good.contains(from), "{from}");
    read_suite("suite.toml", good.replacen(from, to, 1).as_bytes()).unwrap_err().to_string()
}

#[test]
fn a_good_manifest_is_read_without_a_word() {
    let suite = read_suite("suite.toml", fixture::manifest().as_bytes()).unwrap();
    assert_eq!(suite.name.as_str(), "suite-x");
    assert_eq!(suite.workload[0].params["ratio"], serde_json::json!(0.5));
    assert_eq!(lint::lint(&suite), []);
}

#[test]
fn errors_name_the_place_and_the_nearest_known_word() {
    for (from, to, expected) in [
        ("seed = 7", "sede = 7", r#"8:1: unknown key "sede"; did you mean "seed"?"#),
        (
            "{ trials = 5,",
            "{ trails = 5,",
            r#"12:14: unknown key "trails"; did you mean "trials"?"#,
        ),
        (
            "endpoints = [",
            "endpoint = [",
            r#"27:18: unknown key "endpoint"; did you mean "endpoints"?"#,
        ),
        ("alias =", "zzzzzzzzzz =", r#"17:1: unknown key "zzzzzzzzzz""#),
        (
            "quick =",
            "quik =",
            "11:1: unknown variant `quik`, expected one of `quick`, `standard`, `publish`; did you mean \"quick\"?",
        ),
        ("seed = 7", "seed = 7\nseed = 8", "9:1: duplicate key"),
        ("seed = 7", "seed = \"7\"", "8:8: invalid type: string \"7\", expected u64"),
        ("seed = 7\n", "", r#"1:1: key "seed" is missing in the manifest"#),
        ("version = \"1.0.0\"\n", "", r#"19:1: key "version" is missing in workload[0].plugin"#),
        (
            "released = \"2026-11-22\"",
            "released = 2026-11-22",
            r#"5:12: a date is written as a text here: "2026-11-22""#,
        ),
        ("ratio = 0.5", "ratio = inf", "18:41: a number has to be finite"),
        ("ratio = 0.5", "ratio = nan", "18:41: a number has to be finite"),
        (
            "ratio = 0.5",
            "ratio = 1979-05-27",
            r#"18:41: a date is written as a text here: "1979-05-27""#,
        ),
        ("kind = \"suite\"", "kind = \"channel\"", "1:1: a suite manifest has kind \"suite\""),
        ("schema = 1", "schema = 2", "2:1: this build reads schema 1"),
        ("\"2026-11-22\"", "\"2026-02-30\"", "5:1: a day is written YYYY-MM-DD"),
        ("\"1.2.0\"", "\"1.2\"", "4:1: a version has three numbers: 2.0.0"),
        ("{ trials = 1,", "{ trials = 0,", "11:11: a profile measures at least one trial"),
        (
            "alias = \"W1\"",
            "alias = \"Chat-Short\"",
            "17:1: \"Chat-Short\" is already used by workload[0].id",
        ),
        (
            "id = \"driver-llama-cpp\"",
            "id = \"workload-chat\"",
            "29:1: \"workload-chat\" is a workload and a driver",
        ),
        ("[\"api\"]", "[\"api\", \"api\"]", "27:18: a name stands here twice"),
        (
            "name = \"suite-x\"",
            "name = \"../x\"",
            "3:8: `../x` is not a name: names are 1 to 64 of a-z, 0-9 and -",
        ),
    ] {
        assert_eq!(after(from, to), format!("suite.toml:{expected}"), "{to}");
    }
}

#[test]
fn a_missing_profile_is_named() {
    let message = after("publish = { trials = 10, warmup = 2, budget_s = 600 }\n", "");
    assert_eq!(message, "suite.toml:10:2: profile \"publish\" is missing; a suite has all three");
}

#[test]
fn only_plain_bytes_are_parsed() {
    let good = fixture::manifest();
    let read = |bytes: &[u8]| read_suite("x.toml", bytes).unwrap_err().to_string();
    assert_eq!(
        read(format!("\u{feff}{good}").as_bytes()),
        "x.toml:1:1: it begins with a byte order mark; remove it"
    );
    assert_eq!(
        read(good.replace('\n', "\r\n").as_bytes()),
        "x.toml:1:15: it holds a carriage return; lines end with a line feed alone"
    );
    let mut bytes = good.clone().into_bytes();
    bytes[20] = 0xff;
    assert_eq!(read(&bytes), "x.toml:2:6: it is not UTF-8 from here on");
    let mut large = good.into_bytes();
    large.resize(MAX_MANIFEST_BYTES + 1, b'\n');
    assert_eq!(read(&large), "x.toml:1:1: it is larger than 1 MiB");
    large.pop();
    assert!(read_suite("x.toml", &large).is_ok());
}

#[test]
fn depth_does_not_exhaust_the_stack() {
    let good = fixture::manifest();
    for deep in [
        format!("\n[{}]\n", vec!["a"; 200_000].join(".")),
        format!("\n{} = 1\n", vec!["a"; 200_000].join(".")),
        format!("\na = {}1{}\n", "[".repeat(200_000), "]".repeat(200_000)),
        format!("\na = {}", "{a = ".repeat(100_000)),
    ] {
        let error = read_suite("x.toml", format!("{good}{deep}").as_bytes()).unwrap_err();
        assert_eq!(error.file, "x.toml");
    }
}

#[test]
fn errors_carry_their_parts_as_data() {
    let bytes = fixture::manifest().replace("seed = 7", "sede = 7");
    let error = read_suite("suite.toml", bytes.as_bytes()).unwrap_err();
    assert_eq!((error.line, error.column), (8, 1));
    assert_eq!(error.key.as_deref(), Some("sede"));
    assert_eq!(error.nearest.as_deref(), Some("seed"));
}

#[test]
fn authors_see_every_finding_with_its_place() {
    let text = fixture::manifest()
        .replace("{ trials = 5,", "{ trials = 0,")
        .replace("\"2026-11-22\"", "\"soon\"")
        .replace(
            "[workload.plugin]",
            "profile = { quick = { prompt_token = 1 } }\n[workload.plugin]",
        );
    let findings: Vec<String> =
        lint_manifest("suite.toml", text.as_bytes()).iter().map(ToString::to_string).collect();
    assert_eq!(
        findings,
        [
            "error: suite.toml:5:1: a day is written YYYY-MM-DD",
            "error: suite.toml:12:14: a profile measures at least one trial",
            "warning: suite.toml:19:23: \"prompt_token\" is changed here but not set in params; \
             did you mean \"prompt_tokens\"?",
        ]
    );
    let broken = lint_manifest("suite.toml", b"kind = ");
    assert_eq!(broken.len(), 1);
    assert!(broken[0].to_string().starts_with("error: suite.toml:1:"), "{}", broken[0]);
}

#[test]
fn columns_count_characters() {
    let error = after("description = \"A suite", "description = \"Ä\"; \"A suite");
    assert!(error.starts_with("suite.toml:7:18: "), "{error}");
}

#[test]
fn plugin_manifests_are_read_as_strictly() {
    let good = "kind = \"plugin\"\nschema = 1\nid = \"llama-cpp\"\nversion = \"1.0.0\"\n\
                role = \"driver\"\nabi = \"1.0\"\ndescription = \"x\"\nlicense = \"MIT\"\n";
    assert_eq!(read_plugin("plugin.toml", good.as_bytes()).unwrap().id.as_str(), "llama-cpp");
    for (from, to, expected) in [
        ("abi", "abbi", r#"6:1: unknown key "abbi"; did you mean "abi"?"#),
        (
            "\"driver\"",
            "\"drivr\"",
            "5:8: unknown variant `drivr`, expected `driver` or `workload`; did you mean \"driver\"?",
        ),
        ("\"plugin\"", "\"suite\"", "1:1: a plugin manifest has kind \"plugin\""),
    ] {
        let error = read_plugin("plugin.toml", good.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), format!("plugin.toml:{expected}"));
    }
}

#[test]
fn every_suite_of_the_repository_has_a_good_manifest() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../suites");
    for folder in fs::read_dir(root).unwrap() {
        let file = folder.unwrap().path().join("suite.toml");
        let Ok(bytes) = fs::read(&file) else { continue };
        read_suite(&file.display().to_string(), &bytes).unwrap();
    }
}

#[test]
fn every_plugin_of_the_repository_has_a_good_manifest() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins");
    let folders = ["drivers", "workloads"].map(|kind| fs::read_dir(root.join(kind)).unwrap());
    let mut read = 0;
    for folder in folders.into_iter().flatten() {
        let file = folder.unwrap().path().join("plugin.toml");
        let Ok(bytes) = fs::read(&file) else { continue };
        read_plugin(&file.display().to_string(), &bytes).unwrap();
        read += 1;
    }
    assert!(read > 0, "no plugin.toml below {}", root.display());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_suite("x.toml", &bytes);
    }

    #[test]
    fn no_change_makes_it_panic(at in 0usize..1000, with in "\\PC{0,12}", cut in 0usize..40) {
        let mut text: Vec<char> = fixture::manifest().chars().collect();
        let at = at % text.len();
        let end = (at + cut).min(text.len());
        text.splice(at..end, with.chars());
        let text: String = text.into_iter().collect();
        let _ = read_suite("x.toml", text.as_bytes());
    }
}
