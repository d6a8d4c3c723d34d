//! A relay that keeps what it hears: the raw bytes of each request, and of no answer.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use support::home::{Home, Running};

/// The relay, and the sandbox behind it.
pub struct Relay {
    /// Where it listens.
    pub url: String,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
    _sandbox: Running,
}

impl Relay {
    /// Before a fresh sandbox.
    pub fn start(home: &Home) -> Relay {
        let mut sandbox = home.start(&["sandbox", "--quota", "100000/60s"]);
        let url = sandbox.line_after("listening on ");
        let upstream = url.strip_prefix("http://").expect("a plain address");
        let upstream: SocketAddr = upstream.parse().expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let heard: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let keeps = Arc::clone(&heard);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(upstream).expect("the sandbox listens");
                let keeps = Arc::clone(&keeps);
                std::thread::spawn(move || pass(client, server, &keeps));
            }
        });
        Relay {
            url: format!("http://{address}"),
            heard,
            _sandbox: sandbox,
        }
    }

    /// The POST requests so far, head and body. Each has a connection of its own, as every unsafe method has.
    pub fn posts(&self) -> Vec<Vec<u8>> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard
            .iter()
            .filter(|r| r.starts_with(b"POST "))
            .cloned()
            .collect()
    }
}

fn pass(mut client: TcpStream, mut server: TcpStream, keeps: &Mutex<Vec<Vec<u8>>>) {
    let mut to_client = client.try_clone().expect("the same socket");
    let mut from_server = server.try_clone().expect("the same socket");
    let answers = std::thread::spawn(move || {
        // However it ends, the client is to see the same.
        let _ = std::io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
    let at = {
        let mut heard = keeps.lock().unwrap_or_else(PoisonError::into_inner);
        heard.push(Vec::new());
        heard.len() - 1
    };
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = client.read(&mut buffer) {
        keeps.lock().unwrap_or_else(PoisonError::into_inner)[at]
            .extend_from_slice(&buffer[..count]);
        if server.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Write);
    let _ = answers.join();
}

/// The body of a request.
pub fn body(request: &[u8]) -> &[u8] {
    let end = memchr::memmem::find(request, b"\r\n\r\n").expect("a head has an end");
    &request[end + 4..]
}
