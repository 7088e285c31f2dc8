//! Names that are written in the source.

use tachograph_model::Name;

/// A name from a literal, for the `id` of a description.
///
/// # Panics
/// When the text is no name (`[a-z0-9-]{1,64}`). Descriptions are the same at
/// every call, so one test that calls `describe` shows it.
pub fn name(literal: &'static str) -> Name {
    match literal.parse() {
        Ok(name) => name,
        Err(error) => panic!("{error}"),
    }
}
