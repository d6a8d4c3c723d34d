//! The dialects in which APIs tell their errors, by name: the words of a profile's `error_dialect`.

use serde::{Deserialize, Serialize};

/// A dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// This API's envelope.
    Envelope,
    /// Problem details (RFC 9457).
    Problem,
    /// JSON:API, and Persona.
    JsonApi,
    /// Stripe.
    Stripe,
    /// Google (AIP-193).
    Google,
    /// FastAPI.
    #[serde(rename = "fastapi")]
    FastApi,
    /// Zod.
    Zod,
    /// GraphQL.
    #[serde(rename = "graphql")]
    GraphQl,
    /// Plain text or HTML: no list, but a line that says something.
    Text,
}

impl Dialect {
    /// Each word of `error_dialect` and what it fixes; `auto` fixes none.
    pub const WORDS: [(&str, Option<Dialect>); 10] = [
        ("auto", None),
        ("envelope", Some(Dialect::Envelope)),
        ("problem", Some(Dialect::Problem)),
        ("json-api", Some(Dialect::JsonApi)),
        ("stripe", Some(Dialect::Stripe)),
        ("google", Some(Dialect::Google)),
        ("fastapi", Some(Dialect::FastApi)),
        ("zod", Some(Dialect::Zod)),
        ("graphql", Some(Dialect::GraphQl)),
        ("text", Some(Dialect::Text)),
    ];

    /// Its word.
    pub fn name(self) -> &'static str {
        let mut words = Dialect::WORDS.iter();
        words
            .find(|(_, dialect)| *dialect == Some(self))
            .map_or("", |(word, _)| *word)
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn every_word_names_what_it_fixes() {
        for (word, dialect) in Dialect::WORDS {
            assert_eq!(dialect.map_or("auto", Dialect::name), word);
            if let Some(dialect) = dialect {
                assert_eq!(serde_json::to_value(dialect).expect("a word"), word);
            }
        }
    }
}
