//! Errors where they happened: three of them in one body, each beneath its field, followed through edits and back.

use support::home::Home;
use support::terminal::Terminal;
use vt100::Screen;

use crate::{compose, home};

const BODY: &str = r#"{
  "amount": -5,
  "account": "acct_demo",
  "items": [
    { "price": 5 },
    { "price": "x" }
  ]
}"#;

const MISSING: [&str; 2] = ["✗ 1 {", "^ 'currency' is missing here: missing"];
const AMOUNT: [&str; 2] = ["\"amount\": -5,", "^^ amount_not_positive: must be"];
const PRICE: [&str; 2] = ["{ \"price\": \"x\" }", "^^^ wrong_type: must be"];

/// The screen on a payment that was refused for three fields.
fn refused(home: &Home, size: (u16, u16)) -> Terminal {
    home.reqscope(&["send", "/v1/payments", "-d", BODY])
        .expect_code(4);
    let mut terminal = home.terminal(&[], size);
    terminal.wait_for("[Errors 3]").wait_for("✗ 3 errors");
    terminal
}

/// The rows of the panes at the right, without their borders.
fn rows(screen: &Screen) -> Vec<String> {
    let (_, columns) = screen.size();
    let rows = screen.rows(0, columns.get());
    let inside = rows.filter_map(|row| Some(row.split("││").nth(1)?.to_owned()));
    inside.collect()
}

/// Waits until these texts stand in rows that follow each other.
fn wait_rows(terminal: &mut Terminal, wanted: &[&str]) {
    terminal.wait_until(&format!("{wanted:?} beneath each other"), |screen| {
        let rows = rows(screen);
        let fits = |rows: &[String]| {
            rows.iter()
                .zip(wanted)
                .all(|(row, text)| row.contains(text))
        };
        rows.windows(wanted.len()).any(fits)
    });
}

/// Waits until the cell this text begins with is reversed, or bold where the focus is elsewhere: the cursor is on it.
fn wait_cursor_on(terminal: &mut Terminal, text: &str) {
    terminal.wait_until(&format!("the cursor on {text:?}"), |screen| {
        let (height, columns) = screen.size();
        (0..height.get())
            .zip(screen.rows(0, columns.get()))
            .any(|(y, row)| {
                row.match_indices(text).any(|(byte, _)| {
                    let x = row[..byte].chars().count();
                    let cell = u16::try_from(x).ok().and_then(|x| screen.cell(y, x));
                    cell.is_some_and(|cell| cell.inverse() || cell.bold())
                })
            })
    });
}

#[test]
fn three_errors_stand_on_their_lines_and_go_with_the_edits() {
    let home = home();
    let mut terminal = refused(&home, (120, 50));
    for lines in [MISSING, AMOUNT, PRICE] {
        wait_rows(&mut terminal, &lines);
    }
    assert!(terminal.cell_of("-5,").underline());
    assert!(terminal.cell_of("\"x\"").underline());

    // A draft has them too. Two lines above them move them all but the first.
    terminal
        .send("e")
        .wait_for("continues")
        .wait_for("Esc done");
    wait_rows(&mut terminal, &["✗ 2   \"amount\": -5,", AMOUNT[1]]);
    terminal.send("<c-home><right><enter><enter>");
    wait_rows(&mut terminal, &MISSING);
    wait_rows(&mut terminal, &["✗ 4   \"amount\": -5,", AMOUNT[1]]);
    wait_rows(&mut terminal, &["✗ 8     { \"price\": \"x\" }", PRICE[1]]);

    // What is missing is there once it is written.
    terminal.paste("\"currency\": \"EUR\",");
    terminal.wait_for("✗ 2 errors  ~ 1 changed since");
    wait_rows(&mut terminal, &["~ 1 {", "~ changed since: missing: is"]);

    // A corrected field fades, and the other stays as it is.
    terminal.send("<down><home><right><right><right><right><right><right><right><right><right><right><right><right><del>");
    wait_rows(
        &mut terminal,
        &[
            "~ 4   \"amount\": 5,",
            "~ changed since: amount_not_positive: must be",
        ],
    );
    wait_rows(&mut terminal, &["✗ 8     { \"price\": \"x\" }", PRICE[1]]);
    terminal.wait_for("✗ 1 error  ~ 2 changed since");
    assert!(terminal.cell_of("changed since: amount").dim());
    assert!(!terminal.cell_of("5,").underline());

    // Taken back, step by step, all is as it was.
    terminal
        .send("<c-z>")
        .wait_for("✗ 2 errors  ~ 1 changed since");
    wait_rows(&mut terminal, &["✗ 4   \"amount\": -5,", AMOUNT[1]]);
    terminal.send("<c-z>").wait_for("✗ 3 errors");
    wait_rows(&mut terminal, &MISSING);
    terminal.send("<c-z><c-z>");
    for lines in [MISSING, ["✗ 2   \"amount\": -5,", AMOUNT[1]], PRICE] {
        wait_rows(&mut terminal, &lines);
    }
}

