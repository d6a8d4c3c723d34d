//! What a server says of the rate limit, in every dialect, read into one form.

use serde::{Deserialize, Serialize};

/// One reading of the quota. Every part that the server did not tell is `None`, never a guess.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quota {
    /// Requests per window.
    pub limit: Option<u64>,
    /// Requests left in this window.
    pub remaining: Option<u64>,
    /// Seconds until the window ends, from the moment of the reading.
    pub reset_seconds: Option<u64>,
    /// The header that gave `remaining` (or, when there is none, the reset).
    pub source: String,
    /// `Retry-After` (RFC 9110 10.2.3) in seconds, clamped to 31 days.
    pub retry_after_seconds: Option<u64>,
}

impl Quota {
    /// How long until sending makes sense: `Retry-After`, else the reset when nothing remains.
    pub fn wait(&self) -> Option<std::time::Duration> {
        let reset = self.reset_seconds.filter(|_| self.remaining == Some(0));
        self.retry_after_seconds
            .or(reset)
            .map(std::time::Duration::from_secs)
    }
}
