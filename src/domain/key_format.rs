//! How an idempotency key that we mint looks. Dice and time are arguments; who mints one is `dispatch`.

use jiff::Timestamp;

/// The kinds of UUID (RFC 9562) a key is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyFormat {
    /// Random throughout (5.4): says nothing of when it was minted.
    #[default]
    UuidV4,
    /// Begins with the time in milliseconds (5.7): servers that index keys keep recent ones together.
    UuidV7,
}

/// How many random bytes a key takes.
pub const KEY_DICE: usize = 16;

/// How many characters of a key are the UUID; before them there is room for a prefix.
pub const UUID_CHARS: usize = 36;

impl KeyFormat {
    /// Each with the word the configuration has for it.
    pub const WORDS: [(&'static str, KeyFormat); 2] = [
        ("uuid-v4", KeyFormat::UuidV4),
        ("uuid-v7", KeyFormat::UuidV7),
    ];

    /// A fresh key from fresh dice, behind this prefix.
    pub fn mint(self, prefix: &str, dice: [u8; KEY_DICE], now: Timestamp) -> String {
        let uuid = match self {
            KeyFormat::UuidV4 => uuid::Builder::from_random_bytes(dice),
            KeyFormat::UuidV7 => {
                // A clock before 1970 is wrong; the random part tells keys apart all the same.
                let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
                let (mut random, rest) = ([0; 10], dice.iter());
                random
                    .iter_mut()
                    .zip(rest)
                    .for_each(|(to, from)| *to = *from);
                uuid::Builder::from_unix_timestamp_millis(millis, &random)
            }
        };
        format!("{prefix}{}", uuid.into_uuid())
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{KeyFormat, UUID_CHARS};

    #[test]
    fn a_key_is_its_prefix_and_a_uuid_of_its_kind() {
        // RFC 9562 A.6: this time, and all random bits set.
        let now = Timestamp::from_millisecond(0x017F_22E2_79B0).expect("a time");
        let before = Timestamp::from_second(-1).expect("a time");
        for (format, prefix, dice, now, expected) in [
            (
                KeyFormat::UuidV4,
                "",
                0,
                now,
                "00000000-0000-4000-8000-000000000000",
            ),
            (
                KeyFormat::UuidV4,
                "shop-",
                255,
                now,
                "shop-ffffffff-ffff-4fff-bfff-ffffffffffff",
            ),
            (
                KeyFormat::UuidV7,
                "",
                255,
                now,
                "017f22e2-79b0-7fff-bfff-ffffffffffff",
            ),
            (
                KeyFormat::UuidV7,
                "p_",
                0,
                now,
                "p_017f22e2-79b0-7000-8000-000000000000",
            ),
            (
                KeyFormat::UuidV7,
                "",
                0,
                before,
                "00000000-0000-7000-8000-000000000000",
            ),
        ] {
            let key = format.mint(prefix, [dice; 16], now);
            assert_eq!(key, expected);
            assert_eq!(key.len(), prefix.len() + UUID_CHARS);
        }
    }
}
