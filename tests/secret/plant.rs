//! The secrets that are planted, and the search for them.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use support::home::{Home, Output};

/// The profile's credential.
pub const CREDENTIAL: &str = "sk_live_planted/3+cred";
/// In `X-Api-Key`.
pub const HEADER: &str = "hk~planted/header+1?";
/// In a cookie.
pub const COOKIE: &str = "ck-planted/cookie+2";
/// The parameter `api_key` of a query.
pub const QUERY: &str = "qk planted/query&4";
/// The JSON field `password`.
pub const FIELD: &str = "pw \"planted\"\\body/5é<>";
/// The JSON field `card.number`, as a text and as a number.
pub const CARD: &str = "4929119933557710";
/// The JSON field `pin`: too short to be known by value.
pub const PIN: &str = "Zq~7";
/// A field that only the profile calls a secret.
pub const OWN: &str = "own-planted/iban-8";
/// The form field `client_secret`.
pub const FORM: &str = "fs planted+form/6&=";
/// What the server calls `refresh_token` in its answer.
pub const ANSWERED: &str = "rt-planted/answer\\7";
/// What the server sets as a cookie.
pub const SET_COOKIE: &str = "sc-planted-set-cookie-9";
/// In the query of a URL that the server names.
pub const LINKED: &str = "lt-planted-link-10";

/// All of them.
pub const ALL: [&str; 12] = [
    CREDENTIAL, HEADER, COOKIE, QUERY, FIELD, CARD, PIN, OWN, FORM, ANSWERED, SET_COOKIE, LINKED,
];

/// A text as JSON has it between its quotes.
pub fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// A text as JSON may have it: each character an escape.
pub fn unicode(text: &str) -> String {
    text.encode_utf16()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect()
}

/// A text percent-encoded, with capital digits.
pub fn percent(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// A text as a form has it.
pub fn form(text: &str) -> String {
    percent(text).replace("%20", "+")
}

/// What of a text's base64 is the same wherever it stands: in each of the three places relative to the groups, in each
/// alphabet.
fn base64(secret: &str) -> impl Iterator<Item = String> {
    (0..3).flat_map(move |shift| {
        let padded = [&[0; 2][..shift], secret.as_bytes()].concat();
        let encoded = STANDARD_NO_PAD.encode(&padded);
        let (start, end) = ((shift * 8).div_ceil(6), padded.len() * 8 / 6);
        let core = encoded[start..end].to_owned();
        [core.replace('+', "-").replace('/', "_"), core]
    })
}

/// Every spelling that is searched for.
fn spellings(secret: &str) -> Vec<String> {
    let mut spellings = vec![
        secret.to_owned(),
        json(secret),
        json(secret).replace('/', "\\/"),
        json(&json(secret)),
        unicode(secret),
        unicode(secret).to_uppercase().replace("\\U", "\\u"),
        percent(secret),
        percent(secret).to_lowercase(),
        form(secret),
    ];
    // A few characters of base64 are found in any file.
    if secret.len() > PIN.len() {
        spellings.extend(base64(secret));
    }
    spellings.sort_unstable();
    spellings.dedup();
    spellings
}

/// Which secrets these bytes hold, and how they are spelled.
pub fn found_in(bytes: &[u8]) -> Vec<String> {
    let held = |spelling: &String| memchr::memmem::find(bytes, spelling.as_bytes()).is_some();
    let all = ALL.iter().flat_map(|secret| {
        let spelled = spellings(secret).into_iter().filter(held);
        spelled.map(move |spelling| format!("{secret} as {spelling}"))
    });
    all.collect()
}

/// Searches every file below the home, and what each command printed.
///
/// # Panics
/// With each secret that is there, and where.
pub fn search(home: &Home, outputs: &[Output]) {
    let mut files = Vec::new();
    collect(home.path(), &mut files);
    for wanted in ["history.db", "sandbox.json", "bodies"] {
        assert!(
            files.iter().any(|(name, _)| name.contains(wanted)),
            "no {wanted} was written"
        );
    }
    let mut leaks = Vec::new();
    for (name, bytes) in &files {
        leaks.extend(
            found_in(bytes)
                .into_iter()
                .map(|leak| format!("{name}: {leak}")),
        );
    }
    for output in outputs {
        for bytes in [&output.stdout, &output.stderr] {
            // The command alone: what it printed may be long.
            let shown = output.to_string();
            let command = shown.lines().next().unwrap_or_default();
            let found = found_in(bytes).into_iter();
            leaks.extend(found.map(|leak| format!("{leak} in what was printed by {command}")));
        }
    }
    assert!(
        leaks.is_empty(),
        "{} leaks:\n{}",
        leaks.len(),
        leaks.join("\n")
    );
}

fn collect(below: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(below).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            let bytes = std::fs::read(&path).expect("a file of our own");
            files.push((path.display().to_string(), bytes));
        }
    }
}

#[test]
fn the_search_finds_what_it_is_to_find() {
    for secret in ALL {
        let long = secret.len() > PIN.len();
        for text in [
            secret.to_owned(),
            json(secret),
            unicode(secret),
            percent(secret),
            form(secret),
            if long {
                STANDARD_NO_PAD.encode(format!("ab{secret}c"))
            } else {
                secret.to_owned()
            },
        ] {
            assert!(
                !found_in(format!("…{text}…").as_bytes()).is_empty(),
                "{text}"
            );
        }
    }
    assert_eq!(found_in(b"nothing of it"), [""; 0]);
}
