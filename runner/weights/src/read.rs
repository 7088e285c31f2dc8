//! From a path to facts.

use std::{fs::File, path::Path};

use crate::{
    ModelFacts, WeightsError, WeightsFormat, clean,
    error::Fault,
    files::{self, Weights},
    gguf, safetensors,
};

/// Reads what a model's files say: a `.gguf` file, a `.safetensors` file, or a
/// folder of either.
///
/// Headers and `config.json` are read, never the weights. A part of a model
/// stands for the whole, see [`crate::weight_files`].
///
/// # Errors
/// Every [`WeightsError`] but [`WeightsError::Stopped`] and
/// [`WeightsError::Changed`].
pub fn read(path: &Path) -> Result<ModelFacts, WeightsError> {
    let weights = files::find(path)?;
    match weights.format {
        WeightsFormat::Gguf => read_gguf(&weights),
        WeightsFormat::Safetensors => read_safetensors(path, &weights),
    }
}

/// Opens a file and reads from it; failures get its name.
fn within<T>(path: &Path, work: impl FnOnce(File) -> Result<T, Fault>) -> Result<T, WeightsError> {
    File::open(path).map_err(Fault::Io).and_then(work).map_err(|fault| fault.of(&files::name(path)))
}

fn read_gguf(weights: &Weights) -> Result<ModelFacts, WeightsError> {
    let mut headers = Vec::new();
    for file in &weights.files {
        headers.push(within(file, gguf::read_header)?);
    }
    let first = weights.files.first().map(|file| files::name(file)).unwrap_or_default();
    gguf::facts(&headers).map_err(|fault| fault.of(&first))
}

fn read_safetensors(path: &Path, weights: &Weights) -> Result<ModelFacts, WeightsError> {
    let config = match &weights.config {
        Some(config) => {
            let bytes = files::bounded(config, safetensors::CONFIG_BYTES, "a config in bytes")?;
            Some(safetensors::Config::parse(&bytes).map_err(|fault| fault.of("config.json"))?)
        }
        None => None,
    };
    let mut headers = Vec::new();
    for file in &weights.files {
        headers.push(within(file, safetensors::read_header)?);
    }
    let first = weights.files.first().map(|file| files::name(file)).unwrap_or_default();
    let mut facts =
        safetensors::facts(&headers, config.as_ref()).map_err(|fault| fault.of(&first))?;
    if facts.name.is_none() && path.is_dir() {
        facts.name = named(path);
        facts.unread.retain(|unread| unread.field != "name" || facts.name.is_none());
    }
    Ok(facts)
}

/// What a model is called by its folder; the path above it stays out. In the
/// cache of Hugging Face's hub the folder is a revision of `models--org--name`.
fn named(folder: &Path) -> Option<String> {
    let word = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let hub = || {
        let snapshots = folder.parent().filter(|parent| parent.ends_with("snapshots"))?;
        let repository = word(snapshots.parent()?)?;
        Some(repository.strip_prefix("models--")?.replacen("--", "/", 1))
    };
    clean::text(&hub().or_else(|| word(folder))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gguf::build::Gguf;

    #[test]
    fn a_split_gguf_model_is_read_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let first = Gguf::tiny().u32("split.count", 2).u32("split.no", 0);
        let second = Gguf::default().u32("split.count", 2).u32("split.no", 1).tensor(
            "blk.1.attn_q.weight",
            &[256, 256],
            12,
        );
        let write = |number: u32, file: &Gguf| {
            let name = format!("m-0000{number}-of-00002.gguf");
            std::fs::write(folder.path().join(name), file.bytes()).unwrap();
        };
        write(1, &first);
        write(2, &second);
        let facts = read(folder.path()).unwrap();
        assert_eq!(facts.files, 2);
        assert_eq!(facts.parameters, Some(256 * 3 + 2 * 256 * 256 + 256));
        assert_eq!(facts.file_bytes, (first.bytes().len() + second.bytes().len()) as u64);
        assert_eq!(facts.layers, Some(4));
        // The parts in the wrong order are not the model.
        write(1, &second);
        write(2, &first);
        let error = read(folder.path()).unwrap_err();
        assert_eq!(error.to_string(), "m-00001-of-00002.gguf is malformed: it is not part 1 of 2");
    }

    #[test]
    fn a_folder_names_its_model_and_its_config_is_read() {
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("Tiny-1B");
        std::fs::create_dir(&folder).unwrap();
        let header = r#"{"w":{"dtype":"BF16","shape":[4,2],"data_offsets":[0,16]}}"#;
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.bytes());
        file.extend([0; 16]);
        std::fs::write(folder.join("model.safetensors"), &file).unwrap();
        std::fs::write(folder.join("config.json"), r#"{"num_hidden_layers": 2}"#).unwrap();
        let facts = read(&folder).unwrap();
        assert_eq!((facts.name.as_deref(), facts.layers), (Some("Tiny-1B"), Some(2)));
        assert_eq!((facts.parameters, facts.weight_bytes), (Some(8), Some(16)));
        assert!(!facts.unread.iter().any(|unread| unread.field == "name"));
        let alone = read(&folder.join("model.safetensors")).unwrap();
        assert_eq!((alone.name, alone.layers), (None, Some(2)));
        std::fs::write(folder.join("config.json"), "[").unwrap();
        assert_eq!(read(&folder).unwrap_err().code(), "malformed");
    }

    #[test]
    fn a_folder_of_the_hub_is_named_after_its_repository() {
        let named = |path: &str| named(Path::new(path));
        let revision = "/home/ann/hub/models--org--tiny--1b/snapshots/0123abcd";
        assert_eq!(named(revision).as_deref(), Some("org/tiny--1b"));
        assert_eq!(named("/home/ann/snapshots/tiny").as_deref(), Some("tiny"));
        assert_eq!(named("/"), None);
    }
}
