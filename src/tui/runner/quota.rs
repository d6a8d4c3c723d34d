//! Reads what the history knows of the rate limit that the open profile is under.

use jiff::{SignedDuration, Timestamp};

use crate::domain::rate_limit::observed::WINDOWS;
use crate::services::Services;
use crate::tui::message::QuotaRead;

/// The last reading and what was sent lately. `None` where the profile has no base URL yet, or when the history cannot be
/// read: whoever reads its rows at the same time tells that.
pub(super) async fn read(services: &Services) -> Option<QuotaRead> {
    let profile = &services.access.profile;
    let origin = profile.origin_of(profile.base_url.as_ref()?);
    let credential = services.credential();
    let window = WINDOWS
        .into_iter()
        .max()
        .and_then(|s| i64::try_from(s).ok())?;
    let since = Timestamp::now() - SignedDuration::from_secs(window);
    let store = &services.store;
    let quota = store.latest_quota(&origin, credential).await.ok()?;
    let sent = store.sent(&origin, credential, since).await.ok()?;
    Some(QuotaRead {
        origin,
        credential,
        quota,
        sent,
    })
}
