//! For maintainers: a static folder that any web server can serve.
//!
//! Documents are drafted in one step and signed in others, since root keys live
//! on different machines: a draft and the signatures beside it are plain files
//! that can be carried around. No secret key is ever written by this module.

mod index;
mod root;
mod sign;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;
use tachograph_trust::{
    MAX_ROOT_BYTES, MAX_SIGNATURE_BYTES, PublicKey, SignedDocument, Successor, TrustedRoot,
    read_regular, signature_name, write_atomic,
};

pub use index::{IndexChange, draft_index};
pub use root::{RootChange, draft_root};
pub use sign::{Voices, sign};

use crate::{UpdateError, layout, place::load_root};

/// The roots of a folder that enough keys signed, oldest first, and the version
/// of a draft after them.
pub(crate) fn chain(folder: &Path) -> Result<(Vec<TrustedRoot>, Option<u64>), UpdateError> {
    let first = folder.join(layout::root(1));
    if !first.exists() {
        return Ok((Vec::new(), None));
    }
    let mut chain = match load_root(&first) {
        Ok(root) => vec![root],
        Err(error) if error.code() == "threshold-not-met" => return Ok((Vec::new(), Some(1))),
        Err(error) => return Err(error),
    };
    loop {
        let last = &chain[chain.len() - 1];
        let version = last.root().version + 1;
        let path = folder.join(layout::root(version));
        if !path.exists() {
            return Ok((chain, None));
        }
        match follow(last, &path) {
            Ok(root) => chain.push(root),
            Err(error) if error.code() == "threshold-not-met" => return Ok((chain, Some(version))),
            Err(error) => return Err(error),
        }
    }
}

fn follow(last: &TrustedRoot, path: &Path) -> Result<TrustedRoot, UpdateError> {
    let bytes = read(path, MAX_ROOT_BYTES)?;
    let signatures = signatures_beside(path, last.root_keys())?;
    let document = SignedDocument { file: path.display().to_string(), bytes, signatures };
    let mut next: Successor = last.successor(document)?;
    let own = signatures_beside(path, next.root_keys())?;
    next.add_signatures(own);
    Ok(next.confirm()?)
}

/// The newest root of a folder that enough keys signed.
fn root_in_force(folder: &Path) -> Result<TrustedRoot, UpdateError> {
    let (mut chain, _) = chain(folder)?;
    chain.pop().ok_or_else(|| UpdateError::Publish {
        file: folder.display().to_string(),
        reason: "it has no root that enough keys signed".to_owned(),
    })
}

fn signatures_beside(path: &Path, keys: &[PublicKey]) -> Result<Vec<Vec<u8>>, UpdateError> {
    let file = path.display().to_string();
    let mut found = Vec::new();
    for key in keys {
        let beside = PathBuf::from(signature_name(&file, key));
        if beside.exists() {
            found.push(read(&beside, MAX_SIGNATURE_BYTES)?);
        }
    }
    Ok(found)
}

fn read(path: &Path, limit: usize) -> Result<Vec<u8>, UpdateError> {
    read_regular(path, limit as u64).map_err(|source| UpdateError::io(path, source))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), UpdateError> {
    let failed = |source: io::Error| UpdateError::io(path, source);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    write_atomic(path, bytes).map_err(failed)
}

/// The text of a document, its head first, as the types have it.
fn text<T: Serialize>(file: &Path, document: &T) -> Result<String, UpdateError> {
    toml::to_string_pretty(document).map_err(|error| UpdateError::Publish {
        file: file.display().to_string(),
        reason: error.to_string(),
    })
}
