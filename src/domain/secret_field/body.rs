//! The secrets of a request that lies in memory whole: of its target, and of a JSON or form body.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use memchr::{memchr, memmem};
use percent_encoding::percent_decode;

use crate::domain::field_path::notation::from_brackets;
use crate::domain::header::media_type;
use crate::domain::pointer::Pointer;
use crate::domain::redact::REDACTED;
use crate::domain::secret_field::place::Place;
use crate::domain::secret_field::torn::{in_torn, is_torn, joined};
use crate::domain::secret_field::walk::{Level, Part, Walk};
use crate::domain::secret_field::{Found, SecretFields};
use crate::json::lexer::Tokens;
use crate::json::token::{Kind, Token};

/// How a body is read for secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As JSON, or several documents of it behind each other.
    Json,
    /// As `name=value` pairs (WHATWG URL 5).
    Form,
    /// As the parts of a `multipart/form-data` (RFC 7578).
    Multipart,
    /// Not at all.
    Other,
}

const FORM: &str = "application/x-www-form-urlencoded";

/// How a body of this content type is read, of which the first byte that is no blank is this. What begins like JSON is
/// read as such whatever it is called: senders forget to say so.
pub fn form_of(content_type: &str, first: Option<u8>) -> Form {
    let media = media_type(content_type);
    if media == "multipart/form-data" {
        return Form::Multipart;
    }
    if media == "application/json"
        || media.ends_with("+json")
        || media.ends_with("json-seq")
        || media.ends_with("ndjson")
        || media.ends_with("jsonl")
        // Its lines are `data: {…}`.
        || media == "text/event-stream"
        || matches!(first, Some(b'{' | b'['))
    {
        return Form::Json;
    }
    if media.is_empty() || media == FORM {
        return Form::Form;
    }
    Form::Other
}

/// The first byte that is no blank.
pub fn first_byte(body: &[u8]) -> Option<u8> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    body.iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace())
}

impl SecretFields {
    /// The secrets of a body, in order.
    pub fn in_body(&self, body: &[u8], content_type: &str) -> Vec<Found> {
        let form = |name, nth| Place::Form { name, nth };
        match form_of(content_type, first_byte(body)) {
            // `[a]=1&password=x` begins like JSON as well.
            Form::Json if media_type(content_type) == FORM && is_torn(body) => {
                let json = joined(self.in_json(body), in_torn(self, body));
                joined(self.in_pairs(body, 0, form), json)
            }
            Form::Json if is_torn(body) => joined(self.in_json(body), in_torn(self, body)),
            Form::Json => self.in_json(body),
            Form::Form => self.in_pairs(body, 0, form),
            Form::Multipart => self.in_multipart(body, content_type),
            Form::Other => Vec::new(),
        }
    }

    /// The secrets of a target's query, and of its fragment, which is never sent.
    pub fn in_target(&self, target: &str) -> Vec<Found> {
        let query = |name, nth| Place::Query { name, nth };
        let Some(start) = target.find(['?', '#']).map(|at| at + 1) else {
            return Vec::new();
        };
        let end = target[start..]
            .find('#')
            .map_or(target.len(), |at| start + at);
        let mut found = self.in_pairs(&target.as_bytes()[start..end], start, query);
        if let Some(fragment) = target.as_bytes().get(end + 1..) {
            found.extend(self.in_pairs(fragment, end + 1, query));
        }
        found
    }

    /// Whether a form field or a query parameter of this name is a secret. Names may have steps: `card[number]`.
    pub fn is_secret_field(&self, name: &str) -> bool {
        self.is_secret_name(name) || self.is_secret_path(&from_brackets(name))
    }

    /// The secrets of `name=value&…`, which begins at `base`.
    fn in_pairs(
        &self,
        pairs: &[u8],
        base: usize,
        place: impl Fn(String, usize) -> Place,
    ) -> Vec<Found> {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut found = Vec::new();
        let mut start = base;
        for pair in pairs.split(|byte| *byte == b'&') {
            let equals = memchr(b'=', pair).unwrap_or(pair.len());
            let name = decode(&pair[..equals]);
            if self.is_secret_field(&name) {
                let count = seen.entry(name.to_string()).or_default();
                let nth = std::mem::replace(count, *count + 1);
                let value = pair.get(equals + 1..).unwrap_or_default();
                if !is_empty_or_cut(value) {
                    let span = start + equals + 1..start + pair.len();
                    let place = place(name.into_owned(), nth);
                    found.push(Found { place, span });
                }
            }
            start += pair.len() + 1;
        }
        found
    }

