//! The key that seals results: the user's own, one a machine.

use std::path::{Path, PathBuf};

use tachograph_model::Digest;

use crate::{KeyError, PublicKey, SecretKey, TrustError, disk};

/// The key that seals this user's results on this machine.
///
/// It is made on first use and kept in `CONFIG/keys/`, under a name that holds
/// the machine's fingerprint: a configuration that is copied to another machine
/// gets another key there. It proves that results come from the same place,
/// not who anybody is.
#[derive(Debug, Clone)]
pub struct RunKey {
    secret: SecretKey,
    public: PublicKey,
    path: PathBuf,
}

impl RunKey {
    /// Loads the key of this machine, or makes it (mode 0600, with the public
    /// half beside it as `.pub`).
    ///
    /// # Errors
    /// The folder cannot be written, the key file is not a key, or other users
    /// may read it.
    pub fn load_or_create(
        config_dir: impl AsRef<Path>,
        fingerprint_hash: &Digest,
    ) -> Result<Self, TrustError> {
        let folder = config_dir.as_ref().join("keys");
        disk::create_private_dir(&folder).map_err(|source| TrustError::io(&folder, source))?;
        let path = folder.join(format!("run-{}.key", fingerprint_hash.short()));
        if !path.exists() {
            let fresh = SecretKey::generate().map_err(|source| wrong(&path, source))?;
            // Another process may win; its key is as good.
            fresh.save_new(&path)?;
        }
        let secret = SecretKey::load_private(&path)?;
        let public = secret.public_key().map_err(|source| wrong(&path, source))?;
        let key = Self { secret, public, path };
        let beside = key.path.with_extension("pub");
        let text = key.public.to_file_text();
        if std::fs::read(&beside).ok().as_deref() != Some(text.as_bytes()) {
            disk::write_atomic(&beside, text.as_bytes())
                .map_err(|source| TrustError::io(&beside, source))?;
        }
        Ok(key)
    }

    /// A key that is not kept: results of `--anon` cannot be joined by it.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn ephemeral() -> Result<Self, KeyError> {
        let secret = SecretKey::generate()?;
        let public = secret.public_key()?;
        Ok(Self { secret, public, path: PathBuf::new() })
    }

    /// The public half, which goes into every result.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The file of the secret half; empty for a key that is not kept.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn secret(&self) -> &SecretKey {
        &self.secret
    }
}

fn wrong(path: &Path, source: KeyError) -> TrustError {
    TrustError::Key { file: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_keeps_its_key_and_another_gets_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (here, there) = (Digest::of(b"here"), Digest::of(b"there"));
        let first = RunKey::load_or_create(folder.path(), &here).unwrap();
        let again = RunKey::load_or_create(folder.path(), &here).unwrap();
        let other = RunKey::load_or_create(folder.path(), &there).unwrap();
        assert_eq!(first.public_key(), again.public_key());
        assert_ne!(first.public_key(), other.public_key());
        let beside = std::fs::read_to_string(first.path().with_extension("pub")).unwrap();
        assert_eq!(&PublicKey::parse(&beside).unwrap(), first.public_key());
    }

    #[test]
    fn processes_that_start_together_agree_on_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let hash = Digest::of(b"here");
        let keys: Vec<String> = std::thread::scope(|scope| {
            let load = || RunKey::load_or_create(folder.path(), &hash).unwrap();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(load)).collect();
            threads.into_iter().map(|t| t.join().unwrap().public_key().to_text()).collect()
        });
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]), "{keys:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let hash = Digest::of(b"here");
        let path = RunKey::load_or_create(folder.path(), &hash).unwrap().path().to_owned();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = RunKey::load_or_create(folder.path(), &hash).unwrap_err();
        assert_eq!(error.code(), "key-exposed");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
}
