//! Opens what a command or the screen works with, in the order in which one needs the other.
//!
//! ```text
//!   Setup ─▶ places ─▶ config ─▶ history                      History: enough to read
//!                         │         │
//!                         ▼         ▼
//!                      profile ─▶ (embedded sandbox) ─▶ dispatch     Services: enough to send
//!                         ▲
//!                         └── the open one; another one when what was sent under it is replayed
//! ```

use std::path::PathBuf;
use std::sync::Arc;

use url::Url;

use crate::client::{Client, ClientError};
use crate::config::Config;
use crate::config::error::ConfigError;
use crate::config::install_key;
use crate::config::place::Places;
use crate::dispatch::{Access, Dispatch};
use crate::domain::correction::Correction;
use crate::domain::exchange::{Exchange, Failure};
use crate::domain::operation::Operation;
use crate::domain::order::Ask;
use crate::domain::profile::Profile;
use crate::domain::query::saved::Filters;
use crate::domain::redact::{Fingerprint, Fingerprinter, Secret, credential_fingerprint};
use crate::domain::seal::Sealer;
use crate::sandbox::SandboxError;
use crate::services::access::Profiles;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::recover::Recovered;

mod access;
pub mod comparison;

/// What was asked for on the command line.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The profile by name.
    pub profile: Option<String>,
    /// A base URL in the place of the profile's.
    pub base_url: Option<Url>,
    /// The configuration file.
    pub config: Option<PathBuf>,
    /// The folder of the history.
    pub data_dir: Option<PathBuf>,
    /// `REQSCOPE_API_KEY`.
    pub api_key: Option<Secret>,
}

/// Why something could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The history.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The embedded sandbox.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The HTTP client.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Enough to read.
pub struct History {
    /// Where things lie.
    pub places: Places,
    /// The configuration.
    pub config: Config,
    /// The history.
    pub store: Store,
    /// What is to be told of it: that it was damaged, and what could be recovered.
    pub notice: Option<Failure>,
}

/// Enough to send.
pub struct Services {
    /// The open profile.
    pub access: Access,
    /// The history.
    pub store: Store,
    /// The one way to send.
    pub dispatch: Dispatch,
    /// What went wrong on the way, and did not stop it.
    pub notice: Option<Failure>,
    profiles: Profiles,
    fingerprinter: Fingerprinter,
}

