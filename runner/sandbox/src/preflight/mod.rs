//! Whether some bytes are a plugin at all, before anything is compiled.

mod manifest;
mod sections;
mod table;

use tachograph_model::{Digest, PluginManifest};

use crate::SandboxError;
use crate::limits::{COMPONENT_BYTES, COMPONENT_BYTES_MOST};

pub use table::HOST_ABI;

/// What is known of a component before it is compiled.
#[derive(Debug, Clone, PartialEq)]
pub struct Preflight {
    /// The manifest that the component carries.
    pub manifest: PluginManifest,
    /// The ABI that it was built for, for example `1.0`.
    pub abi: String,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Its bytes.
    pub size: u64,
    /// The interfaces that it imports, in its own order.
    pub imports: Vec<String>,
    /// The interfaces that it exports, in its own order.
    pub exports: Vec<String>,
    /// The optional interfaces among its exports: `tokenizer`, `cache-control`,
    /// `server-metrics`.
    pub optional: Vec<String>,
}

/// Reads a component without compiling it, and compares it with the world of its role.
///
/// # Errors
/// `native-code`, `too-large`, `not-a-component`, `no-manifest`, `bad-manifest`, `abi-unknown`,
/// `undeclared-import`, `missing-export`.
pub fn preflight(bytes: &[u8]) -> Result<Preflight, SandboxError> {
    native_code(bytes)?;
    let too_large =
        |limit: usize| SandboxError::TooLarge { size: bytes.len() as u64, limit: limit as u64 };
    if bytes.len() > COMPONENT_BYTES_MOST {
        return Err(too_large(COMPONENT_BYTES_MOST));
    }
    let sections = sections::read(bytes)?;
    let Some(manifest) = sections.manifest else {
        return Err(SandboxError::NoManifest);
    };
    let manifest = manifest::parse(&manifest)?;
    let asked = manifest.limits.component_mib.map_or(0, |mib| (mib as usize) << 20);
    let tier = asked.clamp(COMPONENT_BYTES, COMPONENT_BYTES_MOST);
    if bytes.len() > tier {
        return Err(too_large(tier));
    }
    let abi = table::check_abi(sections.abi.as_deref(), &manifest)?;
    let drift = table::drift(manifest.role, &sections.imports, &sections.exports);
    if !drift.is_empty() {
        return Err(SandboxError::Drift(drift));
    }
    Ok(Preflight {
        abi,
        digest: Digest::of(bytes),
        size: bytes.len() as u64,
        optional: table::optional(&sections.exports),
        imports: sections.imports,
        exports: sections.exports,
        manifest,
    })
}

fn native_code(bytes: &[u8]) -> Result<(), SandboxError> {
    const MAGIC: [(&[u8], &str); 8] = [
        (b"\x7fELF", "machine code (ELF, the form of a precompiled .cwasm)"),
        (b"MZ", "a Windows program"),
        (b"\xcf\xfa\xed\xfe", "machine code (Mach-O)"),
        (b"\xce\xfa\xed\xfe", "machine code (Mach-O)"),
        (b"\xfe\xed\xfa\xcf", "machine code (Mach-O)"),
        (b"\xfe\xed\xfa\xce", "machine code (Mach-O)"),
        (b"\xca\xfe\xba\xbe", "machine code (Mach-O)"),
        (b"#!", "a script"),
    ];
    match MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        Some((_, what)) => Err(SandboxError::NativeCode { what }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_plugin() {
        let code = |bytes: &[u8]| preflight(bytes).unwrap_err().code().to_owned();
        assert_eq!(code(b""), "not-a-component");
        assert_eq!(code(b"\x7fELF\x02\x01"), "native-code");
        assert_eq!(code(b"(component)"), "not-a-component");
        // A core module.
        assert_eq!(code(b"\0asm\x01\0\0\0"), "not-a-component");
        // An empty component.
        assert_eq!(code(b"\0asm\x0d\0\x01\0"), "no-manifest");
        assert_eq!(code(&vec![0; COMPONENT_BYTES_MOST + 1]), "too-large");
    }
}
