//! What the kit's server does to a driver, and what is to come of it.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;
use tachograph_model::{CacheIntent, Message, Request, Role, Tool};

use crate::{
    Dialect, Level,
    answer::{Answer, Channel, Counted, Finish, Piece, ToolAnswer},
    server::{Backend, Cut, Fault, Refusal, Scene},
};

/// Bytes of the text in one very long message: 4 MiB, under the cap of 8 MiB.
const LONG_LINE: usize = 4 << 20;
/// Messages of a very long answer.
const LONG_ANSWER: usize = 4_000;
/// Seconds that the server asks to wait.
pub(crate) const RETRY_AFTER_S: u64 = 7;
/// Pieces that come before a fault.
const BEFORE: usize = 3;

/// What has to come of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expect {
    /// The whole answer, attributed.
    Answer {
        /// Whether the first token's time is held against the server's clock.
        timed: bool,
    },
    /// The same attribution, twice, by one instance.
    Twice,
    /// No token at all.
    Empty,
    /// A failure.
    Failure(Wanted),
    /// A failure, then an answer.
    ThenAnswer(Wanted),
}

/// A failure that a driver should report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Any of these codes.
    pub codes: Vec<&'static str>,
    /// What a wrong code weighs.
    pub level: Level,
    pub retryable: Option<bool>,
    pub retry_after_ms: Option<u64>,
    pub http_status: Option<u16>,
    /// Pieces that arrive before it.
    pub pieces: usize,
}

/// One scenario.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub id: &'static str,
    pub scene: Scene,
    pub expect: Expect,
    pub request: Request,
    /// How long each exchange may take.
    pub patience: Duration,
}

