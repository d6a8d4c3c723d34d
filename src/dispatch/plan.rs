//! From an order to a request that is ready to be judged: composed, or filled again as it was recorded.

use jiff::Timestamp;

use crate::client::call::complete_headers;
use crate::dispatch::{Access, Dispatch, SendError};
use crate::domain::carrier::Cargo;
use crate::domain::compose::{Compose, HeaderLine, Prepared, RequestError};
use crate::domain::displacement::displacement;
use crate::domain::exchange::Exchange;
use crate::domain::fill::Fill;
use crate::domain::header::Headers;
use crate::domain::id::ExchangeId;
use crate::domain::id::{DICE, OperationId};
use crate::domain::idempotency::{Candidate, Choice, advise};
use crate::domain::kept::Supplied;
use crate::domain::key_format::KEY_DICE;
use crate::domain::order::{Agreement, Ask, KeyOrder, Refusal};
use crate::domain::profile::{Profile, is_loopback};
use crate::domain::refill::Refill;
use crate::domain::request::{KeyChoice, Request};
use crate::domain::slot::{Slot, SlotSource};
use crate::store::error::StoreError;

/// A request ready to be judged.
pub(crate) struct Plan {
    /// What goes onto the wire.
    pub(crate) prepared: Prepared,
    /// The operation it belongs to.
    pub(crate) operation: OperationId,
    /// The account it is about.
    pub(crate) account: Option<String>,
    /// How it came by its key.
    pub(crate) choice: KeyChoice,
}

impl Dispatch {
    /// What an order asks to be sent.
    pub(crate) async fn plan(
        &self,
        access: &Access,
        ask: Ask,
        agreed: &Agreement,
    ) -> Result<Plan, SendError> {
        match ask {
            Ask::Compose {
                mut request,
                operation,
                account,
                key,
                base,
                secrets,
            } => {
                self.fill(access, &mut request, base, &secrets).await?;
                self.compose(access, request, operation, account, key).await
            }
            Ask::Replay {
                exchange,
                choice,
                secrets,
            } => {
                let found = self.store.get(&exchange).await?;
                let exchange = found.ok_or(SendError::NoExchange(exchange))?;
                check_place(&exchange, &access.profile, agreed)?;
                self.replay(access, exchange, choice, &secrets).await
            }
        }
    }

    /// Puts the values where a draft has `[redacted]` in their places.
    async fn fill(
        &self,
        access: &Access,
        request: &mut Request,
        base: Option<ExchangeId>,
        secrets: &[Supplied],
    ) -> Result<(), SendError> {
        let base = match base {
            Some(id) => self.store.get(&id).await?,
            None => None,
        };
        Ok(self.with_kept(secrets, |kept| {
            let fill = Fill {
                profile: &access.profile,
                base: base.as_ref(),
                kept,
            };
            fill.fill(request)
        })?)
    }

    async fn compose(
        &self,
        access: &Access,
        mut request: Request,
        operation: Option<OperationId>,
        account: Option<String>,
        key: KeyOrder,
    ) -> Result<Plan, SendError> {
        let profile = &access.profile;
        if access.asks && !request.headers.contains(&profile.credential_header) {
            return Err(SendError::Asks(profile.name.clone()));
        }
        let lifted = request.lift(profile);
        let (key, choice) = match (key, lifted.key) {
            (KeyOrder::Given(key), _) | (KeyOrder::Default, Some(key)) => {
                (Some(key), KeyChoice::Given)
            }
            (KeyOrder::Minted(key), _) => (Some(key), KeyChoice::Fresh),
            (KeyOrder::Default, None) if request.method.takes_key() => {
                (Some(mint_key(profile)?), KeyChoice::Fresh)
            }
            (KeyOrder::Default | KeyOrder::None, _) => (None, KeyChoice::None),
        };
        let carrier = &profile.account_carrier;
        let account = carrier.settle(Cargo::Account, lifted.account, account);
        let account = account
            .map_err(RequestError::from)?
            .or_else(|| profile.account.clone());
        let written = lifted.operation.map(OperationId::known);
        // What goes out in the text is the operation, also beside a name that was minted for a draft.
        let mut operation = match profile.request_id_carrier.is_in_text() {
            true => written.or(operation),
            false => operation.or(written),
        };
        let mut compose = Compose {
            operation: "",
            account: account.as_deref(),
            key: key.as_deref(),
            key_choice: choice,
            credential: access.credential.as_ref(),
        };
        if let (None, Some(key)) = (&operation, &key) {
            // A key that was used before belongs to the operation it was used for.
            let url = compose.prepare(&request, profile)?.url;
            operation = self.store.by_key(key, &profile.origin_of(&url)).await?;
        }
        let operation = match operation {
            Some(operation) => operation,
            None => OperationId::mint(dice()?),
        };
        compose.operation = operation.as_str();
        let prepared = compose.prepare(&request, profile)?;
        let choice = prepared.key_choice;
        Ok(Plan {
            prepared,
            operation,
            account,
            choice,
        })
    }

