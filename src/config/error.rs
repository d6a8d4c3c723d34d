//! What can be wrong with a configuration: what happened, where, and the next step. No message shows a secret.

use std::path::PathBuf;

use thiserror::Error;

/// A configuration that cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The system knows no home directory.
    #[error(
        "no home directory is known, so there is no place for {what}: set HOME, or name one with {option}"
    )]
    NoHome {
        /// What has no place.
        what: &'static str,
        /// The option that names one.
        option: &'static str,
    },
    /// A path given on the command line cannot be made absolute.
    #[error("{}: {cause}: name another path with {option}", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// The option that named it.
        option: &'static str,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is there, or was named, and cannot be read.
    #[error("{}: it cannot be read: {cause}: mend it, or name another with --config", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Something in the file is wrong.
    #[error("{}:{line}:{column}: {what}", file.display())]
    Written {
        /// The file.
        file: PathBuf,
        /// Counted from one.
        line: usize,
        /// Counted from one, in characters.
        column: usize,
        /// What is wrong there, and what to write.
        what: String,
    },
    /// No profile has this name.
    #[error(
        "there is no profile {name:?}; there are {}: choose one of these, or write [profile.{name}] in {}",
        known.join(", "),
        file.display()
    )]
    UnknownProfile {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
        /// Where one would be written.
        file: PathBuf,
    },
    /// The key from the environment is none.
    #[error("REQSCOPE_API_KEY {why}: unset it, or set it to the key")]
    GivenKey {
        /// What is wrong with it.
        why: String,
    },
    /// A profile's own secret cannot be had.
    #[error("[profile.{profile}] api_key: {why}")]
    Credential {
        /// The profile.
        profile: String,
        /// What is wrong, and the next step.
        why: String,
    },
    /// This installation's key cannot be read or made.
    #[error("{}: the installation's key cannot be used: {why}", file.display())]
    InstallKey {
        /// Its file.
        file: PathBuf,
        /// What is wrong, and the next step.
        why: String,
    },
}
