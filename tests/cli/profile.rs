//! Under which profile a replay goes: its exchange's own, never the selected one; and what is asked when that is gone,
//! or leads to another server.

use std::path::PathBuf;

use serde_json::{Value, json};
use support::home::Home;

use crate::bench::{Listener, PAYMENT, Sandbox, home, run, text};
use crate::shape::shaped;

/// Writes a configuration: its default profile, and each profile's name, base URL and further lines.
fn configure(home: &Home, default: &str, profiles: &[(&str, &str, &str)]) -> PathBuf {
    let mut text = format!("default_profile = \"{default}\"\n");
    for (name, base, more) in profiles {
        text.push_str(&format!(
            "[profile.{name}]\nbase_url = \"{base}\"\napi_key = {{ env = \"KEY_{}\" }}\n{more}\n",
            name.to_uppercase()
        ));
    }
    home.write("config.toml", text)
}

/// A home with a credential for each of the profiles `a` and `b`: the sandbox's.
fn keyed() -> Home {
    let mut home = home();
    let config = configure(&home, "sandbox", &[]);
    home.set("REQSCOPE_CONFIG", config)
        .set("KEY_A", "sk_sandbox_demo")
        .set("KEY_B", "sk_sandbox_demo");
    home
}

fn pay(home: &Home, more: &[&str]) -> Value {
    let words = [&[PAYMENT], more].concat();
    run(home, "send /v1/payments --json -d", &words)
        .expect_code(0)
        .json()
}

/// How often the history says that something was sent.
fn sends(home: &Home) -> usize {
    crate::bench::history(home).len()
}

#[test]
fn a_replay_goes_under_its_own_profile_whichever_is_selected() {
    let home = keyed();
    let (a, b) = (Sandbox::start(&home, &[]), Sandbox::start(&home, &[]));
    configure(&home, "b", &[("a", &a.url, ""), ("b", &b.url, "")]);
    let paid = pay(&home, &["--profile", "a"]);
    let id = text(&paid["id"]);
    for selected in [&[][..], &["--profile", "b"], &["--profile", "a"]] {
        let words = [&[id], selected].concat();
        let again = run(&home, "replay --same-key --json", &words).expect_code(0);
        assert_eq!(
            again.stderr().contains("under profile 'a'"),
            selected.contains(&"b"),
            "{again}"
        );
        let again = shaped(again.json());
        assert_eq!(
            (&again["profile"], &again["outcome"]["replayed"]),
            (&json!("a"), &json!(true))
        );
        assert!(text(&again["request"]["url"]).starts_with(&a.url));
    }
    assert_eq!((a.payments(&home).len(), b.payments(&home).len()), (1, 0));

    // A base URL is for the profile that is named with it, and that is not the one this goes under.
    let words = ["--profile", "b", "--base-url", &b.url, id];
    let refused = run(&home, "replay --same-key", &words).expect_code(2);
    assert!(
        refused.stderr().contains("leave --profile out"),
        "{refused}"
    );
}

#[test]
fn a_replay_is_about_the_account_it_was_sent_for() {
    let home = keyed();
    let listener = Listener::with("200 OK", b"{}");
    let at = |account: &str| {
        let more = format!("account = \"{account}\"");
        configure(
            &home,
            "b",
            &[("a", &listener.url, &more), ("b", "http://127.0.0.1:1", "")],
        );
    };
    at("acct_then");
    let sent = pay(&home, &["--profile", "a"]);
    assert!(listener.head().contains("x-account-id: acct_then"));
    at("acct_now");
    for key in ["--same-key", "--new-key"] {
        let again = run(&home, "replay --yes --json", &[text(&sent["id"]), key]);
        let again = shaped(again.expect_code(0).json());
        assert_eq!(again["account"], "acct_then");
        let head = listener.head();
        assert!(head.contains("x-account-id: acct_then"), "{head}");
        assert!(!head.contains("acct_now"), "{head}");
    }
}

