//! Server-sent events, cut as the host cuts them.

/// Takes a body piece by piece and gives the events in it.
#[derive(Default)]
pub(super) struct Events {
    line: Vec<u8>,
    name: Option<String>,
    data: Option<Vec<u8>>,
    done: Vec<(Option<String>, Vec<u8>)>,
}

impl Events {
    /// Takes the next bytes, which may end anywhere.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\n' {
                self.end_line();
            } else {
                self.line.push(*byte);
            }
        }
    }

    /// Ends the body; an event without its empty line counts.
    pub(super) fn finish(mut self) -> Vec<(Option<String>, Vec<u8>)> {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.dispatch();
        self.done
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if line.is_empty() {
            return self.dispatch();
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let (field, value) = line.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => match &mut self.data {
                Some(data) => {
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                None => self.data = Some(value.to_vec()),
            },
            b"event" => self.name = Some(String::from_utf8_lossy(value).into_owned()),
            _ => {}
        }
    }

    fn dispatch(&mut self) {
        let name = self.name.take();
        if let Some(data) = self.data.take() {
            self.done.push((name, data));
        }
    }
}
