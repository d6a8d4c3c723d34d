//! The profiles as they are spoken to: each with its base URL known and its credential read, opened when it is first
//! needed and kept from then on.
//!
//! ```text
//!   config ─▶ profile(name) ─▶ credential, from its own source ─▶ (embedded sandbox) ─▶ Access
//! ```
//!
//! What is chosen at start (`--base-url`, `REQSCOPE_API_KEY`) is for the profile chosen at start, and not in here.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;
use url::Url;

use crate::config::credential::checked;
use crate::config::error::ConfigError;
use crate::config::{Config, SANDBOX};
use crate::dispatch::Access;
use crate::domain::profile::Profile;
use crate::domain::query::saved::Filters;
use crate::domain::redact::Secret;
use crate::sandbox::{self, Running, Settings};
use crate::services::OpenError;

/// The configured profiles.
pub(crate) struct Profiles {
    config: Arc<Config>,
    data_dir: PathBuf,
    /// Those that were opened by name. Two that ask for one at once wait for the same cell.
    opened: Mutex<HashMap<String, Arc<OnceCell<Access>>>>,
    /// The credentials that a person gave when asked, by profile: here, and nowhere else.
    given: Mutex<HashMap<String, Secret>>,
    sandbox: OnceCell<Running>,
}

impl Profiles {
    /// None of them opened yet.
    pub(crate) fn new(config: Config, data_dir: PathBuf) -> Profiles {
        Profiles {
            config: Arc::new(config),
            data_dir,
            opened: Mutex::default(),
            given: Mutex::default(),
            sandbox: OnceCell::new(),
        }
    }

    /// The filters that are saved under names.
    pub(crate) fn filters(&self) -> &Filters {
        self.config.filters()
    }

    /// The rules of a profile, without anything being opened; `None` when it is not configured.
    pub(crate) fn rules(&self, name: &str) -> Option<Profile> {
        let profile = self.config.profile(Some(name)).ok()?.clone();
        Some(with_realm(profile))
    }

    /// The access to a configured profile.
    ///
    /// # Errors
    /// When there is none of that name, or a part of it cannot be opened. It is tried again the next time.
    pub(crate) async fn access(&self, name: &str) -> Result<Access, OpenError> {
        let cell = {
            // Whoever panicked here left a map that is whole.
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(opened.entry(name.to_owned()).or_default())
        };
        let open = || async {
            let profile = self.config.profile(Some(name))?.clone();
            self.open(profile, None).await
        };
        cell.get_or_try_init(open).await.cloned()
    }

    /// Opens this profile: `given` is its credential, when that is not to be read from its own source.
    ///
    /// # Errors
    /// When its credential cannot be had, or the embedded sandbox does not start.
    pub(crate) async fn open(
        &self,
        profile: Profile,
        given: Option<Secret>,
    ) -> Result<Access, OpenError> {
        let (config, of) = (Arc::clone(&self.config), profile.clone());
        // A command may print it, and take its time.
        let read = tokio::task::spawn_blocking(move || config.credential(&of, given));
        let credential = match read.await {
            Ok(credential) => credential?,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        };
        let mut profile = with_realm(profile);
        if profile.realm.is_some() {
            profile.base_url = Url::parse(&self.sandbox().await?.base_url()).ok();
        }
        let asks = credential.is_none() && self.config.is_prompted(&profile.name);
        Ok(Access {
            profile: Arc::new(profile),
            credential,
            asks,
        })
    }

    /// Takes the credential that a person gave for a profile.
    ///
    /// # Errors
    /// When it is none: empty, or with a control character in it.
    pub(crate) fn give(&self, name: &str, credential: &Secret) -> Result<(), OpenError> {
        let whose = "what was typed";
        let checked = checked(credential.expose(), whose);
        let secret = checked.map_err(|why| ConfigError::Credential {
            profile: name.to_owned(),
            why,
        })?;
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.insert(name.to_owned(), secret);
        Ok(())
    }

    /// The same access, with the credential that a person gave since it was opened.
    pub(crate) fn with_given(&self, access: Access) -> Access {
        if !access.asks {
            return access;
        }
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        match given.get(&access.profile.name) {
            None => access,
            Some(secret) => Access {
                credential: Some(secret.clone()),
                asks: false,
                ..access
            },
        }
    }

