//! A server of a few lines over a raw socket, that can do what no HTTP library would.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A server on loopback that runs a script for each connection.
pub struct Server {
    /// Where it listens.
    pub port: u16,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

/// One accepted connection.
pub struct Peer {
    /// As it was accepted.
    pub stream: TcpStream,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Runs the script for each connection, on a thread of its own; the connection closes when it returns.
    pub fn run(script: impl Fn(&mut Peer) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server {
            port: listener.local_addr().unwrap().port(),
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let (connections, requests) = (server.connections.clone(), server.requests.clone());
        let script = Arc::new(script);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (script, requests) = (script.clone(), requests.clone());
                thread::spawn(move || script(&mut Peer { stream, requests }));
            }
        });
        server
    }

    /// Reads one request, gives this answer, and closes.
    pub fn answering(answer: impl Into<Vec<u8>>) -> Server {
        let answer = answer.into();
        Server::run(move |peer| {
            peer.read_request();
            peer.write(&answer);
        })
    }

    /// A URL of this server.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Every whole request that was read, as text.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Peer {
    /// Reads one request, head and body, and notes it; `false` when the connection ended first.
    pub fn read_request(&mut self) -> bool {
        let (mut seen, mut block) = (Vec::new(), [0; 4096]);
        loop {
            let text = String::from_utf8_lossy(&seen).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "))
                    .map_or(0, |length| length.parse().unwrap());
                if body.len() >= length {
                    self.requests.lock().unwrap().push(text);
                    return true;
                }
            }
            match self.stream.read(&mut block) {
                Ok(0) | Err(_) => return false,
                Ok(n) => seen.extend_from_slice(&block[..n]),
            }
        }
    }

    /// Writes, whether the client still reads or not.
    pub fn write(&mut self, bytes: &[u8]) {
        let _ = self
            .stream
            .write_all(bytes)
            .and_then(|()| self.stream.flush());
    }

    /// Stays open until the client closes.
    pub fn hang(&mut self) {
        let _ = io::copy(&mut self.stream, &mut io::sink());
    }
}

/// A port that nobody listens on.
pub fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