#[test]
fn a_line_that_is_deleted_takes_its_error_along() {
    let home = home();
    let mut terminal = refused(&home, (120, 50));
    terminal.send("e").wait_for("Esc done");
    terminal.send("<c-home><down><s-down><del>");
    terminal.wait_for("✗ 2 errors  ~ 1 changed since");
    wait_rows(
        &mut terminal,
        &[MISSING[0], MISSING[1], "  2   \"account\""],
    );
    terminal.send("<c-z>").wait_for("✗ 3 errors");
    wait_rows(&mut terminal, &["✗ 2   \"amount\": -5,", AMOUNT[1]]);
}

/// From field to field with `n` and `N`, the list following, and from the list to a field with `f` and back: in what
/// was sent, and in a draft whose fields have moved.
#[test]
fn one_key_leads_from_an_error_to_its_field_and_on() {
    let home = home();
    let mut terminal = refused(&home, (120, 50));
    terminal.send("2").wait_for("1 History");
    for (key, field, listed) in [
        ("n", "-5,", "must be greater than zero  "),
        ("n", "\"x\" }", "must be a whole number of minor units  "),
        ("N", "-5,", "must be greater than zero  "),
        ("N", "{ ", "is missing  "),
    ] {
        terminal.send(key);
        wait_cursor_on(&mut terminal, field);
        wait_cursor_on(&mut terminal, listed);
    }
    terminal.send("N").wait_for("that was the first error");
    wait_cursor_on(&mut terminal, "\"x\" }");
    terminal.send("n").wait_for("that was the last error");

    terminal.send("3jf");
    wait_cursor_on(&mut terminal, "{ ");
    terminal.send("fjf");
    wait_cursor_on(&mut terminal, "\"x\" }");

    terminal
        .send("e")
        .wait_for("Esc done")
        .send("<c-home><enter><enter>");
    wait_rows(&mut terminal, &["✗ 8     { \"price\": \"x\" }", PRICE[1]]);
    terminal.send("<esc>").wait_gone("Esc done").send("n");
    wait_cursor_on(&mut terminal, "-5,");
    wait_cursor_on(&mut terminal, "must be greater than zero  ");
    terminal.send("n");
    wait_cursor_on(&mut terminal, "\"x\" }");
    terminal.send("f");
    wait_cursor_on(&mut terminal, "must be a whole number of minor units  ");
    terminal.send("kkf");
    wait_cursor_on(&mut terminal, "-5,");
}

#[test]
fn on_a_narrow_screen_and_about_the_whole_body() {
    let home = home();
    let mut terminal = refused(&home, (80, 24));
    terminal.send("2nn");
    wait_rows(&mut terminal, &["\"x\" }", "wrong_type"]);
    terminal.resize(40, 30).wait_for("2 Request");
    wait_cursor_on(&mut terminal, "\"x\" }");

    // An error about the whole body has no field: it leads to the body's beginning.
    let mut terminal = open_malformed(&home);
    terminal.send("3f");
    wait_cursor_on(&mut terminal, "{\"amount\": 5,}");
}

/// A payment that was refused because its body is no JSON.
fn open_malformed(home: &Home) -> Terminal {
    let mut terminal = home.terminal(&[], (100, 30));
    terminal.wait_for("[Errors 3]");
    compose(&mut terminal, "/v1/payments", "{\"amount\": 5,}");
    terminal.send("<c-s>").wait_for("The body is not JSON");
    terminal.send("y").wait_for("▸ malformed_json");
    terminal
}
