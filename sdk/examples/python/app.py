"""A driver for servers that answer /v1/chat/completions in the OpenAI dialect.

It is small on purpose: one file, the standard library only. A driver has no
clock. It says which request to send, and what each frame of the answer means.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Optional

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import config, http, turn as turns
from wit_world.imports.http import Endpoint, Framing, Header, Request, Response
from wit_world.imports.turn import Channel, TokenSource, Turn, Usage
from wit_world.imports.types import Error

TOO_LONG = re.compile(
    "context_length_exceeded|exceed_context_size|maximum context|available context"
)


def failure(code: str, message: str, **more: Any) -> Err[Error]:
    """A failure with a documented code; the host shows it and decides on retries."""
    known = {"retryable": False, "http_status": None, "retry_after_ms": None, "detail": None}
    return Err(Error(code=code, message=message, **(known | more)))


@dataclass
class Event:
    """One frame of an answer."""

    id: int
    kind: Optional[str]
    text: str


def read(response: Response) -> tuple[list[Event], Optional[Err[Error]]]:
    """All frames of a response, and the break that ended it, if one did."""
    events = []
    while True:
        try:
            batch = response.next()
        except Err as broken:
            return events, broken
        for frame in batch.frames:
            data = batch.bytes[frame.start : frame.start + frame.len]
            events.append(Event(frame.id, frame.event, data.decode("utf-8", "replace")))
        if batch.last:
            return events, None


def refused(response: Response, text: str) -> Err[Error]:
    """The failure that a status of 400 or more stands for."""
    status = response.status()
    code = "bad-request"
    if status in (401, 403):
        code = "unauthorized"
    elif status == 404:
        code = "not-found"
    elif status == 429:
        code = "rate-limited"
    elif status == 503 and "loading" in text.lower():
        code = "loading"
    elif status >= 500:
        code = "server-error"
    elif status < 400:
        code = "protocol"
    elif TOO_LONG.search(text):
        code = "context-exceeded"
    after = [h.value for h in response.headers() if h.name.lower() == "retry-after"]
    seconds = int(after[0]) if after and re.fullmatch(r"[0-9]{1,6}", after[0]) else None
    return failure(
        code,
        f"the server answered {status}",
        retryable=status == 429 or status >= 500,
        http_status=status,
        retry_after_ms=None if seconds is None else seconds * 1000,
        detail=text[:2000] or None,
    )


def parse(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise failure("protocol", f"{what} is not JSON", detail=text[:200]) from None


def get_json(endpoint: Endpoint, path: str) -> Any:
    response = http.send(endpoint, Request("GET", path, None, [], b"", Framing.RAW))
    events, broken = read(response)
    text = "".join(event.text for event in events)
    if response.status() != 200:
        raise refused(response, text)
    if broken:
        raise broken
    return parse(text, path)


def models(endpoint: Endpoint) -> list[dict[str, Any]]:
    try:
        listed = get_json(endpoint, "/v1/models")
    except Err as error:
        # A server of another kind: that is no fault of it.
        if error.value.code in ("not-found", "bad-request", "protocol"):
            raise failure("not-this-backend", error.value.message) from None
        raise
    data = listed.get("data") if isinstance(listed, dict) else None
    # Other services have this route too; only this dialect calls it a `list`.
    if not isinstance(data, list) or listed.get("object") != "list":
        raise failure("not-this-backend", "/v1/models gives no list of this dialect")
    names = [model.get("id") for model in data if isinstance(model, dict)]
    # What the server does not state is null, never a guess.
    unknown = dict.fromkeys(
        ["parameters", "size_bytes", "quantization", "max_context", "digest", "digest_source"]
    )
    return [{"id": name} | unknown for name in names if isinstance(name, str) and name]


def body(request: dict[str, Any]) -> dict[str, Any]:
    """The body of a streamed request. Decoding is greedy."""
    settings = json.loads(config.get())

    def message(message: dict[str, Any]) -> dict[str, Any]:
        wire = {key: message[key] for key in ("role", "content")}
        if message.get("tool_calls"):
            calls = message["tool_calls"]
            wire["tool_calls"] = [{"type": "function"} | call for call in calls]
        if message.get("tool_call_id"):
            wire["tool_call_id"] = message["tool_call_id"]
        return wire

    wire: dict[str, Any] = {
        "model": request["model"],
        "messages": [message(one) for one in request["messages"]],
        "max_tokens": request["max_tokens"],
        "temperature": 0,
        # Servers read 31 bits.
        "seed": request["seed"] & 0x7FFFFFFF,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.get("tools"):
        wire["tools"] = [{"type": "function", "function": tool} for tool in request["tools"]]
    # Only where the user says that the server takes it.
    if request["exact_length"] and settings.get("ignore_eos"):
        wire["ignore_eos"] = True
    return wire


def usage_of(usage: dict[str, Any]) -> Usage:
    """Counts of a usage object; what it does not state stays None."""

    def count(*keys: str) -> Optional[int]:
        value: Any = usage
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        known = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        return value if known else None

    return Usage(
        prompt_tokens=count("prompt_tokens"),
        cached_tokens=count("prompt_tokens_details", "cached_tokens"),
        output_tokens=count("completion_tokens"),
        reasoning_tokens=count("completion_tokens_details", "reasoning_tokens"),
        source=TokenSource.USAGE,
    )


@dataclass
class Answer:
    """What one answer brings, until it is told to the turn."""

    turn: Turn
    last: Optional[int] = None
    usage: Optional[Usage] = None
    reason: Optional[str] = None
    done: bool = False
    calls: dict[int, dict[str, str]] = field(default_factory=dict)

    def frame(self, frame: Event) -> None:
        text = frame.text.strip()
        if self.done or not text:
            return
        if text == "[DONE]":
            self.done, self.last = True, frame.id
            return
        event = parse(text, "an event")
        if not isinstance(event, dict):
            raise failure("protocol", "an event is no object")
        error = event.get("error")
        if error or frame.kind == "error":
            said = error.get("message") if isinstance(error, dict) else error or event
            message = f"the server broke off its answer: {str(said)[:300]}"
            raise failure("server-error", message, retryable=True)
        self.last = frame.id
        if isinstance(event.get("usage"), dict):
            self.usage = usage_of(event["usage"])
        choices = event.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            self.delta(frame.id, choices[0].get("delta") or {})
            self.reason = choices[0].get("finish_reason") or self.reason

    def delta(self, id: int, delta: dict[str, Any]) -> None:
        """A frame without text is not named: a role alone is no first token."""

        def say(channel: Channel, text: Any) -> None:
            if isinstance(text, str) and text:
                self.turn.delta(id, channel, text.encode(), None)

        say(Channel.REASONING, delta.get("reasoning_content") or delta.get("reasoning"))
        say(Channel.CONTENT, delta.get("content"))
        for call in delta.get("tool_calls") or []:
            function = call.get("function") or {}
            known = self.calls.setdefault(call.get("index") or 0, {"name": "", "arguments": ""})
            for key, channel in (("name", Channel.OTHER), ("arguments", Channel.TOOL)):
                known[key] += function.get(key) or ""
                say(channel, function.get(key))

    def counts(self) -> None:
        """States the counts: also for an answer that broke off."""
        if self.usage and self.last is not None:
            self.turn.usage(self.last, self.usage)

    def end(self) -> None:
        if self.last is None:
            raise failure("protocol", "the answer has no event")
        if not self.reason and not self.done:
            raise failure("protocol", "the answer ended with neither a finish reason nor [DONE]")
        for call in self.calls.values():
            self.turn.tool_call(self.last, call["name"], call["arguments"])
        words = {"tool_calls": "tool-calls", "function_call": "tool-calls"}
        if self.reason:
            self.turn.finish(self.last, words.get(self.reason, self.reason))


class DriverApi(exports.DriverApi):
    """What the host calls. The name is that of the interface."""

    def describe(self) -> str:
        ignore_eos = {
            "type": "boolean",
            "description": "Whether the server takes `ignore_eos`, which makes lengths exact.",
        }
        return json.dumps(
            {
                "id": "example-python",
                "version": "1.0.0",
                "title": "OpenAI dialect, in Python",
                "config_schema": {"type": "object", "properties": {"ignore_eos": ignore_eos}},
            }
        )

    def detect(self, endpoint: Endpoint) -> str:
        return json.dumps(
            {
                "name": "OpenAI-compatible server",
                "version": None,
                "models": models(endpoint),
                "slots": None,
                "tools": True,
                "exact_length": json.loads(config.get()).get("ignore_eos") is True,
                "reports_cached_tokens": False,
                "reports_timings": False,
                "extra": {},
            }
        )

    def list_models(self, endpoint: Endpoint) -> str:
        return json.dumps(models(endpoint))

    def generate(self, endpoint: Endpoint, request: str, turn: turns.Turn) -> None:
        sent = Request(
            "POST",
            "/v1/chat/completions",
            None,
            [Header("content-type", "application/json")],
            json.dumps(body(json.loads(request)), ensure_ascii=False).encode(),
            Framing.SSE,
        )
        response = http.send(endpoint, sent)
        events, broken = read(response)
        if response.status() != 200:
            raise refused(response, "".join(event.text for event in events))
        answer = Answer(turn)
        try:
            for event in events:
                answer.frame(event)
        except Err as error:
            answer.counts()
            # The last frame of a broken stream may be cut in two.
            raise broken if broken and error.value.code == "protocol" else error
        answer.counts()
        if broken and not answer.done:
            raise broken
        answer.end()
