// A driver for servers that answer /v1/chat/completions in the OpenAI dialect.
//
// It is small on purpose: one file, no dependency. A driver has no clock. It says
// which request to send, and what each frame of the answer means.

import { send } from 'tachograph:plugin/http@1.0.0';
import { get as getConfig } from 'tachograph:plugin/config@1.0.0';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A failure with a documented code; the host shows it and decides on retries. */
function failure(code, message, more = {}) {
  return { code, message, retryable: false, ...more };
}

/** Calls the host; its failures pass on as they are. */
function host(call) {
  try {
    return call();
  } catch (error) {
    throw error.payload ?? error;
  }
}

/** All frames of a response, and the break that ended it, if one did. */
function read(response) {
  const frames = [];
  for (;;) {
    let batch;
    try {
      batch = response.next();
    } catch (error) {
      return { frames, broken: error.payload ?? error };
    }
    for (const { id, event, start, len } of batch.frames) {
      frames.push({ id, event, text: decoder.decode(batch.bytes.subarray(start, start + len)) });
    }
    if (batch.last) return { frames, broken: undefined };
  }
}

/** The failure that a status of 400 or more stands for. */
function refused(response, text) {
  const status = response.status();
  const tooLong = /context_length_exceeded|exceed_context_size|maximum context|available context/;
  let code = 'bad-request';
  if (status === 401 || status === 403) code = 'unauthorized';
  else if (status === 404) code = 'not-found';
  else if (status === 429) code = 'rate-limited';
  else if (status === 503 && /loading/i.test(text)) code = 'loading';
  else if (status >= 500) code = 'server-error';
  else if (status < 400) code = 'protocol';
  else if (tooLong.test(text)) code = 'context-exceeded';
  const after = response.headers().find(({ name }) => name.toLowerCase() === 'retry-after');
  const seconds = after && /^\d{1,6}$/.test(after.value) ? Number(after.value) : undefined;
  return failure(code, `the server answered ${status}`, {
    retryable: status === 429 || status >= 500,
    httpStatus: status,
    retryAfterMs: seconds === undefined ? undefined : BigInt(seconds) * 1000n,
    detail: text.slice(0, 2000) || undefined,
  });
}

function parse(text, what) {
  try {
    return JSON.parse(text);
  } catch {
    throw failure('protocol', `${what} is not JSON`, { detail: text.slice(0, 200) });
  }
}

function getJson(endpoint, path) {
  const request = { method: 'GET', path, headers: [], body: new Uint8Array(), framing: 'raw' };
  const response = host(() => send(endpoint, request));
  const { frames, broken } = read(response);
  const text = frames.map((frame) => frame.text).join('');
  if (response.status() !== 200) throw refused(response, text);
  if (broken) throw broken;
  return parse(text, path);
}

function models(endpoint) {
  let list;
  try {
    list = getJson(endpoint, '/v1/models');
  } catch (error) {
    // A server of another kind: that is no fault of it.
    const other = ['not-found', 'bad-request', 'protocol'].includes(error.code);
    throw other ? failure('not-this-backend', error.message) : error;
  }
  // Other services have this route too; only this dialect calls it a `list`.
  if (list?.object !== 'list' || !Array.isArray(list.data)) {
    throw failure('not-this-backend', '/v1/models gives no list of this dialect');
  }
  const named = list.data.filter((model) => typeof model?.id === 'string' && model.id);
  // What the server does not state is null, never a guess.
  return named.map(({ id }) => ({
    id,
    parameters: null,
    size_bytes: null,
    quantization: null,
    max_context: null,
    digest: null,
    digest_source: null,
  }));
}

/** A request as the host writes it. A seed has 64 bits, which a number would round. */
function requestOf(json) {
  const exact = (key, value, { source }) =>
    key === 'seed' && typeof value === 'number' ? BigInt(source) : value;
  return JSON.parse(json, exact);
}

/** The body of a streamed request. Decoding is greedy. */
function body(request) {
  const config = JSON.parse(getConfig());
  const messages = request.messages.map(({ role, content, tool_calls, tool_call_id }) => ({
    role,
    content,
    ...(tool_calls?.length && {
      tool_calls: tool_calls.map((call) => ({ id: call.id, type: 'function', function: call.function })),
    }),
    ...(tool_call_id && { tool_call_id }),
  }));
  return {
    model: request.model,
    messages,
    max_tokens: request.max_tokens,
    temperature: 0,
    // Servers read 31 bits.
    seed: Number(request.seed & 0x7fffffffn),
    stream: true,
    stream_options: { include_usage: true },
    ...(request.tools?.length && {
      tools: request.tools.map((tool) => ({ type: 'function', function: tool })),
    }),
    // Only where the user says that the server takes it.
    ...(request.exact_length && config.ignore_eos && { ignore_eos: true }),
  };
}

