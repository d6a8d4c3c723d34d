//! The command line: a lost answer, another process, the same bytes.

use std::time::{Duration, Instant};

use crate::relay::{Relay, body};
use crate::{NUMBER, PAYMENT, assert_nowhere, history, home, id, payments, run};

/// Pays with a lost answer, and tells which exchange that was.
fn lost(home: &support::home::Home, relay: &Relay) -> String {
    let words = [
        "-HSandbox-Fault: drop-after",
        "-HCookie: session=planted77",
        "-d",
        PAYMENT,
    ];
    let lost = run(home, relay, "send /v1/payments --json", &words)
        .expect_code(6)
        .json();
    assert_eq!(
        body(&relay.posts()[0]),
        PAYMENT.as_bytes(),
        "it went out as it was written"
    );
    id(&lost).to_owned()
}

#[test]
fn sealed_it_is_sent_again_byte_for_byte_and_pays_once() {
    let home = home("sealed");
    let relay = Relay::start(&home);
    let lost = lost(&home, &relay);
    assert_nowhere(&home, &[NUMBER, "u0034242", "planted77"]);
    let shown = history(&home).remove(0);
    assert_eq!(
        shown["request"]["body"],
        PAYMENT
            .replace("\"\\u0034242424242424242\"", "\"[redacted]\"")
            .replace("\"737\"", "\"[redacted]\"")
    );
    assert!(!shown.to_string().contains("sealed"), "{shown}");

    let again = run(&home, &relay, "replay --same-key --json", &[&lost])
        .expect_code(0)
        .json();
    assert_eq!(again["outcome"]["replayed"], true, "{again}");
    let posts = relay.posts();
    assert_eq!(posts.len(), 2);
    assert_eq!(
        String::from_utf8_lossy(&posts[0]),
        String::from_utf8_lossy(&posts[1])
    );
    assert_eq!(payments(&home, &relay), 1);
    assert_nowhere(&home, &[NUMBER, "u0034242", "planted77"]);
}

#[test]
fn killed_in_flight_it_is_found_out_with_the_same_bytes() {
    let home = home("sealed");
    let relay = Relay::start(&home);
    let words = [
        "--base-url",
        &relay.url,
        "send",
        "/v1/payments",
        "-HSandbox-Fault: drip=1",
        "-d",
        PAYMENT,
    ];
    let mut sending = home.start(&words);
    let deadline = Instant::now() + Duration::from_secs(30);
    while payments(&home, &relay) == 0 {
        assert!(Instant::now() < deadline, "it never acted");
    }
    sending.kill();
    assert_eq!(sending.wait_exit(), None, "a signal ended it");
    let left = history(&home).remove(0);
    assert_eq!(left["outcome"]["kind"], "indeterminate", "{left}");
    run(&home, &relay, "replay --same-key", &[id(&left)]).expect_code(0);
    let posts = relay.posts();
    assert_eq!((posts.len(), &posts[0]), (2, &posts[1]));
    assert_eq!(payments(&home, &relay), 1);
    assert_nowhere(&home, &[NUMBER, "u0034242"]);
}

#[test]
fn in_session_mode_it_asks_takes_the_right_value_and_no_other() {
    let mut home = home("session");
    let relay = Relay::start(&home);
    let lost = lost(&home, &relay);
    assert_nowhere(&home, &[NUMBER, "u0034242", "planted77", "\"sealed\":\""]);

    let refused = run(&home, &relay, "replay --same-key --yes", &[&lost]).expect_code(3);
    for part in ["--secret /card/number=env:NAME", "/card/cvc", "header:"] {
        assert!(refused.stderr().contains(part), "{part}: {refused}");
    }
    home.set("WRONG", "4000000000000002")
        .set("NUMBER", r"\u0034242424242424242");
    home.set("COOKIE", "session=planted77");
    let given = home.write("given", "737\n");
    let cvc = format!("/card/cvc=@{}", given.display());
    let rest = [
        "--secret",
        &cvc,
        "--secret",
        "header:cookie=env:COOKIE",
        &lost,
    ];
    let number = |source: &str| format!("replay --same-key --json --secret /card/number={source}");
    let refused = run(&home, &relay, &number("env:WRONG"), &rest).expect_code(3);
    assert!(
        refused
            .stderr()
            .contains("/card/number is not what was sent"),
        "{refused}"
    );
    assert!(!refused.stderr().contains("4000"), "{refused}");
    assert_eq!(relay.posts().len(), 1, "nothing wrong ever leaves");

    run(&home, &relay, &number("env:NUMBER"), &rest).expect_code(0);
    let posts = relay.posts();
    assert_eq!((posts.len(), &posts[0]), (2, &posts[1]));
    assert_eq!(payments(&home, &relay), 1);
    assert_nowhere(
        &home,
        &[NUMBER, "u0034242", "planted77", "4000000000000002"],
    );
}

/// Further words of a send, and what of it must not rest.
type Odd = (&'static [&'static str], &'static [&'static str]);

