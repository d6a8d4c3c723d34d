//! Where reqscope's files live: the person's choice, else what the system says (XDG directories on Linux,
//! `~/Library/Application Support` on macOS, `AppData` on Windows).

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use crate::config::error::ConfigError;

/// The three places. All are absolute: a change of the working directory moves none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The configuration.
    pub config_file: PathBuf,
    /// Whether it was named: then it has to be there.
    pub config_named: bool,
    /// Where the installation's key lives. The system's own directory, also when the file was named: the key belongs
    /// to the installation, and must not end up in a project that keeps a `config.toml`.
    pub config_dir: PathBuf,
    /// History, bodies, the sandbox's state.
    pub data_dir: PathBuf,
}

impl Places {
    /// The places for these choices (`--config`, `--data-dir`); an empty path is no choice.
    ///
    /// # Errors
    /// When something was not chosen and the system knows no home.
    pub fn find(config: Option<PathBuf>, data_dir: Option<PathBuf>) -> Result<Places, ConfigError> {
        let dirs = ProjectDirs::from("", "", "reqscope");
        let system = dirs.as_ref().map(|dirs| System {
            config: dirs.config_dir(),
            // Local, not roaming: a database must not travel between machines.
            data: dirs.data_local_dir(),
        });
        resolve(config, data_dir, system)
    }
}

/// What the system says.
#[derive(Clone, Copy)]
struct System<'a> {
    config: &'a Path,
    data: &'a Path,
}

fn resolve(
    config: Option<PathBuf>,
    data: Option<PathBuf>,
    system: Option<System<'_>>,
) -> Result<Places, ConfigError> {
    let config = absolute(config, "--config")?;
    let data = absolute(data, "--data-dir")?;
    let beside = config.as_deref().and_then(Path::parent);
    let config_dir = system.map(|s| s.config).or(beside);
    let config_dir = config_dir.ok_or(ConfigError::NoHome {
        what: "the configuration",
        option: "--config",
    })?;
    let data_dir = match (data, system) {
        (Some(data), _) => data,
        // macOS has one directory for both: the key must not lie with the history.
        (None, Some(s)) if s.data == s.config => s.data.join("data"),
        (None, Some(s)) => s.data.to_owned(),
        (None, None) => {
            return Err(ConfigError::NoHome {
                what: "the history",
                option: "--data-dir",
            });
        }
    };
    Ok(Places {
        config_named: config.is_some(),
        config_file: config
            .clone()
            .unwrap_or_else(|| config_dir.join("config.toml")),
        config_dir: config_dir.to_owned(),
        data_dir,
    })
}

fn absolute(path: Option<PathBuf>, option: &'static str) -> Result<Option<PathBuf>, ConfigError> {
    let path = path.filter(|path| !path.as_os_str().is_empty());
    path.map(|path| {
        std::path::absolute(&path).map_err(|cause| ConfigError::Path {
            path,
            option,
            cause,
        })
    })
    .transpose()
}

#[cfg(test)]
mod tests {
    use super::{System, resolve};
    use std::path::{Path, PathBuf};

    fn system() -> Option<System<'static>> {
        Some(System {
            config: Path::new("/home/a/.config/reqscope"),
            data: Path::new("/home/a/.local/share/reqscope"),
        })
    }

    #[test]
    fn the_system_says_what_the_person_does_not() {
        let places = resolve(None, None, system()).expect("places");
        assert_eq!(
            places.config_file,
            Path::new("/home/a/.config/reqscope/config.toml")
        );
        assert!(!places.config_named);
        assert_eq!(places.data_dir, Path::new("/home/a/.local/share/reqscope"));
        let empty = resolve(Some(PathBuf::new()), Some(PathBuf::new()), system());
        assert_eq!(empty.expect("places"), places);
    }

    #[test]
    fn a_named_file_moves_no_key() {
        let places = resolve(Some("x.toml".into()), Some("d".into()), system()).expect("places");
        assert!(places.config_named && places.config_file.is_absolute());
        assert!(places.config_file.ends_with("x.toml"));
        assert!(places.data_dir.is_absolute() && places.data_dir.ends_with("d"));
        assert_eq!(places.config_dir, Path::new("/home/a/.config/reqscope"));
    }

    #[test]
    fn history_and_key_lie_apart_where_the_system_has_one_place() {
        let one = Path::new("/Users/a/Library/Application Support/reqscope");
        let system = System {
            config: one,
            data: one,
        };
        let places = resolve(None, None, Some(system)).expect("places");
        assert_eq!(
            (places.config_dir, places.data_dir),
            (one.to_owned(), one.join("data"))
        );
    }

    #[test]
    fn without_a_home_the_options_are_named() {
        let data = resolve(Some("/etc/x.toml".into()), None, None).expect_err("no home");
        assert!(data.to_string().contains("--data-dir"), "{data}");
        let config = resolve(None, Some("/d".into()), None).expect_err("no home");
        assert!(config.to_string().contains("--config"), "{config}");
        let both = resolve(Some("/etc/x.toml".into()), Some("/d".into()), None);
        assert_eq!(both.expect("places").config_dir, Path::new("/etc"));
    }
}