    /// The secrets of JSON as its tokens tell them, as a stream of it is read too.
    pub(crate) fn in_json(&self, body: &[u8]) -> Vec<Found> {
        let mut walk = Walk::new(usize::MAX);
        let mut found: Vec<Found> = Vec::new();
        for token in Tokens::new(body) {
            let part = walk.take(self, token.kind, token.start, || token.text(body));
            match part {
                Part::Name | Part::Plain => {}
                Part::Value if is_no_secret(&token, body) => {}
                Part::Value | Part::Open => {
                    if let Some(place) = place(walk.levels(), body) {
                        let span = token.span();
                        found.push(Found { place, span });
                    }
                }
                Part::Inside | Part::Close | Part::Trailing => {
                    if let Some(last) = found.last_mut() {
                        last.span.end = token.end;
                    }
                }
            }
        }
        found
    }

    /// Each part is `--BOUNDARY CRLF head CRLF CRLF content CRLF` (RFC 2046 5.1, RFC 7578 4.2).
    fn in_multipart(&self, body: &[u8], content_type: &str) -> Vec<Found> {
        let Some(boundary) = parameter(content_type, "boundary") else {
            return Vec::new();
        };
        let delimiter = format!("--{boundary}");
        let starts: Vec<usize> = memmem::find_iter(body, delimiter.as_bytes()).collect();
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut found = Vec::new();
        for (at, start) in starts.iter().enumerate() {
            let end = starts.get(at + 1).copied().unwrap_or(body.len());
            let Some((name, span, kind)) = part(body, start + delimiter.len()..end) else {
                continue;
            };
            if !self.is_secret_field(&name) {
                // A part may be a document of its own.
                let content = &body[span.clone()];
                if form_of(&kind, first_byte(content)) == Form::Json {
                    found.extend(self.in_body(content, &kind).into_iter().map(|inner| Found {
                        span: span.start + inner.span.start..span.start + inner.span.end,
                        ..inner
                    }));
                }
                continue;
            }
            let count = seen.entry(name.clone()).or_default();
            let nth = std::mem::replace(count, *count + 1);
            if !is_empty_or_cut(&body[span.clone()]) {
                let place = Place::Form { name, nth };
                found.push(Found { place, span });
            }
        }
        found
    }
}

/// How many steps a place has at most. Deeper secrets have the place of what they lie in: their spans tell them apart.
const DEEPEST: usize = 64;

/// The place that these levels lead to. A level knows where its name begins, which is read there again.
fn place(levels: &[Level], body: &[u8]) -> Option<Place> {
    let step = |level: &Level| match level.index {
        Some(index) => index.to_string(),
        None => {
            let name = Tokens::starting_at(body, level.key).next();
            name.map_or_else(String::new, |name| name.text(body).into_owned())
        }
    };
    let path: Vec<String> = levels.iter().take(DEEPEST).map(step).collect();
    Pointer::of_path(&path).map(Place::Body)
}

/// What stands under a secret's name and is none.
fn is_no_secret(token: &Token, body: &[u8]) -> bool {
    match token.kind {
        Kind::Null | Kind::True | Kind::False => true,
        Kind::String => is_empty_or_cut(token.content(body)),
        _ => false,
    }
}

fn is_empty_or_cut(value: &[u8]) -> bool {
    value.is_empty() || value == REDACTED.as_bytes()
}

