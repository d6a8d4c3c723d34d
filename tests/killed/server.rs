//! A server that notes every idempotency key before it answers, and takes its time.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long the body of every answer is.
pub const BODY: usize = 100 * 1024;

/// A listener, and the keys it has seen.
pub struct Server {
    pub url: String,
    seen: Arc<Mutex<BTreeSet<String>>>,
}

impl Server {
    /// Listens until the test ends.
    pub fn start() -> Server {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", socket.local_addr().expect("its address"));
        let seen = Arc::new(Mutex::new(BTreeSet::new()));
        let keys = Arc::clone(&seen);
        std::thread::spawn(move || {
            for (number, stream) in socket.incoming().map_while(Result::ok).enumerate() {
                let keys = Arc::clone(&keys);
                std::thread::spawn(move || answer(&stream, number, &keys));
            }
        });
        Server { url, seen }
    }

    /// Every key that has arrived so far.
    pub fn seen(&self) -> BTreeSet<String> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clone()
    }
}

/// Hears one request and answers it in pieces: whoever is killed meanwhile has half of it.
fn answer(mut stream: &TcpStream, number: usize, seen: &Mutex<BTreeSet<String>>) {
    let Some(key) = hear(stream) else {
        return;
    };
    let mut keys = seen.lock().unwrap_or_else(PoisonError::into_inner);
    keys.insert(key);
    drop(keys);
    pause(number);
    let head = format!(
        "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: {BODY}\r\nconnection: close\r\n\r\n"
    );
    let filler = "x".repeat(BODY - r#"{"id":""}"#.len());
    let body = format!(r#"{{"id":"{filler}"}}"#);
    let mut sent = stream.write_all(head.as_bytes());
    for (at, piece) in body.as_bytes().chunks(BODY / 4 + 1).enumerate() {
        pause(number + at);
        // A client that was killed does not listen any more.
        sent = sent.and_then(|()| stream.write_all(piece));
    }
}

/// 0 to 12 ms, another at each place.
fn pause(number: usize) {
    std::thread::sleep(Duration::from_millis((number as u64 * 7) % 13));
}

/// The idempotency key of one request, once its head is there.
fn hear(mut stream: &TcpStream) -> Option<String> {
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            return head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let named = name.eq_ignore_ascii_case("idempotency-key");
                named.then(|| value.trim().to_owned())
            });
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(count) => request.extend_from_slice(&buffer[..count]),
        }
    }
}
