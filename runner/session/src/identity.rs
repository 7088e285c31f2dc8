//! Which model was measured, as strongly as can be said.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tachograph_model::{BackendInfo, Digest, ModelIdentity, ModelInfo};

use crate::{SessionError, sample::exact};

/// The digest of a model file, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileDigest {
    pub digest: Option<String>,
    pub source: String,
}

/// The model that requests name: the one the user asked for, or the first.
///
/// # Errors
/// [`SessionError::Unknown`] when the backend lists models and has none of that
/// name.
pub(crate) fn choose(info: &BackendInfo, wanted: Option<&str>) -> Result<ModelInfo, SessionError> {
    let listed = |name: &str| {
        info.models.iter().find(|model| model.id == name || base_name(&model.id) == name)
    };
    match wanted {
        None => info.models.first().cloned().ok_or_else(|| {
            SessionError::NoBackend(format!("{} lists no model; name one with --model", info.name))
        }),
        Some(name) => match listed(name) {
            Some(model) => Ok(model.clone()),
            // Some servers serve models that they do not list.
            None if info.models.is_empty() => Ok(ModelInfo {
                id: name.to_owned(),
                parameters: None,
                size_bytes: None,
                quantization: None,
                max_context: None,
                digest: None,
                digest_source: None,
                local_path: None,
            }),
            None => Err(SessionError::Unknown {
                what: "model",
                name: name.to_owned(),
                known: info.models.iter().map(|model| base_name(&model.id).to_owned()).collect(),
            }),
        },
    }
}

/// Reads the file that the server names, if it is on this machine.
pub(crate) fn digest_file(path: Option<&str>, local: bool) -> FileDigest {
    let none = |source: &str| FileDigest { digest: None, source: source.to_owned() };
    let Some(path) = path else { return none("the backend does not name its model file") };
    if !local {
        return none("the backend runs on another machine");
    }
    match weights(Path::new(path)).and_then(|files| digest(&files)) {
        Ok(digest) => FileDigest {
            digest: Some(digest.to_string()),
            source: "sha256 of the model file that the backend names".to_owned(),
        },
        // The path stays out: it may hold a user's name.
        Err(error) => none(&format!("the model file cannot be read: {}", error.kind())),
    }
}

/// A model file, or the weight files of a model folder in the order of their names.
fn weights(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let is_weights = |path: &Path| {
        // A server may name anything: devices and pipes never end, and other
        // files are none of its business.
        let known = |extension: &std::ffi::OsStr| extension == "safetensors" || extension == "gguf";
        path.extension().is_some_and(known) && path.is_file()
    };
    if !path.is_dir() {
        return match is_weights(path) {
            true => Ok(vec![path.to_owned()]),
            false => Err(std::io::ErrorKind::InvalidInput.into()),
        };
    }
    let mut files: Vec<PathBuf> = std::fs::read_dir(path)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| is_weights(path))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(std::io::ErrorKind::NotFound.into());
    }
    Ok(files)
}

fn digest(files: &[PathBuf]) -> std::io::Result<Digest> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    for file in files {
        let mut file = std::fs::File::open(file)?;
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                n => hasher.update(&buffer[..n]),
            }
        }
    }
    Ok(Digest::from_bytes(hasher.finalize().into()))
}

/// The identity that the result keeps: no path, and never an empty quantization.
pub(crate) fn identity(model: &ModelInfo, file: &FileDigest) -> ModelIdentity {
    let (digest, digest_source) = match (&file.digest, &model.digest) {
        (Some(digest), _) => (Some(digest.clone()), file.source.clone()),
        (None, Some(digest)) => {
            let source = model.digest_source.clone();
            (Some(digest.clone()), source.unwrap_or_else(|| "stated by the backend".to_owned()))
        }
        (None, None) => (None, file.source.clone()),
    };
    ModelIdentity {
        id: base_name(&model.id).to_owned(),
        quantization: model.quantization.clone().unwrap_or_else(|| "unknown".to_owned()),
        digest,
        digest_source,
        parameters: model.parameters.filter(exact),
        size_bytes: model.size_bytes.filter(exact),
    }
}

/// The backend's account of itself in the form that may be shared.
pub(crate) fn shared(mut info: BackendInfo) -> BackendInfo {
    for model in &mut info.models {
        model.parameters = model.parameters.filter(exact);
        model.size_bytes = model.size_bytes.filter(exact);
        model.max_context = model.max_context.filter(exact);
        model.id = base_name(&model.id).to_owned();
        model.local_path = None;
    }
    info.extra = serde_json::Value::Null;
    info
}

/// The last part of an absolute path. Names such as `org/model` stay whole.
fn base_name(id: &str) -> &str {
    let drive = id.get(1..3).is_some_and(|drive| drive == ":\\" || drive == ":/");
    let absolute = drive || id.starts_with(['/', '~', '\\', '.']) || id.starts_with("file:");
    match id.rsplit(['/', '\\']).find(|part| !part.is_empty()) {
        Some(name) if absolute => name,
        _ => id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cut_and_names_are_kept() {
        assert_eq!(base_name("/home/ann/models/tiny.gguf"), "tiny.gguf");
        assert_eq!(base_name("C:\\Users\\ann\\tiny.gguf"), "tiny.gguf");
        for path in
            ["C:/Users/ann/m.gguf", "\\\\host\\ann\\m.gguf", "./ann/m.gguf", "file:///ann/m.gguf"]
        {
            assert_eq!(base_name(path), "m.gguf");
        }
        assert_eq!(base_name("org/model"), "org/model");
    }

    #[test]
    fn a_missing_file_is_a_reason_without_its_path() {
        let found = digest_file(Some("/home/ann/none.gguf"), true);
        assert_eq!(found.digest, None);
        assert!(!found.source.contains("/ann"), "{}", found.source);
    }

    #[test]
    fn only_weight_files_are_read() {
        for path in ["/dev/zero", "/etc/passwd"] {
            assert_eq!(digest_file(Some(path), true).digest, None, "{path}");
        }
    }

    #[test]
    fn a_model_folder_is_its_weight_files_in_order() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("b.safetensors"), "2").unwrap();
        std::fs::write(folder.path().join("a.safetensors"), "1").unwrap();
        std::fs::write(folder.path().join("config.json"), "{}").unwrap();
        let found = digest_file(folder.path().to_str(), true).digest;
        assert_eq!(found, Some(Digest::of(b"12").to_string()));
    }
}
