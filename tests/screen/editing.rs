//! Composing: letters are text, a paste never sends, malformed JSON asks, a draft is never lost.

use crate::{compose, history, home, open};

#[test]
fn bare_letters_and_pasted_newlines_are_text() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    terminal
        .send("c")
        .wait_for("Draft")
        .send("POST /v1/qsrR?x=1<enter>");
    terminal.paste("s\nq\r\ny\n");
    terminal
        .send("qsrRce")
        .wait_for("qsrRce")
        .wait_for("POST /v1/qsrR?x=1");
    assert!(history(&home).is_empty());
}

#[test]
fn malformed_json_can_be_gone_back_to_or_sent_on_purpose() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    compose(&mut terminal, "/v1/payments", "{\n  \"amount\": 5,\n}");
    terminal
        .send("<c-s>")
        .wait_for("The body is not JSON")
        .wait_for("line 3");
    terminal
        .send("<esc>")
        .wait_gone("The body is not JSON")
        .wait_for("\"amount\": 5");
    assert!(history(&home).is_empty());
    terminal
        .send("<c-s>")
        .wait_for("The body is not JSON")
        .send("y")
        .wait_for("✗ 400 Bad Request");
    terminal.wait_for("malformed_json");
    assert_eq!(
        history(&home)[0]["request"]["body"],
        "{\n  \"amount\": 5,\n}"
    );
}

#[test]
fn mistakes_are_named_and_nothing_is_lost() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    for (line, told) in [
        ("Get /v1/payments", "methods are case-sensitive"),
        ("POST", "there is no path"),
        ("GET ftp://x/y", "use http or https"),
        (
            "GET http://user:pass@127.0.0.1/",
            "put it in a header instead",
        ),
        ("GET http://[::1", "cannot be used"),
    ] {
        terminal
            .send("c")
            .wait_for("Draft")
            .send(line)
            .send("<c-s>")
            .wait_for(told)
            .wait_for(line);
        terminal
            .send("<esc>")
            .wait_for("  e edit  ")
            .send("c")
            .wait_for("Discard the draft?")
            .send("y")
            .wait_gone("Discard the draft?");
        terminal.send("<esc>").wait_for("  e edit  ");
    }
    compose(&mut terminal, "/v1/payments", "{}");
    assert!(history(&home).is_empty());
}

#[test]
fn an_unsent_draft_is_asked_for_before_it_goes() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    home.reqscope(&["send", "/v1/accounts"]).expect_code(0);
    terminal.wait_for("/v1/accounts");
    compose(&mut terminal, "/v1/payments", "{\"amount\": 12345}");
    // Away and back: the draft is a row of the history until it is sent.
    terminal
        .send("<esc>")
        .wait_for("  e edit  ")
        .send("1j")
        .wait_for("acct_demo")
        .wait_for("✓ 200 OK")
        .send("k")
        .wait_for("12345");
    terminal
        .send("q")
        .wait_for("was not sent and would be lost")
        .send("<esc>")
        .wait_gone("would be lost");
    terminal
        .send("c")
        .wait_for("Discard the draft?")
        .send("<esc>")
        .wait_for("12345");
}

#[test]
fn an_answer_never_stands_under_another_requests_url() {
    let home = home();
    home.reqscope(&["send", "/v1/accounts"]).expect_code(0);
    let mut terminal = home.terminal(&[], (100, 30));
    terminal
        .wait_for("✓ 200 OK")
        .send("e")
        .wait_for("before your edits");
    terminal
        .send("<s-tab><s-tab><s-tab><end>x")
        .wait_for("/v1/accountsx")
        .wait_gone("200 OK");
    terminal.wait_for("Not sent yet");
}