/// The name, the content and the content type of one part of a multipart body.
fn part(body: &[u8], within: Range<usize>) -> Option<(String, Range<usize>, String)> {
    let text = body.get(within.clone())?;
    // Written by hand it may have bare line feeds.
    let ends: [&[u8]; 2] = [b"\r\n\r\n", b"\n\n"];
    let (head, gap) = ends
        .iter()
        .filter_map(|end| Some((memmem::find(text, end)?, end.len())))
        .min()?;
    let lines = String::from_utf8_lossy(&text[..head]).into_owned();
    let field = |wanted: &str| {
        lines.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let named = name.trim().eq_ignore_ascii_case(wanted);
            named.then(|| value.trim().to_owned())
        })
    };
    let disposition = field("content-disposition")?;
    let kind = field("content-type").unwrap_or_default();
    let content = &text[head + gap..];
    let whole = content.strip_suffix(b"\n").unwrap_or(content);
    let length = whole.strip_suffix(b"\r").unwrap_or(whole).len();
    let start = within.start + head + gap;
    Some((
        parameter(&disposition, "name")?,
        start..start + length,
        kind,
    ))
}

/// A parameter of a header field's value, without its quotes.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    let mut quoted = false;
    let outside = |c: char| {
        quoted ^= c == '"';
        c == ';' && !quoted
    };
    value.split(outside).skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let named = name.trim().eq_ignore_ascii_case(wanted);
        named.then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// A form's name or value as it is meant: `+` is a blank, `%41` is a byte.
