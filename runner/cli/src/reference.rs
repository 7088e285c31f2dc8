//! The command reference: `docs/cli.md` is what `--help` says, and a test keeps
//! it so.

use clap::{Command, CommandFactory};

use crate::args::Args;

const HEAD: &str = "\
# Commands

What `--help` says, for every command. Written by
`TACHO_BLESS=1 cargo test --release -p tachograph-cli`.
";

/// The reference as Markdown.
fn reference() -> String {
    let mut text = HEAD.to_owned();
    let mut root = Args::command().term_width(80);
    root.build();
    section(&mut root, "", &mut text);
    text
}

fn section(command: &mut Command, parents: &str, text: &mut String) {
    let name = format!("{parents}{}", command.get_name());
    let help = command.render_long_help().to_string();
    text.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", help.trim_end()));
    for child in command.get_subcommands_mut() {
        if child.get_name() != "help" {
            section(child, &format!("{name} "), text);
        }
    }
}

#[test]
fn the_command_reference_is_fresh() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");
    // Lines of `--help` end in spaces; files do not.
    let text: String = reference().lines().map(|line| format!("{}\n", line.trim_end())).collect();
    if std::env::var_os("TACHO_BLESS").is_some() {
        std::fs::write(file, &text).unwrap();
    }
    let found = std::fs::read_to_string(file).unwrap_or_default();
    assert!(found == text, "docs/cli.md is stale: TACHO_BLESS=1 cargo test -p tachograph-cli");
}
