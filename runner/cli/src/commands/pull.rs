//! `tacho pull`: fetch a model with a backend's own program.

use std::process::Stdio;

use clap::Args;
use tachograph_model::ExitCode;
use tachograph_session::{PullPlan, SessionError, pull_plans};

use super::run::DEFAULT_SUITE;
use crate::{error::CliError, printer, world::World};

const ABOUT: &str = "\
A backend that can fetch models does it with its own program and shows its own
progress. For the others the command is printed. A run never downloads, and so
never times a download.";

/// Fetch a model through the backend that can.
#[derive(Debug, Args)]
#[command(after_help = ABOUT)]
pub(crate) struct Pull {
    /// The model, as the backend names it, for example `llama3.2:1b`.
    model: String,
    /// The backend, for example `ollama`.
    #[arg(long, visible_alias = "engine", value_name = "ID")]
    backend: Option<String>,
}

pub(crate) async fn run(command: Pull) -> Result<ExitCode, CliError> {
    let world = World::open()?;
    let suite = world.catalog()?.resolve(DEFAULT_SUITE)?;
    let plans = pull_plans(&suite, command.backend.as_deref(), &command.model)?;
    let able = plans.iter().find_map(|plan| Some((plan, plan.program.as_ref()?)));
    let Some((plan, program)) = able.filter(|(plan, _)| plan.run) else {
        return tell(&plans);
    };
    printer::talk(&plan.command());
    let mut child = tokio::process::Command::new(program)
        .args(&plan.args)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(CliError::disk("start", program))?;
    let status = child.wait().await.map_err(CliError::disk("wait for", program))?;
    match status.success() {
        true => Ok(ExitCode::Ok),
        false => {
            let (program, reason) = (plan.name.clone(), format!("it ended with {status}"));
            Err(SessionError::Launch { program, reason }.into())
        }
    }
}

/// No program here can, or may: the user is told what to type.
fn tell(plans: &[PullPlan]) -> Result<ExitCode, CliError> {
    printer::talk("tacho fetches no model itself here; with the backend's own tools:");
    for plan in plans {
        let missing = if plan.program.is_none() { "   (not in PATH)" } else { "" };
        printer::data(&format!("{}: {}{missing}", plan.driver, plan.command()))?;
    }
    Ok(ExitCode::NotFound)
}
