//! Which files make up a model.

use std::{
    collections::BTreeSet,
    io::Read,
    path::{Path, PathBuf},
};

use crate::{WeightsError, WeightsFormat};

/// Files of a folder that are looked at.
const ENTRIES: usize = 10_000;
/// Parts of one model.
const SHARDS: u64 = 10_000;
/// The longest index of shards, bytes. The largest real ones have some 10 MiB.
const INDEX_BYTES: u64 = 64 << 20;
/// The list of the shards in a folder of Hugging Face's layout.
const INDEX: &str = "model.safetensors.index.json";

/// A model's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Weights {
    pub(crate) format: WeightsFormat,
    /// The weights, in the order in which they make up the model.
    pub(crate) files: Vec<PathBuf>,
    /// The `config.json` that belongs to them.
    pub(crate) config: Option<PathBuf>,
}

/// The files that hold a model's weights, in order.
///
/// A `.gguf` or `.safetensors` file stands for itself, or for all its parts if
/// its name ends as `-00001-of-00003`. In a folder the files of its index count,
/// else those that begin with `model`, else all; a second copy of the weights
/// in another layout is left out, and so are adapters. Anything but a plain
/// file of these names is refused, because a device or a pipe never ends.
///
/// # Errors
/// [`WeightsError::NotWeights`], [`WeightsError::SeveralModels`],
/// [`WeightsError::MissingShard`], [`WeightsError::TooLarge`],
/// [`WeightsError::Malformed`] for a bad index, [`WeightsError::Io`].
pub fn weight_files(path: &Path) -> Result<Vec<PathBuf>, WeightsError> {
    Ok(find(path)?.files)
}

/// The last part of a path, for messages.
pub(crate) fn name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    name.and_then(|name| crate::clean::text(&name)).unwrap_or_else(|| "the file".to_owned())
}

pub(crate) fn find(path: &Path) -> Result<Weights, WeightsError> {
    let io = |source| WeightsError::Io { action: "read", file: name(path), source };
    if std::fs::metadata(path).map_err(io)?.is_dir() {
        return folder(path);
    }
    let Some(format) = format(path).filter(|_| path.is_file()) else {
        return Err(WeightsError::NotWeights { file: name(path) });
    };
    let files = shards(path)?;
    let whole = path.file_stem().is_some_and(|stem| stem == "model") || files.len() > 1;
    let config = (format == WeightsFormat::Safetensors && whole)
        .then(|| config_beside(path.parent()?))
        .flatten();
    Ok(Weights { format, files, config })
}

fn format(path: &Path) -> Option<WeightsFormat> {
    match path.extension()?.to_str()? {
        "gguf" => Some(WeightsFormat::Gguf),
        "safetensors" => Some(WeightsFormat::Safetensors),
        _ => None,
    }
}

fn config_beside(folder: &Path) -> Option<PathBuf> {
    Some(folder.join("config.json")).filter(|config| config.is_file())
}