/// The scenarios for a server, in the order of the report; those that it
/// cannot play have a reason instead.
pub(crate) fn all(backend: &Backend, model: &str) -> Vec<Result<Scenario, (&'static str, String)>> {
    let mut all = Vec::new();
    let mut add = |id, planned: Result<(Scene, Expect), &str>| {
        all.push(match planned {
            Ok((scene, expect)) => Ok(scenario(id, scene, expect, model)),
            Err(reason) => Err((id, reason.to_owned())),
        });
    };
    let answer = Expect::Answer { timed: false };
    let timed = Expect::Answer { timed: true };
    let events = match backend {
        Backend::Plays(dialect) => *dialect != Dialect::Ollama,
        Backend::Follows(script) => !script.streams_lines(),
        _ => false,
    };
    let template = match backend {
        Backend::Follows(script) => script.is_template(),
        _ => true,
    };
    let own = |scene: Scene, expect: Expect| match template {
        true => Ok((scene, expect)),
        false => Err("the script has a recorded answer"),
    };

    let mut warm = words();
    warm.cached_tokens = 8;
    add("plain", Ok((Scene::of(warm), timed.clone())));
    add("same-again", Ok((Scene::of(quick(words())), Expect::Twice)));
    add(
        "byte-writes",
        Ok((Scene { cut: Cut::Bytes, ..Scene::of(quick(words())) }, answer.clone())),
    );
    let cut = Scene { cut: Cut::Characters, ..Scene::of(quick(words())) };
    add("split-characters", Ok((cut, answer.clone())));
    add("crlf", Ok((Scene { crlf: true, ..Scene::of(quick(words())) }, answer.clone())));
    add(
        "comments",
        match events {
            true => Ok((Scene { comments: true, ..Scene::of(quick(words())) }, answer.clone())),
            false => Err("lines have no comments"),
        },
    );
    let mut early = words();
    early.opens_at_once = true;
    early.first = Duration::from_millis(200);
    add("opens-early", Ok((Scene::of(early), timed.clone())));
    add("several-tokens", own(Scene::of(quick(several())), answer.clone()));
    let counted = |counted| Answer { counted, ..quick(words()) };
    add(
        "running-usage",
        match backend {
            Backend::Plays(dialect) if dialect.speaks_openai() => {
                Ok((Scene::of(counted(Counted::Throughout)), answer.clone()))
            }
            Backend::Follows(_) => Err("a script has no running counts"),
            _ => Err("this dialect counts at the end only"),
        },
    );
    add(
        "no-usage",
        match backend {
            Backend::Plays(_) => Ok((Scene::of(counted(Counted::Never)), answer.clone())),
            _ => Err("a script says what it says"),
        },
    );
    add(
        "false-usage",
        match backend {
            Backend::Follows(script) if !script.has("{{output_tokens}}") => {
                Err("the script states no count")
            }
            _ => own(Scene::of(counted(Counted::Falsely(100_000))), answer.clone()),
        },
    );
    add("stop", own(Scene::of(Answer { finish: Finish::Stop, ..quick(words()) }), answer.clone()));
    add(
        "reasoning",
        match backend {
            Backend::Follows(script) if !script.has("{{reasoning}}") => {
                Err("the script has no `{{reasoning}}`")
            }
            _ => own(Scene::of(quick(thoughtful())), answer.clone()),
        },
    );
    add(
        "tool-call",
        match backend {
            Backend::Plays(_) => Ok((Scene::of(quick(calling())), answer.clone())),
            _ => Err("a script has no tools"),
        },
    );
    let silent = Answer { pieces: Vec::new(), finish: Finish::Stop, ..quick(words()) };
    add("empty", own(Scene::of(silent), Expect::Empty));
    let mut long = words();
    long.pieces.insert(1, content(&"long ".repeat(LONG_LINE / 5), 1));
    add("long-line", own(Scene::of(quick(long)), answer.clone()));
    let pieces = (0..LONG_ANSWER).map(|index| content(&format!(" w{index}"), 1)).collect();
    let many = Answer { pieces, gap: Duration::ZERO, ..quick(words()) };
    add("long-answer", own(Scene::of(many), answer));

    let refused = |refusal| Scene { refusal: Some(refusal), ..Scene::of(quick(words())) };
    let status = |code, status, retryable| Wanted {
        retryable: Some(retryable),
        http_status: Some(status),
        ..wanted(&[code])
    };
    let limited = Scene { refusals: Some(1), ..refused(Refusal::RetryAfter(RETRY_AFTER_S)) };
    let wait =
        Wanted { retry_after_ms: Some(RETRY_AFTER_S * 1000), ..status("rate-limited", 429, true) };
    add("rate-limited", Ok((limited, Expect::ThenAnswer(wait))));
    for (id, code, number, retryable) in [
        ("unauthorized", "unauthorized", 401, false),
        ("not-found", "not-found", 404, false),
        ("server-error", "server-error", 500, true),
    ] {
        let expect = Expect::Failure(status(code, number, retryable));
        add(id, Ok((refused(Refusal::Status(number)), expect)));
    }
    let advised = |codes: &[&'static str]| Wanted { level: Level::Recommended, ..wanted(codes) };
    add("redirect", Ok((refused(Refusal::Redirect), Expect::Failure(advised(&["protocol"])))));
    add("web-page", Ok((refused(Refusal::Page), Expect::Failure(advised(&["protocol"])))));

    let faulty = |fault| Scene { fault, ..Scene::of(quick(words())) };
    let after = |wanted: Wanted| Expect::Failure(Wanted { pieces: BEFORE, ..wanted });
    let closes = matches!(backend, Backend::Plays(dialect) if dialect.closes_after_body());
    add("malformed", own(faulty(Fault::Malformed(BEFORE)), after(wanted(&["protocol"]))));
    add(
        "error-inside",
        match backend {
            Backend::Plays(_) => Ok((
                faulty(Fault::Error(BEFORE)),
                after(advised(&[
                    "server-error",
                    "rate-limited",
                    "loading",
                    "bad-request",
                    "context-exceeded",
                ])),
            )),
            _ => Err("a script has no errors"),
        },
    );
    add("ends-short", own(faulty(Fault::Short(BEFORE)), after(advised(&["protocol"]))));
    // Where the end of the connection ends the body, only the driver can tell.
    let cut =
        if closes { wanted(&["protocol", "closed-early"]) } else { wanted(&["closed-early"]) };
    add("cut-off", own(faulty(Fault::Cut(BEFORE)), after(cut)));
    let reset = wanted(&["reset", "closed-early"]);
    add("reset", own(faulty(Fault::Reset(BEFORE)), after(reset)));
    let stalled = wanted(&["timeout-idle", "timeout-total"]);
    add("stall", own(faulty(Fault::Stall(BEFORE)), after(stalled)));
    all
}

fn wanted(codes: &[&'static str]) -> Wanted {
    Wanted {
        codes: codes.to_vec(),
        level: Level::Required,
        retryable: None,
        retry_after_ms: None,
        http_status: None,
        pieces: 0,
    }
}

fn scenario(id: &'static str, scene: Scene, expect: Expect, model: &str) -> Scenario {
    let answer = &scene.answer;
    let mut tools = Vec::new();
    if answer.tool.is_some() {
        tools.push(Tool {
            name: "read_file".to_owned(),
            description: "Reads a file.".to_owned(),
            parameters: json!({
                "type": "object",
                "properties": { "path": { "type": "string" }, "line": { "type": "integer" } },
                "required": ["path"],
            }),
        });
    }
    let reuse = answer.cached_tokens > 0;
    let request = Request {
        id: id.to_owned(),
        model: model.to_owned(),
        messages: vec![
            Message::text(Role::System, "You take part in a test."),
            Message::text(Role::User, format!("Say it. ({})", marker(id))),
        ],
        tools,
        max_tokens: u32::try_from(answer.output_tokens()).unwrap_or(u32::MAX).max(1),
        exact_length: answer.finish == Finish::Length,
        cache: if reuse { CacheIntent::Reuse } else { CacheIntent::Cold },
        ideal_cached_tokens: answer.cached_tokens,
        reference_prompt_tokens: answer.prompt_tokens,
        seed: 7,
        delay_ms: 0,
        condition: BTreeMap::new(),
    };
    let patience = match scene.fault {
        Fault::Stall(_) => Duration::from_millis(900),
        _ => Duration::from_secs(10),
    };
    Scenario { id, scene, expect, request, patience }
}

/// A word of the prompt that has to reach the server.
pub(crate) fn marker(id: &str) -> String {
    format!("kit-{id}-prompt")
}

fn content(text: &str, tokens: u64) -> Piece {
    Piece { channel: Channel::Content, text: text.to_owned(), tokens }
}

/// Eight tokens, some with characters of several bytes.
fn words() -> Answer {
    let texts = ["Ten", " über", " straße", " 日本", " 😀", " \"quoted\"", "\n", " end."];
    Answer {
        pieces: texts.iter().map(|text| content(text, 1)).collect(),
        tool: None,
        finish: Finish::Length,
        counted: Counted::Truly,
        prompt_tokens: 24,
        cached_tokens: 0,
        opens_at_once: false,
        first: Duration::from_millis(80),
        gap: Duration::from_millis(20),
    }
}

/// Sixteen tokens in five messages.
fn several() -> Answer {
    let texts = [("One", 1), (" two three", 2), (" four five six", 3), (" seven", 1)];
    let mut pieces: Vec<Piece> = texts.iter().map(|(text, n)| content(text, *n)).collect();
    pieces.push(content(" and nine more that come at once in the end", 9));
    Answer { pieces, ..words() }
}

fn thoughtful() -> Answer {
    let mut answer = words();
    for (place, text) in ["Let", " me", " think."].iter().enumerate() {
        let thought = Piece { channel: Channel::Reasoning, text: (*text).to_owned(), tokens: 1 };
        answer.pieces.insert(place, thought);
    }
    answer
}

fn calling() -> Answer {
    let arguments = vec!["{\"path\":", " \"src/", "main.rs\"", ", \"line\"", ": 42}"];
    Answer {
        pieces: Vec::new(),
        tool: Some(ToolAnswer { name: "read_file", arguments }),
        finish: Finish::ToolCalls,
        ..words()
    }
}

/// The same answer, sent faster.
fn quick(answer: Answer) -> Answer {
    Answer { first: Duration::from_millis(20), gap: Duration::from_millis(3), ..answer }
}
