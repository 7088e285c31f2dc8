//! One way to ask for a file, wherever it comes from.

use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
};

use tachograph_model::Digest;
use tachograph_trust::PublicKey;

use crate::{FetchCode, Origin, Patience, UpdateError, bundle::Bundle, web::Web};

/// An origin that is open.
#[derive(Debug)]
pub(crate) enum Source {
    Web(Web),
    Folder(PathBuf),
    Bundle(Bundle),
}

impl Source {
    pub(crate) fn open(origin: &Origin, patience: Patience) -> Result<Self, UpdateError> {
        Ok(match origin {
            Origin::Web(base) => Self::Web(Web::new(base, patience)?),
            Origin::Folder(folder) => Self::Folder(folder.clone()),
            Origin::Bundle(file) => Self::Bundle(Bundle::open(file)?),
        })
    }

    /// The name of a file of the layout in messages.
    pub(crate) fn place(&self, name: &str) -> String {
        match self {
            Self::Web(web) => web.url(name),
            Self::Folder(folder) => folder.join(name).display().to_string(),
            Self::Bundle(bundle) => bundle.place(name),
        }
    }

    /// A whole file of at most `limit` bytes; `None` when there is none.
    pub(crate) async fn get(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, UpdateError> {
        let mut bytes = Vec::new();
        let found = self.stream(name, limit, |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        });
        Ok(found.await?.then_some(bytes))
    }

    /// The signatures of a document by some keys, as many as there are.
    pub(crate) async fn signatures(
        &self,
        document: &str,
        keys: &[PublicKey],
    ) -> Result<Vec<Vec<u8>>, UpdateError> {
        let mut found = Vec::new();
        for key in keys {
            let name = tachograph_trust::signature_name(document, key);
            found.extend(self.get(&name, tachograph_trust::MAX_SIGNATURE_BYTES as u64).await?);
        }
        Ok(found)
    }

    /// Hands out a file of at most `limit` bytes piece by piece; `false` when
    /// there is none.
    pub(crate) async fn stream(
        &self,
        name: &str,
        limit: u64,
        sink: impl FnMut(&[u8]) -> Result<(), UpdateError>,
    ) -> Result<bool, UpdateError> {
        match self {
            Self::Web(web) => web.stream(name, limit, sink).await,
            Self::Folder(folder) => {
                let path = folder.join(name);
                match open_regular(&path) {
                    Ok(file) => self.copy(name, file, limit, sink),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                    Err(source) => Err(UpdateError::io(&path, source)),
                }
            }
            Self::Bundle(bundle) => match bundle.reader(name) {
                Ok(None) => Ok(false),
                Ok(Some((reader, _))) => self.copy(name, reader, limit, sink),
                Err(source) => Err(UpdateError::Io { file: bundle.place(name), source }),
            },
        }
    }

    fn copy(
        &self,
        name: &str,
        reader: impl Read,
        limit: u64,
        mut sink: impl FnMut(&[u8]) -> Result<(), UpdateError>,
    ) -> Result<bool, UpdateError> {
        let mut reader = reader.take(limit.saturating_add(1));
        let (mut piece, mut received) = (vec![0; 64 << 10], 0);
        loop {
            let count = reader
                .read(&mut piece)
                .map_err(|source| UpdateError::Io { file: self.place(name), source })?;
            if count == 0 {
                return Ok(true);
            }
            received += count as u64;
            if received > limit {
                return Err(UpdateError::Fetch {
                    url: self.place(name),
                    code: FetchCode::TooLarge,
                    reason: format!("it is larger than {limit} bytes"),
                });
            }
            sink(&piece[..count])?;
        }
    }

    /// The suites of a bundle; none for other origins, which are not listed.
    pub(crate) fn suites(&self) -> Vec<Digest> {
        match self {
            Self::Bundle(bundle) => bundle.suites(),
            _ => Vec::new(),
        }
    }
}

/// A mirror is plain files: a link could lead out of the folder.
fn open_regular(path: &std::path::Path) -> io::Result<File> {
    if !std::fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a link or no file"));
    }
    File::open(path)
}
