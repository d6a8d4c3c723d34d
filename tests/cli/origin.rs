//! Whom the credential and the ids are shown to: the profile's origin, and nobody else.

use serde_json::{Value, json};

use crate::bench::{Listener, PAYMENT, Sandbox, history, home, pay, run, text};
use crate::shape::shaped;

const CARRIERS: [&str; 4] = [
    "authorization",
    "idempotency-key",
    "x-request-id",
    "x-account-id",
];

#[test]
fn another_origin_gets_no_credential_key_or_id_and_it_is_said() {
    let mut home = home();
    home.set("REQSCOPE_API_KEY", "sk_live_planted");
    let listener = Listener::with("200 OK", b"{}");
    let url = format!("{}/v1/payments", listener.url);
    let words = [
        "-d",
        PAYMENT,
        "--operation",
        "op_1",
        "--account",
        "acct_2",
        "--idempotency-key",
        "my-key",
    ];
    let output = run(
        &home,
        "send --json",
        &[&[url.as_str()], &words[..]].concat(),
    )
    .expect_code(0);
    let head = listener.head();
    for name in CARRIERS {
        assert!(
            !head.lines().any(|line| line.starts_with(name)),
            "{name} in {head}"
        );
    }
    for secret in ["sk_live_planted", "op_1", "acct_2", "my-key"] {
        assert!(!head.contains(secret), "{secret} in {head}");
    }
    let told = output.stderr().to_lowercase();
    assert!(told.contains("another origin"), "{output}");
    assert!(CARRIERS.iter().all(|name| told.contains(name)), "{output}");
    let exchange = shaped(output.json());
    assert_eq!(
        (
            &exchange["request"]["idempotency_key"],
            &exchange["request"]["key_choice"]
        ),
        (&Value::Null, &json!("none"))
    );
    assert_eq!(exchange["request"]["url"], url);
    assert_eq!(exchange["advice"]["same_key"], Value::Null);
}

#[test]
fn another_sandbox_is_another_origin() {
    let home = home();
    let (own, other) = (Sandbox::start(&home, &[]), Sandbox::start(&home, &[]));
    let url = format!("{}/v1/payments", other.url);
    let output = own
        .run(&home, "send --json -d", &[PAYMENT, &url])
        .expect_code(4);
    assert_eq!(shaped(output.json())["outcome"]["status"], 401);
    assert!(
        output.stderr().contains("sent without Authorization"),
        "{output}"
    );
    own.run(&home, "send", &[&format!("{}/v1/accounts", own.url)])
        .expect_code(0);
}

#[test]
fn the_profiles_further_origins_are_its_own() {
    let home = home();
    let listener = Listener::with("200 OK", b"{}");
    let config = home.write(
        "config.toml",
        format!("[profile.sandbox]\norigins = [\"{}\"]\n", listener.url),
    );
    let url = format!("{}/upload", listener.url);
    let output = run(
        &home,
        "send POST",
        &[&url, "--config", config.to_str().expect("a path")],
    )
    .expect_code(0);
    let head = listener.head();
    assert!(CARRIERS.iter().all(|name| head.contains(name)), "{head}");
    assert!(!output.stderr().contains("another origin"), "{output}");
}

#[test]
fn a_redirect_is_shown_and_not_followed() {
    let home = home();
    let listener = Listener::with("200 OK", b"{}");
    let sandbox = Sandbox::start(&home, &[]);
    let fault = format!("Sandbox-Fault: redirect={}/stolen", listener.url);
    let exchange = shaped(sandbox.pay(&home, &["-H", &fault]).expect_code(0).json());
    assert_eq!(
        (
            &exchange["outcome"]["status"],
            &exchange["outcome"]["class"]
        ),
        (&json!(307), &json!("3xx"))
    );
    assert!(listener.is_silent());
}

#[test]
fn a_secret_does_not_travel_over_plain_http_also_with_yes() {
    let home = home();
    // TEST-NET-1 (RFC 5737): nobody is there, and the guard is to refuse before anybody is looked for.
    let base = ["--base-url", "http://192.0.2.1", "--timeout", "1"];
    for words in [
        "send /v1/accounts",
        "send /v1/accounts --yes",
        "send POST /v1/x --json --yes",
    ] {
        let refused = run(&home, words, &base).expect_code(3);
        let told = refused.stderr();
        assert!(
            told.contains("not sent") && told.contains("plain http to 192.0.2.1"),
            "{refused}"
        );
        assert!(
            told.contains("https") && told.contains("allow_plain_http"),
            "{refused}"
        );
    }
    let by_hand = [
        "http://192.0.2.1/x",
        "--timeout",
        "1",
        "-HAuthorization: Basic abc",
    ];
    run(&home, "send --yes", &by_hand).expect_code(3);
    assert_eq!(history(&home), Vec::<Value>::new(), "nothing was begun");
}

#[test]
fn a_replay_goes_to_no_other_origin_with_the_credential() {
    let home = home();
    let sandbox = Sandbox::start(&home, &[]);
    let other = Sandbox::start(&home, &[]);
    let paid = sandbox.pay(&home, &[]).expect_code(0).json();
    // There nobody knows the key: it would be a second payment.
    let refused = other
        .run(&home, "replay --same-key", &[text(&paid["id"])])
        .expect_code(3);
    assert!(refused.stderr().contains("not sent"), "{refused}");
    assert_eq!(
        (sandbox.payments(&home).len(), other.payments(&home).len()),
        (1, 0)
    );
}

/// `REQSCOPE_API_KEY` is the credential of the profile chosen at start, and of no other.
#[test]
fn the_environments_key_is_for_the_profile_chosen_at_start() {
    let mut home = home();
    let listener = Listener::with("200 OK", b"{}");
    let config = format!(
        "[profile.own]\nbase_url = \"{}\"\napi_key = {{ env = \"OWN_KEY\" }}\n",
        listener.url
    );
    let config = home.write("config.toml", config);
    home.set("REQSCOPE_CONFIG", config)
        .set("OWN_KEY", "sk_own")
        .set("REQSCOPE_API_KEY", "sk_of_the_start");
    let sent = run(&home, "send /v1/x --profile own --json", &[])
        .expect_code(0)
        .json();
    assert!(listener.head().contains("bearer sk_of_the_start"));
    // Without --profile the start is the sandbox's.
    let again = run(&home, "replay --same-key", &[text(&sent["id"])]).expect_code(0);
    assert!(listener.head().contains("bearer sk_own"));
    assert!(
        again
            .stderr()
            .contains("REQSCOPE_API_KEY is not for profile 'own'"),
        "{again}"
    );
    run(
        &home,
        "replay --same-key --profile own",
        &[text(&sent["id"])],
    )
    .expect_code(0);
    assert!(listener.head().contains("bearer sk_of_the_start"));
    let again = run(
        &home,
        "replay --same-key --profile sandbox",
        &[text(&sent["id"])],
    )
    .expect_code(0);
    assert!(listener.head().contains("bearer sk_own"));
    assert!(again.stderr().contains("under profile 'own'"), "{again}");
    assert!(listener.is_silent());
}

#[test]
fn a_key_that_was_made_here_stays_with_its_origin() {
    let home = home();
    let sandbox = Sandbox::start(&home, &[]);
    let here = pay(&home, &["--idempotency-key", "key-1"])
        .expect_code(0)
        .json();
    let there = sandbox
        .pay(&home, &["--idempotency-key", "key-1"])
        .expect_code(0)
        .json();
    assert_ne!(
        here["operation"], there["operation"],
        "the same word, and another key"
    );
}
