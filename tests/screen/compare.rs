//! Two exchanges compared on the screen: a correction and what it corrected, a saved answer and the first one.

use std::time::Duration;

use support::home::Home;
use support::terminal::Terminal;

use crate::home;

const WRONG: &str =
    r#"{"amount":-5,"items":[{"price":1},{"price":2}],"note":"a red house","account":"acct_demo"}"#;
const RIGHT: &str = r#"{"account":"acct_demo","note":"a green house","items":[{"price":2},{"price":1}],"amount":5,"currency":"EUR"}"#;

fn send(home: &Home, target: &str, body: &str) -> String {
    let sent = home
        .reqscope(&["send", target, "--json", "-d", body])
        .json();
    sent["id"].as_str().expect("an id").to_owned()
}

/// The screen on a refused payment and its correction, both in the history, the newer one selected.
fn corrected(home: &Home, size: (u16, u16)) -> Terminal {
    send(home, "/v1/payments", WRONG);
    send(home, "/v1/payments", RIGHT);
    let mut terminal = home.terminal(&[], size);
    terminal.wait_for("✓ 201 Created");
    terminal
}

#[test]
fn a_correction_stands_beside_what_it_corrected() {
    let home = home();
    let mut terminal = corrected(&home, (160, 40));
    terminal.send("j").wait_for("✗ 422 Unprocessable");
    terminal
        .send("=")
        .wait_for("select another, = again")
        .wait_for("= compares, Esc drops");
    assert!(terminal.row_containing("422 POST").contains('⇄'));
    terminal.send("k").wait_for("✓ 201 Created").send("=");
    terminal
        .wait_for("different  two operations")
        .wait_for("Request body  JSON, 4 differences")
        .wait_for("+ /currency")
        .wait_for("+ /card");
    let amount = terminal.row_containing("/amount");
    assert!(
        amount.contains("~ /amount") && amount.contains("-5") && amount.contains("│ 5"),
        "{amount}"
    );
    let moved = terminal.row_containing("> /items/0");
    assert!(moved.contains(r#"{"price":2}"#), "{moved}");
    terminal.wait_for("from /items/1").wait_for("+ /currency");
    // The first difference is under the cursor; the next ones follow, in their order.
    assert!(terminal.cell_of("~ /amount").inverse());
    terminal
        .send("n")
        .wait_until("the next difference", |screen| {
            inverse(screen, "> /items/0")
        });
    terminal
        .send("N")
        .wait_until("the one before", |screen| inverse(screen, "~ /amount"));
    // What is the same is listed when it is asked for.
    let twice = |screen: &str| {
        screen
            .lines()
            .any(|row| row.matches("acct_demo").count() == 2)
    };
    assert!(!twice(&terminal.screen()));
    terminal.send("a").wait_for("  /account");
    assert!(twice(&terminal.screen()), "{}", terminal.screen());
    terminal.send("a").wait_gone("  /account");
    // A folded part hides its rows.
    terminal
        .send("<enter>")
        .wait_gone("~ /amount")
        .send("<enter>")
        .wait_for("~ /amount");
    terminal
        .send("t")
        .wait_for("t side by side")
        .wait_for("- /amount")
        .wait_for("+ /amount");
    terminal.send("t").wait_for("t unified");
    terminal.send("=").wait_gone("two operations");
    assert!(!terminal.screen().contains('⇄'), "{}", terminal.screen());
    terminal.send("q");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn a_small_screen_shows_one_above_the_other() {
    let home = home();
    let mut terminal = corrected(&home, (80, 24));
    terminal.send("=").wait_for("= compares, Esc drops");
    // Esc drops the mark, and nothing else.
    terminal.send("<esc>").wait_gone("= compares, Esc drops");
    terminal
        .send("=")
        .wait_for("= compares, Esc drops")
        .send("j");
    terminal.wait_for("✗ 422 Unprocessable").send("=");
    terminal
        .wait_for("Request body  JSON, 4 differences")
        .wait_for("- /amount")
        .wait_for("+ /amount")
        .wait_for("- /currency");
    terminal
        .send("G")
        .wait_for("Timing and size")
        .wait_for("on the wire");
    terminal.send("g").wait_for("Exchange");
    terminal.send("<esc>").wait_gone("two operations").send("q");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn twice_on_one_row_compares_with_the_send_before_it() {
    let home = home();
    let first = send(
        &home,
        "/v1/payments",
        r#"{"amount":5,"currency":"EUR","account":"acct_demo"}"#,
    );
    let mut terminal = home.terminal(&[], (120, 40));
    terminal
        .wait_for("✓ 201 Created")
        .send("=")
        .wait_for("= compares, Esc drops");
    terminal
        .send("=")
        .wait_for("nothing was sent before it in its operation");
    terminal.send("<esc>").wait_gone("= compares, Esc drops");
    home.reqscope(&["replay", &first, "--same-key"])
        .expect_code(0);
    terminal.wait_for("✓2").send("g").wait_for("─ saved answer");
    terminal
        .send("=")
        .wait_for("= here compares it with the send before it")
        .send("=");
    terminal
        .wait_for("the same, but for what is another at each send")
        .wait_for("sends 1 and 2 of attempt 1 of operation op_");
    terminal
        .send("<esc>")
        .wait_gone("of attempt 1 of operation")
        .send("q");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn bytes_of_a_server_are_shown_and_not_obeyed() {
    let home = home();
    send(&home, "/v1/\u{9b}2J?a=1", r#"{"n":"x\u001b[2J\u202e"}"#);
    send(&home, "/v1/x?a=2", r#"{"n":"y\u001b[2J\u202e"}"#);
    let mut terminal = home.terminal(&[], (100, 30));
    terminal
        .wait_for("404")
        .send("=")
        .wait_for("= compares, Esc drops")
        .send("j=");
    terminal.wait_for("JSON, 1 difference");
    let obeyed = |c: char| matches!(c, '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{1b}');
    assert!(!terminal.screen().contains(obeyed), "{}", terminal.screen());
    terminal
        .resize(30, 6)
        .wait_quiet(Duration::from_millis(300))
        .wait_for("+ path");
    terminal
        .resize(100, 30)
        .wait_for("JSON, 1 difference")
        .send("q")
        .wait_gone("JSON, 1 difference");
}

/// Whether the row that begins with this text is the one under the cursor.
fn inverse(screen: &vt100::Screen, text: &str) -> bool {
    let (rows, columns) = (screen.size().0.get(), screen.size().1.get());
    (0..rows).any(|y| {
        let cells = (0..columns).filter_map(|x| screen.cell(y, x));
        let row: String = cells
            .clone()
            .map(|cell| {
                if cell.has_contents() {
                    cell.contents()
                } else {
                    " "
                }
            })
            .collect();
        row.contains(text) && cells.filter(|cell| cell.inverse()).count() > 20
    })
}
