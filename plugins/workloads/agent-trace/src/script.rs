//! The ten turns: lengths in reference tokens, kinds and delays.

/// Reference tokens of the system message.
pub(crate) const SYSTEM_TOKENS: u64 = 1152;
/// Reference tokens of the tools.
pub(crate) const TOOLS_TOKENS: u64 = 1920;
/// Reference tokens of the first user message.
pub(crate) const TASK_TOKENS: u64 = 1024;

/// What the model is to do in a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Ask for a file.
    ReadFile,
    /// Say what is wrong, then write a file.
    Analysis,
    /// Ask for the tests.
    RunTests,
    /// Say why the tests fail, then ask for a file.
    Diagnosis,
    /// Change lines of a file.
    EditFile,
    /// Mend what still fails.
    Fix,
    /// Say what was done.
    Summary,
}

impl Kind {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadFile => "read_file",
            Self::Analysis => "analysis",
            Self::RunTests => "run_tests",
            Self::Diagnosis => "diagnosis",
            Self::EditFile => "edit_file",
            Self::Fix => "second fix",
            Self::Summary => "summary",
        }
    }

    /// Whether the turn is plain text, so that its length can be exact. A call
    /// of a tool ends where the model ends it.
    pub const fn exact(self) -> bool {
        matches!(self, Self::Analysis | Self::Diagnosis | Self::Fix | Self::Summary)
    }
}

/// What a tool answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    File,
    Written,
    FailingLog,
    PassingLogAndDiff,
}

/// One turn.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// Output tokens asked for; the canned reply has as many.
    pub output: u32,
    /// What the model is to do.
    pub kind: Kind,
    /// The delay before it in the paced variant, milliseconds.
    pub delay_ms: u64,
    /// The result that came in before it: what, and its reference tokens.
    pub(crate) result: Option<(Answer, u64)>,
    /// The call that its canned reply ends with: the tool and its arguments.
    pub(crate) call: Option<Call>,
}

/// A canned call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Call {
    Read(&'static str),
    Test(&'static str),
    /// Writes a file of this many statements.
    Write(&'static str, usize),
    /// Replaces lines by this many statements.
    Edit(&'static str, usize),
}

const fn turn(
    output: u32,
    kind: Kind,
    delay_ms: u64,
    result: Option<(Answer, u64)>,
    call: Option<Call>,
) -> Turn {
    Turn { output, kind, delay_ms, result, call }
}

/// The trace.
pub const TURNS: [Turn; 10] = {
    use Answer::{FailingLog, File, PassingLogAndDiff, Written};
    use Call::{Edit, Read, Test, Write};
    const TESTS: Call = Test(r#"{"limit":60,"path":"tests"}"#);
    let read = [
        Read(r#"{"path":"src/ledger/rounding.py"}"#),
        Read(r#"{"path":"src/ledger/entries.py"}"#),
        Read(r#"{"path":"tests/test_rounding.py"}"#),
    ];
    [
        turn(160, Kind::ReadFile, 0, None, Some(read[0])),
        turn(128, Kind::ReadFile, 100, Some((File, 1888)), Some(read[1])),
        turn(768, Kind::Analysis, 100, Some((File, 1152)), Some(Write("src/ledger/totals.py", 14))),
        turn(96, Kind::RunTests, 100, Some((Written, 64)), Some(TESTS)),
        turn(384, Kind::Diagnosis, 5000, Some((FailingLog, 1440)), Some(read[2])),
        turn(640, Kind::EditFile, 100, Some((File, 1152)), Some(Edit("src/ledger/entries.py", 12))),
        turn(96, Kind::RunTests, 100, Some((Written, 64)), Some(TESTS)),
        turn(
            512,
            Kind::Fix,
            5000,
            Some((FailingLog, 1696)),
            Some(Edit("src/ledger/rounding.py", 8)),
        ),
        turn(96, Kind::RunTests, 100, Some((Written, 64)), Some(TESTS)),
        turn(512, Kind::Summary, 5000, Some((PassingLogAndDiff, 1376)), None),
    ]
};