    /// The embedded sandbox, started when it is first needed.
    async fn sandbox(&self) -> Result<&Running, OpenError> {
        let start = || {
            sandbox::start(Settings {
                state: Some(self.data_dir.join("sandbox.json")),
                ..Settings::default()
            })
        };
        Ok(self.sandbox.get_or_try_init(start).await?)
    }

    /// Stops the embedded sandbox.
    pub(crate) async fn close(self) {
        if let Some(sandbox) = self.sandbox.into_inner() {
            sandbox.stop().await;
        }
    }
}

/// The sandbox without an address is the one inside this program: its port is another at each start, so a name stands
/// for its origin.
fn with_realm(profile: Profile) -> Profile {
    let embedded = profile.base_url.is_none() && profile.name == SANDBOX;
    Profile {
        realm: embedded.then(|| SANDBOX.to_owned()),
        ..profile
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Profiles;
    use crate::config::Config;
    use crate::config::place::Places;

    fn profiles(dir: &Path, text: &str) -> Profiles {
        let file = dir.join("config.toml");
        std::fs::write(&file, text).expect("a file of our own");
        let places = Places::find(Some(file), Some(dir.join("data"))).expect("named places");
        std::fs::create_dir_all(&places.data_dir).expect("a directory of our own");
        let config = Config::load(&places).expect("a configuration");
        Profiles::new(config, places.data_dir)
    }

    /// A profile whose credential stands in a file of its name.
    fn of_file(name: &str, port: u16, dir: &Path) -> String {
        let file = dir.join(name);
        format!(
            "[profile.{name}]\nbase_url = \"http://127.0.0.1:{port}\"\napi_key = {{ file = '{}' }}\n",
            file.display()
        )
    }

    #[tokio::test]
    async fn each_profile_has_its_own_credential_and_is_opened_once() {
        let dir = tempfile::tempdir().expect("a directory");
        for name in ["a", "b"] {
            std::fs::write(dir.path().join(name), format!("sk_{name}")).expect("a file");
            #[cfg(unix)]
            private(&dir.path().join(name));
        }
        let text = format!(
            "{}{}",
            of_file("a", 1, dir.path()),
            of_file("b", 2, dir.path())
        );
        let profiles = profiles(dir.path(), &text);
        for name in ["a", "b"] {
            let access = profiles.access(name).await.expect(name);
            assert_eq!(access.profile.name, name);
            let secret = access.credential.expect("a credential");
            assert_eq!(secret.expose(), format!("sk_{name}"));
        }
        std::fs::remove_file(dir.path().join("a")).expect("it is there");
        assert!(profiles.access("a").await.is_ok(), "it was kept");
        assert!(profiles.access("c").await.is_err());
        assert!(profiles.rules("b").is_some() && profiles.rules("c").is_none());
    }

    #[cfg(unix)]
    fn private(file: &Path) {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(file, mode).expect("our own file");
    }

    #[tokio::test]
    async fn what_failed_is_tried_again() {
        let dir = tempfile::tempdir().expect("a directory");
        let profiles = profiles(dir.path(), &of_file("later", 1, dir.path()));
        assert!(profiles.access("later").await.is_err());
        let file = dir.path().join("later");
        std::fs::write(&file, "sk_later").expect("a file");
        #[cfg(unix)]
        private(&file);
        assert!(profiles.access("later").await.is_ok());
    }

    #[tokio::test]
    async fn the_sandbox_starts_when_it_is_needed_and_once() {
        let dir = tempfile::tempdir().expect("a directory");
        let profiles = profiles(dir.path(), "[profile.a]\n");
        let rules = profiles.rules("sandbox").expect("it always exists");
        assert_eq!(
            (rules.realm.as_deref(), rules.base_url),
            (Some("sandbox"), None)
        );
        assert!(!profiles.sandbox.initialized());
        let (one, two) = tokio::join!(profiles.access("sandbox"), profiles.access("sandbox"));
        let base = |access: crate::dispatch::Access| access.profile.base_text();
        let one = base(one.expect("it starts"));
        assert!(one.starts_with("http://127.0.0.1:"), "{one}");
        assert_eq!(one, base(two.expect("it runs")));
        profiles.close().await;
    }
}
