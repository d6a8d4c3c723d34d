//! The first bytes of a secret that is being passed over: all that is kept of it, and enough to tell whether it is one.

/// More than any value has that is no secret: `"[redacted]"` with its quotes.
const KEPT: usize = 13;

/// The first bytes of a value of any length.
#[derive(Clone, Debug, Default)]
pub struct Head {
    bytes: Vec<u8>,
}

impl Head {
    /// Takes what comes next.
    pub fn take(&mut self, bytes: &[u8]) {
        let room = KEPT.saturating_sub(self.bytes.len()).min(bytes.len());
        self.bytes.extend_from_slice(&bytes[..room]);
    }

    /// The whole value, when it is short enough to be no secret.
    pub fn whole(&self) -> Option<&[u8]> {
        (self.bytes.len() < KEPT).then_some(&self.bytes)
    }

    /// Forgets it.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }
}
