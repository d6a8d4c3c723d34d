//! What becomes of the secrets that a person writes into a request: sealed beside their slots, or held in the memory of
//! this process; and how they come back.
//!
//! ```text
//!   intent ──Sealing──▶ slots, sealed            keep = "sealed", and this installation has a key
//!          ──hold─────▶ vault                    keep = "session", or it has none
//!   replay, draft, a look ◀──Kept── sealed, vault, supplied
//! ```

use std::sync::{Arc, Mutex, PoisonError};

use crate::dispatch::{Dispatch, SendError};
use crate::domain::compose::Prepared;
use crate::domain::exchange::Exchange;
use crate::domain::kept::{Kept, Supplied};
use crate::domain::profile::Profile;
use crate::domain::redact::{Fingerprint, Fingerprinter};
use crate::domain::refill::RefillError;
use crate::domain::request::SentRequest;
use crate::domain::seal::{Keep, SEAL_DICE, Sealer, Sealing, mac};
use crate::domain::vault::Vault;

/// What keeps secrets. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keeping {
    /// `None` when this installation has no key of its own: then nothing is sealed.
    pub(crate) sealer: Option<Sealer>,
    vault: Arc<Mutex<Vault>>,
}

impl Dispatch {
    /// How the secrets of one request with this payload rest, under this profile.
    ///
    /// # Errors
    /// When the operating system gives no random numbers.
    pub(crate) fn sealing(
        &self,
        profile: &Profile,
        payload: Fingerprint,
    ) -> Result<Sealing, SendError> {
        let mut dice = [0; SEAL_DICE];
        getrandom::fill(&mut dice).map_err(|error| SendError::Dice(error.to_string()))?;
        Ok(Sealing {
            printer: self.fingerprinter.clone(),
            sealer: self.sealer(profile),
            payload,
            dice,
        })
    }

    fn sealer(&self, profile: &Profile) -> Option<Sealer> {
        let sealer = self.keeping.sealer.clone();
        sealer.filter(|_| profile.keep == Keep::Sealed)
    }

    /// Holds the secrets of a request that do not rest sealed, until this process ends.
    pub(crate) fn hold(&self, prepared: &Prepared, profile: &Profile) {
        if self.sealer(profile).is_some() {
            return;
        }
        // Whoever panicked here left a vault that is whole.
        let mut vault = self
            .keeping
            .vault
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for token in prepared.given_secrets() {
            vault.hold(mac(&self.fingerprinter, &token), token);
        }
    }

    /// Does something with what is kept, and what a person supplies besides.
    pub(crate) fn with_kept<T>(
        &self,
        supplied: &[Supplied],
        with: impl FnOnce(Kept<'_>) -> T,
    ) -> T {
        let printer: &Fingerprinter = &self.fingerprinter;
        let vault = self
            .keeping
            .vault
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        with(Kept {
            printer,
            sealer: self.keeping.sealer.as_ref(),
            vault: &vault,
            supplied,
        })
    }

    /// The request of an exchange with the values that a person wrote, for the eyes of whoever sits there: it is not
    /// redacted, and must neither rest nor leave. A credential stays cut out.
    ///
    /// # Errors
    /// When a value was not kept, or is not what was sent.
    pub fn reveal(&self, exchange: &Exchange) -> Result<SentRequest, RefillError> {
        self.with_kept(&[], |kept| {
            kept.revealed(&exchange.request, &exchange.facts.payload)
        })
    }
}
