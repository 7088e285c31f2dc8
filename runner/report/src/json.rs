//! A result as JSON.

use tachograph_model::RunResult;

/// A result as indented JSON with a newline at its end.
///
/// For reading; the signed bytes are the canonical form, which has no blanks.
pub fn json(result: &RunResult) -> String {
    // A result has only text keys, so it always has a JSON form.
    serde_json::to_string_pretty(result).map(|text| text + "\n").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_reads_back_as_the_same_result() {
        let result = crate::fixture::result();
        let text = super::json(&result);
        assert!(text.ends_with("}\n") && text.contains("\n  \"kind\": \"result\",\n"));
        assert_eq!(serde_json::from_str::<tachograph_model::RunResult>(&text).unwrap(), result);
    }
}
