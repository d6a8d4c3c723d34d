//! The secrets that a request carries, as plain values: what an answer may echo.
//!
//! ```text
//!   Authorization: Basic …  ─▶ the whole, the token, user:password, password
//!   Cookie: a=…; b=…        ─▶ the whole, and the value of each
//!   ?token=…, secret fields ─▶ as they are spelled, and what they say; of an object each text and number in it
//! ```

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::domain::compose::Prepared;
use crate::domain::echo::LEAST;
use crate::domain::secret_field::Found;
use crate::domain::secret_field::body::decode;
use crate::domain::secret_field::place::Place;
use crate::json::grammar::{Grammar, Role};
use crate::json::lexer::Tokens;
use crate::json::token::Kind;

/// As senders write Basic credentials, with padding or without.
const BASIC: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

impl Prepared {
    /// The secret values it carries, the longest first. Values under six bytes are left out: cutting them wherever they
    /// occur would only hide ordinary text.
    pub fn secret_values(&self) -> Vec<String> {
        let mut values = Vec::new();
        for line in self.lines.iter().filter(|line| line.secret.is_some()) {
            header(&line.name, &line.value, &mut values);
        }
        for found in &self.secrets.target {
            encoded(self.target.as_bytes(), found, &mut values);
        }
        for found in &self.secrets.body {
            match found.place {
                Place::Body(_) => json(spelled(&self.body, found), &mut values),
                _ => encoded(&self.body, found, &mut values),
            }
        }
        values.retain(|value| value.len() >= LEAST);
        values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        values.dedup();
        values
    }
}

/// A header field's value, and the secrets in it.
fn header(name: &str, value: &str, values: &mut Vec<String>) {
    values.push(value.to_owned());
    if name.eq_ignore_ascii_case("cookie") {
        let pairs = value.split(';').filter_map(|pair| pair.split_once('='));
        values.extend(pairs.map(|(_, value)| value.trim().trim_matches('"').to_owned()));
        return;
    }
    let Some((scheme, token)) = value.split_once(' ') else {
        return;
    };
    let token = token.trim();
    values.push(token.to_owned());
    if scheme.eq_ignore_ascii_case("basic")
        && let Ok(pair) = BASIC.decode(token)
    {
        let pair = String::from_utf8_lossy(&pair).into_owned();
        values.extend(
            pair.split_once(':')
                .map(|(_, password)| password.to_owned()),
        );
        values.push(pair);
    }
}

/// A query's or form's value, as it is encoded and as it is meant.
fn encoded(text: &[u8], found: &Found, values: &mut Vec<String>) {
    let value = spelled(text, found);
    values.push(String::from_utf8_lossy(value).into_owned());
    values.push(decode(value).into_owned());
}

fn spelled<'t>(text: &'t [u8], found: &Found) -> &'t [u8] {
    text.get(found.span.clone()).unwrap_or_default()
}

/// The texts and numbers of a JSON value, as they are spelled and as they are meant.
fn json(value: &[u8], values: &mut Vec<String>) {
    let mut grammar = Grammar::new();
    for token in Tokens::new(value) {
        let role = grammar.take(token.kind).role;
        let telling = matches!(token.kind, Kind::String | Kind::Number | Kind::Unexpected);
        if telling && role != Role::Key {
            values.push(String::from_utf8_lossy(token.content(value)).into_owned());
            values.push(token.text(value).into_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::compose::Compose;
    use crate::domain::profile::Profile;
    use crate::domain::redact::Secret;
    use crate::domain::request::{KeyChoice, Method, Request};

    fn values(target: &str, headers: &[(&str, &str)], body: &str) -> Vec<String> {
        let mut request = Request::new(Method::post(), target);
        for (name, value) in headers {
            request.headers.push(*name, *value);
        }
        request.body = body.into();
        let compose = Compose {
            operation: "op_1",
            account: None,
            key: None,
            key_choice: KeyChoice::None,
            credential: Some(&Secret::new("sk_live_1")),
        };
        let profile = Profile::sandbox("http://127.0.0.1:1");
        let prepared = compose.prepare(&request, &profile).expect("a request");
        let mut values = prepared.secret_values();
        values.retain(|value| !value.contains("sk_live_1"));
        values.sort_unstable();
        values
    }

    #[test]
    fn each_place_gives_its_secrets() {
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        for (target, headers, body, expected) in [
            ("/x?a=1", &[][..], "", &[][..]),
            (
                "/x?token=a%20b%2Fcde&id=123456789",
                &[],
                "",
                &["a b/cde", "a%20b%2Fcde"],
            ),
            (
                "/x",
                &[("Cookie", "sid=abcdef; b=\"quoted\"; c=1")],
                "",
                &["abcdef", "quoted", "sid=abcdef; b=\"quoted\"; c=1"],
            ),
            (
                "/x",
                &[("Authorization", "Basic dXNlcjpodW50ZXIyMg==")],
                "",
                &[
                    "Basic dXNlcjpodW50ZXIyMg==",
                    "dXNlcjpodW50ZXIyMg==",
                    "hunter22",
                    "user:hunter22",
                ],
            ),
            ("/x", &[("X-Api-Key", "key-12345")], "", &["key-12345"]),
            (
                "/x",
                &[],
                r#"{"password":"a\u0062cdef","pin":"123","amount":1234567}"#,
                &["a\\u0062cdef", "abcdef"],
            ),
            (
                "/x",
                &[],
                r#"{"card":{"number":4242424242424242}}"#,
                &["4242424242424242"],
            ),
            (
                "/x",
                &[],
                r#"{"secret":{"name-of-it":["value-1",{"a":"value-2"}]}}"#,
                &["value-1", "value-2"],
            ),
            (
                "/x",
                &form,
                "password=pass+word&x=abcdefgh",
                &["pass word", "pass+word"],
            ),
        ] {
            assert_eq!(values(target, headers, body), expected, "{target} {body}");
        }
    }
}
