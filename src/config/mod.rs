//! What a person has set up: `config.toml`, the profiles written there, where their secrets come from, and this
//! installation's own key. Not here: what a profile means (`domain::profile`), and what is asked on the command line.
//!
//! ```text
//!   --config, --data-dir ─▶ place ─▶ Places ─┬▶ Config::load ─▶ profile(name) ─▶ domain's Profile
//!                                            │      │ document: which line is wrong, and what it should say
//!                                            │      ├ filter: the saved filters; keep: how much of the history stays
//!                                            │      ├ value, carrier: durations, sizes, addresses, places
//!                                            │      └ catalogue: the file in which a profile explains its codes
//!                                            │  Config::credential ─▶ Secret   (environment, file or command)
//!                                            └▶ install_key ─▶ the key of fingerprints
//! ```
//!
//! Reading is blocking, and a command that prints a secret may take its ten seconds: call it where that is no harm.

mod carrier;
mod catalogue;
pub mod credential;
mod document;
pub mod error;
mod filter;
pub mod install_key;
mod keep;
pub mod nearest;
pub mod place;
pub mod value;
mod written;

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use crate::config::credential::KeySource;
use crate::config::document::Document;
use crate::config::error::ConfigError;
use crate::config::place::Places;
use crate::config::written::Written;
use crate::domain::profile::Profile;
use crate::domain::prune::Bounds;
use crate::domain::query::saved::Filters;
use crate::domain::redact::Secret;

/// The name of the profile that always exists.
pub const SANDBOX: &str = "sandbox";

/// A configuration is written by hand: what is longer than this is another file, named by mistake.
const LONGEST_FILE: u64 = 1 << 20;

/// The configuration as it is in force: what was written, and the defaults where nothing was.
#[derive(Clone, Debug)]
pub struct Config {
    default_profile: Option<String>,
    /// In the order of the file; the sandbox last when the file does not name it.
    written: Vec<Written>,
    filters: Filters,
    bounds: Bounds,
    places: Places,
}

impl Config {
    /// Reads the file. That there is none is no error, unless it was named.
    ///
    /// # Errors
    /// When it cannot be read, or something in it is wrong: the message names file, line and column, the key, and
    /// what to write.
    pub fn load(places: &Places) -> Result<Config, ConfigError> {
        let text = match read(&places.config_file) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !places.config_named => {
                return Ok(Config::empty(places));
            }
            Err(cause) => {
                return Err(ConfigError::Read {
                    file: places.config_file.clone(),
                    cause,
                });
            }
        };
        Config::parse(&text, places)
    }

    /// The configuration that stands in this text.
    fn parse(text: &str, places: &Places) -> Result<Config, ConfigError> {
        let document = Document::new(&places.config_file, text);
        let (default_profile, written) = written::read(&document, &places.config_dir)?;
        let mut config = Config {
            default_profile,
            written,
            filters: filter::read(&document)?,
            bounds: keep::read(&document)?,
            ..Config::empty(places)
        };
        if config.find(SANDBOX).is_none() {
            config.written.push(Written::sandbox());
        }
        Ok(config)
    }

    /// The defaults alone.
    pub fn empty(places: &Places) -> Config {
        Config {
            default_profile: None,
            written: vec![Written::sandbox()],
            filters: Filters::default(),
            bounds: Bounds::default(),
            places: places.clone(),
        }
    }

    /// The profile of this name; without one the configuration's default, else the sandbox.
    ///
    /// # Errors
    /// When there is none of that name; the message lists those there are.
    pub fn profile(&self, name: Option<&str>) -> Result<&Profile, ConfigError> {
        let name = name.or(self.default_profile.as_deref()).unwrap_or(SANDBOX);
        let known = || self.profiles().map(|p| p.name.clone()).collect();
        let written = self.find(name).ok_or_else(|| ConfigError::UnknownProfile {
            name: name.to_owned(),
            known: known(),
            file: self.places.config_file.clone(),
        });
        written.map(|written| &written.profile)
    }

    /// How much of the history is kept.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// How long the most patient server of all profiles remembers a key.
    pub fn longest_retention(&self) -> Duration {
        let each = self.profiles().map(|profile| profile.retention);
        each.max().unwrap_or_default()
    }

    /// The filters that are saved under names.
    pub fn filters(&self) -> &Filters {
        &self.filters
    }

    /// All profiles, in the order of the file.
    pub fn profiles(&self) -> impl Iterator<Item = &Profile> {
        self.written.iter().map(|written| &written.profile)
    }

    /// The credential a profile sends: `given` (`REQSCOPE_API_KEY`, which is for the profile chosen at start), else
    /// the profile's own secret. `None` when it has none, or a person is to be asked for it. May take ten seconds, when a command prints it.
    ///
    /// # Errors
    /// When the secret cannot be had, or is none; the message never shows it.
    pub fn credential(
        &self,
        profile: &Profile,
        given: Option<Secret>,
    ) -> Result<Option<Secret>, ConfigError> {
        if let Some(secret) = given {
            let checked = credential::checked(secret.expose(), "REQSCOPE_API_KEY");
            return checked
                .map(Some)
                .map_err(|why| ConfigError::GivenKey { why });
        }
        let source = self.find(&profile.name).and_then(|w| w.api_key.as_ref());
        let read = source.map(|source: &KeySource| source.read(&self.places.config_dir));
        read.transpose()
            .map(Option::flatten)
            .map_err(|why| ConfigError::Credential {
                profile: profile.name.clone(),
                why,
            })
    }

    /// Whether a person is asked for this profile's credential.
    pub fn is_prompted(&self, name: &str) -> bool {
        let source = self.find(name).and_then(|w| w.api_key.as_ref());
        matches!(source, Some(KeySource::Prompt))
    }

    fn find(&self, name: &str) -> Option<&Written> {
        self.written.iter().find(|w| w.profile.name == name)
    }
}

