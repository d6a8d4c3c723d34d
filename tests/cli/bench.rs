//! What the tests stand on: a home, a sandbox of one's own, and a listener that records what it hears.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;
use support::home::{Home, Output, Running};

/// A payment with nothing wrong in it.
pub const PAYMENT: &str = r#"{"amount":100,"currency":"EUR","account":"acct_demo"}"#;

/// How long a listener's request is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where nobody listens: port 1 was given to a protocol that nobody speaks any more (tcpmux).
pub const NOBODY: &str = "http://127.0.0.1:1";

/// A home for the real program.
pub fn home() -> Home {
    Home::new(env!("CARGO_BIN_EXE_reqscope"))
}

/// Runs a command written as one line, its words parted by blanks; `more` holds what has blanks in it.
pub fn run(home: &Home, line: &str, more: &[&str]) -> Output {
    let words: Vec<&str> = line
        .split_whitespace()
        .chain(more.iter().copied())
        .collect();
    home.reqscope(&words)
}

/// A POST of [`PAYMENT`] with `--json`.
pub fn pay(home: &Home, more: &[&str]) -> Output {
    run(
        home,
        "send /v1/payments --json -d",
        &[&[PAYMENT], more].concat(),
    )
}

/// A text of a JSON value.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// (same_key, new_key) of an exchange's advice, blank where there is none.
pub fn advice(exchange: &Value) -> (&str, &str) {
    let word = |name: &str| exchange["advice"][name].as_str().unwrap_or_default();
    (word("same_key"), word("new_key"))
}

/// `reqscope sandbox` in a process of its own. It is killed when this is dropped.
pub struct Sandbox {
    pub running: Running,
    pub url: String,
}

impl Sandbox {
    /// With a quota that no test comes near, unless the words say otherwise.
    pub fn start(home: &Home, words: &[&str]) -> Sandbox {
        let quota: &[&str] = match words.contains(&"--quota") {
            true => &[],
            false => &["--quota", "100000/60s"],
        };
        let mut running = home.start(&[&["sandbox"], quota, words].concat());
        let url = running.line_after("listening on ");
        Sandbox { running, url }
    }

    /// Runs a command with this as its base URL.
    pub fn run(&self, home: &Home, line: &str, more: &[&str]) -> Output {
        run(home, &format!("--base-url {} {line}", self.url), more)
    }

    /// A POST of [`PAYMENT`] with `--json`.
    pub fn pay(&self, home: &Home, more: &[&str]) -> Output {
        pay(home, &[&["--base-url", &self.url], more].concat())
    }

    /// The payments that were made.
    pub fn payments(&self, home: &Home) -> Vec<Value> {
        listed(self.run(home, "send /v1/payments", &[]))
    }
}

/// The payments that were made in the sandbox inside the program.
pub fn payments(home: &Home) -> Vec<Value> {
    listed(run(home, "send /v1/payments", &[]))
}

fn listed(output: Output) -> Vec<Value> {
    let list = output.expect_code(0).json();
    list["data"].as_array().expect("a list").clone()
}

/// The whole history, newest first.
pub fn history(home: &Home) -> Vec<Value> {
    run(home, "history --json", &[]).expect_code(0).json_lines()
}

/// A listener that gives every request the same answer, byte for byte, and remembers what it heard.
pub struct Listener {
    pub url: String,
    heard: Receiver<Vec<u8>>,
}

impl Listener {
    /// Answers with these bytes, then closes.
    pub fn answering(answer: impl Into<Vec<u8>>) -> Listener {
        let (answer, (sender, heard)) = (answer.into(), channel());
        let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = socket.local_addr().expect("its address");
        std::thread::spawn(move || {
            for stream in socket.incoming().map_while(Result::ok) {
                let request = hear(&stream);
                // A client that has hung up is the test's business.
                let _ = (&stream).write_all(&answer);
                if sender.send(request).is_err() {
                    return;
                }
            }
        });
        Listener {
            url: format!("http://{address}"),
            heard,
        }
    }

    /// An answer of this status line and these header fields, framed for its body.
    pub fn with(head: &str, body: &[u8]) -> Listener {
        let mut answer = format!(
            "HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        )
        .into_bytes();
        answer.extend_from_slice(body);
        Listener::answering(answer)
    }

    /// The next request it heard: head and body, as they came.
    pub fn heard(&self) -> Vec<u8> {
        self.heard.recv_timeout(PATIENCE).expect("a request")
    }

    /// The next request's head, in lower case.
    pub fn head(&self) -> String {
        let request = self.heard();
        let text = String::from_utf8_lossy(&request).to_lowercase();
        text.split("\r\n\r\n").next().unwrap_or_default().to_owned()
    }

    /// Whether nothing more was heard so far. The program has ended by then, so what it sent has arrived.
    pub fn is_silent(&self) -> bool {
        self.heard.try_recv().is_err()
    }
}

/// One request: its head, and as many bytes as that promises.
fn hear(mut stream: &TcpStream) -> Vec<u8> {
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(end) = request.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
            let length = head.lines().find_map(|l| l.strip_prefix("content-length:"));
            let length = length.and_then(|n| n.trim().parse().ok()).unwrap_or(0);
            if request.len() >= end + 4 + length {
                return request;
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return request,
            Ok(count) => request.extend_from_slice(&buffer[..count]),
        }
    }
}
