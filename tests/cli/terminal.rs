//! On a terminal nothing of a stranger's is obeyed: every control, C1 and bidi character is shown as what it is.
//!
//! Had the terminal been sent one of them, it would not stand on the screen as its placeholder: so looking at the screen
//! is looking for what was swallowed.

use support::home::Home;
use vt100::Color;

use crate::bench::{home, run, text};

/// What the sandbox puts into an answer's body, made visible.
const ESCAPES: &str = "␛]0;owned␇␛[2J␛[31m␛]8;;http://escape.invalid/␛\\";
const SUBTLE: &str = "⟨U+009B⟩31m⟨U+009D⟩0;owned⟨U+009C⟩⟨U+202E⟩txt.exe⟨U+202C⟩⟨U+2066⟩⟨U+200F⟩";

/// Runs a command on a wide terminal, holds it to this exit status, and looks at what it left there.
fn screen(home: &Home, words: &[&str], code: u32) -> String {
    // Wider than any line here, so that a text stands in one row.
    let mut terminal = home.terminal(words, (3000, 60));
    assert_eq!(terminal.wait_exit(), code, "{}", terminal.screen());
    assert_eq!((terminal.title().as_str(), terminal.copied()), ("", None));
    let screen = terminal.snapshot();
    let coloured = (0..60)
        .flat_map(|y| (0..3000).map(move |x| (y, x)))
        .find(|(y, x)| {
            let cell = screen.cell(*y, *x);
            cell.is_some_and(|cell| {
                cell.fgcolor() != Color::Default || cell.bgcolor() != Color::Default
            })
        });
    assert_eq!(coloured, None, "{}", terminal.screen());
    terminal.screen()
}

#[test]
fn a_body_is_shown_and_not_obeyed() {
    let home = home();
    let shown = screen(
        &home,
        &["send", "/v1/accounts", "-H", "Sandbox-Fault: escape"],
        0,
    );
    assert!(shown.contains(&format!("{ESCAPES}{SUBTLE}")), "{shown}");
    assert!(shown.contains("200 OK"), "{shown}");
    let newest = run(&home, "history --json", &[])
        .expect_code(0)
        .json_lines();
    for words in [&["show"][..], &["show", "--body"]] {
        let shown = screen(&home, &[words, &[text(&newest[0]["id"])]].concat(), 0);
        assert!(
            shown.contains(&format!("{ESCAPES}{SUBTLE}")),
            "{words:?}: {shown}"
        );
    }
}

#[test]
fn an_errors_message_is_shown_and_not_obeyed() {
    let home = home();
    let shown = screen(
        &home,
        &[
            "send",
            "/v1/payments",
            "-d",
            "{}",
            "-H",
            "Sandbox-Fault: escape",
        ],
        4,
    );
    // Once in each of three errors; the body has them JSON-escaped, so only C1 and bidi stand there by themselves.
    assert_eq!(
        shown.matches(&format!("{ESCAPES}{SUBTLE}")).count(),
        3,
        "{shown}"
    );
    assert!(shown.contains("422"), "{shown}");
}

#[test]
fn json_is_escaped_and_stays_the_same_json() {
    let home = home();
    let words = [
        "send",
        "/v1/payments",
        "-d",
        "{}",
        "--json",
        "-H",
        "Sandbox-Fault: escape",
    ];
    let shown = screen(&home, &words, 4);
    let line = shown
        .lines()
        .find(|line| line.starts_with('{'))
        .expect("a line of JSON");
    let on_screen: serde_json::Value =
        serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    let piped = run(&home, "history --json", &[]).expect_code(0);
    assert_eq!(on_screen, piped.json_lines()[0]);
    let message = text(&on_screen["outcome"]["errors"][0]["message"]).to_owned();
    for obeyed in ["\u{1b}]0;owned\u{7}", "\u{9b}31m", "\u{202e}"] {
        assert!(message.contains(obeyed), "{obeyed:?} in {message:?}");
    }
    let plain = |c: char| c == '\n' || !(c.is_control() || ('\u{200b}'..='\u{206f}').contains(&c));
    assert!(piped.stdout().chars().all(plain), "{piped}");
    let listed = screen(&home, &["history", "--json"], 0);
    assert!(
        listed.contains(r"\u009b31m") && listed.contains(r"\u202e"),
        "{listed}"
    );
}

#[test]
fn a_url_of_ones_own_is_shown_and_not_obeyed() {
    let home = home();
    let output = run(
        &home,
        "send --json -q",
        &["a=\u{9b}31m\u{202e}", "/v1/accounts"],
    )
    .expect_code(0);
    assert!(text(&output.json()["request"]["url"]).is_ascii());
    let refused = run(
        &home,
        "send",
        &["/v1/\u{1b}]0;owned\u{7}", "-H", "no\u{1b}colon"],
    )
    .expect_code(2);
    assert!(!refused.stderr.contains(&0x1b), "{refused}");
}

#[test]
fn into_a_pipe_the_body_is_what_came() {
    let home = home();
    let output = run(&home, "send /v1/accounts -HSandbox-Fault:escape", &[]).expect_code(0);
    let body = output.stdout();
    for raw in ["\u{1b}]0;owned\u{7}", "\u{9b}31m", "\u{202e}txt.exe"] {
        assert!(body.contains(raw), "{raw:?} in {body:?}");
    }
    let plain = |c: char| c == '\n' || !(c.is_control() || ('\u{200b}'..='\u{206f}').contains(&c));
    assert!(output.stderr().chars().all(plain), "{output}");
}