/// What `model-00001-of-00003.gguf` is split into: the beginning, the number of
/// its part, how many there are, and the digits that each number has.
fn split_name(path: &Path) -> Option<(String, u64, u64, usize)> {
    let stem = path.file_stem()?.to_str()?;
    let (rest, count) = stem.rsplit_once("-of-")?;
    let (begin, number) = rest.rsplit_once('-')?;
    let digits =
        |text: &str| (3..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(number) || number.len() != count.len() || !digits(count) {
        return None;
    }
    Some((begin.to_owned(), number.parse().ok()?, count.parse().ok()?, count.len()))
}

/// All parts of the model that the file is a part of.
fn shards(path: &Path) -> Result<Vec<PathBuf>, WeightsError> {
    let Some((begin, number, count, digits)) = split_name(path) else {
        return Ok(vec![path.to_owned()]);
    };
    if number == 0 || number > count {
        return Ok(vec![path.to_owned()]);
    }
    if count > SHARDS {
        return Err(WeightsError::TooLarge {
            file: name(path),
            what: "parts of a model",
            value: count,
            limit: SHARDS,
        });
    }
    let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
    (1..=count)
        .map(|number| {
            let file = format!("{begin}-{number:0digits$}-of-{count:0digits$}.{extension}");
            let part = path.with_file_name(file);
            if part.is_file() {
                Ok(part)
            } else {
                Err(WeightsError::MissingShard { file: name(&part) })
            }
        })
        .collect()
}

fn folder(path: &Path) -> Result<Weights, WeightsError> {
    let io = |source| WeightsError::Io { action: "list", file: name(path), source };
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io)?.take(ENTRIES) {
        let entry = entry.map_err(io)?.path();
        if format(&entry).is_some() && entry.is_file() {
            found.push(entry);
        }
    }
    found.sort();
    let of = |wanted: WeightsFormat| -> Vec<PathBuf> {
        found.iter().filter(|file| format(file) == Some(wanted)).cloned().collect()
    };
    let safetensors = of(WeightsFormat::Safetensors);
    if !safetensors.is_empty() || path.join(INDEX).is_file() {
        let files = safetensors_of(path, safetensors)?;
        let config = config_beside(path);
        return Ok(Weights { format: WeightsFormat::Safetensors, files, config });
    }
    let files = gguf_of(path, &of(WeightsFormat::Gguf))?;
    Ok(Weights { format: WeightsFormat::Gguf, files, config: None })
}

fn safetensors_of(folder: &Path, all: Vec<PathBuf>) -> Result<Vec<PathBuf>, WeightsError> {
    let index = folder.join(INDEX);
    if index.is_file() {
        return indexed(folder, &index);
    }
    let begins = |file: &PathBuf| name(file).starts_with("model");
    let models: Vec<PathBuf> = all.iter().filter(|file| begins(file)).cloned().collect();
    let files = if models.is_empty() { all } else { models };
    // A download that is not complete has some of the parts.
    for file in &files {
        shards(file)?;
    }
    Ok(files)
}

/// The files that an index names, in the order of their names.
fn indexed(folder: &Path, index: &Path) -> Result<Vec<PathBuf>, WeightsError> {
    #[derive(serde::Deserialize)]
    struct Index {
        weight_map: std::collections::BTreeMap<String, String>,
    }
    let malformed = |reason: String| WeightsError::Malformed { file: INDEX.to_owned(), reason };
    let bytes = bounded(index, INDEX_BYTES, "an index in bytes")?;
    let index: Index = serde_json::from_slice(&bytes)
        .map_err(|error| malformed(format!("line {}: not an index of weights", error.line())))?;
    let names: BTreeSet<String> = index.weight_map.into_values().collect();
    let mut files = Vec::new();
    for file in names {
        // An index may not lead out of its folder.
        let path = folder.join(&file);
        if path.parent() != Some(folder) || format(&path) != Some(WeightsFormat::Safetensors) {
            let shown = crate::clean::text(&file).unwrap_or_default();
            return Err(malformed(format!("{shown} is no file of this folder")));
        }
        if !path.is_file() {
            return Err(WeightsError::MissingShard { file: name(&path) });
        }
        files.push(path);
    }
    match files.is_empty() {
        true => Err(WeightsError::NotWeights { file: name(folder) }),
        false => Ok(files),
    }
}

/// The one model among GGUF files. A projector for images is a companion.
fn gguf_of(folder: &Path, all: &[PathBuf]) -> Result<Vec<PathBuf>, WeightsError> {
    let companion = |file: &&PathBuf| !name(file).starts_with("mmproj");
    let models: Vec<&PathBuf> = all.iter().filter(companion).collect();
    let Some(first) = models.first() else {
        return Err(WeightsError::NotWeights { file: name(folder) });
    };
    let files = shards(first)?;
    if models.iter().any(|model| !files.contains(model)) {
        return Err(WeightsError::SeveralModels {
            folder: name(folder),
            files: models.iter().take(5).map(|file| name(file)).collect(),
        });
    }
    Ok(files)
}

