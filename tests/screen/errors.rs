//! The error list as it is worked with: what a correction did to it, groups, sizes, and the clipboard.

use serde_json::{Value, json};
use support::home::Home;
use support::terminal::Terminal;

use crate::{compose, history, home, open};

const WRONG: &str = "{\n  \"amount\": -5,\n  \"account\": \"acct_demo\",\n  \"items\": [{\"price\": 1}, {\"price\": -2}]\n}";

/// A payment with an error at `/amount`, one at `/items/1/price` and a missing `/currency`, sent and refused.
fn refused(home: &Home, size: (u16, u16)) -> Terminal {
    let mut terminal = open(home, size);
    compose(&mut terminal, "/v1/payments", WRONG);
    terminal
        .send("<c-s>")
        .wait_for("✗ 422 Unprocessable Content")
        .wait_for("[Errors 3]");
    terminal
}

/// Replaces the amount of the draft that is being edited.
fn correct_amount(terminal: &mut Terminal) {
    terminal
        .wait_for("Ctrl-S send")
        .send("<c-home><down><end><left><bs><bs>")
        .send("1250")
        .wait_for("\"amount\": 1250");
}

#[test]
fn a_resend_says_which_errors_are_gone() {
    let home = home();
    let mut terminal = refused(&home, (120, 40));
    for (code, place) in [
        ("amount_not_positive", "/amount"),
        ("missing", "/currency"),
        ("price_not_positive", "/items/1/price"),
    ] {
        let row = terminal.row_containing(&format!("▸ {code}"));
        assert!(row.contains(place), "{row}");
    }
    terminal.send("e");
    correct_amount(&mut terminal);
    terminal
        .send("<c-s>")
        .wait_for("since attempt 1: 1 gone, 2 remain, 0 new")
        .wait_for("[Errors 2]");
    assert!(terminal.row_containing("= missing").contains("/currency"));
    let gone = terminal.row_containing("− amount_not_positive");
    assert!(gone.contains("/amount"), "{gone}");
    // It opens like the others.
    terminal
        .send("3G<enter>")
        .wait_for("was listed by attempt 1, and is gone");

    // Whoever comes later, from another process, is told the same; each attempt is measured by the one before it.
    let second = &history(&home)[0];
    let id = second["id"].as_str().expect("an id");
    let shown = home.reqscope(&["show", id]).expect_code(0);
    let told = "since attempt 1: 1 gone, 2 remain, 0 new";
    assert!(shown.stderr().contains(told), "{}", shown.stderr());
    let mut later = home.terminal(&[], (120, 40));
    later.wait_for(told).send("j").wait_gone(told);

    // Corrected for good, from the command line.
    let operation = second["operation"].as_str().expect("an operation");
    let done = r#"{"amount":1250,"currency":"EUR","account":"acct_demo","items":[{"price":1},{"price":2}]}"#;
    let sent = home
        .reqscope(&["send", "/v1/payments", "-d", done, "--operation", operation])
        .expect_code(0);
    let told = "both errors of attempt 2 are gone";
    assert!(sent.stderr().contains(told), "{}", sent.stderr());
    later
        .wait_for("✓ 201")
        .send("g")
        .wait_for("✓ 201 Created")
        .send("3[")
        .wait_for("[Errors ✓]")
        .wait_for(told)
        .wait_for("− price_not_positive");
}

#[test]
fn errors_stand_in_groups_and_open_all_at_once() {
    let home = home();
    let mut terminal = refused(&home, (120, 40));
    terminal
        .send("3jj")
        .send("b")
        .wait_for("by field")
        .wait_for("▾ /items/1/price  1 error");
    // The cursor is still on the same error.
    terminal
        .send("<enter>")
        .wait_for("code     price_not_positive")
        .send("<enter>")
        .wait_gone("code     price_not_positive");
    terminal
        .send("b")
        .wait_for("by code")
        .wait_for("▾ amount_not_positive  1 error");
    terminal
        .send("E")
        .wait_for("path     [\"amount\"]")
        .send("E")
        .wait_gone("path     [")
        .wait_for("▸ amount_not_positive  1 error");
    terminal.send("b").wait_gone("by code");
    // From another pane it works as well, and brings the list forward.
    terminal
        .send("]")
        .wait_for("[Body]")
        .send("2b")
        .wait_for("by field")
        .wait_for("[Errors 3]");
}

#[test]
fn the_list_goes_by_the_width_of_the_screen() {
    let home = home();
    let mut terminal = refused(&home, (200, 60));
    terminal.send("e");
    correct_amount(&mut terminal);
    terminal.send("<c-s>").wait_for("1 gone, 2 remain, 0 new");
    // Wide: words and columns.
    let column = |row: &str, text: &str| row.find(text).map(|at| row[..at].chars().count());
    let missing = terminal.row_containing("remains  missing");
    let price = terminal.row_containing("remains  price_not_positive");
    assert_eq!(
        column(&missing, "/currency"),
        column(&price, "/items/1/price")
    );
    assert_eq!(
        column(&missing, "is missing"),
        column(&price, "must be greater")
    );
    // Narrow: the message stands under its code.
    terminal
        .resize(40, 20)
        .send("3")
        .wait_for("1 gone, 2 remain, 0 new")
        .wait_gone("since attempt 1");
    let screen = terminal.screen();
    let rows: Vec<&str> = screen.lines().collect();
    let head = rows
        .iter()
        .position(|row| row.contains("= price_not_positive"));
    let head = head.unwrap_or_else(|| panic!("{screen}"));
    assert!(rows[head].contains("/items"), "{screen}");
    assert!(
        rows[head + 1].contains("must be greater than zero"),
        "{screen}"
    );
    terminal
        .send("j<enter>")
        .wait_for("code    price_not_positive");
}

#[test]
fn one_error_and_all_of_them_can_be_copied() {
    let home = home();
    let mut terminal = refused(&home, (120, 40));
    let mut copied = |letter: &str, name: &str| {
        terminal
            .send("y")
            .wait_for("a letter copies")
            .send(letter)
            .wait_for(&format!("copied: {name}"));
        terminal.copied().expect("an OSC 52")
    };
    assert_eq!(
        copied("e", "this error"),
        "amount_not_positive at /amount: must be greater than zero"
    );
    let all = copied("E", "all errors");
    assert_eq!(all.lines().count(), 3, "{all}");
    assert!(all.contains("\nmissing at /currency: "), "{all}");
    let one: Value = serde_json::from_str(&copied("j", "this error, JSON")).expect("JSON");
    assert_eq!(
        (&one["pointer"], &one["in"], &one["found"]),
        (&json!("/amount"), &json!("body"), &json!(true))
    );
    // To the letter what a script gets.
    let all: Value = serde_json::from_str(&copied("J", "all errors, JSON")).expect("JSON");
    assert_eq!(all, history(&home)[0]["outcome"]["errors"]);
}
