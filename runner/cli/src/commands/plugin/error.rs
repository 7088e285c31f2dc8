//! What goes wrong while a plugin is written and built.

use std::path::PathBuf;

use tachograph_model::ExitCode;

/// A failure of `tacho plugin new`, `build`, `pack`, `grant` or `revoke`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthorError {
    /// The name cannot be the name of a plugin and of a crate.
    #[error("`{name}` cannot be the name of a plugin: {reason}")]
    Name { name: String, reason: &'static str },
    /// Something is there already.
    #[error("{} is there and is not an empty folder", .0.display())]
    Occupied(PathBuf),
    /// The folder is no crate.
    #[error("{} has no Cargo.toml", .0.display())]
    NoCrate(PathBuf),
    /// Cargo could not be started.
    #[error("cannot start `{program}`: {source}")]
    NoCargo { program: String, source: std::io::Error },
    /// Cargo ended with an error, which it has told.
    #[error("cargo could not build {}", .0.display())]
    Build(PathBuf),
    /// Cargo built no component.
    #[error("{} builds no component", .0.display())]
    NoComponent(PathBuf),
    /// The bytes are not a component whose sections can be written.
    #[error("{}: {reason}", file.display())]
    Pack { file: PathBuf, reason: String },
    /// Nobody is there to ask.
    #[error("nothing was granted: there is no terminal to ask on")]
    NobodyToAsk,
    /// The user said no.
    #[error("nothing was granted")]
    Declined,
    /// No grant of that name.
    #[error("there is no grant of `{0}`")]
    NotGranted(String),
    /// Several grants of that name.
    #[error("`{id}` names {count} grants")]
    Several { id: String, count: usize },
}

impl AuthorError {
    pub(crate) fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Name { .. } => "for example `my-server`",
            Self::Occupied(_) => "name another folder with --dir",
            Self::NoCrate(_) => "`tacho plugin new driver NAME` writes one",
            Self::NoCargo { .. } => "rustup, of rust-lang.org, installs cargo",
            Self::Build(_) => {
                "if the target is missing: `rustup target add wasm32-wasip2`; cargo's own words \
                 are above"
            }
            Self::NoComponent(_) => {
                "Cargo.toml needs `[lib]` with `crate-type = [\"cdylib\", \"rlib\"]`"
            }
            Self::Pack { .. } => "build it as a component of the world `driver` or `workload`",
            Self::NobodyToAsk => "look at it with `tacho plugin inspect`, then add --yes",
            Self::NotGranted(_) | Self::Several { .. } => {
                "`tacho plugin list` shows the grants and their digests"
            }
            Self::Declined => return None,
        })
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Name { .. } | Self::Occupied(_) | Self::NobodyToAsk | Self::Several { .. } => {
                ExitCode::Usage
            }
            Self::NoCrate(_) | Self::NotGranted(_) => ExitCode::NotFound,
            Self::NoComponent(_) | Self::Pack { .. } => ExitCode::BadInput,
            Self::NoCargo { .. } | Self::Build(_) | Self::Declined => ExitCode::Failed,
        }
    }
}