/// The text of a file that is written by hand.
fn read(file: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let file = std::fs::File::open(file)?;
    file.take(LONGEST_FILE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST_FILE {
        let why = "it is longer than 1 MiB, so it is no configuration";
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, why));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{Config, SANDBOX};
    use crate::config::place::Places;
    use crate::domain::profile::Profile;
    use crate::domain::redact::Secret;
    use url::Url;

    fn places(dir: &std::path::Path) -> Places {
        Places {
            config_file: dir.join("config.toml"),
            config_named: false,
            config_dir: dir.to_owned(),
            data_dir: dir.join("data"),
        }
    }

    fn parse(text: &str) -> Config {
        Config::parse(text, &places("/etc/reqscope".as_ref())).expect(text)
    }

    #[test]
    fn no_file_is_the_defaults_unless_it_was_named() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut places = places(dir.path());
        let config = Config::load(&places).expect("the defaults");
        let sandbox = Profile::of_sandbox();
        assert_eq!(config.profile(None).expect("the sandbox"), &sandbox);
        let secret = config.credential(&sandbox, None).expect("its key");
        assert_eq!(secret, Some(Secret::new("sk_sandbox_demo")));
        places.config_named = true;
        let error = Config::load(&places).expect_err("no file").to_string();
        assert!(
            error.contains("config.toml") && error.contains("--config"),
            "{error}"
        );
    }

    #[test]
    fn the_sandbox_may_be_adjusted_and_keeps_the_rest() {
        let config = parse("[profile.sandbox]\naccount = \"acct_2\"\nkey_quoted = true");
        let sandbox = config.profile(Some(SANDBOX)).expect("the sandbox");
        assert_eq!(sandbox.account.as_deref(), Some("acct_2"));
        assert!(sandbox.key_quoted);
        let secret = config.credential(sandbox, None).expect("its key");
        assert_eq!(secret, Some(Secret::new("sk_sandbox_demo")));
        assert_eq!(config.profiles().count(), 1);
    }

    #[test]
    fn a_profile_is_chosen_by_name_then_default_then_sandbox() {
        let text = "default_profile = \"b\"\n[profile.b]\n[profile.a]\n";
        let config = parse(text);
        let names: Vec<&str> = config.profiles().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["b", "a", "sandbox"]);
        for (asked, expected) in [(None, "b"), (Some("a"), "a"), (Some(SANDBOX), SANDBOX)] {
            assert_eq!(config.profile(asked).expect(expected).name, expected);
        }
        assert_eq!(parse("").profile(None).expect(SANDBOX).name, SANDBOX);
        let error = config.profile(Some("c")).expect_err("no c").to_string();
        assert!(
            error.contains("b, a, sandbox") && error.contains("[profile.c]"),
            "{error}"
        );
    }

    #[test]
    fn the_key_given_at_start_wins_and_is_checked() {
        let config = parse("[profile.live]");
        let live = config.profile(Some("live")).expect("live");
        assert_eq!(config.credential(live, None).expect("none"), None);
        let given = Secret::new("sk_given");
        let got = config.credential(live, Some(given.clone()));
        assert_eq!(got.expect("the given one"), Some(given));
        for bad in ["", "sk_\u{1b}[2J_hidden", "sk\nhidden"] {
            let error = config.credential(live, Some(Secret::new(bad)));
            let error = error.expect_err(bad).to_string();
            assert!(error.contains("REQSCOPE_API_KEY"), "{error}");
            assert!(!error.contains("hidden"), "{error}");
        }
    }

    /// The documented configuration, each line that sets something brought in force.
    fn documented() -> String {
        let text = include_str!("../../assets/config.toml");
        let lines = text.lines().map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with([' ', '#']) => setting,
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_documented_configuration_says_the_defaults() {
        let config = parse(&documented());
        let url = |text| Url::parse(text).expect("a URL");
        let live = Profile {
            base_url: Some(url("https://api.example.com")),
            ..Profile::new("live")
        };
        assert_eq!(config.profile(None).expect("live"), &live);
        let sandbox = Config::empty(&places("/etc/reqscope".as_ref()));
        let sandbox = sandbox.profile(Some(SANDBOX)).expect("built in");
        assert_eq!(config.profile(Some(SANDBOX)).expect("documented"), sandbox);
    }

    #[test]
    fn the_documented_configuration_is_in_force_as_it_stands() {
        let config = parse(include_str!("../../assets/config.toml"));
        assert_eq!(config.profile(None).expect(SANDBOX).name, SANDBOX);
    }

    #[test]
    fn every_key_is_documented() {
        let text = documented();
        for key in crate::config::written::every_key() {
            let set = text.lines().any(|l| l.starts_with(&format!("{key} = ")));
            let table = text.contains(&format!(".{key}]")) || text.contains(&format!("[{key}]"));
            assert!(set || table, "{key}");
        }
    }
}
