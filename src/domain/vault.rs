//! Secrets of the requests that this process sent and may not keep: in memory, found again by their fingerprint.
//!
//! What it is not: a store. It ends with the process, holds the newest values only, and answers nobody who does not
//! have the fingerprint of what is asked for.

use std::collections::{HashMap, VecDeque};

use crate::domain::redact::Fingerprint;
use crate::domain::seal::Token;

/// How many bytes of secrets are held; the oldest are forgotten first, and asked for again.
const MOST_BYTES: usize = 16 << 20;

/// The values.
#[derive(Debug, Default)]
pub struct Vault {
    tokens: HashMap<Fingerprint, Token>,
    /// From the oldest on.
    order: VecDeque<Fingerprint>,
    bytes: usize,
}

impl Vault {
    /// Holds a value under its fingerprint. One that is too large for it is not held.
    pub fn hold(&mut self, mac: Fingerprint, token: Token) {
        let size = token.expose().len();
        if size > MOST_BYTES || self.tokens.contains_key(&mac) {
            return;
        }
        self.tokens.insert(mac, token);
        self.order.push_back(mac);
        self.bytes += size;
        while self.bytes > MOST_BYTES {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            if let Some(token) = self.tokens.remove(&oldest) {
                self.bytes -= token.expose().len();
            }
        }
    }

    /// The value of this fingerprint, while it is held.
    pub fn get(&self, mac: &Fingerprint) -> Option<Token> {
        self.tokens.get(mac).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_BYTES, Vault};
    use crate::domain::redact::Fingerprint;
    use crate::domain::seal::Token;

    #[test]
    fn the_newest_are_held_and_none_shows() {
        let mut vault = Vault::default();
        let mac = |n: u8| Fingerprint([n; 32]);
        vault.hold(mac(1), Token::new(*b"4242"));
        vault.hold(mac(1), Token::new(*b"4242"));
        assert_eq!(vault.get(&mac(1)), Some(Token::new(*b"4242")));
        assert_eq!(vault.get(&mac(2)), None);
        assert!(!format!("{vault:?}").contains("4242"));

        vault.hold(mac(2), Token::new(vec![b'x'; MOST_BYTES + 1]));
        assert_eq!(vault.get(&mac(2)), None, "larger than all of it");
        vault.hold(mac(3), Token::new(vec![b'x'; MOST_BYTES - 4]));
        assert!(vault.get(&mac(1)).is_some(), "there is room for both");
        vault.hold(mac(4), Token::new(*b"y"));
        assert_eq!(vault.get(&mac(1)), None, "the oldest went");
        assert!(vault.get(&mac(3)).is_some() && vault.get(&mac(4)).is_some());
        assert_eq!(vault.bytes, MOST_BYTES - 3);
    }
}
