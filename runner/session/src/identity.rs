//! Which model was measured, as strongly as can be said.

use std::{ops::ControlFlow::Continue, path::Path};

use serde::{Deserialize, Serialize};
use tachograph_model::{BackendInfo, ModelIdentity, ModelInfo, ModelShape};
use tachograph_weights::{DigestCache, ModelFacts};

use crate::{SessionError, roof::Ceiling, sample::exact};

/// What the files of a model say, and which files they are, or why that is not
/// known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelFiles {
    pub digest: Option<String>,
    pub source: String,
    #[serde(default)]
    pub facts: Option<ModelFacts>,
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

/// Reads the files that the server names, if they are on this machine. A large
/// model is hashed once; `cache` remembers it by path, size and time.
pub(crate) fn read_files(path: Option<&str>, local: bool, cache: &Path) -> ModelFiles {
    let none = |source: String| ModelFiles { digest: None, source, facts: None };
    let Some(path) = path.map(Path::new) else {
        return none("the backend does not name its model file".to_owned());
    };
    if !local {
        return none("the backend runs on another machine".to_owned());
    }
    let facts = tachograph_weights::read(path).ok();
    let cache = DigestCache::new(cache);
    let digest = tachograph_weights::weight_files(path)
        .and_then(|files| tachograph_weights::digest(&files, Some(&cache), &mut |_| Continue(())));
    match digest {
        Ok(digested) => ModelFiles {
            digest: Some(digested.digest.to_string()),
            source: "sha256 of the model file that the backend names".to_owned(),
            facts,
        },
        // The path stays out: it may hold a user's name.
        Err(error) => {
            ModelFiles { facts, ..none(format!("the model file cannot be read: {}", error.code())) }
        }
    }
}

/// Fills in what a server does not say of its models and their files do.
pub(crate) fn complete(info: &mut BackendInfo) {
    for model in &mut info.models {
        let path = model.local_path.as_deref().map(Path::new);
        let Some(Ok(facts)) = path.map(tachograph_weights::read) else { continue };
        model.quantization = model.quantization.take().or(facts.quantization);
        model.parameters = model.parameters.or(facts.parameters);
        model.size_bytes = model.size_bytes.or(facts.weight_bytes);
        model.max_context = model.max_context.or(facts.context_length);
    }
}

/// The identity that the result keeps: no path, and never an empty quantization.
pub(crate) fn identity(model: &ModelInfo, file: &ModelFiles) -> ModelIdentity {
    let (digest, digest_source) = match (&file.digest, &model.digest) {
        (Some(digest), _) => (Some(digest.clone()), file.source.clone()),
        (None, Some(digest)) => {
            let source = model.digest_source.clone();
            (Some(digest.clone()), source.unwrap_or_else(|| "stated by the backend".to_owned()))
        }
        (None, None) => (None, file.source.clone()),
    };
    let facts = file.facts.as_ref();
    let quantization = model.quantization.clone().or_else(|| facts?.quantization.clone());
    let or_file = |stated: Option<u64>, read: fn(&ModelFacts) -> Option<u64>| {
        stated.or_else(|| facts.and_then(read)).filter(exact)
    };
    ModelIdentity {
        id: base_name(&model.id).to_owned(),
        quantization: quantization.unwrap_or_else(|| "unknown".to_owned()),
        digest,
        digest_source,
        parameters: or_file(model.parameters, |facts| facts.parameters),
        size_bytes: or_file(model.size_bytes, |facts| facts.weight_bytes),
        shape: facts.map(shape),
    }
}

/// What workloads may ask to know of the model; what is not known is left out.
pub(crate) fn facts(model: &ModelIdentity, ceiling: Option<&Ceiling>) -> serde_json::Value {
    let kv = model.shape.as_ref().and_then(|shape| shape.kv_bytes_per_token);
    let known = [("weight_bytes", model.size_bytes), ("kv_bytes_per_token", kv)];
    let known = known.into_iter().chain(ceiling.into_iter().flat_map(Ceiling::facts));
    let known = known.filter_map(|(name, bytes)| Some((name.to_owned(), bytes?.into())));
    serde_json::Value::Object(known.collect())
}

fn shape(facts: &ModelFacts) -> ModelShape {
    ModelShape {
        architecture: facts.architecture.clone(),
        layers: facts.layers.filter(exact),
        heads: facts.heads.filter(exact),
        kv_heads: facts.kv_heads.filter(exact),
        head_dim: facts.head_dim.filter(exact),
        context_length: facts.context_length.filter(exact),
        kv_bytes_per_token: facts.kv_bytes_per_token.filter(exact),
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
        let cache = tempfile::tempdir().unwrap();
        let found = read_files(Some("/home/ann/none.gguf"), true, cache.path());
        assert_eq!(found.digest, None);
        assert!(!found.source.contains("/ann"), "{}", found.source);
    }

    #[test]
    fn only_weight_files_are_read() {
        let cache = tempfile::tempdir().unwrap();
        for path in ["/dev/zero", "/etc/passwd"] {
            assert_eq!(read_files(Some(path), true, cache.path()).digest, None, "{path}");
        }
    }

    #[test]
    fn a_model_folder_is_its_weight_files_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let cache = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("b.safetensors"), "2").unwrap();
        std::fs::write(folder.path().join("a.safetensors"), "1").unwrap();
        std::fs::write(folder.path().join("config.json"), "{}").unwrap();
        let found = read_files(folder.path().to_str(), true, cache.path()).digest;
        assert_eq!(found, Some(tachograph_model::Digest::of(b"12").to_string()));
    }
}
