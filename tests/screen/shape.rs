//! What it looks like: colours and glyphs by class, every size down to one cell, and silence while nothing changes.

use std::time::Duration;

use vt100::Color;

use crate::{add_header, compose, home, open};

#[test]
fn classes_have_glyphs_and_colours() {
    let home = home();
    home.reqscope(&["send", "/v1/accounts"]).expect_code(0);
    home.reqscope(&["send", "/v1/nowhere"]).expect_code(4);
    home.reqscope(&["send", "/v1/boxes", "-H", "Sandbox-Fault: status=503"])
        .expect_code(5);
    home.reqscope(&[
        "send",
        "/v1/payments",
        "-d",
        "{}",
        "-H",
        "Sandbox-Fault: drop-before",
    ])
    .expect_code(6);
    let mut terminal = home.terminal(&[], (120, 40));
    for (glyph, colour) in [("✓ 200", 2), ("✗ 404", 3), ("‼ 503", 1), ("? ···", 5)] {
        terminal.wait_for(glyph);
        if terminal.color_of(glyph) != Color::Idx(colour) {
            // The row under the cursor keeps its colours, but they are reversed.
            terminal.send("j");
        }
        assert_eq!(terminal.color_of(glyph), Color::Idx(colour), "{glyph}");
    }
}

#[test]
fn without_colour_the_glyphs_still_tell() {
    let mut home = home();
    home.set("NO_COLOR", "1");
    home.reqscope(&["send", "/v1/nowhere"]).expect_code(4);
    let mut terminal = home.terminal(&[], (100, 30));
    terminal.wait_for("✗ 404");
    assert_eq!(terminal.color_of("✗ 404"), Color::Default);
}

#[test]
fn no_size_is_too_small() {
    let home = home();
    home.reqscope(&["send", "/v1/payments", "-d", "{\"amount\":-1}"])
        .expect_code(4);
    let mut terminal = home.terminal(&[], (120, 40));
    terminal.wait_for("422");
    for (columns, rows) in [(20, 5), (80, 24), (1, 1), (200, 60), (3, 2), (40, 10)] {
        terminal
            .resize(columns, rows)
            .send("<tab>?")
            .wait_quiet(Duration::from_millis(60));
    }
    terminal
        .resize(120, 40)
        .send("<esc>")
        .wait_quiet(Duration::from_millis(60))
        .send("1")
        .wait_for("422")
        .wait_for("1 History")
        .send("q");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn while_nothing_changes_nothing_is_written() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    terminal
        .wait_quiet(Duration::from_millis(300))
        .bytes_since();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(terminal.bytes_since(), 0);
}

#[test]
fn what_another_process_sends_appears_without_a_key() {
    let home = home();
    let mut terminal = open(&home, (100, 30));
    home.reqscope(&["send", "/v1/accounts"]).expect_code(0);
    terminal
        .wait_for("/v1/accounts")
        .wait_for("✓ 200 OK")
        .wait_for("59/60");
}

#[test]
fn hostile_bytes_are_shown_and_not_obeyed() {
    let home = home();
    let mut terminal = open(&home, (120, 40));
    compose(&mut terminal, "/v1/payments", "{\"amount\":0}");
    add_header(&mut terminal, "Sandbox-Fault: escape");
    terminal.send("<c-s>").wait_for("422").wait_for("␛");
    for tab in ["]", "]", "]"] {
        terminal.send(tab).wait_quiet(Duration::from_millis(100));
    }
    assert_eq!(terminal.title(), "");
    assert_eq!(terminal.copied(), None);
    assert!(
        terminal
            .screen()
            .chars()
            .all(|c| !matches!(c, '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}'))
    );
}

#[test]
fn what_is_wider_than_its_pane_can_still_be_read() {
    let home = home();
    home.reqscope(&["send", "/v1/accounts", "-H", "Sandbox-Fault: not-json"])
        .expect_code(0);
    let mut terminal = home.terminal(&[], (80, 24));
    terminal
        .wait_for("502 Bad Gateway")
        .send("3<right>")
        .wait_gone("<!DOCTYPE")
        .send("<right><right>")
        .wait_for("</html>")
        .send("g<left><left><left>")
        .wait_for("<!DOCTYPE");
}

#[test]
fn a_live_server_is_named_at_every_size() {
    let home = home();
    for size in [(120, 40), (40, 10), (24, 6)] {
        home.terminal(&["--base-url", "https://192.0.2.7"], size)
            .wait_for("LIVE");
    }
}
