//! Secrets cut out of a body while it streams: its own secret fields, and what a server echoes of the request.
//!
//! ```text
//!   piece ─▶ field: JSON and form fields, by name and path ─▶ query: ?token=… in any text ─▶ echo: by value ─▶ may rest
//! ```
//!
//! Fields go first: a secret field that echoes a secret is one mark, not two. Each stage takes pieces that part anywhere,
//! keeps a bounded state whatever comes, and passes what is no secret byte for byte. Not here: heads, errors and
//! failures, which are whole when `redact` sees them.

pub mod echo;
pub mod field;
pub mod head;
pub mod query;

use std::sync::Arc;

use crate::domain::compose::Prepared;
use crate::domain::echo::Echoes;
use crate::domain::profile::Profile;
use crate::domain::redact_stream::echo::EchoCut;
use crate::domain::redact_stream::field::FieldCut;
use crate::domain::redact_stream::query::QueryCut;
use crate::domain::secret_field::SecretFields;

/// Cuts the secrets out of the body of one answer.
pub struct BodyCut {
    field: FieldCut,
    query: QueryCut,
    echo: EchoCut,
    between: [Vec<u8>; 2],
}

impl BodyCut {
    /// For the answer to this request.
    pub fn new(prepared: &Prepared, profile: &Profile) -> BodyCut {
        let fields = Arc::clone(&profile.secret_fields);
        let echoes = Echoes::of(&prepared.secret_values());
        BodyCut::of(fields, Arc::new(echoes))
    }

    /// For these fields and echoes.
    fn of(fields: Arc<SecretFields>, echoes: Arc<Echoes>) -> BodyCut {
        BodyCut {
            field: FieldCut::new(Arc::clone(&fields), Arc::clone(&echoes)),
            query: QueryCut::new(fields),
            echo: EchoCut::new(echoes),
            between: Default::default(),
        }
    }

    /// What the answer calls its body; before its first piece.
    pub fn content_type(&mut self, content_type: &str) {
        self.field.content_type(content_type);
    }

