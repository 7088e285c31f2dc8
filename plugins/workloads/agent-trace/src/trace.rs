//! The conversation, turn by turn.

use tachograph_sdk::{
    Failure,
    model::{CacheIntent, FunctionCall, Message, Request, Role, Tool, ToolCall, WorkloadContext},
    serde_json::{self, json},
};
use tachograph_workload_text::{
    Kind as Text, Language, Random, capped_output, code_lines, cold_opening, count, text,
};

use crate::{
    params::Params,
    script::{Answer, Call, SYSTEM_TOKENS, TASK_TOKENS, TOOLS_TOKENS, TURNS, Turn},
    tools::{json_tokens, tools},
};

const SYSTEM: &str = "You are a careful software engineer. You work in a repository of Python \
                      code through tools. Take one step at a time: read before you change, run \
                      the tests after every change, and end with a short summary. These notes \
                      of the team hold for the whole repository.";
const TASK: &str = "Task: the tests of the ledger fail since amounts are rounded per entry. Find \
                    the cause, mend it without changing any public name, and make all tests \
                    pass. Notes on the repository and on the files that matter:";
const BEGIN: &str = "Call a tool when you need one. Begin by reading src/ledger/rounding.py.";
const FLAT_TOOLS: &str =
    "Tools, one a line. To call one, write its name and its arguments as JSON.";

/// The conversation in the making.
struct Trace<'a> {
    context: &'a WorkloadContext,
    /// Whether calls and results are plain text.
    flat: bool,
    random: Random,
    tools: Vec<Tool>,
    messages: Vec<Message>,
}

/// The ten requests of one trial. `step` makes the trial's text its own.
pub(crate) fn requests(
    params: &Params,
    context: &WorkloadContext,
    flat: bool,
    seed: u64,
    step: &str,
) -> Result<Vec<Request>, Failure> {
    let key = format!("{seed}/{}/{step}", context.workload);
    let mut random = Random::from_text(&key);
    let tools = tools(&mut random)?;
    let mut trace = Trace { context, flat, random, tools, messages: Vec::new() };
    trace.begin(&key)?;
    let mut requests: Vec<Request> = Vec::with_capacity(TURNS.len());
    for (i, turn) in TURNS.iter().enumerate() {
        if let Some(last) = i.checked_sub(1) {
            trace.reply(last, &TURNS[last]);
            trace.answer(last, turn);
        }
        let held = requests.last().map_or(0, |r: &Request| r.reference_prompt_tokens);
        let mut request = Request {
            id: format!("turn-{}", i + 1),
            model: String::new(),
            messages: trace.messages.clone(),
            tools: if flat { Vec::new() } else { trace.tools.clone() },
            max_tokens: output_tokens(params, context, turn),
            exact_length: turn.kind.exact(),
            cache: if i == 0 { CacheIntent::Cold } else { CacheIntent::Reuse },
            ideal_cached_tokens: held,
            reference_prompt_tokens: 0,
            seed,
            delay_ms: if params.paced { turn.delay_ms } else { 0 },
            condition: [("turn".to_owned(), i as i64 + 1)].into(),
        };
        request.reference_prompt_tokens = prompt_tokens(&request);
        requests.push(request);
    }
    Ok(requests)
}

/// The output tokens that a turn asks for, under the caps of the parameters
/// and of the user.
pub(crate) fn output_tokens(params: &Params, context: &WorkloadContext, turn: &Turn) -> u32 {
    let capped = params.max_output_tokens.map_or(turn.output, |cap| turn.output.min(cap));
    capped_output(context, capped)
}

/// The reference tokens of a prompt without template: the text of all
/// messages, the names and arguments of calls, and the tools as compact JSON.
pub fn prompt_tokens(request: &Request) -> u64 {
    let call = |c: &ToolCall| count(&c.function.name) + count(&c.function.arguments);
    let message = |m: &Message| count(&m.content) + m.tool_calls.iter().map(call).sum::<u64>();
    let messages: u64 = request.messages.iter().map(message).sum();
    messages + request.tools.iter().map(json_tokens).sum::<u64>()
}

/// The first turn (from 1) whose prompt does not begin with the whole prompt
/// of the turn before; none when the trace is append-only.
pub fn broken_prefix(requests: &[Request]) -> Option<usize> {
    let broken = |pair: &[Request]| {
        pair[0].tools != pair[1].tools || !pair[1].messages.starts_with(&pair[0].messages)
    };
    requests.windows(2).position(broken).map(|at| at + 2)
}