const ODD: &[Odd] = &[
    (
        &["/v1/x?access_token=pl%41nted%20one&a=1", "-d", "{}"],
        &["pl%41nted", "plAnted"],
    ),
    (
        &["/v1/x", "-q", "password=planted two", "-d", "{}"],
        &["planted+two", "planted two"],
    ),
    (
        &[
            "/v1/x",
            "-HContent-Type: application/x-www-form-urlencoded",
            "-d",
            "a=1&password=pl%61nted%2B3&password=planted4",
        ],
        &["pl%61nted", "planted4"],
    ),
    (
        &[
            "/v1/x",
            "-d",
            "{\"pass\\u0077ord\":\"planted5\\/\",\"password\":\"planted6\", \"password\":  7777777}",
        ],
        &["planted", "7777777"],
    ),
    (
        &[
            "/v1/x",
            "-d",
            "{\"password\": {\"a\":[\"planted8\", 1e9]} }",
        ],
        &["planted8"],
    ),
    (&["/v1/x", "-d", "{\"password\":\"planted9"], &["planted9"]),
    (
        &[
            "/v1/x",
            "-HX-Api-Key:   planted10",
            "-d",
            "plain text, no JSON",
        ],
        &["planted10"],
    ),
];

#[test]
fn odd_spellings_come_back_as_they_were() {
    let home = home("sealed");
    let relay = Relay::start(&home);
    for (at, (words, secrets)) in ODD.iter().enumerate() {
        let sent = run(&home, &relay, "send POST --json", words).json();
        // Whatever the sandbox makes of it, it is sent again.
        let again = run(&home, &relay, "replay --same-key --yes", &[id(&sent)]);
        assert!(matches!(again.code, Some(0 | 4)), "{again}");
        let posts = relay.posts();
        assert_eq!(posts.len(), at * 2 + 2, "{words:?}");
        let [first, second] = [&posts[at * 2], &posts[at * 2 + 1]];
        assert_eq!(
            String::from_utf8_lossy(first),
            String::from_utf8_lossy(second)
        );
        for secret in *secrets {
            let went = memchr::memmem::find(first, secret.as_bytes()).is_some();
            assert!(
                went || secret.contains(' ') || secret.contains("plA"),
                "{secret} was not sent"
            );
        }
        assert_nowhere(&home, secrets);
    }
}

#[test]
fn redacted_is_never_sent_in_a_secrets_place() {
    let mut home = home("sealed");
    let relay = Relay::start(&home);
    for (words, place) in [
        (
            &["/v1/x", "-d", "{\"card\":{\"number\":\"[redacted]\"}}"][..],
            "/card/number",
        ),
        (
            &["/v1/x?access_token=%5Bredacted%5D", "-d", "{}"],
            "query:access_token",
        ),
        (
            &[
                "/v1/x",
                "-HContent-Type: application/x-www-form-urlencoded",
                "-d",
                "password=[redacted]",
            ],
            "form:password",
        ),
        (&["/v1/x", "-HCookie: [redacted]", "-d", "{}"], "header:"),
    ] {
        let refused = run(&home, &relay, "send POST", words).expect_code(2);
        let told = refused.stderr();
        assert!(
            told.contains(place) && told.contains("was not kept"),
            "{refused}"
        );
    }
    assert!(relay.posts().is_empty() && history(&home).is_empty());

    // With a value for it, that goes: so no secret needs to stand on a command line.
    home.set("NUMBER", NUMBER);
    let words = [
        "--secret",
        "/card/number=env:NUMBER",
        "-d",
        "{\"card\":{\"number\":\"[redacted]\"}}",
    ];
    run(&home, &relay, "send POST /v1/payments", &words).expect_code(4);
    let expected = format!("{{\"card\":{{\"number\":\"{NUMBER}\"}}}}");
    assert_eq!(body(&relay.posts()[0]), expected.as_bytes());
    assert_nowhere(&home, &[NUMBER]);
    let words = [
        "--secret",
        "/card/cvc=env:NUMBER",
        "-d",
        "{\"note\":\"plain\"}",
    ];
    let refused = run(&home, &relay, "send POST /v1/payments", &words).expect_code(3);
    assert!(
        refused.stderr().contains("/card/cvc") && refused.stderr().contains("[redacted]"),
        "{refused}"
    );
    // Elsewhere it is text like any other.
    run(
        &home,
        &relay,
        "send POST /v1/payments",
        &["-d", "{\"note\":\"[redacted]\"}"],
    )
    .expect_code(4);
    assert_eq!(relay.posts().len(), 2);
}

#[test]
fn a_credential_is_asked_for_at_the_terminal_and_not_shown() {
    let home = home("sealed");
    let relay = Relay::start(&home);
    let text = format!(
        "default_profile = \"desk\"\n[profile.desk]\nbase_url = \"{}\"\napi_key = {{ prompt = true }}\n",
        relay.url
    );
    home.write("config/reqscope/config.toml", text);
    let words = [
        "send",
        "/v1/payments",
        "-d",
        "{\"amount\":7,\"currency\":\"EUR\",\"account\":\"acct_demo\"}",
    ];
    let mut terminal = home.terminal(&words, (100, 20));
    terminal.wait_for("Credential of profile 'desk' (not shown):");
    terminal
        .send("sk_sandbox_demo<enter>")
        .wait_for("\"amount\"");
    assert!(
        !terminal.screen().contains("sk_sandbox"),
        "{}",
        terminal.screen()
    );
    assert_eq!(terminal.wait_exit(), 0);
    let head = String::from_utf8_lossy(&relay.posts()[0]).to_lowercase();
    assert!(
        head.contains("authorization: bearer sk_sandbox_demo"),
        "{head}"
    );
    assert_nowhere(&home, &["sk_sandbox_demo"]);
}
