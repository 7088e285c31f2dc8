//! Starting backends: the built-in engine, and recipes of signed manifests.
//!
//! A child gets no shell and only loopback, and is killed when [`Launched`] is
//! dropped, after Ctrl-C too. The built-in engine also ends when its standard
//! input closes, so it does not outlive a runner that was killed; a launched
//! backend does.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tachograph_model::LaunchRecipe;
use tachograph_net::{Client, Endpoint, Limits, Request};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::SessionError;

/// The program and arguments that start the built-in engine. It prints
/// `listening URL` on its standard output once it is ready.
#[derive(Debug, Clone)]
pub struct EngineCommand {
    /// Usually this very program.
    pub program: PathBuf,
    /// Usually `engine --port 0`.
    pub args: Vec<OsString>,
}

/// A backend that this run has started.
#[derive(Debug)]
pub struct Launched {
    /// Where it listens.
    pub url: String,
    /// Held so that the backend ends with this value.
    _child: Child,
}

fn spawn(program: &Path, args: &[OsString], stdout: Stdio) -> Result<Child, SessionError> {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(stdout).stderr(Stdio::null());
    // Ctrl-C is for the runner, which still wants to seal; the child ends with it.
    #[cfg(unix)]
    command.process_group(0);
    command.kill_on_drop(true).spawn().map_err(|error| SessionError::Launch {
        program: program.display().to_string(),
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
    let mut child = spawn(&command.program, &command.args, Stdio::piped())?;
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
        Some(url) => Ok(Launched { url: url.to_owned(), _child: child }),
        None => Err(failed(format!("it said {line:?} instead of where it listens"))),
    }
}

/// What fills the places of a recipe.
pub(crate) struct Recipe<'a> {
    pub recipe: &'a LaunchRecipe,
    /// The program, or the folder that holds it; looked up in `PATH` otherwise.
    pub program: Option<&'a Path>,
    pub model: &'a Path,
    pub context: u64,
    pub streams: u32,
}

/// Starts a backend by its recipe on a free loopback port, and waits until it
/// is ready.
///
/// # Errors
/// [`SessionError::Launch`] when the program is not there, ends, or is not
/// ready in the recipe's time.
pub(crate) async fn backend(
    client: &Client,
    wanted: &Recipe<'_>,
) -> Result<Launched, SessionError> {
    let recipe = wanted.recipe;
    let program =
        find_program(&recipe.program, wanted.program).ok_or_else(|| SessionError::Launch {
            program: recipe.program.clone(),
            reason: "there is no such program in PATH".to_owned(),
        })?;
    let failed =
        |reason: String| SessionError::Launch { program: program.display().to_string(), reason };
    let port = free_port().map_err(|error| failed(error.to_string()))?;
    let args = fill(wanted, port);
    let mut child = spawn(&program, &args, Stdio::null())?;
    let url = format!("http://127.0.0.1:{port}");
    let endpoint = Endpoint::bind("launch", &url, None)?;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(recipe.ready_timeout_s.into());
    let limits = Limits { first_byte: Duration::from_secs(5), ..Limits::default() };
    loop {
        if let Some(status) = child.try_wait().map_err(|error| failed(error.to_string()))? {
            return Err(failed(format!("it ended with {status} before it was ready")));
        }
        let request = Request::get(&recipe.ready_path);
        let answer = client.start(&endpoint, request, limits.clone()).finish().await;
        if answer.head.is_some_and(|head| head.status == 200) {
            return Ok(Launched { url, _child: child });
        }
        if tokio::time::Instant::now() > deadline {
            return Err(failed(format!("it was not ready after {} s", recipe.ready_timeout_s)));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn fill(wanted: &Recipe<'_>, port: u16) -> Vec<OsString> {
    let number = |value: u64| OsString::from(value.to_string());
    let each = |arg: &String| match arg.as_str() {
        "{model}" => wanted.model.as_os_str().to_owned(),
        "{host}" => OsString::from("127.0.0.1"),
        "{port}" => number(port.into()),
        // A server shares its context out to its slots.
        "{context}" => number(wanted.context * u64::from(wanted.streams.max(1))),
        "{streams}" => number(wanted.streams.into()),
        other => OsString::from(other),
    };
    wanted.recipe.args.iter().map(each).collect()
}

fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
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
            args: ["-m", "{model}", "--port", "{port}", "-c", "{context}", "-np", "{streams}"]
                .map(str::to_owned)
                .to_vec(),
            env: Default::default(),
            loads: Vec::new(),
            ready_path: "/health".to_owned(),
            ready_timeout_s: 1,
        };
        let model = Path::new("/m/a b; rm -rf.gguf");
        let wanted = Recipe { recipe: &recipe, program: None, model, context: 4096, streams: 4 };
        let args = fill(&wanted, 80);
        assert_eq!(args, ["-m", "/m/a b; rm -rf.gguf", "--port", "80", "-c", "16384", "-np", "4"]);
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
