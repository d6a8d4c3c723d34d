//! Bad days: no server, not JSON, a directory that cannot be used. Each says what, where and the next step.

use crate::{add_header, compose, history, home, open};

#[test]
fn a_closed_port_is_nothing_sent() {
    let home = home();
    let mut terminal = home.terminal(&["--base-url", "http://127.0.0.1:9"], (100, 30));
    terminal.wait_for("Nothing was sent yet");
    compose(&mut terminal, "/v1/payments", "{\"amount\":1}");
    terminal
        .send("<c-s>")
        .wait_for("nothing was sent")
        .wait_for("refused")
        .wait_for("runs");
    assert_eq!(history(&home)[0]["outcome"]["kind"], "failed");
}

#[test]
fn an_answer_that_is_no_json_is_shown_as_it_is() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    compose(&mut terminal, "/v1/payments", "{\"amount\":1}");
    add_header(&mut terminal, "Sandbox-Fault: not-json");
    terminal
        .send("<c-s>")
        .wait_for("This is no JSON")
        .send("[")
        .wait_for("502 Bad Gateway")
        .wait_for("lists no errors");
}

#[test]
fn a_body_that_breaks_off_keeps_what_came() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    terminal
        .send("c")
        .wait_for("Draft")
        .send("GET /v1/blob?mib=1<enter>");
    add_header(&mut terminal, "Sandbox-Fault: truncate");
    terminal
        .send("<c-s>")
        .wait_for("\"object\": \"blob\"")
        .send("G")
        .wait_for("! ");
    let kept = history(&home).remove(0);
    assert_eq!(kept["outcome"]["body_complete"], false);
    assert!(
        kept["outcome"]["body_bytes"]
            .as_u64()
            .is_some_and(|bytes| bytes > 0)
    );
}

#[test]
fn a_data_directory_that_is_a_file_is_named() {
    let home = home();
    let file = home.write("occupied", "x");
    let mut terminal = home.terminal(&["--data-dir", &file.to_string_lossy()], (100, 30));
    terminal
        .wait_for("occupied")
        .wait_for("cannot start")
        .send("q");
    assert_eq!(terminal.wait_exit(), 1);
}

#[test]
fn plain_http_with_a_credential_asks_before_anything_is_sent() {
    let mut home = home();
    home.set("REQSCOPE_API_KEY", "sk_live_1234567");
    let mut terminal = home.terminal(&["--base-url", "http://192.0.2.1:8080"], (100, 30));
    terminal.wait_for("LIVE 192.0.2.1");
    compose(&mut terminal, "/v1/payments", "{\"amount\":1}");
    terminal
        .send("<c-s>")
        .wait_for("Send the credential over plain http?")
        .send("<esc>")
        .wait_gone("plain http?");
    assert!(history(&home).is_empty());
    terminal.wait_for("Draft");
}