impl Trace<'_> {
    /// The system message and the task. Both carry the nonce: whichever a chat
    /// template puts first, nothing before it is new to a cache but the tools.
    fn begin(&mut self, key: &str) -> Result<(), Failure> {
        let opening = cold_opening(key, &self.context.nonce);
        let head = format!("{opening}{SYSTEM}\n\n");
        let notes = self.fill(&head, "", SYSTEM_TOKENS);
        let mut system = format!("{head}{notes}");
        if self.flat {
            system = self.with_flat_tools(system)?;
        }
        let head = format!("{opening}{TASK}\n\n");
        let tail = format!("\n\n{BEGIN}");
        let notes = self.fill(&head, &tail, TASK_TOKENS);
        let task = format!("{head}{notes}{tail}");
        self.messages.push(Message::text(Role::System, system));
        self.messages.push(Message::text(Role::User, task));
        Ok(())
    }

    /// The system message with the tools as text behind it, as long as both.
    fn with_flat_tools(&mut self, system: String) -> Result<String, Failure> {
        let mut head = format!("{system}\n\n{FLAT_TOOLS}\n");
        for tool in &self.tools {
            let line = serde_json::to_string(tool)
                .map_err(|why| Failure::new("plugin-error", why.to_string()))?;
            // The last tools give way to the notes that make the length exact.
            if count(&head) + count(&line) + 100 < SYSTEM_TOKENS + TOOLS_TOKENS {
                head.push_str(&line);
                head.push('\n');
            }
        }
        let notes = self.fill(&head, "", SYSTEM_TOKENS + TOOLS_TOKENS);
        Ok(format!("{head}{notes}"))
    }

    /// Notes between `head` (which ends a line) and `tail` (which begins with
    /// one) that make all three together `tokens` long.
    fn fill(&mut self, head: &str, tail: &str, tokens: u64) -> String {
        let tail = if tail.is_empty() { 0 } else { count(&format!(".{tail}")) - count(".") };
        text(Text::Guide, tokens.saturating_sub(count(head) + tail), &mut self.random)
    }

    /// The canned reply of a turn: some words, then its call.
    fn reply(&mut self, turn: usize, of: &Turn) {
        let tokens = u64::from(of.output);
        let Some(call) = of.call else {
            let words = text(Text::Guide, tokens, &mut self.random);
            self.messages.push(Message::text(Role::Assistant, words));
            return;
        };
        let (name, arguments) = self.call(call);
        if self.flat {
            let tail = format!("\n\nCall: {name}\n{arguments}");
            let words = self.fill("", &tail, tokens);
            self.messages.push(Message::text(Role::Assistant, format!("{words}{tail}")));
            return;
        }
        let spent = count(name) + count(&arguments);
        let words = text(Text::Guide, tokens.saturating_sub(spent), &mut self.random);
        let function = FunctionCall { name: name.to_owned(), arguments };
        let call = ToolCall { id: format!("call-{}", turn + 1), function };
        self.messages
            .push(Message { tool_calls: vec![call], ..Message::text(Role::Assistant, words) });
    }

    /// The result of the call of turn `of`, which comes in before `turn`.
    fn answer(&mut self, of: usize, turn: &Turn) {
        let Some((answer, tokens)) = turn.result else { return };
        let name = match TURNS[of].call {
            Some(call) => tool_name(call),
            None => "read_file",
        };
        let head = if self.flat { format!("Result of {name}:\n") } else { String::new() };
        let left = tokens.saturating_sub(count(&head));
        let body = match answer {
            Answer::File => text(Text::Code(Language::Python), left, &mut self.random),
            Answer::FailingLog => text(Text::TestLog { failing: true }, left, &mut self.random),
            Answer::Written => {
                let ok = match TURNS[of].call {
                    Some(Call::Write(path, _)) => format!("ok: 1234 bytes written to {path}\n"),
                    Some(Call::Edit(path, _)) => format!("ok: 24 lines replaced in {path}\n"),
                    _ => "ok\n".to_owned(),
                };
                let notes = text(Text::Guide, left.saturating_sub(count(&ok)), &mut self.random);
                format!("{ok}{notes}")
            }
            Answer::PassingLogAndDiff => {
                let log = text(Text::TestLog { failing: false }, left / 2, &mut self.random);
                // The full stop that ends the log and the line break are one piece.
                let spent = count(&format!("{log}\n"));
                let diff = text(Text::Diff, left.saturating_sub(spent), &mut self.random);
                format!("{log}\n{diff}")
            }
        };
        let content = format!("{head}{body}");
        let message = if self.flat {
            Message::text(Role::User, content)
        } else {
            let tool_call_id = Some(format!("call-{}", of + 1));
            Message { tool_call_id, ..Message::text(Role::Tool, content) }
        };
        self.messages.push(message);
    }

    fn call(&mut self, call: Call) -> (&'static str, String) {
        let arguments = match call {
            Call::Read(arguments) | Call::Test(arguments) => arguments.to_owned(),
            Call::Write(path, statements) => {
                let lines = code_lines(statements, &mut self.random);
                json!({ "lines": lines, "path": path }).to_string()
            }
            Call::Edit(path, statements) => {
                let lines = code_lines(statements, &mut self.random);
                json!({ "count": 24, "first": 118, "lines": lines, "path": path }).to_string()
            }
        };
        (tool_name(call), arguments)
    }
}

const fn tool_name(call: Call) -> &'static str {
    match call {
        Call::Read(_) => "read_file",
        Call::Test(_) => "run_tests",
        Call::Write(..) => "write_file",
        Call::Edit(..) => "edit_file",
    }
}
