//! Starting backends: the built-in engine, and recipes of signed manifests.
//!
//! A child gets no shell and only loopback. Between it and this process stands
//! a [guard](crate::guard), which ends it and all its children when this
//! process ends in whatever way, or drops [`Launched`]. The built-in engine
//! needs none: it ends when its standard input closes.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use tachograph_model::{LaunchRecipe, LaunchUsed};
use tachograph_net::{Client, Endpoint, Limits, Request};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{Event, Observer, SessionError, error::disk};

/// Bytes of a log's end that are shown when a backend does not come up.
const LAST_WORDS: usize = 600;
/// How long the guard may take to end a backend, its grace included.
const STOP: Duration = Duration::from_secs(8);
/// Logs of backends that are kept.
const LOGS_KEPT: usize = 20;

/// The program and arguments that start the built-in engine. It prints
/// `listening URL` on its standard output once it is ready.
#[derive(Debug, Clone)]
pub struct EngineCommand {
    /// Usually this very program. It also has to know `guard PROGRAM ARGS…`,
    /// which is [`guard`](crate::guard).
    pub program: PathBuf,
    /// Usually `engine --port 0 --until-stdin-closes`.
    pub args: Vec<OsString>,
}

/// A backend that this run has started.
#[derive(Debug)]
pub(crate) struct Launched {
    /// Where it listens.
    pub(crate) url: String,
    /// The recipe and what the start took; none for the built-in engine.
    pub(crate) used: Option<LaunchUsed>,
    /// Held so that the backend ends with this value: its input closes.
    child: Child,
}

impl Launched {
    /// The process that was started; its children are the backend's.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends the backend and waits until it is gone, some seconds at most.
    pub(crate) async fn stop(mut self) {
        drop(self.child.stdin.take());
        if tokio::time::timeout(STOP, self.child.wait()).await.is_err() {
            tracing::warn!(url = self.url, "the backend does not end");
        }
    }
}

fn spawn(command: &mut Command) -> Result<Child, SessionError> {
    // Ctrl-C is for the runner, which still wants to seal; the child ends with it.
    #[cfg(unix)]
    command.process_group(0);
    let child = command.stdin(Stdio::piped()).spawn();
    child.map_err(|error| SessionError::Launch {
        program: command.as_std().get_program().display().to_string(),
        reason: error.to_string(),
    })
}

/// Starts the built-in engine and waits until it listens.
///
/// # Errors
/// [`SessionError::Launch`] when it ends or says nothing within 30 s.
pub(crate) async fn engine(command: &EngineCommand) -> Result<Launched, SessionError> {
    let failed =
        |reason: String| SessionError::Launch { program: "the built-in engine".to_owned(), reason };
    let mut child = spawn(
        Command::new(&command.program)
            .args(&command.args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true),
    )?;
    let stdout = child.stdout.take().ok_or_else(|| failed("it has no output".to_owned()))?;
    let mut lines = BufReader::new(stdout).lines();
    let ready = tokio::time::timeout(Duration::from_secs(30), lines.next_line()).await;
    let line = match ready {
        Ok(Ok(Some(line))) => line,
        Ok(Ok(None)) => return Err(failed("it ended before it listened".to_owned())),
        Ok(Err(error)) => return Err(failed(error.to_string())),
        Err(_) => return Err(failed("it did not listen within 30 s".to_owned())),
    };
    match line.strip_prefix("listening ") {
        Some(url) => Ok(Launched { url: url.to_owned(), used: None, child }),
        None => Err(failed(format!("it said {line:?} instead of where it listens"))),
    }
}

/// What fills the places of a recipe.
pub(crate) struct Recipe<'a> {
    pub recipe: &'a LaunchRecipe,
    pub program: PathBuf,
    /// The model, unless the backend is to be started without one.
    pub model: Option<PathBuf>,
    pub context: u64,
    pub streams: u32,
    /// The folder for what the backend prints.
    pub logs: &'a Path,
    /// The program that knows `guard`.
    pub guard: &'a Path,
}

