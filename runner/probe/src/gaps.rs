//! The list of facts that could not be read.

use tachograph_model::Unread;

/// Collects what could not be read, and why.
#[derive(Debug, Default)]
pub(crate) struct Gaps(Vec<Unread>);

impl Gaps {
    /// Notes a field that could not be read.
    pub(crate) fn note(&mut self, field: &str, reason: impl Into<String>) {
        self.0.push(Unread { field: field.to_owned(), reason: reason.into() });
    }

    /// Passes a value on and notes its absence.
    pub(crate) fn need<T>(&mut self, field: &str, value: Option<T>, reason: &str) -> Option<T> {
        if value.is_none() {
            self.note(field, reason);
        }
        value
    }

    /// Takes over the notes of another list.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// A copy of [`Gaps::into_sorted`].
    #[cfg(target_os = "linux")]
    pub(crate) fn sorted(&self) -> Vec<Unread> {
        Self(self.0.clone()).into_sorted()
    }

    /// The notes in the order of their fields, without repetitions.
    pub(crate) fn into_sorted(mut self) -> Vec<Unread> {
        self.0.sort_by(|a, b| (&a.field, &a.reason).cmp(&(&b.field, &b.reason)));
        self.0.dedup();
        self.0
    }
}
