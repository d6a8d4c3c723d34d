//! One key turns a draft between continuing its operation and a new one; one that may have acted is not left unasked.

use crate::{add_header, compose, history, home, open, payments};

const PAYMENT: &str = "{\"amount\": 7, \"currency\": \"EUR\", \"account\": \"acct_demo\"}";

#[test]
fn a_draft_is_turned_away_from_an_operation_that_may_have_acted_only_with_a_yes() {
    let home = home();
    let mut terminal = open(&home, (120, 40));
    compose(&mut terminal, "/v1/payments", PAYMENT);
    add_header(&mut terminal, "Sandbox-Fault: drop-after");
    terminal
        .send("<c-s>")
        .wait_for("no answer: it may have acted");
    terminal
        .send("e")
        .wait_for("─ continues op_")
        .send("<esc>")
        .wait_for("O operation")
        .send("O")
        .wait_for("a new operation does not know of that")
        .wait_for("─ new operation")
        .wait_for("fresh");
    terminal.send("s").wait_for("It MAY ACT TWICE. Send it?");
    terminal.send("<enter>").wait_gone("It MAY ACT TWICE");
    assert_eq!(history(&home).len(), 1, "Enter sends nothing");
    // Turned back it is a replay with the same key, which finds out.
    terminal
        .send("O")
        .wait_for("the draft continues op_")
        .wait_for("unchanged, same key")
        .send("s")
        .wait_for("─ saved answer");
    assert_eq!(payments(&home), 1);
    let sent: Vec<_> = history(&home)
        .into_iter()
        .filter(|e| e["request"]["method"] == "POST")
        .collect();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0]["operation"], sent[1]["operation"]);
    // Done, and edited: only the new operation is left, and the key says why.
    terminal
        .send("e")
        .wait_for("Ctrl-S send")
        .send(" <esc>")
        .wait_for("─ new operation")
        .send("O")
        .wait_for("was answered 201, so it is done");
}
