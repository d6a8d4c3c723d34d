//! Authentication, the first thing that is done: who is asking?
//!
//! There is one API key and so one organization. The organization, not the key, is what quota, balance, objects and
//! saved answers belong to: a key may be replaced, what was done with it stays.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::sandbox::answer::{Answer, Problem};

/// The one API key; public on purpose, it opens nothing but a sandbox.
pub const API_KEY: &str = "sk_sandbox_demo";
/// The organization that it belongs to.
const ORGANIZATION: &str = "org_demo";

/// The organization whose credential the request carries (`Authorization: Bearer …`, RFC 6750 2.1).
///
/// # Errors
/// What is wrong with the credential, in words that do not repeat it.
pub fn organization(headers: &HeaderMap) -> Result<&'static str, &'static str> {
    let mut fields = headers.get_all(AUTHORIZATION).iter();
    let field = fields
        .next()
        .ok_or("no API key: send `Authorization: Bearer <key>`")?;
    if fields.next().is_some() {
        return Err("more than one Authorization header: send one");
    }
    let (scheme, key) = field
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or("the Authorization header is not of the form `Bearer <key>`")?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err("the Authorization header is not of the form `Bearer <key>`");
    }
    if key.trim() == API_KEY {
        Ok(ORGANIZATION)
    } else {
        Err("an invalid API key was provided")
    }
}

/// The 401 that says so. RFC 9110 11.6.1 wants a challenge with it.
pub fn refusal(reason: &str) -> Answer {
    Answer::problem(
        StatusCode::UNAUTHORIZED,
        Problem::whole("invalid_api_key", reason),
    )
    .with(
        http::header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer"),
    )
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::organization;

    #[test]
    fn one_key_opens() {
        for (field, opens) in [
            (Some("Bearer sk_sandbox_demo"), true),
            (Some("bearer sk_sandbox_demo"), true),
            (Some("Bearer sk_sandbox_demo2"), false),
            (Some("Bearer sk_sandbox_dem"), false),
            (Some("Bearer "), false),
            (Some("Bearer"), false),
            (Some("Basic sk_sandbox_demo"), false),
            (Some("sk_sandbox_demo"), false),
            (None, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(field) = field {
                headers.insert("authorization", HeaderValue::from_static(field));
            }
            assert_eq!(organization(&headers).is_ok(), opens, "{field:?}");
        }
    }

    #[test]
    fn two_credentials_are_none() {
        let mut headers = HeaderMap::new();
        headers.append(
            "authorization",
            HeaderValue::from_static("Bearer sk_sandbox_demo"),
        );
        headers.append(
            "authorization",
            HeaderValue::from_static("Bearer sk_sandbox_demo"),
        );
        assert!(organization(&headers).is_err());
    }
}
