//! Cuts bytes into lines, across pushes.

use super::MAX_FRAME;

/// Which bytes end a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEnd {
    /// Line feed.
    Lf,
    /// Carriage return, line feed, or both.
    Any,
}

/// One line without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Text(&'a [u8]),
    /// Longer than [`MAX_FRAME`]. Its bytes were not kept.
    TooLong,
}

#[derive(Debug)]
pub(super) struct Lines {
    end: LineEnd,
    partial: Vec<u8>,
    too_long: bool,
    /// The last byte was a carriage return that ended a line: a line feed now belongs to it.
    after_cr: bool,
}

impl Lines {
    pub(super) fn new(end: LineEnd) -> Lines {
        Lines { end, partial: Vec::new(), too_long: false, after_cr: false }
    }

    /// Calls `each` for every line that ends in `bytes`, with the number of bytes up to and
    /// including the one that ended it.
    pub(super) fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Line<'_>, usize)) {
        let mut start = 0;
        if self.after_cr && !bytes.is_empty() {
            self.after_cr = false;
            start = usize::from(bytes[0] == b'\n');
        }
        while let Some(length) = self.line_end(&bytes[start..]) {
            let stop = start + length;
            let text = &bytes[start..stop];
            if self.too_long || self.partial.len() + text.len() > MAX_FRAME {
                each(Line::TooLong, stop + 1);
            } else if self.partial.is_empty() {
                each(Line::Text(text), stop + 1);
            } else {
                self.partial.extend_from_slice(text);
                each(Line::Text(&self.partial), stop + 1);
            }
            self.partial.clear();
            self.too_long = false;
            start = stop + 1;
            if bytes[stop] == b'\r' {
                match bytes.get(start) {
                    Some(b'\n') => start += 1,
                    Some(_) => {}
                    None => self.after_cr = true,
                }
            }
        }
        self.keep(&bytes[start..]);
    }

    /// What is left after the last line end; `None` if nothing is.
    pub(super) fn rest(&self) -> Option<Line<'_>> {
        match (self.too_long, self.partial.is_empty()) {
            (true, _) => Some(Line::TooLong),
            (false, true) => None,
            (false, false) => Some(Line::Text(&self.partial)),
        }
    }

    fn line_end(&self, bytes: &[u8]) -> Option<usize> {
        match self.end {
            LineEnd::Lf => bytes.iter().position(|byte| *byte == b'\n'),
            LineEnd::Any => bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')),
        }
    }

    fn keep(&mut self, text: &[u8]) {
        if self.too_long || self.partial.len() + text.len() > MAX_FRAME {
            self.too_long = true;
            self.partial = Vec::new();
        } else {
            self.partial.extend_from_slice(text);
        }
    }
}