    /// Takes the next piece, and adds to `out` what may rest of all that came so far.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let [first, second] = &mut self.between;
        first.clear();
        second.clear();
        self.field.push(piece, first);
        self.query.push(first, second);
        self.echo.push(second, out);
    }

    /// The body has ended, or broken off: adds the rest.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let [first, second] = &mut self.between;
        first.clear();
        second.clear();
        self.field.finish(first);
        self.query.push(first, second);
        self.query.finish(second);
        self.echo.push(second, out);
        self.echo.finish(out);
    }

    /// How many were cut out.
    pub fn count(&self) -> u32 {
        let counts = [self.field.count(), self.query.count(), self.echo.count()];
        counts.into_iter().fold(0, u32::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, LazyLock};

    use proptest::collection::vec;
    use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};

    use super::BodyCut;
    use crate::domain::compose::{Compose, Marked, Prepared};
    use crate::domain::echo::Echoes;
    use crate::domain::profile::Profile;
    use crate::domain::redact::Secret;
    use crate::domain::request::{KeyChoice, Method, Request};
    use crate::domain::secret_field::SecretFields;

    const JSON: &str = "application/json";

    fn profile() -> Profile {
        Profile::sandbox("http://127.0.0.1:1")
    }

    fn prepared(cookie: &str) -> Prepared {
        let mut request = Request::new(Method::post(), "/");
        request.headers.push("Cookie", cookie);
        request.body = br#"{"card":{"number":4242424242424242}}"#.to_vec();
        let compose = Compose {
            operation: "op_1",
            account: None,
            key: None,
            key_choice: KeyChoice::None,
            credential: Some(&Secret::new("sk_live_123456")),
        };
        compose.prepare(&request, &profile()).expect("a request")
    }

    fn cut(content_type: &str, pieces: &[&[u8]]) -> (Vec<u8>, u32) {
        static ECHOES: LazyLock<Arc<Echoes>> = LazyLock::new(|| {
            let prepared = prepared(r#"a="quoted""#);
            Arc::new(Echoes::of(&prepared.secret_values()))
        });
        let mut cut = BodyCut::of(Arc::default(), Arc::clone(&ECHOES));
        cut.content_type(content_type);
        let mut out = Vec::new();
        pieces.iter().for_each(|piece| cut.push(piece, &mut out));
        cut.finish(&mut out);
        (out, cut.count())
    }

    /// However it is parted.
    fn expect(content_type: &str, body: &str, rests: &str, count: u32) {
        let told = |pieces: &[&[u8]]| {
            let (out, count) = cut(content_type, pieces);
            (String::from_utf8_lossy(&out).into_owned(), count)
        };
        let expected = (rests.to_owned(), count);
        assert_eq!(told(&[body.as_bytes()]), expected, "{body}");
        for at in 0..body.len() {
            let (one, two) = body.as_bytes().split_at(at);
            assert_eq!(told(&[one, two]), expected, "{body} at {at}");
        }
        let bytes: Vec<&[u8]> = body.as_bytes().chunks(1).collect();
        assert_eq!(told(&bytes), expected, "{body} byte by byte");
    }

    /// A body, what rests of it, and how many were cut.
    #[rustfmt::skip]
    const ECHOES: &[(&str, &str, u32)] = &[
        ("", "", 0),
        ("nothing here", "nothing here", 0),
        ("sk_live_123456", "[redacted]", 1),
        ("a sk_live_123456 b Bearer sk_live_123456.", "a [redacted] b [redacted].", 2),
        ("sk_live_123456sk_live_123456", "[redacted][redacted]", 2),
        ("sk_live_12345", "[redacted]", 1),
        ("sk_live_12345 ", "sk_live_12345 ", 0),
        ("Bearer sk_live_12", "[redacted]", 1),
        (r#"{"c":"a=\"quoted\""}"#, r#"{"c":"[redacted]"}"#, 1),
        (r#"a="quoted""#, "[redacted]", 1),
        ("sk_l", "sk_l", 0),
        (r"sk_live_\u00312345\u0036", "[redacted]", 1),
        (r"sk_live_\u00312345\u00", "[redacted]", 1),
        ("sk%5Flive%5f123456", "[redacted]", 1),
        ("Basic c2tfbGl2ZV8xMjM0NTY=", "Basic [redacted]=", 1),
        (r#"{"n":4242424242424242,"m":"4242424242424242","k":14242424242424242}"#, r#"{"n":"[redacted]","m":"[redacted]","k":1[redacted]}"#, 3),
        (r#"[4242424242424242]"#, r#"["[redacted]"]"#, 1),
    ];

    #[test]
    fn an_echo_is_cut_out_wherever_the_pieces_part() {
        for (body, rests, count) in ECHOES {
            expect(
                if body.starts_with(['{', '[']) {
                    ""
                } else {
                    "text/plain"
                },
                body,
                rests,
                *count,
            );
        }
    }

    /// A body, what rests of it, and how many were cut.
    #[rustfmt::skip]
    const FIELDS: &[(&str, &str, u32)] = &[
        (r#"{"a":1,"password":"x \" y","b":2}"#, r#"{"a":1,"password":"[redacted]","b":2}"#, 1),
        (r#" {"card" : { "number" : "42" , "cvc" : 123 } } "#, r#" {"card" : { "number" : "[redacted]" , "cvc" : "[redacted]" } } "#, 2),
        (r#"{"pa\u0073sword":"x"}"#, r#"{"pa\u0073sword":"[redacted]"}"#, 1),
        (r#"{"pin":"1","pin":"2"}"#, r#"{"pin":"[redacted]","pin":"[redacted]"}"#, 2),
        (r#"{"secret": {"a": [1, "}"], "b": {}} , "c": 1}"#, r#"{"secret": "[redacted]" , "c": 1}"#, 1),
        (r#"[{"token":["a", "b"]},{"token":7}]"#, r#"[{"token":"[redacted]"},{"token":"[redacted]"}]"#, 2),
        (r#"{"password":null,"pin":true,"otp":false,"cvc":"", "pwd": "[redacted]"}"#, r#"{"password":null,"pin":true,"otp":false,"cvc":"", "pwd": "[redacted]"}"#, 0),
        ("{\"pin\":\"1\"}\n{\"pin\":\"2\"}\n", "{\"pin\":\"[redacted]\"}\n{\"pin\":\"[redacted]\"}\n", 2),
        (r#"{"password":"broken off in"#, r#"{"password":"[redacted]""#, 1),
        (r#"{"secret":{"a":"bro"#, r#"{"secret":"[redacted]""#, 1),
        (r#"{"password":"#, r#"{"password":"#, 0),
        (r#"{"password": hunter 2, "a": 1}"#, r#"{"password": "[redacted]", "a": 1}"#, 1),
        (r#"{"password": nul"#, r#"{"password": "[redacted]""#, 1),
        (r#"{"password":"sk_live_123456"}"#, r#"{"password":"[redacted]"}"#, 1),
        (r#"{"password":"a sk_live_123456 b"}"#, r#"{"password":"[redacted]"}"#, 1),
        (r#"{"next":"/x?token=abc&p=2","next_page_token":"abc"}"#, r#"{"next":"/x?token=[redacted]&p=2","next_page_token":"abc"}"#, 1),
        (r#"{"amount":-12.5e3,"n":123456789,"t":true}"#, r#"{"amount":-12.5e3,"n":123456789,"t":true}"#, 0),
        ("", "", 0),
        ("}}]]", "}}]]", 0),
        ("{\"pin\": a b  c  , \"d\": 1}", "{\"pin\": \"[redacted]\", \"d\": 1}", 1),
    ];

    #[test]
    fn a_secret_field_is_cut_out_wherever_the_pieces_part() {
        for (body, rests, count) in FIELDS {
            expect(JSON, body, rests, *count);
        }
        let form = "application/x-www-form-urlencoded";
        for (body, rests, count) in [
            (
                "access_token=abc&scope=x&card%5Bnumber%5D=42",
                "access_token=[redacted]&scope=x&card%5Bnumber%5D=[redacted]",
                2,
            ),
            (
                "pin=&token=[redacted]&password=a=b",
                "pin=&token=[redacted]&password=[redacted]",
                1,
            ),
            ("pin&x=1&&=", "pin&x=1&&=", 0),
            ("token", "token", 0),
        ] {
            expect(form, body, rests, count);
            expect("", body, rests, count);
        }
        expect("text/html", r#"<p>"pin":"1"</p>"#, r#"<p>"pin":"1"</p>"#, 0);
        expect("text/html", r#"{"pin":"1"}"#, r#"{"pin":"[redacted]"}"#, 1);
        expect(
            "text/event-stream",
            "data: {\"pin\":1}\n\n",
            "data: {\"pin\":\"[redacted]\"}\n\n",
            1,
        );
        expect(
            "",
            "\u{feff} {\"pin\":1}",
            "\u{feff} {\"pin\":\"[redacted]\"}",
            1,
        );
    }

    #[test]
    fn a_secret_of_any_size_is_dropped_as_it_comes() {
        let mut cut = BodyCut::new(&prepared("x"), &profile());
        let (mut out, piece) = (Vec::new(), vec![b'x'; 1 << 20]);
        cut.push(b"{\"secret\":[\"", &mut out);
        (0..64).for_each(|_| cut.push(&piece, &mut out));
        cut.push(b"\"],\"password\":\"", &mut out);
        (0..64).for_each(|_| cut.push(&piece, &mut out));
        assert!(cut.between.iter().all(|held| held.capacity() < 1 << 16));
        cut.push(b"\"}", &mut out);
        cut.finish(&mut out);
        let rests = r#"{"secret":"[redacted]","password":"[redacted]"}"#;
        assert_eq!(String::from_utf8_lossy(&out), rests);
    }

    #[test]
    fn nesting_has_no_limit() {
        let deep = 1_000_000;
        let body = format!("{}{{\"pin\":\"1\"}}{}", "[".repeat(deep), "]".repeat(deep));
        let (out, count) = cut(JSON, &[body.as_bytes()]);
        assert_eq!((out.len(), count), (body.len() - 1 + "[redacted]".len(), 1));
    }

    #[test]
    fn a_request_without_secrets_holds_nothing_back() {
        let mut bare = prepared("x");
        bare.lines.clear();
        bare.secrets = Marked::default();
        bare.body.clear();
        let (mut cut, mut out) = (BodyCut::new(&bare, &profile()), Vec::new());
        cut.push(b"sk_live_123456", &mut out);
        assert_eq!(out, b"sk_live_123456");
    }

    /// JSON, or nearly.
    fn near_json() -> impl Strategy<Value = String> {
        r#"([{}\[\]:, ]|"a"|"pin"|"card"|"number"|"x\\u0041\\""|"sk_live_123456"|1|123456|null|"|"b":1,|"card":"x",|"c":\[){0,40}"#
    }

    proptest! {
        #[test]
        fn what_holds_no_secret_stays_as_it_is(pieces in any::<Vec<Vec<u8>>>()) {
            let parts: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(cut("", &parts).0, pieces.concat());
        }

        #[test]
        fn pieces_change_nothing(body in r#"([{}\[\]:,&=? ]|"a"|"pin"|"card"|"number"|"x\\u0041\\""|"sk_live_123456"|pin|1|123456|null|"){0,40}"#, sizes in vec(1usize..9, 1..20), kind in 0usize..2) {
            let kind = [JSON, "application/x-www-form-urlencoded"][kind];
            let whole = cut(kind, &[body.as_bytes()]);
            let (mut pieces, mut rest) = (Vec::new(), body.as_bytes());
            for size in sizes.iter().cycle() {
                let (piece, after) = rest.split_at((*size).min(rest.len()));
                pieces.push(piece);
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(cut(kind, &pieces), whole);
        }

        #[test]
        fn a_body_in_memory_and_one_that_streams_agree(body in near_json()) {
            let found = SecretFields::default().in_json(body.as_bytes());
            let mut cut = BodyCut::of(Arc::default(), Arc::default());
            cut.content_type(JSON);
            let mut out = Vec::new();
            cut.push(body.as_bytes(), &mut out);
            cut.finish(&mut out);
            let (mut spliced, mut from) = (String::new(), 0);
            for found in &found {
                spliced.push_str(&body[from..found.span.start]);
                spliced.push_str("\"[redacted]\"");
                from = found.span.end;
            }
            spliced.push_str(&body[from..]);
            // A text that breaks off in white space inside a secret ends with it in memory, and without it here.
            prop_assert_eq!(String::from_utf8_lossy(&out).trim_end().to_owned(), spliced.trim_end().to_owned());
            prop_assert!(cut.count() as usize >= found.len());
        }

        #[test]
        fn json_stays_json(value in "\\PC{0,20}", number in any::<u64>(), pretty in any::<bool>()) {
            let json = serde_json::json!({
                "password": value, "a": [value, number, 4242424242424242_u64], "secret": { "x": number }, "u": format!("?token={value}"),
            });
            let body = if pretty { serde_json::to_vec_pretty(&json) } else { serde_json::to_vec(&json) };
            let (out, _) = cut(JSON, &[&body.expect("JSON")]);
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&out).is_ok(), "{}", String::from_utf8_lossy(&out));
        }
    }
}
