//! The exit codes of `tacho`, as a documented contract for scripts.

/// What a `tacho` process ends with. Codes never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// Everything asked for was done.
    Ok = 0,
    /// Something failed that no other code names.
    Failed = 1,
    /// The command line was wrong.
    Usage = 2,
    /// No backend, model or suite of that name was found.
    NotFound = 3,
    /// A manifest or another input file is not valid.
    BadInput = 4,
    /// The backend refused, failed or went away.
    Backend = 5,
    /// A plugin failed or broke the contract.
    Plugin = 6,
    /// The run was sealed, but some of its workloads failed.
    Incomplete = 7,
    /// A file could not be read or written.
    Disk = 8,
    /// A signature, digest or chain does not hold: nothing was trusted.
    NotTrusted = 20,
    /// A replay gave another result than the tape's.
    NotReproduced = 21,
    /// Runs may not be compared; the reasons were given.
    NotComparable = 22,
    /// A result was measured again, and its figures differ.
    NotConfirmed = 23,
    /// A check of a result's evidence speaks against it.
    Doubtful = 24,
    /// Nothing was shared: nobody agreed, or it would have told who or where.
    Withheld = 40,
    /// The server did not take what was shared with it.
    NotAccepted = 41,
    /// An update is there; nothing was changed.
    UpdateAvailable = 80,
    /// The update failed; what was there before is still in force.
    UpdateFailed = 90,
    /// Interrupted by a signal; what was measured is sealed.
    Interrupted = 130,
}

impl ExitCode {
    /// Every code with its meaning, in the order of the documentation.
    pub const ALL: &'static [(ExitCode, &'static str)] = &[
        (ExitCode::Ok, "everything asked for was done"),
        (ExitCode::Failed, "something failed that no other code names"),
        (ExitCode::Usage, "the command line was wrong"),
        (ExitCode::NotFound, "no backend, model or suite of that name was found"),
        (ExitCode::BadInput, "a manifest or another input file is not valid"),
        (ExitCode::Backend, "the backend refused, failed or went away"),
        (ExitCode::Plugin, "a plugin failed or broke the contract"),
        (ExitCode::Incomplete, "the run was sealed, but some of its workloads failed"),
        (ExitCode::Disk, "a file could not be read or written"),
        (ExitCode::NotTrusted, "a signature, digest or chain does not hold: nothing was trusted"),
        (ExitCode::NotReproduced, "a replay gave another result than the tape's"),
        (ExitCode::NotComparable, "runs may not be compared; the reasons were given"),
        (ExitCode::NotConfirmed, "a result was measured again, and its figures differ"),
        (ExitCode::Doubtful, "a check of a result's evidence speaks against it"),
        (
            ExitCode::Withheld,
            "nothing was shared: nobody agreed, or it would have told who or where",
        ),
        (ExitCode::NotAccepted, "the server did not take what was shared with it"),
        (ExitCode::UpdateAvailable, "an update is there; nothing was changed"),
        (ExitCode::UpdateFailed, "the update failed; what was there before is still in force"),
        (ExitCode::Interrupted, "interrupted by a signal; what was measured is sealed"),
    ];

    /// The number that the process ends with.
    pub const fn code(self) -> u8 {
        self as u8
    }
}
