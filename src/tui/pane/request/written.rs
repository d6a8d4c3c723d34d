//! What a person writes in a draft's fields, and a recorded request written that way: text to parts, and back.

use crate::domain::exchange::Failure;
use crate::domain::header::Headers;
use crate::domain::profile::Profile;
use crate::domain::request::{Method, Request, SentRequest, looks_like_json};
use crate::domain::slot::SlotSource;

/// A mistake in a draft: which field, what, and the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The field.
    pub place: Place,
    /// What is wrong with it.
    pub failure: Failure,
}

/// A part of the draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Method and target.
    Line,
    /// The query.
    Query,
    /// The headers.
    Headers,
}

/// Header fields that the client adds by itself.
const AUTOMATIC: [&str; 3] = ["user-agent", "accept", "accept-encoding"];

/// A mistake in a line of a field, counted from 0.
pub(crate) fn mistake(place: Place, line: usize, what: &str, hint: &str) -> Mistake {
    let name = match place {
        Place::Line => "request line",
        Place::Query => "query",
        Place::Headers => "headers",
    };
    let what = if place == Place::Line {
        format!("{name}: {what}")
    } else {
        format!("{name}, line {}: {what}", line + 1)
    };
    Mistake {
        place,
        failure: Failure::new(what).hint(hint),
    }
}

/// A mistake in method and target.
pub(crate) fn wrong_line(what: &str) -> Mistake {
    mistake(Place::Line, 0, what, "write POST /v1/payments, or a URL")
}

/// `POST /v1/payments`, or a target alone: then GET, or POST when there is a body (as on the command line).
pub(crate) fn read_line(line: &str, has_body: bool) -> Result<(Method, String), Mistake> {
    let line = line.trim();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    if line.is_empty() {
        return Err(wrong_line("it is empty"));
    }
    if rest.trim().is_empty() {
        let is_target = word.contains(['/', '?', '.']);
        let method = if has_body {
            Method::post()
        } else {
            Method::get()
        };
        return if is_target {
            Ok((method, word.to_owned()))
        } else {
            Err(wrong_line("there is no path"))
        };
    }
    let method = Method::parse(word).map_err(|error| wrong_line(&error.to_string()))?;
    Ok((method, rest.trim().to_owned()))
}

/// Path and parameters of a target, when writing the parameters again gives the same bytes; else the target whole.
pub(crate) fn split_query(target: &str) -> (String, Vec<(String, String)>) {
    if let Some((path, query)) = target.split_once('?') {
        let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let mut again = Request::new(Method::get(), path);
        pairs
            .iter()
            .for_each(|(name, value)| again.push_query(name, value));
        let plain = |text: &str| !text.contains(['\n', '\r']) && text.trim() == text;
        if again.target == target
            && pairs
                .iter()
                .all(|(n, v)| plain(n) && plain(v) && !n.is_empty() && !n.contains('='))
        {
            return (path.to_owned(), pairs);
        }
    }
    (target.to_owned(), Vec::new())
}

/// The header fields of a sent request that a person wrote: neither the profile nor the client adds them again. An id
/// that travels in the query or the body stays in the draft's text, and is read from there when it is sent.
pub(crate) fn written_headers(sent: &SentRequest, profile: Option<&Profile>) -> Headers {
    let defaults = Profile::new("");
    let profile = profile.unwrap_or(&defaults);
    let from_profile = [
        Some(profile.key_header.as_str()),
        profile.request_id_carrier.header(),
        profile.account_carrier.header(),
    ];
    let credential = |name: &str| {
        sent.slots
            .iter()
            .any(|slot| slot.source == SlotSource::Credential && slot.is_in_header(name))
    };
    let automatic_type = looks_like_json(&sent.body);
    let added = |name: &str, value: &str| {
        from_profile
            .iter()
            .flatten()
            .any(|own| own.eq_ignore_ascii_case(name))
            || AUTOMATIC.iter().any(|own| own.eq_ignore_ascii_case(name))
            || credential(name)
            || (automatic_type
                && name.eq_ignore_ascii_case("content-type")
                && value == "application/json")
    };
    sent.headers
        .iter()
        .filter(|(name, value)| !added(name, value))
        .collect()
}

/// Pairs as lines that a person edits.
pub(crate) fn lines<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>, joint: &str) -> String {
    pairs
        .map(|(name, value)| format!("{name}{joint}{value}"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::{read_line, split_query};

    #[test]
    fn a_line_is_a_method_and_a_target_or_a_target_alone() {
        for (line, has_body, method, target) in [
            ("POST /v1/payments", false, "POST", "/v1/payments"),
            ("  PURGE   /v1  ", false, "PURGE", "/v1"),
            ("/v1/payments", false, "GET", "/v1/payments"),
            ("/v1/payments", true, "POST", "/v1/payments"),
            ("https://api.test", false, "GET", "https://api.test"),
        ] {
            let (read, rest) = read_line(line, has_body).expect(line);
            assert_eq!((read.as_str(), rest.as_str()), (method, target), "{line}");
        }
        for wrong in ["", "   ", "POST", "Get /v1", "P@ST /v1"] {
            assert!(read_line(wrong, false).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_query_is_split_only_when_it_comes_back_byte_for_byte() {
        for (target, path, pairs) in [
            ("/v1?a=1&b=x+y", "/v1", 2),
            ("/v1?requestId=op_1", "/v1", 1),
            ("/v1", "/v1", 0),
            ("/v1?a=%20", "/v1?a=%20", 0),
            ("/v1?flag", "/v1?flag", 0),
            ("/v1?a=1%0A2", "/v1?a=1%0A2", 0),
        ] {
            let (kept, split) = split_query(target);
            assert_eq!((kept.as_str(), split.len()), (path, pairs), "{target}");
        }
    }
}