/// Starts a backend by its recipe on a free loopback port, and waits until it
/// is ready.
///
/// # Errors
/// [`SessionError::Launch`] when it ends, or is not ready in the recipe's time.
pub(crate) async fn backend(
    client: &Client,
    wanted: &Recipe<'_>,
    observer: &dyn Observer,
) -> Result<Launched, SessionError> {
    let recipe = wanted.recipe;
    let log = log_file(wanted.logs, recipe)?;
    let name = wanted.program.display().to_string();
    let failed = |reason: String| SessionError::Launch {
        program: name.clone(),
        reason: format!("{reason}{}", last_words(&log)),
    };
    if wanted.model.is_none() && recipe.args.iter().any(|arg| arg.contains("{model}")) {
        return Err(failed("it needs a model; name one with --model".to_owned()));
    }
    let port = free_port().map_err(|error| failed(error.to_string()))?;
    let output = || {
        let file = std::fs::OpenOptions::new().append(true).create(true).open(&log);
        file.map(Stdio::from).map_err(disk("write", &log))
    };
    let mut command = Command::new(wanted.guard);
    command.arg("guard").arg("--").arg(&wanted.program).args(fill(wanted, &recipe.args, port));
    for (name, value) in &recipe.env {
        command.env(name, fill_one(wanted, value, port));
    }
    observer.event(Event::Note(&format!("starting {} (its log: {})", name, log.display())));
    let began = Instant::now();
    let mut child = spawn(command.stdout(output()?).stderr(output()?))?;
    let url = format!("http://127.0.0.1:{port}");
    let endpoint = Endpoint::bind("launch", &url, None)?;
    let patience = Duration::from_secs(recipe.ready_timeout_s.into());
    let limits = Limits { first_byte: Duration::from_secs(5), ..Limits::default() };
    loop {
        if let Some(status) = child.try_wait().map_err(|error| failed(error.to_string()))? {
            return Err(failed(format!("it ended with {status} before it was ready")));
        }
        let request = Request::get(&recipe.ready_path);
        let answer = client.start(&endpoint, request, limits.clone()).finish().await;
        let elapsed = began.elapsed();
        if answer.head.is_some_and(|head| head.status == 200) {
            let load_ns = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
            observer.event(Event::Note(&format!("ready after {:.1} s", elapsed.as_secs_f64())));
            let used = LaunchUsed { recipe: recipe.name.clone(), load_ns };
            return Ok(Launched { url, used: Some(used), child });
        }
        if elapsed > patience {
            return Err(failed(format!("it was not ready after {} s", patience.as_secs())));
        }
        observer.event(Event::Launching {
            program: &recipe.program,
            elapsed_s: elapsed.as_secs(),
            patience_s: patience.as_secs(),
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn fill(wanted: &Recipe<'_>, args: &[String], port: u16) -> Vec<OsString> {
    args.iter().map(|arg| fill_one(wanted, arg, port)).collect()
}

/// Fills one argument. A model's path stays as it is, whatever bytes it has.
fn fill_one(wanted: &Recipe<'_>, text: &str, port: u16) -> OsString {
    if text == "{model}" {
        return wanted.model.clone().unwrap_or_default().into_os_string();
    }
    let model = wanted.model.as_deref().unwrap_or(Path::new("")).to_string_lossy();
    let total = wanted.context * u64::from(wanted.streams.max(1));
    text.replace("{host}", "127.0.0.1")
        .replace("{port}", &port.to_string())
        .replace("{context}", &wanted.context.to_string())
        .replace("{context_total}", &total.to_string())
        .replace("{streams}", &wanted.streams.to_string())
        .replace("{model}", &model)
        .into()
}

fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// A new log; the oldest of many are removed.
fn log_file(folder: &Path, recipe: &LaunchRecipe) -> Result<PathBuf, SessionError> {
    std::fs::create_dir_all(folder).map_err(disk("create", folder))?;
    let mut old: Vec<_> = std::fs::read_dir(folder)
        .map_err(disk("read", folder))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    old.sort();
    for path in old.iter().rev().skip(LOGS_KEPT) {
        let _ = std::fs::remove_file(path);
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seconds = now.unwrap_or_default().as_secs();
    Ok(folder.join(format!("{seconds}-{}-{}.log", std::process::id(), recipe.name)))
}

/// The end of a log, as a part of an error's message.
fn last_words(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let tail = &text[text.len().saturating_sub(LAST_WORDS)..];
    let text: String = String::from_utf8_lossy(tail)
        .chars()
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect();
    match text.trim() {
        "" => String::new(),
        words => format!("; its last words (all of them: {}):\n{words}", log.display()),
    }
}

/// The program in the place that the user named, or in `PATH`.
pub(crate) fn find_program(name: &str, place: Option<&Path>) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    match place {
        Some(place) if place.is_dir() => {
            [place.join(&file), place.join("bin").join(&file)].into_iter().find(|p| p.is_file())
        }
        Some(place) => place.is_file().then(|| place.to_owned()),
        None => std::env::split_paths(&std::env::var_os("PATH")?)
            .map(|folder| folder.join(&file))
            .find(|path| path.is_file()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_is_filled_in_without_a_shell() {
        let recipe = LaunchRecipe {
            name: "llama-server".parse().unwrap(),
            program: "llama-server".to_owned(),
            args: [
                "-m",
                "{model}",
                "--at={host}:{port}",
                "-c",
                "{context_total}",
                "-np",
                "{streams}",
            ]
            .map(str::to_owned)
            .to_vec(),
            env: Default::default(),
            loads: vec![tachograph_model::ModelForm::Gguf],
            ready_path: "/health".to_owned(),
            ready_timeout_s: 1,
        };
        let wanted = Recipe {
            recipe: &recipe,
            program: "llama-server".into(),
            model: Some("/m/a b; rm -rf.gguf".into()),
            context: 4096,
            streams: 4,
            logs: Path::new("logs"),
            guard: Path::new("tacho"),
        };
        let args = fill(&wanted, &recipe.args, 80);
        let expected =
            ["-m", "/m/a b; rm -rf.gguf", "--at=127.0.0.1:80", "-c", "16384", "-np", "4"];
        assert_eq!(args, expected);
    }

    #[test]
    fn a_program_is_found_in_the_folder_that_the_user_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(format!("llama-server{}", std::env::consts::EXE_SUFFIX));
        assert_eq!(find_program("llama-server", Some(folder.path())), None);
        std::fs::write(&file, "").unwrap();
        assert_eq!(find_program("llama-server", Some(folder.path())), Some(file.clone()));
        assert_eq!(find_program("llama-server", Some(&file)), Some(file));
    }
}
