//! The custom sections of a component, as bytes.
//!
//! A section is an id, the length of its content as LEB128, and the content; a
//! custom section (id 0) begins with its name, again behind a length. In a
//! component the sections 1 and 4 hold a module and a component of their own.

const MANIFEST: &str = "tachograph:manifest";
const ABI: &str = "tachograph:abi";
/// `\0asm`, then the version and layer of a component and of a module.
const COMPONENT: [u8; 8] = *b"\0asm\x0d\0\x01\0";
const MODULE: [u8; 8] = *b"\0asm\x01\0\0\0";
/// Components within components that are followed.
const DEPTH: usize = 16;

/// The component with this manifest and ABI in place of any that it carries.
///
/// # Errors
/// A sentence that says why the bytes are not a component.
pub(super) fn with_manifest(
    component: &[u8],
    manifest: &[u8],
    abi: &str,
) -> Result<Vec<u8>, &'static str> {
    if component.starts_with(&MODULE) {
        return Err("it is a core module, not a component");
    }
    let mut out = without_ours(component, DEPTH)?;
    put_custom(&mut out, ABI, abi.as_bytes());
    put_custom(&mut out, MANIFEST, manifest);
    Ok(out)
}

fn without_ours(bytes: &[u8], depth: usize) -> Result<Vec<u8>, &'static str> {
    let nests = bytes.starts_with(&COMPONENT);
    if !nests && !bytes.starts_with(&MODULE) {
        return Err("it is not WebAssembly");
    }
    let depth = depth.checked_sub(1).ok_or("its components are nested too deep")?;
    let mut out = bytes[..8].to_vec();
    let mut rest = &bytes[8..];
    while let Some((&id, behind)) = rest.split_first() {
        let (content, behind) = sized(behind)?;
        let whole = &rest[..rest.len() - behind.len()];
        rest = behind;
        match id {
            0 => {
                let (name, _) = sized(content)?;
                if name != MANIFEST.as_bytes() && name != ABI.as_bytes() {
                    out.extend_from_slice(whole);
                }
            }
            1 | 4 if nests => put(&mut out, id, &without_ours(content, depth)?),
            _ => out.extend_from_slice(whole),
        }
    }
    Ok(out)
}

/// What a length in front of it measures, and what is behind that.
fn sized(bytes: &[u8]) -> Result<(&[u8], &[u8]), &'static str> {
    let mut length = 0_u64;
    for (at, byte) in bytes.iter().take(5).enumerate() {
        length |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            let length = usize::try_from(length).map_err(|_| "it has an impossible length")?;
            return bytes[at + 1..].split_at_checked(length).ok_or("it ends too early");
        }
    }
    Err("it has a length that is none")
}

fn put_custom(out: &mut Vec<u8>, name: &str, data: &[u8]) {
    let mut content = Vec::with_capacity(name.len() + data.len() + 5);
    put_length(&mut content, name.len());
    content.extend_from_slice(name.as_bytes());
    content.extend_from_slice(data);
    put(out, 0, &content);
}

fn put(out: &mut Vec<u8>, id: u8, content: &[u8]) {
    out.push(id);
    put_length(out, content.len());
    out.extend_from_slice(content);
}

fn put_length(out: &mut Vec<u8>, mut length: usize) {
    loop {
        let low = (length & 0x7f) as u8;
        length >>= 7;
        if length == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(sections: &[(u8, &[u8])]) -> Vec<u8> {
        let mut out = COMPONENT.to_vec();
        for (id, content) in sections {
            put(&mut out, *id, content);
        }
        out
    }

    fn count(bytes: &[u8], what: &str) -> usize {
        bytes.windows(what.len()).filter(|window| *window == what.as_bytes()).count()
    }

    #[test]
    fn what_is_carried_anywhere_is_replaced() {
        let mut module = MODULE.to_vec();
        put_custom(&mut module, MANIFEST, &[b'o'; 300]);
        put_custom(&mut module, "name", b"kept");
        let inner = component(&[(1, &module)]);
        let outer = component(&[(1, &module), (4, &inner), (7, b"types")]);
        let packed = with_manifest(&outer, b"new", "1.0").unwrap();
        assert_eq!(count(&packed, MANIFEST), 1);
        assert_eq!(count(&packed, "ooo"), 0);
        assert_eq!((count(&packed, "kept"), count(&packed, "types")), (2, 1));
        // It is the same again from what it made.
        assert_eq!(with_manifest(&packed, b"new", "1.0").unwrap(), packed);
    }

    #[test]
    fn what_is_no_component_is_refused() {
        let cut = &component(&[(7, b"types")])[..12];
        let endless = [&COMPONENT[..], &[7, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]].concat();
        let huge = [&COMPONENT[..], &[7, 0xff, 0xff, 0xff, 0xff, 0x0f, 1]].concat();
        for bad in [&b""[..], b"\x7fELF", &MODULE, cut, &endless, &huge] {
            assert!(with_manifest(bad, b"", "1.0").is_err(), "{bad:?}");
        }
        let mut deep = component(&[]);
        for _ in 0..DEPTH {
            deep = component(&[(4, &deep)]);
        }
        assert!(with_manifest(&deep, b"", "1.0").is_err());
    }
}