/** Counts of a usage object; what it does not state stays undefined. */
function usageOf(usage) {
  const count = (value) => (Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined);
  return {
    promptTokens: count(usage.prompt_tokens),
    cachedTokens: count(usage.prompt_tokens_details?.cached_tokens),
    outputTokens: count(usage.completion_tokens),
    reasoningTokens: count(usage.completion_tokens_details?.reasoning_tokens),
    source: 'usage',
  };
}

/** What one answer brings, until it is told to the turn. */
class Answer {
  constructor(turn) {
    this.turn = turn;
    this.last = undefined;
    this.usage = undefined;
    this.reason = undefined;
    this.done = false;
    this.calls = new Map();
  }

  frame({ id, event: kind, text }) {
    if (this.done || !text.trim()) return;
    if (text.trim() === '[DONE]') {
      this.done = true;
      this.last = id;
      return;
    }
    const event = parse(text, 'an event');
    if (event === null || typeof event !== 'object') throw failure('protocol', 'an event is no object');
    if (event.error || kind === 'error') {
      const said = event.error?.message ?? event.message ?? 'no reason given';
      throw failure('server-error', `the server broke off its answer: ${String(said).slice(0, 300)}`, {
        retryable: true,
      });
    }
    this.last = id;
    if (event.usage) this.usage = usageOf(event.usage);
    const choice = event.choices?.[0];
    if (!choice) return;
    this.delta(id, choice.delta ?? {});
    if (choice.finish_reason) this.reason = choice.finish_reason;
  }

  // A frame without text is not named: a role alone is no first token.
  delta(id, delta) {
    const say = (channel, text) => {
      if (typeof text === 'string' && text) {
        host(() => this.turn.delta(id, channel, encoder.encode(text), undefined));
      }
    };
    say('reasoning', delta.reasoning_content ?? delta.reasoning);
    say('content', delta.content);
    for (const call of delta.tool_calls ?? []) {
      const known = this.calls.get(call.index ?? 0) ?? { name: '', arguments: '' };
      known.name += call.function?.name ?? '';
      known.arguments += call.function?.arguments ?? '';
      this.calls.set(call.index ?? 0, known);
      say('other', call.function?.name);
      say('tool', call.function?.arguments);
    }
  }

  /** States the counts: also for an answer that broke off. */
  counts() {
    if (this.usage) host(() => this.turn.usage(this.last, this.usage));
  }

  end() {
    if (this.last === undefined) throw failure('protocol', 'the answer has no event');
    if (!this.reason && !this.done) {
      throw failure('protocol', 'the answer ended with neither a finish reason nor [DONE]');
    }
    for (const call of this.calls.values()) {
      host(() => this.turn.toolCall(this.last, call.name, call.arguments));
    }
    const words = { tool_calls: 'tool-calls', function_call: 'tool-calls' };
    if (this.reason) host(() => this.turn.finish(this.last, words[this.reason] ?? this.reason));
  }
}

export const driverApi = {
  describe() {
    return JSON.stringify({
      id: 'example-javascript',
      version: '1.0.0',
      title: 'OpenAI dialect, in JavaScript',
      config_schema: {
        type: 'object',
        properties: {
          ignore_eos: {
            type: 'boolean',
            description: 'Whether the server takes `ignore_eos`, which makes lengths exact.',
          },
        },
      },
    });
  },

  detect(endpoint) {
    const config = JSON.parse(getConfig());
    return JSON.stringify({
      name: 'OpenAI-compatible server',
      version: null,
      models: models(endpoint),
      slots: null,
      tools: true,
      exact_length: config.ignore_eos === true,
      reports_cached_tokens: false,
      reports_timings: false,
      extra: {},
    });
  },

  listModels(endpoint) {
    return JSON.stringify(models(endpoint));
  },

  generate(endpoint, json, turn) {
    const request = {
      method: 'POST',
      path: '/v1/chat/completions',
      headers: [{ name: 'content-type', value: 'application/json' }],
      body: encoder.encode(JSON.stringify(body(requestOf(json)))),
      framing: 'sse',
    };
    const response = host(() => send(endpoint, request));
    const { frames, broken } = read(response);
    if (response.status() !== 200) {
      throw refused(response, frames.map((frame) => frame.text).join(''));
    }
    const answer = new Answer(turn);
    try {
      for (const frame of frames) answer.frame(frame);
    } catch (error) {
      answer.counts();
      // The last frame of a broken stream may be cut in two.
      throw broken && error.code === 'protocol' ? broken : error;
    }
    answer.counts();
    if (broken && !answer.done) throw broken;
    answer.end();
  },
};