    async fn replay(
        &self,
        access: &Access,
        exchange: Exchange,
        choice: Choice,
        secrets: &[Supplied],
    ) -> Result<Plan, SendError> {
        let profile = &access.profile;
        let sent = &exchange.request;
        if choice == Choice::SameKey && sent.idempotency_key.is_none() && !sent.method.is_safe() {
            return Err(SendError::Refused(Box::new(
                self.no_same_key(&exchange, profile).await?,
            )));
        }
        let wants_key = sent.idempotency_key.is_some() || sent.method.takes_key();
        let new_key = if choice == Choice::NewKey && wants_key {
            Some(mint_key(profile)?)
        } else {
            None
        };
        let is_credential = |slot: &Slot| slot.source == SlotSource::Credential;
        if access.asks && sent.slots.iter().any(is_credential) {
            return Err(SendError::Asks(profile.name.clone()));
        }
        let prepared = self.with_kept(secrets, |kept| {
            let refill = Refill {
                profile,
                credential: access.credential.as_ref(),
                kept,
                new_key: new_key.as_deref(),
            };
            refill.refill(sent, &exchange.facts.payload)
        })?;
        let choice = match (&prepared.idempotency_key, new_key) {
            (None, _) => KeyChoice::None,
            (Some(_), Some(_)) => KeyChoice::New,
            (Some(_), None) => KeyChoice::Same,
        };
        Ok(Plan {
            prepared,
            operation: exchange.operation,
            account: exchange.account,
            choice,
        })
    }

    async fn no_same_key(
        &self,
        exchange: &Exchange,
        profile: &Profile,
    ) -> Result<Refusal, StoreError> {
        let operation = self.store.operation(&exchange.operation).await?;
        let advice = advise(
            &operation,
            &Candidate::again(&exchange.summary()),
            profile,
            Timestamp::now(),
        );
        Ok(Refusal::NoSameKey { advice })
    }
}

/// Adds the fields that the client would add, so that the history holds all that is sent.
pub(crate) fn complete(prepared: &mut Prepared) {
    let mut headers: Headers = prepared
        .lines
        .iter()
        .map(|line| (line.name.as_str(), line.value.as_str()))
        .collect();
    complete_headers(&mut headers);
    let added = headers.iter().skip(prepared.lines.len());
    let added: Vec<_> = added
        .map(|(name, value)| HeaderLine {
            name: name.into(),
            value: value.into(),
            secret: None,
        })
        .collect();
    prepared.lines.extend(added);
}

/// Whether a replay would go where its exchange did not go, and nobody agreed to that.
fn check_place(
    exchange: &Exchange,
    profile: &Profile,
    agreed: &Agreement,
) -> Result<(), SendError> {
    match displacement(exchange, profile)? {
        Some(displacement) if !agreed.covers_place(&displacement) => Err(SendError::Refused(
            Box::new(Refusal::Displaced(displacement)),
        )),
        Some(_) | None => Ok(()),
    }
}

/// Whether a secret would travel unprotected, and nobody agreed to that.
pub(crate) fn check_plain_http(
    prepared: &Prepared,
    profile: &Profile,
    agreed: &Agreement,
) -> Result<(), SendError> {
    let open =
        prepared.url.scheme() == "http" && !is_loopback(&prepared.url) && prepared.carries_secret();
    if !open || agreed.plain_http || profile.allow_plain_http {
        return Ok(());
    }
    let host = prepared.url.authority().to_owned();
    Err(SendError::Refused(Box::new(Refusal::PlainHttp { host })))
}

/// Random bytes for an id.
pub(crate) fn dice() -> Result<[u8; DICE], SendError> {
    let mut dice = [0; DICE];
    getrandom::fill(&mut dice).map_err(|error| SendError::Dice(error.to_string()))?;
    Ok(dice)
}

/// A fresh idempotency key, as the profile has them.
pub(crate) fn mint_key(profile: &Profile) -> Result<String, SendError> {
    let mut dice = [0; KEY_DICE];
    getrandom::fill(&mut dice).map_err(|error| SendError::Dice(error.to_string()))?;
    Ok(profile.mint_key(dice, Timestamp::now()))
}
