//! One file a command: its arguments, and a function that does it.

use tachograph_model::ExitCode;

use crate::{
    args::{Args, Command},
    error::CliError,
};

pub(crate) mod choice;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod cost;
pub(crate) mod detect;
pub(crate) mod dispute;
pub(crate) mod engine;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod guard;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod list_models;
pub(crate) mod live;
pub(crate) mod man;
pub(crate) mod note;
pub(crate) mod plugin;
pub(crate) mod pull;
pub(crate) mod replay;
pub(crate) mod reproduce;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod self_update;
pub(crate) mod share;
pub(crate) mod show;
pub(crate) mod suite;
pub(crate) mod target;
pub(crate) mod trust;
pub(crate) mod verify;

/// Does what the command line says.
pub(crate) async fn dispatch(args: Args) -> Result<ExitCode, CliError> {
    match args.command {
        Command::Run(command) => run::run(*command).await,
        Command::Detect(command) => detect::run(command).await,
        Command::ListModels(command) => list_models::run(command).await,
        Command::Pull(command) => pull::run(command).await,
        Command::Runs(command) => runs::run(&command),
        Command::Show(command) => show::run(&command),
        Command::Export(command) => export::run(&command),
        Command::Share(command) => share::run(*command).await,
        Command::Import(command) => import::run(&command),
        Command::Explain(command) => explain::run(&command),
        Command::Compare(command) => compare::run(*command).await,
        Command::History(command) => history::run(&command),
        Command::Note(command) => note::run(&command),
        Command::Replay(command) => replay::run(&command).await,
        Command::Verify(command) => verify::run(&command),
        Command::Reproduce(command) => reproduce::run(*command).await,
        Command::Dispute(command) => dispute::run(command).await,
        Command::Suite(command) => suite::run(command),
        Command::SelfUpdate(command) => self_update::run(command).await,
        Command::Trust(command) => trust::run(command).await,
        Command::Plugin(command) => plugin::run(command).await,
        Command::Engine(command) => engine::run(command).await,
        Command::Guard(command) => guard::run(command).await,
        Command::Completions(command) => completions::run(&command),
        Command::Man(command) => man::run(&command),
    }
}
