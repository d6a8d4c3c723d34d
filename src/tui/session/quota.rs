//! What the session knows of the rate limit: one limit, that of the open profile's origin and credential.

use jiff::Timestamp;

use crate::domain::exchange::Exchange;
use crate::domain::rate_limit::Quota;
use crate::domain::rate_limit::aged::Aged;
use crate::domain::redact::Fingerprint;
use crate::tui::message::QuotaRead;
use crate::tui::session::Session;

impl Session {
    /// Where the open profile sends to; `None` until that is known.
    pub fn origin(&self) -> Option<String> {
        let profile = self.profile.as_ref()?;
        profile
            .base_url
            .as_ref()
            .map(|base| profile.origin_of(base))
    }

    /// The last reading, and what of it still holds.
    pub fn aged_quota(&self) -> Option<Aged<'_>> {
        self.quota
            .as_ref()
            .map(|told| Aged::new(told, self.now.wall))
    }

    /// What the history knows of the limit was read.
    pub fn quota_read(&mut self, read: QuotaRead) {
        // Another profile may have been opened meanwhile.
        if !self.is_ours(&read.origin, read.credential) {
            return;
        }
        if let Some((quota, at)) = read.quota {
            self.learn(quota, at);
        }
        self.sent = read.sent;
    }

    /// A person gave the credential that the open profile asked for: from now on its limit is ours.
    pub fn credential_given(&mut self, credential: Option<Fingerprint>) {
        self.credential = credential;
    }

    /// The gauge turns when the panes do: an answer that is on show is in it.
    pub(super) fn take_quota(&mut self, exchange: &Exchange) {
        let facts = &exchange.facts;
        if let Some(quota) = &exchange.quota
            && self.is_ours(&facts.origin, facts.credential)
        {
            self.learn(quota.clone(), exchange.head_at());
        }
    }

    fn is_ours(&self, origin: &str, credential: Option<Fingerprint>) -> bool {
        self.origin().as_deref() == Some(origin) && self.credential == credential
    }

    /// The newest reading counts.
    fn learn(&mut self, quota: Quota, at: Timestamp) {
        if self.quota.as_ref().is_none_or(|(_, known)| at >= *known) {
            self.quota = Some((quota, at));
        }
    }
}