/// A whole file that has to be small.
pub(crate) fn bounded(
    path: &Path,
    limit: u64,
    what: &'static str,
) -> Result<Vec<u8>, WeightsError> {
    let io = |source| WeightsError::Io { action: "read", file: name(path), source };
    let file = std::fs::File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(io)?;
    let value = bytes.len() as u64;
    if value > limit {
        return Err(WeightsError::TooLarge { file: name(path), what, value, limit });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_of(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            std::fs::write(folder.path().join(file), "{}").unwrap();
        }
        folder
    }

    fn names(folder: &tempfile::TempDir, path: &str) -> Result<Vec<String>, &'static str> {
        let found = weight_files(&folder.path().join(path)).map_err(|error| error.code())?;
        Ok(found.iter().map(|file| name(file)).collect())
    }

    #[test]
    fn a_part_stands_for_all_parts() {
        let parts = ["a-00001-of-00002.gguf", "a-00002-of-00002.gguf"];
        let folder = folder_of(&parts);
        assert_eq!(names(&folder, parts[1]).unwrap(), parts);
        assert_eq!(names(&folder, ".").unwrap(), parts);
        std::fs::remove_file(folder.path().join(parts[0])).unwrap();
        assert_eq!(names(&folder, parts[1]), Err("missing-shard"));
        assert_eq!(names(&folder, "."), Err("missing-shard"));
    }

    #[test]
    fn second_copies_adapters_and_companions_are_left_out() {
        let folder = folder_of(&["consolidated.safetensors", "model.safetensors", "config.json"]);
        assert_eq!(names(&folder, ".").unwrap(), ["model.safetensors"]);
        let folder = folder_of(&["b.safetensors", "a.safetensors", "x.gguf"]);
        assert_eq!(names(&folder, ".").unwrap(), ["a.safetensors", "b.safetensors"]);
        let folder = folder_of(&["mmproj-f16.gguf", "m.gguf"]);
        assert_eq!(names(&folder, ".").unwrap(), ["m.gguf"]);
        let folder = folder_of(&["m.gguf", "n.gguf"]);
        assert_eq!(names(&folder, "."), Err("several-models"));
        let folder = folder_of(&["model-00001-of-00002.safetensors"]);
        assert_eq!(names(&folder, "."), Err("missing-shard"));
    }

    #[test]
    fn an_index_decides_and_stays_in_its_folder() {
        let folder =
            folder_of(&["model-a.safetensors", "model-b.safetensors", "model-c.safetensors"]);
        let index = |text: &str| std::fs::write(folder.path().join(INDEX), text).unwrap();
        index(
            r#"{"metadata":{},"weight_map":{"x":"model-c.safetensors","y":"model-a.safetensors"}}"#,
        );
        assert_eq!(names(&folder, ".").unwrap(), ["model-a.safetensors", "model-c.safetensors"]);
        for (text, code) in [
            (r#"{"weight_map":{"x":"../model-a.safetensors"}}"#, "malformed"),
            (r#"{"weight_map":{"x":"/etc/model-a.safetensors"}}"#, "malformed"),
            (r#"{"weight_map":{"x":"config.json"}}"#, "malformed"),
            (r#"{"weight_map":{"x":"model-d.safetensors"}}"#, "missing-shard"),
            (r#"{"weight_map":{}}"#, "not-weights"),
            ("[", "malformed"),
        ] {
            index(text);
            assert_eq!(names(&folder, "."), Err(code), "{text}");
        }
    }

    #[test]
    fn nothing_but_weights_is_touched() {
        let folder = folder_of(&["notes.txt"]);
        assert_eq!(names(&folder, "."), Err("not-weights"));
        assert_eq!(names(&folder, "notes.txt"), Err("not-weights"));
        assert_eq!(names(&folder, "none.gguf"), Err("io"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/dev/zero", folder.path().join("endless.gguf")).unwrap();
            assert_eq!(names(&folder, "endless.gguf"), Err("not-weights"));
        }
        let error = weight_files(Path::new("/home/ann/none.gguf")).unwrap_err();
        assert!(!error.to_string().contains("home"), "{error}");
    }
}
