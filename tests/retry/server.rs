//! A server that answers as it was told, in order, and remembers what it heard and when.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// What was heard, and when its last byte was there.
#[derive(Clone)]
pub struct Heard {
    pub request: String,
    pub at: Instant,
}

impl Heard {
    /// A header field's value.
    pub fn field(&self, name: &str) -> Option<&str> {
        let line = |line: &&str| {
            let field = line.split_once(':').map(|(name, _)| name);
            field.is_some_and(|field| field.eq_ignore_ascii_case(name))
        };
        let line = self.request.lines().find(line)?;
        Some(line.split_once(':')?.1.trim())
    }
}

/// A listener with a script; after its end the last line counts.
pub struct Server {
    pub url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

/// An answer of this status with these header fields.
pub fn answer(status: u16, fields: &str) -> String {
    let body = "{}";
    format!(
        "HTTP/1.1 {status} X\r\n{fields}content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// The connection is closed without an answer.
pub fn nothing() -> String {
    String::new()
}

impl Server {
    /// Gives these answers, one to each request.
    pub fn answering(script: &[String]) -> Server {
        let (script, heard) = (script.to_vec(), Arc::new(Mutex::new(Vec::new())));
        let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", socket.local_addr().expect("its address"));
        let list = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in socket.incoming().map_while(Result::ok) {
                let request = hear(&stream);
                let mut list = list.lock().expect("nobody panics with it");
                let answer = &script[list.len().min(script.len() - 1)];
                let at = Instant::now();
                list.push(Heard { request, at });
                // A client that has hung up is the test's business.
                let _ = (&stream).write_all(answer.as_bytes());
            }
        });
        Server { url, heard }
    }

    /// What it heard so far.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("nobody panics with it").clone()
    }
}

/// One request: its head, and as many bytes as that promises.
fn hear(mut stream: &TcpStream) -> String {
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let length = head.lines().find_map(|l| l.strip_prefix("content-length:"));
            let length = length.and_then(|n| n.trim().parse().ok()).unwrap_or(0);
            if body.len() >= length {
                return text;
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return text,
            Ok(count) => request.extend_from_slice(&buffer[..count]),
        }
    }
}
