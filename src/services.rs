//! Opens what a command or the screen works with, in the order in which one needs the other.
//!
//! ```text
//!   Setup ─▶ places ─▶ config ─▶ history                      History: enough to read
//!                         │         │
//!                         ▼         ▼
//!                      profile ─▶ (embedded sandbox) ─▶ dispatch     Services: enough to send
//! ```

use std::path::PathBuf;
use std::sync::Arc;

use url::Url;

use crate::client::{Client, ClientError};
use crate::config::error::ConfigError;
use crate::config::install_key;
use crate::config::place::Places;
use crate::config::{Config, SANDBOX};
use crate::dispatch::{Access, Dispatch};
use crate::domain::exchange::Failure;
use crate::domain::redact::{Fingerprint, Fingerprinter, Secret, credential_fingerprint};
use crate::sandbox::{self, Running, SandboxError, Settings};
use crate::store::Store;
use crate::store::error::StoreError;

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
}

/// Enough to send.
pub struct Services {
    /// The open profile.
    pub access: Access,
    /// The history.
    pub store: Store,
    /// The one way to send.
    pub dispatch: Dispatch,
    /// The fingerprint of the credential header's value, when there is a credential.
    pub credential: Option<Fingerprint>,
    /// What went wrong on the way, and did not stop it.
    pub notice: Option<Failure>,
    sandbox: Option<Running>,
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
        Ok(History {
            places,
            config,
            store,
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
        } = history;
        let mut profile = config.profile(setup.profile.as_deref())?.clone();
        let (name, given) = (profile.clone(), setup.api_key.clone());
        // A command may print it, and take its time.
        let read = tokio::task::spawn_blocking(move || config.credential(&name, given));
        let credential = match read.await {
            Ok(credential) => credential?,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        };
        if let Some(base_url) = &setup.base_url {
            profile.base_url = Some(base_url.clone());
        }
        let mut sandbox = None;
        if profile.base_url.is_none() && profile.name == SANDBOX {
            let state = Some(places.data_dir.join("sandbox.json"));
            let running = sandbox::start(Settings {
                state,
                ..Settings::default()
            })
            .await?;
            profile.base_url = Url::parse(&running.base_url()).ok();
            // Its port is another at each start.
            profile.realm = Some(SANDBOX.to_owned());
            sandbox = Some(running);
        }
        let (key, notice) = fingerprint_key(&places);
        let fingerprinter = Fingerprinter::new(&key);
        let access = Access {
            profile: Arc::new(profile),
            credential,
        };
        let credential = access.credential.as_ref();
        let credential = credential
            .map(|secret| credential_fingerprint(&fingerprinter, &access.profile, secret));
        let dispatch = Dispatch::new(store.clone(), Client::new()?, fingerprinter);
        Ok(Services {
            access,
            store,
            dispatch,
            credential,
            notice,
            sandbox,
        })
    }

    /// Cancels what is in flight, waits until its outcome is written, and stops the embedded sandbox.
    pub async fn close(self) {
        self.dispatch.settle().await;
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
    }
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
