//! Whether the text comes out as it went in, on its channels.

use tachograph_session::TrialTurn;

use super::{Judge, channel_of};
use crate::{Level, answer::Channel, server::Streamed};

/// Characters of a text that a report shows.
const SHOWN: usize = 60;

impl Judge {
    pub(super) fn texts(&mut self, turn: &TrialTurn, streamed: &Streamed) {
        for (id, channel) in [("content", Channel::Content), ("reasoning", Channel::Reasoning)] {
            let expected = streamed.rendered.text(channel);
            let found = text_of(turn, channel);
            let fault = fault(turn, streamed, channel, &found);
            self.check(
                id,
                Level::Required,
                expected.as_bytes() == found,
                shown(expected.as_bytes()),
                shown(&found),
                fault,
            );
        }
    }

    pub(super) fn tool_call(&mut self, turn: &TrialTurn, streamed: &Streamed) {
        let calls = &turn.record.tool_calls;
        let found: Vec<String> =
            calls.iter().map(|call| format!("{}({})", call.name, call.arguments)).collect();
        let found = if found.is_empty() { "no call".to_owned() } else { found.join(", ") };
        let Some((name, arguments)) = &streamed.rendered.truth.tool else {
            self.check(
                "no-tool-call",
                Level::Required,
                calls.is_empty(),
                "no call",
                found,
                "a tool call was reported that the server never made",
            );
            return;
        };
        let right = match calls.as_slice() {
            [call] => {
                call.name == *name
                    && serde_json::from_str::<serde_json::Value>(&call.arguments).ok().as_ref()
                        == Some(arguments)
            }
            _ => false,
        };
        self.check(
            "tool-call",
            Level::Required,
            right,
            format!("{name}({arguments})"),
            found,
            "the tool call was not reported whole",
        );
        let text = text_of(turn, Channel::Tool);
        self.check(
            "tool-text",
            Level::Required,
            serde_json::from_slice::<serde_json::Value>(&text).ok().as_ref() == Some(arguments),
            arguments.to_string(),
            shown(&text),
            "the frames with the arguments of the call are not on the channel `tool`, so their \
             time is lost",
        );
    }
}

/// The text that a driver put on a channel.
pub(super) fn text_of(turn: &TrialTurn, channel: Channel) -> Vec<u8> {
    let mine = |delta: &&tachograph_sandbox::Delta| channel_of(delta.channel) == Some(channel);
    turn.record.deltas.iter().filter(mine).flat_map(|delta| delta.text.iter().copied()).collect()
}

/// Names what is wrong with the text of a channel.
fn fault(turn: &TrialTurn, streamed: &Streamed, channel: Channel, found: &[u8]) -> String {
    let of = |channel: Channel| {
        let texts = streamed.rendered.messages.iter().filter_map(|message| message.text.as_ref());
        texts.filter(move |(of, _)| *of == channel).map(|(_, text)| text.as_str())
    };
    let name = |channel| match channel {
        Channel::Content => "content",
        Channel::Reasoning => "reasoning",
        Channel::Tool => "tool",
    };
    let other = if channel == Channel::Content { Channel::Reasoning } else { Channel::Content };
    let strays = |from: Channel, on: Channel| {
        let text = text_of(turn, on);
        of(from).filter(|piece| piece.len() > 2).any(|piece| contains(&text, piece.as_bytes()))
    };
    if strays(other, channel) && !of(channel).any(|piece| of(other).any(|far| far == piece)) {
        return format!(
            "text of the channel `{}` is on the channel `{}`",
            name(other),
            name(channel)
        );
    }
    if strays(channel, other) {
        return format!(
            "text of the channel `{}` is on the channel `{}`",
            name(channel),
            name(other)
        );
    }
    let mut place = 0;
    let mut dropped = Vec::new();
    for (number, piece) in of(channel).enumerate() {
        match found[place..].starts_with(piece.as_bytes()) {
            true => place += piece.len(),
            false => dropped.push((number + 1, piece)),
        }
    }
    match (dropped.as_slice(), place == found.len()) {
        ([], _) => "there is text that the server did not send, or sent once".to_owned(),
        ([(number, piece), rest @ ..], true) => {
            let more = if rest.is_empty() { "" } else { ", and more" };
            format!(
                "a delta was dropped: piece {number} ({}){more} of the text is in no delta",
                shown(piece.as_bytes())
            )
        }
        (_, false) => "the text is not that of the server".to_owned(),
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// A text on one line, cut short.
pub(super) fn shown(text: &[u8]) -> String {
    let whole = String::from_utf8_lossy(text);
    let cut: String = whole.chars().take(SHOWN).collect();
    match whole.chars().nth(SHOWN) {
        None => format!("{cut:?}"),
        Some(_) => format!("{cut:?}… ({} bytes)", text.len()),
    }
}
