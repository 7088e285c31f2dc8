//! The last look before anything leaves: does it name this machine or its user,
//! or hold a key?

use serde_json::Value;
use tachograph_probe::{Identifier, IdentifierKind};

use crate::shapes::shapes;

/// Names that are given everywhere and so name nobody, and words that results
/// are made of.
const COMMON: &[&str] = &[
    "admin",
    "administrator",
    "android",
    "build",
    "builder",
    "circleci",
    "codespace",
    "container",
    "darwin",
    "debian",
    "default",
    "docker",
    "ec2-user",
    "fedora",
    "guest",
    "home",
    "jenkins",
    "jovyan",
    "linux",
    "localhost",
    "macos",
    "model",
    "nobody",
    "opc",
    "root",
    "runner",
    "runneradmin",
    "server",
    "test",
    "ubuntu",
    "user",
    "users",
    "vagrant",
    "vscode",
    "windows",
];
/// The shortest value of a variable that counts as a key.
const SHORTEST_KEY: usize = 8;
/// Words in the names of variables that hold keys.
const KEY_NAMES: &[&str] = &["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL"];

/// Something that must not leave, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// A JSON pointer; empty for the whole document.
    pub place: String,
    /// What it is, as a phrase. Never the thing itself.
    pub what: String,
    /// Whether it is a key: nobody may let it pass.
    pub opens: bool,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} holds {}", self.place, self.what)
    }
}

/// Looks through documents for what must not leave this machine.
///
/// Host and user names count as whole words, whatever their case. A name that
/// is given everywhere, such as `root` or `ubuntu`, does not count.
#[derive(Clone)]
pub struct Scanner {
    words: Vec<(IdentifierKind, String)>,
    keys: Vec<(String, String)>,
}

impl Scanner {
    /// A scanner that knows the words which name the machine and its user, and
    /// keys with the names of what holds them.
    pub fn new(
        identifiers: impl IntoIterator<Item = Identifier>,
        keys: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let words = identifiers
            .into_iter()
            .map(|word| (word.kind, word.value.to_lowercase()))
            .filter(|(_, word)| !COMMON.contains(&word.as_str()))
            .collect();
        let keys = keys
            .into_iter()
            .map(|(name, key)| (name, key.trim().to_owned()))
            .filter(|(_, key)| key.len() >= SHORTEST_KEY)
            .collect();
        Self { words, keys }
    }

    /// A scanner for this machine, its user and the keys in the environment.
    /// `keys` are others that the program was given.
    pub fn of_this_machine(keys: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let named = variables.filter(|(name, _)| holds_a_key(name));
        let named = named.map(|(name, value)| (format!("the variable {name}"), value));
        Self::new(tachograph_probe::identifiers(), named.chain(keys))
    }

    /// Everything in a document that must not leave, in the order of places.
    /// Texts count, and the names of fields.
    pub fn scan(&self, document: &Value) -> Vec<Finding> {
        let mut found = Vec::new();
        self.walk(document, &mut String::new(), &mut found);
        found.sort();
        found.dedup();
        found
    }

    fn walk(&self, value: &Value, place: &mut String, found: &mut Vec<Finding>) {
        let length = place.len();
        match value {
            Value::String(text) => self.text(text, place, found),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    place.push_str(&format!("/{index}"));
                    self.walk(item, place, found);
                    place.truncate(length);
                }
            }
            Value::Object(fields) => {
                for (name, item) in fields {
                    // The name itself may be what must not be told.
                    self.text(name, place, found);
                    place.push('/');
                    place.push_str(&name.replace('~', "~0").replace('/', "~1"));
                    self.walk(item, place, found);
                    place.truncate(length);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&self, text: &str, place: &str, found: &mut Vec<Finding>) {
        let mut add = |what: String, opens| {
            found.push(Finding { place: place.to_owned(), what, opens });
        };
        for (name, key) in &self.keys {
            if text.contains(key) {
                add(format!("the key in {name}"), true);
            }
        }
        for shape in shapes(text) {
            add(shape.words().to_owned(), shape.opens());
        }
        let lower = text.to_lowercase();
        for (kind, word) in &self.words {
            if has_word(&lower, word) {
                add(words(*kind).to_owned(), false);
            }
        }
    }
}

impl std::fmt::Debug for Scanner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scanner({} words, {} keys)", self.words.len(), self.keys.len())
    }
}

fn holds_a_key(variable: &str) -> bool {
    let name = variable.to_ascii_uppercase();
    KEY_NAMES.iter().any(|word| name.contains(word))
}

const fn words(kind: IdentifierKind) -> &'static str {
    match kind {
        IdentifierKind::HostName => "the name of this machine",
        IdentifierKind::UserName => "the name of the user",
        IdentifierKind::HomeFolder => "the path of the home folder",
        IdentifierKind::Serial => "a serial number of this machine",
        IdentifierKind::HardwareAddress => "a hardware address of this machine",
        IdentifierKind::BusId => "the place of a device of this machine",
    }
}