impl Services {
    /// Opens configuration and history.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub async fn open_history(setup: &Setup) -> Result<History, OpenError> {
        let places = Places::find(setup.config.clone(), setup.data_dir.clone())?;
        let config = Config::load(&places)?;
        let store = Store::open(&places.data_dir).await?;
        let read_only = || store.is_read_only().then(only_read);
        let notice = store.recovered().map(told).or_else(read_only);
        Ok(History {
            places,
            config,
            store,
            notice,
        })
    }

    /// Opens everything.
    ///
    /// # Errors
    /// When a part of it cannot be opened.
    pub async fn open(setup: &Setup) -> Result<Services, OpenError> {
        let history = Services::open_history(setup).await?;
        Services::open_with(setup, history).await
    }

    /// Opens the rest, over an open history.
    ///
    /// # Errors
    /// When a part of it cannot be opened.
    pub async fn open_with(setup: &Setup, history: History) -> Result<Services, OpenError> {
        let History {
            places,
            config,
            store,
            notice: recovered,
        } = history;
        store.keep(config.bounds(), config.longest_retention());
        let mut profile = config.profile(setup.profile.as_deref())?.clone();
        if let Some(base_url) = &setup.base_url {
            profile.base_url = Some(base_url.clone());
        }
        let profiles = Profiles::new(config, places.data_dir.clone());
        let access = profiles.open(profile, setup.api_key.clone()).await?;
        let (key, notice) = fingerprint_key(&places);
        let fingerprinter = Fingerprinter::new(&key);
        // Under a key that ends with this process nothing could be opened later: then secrets stay in memory.
        let sealer = match notice {
            None => Sealer::new(&key),
            Some(_) => None,
        };
        let dispatch = Dispatch::new(store.clone(), Client::new()?, fingerprinter.clone());
        let dispatch = dispatch.sealing_with(sealer);
        Ok(Services {
            access,
            store,
            dispatch,
            notice: recovered.or(notice),
            profiles,
            fingerprinter,
        })
    }

    /// Cancels what is in flight, waits until its outcome is written, and stops the embedded sandbox.
    pub async fn close(self) {
        self.dispatch.settle().await;
        self.profiles.close().await;
    }

    /// The access to any configured profile; that of the open one is what it was opened with.
    ///
    /// # Errors
    /// When there is none of that name, or a part of it cannot be opened.
    pub async fn access(&self, name: &str) -> Result<Access, OpenError> {
        let access = match self.access.profile.name == name {
            true => self.access.clone(),
            false => self.profiles.access(name).await?,
        };
        Ok(self.profiles.with_given(access))
    }

    /// The fingerprint of the credential header's value under the open profile, when there is a credential.
    pub fn credential(&self) -> Option<Fingerprint> {
        let access = self.profiles.with_given(self.access.clone());
        let (printer, profile) = (&self.fingerprinter, &access.profile);
        let credential = access.credential.as_ref();
        credential.map(|secret| credential_fingerprint(printer, profile, secret))
    }

    /// Takes the credential that a person gave for a profile that asks for it. It stays in memory.
    ///
    /// # Errors
    /// When it is no credential.
    pub fn give_credential(&self, profile: &str, credential: Secret) -> Result<(), OpenError> {
        self.profiles.give(profile, &credential)
    }

    /// The access an order is sent with: a replay goes under its exchange's own profile, everything else under the
    /// open one. So does a replay whose profile is not configured any more, and what is not in the history at all:
    /// dispatch asks about the one, and says so of the other.
    ///
    /// # Errors
    /// When the exchange cannot be read, or a part of its profile cannot be opened.
    pub async fn access_for(&self, ask: &Ask) -> Result<Access, OpenError> {
        let sent = match ask {
            Ask::Replay { exchange, .. } => self.store.get(exchange).await?,
            Ask::Compose { .. } => None,
        };
        match sent.filter(|sent| self.profiles.rules(&sent.profile).is_some()) {
            Some(sent) => self.access(&sent.profile).await,
            None => Ok(self.profiles.with_given(self.access.clone())),
        }
    }

    /// The filters that are saved under names.
    pub fn filters(&self) -> &Filters {
        self.profiles.filters()
    }

    /// Whether this profile is configured, so that [`Services::rules`] are its own.
    pub fn is_configured(&self, name: &str) -> bool {
        self.access.profile.name == name || self.profiles.rules(name).is_some()
    }

    /// The profile whose rules judge what was sent under this name: its own, or the open one when that is gone.
    pub fn rules(&self, name: &str) -> Arc<Profile> {
        let open = &self.access.profile;
        match self.profiles.rules(name) {
            Some(profile) if open.name != name => Arc::new(profile),
            _ => Arc::clone(open),
        }
    }
}

/// What is to be told of a history that cannot be written.
fn only_read() -> Failure {
    Failure::new("the history is read-only: it can be looked at, and nothing can be sent")
        .because("its directory or its file may not be written")
        .hint("Make it writable, or name another directory with --data-dir.")
}

/// What is to be told of a history that was recovered.
fn told(recovered: &Recovered) -> Failure {
    let Recovered {
        damaged,
        exchanges,
        unread,
    } = recovered;
    let lost = match unread {
        0 if *exchanges == 0 => "nothing of it could be read".to_owned(),
        0 => "none between them is missing".to_owned(),
        lost => format!("at most {lost} could not be read"),
    };
    Failure::new(format!(
        "the history was damaged: {exchanges} exchanges were recovered, {lost}"
    ))
    .because(format!("the damaged one lies at {}", damaged.display()))
    .hint("a requestId you miss can still be looked up at the API")
}

/// What an edited resend corrected, when `exchange` is one: read from the exchange before it in its operation.
///
/// # Errors
/// When that one cannot be read.
pub async fn correction(
    store: &Store,
    operation: &Operation,
    exchange: &Exchange,
    profile: &Profile,
) -> Result<Option<Correction>, StoreError> {
    let before = match Correction::base(operation, exchange, profile) {
        Some(base) => store.get(&base.id).await?,
        None => None,
    };
    Ok(before.and_then(|before| Correction::of(&before, exchange)))
}

/// The key of this installation's fingerprints. Without a place to keep one a key of this process serves: then an
/// earlier credential cannot be told from a changed one, and verdicts err on the careful side.
fn fingerprint_key(places: &Places) -> ([u8; 32], Option<Failure>) {
    match install_key::install_key(places) {
        Ok(key) => (key, None),
        Err(error) => {
            let mut key = [0; 32];
            let notice = Failure::new("this installation's key could not be kept; verdicts on older sends will be careful")
                .because(error.to_string());
            // Without random numbers the key is all zeros: fingerprints still compare, they only hide less.
            let _ = getrandom::fill(&mut key);
            (key, Some(notice))
        }
    }
}
