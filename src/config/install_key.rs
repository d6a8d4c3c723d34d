//! This installation's own key: 32 random bytes under which fingerprints are made. It lies beside the configuration,
//! never in the data directory: whoever gets a copy of the history cannot try secrets against its fingerprints.
//!
//! ```text
//!   read: 32 bytes? ──yes──▶ the key
//!     └─no─▶ open or create (0600) ─▶ lock ─▶ still not there? write 32 bytes, sync ─▶ the key
//! ```
//! Several first starts at once wait for each other at the lock, and all get the key of the first.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::config::credential::check_private;
use crate::config::error::ConfigError;
use crate::config::place::Places;

const FILE: &str = "install.key";
const LENGTH: usize = 32;

/// The installation's key; made on the first start.
///
/// # Errors
/// When it cannot be read or made: the message says why. A caller may go on with a key of its own, for this process,
/// and say so: then a changed credential is not recognised the next time.
pub fn install_key(places: &Places) -> Result<[u8; LENGTH], ConfigError> {
    let path = places.config_dir.join(FILE);
    find_or_make(places, &path).map_err(|why| ConfigError::InstallKey { file: path, why })
}

fn find_or_make(places: &Places, path: &Path) -> Result<[u8; LENGTH], String> {
    // Whoever copies the history must not copy the key along, whatever the two are called.
    if real(&places.config_dir).starts_with(real(&places.data_dir)) {
        return Err(
            "the configuration's directory lies in the data directory: name another with --data-dir"
                .into(),
        );
    }
    if let Ok(mut file) = File::open(path) {
        check_private(&file, path)?;
        // Nothing or too little is a file that is just being made: the lock below waits for it.
        if let Ok(Some(key)) = read(&mut file) {
            return Ok(key);
        }
    }
    make_dir(&places.config_dir)
        .and_then(|()| make(path))
        .map_err(|e| format!("{e}: check who may write there, and that there is room"))
}

fn make(path: &Path) -> std::io::Result<[u8; LENGTH]> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    // Unlocked when the file closes, also when this process is killed.
    file.lock()?;
    if let Some(key) = read(&mut file)? {
        return Ok(key);
    }
    let mut key = [0; LENGTH];
    getrandom::fill(&mut key).map_err(std::io::Error::other)?;
    file.rewind()?;
    file.write_all(&key)?;
    file.sync_all()?;
    Ok(key)
}

/// The key, or `None` when it is not yet whole: its writer did not live to finish, and nobody has used it.
fn read(file: &mut File) -> std::io::Result<Option<[u8; LENGTH]>> {
    let mut bytes = Vec::new();
    file.take(LENGTH as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > LENGTH {
        let why = "it is longer than a key: move the file away";
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, why));
    }
    Ok(bytes.try_into().ok())
}

/// Where a path leads, as far as it exists: links followed, `..` undone.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut missing = Vec::new();
    let mut there = path.as_path();
    loop {
        if let Ok(real) = there.canonicalize() {
            return missing
                .iter()
                .rev()
                .fold(real, |path, part| path.join(part));
        }
        match (there.parent(), there.file_name()) {
            (Some(parent), Some(name)) => {
                missing.push(name.to_owned());
                there = parent;
            }
            _ => return path,
        }
    }
}

/// Makes the directory for its owner alone; one that is there stays as it is.
fn make_dir(dir: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

#[cfg(test)]
mod tests {
    use super::install_key;
    use crate::config::place::Places;
    use std::collections::BTreeSet;
    use std::path::Path;
    use std::sync::Barrier;

    fn places(dir: &Path) -> Places {
        Places {
            config_file: dir.join("config.toml"),
            config_named: false,
            config_dir: dir.join("new").join("config"),
            data_dir: dir.join("data"),
        }
    }

    #[test]
    fn eight_first_starts_get_one_key() {
        for _ in 0..20 {
            let dir = tempfile::tempdir().expect("a directory");
            let places = places(dir.path());
            let barrier = Barrier::new(8);
            let start = || {
                barrier.wait();
                install_key(&places).expect("a key")
            };
            let keys: BTreeSet<[u8; 32]> = std::thread::scope(|scope| {
                let all: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
                all.into_iter()
                    .map(|one| one.join().expect("no panic"))
                    .collect()
            });
            assert_eq!(keys.len(), 1);
            assert!(keys.contains(&install_key(&places).expect("the same key")));
            assert!(!keys.contains(&[0; 32]));
            assert!(!places.data_dir.exists());
        }
    }

    #[test]
    fn two_installations_have_two_keys() {
        let (a, b) = (tempfile::tempdir(), tempfile::tempdir());
        let key = |dir: &tempfile::TempDir| install_key(&places(dir.path())).expect("a key");
        assert_ne!(key(&a.expect("a directory")), key(&b.expect("a directory")));
    }

    #[test]
    fn a_key_that_was_cut_short_is_made_anew_and_a_strange_file_is_kept() {
        let dir = tempfile::tempdir().expect("a directory");
        let places = places(dir.path());
        install_key(&places).expect("a key");
        let path = places.config_dir.join("install.key");
        let write = |bytes: &[u8]| std::fs::write(&path, bytes).expect("a file");
        for short in [&b""[..], &[7; 31]] {
            write(short);
            let key = install_key(&places).expect("a new key");
            assert_eq!(std::fs::read(&path).expect("a file"), key);
        }
        write(&[7; 33]);
        let error = install_key(&places).expect_err("no key").to_string();
        assert!(
            error.contains("install.key") && error.contains("longer"),
            "{error}"
        );
        assert_eq!(std::fs::read(&path).expect("a file"), [7; 33]);
    }

    #[test]
    fn the_key_never_lies_with_the_history() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut places = places(dir.path());
        places.data_dir = places.config_dir.clone();
        let error = install_key(&places).expect_err("one place").to_string();
        assert!(error.contains("--data-dir"), "{error}");
        assert!(!places.config_dir.exists());
    }

    #[cfg(unix)]
    #[test]
    fn no_other_name_leads_the_key_to_the_history() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut places = places(dir.path());
        std::fs::create_dir_all(&places.config_dir).expect("made");
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&places.config_dir, &link).expect("linked");
        let above = dir.path().join("new");
        let winding = above.join("config").join("..").join("config");
        for data in [link, above, winding] {
            places.data_dir = data;
            let error = install_key(&places).expect_err("one place").to_string();
            assert!(error.contains("--data-dir"), "{error}");
        }
        places.data_dir = places.config_dir.join("data");
        install_key(&places).expect("the history may lie below the key");
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_an_error() {
        let dir = tempfile::tempdir().expect("a directory");
        let places = places(dir.path());
        std::fs::write(dir.path().join("new"), "a file").expect("a file");
        let error = install_key(&places).expect_err("no directory").to_string();
        assert!(error.contains("install.key"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a directory");
        let places = places(dir.path());
        install_key(&places).expect("a key");
        let path = places.config_dir.join("install.key");
        let mode = |path: &Path| {
            let metadata = std::fs::metadata(path).expect("it is there");
            metadata.permissions().mode() & 0o777
        };
        assert_eq!((mode(&places.config_dir), mode(&path)), (0o700, 0o600));
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(&path, open).expect("a mode");
        let error = install_key(&places).expect_err("open to all").to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }
}
