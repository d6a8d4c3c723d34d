//! The tests' own instruments, tried on small programs that every Unix has.
#![cfg(unix)]

use std::time::Duration;

use support::home::Home;
use support::key;
use support::terminal::Terminal;
use vt100::Color;

fn cat() -> (Home, Terminal) {
    let home = Home::new("/bin/cat");
    let terminal = home.terminal(&[], (40, 8));
    (home, terminal)
}

/// What this panics with.
fn panic_of(run: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let panic = std::panic::catch_unwind(run).expect_err("a panic");
    *panic.downcast::<String>().expect("a text")
}

fn failed_wait(terminal: &mut Terminal) -> String {
    panic_of(std::panic::AssertUnwindSafe(|| {
        terminal.wait_for("absent");
    }))
}

#[test]
fn keys_are_the_bytes_a_terminal_sends() {
    for (keys, expected) in [
        ("abc", "abc"),
        ("a<enter>b", "a\rb"),
        ("<esc><tab><s-tab>", "\x1b\t\x1b[Z"),
        ("<c-s><c-c><c-p>", "\x13\x03\x10"),
        ("<a-x>", "\x1bx"),
        ("<c-space>", "\0"),
        ("<up><pgdn><f5><f1>", "\x1b[A\x1b[6~\x1b[15~\x1bOP"),
        ("<c-left><s-down><c-end>", "\x1b[1;5D\x1b[1;2B\x1b[1;5F"),
        ("<c-enter>", "\x1b[27;5;13~"),
        ("<lt>html> ü", "<html> ü"),
    ] {
        assert_eq!(key::bytes(keys, false), expected.as_bytes(), "{keys}");
    }
    assert_eq!(key::bytes("<up><c-up>", true), b"\x1bOA\x1b[1;5A");
    assert!(panic_of(|| drop(key::bytes("<entre>", false))).contains("<entre>"));
}

#[test]
fn what_is_typed_is_seen() {
    let (_home, mut terminal) = cat();
    terminal.send("hello<enter>");
    terminal.wait_until("the echo and the answer", |screen| {
        screen.contents().matches("hello").count() == 2
    });
    assert_eq!(terminal.row_containing("ell"), "hello");
    terminal.send("<c-d>");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn a_wait_that_fails_shows_the_screen() {
    let (_home, mut terminal) = cat();
    terminal.send("shown<enter>").wait_for("shown");
    terminal.patience(Duration::from_millis(50));
    let message = failed_wait(&mut terminal);
    assert!(message.contains("\"absent\" to show"), "{message}");
    assert!(message.contains("│shown"), "{message}");
}

#[test]
fn a_wait_ends_with_the_program() {
    let (_home, mut terminal) = cat();
    terminal.kill();
    let message = failed_wait(&mut terminal);
    assert!(message.contains("the program ended"), "{message}");
    assert_eq!(terminal.wait_exit(), 1);
}

#[test]
fn colours_questions_title_and_clipboard_are_understood() {
    let home = Home::new("/bin/cat");
    let shown = concat!(
        "日本 \x1b[32mgreen\x1b[38;2;1;2;3;1m rgb\x1b[0m",
        "\x1b]2;a title\x07\x1b]52;c;Y29waWVk\x07",
        "\x1b[6n\x1b[c"
    );
    let file = home.write("folder/file", shown);
    let mut terminal = home.terminal(&[file.to_str().expect("a path"), "-"], (60, 8));
    assert_eq!(terminal.color_of("green"), Color::Idx(2));
    let rgb = terminal.cell_of("rgb");
    assert_eq!((rgb.fgcolor(), rgb.bold()), (Color::Rgb(1, 2, 3), true));
    // The answers come back as input, which the line discipline echoes.
    terminal.wait_for("^[[1;15R").wait_for("^[[?62;22c");
    assert_eq!(terminal.title(), "a title");
    assert_eq!(terminal.copied().as_deref(), Some("copied"));
}

#[test]
fn a_paste_is_bracketed_once_the_program_asks_for_it() {
    let home = Home::new("/bin/cat");
    let file = home.write("on", "\x1b[?2004hon");
    let mut terminal = home.terminal(&[file.to_str().expect("a path"), "-"], (60, 8));
    terminal.wait_for("on").paste("text");
    terminal.wait_for("^[[200~text^[[201~");
    let (_home, mut plain) = cat();
    plain.paste("text").wait_for("text");
    assert!(!plain.screen().contains("200~"), "{}", plain.screen());
}

#[test]
fn output_is_counted() {
    let (_home, mut terminal) = cat();
    terminal
        .send("x<enter>")
        .wait_until("two", |screen| screen.contents().matches('x').count() == 2);
    terminal.wait_quiet(Duration::from_millis(100));
    assert_eq!(terminal.bytes_since(), "x\r\nx\r\n".len() as u64);
    terminal.wait_quiet(Duration::from_millis(100));
    assert_eq!(terminal.bytes_since(), 0);
    terminal.send("y").wait_for("y");
    assert_eq!(terminal.bytes_since(), 1);
}

#[test]
fn the_size_is_the_one_asked_for() {
    let home = Home::new("/bin/stty");
    let mut terminal = home.terminal(&["size"], (70, 11));
    terminal.wait_for("11 70");
    let (_home, mut terminal) = cat();
    terminal.resize(20, 4);
    let (rows, cols) = terminal.snapshot().size();
    assert_eq!((rows.get(), cols.get()), (4, 20));
    terminal.send("rubbed out").wait_for("rubbed out");
    terminal.send("<c-u>").wait_gone("rubbed");
}

#[test]
fn a_home_lets_nothing_in() {
    let home = Home::new("/usr/bin/env");
    let output = home.reqscope::<&str>(&[]).expect_code(0);
    let root = home.path().to_str().expect("a path").to_owned();
    for line in output.stdout().lines() {
        let (name, value) = line.split_once('=').expect("NAME=value");
        let known = ["PATH", "TERM", "COLORTERM", "TMPDIR", "TMP", "TEMP"].contains(&name);
        assert!(known || value.starts_with(&root), "{line}");
    }
    assert!(home.data_dir().is_dir());
}

#[test]
fn a_plain_command_is_read() {
    let mut home = Home::new("/bin/cat");
    let output = home.reqscope_with::<&str>(&[], b"{\"a\":1}\n{\"a\":2}\n");
    assert_eq!(output.json_lines()[1]["a"], 2);
    assert!(panic_of(|| drop(output.json())).contains("{\"a\":2}"));
    home.set("A", "1").unset("A");
    let absent = home.reqscope(&["/no/such/file"]);
    assert_eq!((absent.code, absent.stdout.len()), (Some(1), 0));
    assert!(absent.stderr().contains("/no/such/file"));
    let message = panic_of(|| drop(absent.expect_code(0)));
    assert!(message.contains("/no/such/file"), "{message}");
}

#[test]
fn a_server_is_waited_for_by_its_line() {
    let home = Home::new("/bin/cat");
    let file = home.write("log", "starting\nlistening on http://127.0.0.1:1\n");
    let mut server = home.start(&[file.as_os_str(), "-".as_ref()]);
    assert_eq!(server.line_after("listening on "), "http://127.0.0.1:1");
    assert!(server.process_id() > 0);
    server.kill();
    assert_eq!(server.wait_exit(), None);
}
