//! A file of ours that only its owner can read, and that is gone when nobody holds it any more.

use std::env;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// The file; dropped, it is removed.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// A new one, whose name ends so, open to be written.
    ///
    /// # Errors
    /// When it cannot be made; the path is told too.
    pub fn create(ending: &str) -> Result<(Scratch, File), (PathBuf, io::Error)> {
        let name = uuid::Uuid::new_v4().simple().to_string();
        let path = env::temp_dir().join(format!("reqscope-{name}.{ending}"));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(file) => Ok((Scratch(path), file)),
            Err(error) => Err((path, error)),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind is a copy that only its owner can read.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use crate::tui::scratch::Scratch;

    #[test]
    fn it_is_its_owners_and_goes_with_its_holder() {
        let (scratch, mut file) = Scratch::create("txt").expect("a file");
        file.write_all(b"x").expect("it is written");
        let path = scratch.path().to_owned();
        assert!(path.extension().is_some_and(|ending| ending == "txt"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).expect("it is there").permissions();
            assert_eq!(mode.mode() & 0o777, 0o600);
        }
        drop(scratch);
        assert!(!path.exists());
    }
}
