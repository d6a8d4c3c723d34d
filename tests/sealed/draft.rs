//! A draft made of a recorded request: its secrets go again, and nobody sees them.

use support::home::Home;
use support::terminal::Terminal;

use crate::relay::{Relay, body};
use crate::screen::{compose, open};
use crate::{NUMBER, assert_nowhere, history, home};

/// Its amount is wrong.
const WRONG: &str = "{\"amount\": -5, \"currency\":\"EUR\",\"account\":\"acct_demo\",\n\"card\":{\"number\": \
                     \"\\u0034242424242424242\"}}";

/// A payment that was refused, open as a draft with the cursor at its amount.
fn edited(home: &Home, relay: &Relay) -> Terminal {
    let mut terminal = open(home, relay);
    compose(&mut terminal, "/v1/payments", WRONG);
    terminal
        .send("<c-s>")
        .wait_for("✗ 422 Unprocessable Content");
    terminal.send("1").wait_for("[redacted]").wait_gone("4242");
    terminal
        .send("e")
        .wait_for("Ctrl-S send")
        .wait_for("continues");
    terminal
}

#[test]
fn an_amount_is_corrected_and_the_card_goes_along_unseen() {
    let home = home("sealed");
    let relay = Relay::start(&home);
    let mut terminal = edited(&home, &relay);
    terminal.send("<del>").wait_for("\"amount\": 5");
    assert!(!terminal.screen().contains("4242"));
    terminal.send("<c-s>").wait_for("✓ 201 Created");
    let posts = relay.posts();
    assert_eq!(posts.len(), 2);
    assert_eq!(
        String::from_utf8_lossy(body(&posts[1])),
        WRONG.replace("-5", "5"),
        "the card as it was spelled"
    );
    let sent = history(&home).remove(0);
    let text = sent["request"]["body"].as_str().expect("a body");
    assert!(text.contains("\"number\": \"[redacted]\""), "{text}");
    assert_nowhere(&home, &[NUMBER, "u0034242"]);
}

#[test]
fn a_mark_that_was_moved_is_not_sent() {
    let home = home("sealed");
    let relay = Relay::start(&home);
    let mut terminal = edited(&home, &relay);
    // Another member: nothing was kept for it.
    terminal.send("<c-end><left><left>");
    terminal.paste(",\"cvc\":\"[redacted]\"");
    terminal.send("<c-s>").wait_for("/card/cvc");
    terminal.send("<esc>").wait_gone("A secret is missing");
    assert_eq!(relay.posts().len(), 1);
}

#[test]
fn a_secret_that_is_written_anew_is_the_one_that_goes() {
    let home = home("sealed");
    let relay = Relay::start(&home);
    let mut terminal = edited(&home, &relay);
    terminal.send("<del><c-end>");
    // Back over "}}" and the closing quote, and the mark away.
    terminal.send("<left><left><left>");
    terminal.send(&"<bs>".repeat("[redacted]".len()));
    terminal.paste("4000056655665556");
    terminal
        .wait_for("4000056655665556")
        .send("<c-s>")
        .wait_for("✓ 201 Created");
    let posts = relay.posts();
    let expected = WRONG
        .replace("-5", "5")
        .replace("\\u0034242424242424242", "4000056655665556");
    assert_eq!(String::from_utf8_lossy(body(&posts[1])), expected);
    assert_nowhere(&home, &["4000056655665556"]);
}

#[test]
fn what_was_kept_goes_nowhere_else() {
    let home = home("sealed");
    let (relay, other) = (Relay::start(&home), Relay::start(&home));
    let mut terminal = edited(&home, &relay);
    terminal.send("<del><s-tab><s-tab><s-tab><c-end>");
    terminal.send(&"<bs>".repeat("/v1/payments".len()));
    terminal.paste(&format!("{}/v1/payments", other.url));
    terminal
        .send("<c-s>")
        .wait_for("/card/number")
        .wait_for("goes nowhere else");
    assert!(other.posts().is_empty());
    assert_eq!(relay.posts().len(), 1);
}
