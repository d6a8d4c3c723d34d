//! The rate limit on the screen, told by a server that contradicts itself: what was understood, and what was not.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use support::home::Home;
use support::terminal::Terminal;

use crate::home;

/// A server on loopback that gives every request one answer with these header fields; its base URL.
fn server(fields: impl Into<Vec<u8>>) -> String {
    let mut answer = b"HTTP/1.1 200 OK\r\n".to_vec();
    answer.extend(fields.into());
    answer.extend(
        b"content-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
    );
    let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", socket.local_addr().expect("its address"));
    std::thread::spawn(move || {
        for stream in socket.incoming().map_while(Result::ok) {
            hear(&stream);
            // A client that has hung up is the test's business.
            let _ = (&stream).write_all(&answer);
        }
    });
    base
}

/// Reads the head of a request; these have no body.
fn hear(mut stream: &TcpStream) {
    let (mut heard, mut block) = (Vec::new(), [0; 4096]);
    while !heard.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut block) {
            Ok(0) | Err(_) => return,
            Ok(count) => heard.extend_from_slice(&block[..count]),
        }
    }
}

/// The screen on this server, open, after one answer.
fn told(home: &Home, base: &str, size: (u16, u16)) -> Terminal {
    let mut terminal = home.terminal(&["--base-url", base], size);
    terminal.wait_for("quota unknown");
    home.reqscope(&["--base-url", base, "send", "/v1/x"])
        .expect_code(0);
    terminal.wait_for("✓ 200 OK");
    terminal
}

/// Closes the overlay, and leaves.
fn leave(mut terminal: Terminal) {
    terminal.send("Q").wait_gone("Q or Esc closes").send("q");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn a_server_that_contradicts_itself_is_understood_as_far_as_it_goes() {
    let home = home();
    let base = server(
        "RateLimit-Limit: 60\r\nRateLimit-Remaining: 90\r\nRateLimit-Reset: 1970-01-01T00:00:00Z\r\nRetry-After: 1000000\r\n",
    );
    let mut terminal = told(&home, &base, (120, 40));
    terminal.wait_for("quota 90 left  wait 11 d 13 h");
    terminal.send("Q").wait_for("Q or Esc closes");
    for text in [
        &base,
        "by RateLimit-Remaining",
        "wait 11 d 13 h (Retry-After, in seconds)",
        "Not understood, and left out",
        "a limit of 60 with 90 remaining",
        "RateLimit-Reset: 1970-01-01T00:00:00Z",
        "1 in the last 60 s",
        "0 of the last one known answered with 429",
    ] {
        terminal.wait_for(text);
    }
    leave(terminal);
}

#[test]
fn bytes_that_a_terminal_obeys_are_shown_and_not_obeyed() {
    let home = home();
    let mut fields = b"RateLimit: \"a\";r=5\r\nX-RateLimit-Limit: ".to_vec();
    // C1 and bidi, as UTF-8: what a header may carry.
    fields.extend("\u{9b}2J\u{9d}0;taken\u{9c}\u{202e}60\r\n".as_bytes());
    fields.extend("RateLimit-Reset: Fri, 31 Dec 9999 23:59:59 GMT\r\n".as_bytes());
    let base = server(fields);
    let mut terminal = told(&home, &base, (80, 24));
    terminal.wait_for("5 left a");
    terminal.send("Q").wait_for("Q or Esc closes");
    terminal
        .wait_for("RateLimit-Reset: Fri, 31 Dec 9999")
        .wait_for("X-RateLimit-Limit: ")
        .wait_for("⟨U+");
    let obeyed = |c: char| matches!(c, '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{1b}');
    assert!(!terminal.screen().contains(obeyed), "{}", terminal.screen());
    assert_eq!((terminal.title(), terminal.copied()), (String::new(), None));
    leave(terminal);
}

#[test]
fn five_hundred_policies_are_counted_and_scrolled() {
    let home = home();
    let policies: Vec<String> = (0..500)
        .map(|n| format!("\"p{n}\";r={};t=5", 900 - n))
        .collect();
    let base = server(format!("RateLimit: {}\r\n", policies.join(", ")));
    let mut terminal = told(&home, &base, (80, 24));
    terminal.wait_for("401 left p499 +499");
    terminal.send("Q").wait_for("Policies 500");
    terminal
        .send("G")
        .wait_for("and 468 more, which are not kept")
        .wait_for("▸ p499")
        .wait_for("answered with 429");
    // The window that `t` speaks of ends, and with it what was left.
    terminal
        .send("g")
        .wait_for("401 were left then; that window is over");
    terminal.wait_for("quota unknown, 1 ");
    leave(terminal);
}

#[test]
fn where_the_server_says_nothing_what_was_sent_is_counted() {
    let home = home();
    let base = server("");
    let mut terminal = told(&home, &base, (120, 40));
    terminal.wait_for("quota unknown, 1 sent in the last 60 s");
    // From another process, and to another server.
    home.reqscope(&["--base-url", &base, "send", "/v1/x"])
        .expect_code(0);
    terminal.wait_for("quota unknown, 2 sent in the last 60 s");
    let other = server("RateLimit-Limit: 9\r\nRateLimit-Remaining: 9\r\n");
    home.reqscope(&["--base-url", &other, "send", "/v1/other"])
        .expect_code(0);
    terminal
        .wait_for("/v1/other")
        .wait_for("quota unknown, 2 sent in the last 60 s");
    // Until a send leaves a window, nothing is written.
    terminal
        .wait_quiet(Duration::from_millis(300))
        .bytes_since();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(terminal.bytes_since(), 0);
    terminal.send("Q").wait_for("2 in the last 60 s");
    terminal
        .patience(Duration::from_secs(15))
        .wait_for("0 in the last 10 s, 2 in the last 60 s");
    leave(terminal);
}
