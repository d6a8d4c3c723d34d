//! Where a composed request leads: a path below the profile's base URL, or an absolute URL; and how that is written in
//! the history, so that it is found again when the base URL has moved.

use crate::domain::compose::RequestError;
use crate::domain::profile::base_url_text;

/// Where a target leads, and how it is written in the history: relative to the base URL when it lies below it.
pub(crate) fn resolve(
    target: &str,
    base: Option<&url::Url>,
) -> Result<(url::Url, String), RequestError> {
    let target = target.trim();
    if let Some(bad) = target.chars().find(|c| matches!(c, '\t' | '\n' | '\r')) {
        // The URL parser passes over these (WHATWG URL 4.4) and encodes every other: what is sent would be another
        // target than what was looked at.
        let why = format!("{bad:?} may not stand in it");
        return Err(RequestError::Url(target.escape_debug().to_string(), why));
    }
    let absolute = match target.split_once("://") {
        Some((scheme, _)) if !scheme.contains(['/', '?', '#']) => Some(scheme.to_ascii_lowercase()),
        _ => None,
    };
    if let Some(scheme) = absolute {
        if scheme != "http" && scheme != "https" {
            return Err(RequestError::Scheme(scheme));
        }
        let url = parse_url(target)?;
        return Ok((
            url.clone(),
            relative_to(&url, base).unwrap_or_else(|| url.to_string()),
        ));
    }
    let path = as_path(target)?;
    let base = base.ok_or_else(|| RequestError::NoBase(path.clone()))?;
    let url = parse_url(&format!("{}{path}", base_url_text(base)))?;
    let written = relative_to(&url, Some(base)).unwrap_or_else(|| url.to_string());
    Ok((url, written))
}

/// A path as it is meant: `/v1/x`, `?x=1`, or `v1/x`, whose first segment cannot be a host.
fn as_path(target: &str) -> Result<String, RequestError> {
    let first = target.split(['/', '?', '#']).next().unwrap_or("");
    if target.starts_with("//") || target.is_empty() || first.contains(['.', ':', '@', ' ']) {
        return Err(RequestError::Target(target.to_owned()));
    }
    Ok(if target.starts_with('/') {
        target.to_owned()
    } else {
        format!("/{target}")
    })
}

fn parse_url(text: &str) -> Result<url::Url, RequestError> {
    let mut url =
        url::Url::parse(text).map_err(|e| RequestError::Url(text.to_owned(), e.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(RequestError::UserInfo);
    }
    url.set_fragment(None);
    Ok(url)
}

/// A URL relative to the base URL; `None` when it does not lie below it.
pub(crate) fn relative_to(url: &url::Url, base: Option<&url::Url>) -> Option<String> {
    let rest = url.as_str().strip_prefix(base_url_text(base?))?;
    match rest.chars().next() {
        None => Some("/".to_owned()),
        Some('/') => Some(rest.to_owned()),
        Some('?') => Some(format!("/{rest}")),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::resolve;
    use crate::domain::compose::RequestError;

    #[test]
    fn what_the_url_parser_passes_over_is_refused() {
        let base = url::Url::parse("https://h.test").expect("a URL");
        for target in ["/x?tok\ten=1", "/a\nb", "https://h.test/a\rb"] {
            let error = resolve(target, Some(&base)).expect_err(target).to_string();
            assert!(error.contains("may not stand in it"), "{error}");
            assert!(!error.contains(char::is_control), "{error}");
        }
    }

    #[test]
    fn a_target_is_kept_relative_to_its_base() {
        let base = Url::parse("https://api.test/v2").expect("a URL");
        for (target, url, written) in [
            ("/payments", "https://api.test/v2/payments", "/payments"),
            (
                "payments?x=1",
                "https://api.test/v2/payments?x=1",
                "/payments?x=1",
            ),
            (
                "https://api.test/v2/payments#top",
                "https://api.test/v2/payments",
                "/payments",
            ),
            ("https://api.test/v2", "https://api.test/v2", "/"),
            (
                "https://api.test/v20/x",
                "https://api.test/v20/x",
                "https://api.test/v20/x",
            ),
            (
                "http://other.test/a",
                "http://other.test/a",
                "http://other.test/a",
            ),
            ("/a b", "https://api.test/v2/a%20b", "/a%20b"),
            (
                "/r?to=http://x.test/",
                "https://api.test/v2/r?to=http://x.test/",
                "/r?to=http://x.test/",
            ),
        ] {
            let (got, kept) = resolve(target, Some(&base)).expect(target);
            assert_eq!((got.as_str(), kept.as_str()), (url, written), "{target}");
        }
    }

    #[test]
    fn a_bad_target_names_the_next_step() {
        let base = Url::parse("https://api.test").expect("a URL");
        for bad in [
            "",
            "//evil.test/x",
            "example.com/x",
            "host:80/x",
            "ftp://x/y",
            "http://",
            "http://u:p@h/",
            "http://[::1",
        ] {
            assert!(resolve(bad, Some(&base)).is_err(), "{bad:?}");
        }
        assert_eq!(resolve("/x", None), Err(RequestError::NoBase("/x".into())));
    }
}
