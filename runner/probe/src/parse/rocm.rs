//! What AMD's `rocm-smi` says.

use serde_json::{Map, Value};
use tachograph_model::Accelerator;

/// The arguments that [`parse`] understands.
pub(crate) const ARGS: &[&str] =
    &["--showproductname", "--showdriverversion", "--showvbios", "--showmeminfo", "vram", "--json"];

/// Reads its JSON; `None` when it names no card. Versions of the tool differ in
/// the case of keys and in which key has the name.
pub(crate) fn parse(text: &str) -> Option<Vec<Accelerator>> {
    // Warnings may stand before the JSON.
    let json = text.get(text.find('{')?..)?;
    let Value::Object(all) = serde_json::from_str(json.trim()).ok()? else { return None };
    let driver = all
        .get("system")
        .and_then(Value::as_object)
        .and_then(|system| field(system, "driver version"));
    let mut cards: Vec<(u32, &Map<String, Value>)> = all
        .iter()
        .filter_map(|(key, card)| {
            Some((key.strip_prefix("card")?.parse().ok()?, card.as_object()?))
        })
        .collect();
    cards.sort_by_key(|(number, _)| *number);
    let found: Vec<Accelerator> = cards
        .into_iter()
        .map(|(_, card)| {
            let name = ["card series", "device name", "card model"]
                .iter()
                .find_map(|key| field(card, key).filter(|name| !name.starts_with("0x")));
            Accelerator {
                name: named(name.as_deref().unwrap_or("GPU")),
                memory_bytes: field(card, "vram total memory (b)").and_then(|n| n.parse().ok()),
                driver: field(card, "driver version").or_else(|| driver.clone()),
                source: "rocm-smi".to_owned(),
                vbios: field(card, "vbios version"),
                architecture: field(card, "gfx version"),
                ..Accelerator::default()
            }
        })
        .collect();
    (!found.is_empty()).then_some(found)
}

fn named(name: &str) -> String {
    if name.contains("AMD") { name.to_owned() } else { format!("AMD {name}") }
}

/// A field by its name in lower case; `N/A` is none.
fn field(card: &Map<String, Value>, name: &str) -> Option<String> {
    let (_, value) = card.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    let text = value.as_str()?.trim();
    (!text.is_empty() && text != "N/A").then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_radeon_as_rocm_6_prints_it() {
        let text = r#"{"card0": {"VBIOS version": "113-D70401XT-A11",
            "VRAM Total Memory (B)": "21458059264", "VRAM Total Used Memory (B)": "27856896",
            "Card Series": "Radeon RX 7900 XT", "Card Model": "0x744c",
            "Card Vendor": "Advanced Micro Devices, Inc. [AMD/ATI]", "Card SKU": "D70401XT",
            "Unique ID": "0x3d4595974090853c", "Serial Number": "PLANTED",
            "GUID": "26967", "GFX Version": "gfx1100"},
            "system": {"Driver version": "6.8.5"}}"#;
        let found = parse(text).unwrap();
        assert_eq!(found[0].name, "AMD Radeon RX 7900 XT");
        assert_eq!(found[0].memory_bytes, Some(21_458_059_264));
        assert_eq!(found[0].driver.as_deref(), Some("6.8.5"));
        assert_eq!(found[0].architecture.as_deref(), Some("gfx1100"));
        assert_eq!(found[0].vbios.as_deref(), Some("113-D70401XT-A11"));
        assert!(!format!("{found:?}").contains("PLANTED"));
        assert!(!format!("{found:?}").contains("0x3d4595974090853c"));
    }

    #[test]
    fn instincts_as_older_tools_print_them() {
        let text = "WARNING: AMD GPU device(s) is/are in a low-power state.\n\
            {\"card1\": {\"Card series\": \"Arcturus GL-XL [AMD Instinct MI100]\", \
            \"Card model\": \"0x0c34\"}, \"card0\": {\"Card series\": \"N/A\"}, \
            \"system\": {\"Driver version\": \"4.18.0-348.12.2.el8_5.x86_64\"}}";
        let found = parse(text).unwrap();
        assert_eq!(found[0].name, "AMD GPU");
        assert_eq!(found[1].name, "Arcturus GL-XL [AMD Instinct MI100]");
        assert_eq!(found[1].memory_bytes, None);
    }

    #[test]
    fn other_text_is_no_card() {
        for text in ["", "ERROR: No AMD GPUs specified", "{}", "{\"system\": {}}", "{\"card0\": 1"]
        {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
