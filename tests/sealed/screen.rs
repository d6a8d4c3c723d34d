//! The screen: a lost answer, a killed program, a new one, `r`; the prompt, and a look at what was sent.

use support::home::Home;
use support::terminal::Terminal;

use crate::relay::{Relay, body};
use crate::{NUMBER, PAYMENT, assert_nowhere, history, home, payments};

/// The screen over this relay's sandbox.
pub fn open(home: &Home, relay: &Relay) -> Terminal {
    let mut terminal = home.terminal(&["--base-url", &relay.url], (140, 40));
    terminal.wait_for("Nothing was sent yet");
    terminal
}

/// Composes a POST with this body and leaves it open for editing.
pub fn compose(terminal: &mut Terminal, target: &str, body: &str) {
    terminal
        .send("c")
        .wait_for("Draft")
        .send(&format!("POST {target}<enter>"));
    terminal.wait_for("Esc done").paste(body);
}

/// Pays by card, loses the answer, and is killed where it stands.
fn lost_and_killed(home: &Home, relay: &Relay) {
    let mut terminal = open(home, relay);
    compose(&mut terminal, "/v1/payments", PAYMENT);
    terminal
        .send("<esc>")
        .wait_for("  e edit  ")
        .send("]")
        .wait_for("[Headers]");
    terminal
        .send("<enter>")
        .wait_for("Esc done")
        .paste("Sandbox-Fault: drop-after");
    terminal.wait_for("drop-after").send("<c-s>");
    terminal.wait_for("no answer: it may have acted");
    terminal.kill();
    assert_eq!(relay.posts().len(), 1);
    assert_eq!(body(&relay.posts()[0]), PAYMENT.as_bytes());
    assert_nowhere(home, &[NUMBER, "u0034242"]);
}

/// A new screen, the payment on show.
fn again(home: &Home, relay: &Relay) -> Terminal {
    let mut terminal = home.terminal(&["--base-url", &relay.url], (140, 40));
    terminal
        .wait_for("no answer: it may have acted")
        .wait_for("[redacted]");
    terminal
}

fn assert_the_same_and_paid_once(home: &Home, relay: &Relay) {
    let posts = relay.posts();
    assert_eq!(posts.len(), 2);
    assert_eq!(
        String::from_utf8_lossy(&posts[0]),
        String::from_utf8_lossy(&posts[1])
    );
    assert_eq!(payments(home, relay), 1);
    assert_nowhere(home, &[NUMBER, "u0034242", "4000000000000002"]);
}

#[test]
fn sealed_r_sends_the_same_bytes_after_a_kill() {
    let home = home("sealed");
    let relay = Relay::start(&home);
    lost_and_killed(&home, &relay);
    let mut terminal = again(&home, &relay);
    terminal.send("r").wait_for("✓ 201 Created");
    // The answer has its last four digits.
    assert!(!terminal.screen().contains("424242"));
    assert_the_same_and_paid_once(&home, &relay);
}

#[test]
fn a_session_asks_for_each_value_and_never_sends_a_wrong_one() {
    let home = home("session");
    let relay = Relay::start(&home);
    lost_and_killed(&home, &relay);
    let mut terminal = again(&home, &relay);
    terminal
        .send("r")
        .wait_for("A secret is missing")
        .wait_for("/card/number")
        .wait_for("1 of 2");
    terminal.paste("4000000000000002");
    terminal.wait_for("••••••••••••••••▏");
    assert!(!terminal.screen().contains("4000"));
    terminal
        .send("<enter>")
        .wait_for("/card/cvc")
        .wait_for("2 of 2");
    terminal
        .send("737<enter>")
        .wait_for("that is not what was sent at /card/number");
    assert_eq!(relay.posts().len(), 1, "nothing was sent");
    // Esc sends nothing; the next r asks from the start.
    terminal.send("<esc>").wait_gone("A secret is missing");
    terminal
        .send("r")
        .wait_for("1 of 2")
        .paste("\\u0034242424242424242");
    terminal.wait_for("•▏").send("<enter>").wait_for("2 of 2");
    terminal
        .send("737")
        .wait_for("•••▏")
        .send("<enter>")
        .wait_for("✓ 201 Created");
    assert_the_same_and_paid_once(&home, &relay);

    // From then on this process has them.
    terminal
        .wait_gone("A secret is missing")
        .send("r")
        .wait_until("the third one", |_| relay.posts().len() == 3);
}

#[test]
fn v_reveals_on_the_screen_alone() {
    let home = home("sealed");
    let relay = Relay::start(&home);
    lost_and_killed(&home, &relay);
    let mut terminal = again(&home, &relay);
    terminal
        .send("v")
        .wait_for("SECRETS REVEALED")
        .wait_for("\\u0034242424242424242");
    // What is copied is what rests.
    terminal
        .send("y")
        .wait_for("body as sent")
        .send("b")
        .wait_for("copied");
    let copied = terminal.copied().expect("a text");
    assert!(
        copied.contains("[redacted]") && !copied.contains("4242"),
        "{copied}"
    );
    terminal
        .send("v")
        .wait_gone("SECRETS REVEALED")
        .wait_gone("u0034242");
    // Another selection hides them, and a draft never has them.
    terminal
        .send("v")
        .wait_for("u0034242")
        .send("e")
        .wait_for("Draft")
        .wait_gone("u0034242");
    terminal.wait_for("[redacted]");
    assert_eq!(history(&home).len(), 1);
    assert_nowhere(&home, &[NUMBER, "u0034242"]);
}

#[test]
fn a_credential_is_asked_for_and_kept_in_memory() {
    let home = home("sealed");
    let relay = Relay::start(&home);
    let text = format!(
        "default_profile = \"desk\"\n[profile.desk]\nbase_url = \"{}\"\napi_key = {{ prompt = true }}\n",
        relay.url
    );
    home.write("config/reqscope/config.toml", text);
    let mut terminal = home.terminal(&[], (140, 40));
    terminal.wait_for("Nothing was sent yet");
    compose(
        &mut terminal,
        "/v1/payments",
        "{\"amount\":7,\"currency\":\"EUR\",\"account\":\"acct_demo\"}",
    );
    terminal
        .send("<c-s>")
        .wait_for("Profile 'desk' asks for its credential");
    terminal.paste("sk_sandbox_demo");
    assert!(!terminal.screen().contains("sk_sandbox"));
    terminal
        .wait_for("•▏")
        .send("<enter>")
        .wait_for("✓ 201 Created");
    // It is asked for once.
    terminal
        .send("r")
        .wait_until("the second one", |_| relay.posts().len() == 2);
    let posts = relay.posts();
    let head = String::from_utf8_lossy(&posts[0]).to_lowercase();
    assert!(
        head.contains("authorization: bearer sk_sandbox_demo"),
        "{head}"
    );
    assert_nowhere(&home, &["sk_sandbox_demo"]);

    // Without a terminal there is nobody to ask.
    let refused = home.reqscope(&["send", "/v1/accounts"]).expect_code(2);
    assert!(
        refused.stderr().contains("no terminal to ask at"),
        "{refused}"
    );
    assert_eq!(history(&home).len(), 2);
}
