//! Secrets cut out of a body while it streams: a server may echo what the request carried.
//!
//! ```text
//!   piece ─▶ [ held | piece ] ─ decided up to where a secret could still begin ─▶ what may rest
//!                                └ the end is held, until the next piece decides it
//! ```
//!
//! Not here: heads, errors and failures, which are whole when `redact` sees them. A value that comes back in another
//! spelling than as it is or as JSON writes it (percent-encoded, in base64) is not known again.

use memchr::memmem::Finder;

use crate::domain::compose::Prepared;
use crate::domain::redact::REDACTED;

/// The beginning of a secret that is a secret itself, where a body breaks off within it: as `secret_values`, which
/// takes shorter values for ordinary text.
const LEAST: usize = 6;

/// Cuts the secrets of one request out of one body.
pub struct BodyCut {
    finders: Vec<Finder<'static>>,
    longest: usize,
    held: Vec<u8>,
    count: u32,
}

impl BodyCut {
    /// For the secrets that this request carries.
    pub fn new(prepared: &Prepared) -> BodyCut {
        let mut secrets: Vec<String> = Vec::new();
        for value in prepared.secret_values() {
            // As JSON writes it, between its quotes.
            let quoted = serde_json::Value::from(value).to_string();
            let spelled = &quoted[1..quoted.len() - 1];
            // Some writers escape the slash as well (RFC 8259 7 allows it).
            let slashed = spelled.replace('/', r"\/");
            let spellings = [spelled.to_owned(), slashed].into_iter();
            secrets.extend(spellings.filter(|spelled| spelled != value));
            secrets.push(value.to_owned());
        }
        secrets.sort_unstable();
        secrets.dedup();
        // Where two begin at one place, the longer one is meant.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        BodyCut {
            longest: secrets.first().map_or(0, String::len),
            finders: secrets
                .iter()
                .map(|secret| Finder::new(secret).into_owned())
                .collect(),
            held: Vec::new(),
            count: 0,
        }
    }

    /// Takes the next piece, and adds to `out` what may rest of all that came so far.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        if self.finders.is_empty() {
            out.extend_from_slice(piece);
            return;
        }
        self.held.extend_from_slice(piece);
        // Whatever begins before this is whole in here.
        let decided = (self.held.len() + 1).saturating_sub(self.longest);
        self.cut(decided, out);
    }

    /// The body has ended, or broken off: adds the rest.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.cut(self.held.len(), out);
        let begun = (0..self.held.len()).find(|at| self.begins_secret(&self.held[*at..]));
        out.extend_from_slice(&self.held[..begun.unwrap_or(self.held.len())]);
        if begun.is_some() {
            self.put_mark(out);
        }
        self.held.clear();
    }

    /// How many were cut out.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Moves what begins before `decided` from `held` to `out`. Each secret is looked for once along the way, so a body
    /// full of them costs no more than another.
    fn cut(&mut self, decided: usize, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        let find =
            |finder: &Finder<'_>, from: usize| finder.find(&held[from..]).map(|at| from + at);
        let mut next: Vec<Option<usize>> = self.finders.iter().map(|f| find(f, 0)).collect();
        let mut from = 0;
        loop {
            let nearest = next
                .iter()
                .enumerate()
                .filter_map(|(which, at)| Some(((*at)?, which)));
            let Some((at, which)) = nearest.min().filter(|(at, _)| *at < decided) else {
                break;
            };
            out.extend_from_slice(&held[from..at]);
            self.put_mark(out);
            from = at + self.finders[which].needle().len();
            for (finder, next) in self.finders.iter().zip(&mut next) {
                if next.is_some_and(|at| at < from) {
                    *next = find(finder, from);
                }
            }
        }
        let end = decided.max(from).min(held.len());
        // At the end of a body nothing is decided by what follows: `finish` looks at what is left.
        let keep = if decided == held.len() { from } else { end };
        out.extend_from_slice(&held[from..keep]);
        self.held.extend_from_slice(&held[keep..]);
    }

    fn begins_secret(&self, tail: &[u8]) -> bool {
        tail.len() >= LEAST && self.finders.iter().any(|f| f.needle().starts_with(tail))
    }

    fn put_mark(&mut self, out: &mut Vec<u8>) {
        self.count = self.count.saturating_add(1);
        out.extend_from_slice(REDACTED.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::BodyCut;
    use crate::domain::compose::{Compose, Prepared};
    use crate::domain::profile::Profile;
    use crate::domain::redact::Secret;
    use crate::domain::request::{KeyChoice, Method, Request};

    fn prepared(cookie: &str) -> Prepared {
        let mut request = Request::new(Method::get(), "/");
        request.headers.push("Cookie", cookie);
        let compose = Compose {
            operation: "op_1",
            account: None,
            key: None,
            key_choice: KeyChoice::None,
            credential: Some(&Secret::new("sk_live_123456")),
        };
        let profile = Profile::sandbox("http://127.0.0.1:1");
        compose.prepare(&request, &profile).expect("a request")
    }

    fn cut(cookie: &str, pieces: &[&[u8]]) -> (String, u32) {
        let (mut cut, mut out) = (BodyCut::new(&prepared(cookie)), Vec::new());
        pieces.iter().for_each(|piece| cut.push(piece, &mut out));
        cut.finish(&mut out);
        (String::from_utf8_lossy(&out).into_owned(), cut.count())
    }

    #[test]
    fn a_secret_is_cut_out_wherever_the_pieces_part() {
        for (body, rests, count) in [
            ("", "", 0),
            ("nothing here", "nothing here", 0),
            ("sk_live_123456", "[redacted]", 1),
            (
                "a sk_live_123456 b Bearer sk_live_123456.",
                "a [redacted] b [redacted].",
                2,
            ),
            ("sk_live_123456sk_live_123456", "[redacted][redacted]", 2),
            ("sk_live_12345", "[redacted]", 1),
            ("sk_live_12345 ", "sk_live_12345 ", 0),
            ("Bearer sk_live_12", "[redacted]", 1),
            (r#"{"c":"a=\"quoted\""}"#, r#"{"c":"[redacted]"}"#, 1),
            (r#"a="quoted""#, "[redacted]", 1),
            ("sk_l", "sk_l", 0),
        ] {
            let cookie = r#"a="quoted""#;
            let expected = (rests.to_owned(), count);
            assert_eq!(cut(cookie, &[body.as_bytes()]), expected, "{body}");
            for at in 0..body.len() {
                let (one, two) = body.as_bytes().split_at(at);
                assert_eq!(cut(cookie, &[one, two]), expected, "{body} at {at}");
            }
            let bytes: Vec<&[u8]> = body.as_bytes().chunks(1).collect();
            assert_eq!(cut(cookie, &bytes), expected, "{body} byte by byte");
        }
    }

    #[test]
    fn each_spelling_of_a_slash_is_cut_out() {
        for body in [r#"{"c":"a=b/c/d"}"#, r#"{"c":"a=b\/c\/d"}"#] {
            let expected = (r#"{"c":"[redacted]"}"#.to_owned(), 1);
            assert_eq!(cut("a=b/c/d", &[body.as_bytes()]), expected, "{body}");
        }
    }

    #[test]
    fn a_request_without_secrets_holds_nothing_back() {
        let mut bare = prepared("x");
        bare.lines.clear();
        let (mut cut, mut out) = (BodyCut::new(&bare), Vec::new());
        cut.push(b"sk_live_123456", &mut out);
        assert_eq!(out, b"sk_live_123456");
    }

    proptest! {
        #[test]
        fn what_holds_no_secret_stays_as_it_is(pieces in any::<Vec<Vec<u8>>>()) {
            let whole = pieces.concat();
            let (mut cut, mut out) = (BodyCut::new(&prepared("session=abc")), Vec::new());
            pieces.iter().for_each(|piece| cut.push(piece, &mut out));
            cut.finish(&mut out);
            prop_assert_eq!(out, whole);
        }
    }
}
