//! The request that was answered, as far as an error may speak of it.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::domain::compose::{HeaderLine, Prepared};
use crate::domain::redact::Rests;

/// What was sent.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Path and query, or an absolute URL.
    pub target: &'a str,
    /// Every header field, in order.
    pub lines: &'a [HeaderLine],
    /// The body's bytes.
    pub body: &'a [u8],
}

impl<'a> Asked<'a> {
    /// Of a request as it rests: places are counted in what is shown of it.
    pub fn of(prepared: &'a Prepared, rests: &'a Rests<'a>) -> Asked<'a> {
        Asked {
            target: &rests.target,
            lines: &prepared.lines,
            body: &rests.body,
        }
    }

    /// Its `Content-Type`, empty when there was none.
    pub fn content_type(&self) -> &'a str {
        let line = self
            .lines
            .iter()
            .find(|line| is_named(line, "content-type"));
        line.map_or("", |line| &line.value)
    }

    /// The names of the query's parameters, decoded, in order (WHATWG URL 5.1: `+` is a blank).
    pub fn parameters(&self) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let query = query.split('#').next().unwrap_or("");
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        pairs.map(|pair| {
            let name = pair.split('=').next().unwrap_or(pair).replace('+', " ");
            Cow::Owned(percent_decode_str(&name).decode_utf8_lossy().into_owned())
        })
    }

    /// The header line of this name, from 0.
    pub fn line(&self, name: &str) -> Option<usize> {
        self.lines.iter().position(|line| is_named(line, name))
    }

    /// The header line that carries this cookie, from 0.
    pub fn cookie(&self, name: &str) -> Option<usize> {
        let carries = |line: &HeaderLine| {
            let mut pairs = line.value.split(';');
            pairs.any(|pair| pair.split('=').next().unwrap_or("").trim() == name)
        };
        let mut lines = self.lines.iter();
        lines.position(|line| is_named(line, "cookie") && carries(line))
    }
}

fn is_named(line: &HeaderLine, name: &str) -> bool {
    line.name.eq_ignore_ascii_case(name)
}

#[cfg(test)]
mod tests {
    use super::Asked;

    #[test]
    fn a_query_has_its_parameters_in_order() {
        for (target, expected) in [
            ("/v1", &[][..]),
            ("/v1?", &[]),
            (
                "/v1?a=1&b&a=%26&&c+d=2&e%5B0%5D=3#f=1",
                &["a", "b", "a", "c d", "e[0]"],
            ),
            ("https://h/v1?x=1?y=2", &["x"]),
        ] {
            let asked = Asked {
                target,
                lines: &[],
                body: b"",
            };
            let names: Vec<_> = asked.parameters().collect();
            assert_eq!(names, expected, "{target}");
        }
    }
}
