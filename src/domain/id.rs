//! Names that we mint: of an exchange and of an operation. Dice are an argument.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Crockford's base 32 in lower case: no `i`, `l`, `o`, `u`, so an id can be read aloud at a support desk.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// How many random bytes an id takes: 80 bits, sixteen characters.
pub const DICE: usize = 10;

fn encode(dice: [u8; DICE]) -> String {
    let mut text = String::with_capacity(16);
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in dice {
        bits = (bits << 8) | u32::from(byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            text.push(char::from(ALPHABET[((bits >> held) & 31) as usize]));
        }
    }
    text
}

/// The name of one exchange. Random rather than ordered by time, so that its first few characters name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExchangeId(String);

impl ExchangeId {
    /// A fresh name from fresh dice.
    pub fn mint(dice: [u8; DICE]) -> ExchangeId {
        ExchangeId(encode(dice))
    }

    /// A name that was minted before, as the store or a person spells it.
    pub fn known(text: impl Into<String>) -> ExchangeId {
        ExchangeId(text.into())
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of an operation: the API page's requestId, chosen by us, the same over all attempts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(String);

impl OperationId {
    /// A fresh name, `op_…`, from fresh dice.
    pub fn mint(dice: [u8; DICE]) -> OperationId {
        OperationId(format!("op_{}", encode(dice)))
    }

    /// A name given by a person or read from the store.
    pub fn known(text: impl Into<String>) -> OperationId {
        OperationId(text.into())
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{ExchangeId, OperationId};

    #[test]
    fn ids_are_sixteen_readable_characters() {
        assert_eq!(ExchangeId::mint([0; 10]).as_str(), "0000000000000000");
        assert_eq!(ExchangeId::mint([255; 10]).as_str(), "zzzzzzzzzzzzzzzz");
        assert_eq!(
            OperationId::mint([0, 68, 50, 20, 199, 66, 84, 182, 53, 207]).as_str(),
            "op_0123456789abcdef"
        );
    }
}
