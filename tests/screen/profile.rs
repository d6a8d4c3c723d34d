//! A replay goes under its exchange's own profile, whichever is open; and asks when that leads elsewhere or is gone.

use std::time::Duration;

use serde_json::{Value, json};
use support::home::{Home, Running};
use support::terminal::Terminal;

use crate::{history, home};

const PAYMENT: &str = r#"{"amount":5,"currency":"EUR","account":"acct_demo"}"#;

/// A sandbox in a process of its own, and its address.
fn sandbox(home: &Home) -> (Running, String) {
    let mut running = home.start(&["sandbox", "--quota", "1000/60s"]);
    let url = running.line_after("listening on ");
    (running, url)
}

/// Profiles with the sandbox's credential; `beta` is the default.
fn configure(home: &Home, profiles: &[(&str, &str)]) {
    let mut text = "default_profile = \"beta\"\n".to_owned();
    for (name, base) in profiles {
        text.push_str(&format!(
            "[profile.{name}]\nbase_url = \"{base}\"\napi_key = {{ env = \"SANDBOX_KEY\" }}\n"
        ));
    }
    home.write("profiles.toml", text);
}

fn keyed() -> Home {
    let mut home = home();
    let file = home.path().join("profiles.toml");
    home.set("REQSCOPE_CONFIG", file)
        .set("SANDBOX_KEY", "sk_sandbox_demo");
    home
}

/// A payment under profile `alpha`.
fn pay(home: &Home) -> Value {
    let words = ["send", "/v1/payments", "--json", "--profile", "alpha"];
    home.reqscope(&[&words[..], &["-d", PAYMENT]].concat())
        .expect_code(0)
        .json()
}

/// How many payments this sandbox has, asked for from a history of its own.
fn payments(url: &str) -> usize {
    let listed = home()
        .reqscope(&["send", "/v1/payments", "--base-url", url])
        .expect_code(0)
        .json();
    listed["data"].as_array().map_or(0, Vec::len)
}

/// The screen under `beta`, with the payment of `alpha` selected and read.
fn open(home: &Home, size: (u16, u16)) -> Terminal {
    let mut terminal = home.terminal(&[], size);
    terminal.wait_for("profile alpha").wait_for("✓ 201 Created");
    terminal
}

#[test]
fn r_goes_where_the_exchange_went_and_asks_when_that_has_moved() {
    let home = keyed();
    let (_one, old) = sandbox(&home);
    let (_two, open_one) = sandbox(&home);
    let (_three, new) = sandbox(&home);
    configure(&home, &[("alpha", &old), ("beta", &open_one)]);
    pay(&home);

    let mut terminal = open(&home, (120, 40));
    terminal
        .wait_for("safe")
        .send("r")
        .wait_for("─ saved answer");
    let again = history(&home).remove(0);
    assert_eq!(
        (&again["profile"], &again["outcome"]["replayed"]),
        (&json!("alpha"), &json!(true))
    );
    assert!(
        again["request"]["url"]
            .as_str()
            .expect("a URL")
            .starts_with(&old)
    );
    assert_eq!(payments(&open_one), 0);
    terminal.send("q").wait_exit();

    configure(&home, &[("alpha", &new), ("beta", &open_one)]);
    for size in [(120, 40), (80, 24)] {
        let mut terminal = open(&home, size);
        terminal.wait_for("leads to").wait_gone("safe");
        terminal
            .send("r")
            .wait_for("Send it to ANOTHER server?")
            .wait_for(&format!("sends it to {new}"))
            .wait_for("nothing is sent");
        let screen = terminal.screen();
        assert!(screen.contains(&old), "both are named:\n{screen}");
        terminal.send("<esc>").wait_gone("ANOTHER server?");
        assert_eq!((history(&home).len(), payments(&new)), (2, 0));
        terminal.send("q").wait_exit();
    }

    // To go there is one agreement, to act there another.
    let mut terminal = open(&home, (120, 40));
    terminal.send("r").wait_for("ANOTHER server?").send("y");
    terminal.wait_for("Do the action AGAIN?");
    assert_eq!(history(&home).len(), 2, "the verdict asks all the same");
    // The same key again at once would be one that is held down.
    terminal.wait_quiet(Duration::from_millis(800));
    terminal.send("y").wait_gone("Do the action AGAIN?");
    terminal.wait_until("the payment at the new server", |_| payments(&new) == 1);
    let sent = history(&home).remove(0);
    assert_eq!(
        (&sent["profile"], &sent["request"]["key_choice"]),
        (&json!("alpha"), &json!("same"))
    );
    assert!(
        sent["request"]["url"]
            .as_str()
            .expect("a URL")
            .starts_with(&new)
    );
    terminal.send("q").wait_exit();
}

#[test]
fn a_profile_that_is_gone_is_asked_about_and_the_open_one_stands_in() {
    let home = keyed();
    let (_running, url) = sandbox(&home);
    configure(&home, &[("alpha", &url), ("beta", &url)]);
    let paid = pay(&home);
    configure(&home, &[("beta", &url)]);
    let mut terminal = open(&home, (80, 24));
    terminal
        .wait_for("not in the")
        .send("r")
        .wait_for("Send it under profile 'beta'?")
        .wait_for("the same server");
    terminal.send("<esc>").wait_gone("Send it under profile");
    assert_eq!(history(&home).len(), 1);
    terminal
        .send("r")
        .wait_for("Send it under profile 'beta'?")
        .send("y")
        .wait_for("─ saved answer");
    let sent = history(&home).remove(0);
    assert_eq!(
        (&sent["profile"], &sent["operation"], &sent["send"]),
        (&json!("beta"), &paid["operation"], &json!(2))
    );
    assert_eq!(payments(&url), 1);
    terminal.send("q").wait_exit();
}

#[test]
fn the_embedded_sandbox_starts_when_what_it_was_sent_is_replayed() {
    let home = keyed();
    configure(&home, &[("beta", "http://127.0.0.1:1")]);
    let words = [
        "send",
        "/v1/payments",
        "--profile",
        "sandbox",
        "-d",
        PAYMENT,
    ];
    home.reqscope(&words).expect_code(0);
    let mut terminal = home.terminal(&[], (120, 40));
    terminal
        .wait_for("profile sandbox")
        .wait_for("✓ 201 Created")
        .send("r")
        .wait_for("─ saved answer");
    let sent = history(&home).remove(0);
    assert_eq!(sent["profile"], "sandbox");
    terminal.send("q").wait_exit();
}
