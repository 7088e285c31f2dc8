//! Why a model file could not be read.

/// A failure of reading a model's files. Files are named without their folder.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The file system said no.
    #[error("cannot {action} {file}: {}", source.kind())]
    Io {
        /// `read`, `list` or `write`.
        action: &'static str,
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Neither a `.gguf` file, a `.safetensors` file nor a folder of them.
    #[error("{file} is not a model: a .gguf file, a .safetensors file or a folder of them is")]
    NotWeights {
        /// What was named.
        file: String,
    },
    /// A folder holds several models in one format.
    #[error("the folder {folder} holds several models: {}", files.join(", "))]
    SeveralModels {
        /// The folder.
        folder: String,
        /// The first few of its files.
        files: Vec<String>,
    },
    /// A model in several files, of which one is not there.
    #[error("{file} is part of the model and is missing")]
    MissingShard {
        /// The file that is missing.
        file: String,
    },
    /// The first bytes are those of another format.
    #[error("{file} does not begin as a {format} file does")]
    WrongFormat {
        /// The file.
        file: String,
        /// `GGUF` or `safetensors`.
        format: &'static str,
    },
    /// A GGUF file for big-endian machines.
    #[error("{file} is a big-endian GGUF file")]
    BigEndian {
        /// The file.
        file: String,
    },
    /// A GGUF version other than 2 and 3.
    #[error("{file} is of GGUF version {version}; versions 2 and 3 are read")]
    Version {
        /// The file.
        file: String,
        /// What it says.
        version: u32,
    },
    /// A count or a length beyond what real files have.
    #[error("{file} states {what} of {value}; at most {limit} are read")]
    TooLarge {
        /// The file.
        file: String,
        /// What is counted.
        what: &'static str,
        /// What the file says.
        value: u64,
        /// The bound.
        limit: u64,
    },
    /// The file ends before what its header announces.
    #[error("{file} ends too early: byte {needed} is announced, and it has {size}")]
    Truncated {
        /// The file.
        file: String,
        /// The first byte after what is announced.
        needed: u64,
        /// Bytes in the file.
        size: u64,
    },
    /// What is written there contradicts the format.
    #[error("{file} is malformed: {reason}")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// A file was changed while it was read.
    #[error("{file} was changed while it was read")]
    Changed {
        /// The file.
        file: String,
    },
    /// The caller asked to stop.
    #[error("reading the weights was stopped")]
    Stopped,
}

impl WeightsError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "io",
            Self::NotWeights { .. } => "not-weights",
            Self::SeveralModels { .. } => "several-models",
            Self::MissingShard { .. } => "missing-shard",
            Self::WrongFormat { .. } => "wrong-format",
            Self::BigEndian { .. } => "big-endian",
            Self::Version { .. } => "unknown-version",
            Self::TooLarge { .. } => "too-large",
            Self::Truncated { .. } => "truncated",
            Self::Malformed { .. } => "malformed",
            Self::Changed { .. } => "changed",
            Self::Stopped => "stopped",
        }
    }

    /// What to do about it, where there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::SeveralModels { .. } => Some("name one of the files"),
            Self::MissingShard { .. } | Self::Truncated { .. } => {
                Some("the download is not complete; fetch the model again")
            }
            Self::BigEndian { .. } => {
                Some("convert it on the machine that runs it, or get the little-endian file")
            }
            Self::Version { version: 1, .. } => {
                Some("convert the model again; version 1 is of 2023")
            }
            Self::Changed { .. } => Some("wait until the download or the conversion has ended"),
            _ => None,
        }
    }
}

/// A failure inside one file, before the file's name is known.
#[derive(Debug)]
pub(crate) enum Fault {
    Io(std::io::Error),
    WrongFormat(&'static str),
    BigEndian,
    Version(u32),
    TooLarge { what: &'static str, value: u64, limit: u64 },
    Truncated { needed: u64, size: u64 },
    Malformed(String),
}

impl Fault {
    /// The error, with the name of the file.
    pub(crate) fn of(self, file: &str) -> WeightsError {
        let file = file.to_owned();
        match self {
            Fault::Io(source) => WeightsError::Io { action: "read", file, source },
            Fault::WrongFormat(format) => WeightsError::WrongFormat { file, format },
            Fault::BigEndian => WeightsError::BigEndian { file },
            Fault::Version(version) => WeightsError::Version { file, version },
            Fault::TooLarge { what, value, limit } => {
                WeightsError::TooLarge { file, what, value, limit }
            }
            Fault::Truncated { needed, size } => WeightsError::Truncated { file, needed, size },
            Fault::Malformed(reason) => WeightsError::Malformed { file, reason },
        }
    }

    pub(crate) fn malformed<T>(reason: impl Into<String>) -> Result<T, Fault> {
        Err(Fault::Malformed(reason.into()))
    }

    /// `value` if it is within the bound.
    pub(crate) fn bound(what: &'static str, value: u64, limit: u64) -> Result<u64, Fault> {
        if value > limit { Err(Fault::TooLarge { what, value, limit }) } else { Ok(value) }
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Fault {
        Fault::Io(error)
    }
}
