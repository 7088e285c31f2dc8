//! Canonical JSON, RFC 8785: one spelling for one value.

use serde::Serialize;

/// The canonical JSON of a value: keys sorted, no spaces, one form of each
/// number. Whole numbers beyond 2^53 lose digits, as RFC 8785 has it.
///
/// # Errors
/// The value does not serialize, for example a map with keys that are no text,
/// or a number that is not finite.
pub fn canonical_json<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    serde_json_canonicalizer::to_vec(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_by_utf16_and_numbers_have_one_form() {
        // The example of RFC 8785, section 3.2.3.
        let value: serde_json::Value =
            serde_json::from_str(r#"{"€":1,"\r":2,"\ufb33":3,"1":4,"😀":5,"\u0080":6,"ö":7}"#)
                .unwrap();
        let order: String = String::from_utf8(canonical_json(&value).unwrap()).unwrap();
        assert_eq!(
            order,
            "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}"
        );
        let numbers: serde_json::Value =
            serde_json::from_str("[333333333.33333329, 1E30, 4.50, 2e-3, 1e-27, 1.0, -0]").unwrap();
        assert_eq!(
            canonical_json(&numbers).unwrap(),
            b"[333333333.3333333,1e+30,4.5,0.002,1e-27,1,0]"
        );
    }
}
