//! `reqscope replay`: a recorded request again, unchanged, with the same key or a new one.

use crate::cli::args::{Global, Replay};
use crate::cli::exit::{Exit, UsageError};
use crate::cli::report::note;
use crate::cli::secret::supplied;
use crate::cli::send::{agreement, send_and_tell};
use crate::cli::show::find;
use crate::config::Config;
use crate::domain::idempotency::Choice;
use crate::domain::order::{AgreedPlace, Agreement, Ask, Order};
use crate::services::{Services, Setup};

/// Replays it under the profile it was sent with, whichever is selected, tells what came back, and says so in the exit status.
///
/// # Errors
/// When nothing was sent, or our own part failed.
pub async fn run(global: &Global, replay: Replay) -> anyhow::Result<Exit> {
    let secrets = supplied(&replay.secrets)?;
    let mut setup = global.setup()?;
    let history = Services::open_history(&setup).await?;
    let exchange = find(&history, &replay.id).await?;
    let place = choose_profile(&mut setup, &history.config, &exchange.profile)?;
    let services = Services::open_with(&setup, history).await?;
    let choice = if replay.same_key {
        Choice::SameKey
    } else {
        Choice::NewKey
    };
    let ask = Ask::Replay {
        exchange: exchange.id,
        choice,
        secrets,
    };
    let exit = send_and_tell(
        &services,
        Order {
            ask,
            agreed: Agreement {
                place,
                ..agreement(replay.yes)
            },
        },
        replay.retries.retry(),
        replay.json,
    )
    .await;
    services.close().await;
    exit
}

/// Turns the start to the profile that the exchange was sent under, and says what was agreed to by naming a place. A
/// profile that was selected stands in only for one that is gone.
fn choose_profile(
    setup: &mut Setup,
    config: &Config,
    own: &str,
) -> Result<Option<AgreedPlace>, UsageError> {
    if config.profile(Some(own)).is_err() {
        return Ok(setup.profile.is_some().then_some(AgreedPlace::Named));
    }
    let selected = setup.profile.replace(own.to_owned());
    if let Some(other) = selected.as_ref().filter(|name| *name != own) {
        if setup.base_url.is_some() {
            return Err(UsageError(format!(
                "--base-url with --profile {other} is that profile's, and the exchange was sent under '{own}', which \
                 its replay uses: leave --profile out, or name {own}"
            )));
        }
        note(&format!(
            "that exchange was sent under profile '{own}', and is replayed under it, not under '{other}'"
        ));
    }
    // REQSCOPE_API_KEY is the credential of the profile chosen at start, and of no other.
    let at_start = match &selected {
        Some(name) => Some(name.as_str()),
        None => config
            .profile(None)
            .ok()
            .map(|profile| profile.name.as_str()),
    };
    if at_start != Some(own) && setup.api_key.take().is_some() {
        note(&format!(
            "REQSCOPE_API_KEY is not for profile '{own}', which that exchange was sent under: \
             its own secret is used (start with --profile {own} to use the variable)"
        ));
    }
    let named = setup.base_url.is_some() || selected.as_deref() == Some(own);
    Ok(named.then_some(AgreedPlace::Named))
}