/// Whether a word stands in a text with neither letter nor digit beside it.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.into_iter().chain(after).any(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fixture;

    fn word(kind: IdentifierKind, value: &str) -> Identifier {
        Identifier { kind, value: value.to_owned() }
    }

    fn scanner() -> Scanner {
        let words = [
            word(IdentifierKind::HostName, "Zugspitze"),
            word(IdentifierKind::UserName, "ann"),
            word(IdentifierKind::UserName, "root"),
            word(IdentifierKind::HomeFolder, "/home/ann"),
            word(IdentifierKind::Serial, "PF4XYZ12"),
            word(IdentifierKind::HardwareAddress, "52:54:00:12:34:56"),
            word(IdentifierKind::BusId, "00000000:5E:00.0"),
        ];
        Scanner::new(words, [("the variable API_KEY".to_owned(), "planted-key-1".to_owned())])
    }

    /// S0.55–S0.57, S4.90: each with its place, none with itself.
    #[test]
    fn what_is_found_is_named_with_its_place_and_not_shown() {
        let document = json!({
            "backend": { "name": "llama.cpp on zugspitze", "models": [{ "id": "ann/m" }] },
            "serial pf4xyz12": 1,
            "said": ["key planted-key-1 is bad", "card 00000000:5e:00.0"],
        });
        let found: Vec<String> =
            scanner().scan(&document).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                " holds a serial number of this machine",
                "/backend/models/0/id holds the name of the user",
                "/backend/name holds the name of this machine",
                "/said/0 holds the key in the variable API_KEY",
                "/said/1 holds the place of a device of this machine",
                "/said/1 holds the place of a device on its bus",
            ]
        );
        let text = format!("{:?} {:?}", scanner(), scanner().scan(&document)).to_lowercase();
        for hidden in ["zugspitze", "pf4xyz12", "planted-key-1", "5e:00.0"] {
            assert!(!text.contains(hidden), "{hidden} is in {text}");
        }
    }

    #[test]
    fn names_are_whole_words_and_common_ones_are_none() {
        let document = json!(["channel", "Hanna", "annotated", "only root may read it", "uproot"]);
        assert_eq!(scanner().scan(&document), []);
    }

    #[test]
    fn only_keys_can_never_pass() {
        let document = json!(["planted-key-1", "ann", "10.0.0.9"]);
        let opens: Vec<bool> = scanner().scan(&document).iter().map(|found| found.opens).collect();
        assert_eq!(opens, [true, false, false]);
    }

    #[test]
    fn a_result_as_runs_make_them_is_clean() {
        let result = serde_json::to_value(fixture::result()).unwrap();
        assert_eq!(scanner().scan(&result), []);
        for run in ["llama-server", "mlx-lm"] {
            let file = format!("{}/../../tests/fixtures/runs/{run}", env!("CARGO_MANIFEST_DIR"));
            let bytes = std::fs::read(format!("{file}/result.json")).unwrap();
            let seal = std::fs::read(format!("{file}/result.json.minisig")).unwrap();
            let shared = crate::full(&bytes, &seal, run).unwrap();
            assert_eq!(scanner().scan(&serde_json::from_slice(&shared).unwrap()), [], "{run}");
        }
    }

    #[test]
    fn variables_of_keys_are_known_by_their_names() {
        for name in ["OPENAI_API_KEY", "hf_token", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD"] {
            assert!(holds_a_key(name), "{name}");
        }
        assert!(!holds_a_key("PATH") && !holds_a_key("HOME"));
    }

    /// Where a text can stand in a document.
    fn places(value: &mut Value) -> Vec<&mut String> {
        match value {
            Value::String(text) => vec![text],
            Value::Array(items) => items.iter_mut().flat_map(places).collect(),
            Value::Object(fields) => fields.values_mut().flat_map(places).collect(),
            _ => Vec::new(),
        }
    }

    proptest::proptest! {
        /// S0.6: wherever in a result such a word stands, it is found there.
        #[test]
        fn no_place_hides_a_word(
            at in proptest::prelude::any::<proptest::sample::Index>(),
            word in proptest::sample::select(vec![
                "zugspitze", "ZUGSPITZE", "Ann", "/home/ann", "PF4XYZ12", "52:54:00:12:34:56",
                "203.0.113.9", "planted-key-1", "2001:db8::9",
            ]),
            before in "([a-z]{0,8}[ /=,])?", after in "([ /,][a-z]{0,8})?",
        ) {
            let mut document = serde_json::to_value(fixture::result()).unwrap();
            {
                let mut texts = places(&mut document);
                let index = at.index(texts.len());
                *texts[index] = format!("{before}{word}{after}");
            }
            proptest::prop_assert!(!scanner().scan(&document).is_empty());
        }
    }
}