#[test]
fn another_server_behind_the_profile_is_asked_about_and_yes_is_no_answer() {
    let home = keyed();
    let (old, new) = (Sandbox::start(&home, &[]), Sandbox::start(&home, &[]));
    configure(&home, "a", &[("a", &old.url, "")]);
    let paid = pay(&home, &[]);
    let read = run(&home, "send /v1/accounts --json", &[])
        .expect_code(0)
        .json();
    configure(&home, "a", &[("a", &new.url, "")]);
    let before = sends(&home);
    for exchange in [&paid, &read] {
        for words in ["replay --same-key --json", "replay --new-key --yes --json"] {
            let refused = run(&home, words, &[text(&exchange["id"])]).expect_code(3);
            let told = refused.stderr();
            for part in [
                "not sent",
                &old.url,
                &new.url,
                "not shared between servers",
                "--base-url",
                "--profile a",
                "--yes does not agree",
            ] {
                assert!(told.contains(part), "{part}: {refused}");
            }
            assert!(!told.contains("--yes agrees"), "{refused}");
            assert!(refused.stdout.is_empty(), "{refused}");
        }
    }
    assert_eq!((sends(&home), new.payments(&home).len()), (before, 0));

    // The place is agreed to by its name; the verdict still asks, since nobody knows the key there.
    for place in [["--profile", "a"], ["--base-url", &new.url]] {
        let words = [&[text(&paid["id"])], &place[..]].concat();
        let refused = run(&home, "replay --same-key", &words).expect_code(3);
        let told = refused.stderr();
        assert!(
            told.contains("another origin") && told.contains("--yes agrees"),
            "{refused}"
        );
        let words = [&[text(&read["id"])], &place[..]].concat();
        run(&home, "replay --same-key", &words).expect_code(0);
    }
    assert_eq!(new.payments(&home).len(), 0);
    let words = [text(&paid["id"]), "--base-url", &new.url];
    let agreed = run(&home, "replay --same-key --yes --json", &words).expect_code(0);
    assert_eq!(shaped(agreed.json())["outcome"]["replayed"], false);
    assert_eq!(new.payments(&home).len(), 1);

    // The server it was sent to is no other one, wherever the profile leads.
    let words = [text(&paid["id"]), "--base-url", &old.url];
    let back = run(&home, "replay --same-key --json", &words).expect_code(0);
    assert_eq!(shaped(back.json())["outcome"]["replayed"], true);
    assert_eq!(old.payments(&home).len(), 1);
}

#[test]
fn a_base_url_that_never_answered_is_corrected_without_a_question() {
    let home = keyed();
    let sandbox = Sandbox::start(&home, &[]);
    configure(&home, "a", &[("a", "http://127.0.0.1:1", "")]);
    let failed = run(&home, "send /v1/payments --json -d", &[PAYMENT])
        .expect_code(7)
        .json();
    configure(&home, "a", &[("a", &sandbox.url, "")]);
    run(&home, "replay --same-key", &[text(&failed["id"])]).expect_code(0);
    assert_eq!(sandbox.payments(&home).len(), 1);
}

#[test]
fn the_embedded_sandbox_is_no_other_server_at_its_next_start() {
    let home = keyed();
    configure(&home, "b", &[("b", "http://127.0.0.1:1", "")]);
    let paid = pay(&home, &["--profile", "sandbox"]);
    let again = run(&home, "replay --same-key --json", &[text(&paid["id"])]).expect_code(0);
    let again = shaped(again.json());
    assert_eq!(
        (&again["profile"], &again["outcome"]["replayed"]),
        (&json!("sandbox"), &json!(true))
    );
    // A server that somebody named is another one.
    let other = Sandbox::start(&home, &[]);
    let there = pay(&home, &["--profile", "sandbox", "--base-url", &other.url]);
    let refused = run(&home, "replay --same-key --yes", &[text(&there["id"])]).expect_code(3);
    assert!(
        refused.stderr().contains("the embedded sandbox"),
        "{refused}"
    );
}

#[test]
fn a_profile_that_is_gone_needs_another_ones_name() {
    let home = keyed();
    let sandbox = Sandbox::start(&home, &[]);
    configure(&home, "a", &[("a", &sandbox.url, "")]);
    let paid = pay(&home, &[]);
    let id = text(&paid["id"]);
    configure(&home, "b", &[("b", &sandbox.url, "")]);
    let before = sends(&home);
    for words in [
        "replay --same-key",
        "replay --same-key --yes",
        "replay --new-key --yes",
    ] {
        let refused = run(&home, words, &[id]).expect_code(3);
        for part in [
            "'a'",
            "not in the configuration any more",
            "--profile NAME",
            "'b'",
        ] {
            assert!(refused.stderr().contains(part), "{part}: {refused}");
        }
    }
    let words = ["--base-url", &sandbox.url, id];
    run(&home, "replay --same-key", &words).expect_code(3);
    run(&home, "replay --same-key --profile a", &[id]).expect_code(2);
    assert_eq!(sends(&home), before);

    let again = run(&home, "replay --same-key --profile b --json", &[id]).expect_code(0);
    let again = shaped(again.json());
    assert_eq!(
        (&again["profile"], &again["outcome"]["replayed"]),
        (&json!("b"), &json!(true))
    );
    assert_eq!(again["account"], paid["account"]);
    assert_eq!(sandbox.payments(&home).len(), 1);
}

#[test]
fn a_profile_that_has_its_ids_elsewhere_does_not_stand_in() {
    let home = keyed();
    let listener = Listener::with("200 OK", b"{}");
    configure(&home, "a", &[("a", &listener.url, "")]);
    let sent = pay(&home, &[]);
    listener.heard();
    for more in [
        "key_header = \"X-Key\"",
        "credential_header = \"X-Api-Key\"",
    ] {
        configure(&home, "b", &[("b", &listener.url, more)]);
        for key in ["--same-key", "--new-key"] {
            let words = [text(&sent["id"]), key];
            let refused = run(&home, "replay --yes --profile b", &words).expect_code(3);
            assert!(refused.stderr().contains("another header"), "{refused}");
        }
    }
    assert!(listener.is_silent());
}
