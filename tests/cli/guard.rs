//! The guard of a profile: what a live API asks before, and what a read-only one never sends. The sandbox lives on this
//! machine, so the guard is written there; `auto` is judged where the base URL is another machine's.

use serde_json::json;
use support::home::Home;

use crate::bench::{Listener, NOBODY, PAYMENT, history, home, pay, payments, run, text};
use crate::shape::shaped;

/// A home whose sandbox profile has this guard.
fn guarded(guard: &str) -> Home {
    let mut home = home();
    let config = home.write(
        "guard.toml",
        format!("[profile.sandbox]\nguard = \"{guard}\"\n"),
    );
    home.set("REQSCOPE_CONFIG", config);
    home
}

#[test]
fn a_live_guard_asks_before_a_replay_that_the_verdict_would_pass() {
    let home = guarded("live");
    let paid = pay(&home, &[]).expect_code(0).json();
    let (id, key) = (text(&paid["id"]), text(&paid["request"]["idempotency_key"]));
    let refused = run(&home, "replay --same-key --json", &[id]).expect_code(3);
    let told = refused.stderr();
    for part in [
        "not sent",
        "live",
        text(&paid["operation"]),
        "acct_demo",
        &format!("key {}…{}: 201", &key[..4], &key[key.len() - 4..]),
        "Same key: safe, nothing happens twice",
        "New key: does the action AGAIN",
        "--yes",
    ] {
        assert!(told.contains(part), "{part}: {refused}");
    }
    assert!(refused.stdout.is_empty(), "{refused}");
    assert_eq!(history(&home).len(), 1, "nothing was sent or recorded");

    let agreed = run(&home, "replay --same-key --yes --json", &[id]).expect_code(0);
    let agreed = shaped(agreed.json());
    assert_eq!(
        (&agreed["send"], &agreed["outcome"]["replayed"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(payments(&home).len(), 1);
}

#[test]
fn a_live_guard_asks_before_whatever_joins_an_operation() {
    let home = guarded("live");
    let wrong = run(
        &home,
        "send /v1/payments --json --operation op_1 --idempotency-key key-1 -d {}",
        &[],
    )
    .expect_code(4)
    .json();
    // Each of these passes the verdict: the first was refused by the server.
    for words in [
        &["--operation", "op_1"][..],
        &["-HX-Request-Id: op_1"],
        &["--idempotency-key", "key-1"],
    ] {
        let refused = pay(&home, words).expect_code(3);
        assert!(
            refused.stderr().contains("asks before every replay"),
            "{refused}"
        );
    }
    let refused = run(&home, "replay --new-key", &[text(&wrong["id"])]).expect_code(3);
    assert!(refused.stderr().contains("key key-1: 422"), "{refused}");
    assert_eq!(history(&home).len(), 1);
    pay(&home, &["--operation", "op_1", "--yes"]).expect_code(0);
    assert_eq!(payments(&home).len(), 1);
}

#[test]
fn a_live_guard_lets_first_sends_and_safe_methods_pass() {
    let home = guarded("live");
    pay(&home, &[]).expect_code(0);
    pay(&home, &[]).expect_code(0);
    let read = run(&home, "send /v1/accounts --json", &[])
        .expect_code(0)
        .json();
    run(&home, "replay --same-key", &[text(&read["id"])]).expect_code(0);
    assert_eq!(payments(&home).len(), 2);
}

#[test]
fn what_the_verdict_asks_is_asked_once() {
    let home = guarded("live");
    let paid = pay(&home, &[]).expect_code(0).json();
    let refused = run(&home, "replay --new-key", &[text(&paid["id"])]).expect_code(3);
    assert!(
        refused.stderr().contains("would do the action again"),
        "{refused}"
    );
    run(&home, "replay --new-key --yes", &[text(&paid["id"])]).expect_code(0);
    assert_eq!(payments(&home).len(), 2);
}

#[test]
fn a_read_only_profile_sends_nothing_unsafe_also_with_yes() {
    let home = home();
    let paid = pay(&home, &[]).expect_code(0).json();
    let config = home.write("guard.toml", "[profile.sandbox]\nguard = \"read-only\"\n");
    let config = config.to_str().expect("a path");
    let id = text(&paid["id"]);
    for words in [
        &["send", "/v1/payments", "-d", PAYMENT][..],
        &["send", "/v1/payments", "-d", PAYMENT, "--yes"],
        &["send", "PUT", "/v1/x"],
        &["send", "DELETE", "/v1/x", "--yes"],
        &["send", "PURGE", "/v1/x"],
        &["replay", id, "--same-key", "--yes"],
        &["replay", id, "--new-key", "--yes"],
    ] {
        let refused = home
            .reqscope(&[words, &["--config", config]].concat())
            .expect_code(3);
        assert!(
            refused.stderr().contains("is read-only") && !refused.stderr().contains("--yes"),
            "{refused}"
        );
    }
    for words in [
        "send /v1/payments",
        "send HEAD /v1/payments",
        "send OPTIONS /v1/payments",
    ] {
        let output = run(&home, words, &["--config", config]);
        assert!(output.code != Some(3), "{output}");
    }
    assert_eq!(payments(&home).len(), 1);
}

#[test]
fn by_default_another_machine_is_live_and_this_one_is_not() {
    let home = home();
    let send = "send /v1/x -d {} --operation op_1 --base-url";
    run(&home, send, &[NOBODY]).expect_code(7);
    run(&home, send, &[NOBODY]).expect_code(7);
    // TEST-NET-1 (RFC 5737): nobody is there, and the guard refuses before anybody is looked for.
    let refused = run(&home, send, &["https://192.0.2.1"]).expect_code(3);
    for part in ["asks before every replay", "op_1", "nothing was sent"] {
        assert!(refused.stderr().contains(part), "{part}: {refused}");
    }
    assert_eq!(history(&home).len(), 2);
}

#[test]
fn a_resend_under_a_live_guard_goes_by_itself_only_when_all_was_agreed_to() {
    for (agreed, sends) in [(None, 1), (Some("--yes"), 2)] {
        let home = guarded("live");
        let listener = Listener::with("429 Too Many Requests\r\nRetry-After: 1", b"{}");
        let mut more = vec![listener.url.as_str(), "--retry", "1"];
        more.extend(agreed);
        let ended = run(&home, "send POST /v1/payments -d {} --base-url", &more).expect_code(4);
        let seen: Vec<String> = (0..sends).map(|_| listener.head()).collect();
        assert!(listener.is_silent(), "{seen:?}");
        let stopped = ended.stderr().to_lowercase().contains("live");
        assert_eq!(stopped, agreed.is_none(), "{ended}");
    }
}
