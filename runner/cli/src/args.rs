//! The command line, as clap sees it.

use clap::{Parser, Subcommand};

use crate::commands;

/// The line that `--version` and `--help` begin with.
const ABOUT: &str = "How fast does this LLM really run here, and can anyone check it?";

const EXAMPLES: &str = "\
Examples:
  tacho run                          measure what is here, with the newest suite
  tacho run suite-v2 --quick         the same in under a minute
  tacho run --backend llama-cpp --url http://127.0.0.1:8080
  tacho run --model model.gguf       start llama-server with it, and measure
  tacho verify latest                check a sealed result
  tacho replay latest                derive it again from its tape

Exit codes: 0 done, 2 usage, 3 not found, 4 bad input, 5 backend, 6 plugin,
7 some workloads failed, 8 disk, 20 not trusted, 21 not reproduced,
22 not comparable, 23 measured again and different, 24 doubtful evidence,
40 not shared, 41 not taken by the server, 80 update available,
90 update failed, 130 interrupted.";

/// The command line of `tacho`.
#[derive(Debug, Parser)]
#[command(name = "tacho", version, about = ABOUT, after_help = EXAMPLES, max_term_width = 80)]
pub(crate) struct Args {
    /// Tell more on standard error; twice for everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Measure a backend with a suite and seal the result.
    #[command(visible_alias = "bench")]
    Run(Box<commands::run::Run>),
    /// Show this machine and the backends that answer on it.
    Detect(commands::detect::Detect),
    /// List the models that each backend offers.
    ListModels(commands::list_models::ListModels),
    /// Fetch a model through the backend that can.
    Pull(commands::pull::Pull),
    /// List the runs kept on this machine.
    Runs(commands::runs::Runs),
    /// Show the report of a run again.
    Show(commands::show::Show),
    /// Write a run as a page, a document or a table to keep.
    Export(commands::export::Export),
    /// Give a result to others, byte for byte as it is shown first.
    Share(Box<commands::share::Share>),
    /// Keep figures that others measured, as what they claim.
    Import(commands::import::Import),
    /// Say why a result is what it is, from its own figures.
    Explain(commands::explain::Explain),
    /// Compare runs figure by figure.
    Compare(Box<commands::compare::Compare>),
    /// Show one figure over the runs kept on this machine.
    History(commands::history::History),
    /// Keep a note beside a run.
    Note(commands::note::Note),
    /// Derive a result again from its tape, with no network.
    Replay(commands::replay::Replay),
    /// Check the seal, the schema, the suite and the tape of a result.
    Verify(commands::verify::Verify),
    /// Measure somebody's result again and seal the answer.
    Reproduce(Box<commands::reproduce::Reproduce>),
    /// Hand over the evidence of a run, or check what was handed over.
    #[command(subcommand)]
    Dispute(commands::dispute::Dispute),
    /// Work with suites.
    #[command(subcommand)]
    Suite(commands::suite::Suite),
    /// Bring the suites of a channel up to date.
    SelfUpdate(commands::self_update::SelfUpdate),
    /// Show, export and import what is trusted here.
    #[command(subcommand)]
    Trust(commands::trust::Trust),
    /// Work with plugins.
    #[command(subcommand)]
    Plugin(commands::plugin::Plugin),
    /// Serve the built-in reference engine on loopback.
    Engine(commands::engine::Engine),
    /// Run a program until standard input closes.
    #[command(hide = true)]
    Guard(commands::guard::Guard),
    /// Print a completion script for a shell.
    Completions(commands::completions::Completions),
    /// Write the manual pages into a folder.
    Man(commands::man::Man),
}
