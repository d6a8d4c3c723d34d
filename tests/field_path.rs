//! From any path over any body to a span inside it: bodies are made together with the spans of their values, so that the
//! rules of RFC 6901 are judged by something that shares no code with the reader.

use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use reqscope::domain::api_error::asked::Asked;
use reqscope::domain::api_error::{Answered, read};
use reqscope::domain::compose::Compose;
use reqscope::domain::field_path::{Part, place, places};
use reqscope::domain::profile::Profile;
use reqscope::domain::redact::{Fingerprinter, REDACTED, Secret, request, rests};
use reqscope::domain::request::{KeyChoice, Method, Request};
use reqscope::domain::seal::Sealing;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A document; keys of an object may repeat.
#[derive(Clone, Debug)]
enum Model {
    Leaf(&'static str),
    List(Vec<Model>),
    Object(Vec<(String, Model)>),
}

/// A value as it was written: where, and what is in it.
#[derive(Debug)]
struct Written {
    span: Range<usize>,
    inside: Inside,
}

#[derive(Debug)]
enum Inside {
    Nothing,
    List(Vec<Written>),
    Object(Vec<(String, Written)>),
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ab]",
        3 => "0|1|2|00|01|-1|1e0",
        2 => "[~/]{1,3}|~[01]|a/b|m~n",
        1 => "\\PC{0,3}",
        1 => Just("\u{1}\"\\".to_owned()),
    ]
}

fn model() -> impl Strategy<Value = Model> {
    let leaf = prop_oneof![
        Just("1"),
        Just("-0.5e3"),
        Just("\"x\\u0041{]\""),
        Just("null"),
        Just("true"),
        Just("\"\"")
    ]
    .prop_map(Model::Leaf);
    leaf.prop_recursive(6, 60, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Model::List),
            vec((key(), inner), 0..5).prop_map(Model::Object),
        ]
    })
}

/// Writes a document, with blanks where they may stand and some keys in escapes.
fn write(model: &Model, salt: &mut u32, out: &mut String) -> Written {
    let mut blank = |out: &mut String| {
        *salt = salt.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        out.push_str(["", " ", "\n\t", ""][(*salt >> 24) as usize % 4]);
        (*salt >> 20) & 1 == 0
    };
    blank(out);
    let start = out.len();
    let inside = match model {
        Model::Leaf(text) => {
            out.push_str(text);
            Inside::Nothing
        }
        Model::List(list) => {
            out.push('[');
            let mut written = Vec::new();
            for (at, item) in list.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                written.push(write(item, salt, out));
            }
            out.push(']');
            Inside::List(written)
        }
        Model::Object(members) => {
            out.push('{');
            let mut written = Vec::new();
            for (at, (key, value)) in members.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                *salt = salt.wrapping_add(77);
                out.push_str(&spelled(key, *salt & 64 == 0));
                out.push(':');
                written.push((key.clone(), write(value, salt, out)));
            }
            out.push('}');
            Inside::Object(written)
        }
    };
    Written {
        span: start..out.len(),
        inside,
    }
}

fn spelled(key: &str, escaped: bool) -> String {
    match escaped {
        false => serde_json::Value::from(key).to_string(),
        true => {
            let units = key.encode_utf16().map(|unit| format!("\\u{unit:04X}"));
            format!("\"{}\"", units.collect::<String>())
        }
    }
}

/// What RFC 6901 4 says: the span of the value or of the deepest parent, and whether it is the value's.
fn judged(root: &Written, path: &[String]) -> (Range<usize>, bool) {
    let mut at = root;
    for step in path {
        let next = match &at.inside {
            Inside::Nothing => None,
            // Of duplicates the last.
            Inside::Object(members) => {
                let mut members = members.iter().rev();
                members.find(|(key, _)| key == step).map(|(_, value)| value)
            }
            Inside::List(list) => {
                let canonical = step == "0" || !step.starts_with(['0', '+']);
                let index = step.parse::<usize>().ok().filter(|_| canonical);
                index.and_then(|index| list.get(index))
            }
        };
        match next {
            Some(next) => at = next,
            None => return (at.span.clone(), false),
        }
    }
    (at.span.clone(), true)
}

