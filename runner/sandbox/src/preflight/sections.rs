//! Reads the sections of a component, nested modules included.

use wasmparser::{Encoding, Parser, Payload};

use crate::SandboxError;

const ABI: &str = "tachograph:abi";
const MANIFEST: &str = "tachograph:manifest";
/// Bytes that the name of an import or an export may have. Those of the contract have under 50.
const NAME_BYTES: usize = 256;

/// What the preflight needs of a component.
#[derive(Debug, Default)]
pub(super) struct Sections {
    pub(super) abi: Option<Vec<u8>>,
    pub(super) manifest: Option<Vec<u8>>,
    pub(super) imports: Vec<String>,
    pub(super) exports: Vec<String>,
}

/// Reads all sections. The bytes may be anything.
pub(super) fn read(bytes: &[u8]) -> Result<Sections, SandboxError> {
    let wrong = |reason: String| SandboxError::NotAComponent { reason };
    let mut sections = Sections::default();
    // The outermost component is at depth 1.
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(|error| wrong(error.to_string()))?;
        match payload {
            Payload::Version { encoding, .. } => {
                if depth == 0 && encoding != Encoding::Component {
                    return Err(wrong(
                        "it is a core module; build it for wasm32-wasip2".to_owned(),
                    ));
                }
                depth += 1;
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if section.name() == ABI => {
                once(&mut sections.abi, section.data(), ABI)?;
            }
            Payload::CustomSection(section) if section.name() == MANIFEST => {
                once(&mut sections.manifest, section.data(), MANIFEST)?;
            }
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    let import = import.map_err(|error| wrong(error.to_string()))?;
                    sections.imports.push(name(&import.name.full_name())?);
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    let export = export.map_err(|error| wrong(error.to_string()))?;
                    sections.exports.push(name(&export.name.full_name())?);
                }
            }
            _ => {}
        }
    }
    if depth != 0 {
        return Err(wrong("it ends too early".to_owned()));
    }
    Ok(sections)
}

/// Names are shown to people before anything validates the component: one that no valid component
/// has could hold what steers a terminal.
fn name(name: &str) -> Result<String, SandboxError> {
    let wrong = |reason: String| Err(SandboxError::NotAComponent { reason });
    if name.len() > NAME_BYTES {
        return wrong(format!("it has a name of {} bytes; {NAME_BYTES} are allowed", name.len()));
    }
    if !name.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return wrong(format!("`{}` is no name of an interface", name.escape_debug()));
    }
    Ok(name.to_owned())
}

/// Two sections of one name could make two readers see two plugins.
fn once(slot: &mut Option<Vec<u8>>, data: &[u8], name: &str) -> Result<(), SandboxError> {
    if slot.replace(data.to_vec()).is_some() {
        let reason = format!("the component has two sections `{name}`");
        return Err(SandboxError::BadManifest { reason });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_steer_a_terminal_are_refused() {
        assert_eq!(name("wasi:io/poll@0.2.6").unwrap(), "wasi:io/poll@0.2.6");
        for bad in ["a\u{1b}[2Jb", "a\nb", "\u{202e}a", &"a".repeat(NAME_BYTES + 1)] {
            let error = name(bad).unwrap_err();
            assert_eq!(error.code(), "not-a-component");
            assert!(!error.to_string().contains(|c: char| c.is_control() || c == '\u{202e}'));
        }
    }
}