pub fn decode(encoded: &[u8]) -> Cow<'_, str> {
    if memchr::memchr2(b'+', b'%', encoded).is_none() {
        return String::from_utf8_lossy(encoded);
    }
    let spaced: Vec<u8> = encoded
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    Cow::Owned(percent_decode(&spaced).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{FORM, Form};
    use crate::domain::secret_field::{Pattern, SecretFields};

    /// Each place that is found, and what stands there.
    fn found(fields: &SecretFields, body: &str, content_type: &str) -> Vec<(String, String)> {
        let found = fields.in_body(body.as_bytes(), content_type).into_iter();
        found
            .map(|found| (found.place.to_string(), body[found.span].to_owned()))
            .collect()
    }

    fn expect(body: &str, content_type: &str, expected: &[(&str, &str)]) {
        let got = found(&SecretFields::default(), body, content_type);
        let got: Vec<(&str, &str)> = got.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(got, expected, "{body}");
    }

    /// A body, and what is found in it.
    #[rustfmt::skip]
    const JSON: &[(&str, &[(&str, &str)])] = &[
        (r#"{"a":1,"password":"x y","b":2}"#, &[("/password", r#""x y""#)]),
        (r#"{"card": {"number": "4242", "cvc" : 123, "exp": 4}}"#, &[("/card/number", r#""4242""#), ("/card/cvc", "123")]),
        (r#"{"card": {"number" : 4242424242424242}}"#, &[("/card/number", "4242424242424242")]),
        (r#"[{"token":"a"},{"token":"b"}]"#, &[("/0/token", r#""a""#), ("/1/token", r#""b""#)]),
        (r#"{"x":[1,[2,{"pin":"9"}]]}"#, &[("/x/1/1/pin", r#""9""#)]),
        (r#"{"password":"xA"}"#, &[("/password", r#""xA""#)]),
        (r#"{"password":"a","password":"b"}"#, &[("/password", r#""a""#), ("/password", r#""b""#)]),
        (r#"{"secret": {"a": [1, "}"], "b": {}}, "c": 1}"#, &[("/secret", r#"{"a": [1, "}"], "b": {}}"#)]),
        (r#"{"secret":["a","b"],"pin":"1"}"#, &[("/secret", r#"["a","b"]"#), ("/pin", r#""1""#)]),
        (r#"{"password":null,"pin":true,"otp":false,"cvc":""}"#, &[]),
        (r#"{"password":"[redacted]"}"#, &[]),
        ("{\"pin\":\"1\"}\n{\"pin\":\"2\"}\n", &[("/pin", "\"1\""), ("/pin", "\"2\"")]),
        (r#"{"a~/b":{"pin":"1"}}"#, &[("/a~0~1b/pin", r#""1""#)]),
        (r#"{"password":"open and never clo"#, &[("/password", r#""open and never clo"#)]),
        (r#"{"secret":{"a":"b""#, &[("/secret", r#"{"a":"b""#)]),
        (r#"{"password" "x"}"#, &[("/password", r#""x""#)]),
        (r#"{"password": hunter 2, "a": 1}"#, &[("/password", "hunter 2")]),
        (r#"{password: "x"}"#, &[("/password", r#""x""#)]),
        (r#"{'password': 'x y'}"#, &[("/'password'", "'x y'")]),
        (r#"{"a": 1 password: "x"}"#, &[("/password", r#""x""#)]),
        (r#"{"password":,"a":"b"}"#, &[]),
        (r#"{"password":}"#, &[]),
        (r#"{"path":["password"],"code":"password"}"#, &[]),
        (r#"{"requestId":"op_1","next_page_token":"x","id":"pay_1"}"#, &[]),
        (r#"{"login.password":"x","card[number]":"y"}"#, &[("/login.password", r#""x""#), ("/card[number]", r#""y""#)]),
        ("", &[]),
        ("[", &[]),
        ("}}", &[]),
    ];

    #[test]
    fn forms_are_known_by_what_stands_in_them() {
        expect(
            "[a]=1&password=hunter2",
            FORM,
            &[("form:password", "hunter2")],
        );
        let parts = "--b\nContent-Disposition: form-data; name=\"pin\"\n\n1234\n--b--\n";
        expect(
            parts,
            "multipart/form-data; boundary=b",
            &[("form:pin", "1234")],
        );
    }

    #[test]
    fn parts_hide_no_secret() {
        let within = |head: &str, content: &str| {
            format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n--b--\r\n")
        };
        let kind = "multipart/form-data; boundary=b";
        let json = "name=\"data\"\r\nContent-Type: application/json";
        expect(
            &within(json, r#"{"password":"x"}"#),
            kind,
            &[("/password", "\"x\"")],
        );
        let odd = "filename=\"a; name=x\"; name=\"password\"";
        expect(
            &within(odd, "hunter2"),
            kind,
            &[("form:password", "hunter2")],
        );
        let bare = "--b\nContent-Disposition: form-data; name=\"pin\"\n\n12\r\n\r\n34\n--b--\n";
        expect(bare, kind, &[("form:pin", "12\r\n\r\n34")]);
    }

    #[test]
    fn deep_secrets_have_short_places() {
        let deep = r#"{"pin":"1","a":"#.repeat(3000) + "1" + &"}".repeat(3000);
        let found = SecretFields::default().in_body(deep.as_bytes(), "application/json");
        assert_eq!(found.len(), 3000);
        assert!(
            found
                .iter()
                .all(|found| found.place.to_string().len() < 200)
        );
        assert!(
            found
                .iter()
                .all(|found| &deep[found.span.clone()] == "\"1\"")
        );
    }

    #[test]
    fn secrets_of_json_are_found_as_they_are_spelled() {
        for (body, expected) in JSON {
            expect(body, "application/json; charset=utf-8", expected);
        }
        expect(r#" {"pin":"1"}"#, "text/plain", &[("/pin", "\"1\"")]);
        expect(r#"{"pin":"1"}"#, FORM, &[("/pin", "\"1\"")]);
    }

    #[test]
    fn secrets_of_forms_are_found_as_they_are_encoded() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("a=1&password=x%20y+z&b=2", &[("form:password", "x%20y+z")]),
            (
                "card[number]=42&card%5Bcvc%5D=1",
                &[("form:card[number]", "42"), ("form:card[cvc]", "1")],
            ),
            (
                "token=a&x=1&token=b",
                &[("form:token", "a"), ("form:token#2", "b")],
            ),
            ("token=&token=b", &[("form:token#2", "b")]),
            ("pa%73sword=x", &[("form:password", "x")]),
            ("password=a=b", &[("form:password", "a=b")]),
            ("password", &[]),
            ("password=[redacted]&pin", &[]),
            ("&&=&", &[]),
        ];
        for (body, expected) in cases {
            expect(body, FORM, expected);
            expect(body, "", expected);
            expect(body, "text/plain", &[]);
        }
    }

    #[test]
    fn secrets_of_a_target_are_those_of_its_query() {
        let fields = SecretFields::default();
        for (target, expected) in [
            (
                "/v1/x?a=1&api_key=k%2B1&b",
                vec![("query:api_key", "k%2B1")],
            ),
            (
                "https://h/cb?token=t#access_token=u&x=1",
                vec![("query:token", "t"), ("query:access_token", "u")],
            ),
            ("/v1/token=x", vec![]),
            (
                "/x?token=a&token=b",
                vec![("query:token", "a"), ("query:token#2", "b")],
            ),
            ("/x?", vec![]),
            ("/x#token=a", vec![("query:token", "a")]),
        ] {
            let found = fields.in_target(target).into_iter();
            let got: Vec<_> = found
                .map(|f| (f.place.to_string(), &target[f.span]))
                .collect();
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(a, b)| (a.to_owned(), b))
                .collect();
            assert_eq!(got, expected, "{target}");
        }
    }

    #[test]
    fn secrets_of_a_multipart_body_are_its_fields() {
        let body = "--x\r\ncontent-disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\nline\r\n\
                    --x\r\nContent-Disposition: form-data; name=a; filename=\"f\"\r\n\r\n1\r\n\
                    --x\r\nContent-Disposition: form-data; name=\"pin\"\r\n\r\n1234\r\n--x--\r\n";
        let expected = [("form:password", "hunter2\r\nline"), ("form:pin", "1234")];
        expect(body, "multipart/form-data; boundary=x", &expected);
        expect(body, "multipart/form-data; boundary=\"x\"", &expected);
        expect(body, "multipart/form-data", &[]);
    }

    #[test]
    fn the_deepest_nesting_is_walked() {
        let deep = 200_000;
        let body = format!("{}{{\"pin\":\"1\"}}{}", "[".repeat(deep), "]".repeat(deep));
        assert_eq!(
            SecretFields::default().in_body(body.as_bytes(), "").len(),
            1
        );
    }

    #[test]
    fn a_list_is_named_by_its_elements() {
        let pattern = Pattern::parse("/codes/*").expect("a pattern");
        let fields = SecretFields::new(&[pattern], &[]);
        let got = found(&fields, r#"{"codes":["a",{"b":1},null],"x":["c"]}"#, "");
        let expected = [("/codes/0", r#""a""#), ("/codes/1", r#"{"b":1}"#)];
        let expected = expected.map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(got, expected);
    }

    proptest! {
        #[test]
        fn what_is_found_is_in_order_and_apart(body in r#"([{}\[\]:,&= ]|"a"|"pin"|"card"|"number"|"x\\u0041"|pin|1|null|"){0,40}"#, kind in 0usize..3) {
            let kinds = ["application/json", FORM, "multipart/form-data; boundary=a"];
            let found = SecretFields::default().in_body(body.as_bytes(), kinds[kind]);
            let mut before = 0;
            for found in found {
                prop_assert!(before <= found.span.start && found.span.start < found.span.end);
                prop_assert!(found.span.end <= body.len());
                before = found.span.end;
            }
        }

        #[test]
        fn any_bytes_are_read(body in vec(any::<u8>(), 0..200), target in any::<String>()) {
            let fields = SecretFields::default();
            for kind in ["application/json", FORM, "multipart/form-data; boundary=a", ""] {
                fields.in_body(&body, kind);
            }
            fields.in_target(&target);
        }

        #[test]
        fn a_value_is_found_whatever_it_says(value in ".+", pretty in any::<bool>()) {
            let json = serde_json::json!({ "a": [{ "card": { "number": value } }], "b": value });
            let body = if pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) };
            let got = found(&SecretFields::default(), &body.expect("JSON"), "");
            let spelled = serde_json::to_string(&value).expect("a text");
            prop_assert_eq!(got, vec![("/a/0/card/number".to_owned(), spelled)]);
        }
    }

    #[test]
    fn a_body_is_read_as_what_it_is_called_or_looks_like() {
        use super::{first_byte, form_of};
        for (content_type, body, expected) in [
            ("application/json", "a=b", Form::Json),
            ("application/problem+json", "", Form::Json),
            ("application/x-ndjson", "", Form::Json),
            (FORM, "a=b", Form::Form),
            (FORM, " {", Form::Json),
            ("", "a=b", Form::Form),
            ("", "\u{feff}[", Form::Json),
            ("text/html", "<p>", Form::Other),
            ("multipart/form-data; boundary=x", "{", Form::Multipart),
        ] {
            assert_eq!(
                form_of(content_type, first_byte(body.as_bytes())),
                expected,
                "{content_type} {body}"
            );
        }
    }
}