/// Paths that lead somewhere more often than chance would: down the document, sometimes astray.
fn path_in(root: &Written, choices: &[(Index, u8, String)]) -> Vec<String> {
    let (mut at, mut path) = (root, Vec::new());
    for (choice, kind, stray) in choices {
        if *kind == 0 {
            path.push(stray.clone());
            continue;
        }
        match &at.inside {
            Inside::Object(members) if !members.is_empty() => {
                let (key, value) = choice.get(members);
                path.push(key.clone());
                at = value;
            }
            Inside::List(list) if !list.is_empty() => {
                let index = choice.index(list.len());
                path.push(index.to_string());
                at = &list[index];
            }
            _ => break,
        }
    }
    path
}

fn pointer(path: &[String]) -> String {
    let step = |step: &String| format!("/{}", step.replace('~', "~0").replace('/', "~1"));
    path.iter().map(step).collect()
}

fn choices() -> impl Strategy<Value = Vec<Vec<(Index, u8, String)>>> {
    vec(vec((any::<Index>(), 0..6_u8, key()), 0..6), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_path_leads_where_the_standard_says(model in model(), salt in any::<u32>(), choices in choices()) {
        let (mut body, mut salt) = (String::new(), salt);
        let root = write(&model, &mut salt, &mut body);
        let paths: Vec<Vec<String>> = choices.iter().map(|choices| path_in(&root, choices)).collect();
        let slices: Vec<&[String]> = paths.iter().map(Vec::as_slice).collect();
        for (path, place) in paths.iter().zip(places(&slices, body.as_bytes(), JSON)) {
            let (span, found) = judged(&root, path);
            prop_assert_eq!(place.span, Some((span.start, span.end)), "{:?} in {}", path, body);
            prop_assert_eq!(place.found, Some(found), "{:?} in {}", path, body);
            prop_assert_eq!(place.pointer, Some(pointer(path)));
            prop_assert_eq!(place.part, Part::Body);
        }
    }

    #[test]
    fn a_broken_body_gives_spans_inside_it(
        model in model(), salt in any::<u32>(), choices in choices(), cut in any::<Index>(), noise in any::<u8>(),
    ) {
        let (mut body, mut salt) = (String::new(), salt);
        let root = write(&model, &mut salt, &mut body);
        let mut bytes = body.into_bytes();
        let at = cut.index(bytes.len());
        if noise & 1 == 0 { bytes.truncate(at) } else { bytes[at] = noise }
        for choices in &choices {
            let path = path_in(&root, choices);
            let place = place(&path, &bytes, JSON);
            let (start, end) = place.span.expect("a place in JSON");
            prop_assert!(start <= end && end <= bytes.len());
            // One that is found is a value of its own: what a path leads to never runs into its neighbour.
            if place.found == Some(true) && noise & 1 == 0 && end < bytes.len() {
                let text = String::from_utf8_lossy(&bytes[start..end]);
                prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
            }
        }
    }

    #[test]
    fn any_body_and_any_label_do_no_harm(
        path in vec(prop_oneof![key(), any::<String>()], 0..6),
        body in prop_oneof![
            any::<Vec<u8>>(),
            "[a01]{0,2}([\\[\\]=&%+]|%5B|%5D|%zz|\\PC|a|0){0,60}".prop_map(String::into_bytes),
            "([\\[\\]{}:,\" ]|\"a\"|\"0\"|1){0,60}".prop_map(String::into_bytes),
        ],
        label in prop_oneof![Just(JSON), Just(FORM), Just(""), Just("text/plain"), Just("a/b+json; x=y")],
    ) {
        let place = place(&path, &body, label);
        if let Some((start, end)) = place.span {
            prop_assert!(start <= end && end <= body.len());
        }
        prop_assert_eq!(place.pointer, Some(pointer(&path)));
    }

    #[test]
    fn of_a_forms_duplicates_the_last_and_a_missing_field_at_its_parent(
        values in vec("[a-z]{0,3}", 1..5), other in "[a-z]{0,3}", nested in any::<bool>(),
    ) {
        let name = if nested { "card%5Bnumber%5D" } else { "amount" };
        let path: &[&str] = if nested { &["card", "number"] } else { &["amount"] };
        let pairs: Vec<String> = values.iter().map(|value| format!("{name}={value}")).collect();
        let body = format!("x={other}&{}&y=1", pairs.join("&"));
        let path: Vec<String> = path.iter().map(|step| (*step).into()).collect();
        let found = place(&path, body.as_bytes(), FORM);
        let last = body.len() - "&y=1".len();
        let start = last - values.last().map_or(0, String::len);
        prop_assert_eq!((found.found, found.span), (Some(true), Some((start, last))));

        let missing = place(&[path[0].clone(), "cvc".into()], body.as_bytes(), FORM);
        prop_assert_eq!(missing.found, Some(false));
        let (start, end) = missing.span.expect("a form");
        prop_assert!(body[start..end].contains(values.last().map_or("", String::as_str)));
    }
}

#[test]
fn depth_and_length_cost_neither_stack_nor_time() {
    let depth = 200_000;
    let deep = format!("{}7{}", "[".repeat(depth), "]".repeat(depth));
    let path = vec!["0".to_owned(); 2000];
    let found = place(&path, deep.as_bytes(), JSON);
    assert_eq!(
        (found.found, found.span),
        (Some(true), Some((2000, deep.len() - 2000)))
    );
    let open = place(&path, "{\"0\":".repeat(depth).as_bytes(), JSON);
    assert_eq!(open.found, Some(true));

    let long = format!("{{\"items\":[{}1]}}", "0,".repeat(1_000_000));
    let at = |index: &str| place(&["items".into(), index.into()], long.as_bytes(), JSON);
    assert_eq!(at("999999").found, Some(true));
    let last = at("1000000");
    assert_eq!(last.span, Some((long.len() - 3, long.len() - 2)));
    let beyond = at("1000001");
    assert_eq!(
        (beyond.found, beyond.span),
        (Some(false), Some((9, long.len() - 1)))
    );
    let form = "a[]=1&".repeat(300_000);
    assert_eq!(
        place(&["a".into(), "299999".into()], form.as_bytes(), FORM).found,
        Some(true)
    );
}

/// What is cut out when a request rests are header values: body spans, lines and parameters stay what they were.
#[test]
fn places_hold_in_the_request_as_it_rests() {
    let profile = Profile::sandbox("http://127.0.0.1:1");
    let body = br#"{"token":"sk_live_123456","amount":-5}"#;
    let mut composed = Request::new(Method::post(), "/v1/payments?limit=sk_live_123456&page=2");
    composed.body = body.to_vec();
    for (name, value) in [
        ("content-type", JSON),
        ("Cookie", "theme=dark; session=abcdefgh"),
        ("X-Plain", "seen"),
    ] {
        composed.headers.push(name, value);
    }
    let compose = Compose {
        operation: "op_1",
        account: Some("acct_1"),
        key: Some("k1"),
        key_choice: KeyChoice::Fresh,
        credential: Some(&Secret::new("sk_live_123456")),
    };
    let prepared = compose.prepare(&composed, &profile).expect("a request");
    let answered = Answered {
        status: 422,
        content_type: JSON,
        body: br#"{"detail":[
            {"loc":["body","amount"],"msg":"m","type":"t"},
            {"loc":["body","token"],"msg":"m","type":"t"},
            {"loc":["query","page"],"msg":"m","type":"t"},
            {"loc":["header","authorization"],"msg":"m","type":"t"},
            {"loc":["cookie","session"],"msg":"m","type":"t"},
            {"loc":["header","x-missing"],"msg":"m","type":"t"}]}"#,
    };
    let shown = rests(&prepared);
    let report = read(&answered, &Asked::of(&prepared, &shown), None).expect("FastAPI's");
    let rests = request(&prepared, &Sealing::none(Fingerprinter::new(&[7; 32])));
    let rests = rests.get();
    let span = |error: usize| {
        let (start, end) = report.errors[error].place.span.expect("in the body");
        &rests.body[start..end]
    };
    assert_eq!((span(0), span(1)), (&b"-5"[..], &b"\"[redacted]\""[..]));
    let field = |error: usize| report.errors[error].place.field.clone().expect("a field");
    let page = field(2);
    assert_eq!((page.name.as_str(), page.at), ("page", Some(1)));
    for (error, name) in [(3, "Authorization"), (4, "Cookie")] {
        let field = field(error);
        assert!(field.name.eq_ignore_ascii_case(name), "{field:?}");
        let line = rests.headers.iter().nth(field.at.expect("it was sent"));
        let (sent, value) = line.expect("a line");
        assert!(sent.eq_ignore_ascii_case(name), "{sent}");
        assert_eq!(value, REDACTED);
    }
    assert_eq!(
        (field(5).at, report.errors[5].place.found),
        (None, Some(false))
    );
}
