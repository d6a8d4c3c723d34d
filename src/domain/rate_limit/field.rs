//! The names of the fields that carry one number each: `RateLimit-Remaining`, `X-Rate-Limit-Reset`,
//! `X-RateLimit-Limit-Requests` (OpenAI), `Anthropic-RateLimit-Tokens-Remaining`, `X-RateLimit-Reset-After` (Discord).

/// A family of names. The order is the order of trust where two say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// `RateLimit-*`, drafts up to -06 of the IETF's.
    RateLimit,
    /// `RateLimit` and `RateLimit-Policy`, its later drafts.
    Draft,
    /// `X-RateLimit-*` and `X-Rate-Limit-*`.
    XRateLimit,
    /// `Anthropic-RateLimit-*`.
    Anthropic,
}

/// What a field's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Units per window.
    Limit,
    /// Units left.
    Remaining,
    /// When the window ends.
    Reset,
    /// The same, always as seconds from now.
    ResetAfter,
}

/// A field's name, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The family.
    pub family: Family,
    /// What it tells.
    pub part: Part,
    /// The policy it tells it of: `requests`, `tokens`, `minute`; mostly empty.
    pub policy: String,
}

const PREFIXES: [(&str, Family); 5] = [
    ("ratelimit-", Family::RateLimit),
    ("rate-limit-", Family::RateLimit),
    ("x-ratelimit-", Family::XRateLimit),
    ("x-rate-limit-", Family::XRateLimit),
    ("anthropic-ratelimit-", Family::Anthropic),
];

impl Field {
    /// Takes a header's name apart. `None`: it does not tell a number of the rate limit.
    pub fn of(name: &str) -> Option<Field> {
        let name = name.to_ascii_lowercase();
        let (family, rest) = PREFIXES
            .iter()
            .find_map(|(prefix, family)| Some((*family, name.strip_prefix(prefix)?)))?;
        let mut words: Vec<&str> = rest.split('-').collect();
        let at = words
            .iter()
            .position(|word| matches!(*word, "limit" | "remaining" | "reset"))?;
        let mut part = match words.remove(at) {
            "limit" => Part::Limit,
            "remaining" => Part::Remaining,
            _ => Part::Reset,
        };
        if part == Part::Reset && words.get(at) == Some(&"after") {
            words.remove(at);
            part = Part::ResetAfter;
        }
        Some(Field {
            family,
            part,
            policy: words.join("-"),
        })
    }
}

/// A field's name as documents spell it; HTTP/2 and our client send and give all of them in lower case.
pub fn spelled(name: &str) -> String {
    let words = name.split('-').map(|word| match word.to_ascii_lowercase() {
        word if word == "ratelimit" => "RateLimit".to_owned(),
        word => {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters).collect()
        }
    });
    words.collect::<Vec<String>>().join("-")
}

#[cfg(test)]
mod tests {
    use crate::domain::rate_limit::field::{Family, Field, Part, spelled};

    #[test]
    fn names_taken_apart() {
        for (name, expected) in [
            (
                "RateLimit-Remaining",
                Some((Family::RateLimit, Part::Remaining, "")),
            ),
            (
                "x-rate-limit-limit",
                Some((Family::XRateLimit, Part::Limit, "")),
            ),
            (
                "X-RateLimit-Reset-After",
                Some((Family::XRateLimit, Part::ResetAfter, "")),
            ),
            (
                "x-ratelimit-remaining-tokens",
                Some((Family::XRateLimit, Part::Remaining, "tokens")),
            ),
            (
                "X-RateLimit-Limit-Minute",
                Some((Family::XRateLimit, Part::Limit, "minute")),
            ),
            (
                "anthropic-ratelimit-input-tokens-reset",
                Some((Family::Anthropic, Part::Reset, "input-tokens")),
            ),
            ("x-ratelimit-used", None),
            ("x-ratelimit-resource", None),
            ("ratelimit-policy", None),
            ("ratelimit", None),
            ("retry-after", None),
        ] {
            let read = Field::of(name);
            let read = read
                .as_ref()
                .map(|field| (field.family, field.part, field.policy.as_str()));
            assert_eq!(read, expected, "{name}");
        }
    }

    #[test]
    fn names_are_spelled_as_documents_do() {
        for (name, expected) in [
            ("ratelimit-remaining", "RateLimit-Remaining"),
            ("x-ratelimit-reset-after", "X-RateLimit-Reset-After"),
            ("X-RATE-LIMIT-RESET", "X-Rate-Limit-Reset"),
            ("retry-after", "Retry-After"),
            ("", ""),
        ] {
            assert_eq!(spelled(name), expected);
        }
    }
}
