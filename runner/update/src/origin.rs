//! Where updates come from: an address, a folder, or one file.

use std::path::{Path, PathBuf};

use url::{Host, Url};

use crate::UpdateError;

/// A place that was named by the user. Nothing about it is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A web server: `https`, or `http` on this machine.
    Web(Url),
    /// A folder with the layout of a mirror.
    Folder(PathBuf),
    /// One file that `tacho suite bundle` or `tacho trust export` wrote.
    Bundle(PathBuf),
}

impl Origin {
    /// Reads what a user wrote: an address, a `file:` address, a folder or a file.
    ///
    /// # Errors
    /// [`UpdateError::Origin`] for another scheme, for plain `http` to another
    /// machine, for an address with a name, a password, a query or a fragment,
    /// and for a path where nothing is.
    pub fn parse(text: &str) -> Result<Self, UpdateError> {
        let refused = |reason| Err(UpdateError::Origin { from: shown(text), reason });
        // One letter is a drive, not a scheme.
        let scheme = text.split_once(':').map(|(scheme, _)| scheme).filter(|s| s.len() > 1);
        let Some(_) = scheme.filter(|_| !Path::new(text).exists()) else {
            return Self::path(Path::new(text));
        };
        let Ok(mut url) = Url::parse(text) else { return refused("it is no address and no path") };
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return refused("plain http is for this machine alone"),
            "file" => {
                return match url.to_file_path() {
                    Ok(path) => Self::path(&path),
                    Err(()) => refused("it names no file of this machine"),
                };
            }
            _ => return refused("its scheme is none of https, http and file"),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused("it holds a name or a password");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refused("it holds a query or a fragment");
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self::Web(url))
    }

    fn path(path: &Path) -> Result<Self, UpdateError> {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Ok(Self::Folder(path.to_owned())),
            Ok(_) => Ok(Self::Bundle(path.to_owned())),
            Err(source) => Err(UpdateError::io(path, source)),
        }
    }
}

/// Whether an address stays on this machine, whatever a resolver says.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

/// The text without a password that somebody may have put into it.
fn shown(text: &str) -> String {
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => {
            format!("{}://…{}", &text[..scheme], &text[at..])
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_on_this_machine() {
        for good in [
            "https://updates.example.org/tacho",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080",
            "http://localhost:1/x",
        ] {
            assert!(matches!(Origin::parse(good), Ok(Origin::Web(_))), "{good}");
        }
        for bad in [
            "http://updates.example.org/",
            "http://127.0.0.1.example.org/",
            "http://10.0.0.1/",
            "ftp://127.0.0.1/",
            "data:text/plain,x",
            "https://user@updates.example.org/",
            "https://updates.example.org/?x=1",
            "https://updates.example.org/#x",
        ] {
            assert_eq!(Origin::parse(bad).unwrap_err().code(), "origin-invalid", "{bad}");
        }
    }

    #[test]
    fn paths_are_folders_or_bundles() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("suite.tar");
        assert_eq!(Origin::parse(file.to_str().unwrap()).unwrap_err().code(), "io");
        std::fs::write(&file, b"").unwrap();
        assert_eq!(Origin::parse(file.to_str().unwrap()).unwrap(), Origin::Bundle(file));
        let here = folder.path().to_owned();
        let address = format!("file://{}", here.display());
        assert_eq!(Origin::parse(here.to_str().unwrap()).unwrap(), Origin::Folder(here.clone()));
        assert_eq!(Origin::parse(&address).unwrap(), Origin::Folder(here));
    }

    #[test]
    fn a_password_is_not_repeated() {
        let error = Origin::parse("https://me:hunter2@updates.example.org/").unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
