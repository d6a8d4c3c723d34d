//! Whatever is sent comes back byte for byte, and what was planted in it does not rest.

use proptest::prelude::{
    Just, Strategy, TestCaseError, any, prop_assert, prop_assert_eq, prop_oneof, proptest,
};

use crate::domain::refill::tests::{Installation, composed, lines, prepared};

/// What stands in the values of secret fields below, and nowhere else.
const PLANTED: &str = "S3CR3T";

/// A JSON text, its secrets planted, its spelling anybody's.
fn json() -> impl Strategy<Value = String> {
    let secret = prop_oneof![
        "[a-z]{0,4}".prop_map(|end| format!("\"{PLANTED}{end}\"")),
        "[a-z \\[\\]{}:,&=]{0,6}".prop_map(|end| format!("\"\\u0053 {PLANTED}\\\"\\\\{end}\"")),
        any::<u32>().prop_map(|n| format!("[\"{PLANTED}\",{n}]")),
        any::<u32>().prop_map(|n| format!("{{\"a\":\"{PLANTED}\" , \"b\":{n}}}")),
    ];
    let plain = prop_oneof![
        Just("null".to_owned()),
        any::<i32>().prop_map(|n| n.to_string()),
        "[a-z\\[\\]{}:, ]{0,8}".prop_map(|text| format!("\"{text}\"")),
        Just("\"was [redacted]\"".to_owned()),
    ];
    let space = "[ \n\t]{0,2}";
    let name = prop_oneof!["\"(amount|x|items)\"", Just("\"\\u0061\"".to_owned())];
    let secret_name = prop_oneof![
        Just("\"password\"".to_owned()),
        Just("\"p\\u0061ssword\"".to_owned()),
        Just("\"access_token\"".to_owned()),
    ];
    let hidden = (secret_name, space, secret)
        .prop_map(|(name, space, value)| format!("{name}:{space}{value}"));
    plain.prop_recursive(4, 24, 4, move |inner| {
        let shown = (name.clone(), space, inner.clone());
        let shown = shown.prop_map(|(name, space, value)| format!("{name}{space}:{value}"));
        let members = proptest::collection::vec(prop_oneof![2 => shown, 1 => hidden.clone()], 0..4);
        prop_oneof![
            (members, space).prop_map(|(members, space)| format!(
                "{{{}{space}}}",
                members.join(&format!(",{space}"))
            )),
            proptest::collection::vec(inner, 0..3)
                .prop_map(|values| format!("[{}]", values.join(", "))),
        ]
    })
}

/// Pairs as forms and queries have them.
fn pairs() -> impl Strategy<Value = String> {
    let value = prop_oneof!["[a-z0-9%+]{0,6}", Just("%5Bx%5D".to_owned())];
    let shown = ("(a|b|c%5Bd%5D)", value).prop_map(|(name, value)| format!("{name}={value}"));
    let hidden = ("(password|p%61ssword|access_token)", "[a-z0-9%+]{0,6}");
    let hidden = hidden.prop_map(|(name, end)| format!("{name}={PLANTED}{end}"));
    let pair = prop_oneof![shown, hidden, Just("flag".to_owned()), Just(String::new())];
    proptest::collection::vec(pair, 0..6).prop_map(|pairs| pairs.join("&"))
}

/// That a request is the same after it rested, and that nothing planted rests.
fn comes_back(
    target: &str,
    kind: Option<&str>,
    body: &[u8],
    whole: bool,
) -> Result<(), TestCaseError> {
    let Some(first) = prepared(&composed(target, kind, body)) else {
        return Ok(());
    };
    let ours = Installation::new(1);
    let (sent, payload) = (ours.rests(&first), ours.payload(&first));
    if whole {
        let rests = String::from_utf8_lossy(&sent.body);
        prop_assert!(!rests.contains(PLANTED), "{rests}");
    }
    prop_assert!(!sent.target.contains(PLANTED), "{}", sent.target);
    let again = ours.refill(&sent, &payload, &[]);
    let again = again.map_err(|error| TestCaseError::fail(format!("{error}: {sent:?}")))?;
    prop_assert_eq!(&again.body, &first.body);
    prop_assert_eq!(&again.target, &first.target);
    prop_assert_eq!(lines(&again), lines(&first));
    Ok(())
}

proptest! {
    #[test]
    fn any_json_comes_back(body in json(), query in pairs()) {
        comes_back(&format!("/v1/x?{query}"), None, body.as_bytes(), true)?;
    }

    #[test]
    fn any_form_comes_back(body in pairs(), query in pairs()) {
        let form = Some("application/x-www-form-urlencoded");
        comes_back(&format!("/v1/x?{query}"), form, body.as_bytes(), true)?;
    }

    #[test]
    fn what_breaks_off_comes_back(body in json(), at in any::<proptest::sample::Index>()) {
        let cut = &body.as_bytes()[..at.index(body.len() + 1)];
        comes_back("/v1/x", Some("application/json"), cut, true)?;
    }

    #[test]
    fn any_bytes_come_back(
        body in any::<Vec<u8>>(),
        target in "/[a-z?&=%#\\[\\]A-Z0-9]{0,20}",
        kind in prop_oneof![Just(None), Just(Some("application/json")), Just(Some("text/plain")),
            Just(Some("application/x-www-form-urlencoded"))],
    ) {
        comes_back(&target, kind, &body, false)?;
    }
}
