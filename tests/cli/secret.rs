//! No secret rests: what was sent with one is in the history without it.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::json;

use crate::bench::{Listener, PAYMENT, home, run, text};

const KEY: &str = "sk_live_planted_4f9d";
const COOKIE: &str = "session=planted-cookie-77";

/// Every file below a directory, with its bytes.
fn files(below: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(below).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((
                path.display().to_string(),
                std::fs::read(&path).expect("a file"),
            ));
        }
    }
}

fn contains(bytes: &[u8], wanted: &str) -> bool {
    bytes
        .windows(wanted.len())
        .any(|window| window == wanted.as_bytes())
}

/// What of this text is the same in base64 wherever it stands: in each of the three places relative to the groups.
fn base64_forms(secret: &str) -> Vec<String> {
    let shifted = |shift: usize| {
        let padded = [&vec![0; shift][..], secret.as_bytes()].concat();
        let encoded = STANDARD_NO_PAD.encode(padded);
        // The first characters hold what stands before, the last one what follows.
        let start = [0, 2, 3][shift];
        encoded[start..encoded.len() - 1].to_owned()
    };
    (0..3).map(shifted).collect()
}

#[test]
fn no_file_holds_a_planted_secret() {
    let mut home = home();
    home.set("REQSCOPE_API_KEY", KEY);
    let cookie = format!("Cookie: {COOKIE}");
    let words = [
        "-H",
        &cookie,
        "-H",
        "X-Api-Key: planted-third-secret",
        "-d",
        PAYMENT,
    ];
    let head = format!(
        "400 Bad Request\r\ncontent-type: application/json\r\nX-Echo: Bearer {KEY}\r\nSet-Cookie: {COOKIE}"
    );
    let body = format!(
        r#"{{"code":"request_errors","data":{{"errors":[{{"code":"c","message":"you sent {KEY}","path":["{COOKIE}"]}}]}}}}"#
    );
    let echoing = Listener::with(&head, body.as_bytes());
    let to_echoing = [&["--base-url", echoing.url.as_str()], &words[..]].concat();
    let echoed = run(&home, "send /v1/payments --json", &to_echoing).expect_code(4);
    let exchange = echoed.json();
    assert_eq!(exchange["outcome"]["body_redacted"], 2);
    assert_eq!(
        exchange["outcome"]["errors"][0]["message"],
        "you sent [redacted]"
    );
    let id = text(&exchange["id"]);
    let outputs = [
        run(&home, "send /v1/payments --json", &words).expect_code(4),
        run(&home, "send /v1/payments", &to_echoing).expect_code(4),
        run(&home, "history --json", &[]).expect_code(0),
        run(&home, "show", &[id]).expect_code(0),
        run(&home, "show --body", &[id]).expect_code(0),
        echoed,
    ];
    let secrets = [KEY, COOKIE, "planted-third-secret"];
    for output in &outputs {
        for secret in secrets {
            assert!(
                !contains(&output.stdout, secret) && !contains(&output.stderr, secret),
                "{secret}: {output}"
            );
        }
    }
    assert!(
        outputs[4].stdout().contains("you sent [redacted]"),
        "{}",
        outputs[4]
    );

    let mut found = Vec::new();
    files(home.path(), &mut found);
    assert!(
        found.iter().any(|(name, _)| name.contains("history.db")),
        "the history was not found"
    );
    for (name, bytes) in &found {
        for secret in secrets {
            assert!(!contains(bytes, secret), "{secret} is in {name}");
            for form in base64_forms(secret) {
                assert!(!contains(bytes, &form), "{secret} is in {name}, as {form}");
            }
        }
    }
}

#[test]
fn a_secret_that_was_not_kept_is_asked_for_and_then_sent_as_it_was() {
    let mut home = home();
    let config = home.write("config.toml", "[profile.sandbox]\nkeep = \"session\"\n");
    home.set("REQSCOPE_CONFIG", config);
    let listener = Listener::with("200 OK", b"{}");
    let cookie = format!("Cookie: {COOKIE}");
    let sent = run(
        &home,
        "send /v1/x --json --base-url",
        &[&listener.url, "-H", &cookie, "-d", "a=b", "-HX-Plain: 1"],
    );
    let sent = sent.expect_code(0).json();
    let first = listener.heard();
    assert!(contains(&first, COOKIE));

    let id = text(&sent["id"]);
    let base = ["--base-url", listener.url.as_str()];
    let refused = run(&home, "replay --same-key", &[&[id], &base[..]].concat()).expect_code(3);
    assert!(
        refused.stderr().contains("--secret header:cookie=env:NAME"),
        "{refused}"
    );
    run(
        &home,
        "replay --same-key --yes",
        &[&[id], &base[..]].concat(),
    )
    .expect_code(3);
    assert!(listener.is_silent());

    home.set("SESSION", COOKIE);
    let file = home.write("cookie", format!("{COOKIE}\n"));
    let from_file = format!("header:cookie=@{}", file.display());
    for secret in [
        "header:cookie=env:SESSION",
        "header:Cookie=env:SESSION",
        &from_file,
    ] {
        run(
            &home,
            "replay --same-key --secret",
            &[&[secret, id], &base[..]].concat(),
        )
        .expect_code(0);
        assert!(listener.heard() == first, "the same bytes: {secret}");
    }
    let mut found = Vec::new();
    files(&home.data_dir(), &mut found);
    assert!(found.iter().all(|(_, bytes)| !contains(bytes, COOKIE)));
}

#[test]
fn redacted_is_never_sent() {
    let home = home();
    let listener = Listener::with("200 OK", b"{}");
    let refused = run(&home, "send", &[&listener.url, "-HCookie: [redacted]"]).expect_code(2);
    assert!(
        refused.stderr().contains("header:Cookie") && refused.stderr().contains("was not kept"),
        "{refused}"
    );
    assert!(listener.is_silent());
}

#[test]
fn a_replay_takes_the_profiles_credential_of_now() {
    let mut home = home();
    let listener = Listener::with("401 Unauthorized", b"{}");
    let base = ["--base-url", listener.url.as_str()];
    home.set("REQSCOPE_API_KEY", "sk_old_one");
    let sent = run(&home, "send POST /v1/x --json", &base)
        .expect_code(4)
        .json();
    assert!(listener.head().contains("bearer sk_old_one"));
    home.set("REQSCOPE_API_KEY", "sk_new_one");
    let again = run(
        &home,
        "replay --same-key --json",
        &[&[text(&sent["id"])], &base[..]].concat(),
    )
    .expect_code(4)
    .json();
    assert!(listener.head().contains("bearer sk_new_one"));
    assert_eq!(again["send"], json!(2));
}
