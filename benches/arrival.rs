//! A large answer on its way to the screen: the real program in a pseudo-terminal, a server that notes when its first byte
//! of the body left. `cargo bench --bench arrival [-- MIB]`.
//!
//! ```text
//!   server: head, first byte ─┬──────────── last byte
//!   screen:                   └─▶ pretty first screen ──────▶ complete: nothing more is "so far"
//! ```
//!
//! Beside it, each time, the least that anybody could do: the same bytes received and written to a file.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use support::home::Home;

/// How often it is sent.
const RUNS: usize = 11;

fn main() {
    let mib = std::env::args().filter_map(|word| word.parse().ok()).next();
    let mib: usize = mib.unwrap_or(10);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("a port");
    let (tell, left) = channel();
    std::thread::spawn(move || {
        for (asked, stream) in listener.incoming().flatten().enumerate() {
            // Every other time it is the plain reader. Who hangs up is not waited for.
            let _ = answer(stream, asked / 2, mib << 20, &tell);
        }
    });

    let home = Home::new(env!("CARGO_BIN_EXE_reqscope"));
    let base = format!("http://{address}");
    let mut terminal = home.terminal(&["--base-url", &base], (120, 40));
    terminal.wait_for("Nothing was sent yet");
    terminal.send("c").wait_for("Draft");
    terminal.send("GET /body<enter>").wait_for("Esc done");
    let (mut first, mut whole, mut least) = (Vec::new(), Vec::new(), Vec::new());
    let size = format!("─ {mib}.0 MiB");
    for run in 0..RUNS {
        terminal.send(if run == 0 { "<c-s>" } else { "r" });
        let asked = left.recv_timeout(Duration::from_secs(20));
        let begun =
            asked.unwrap_or_else(|_| panic!("nothing was asked for:\n{}", terminal.screen()));
        let sign = format!("\"run\": \"run-{run}\"");
        terminal.wait_for(&sign);
        first.push(begun.elapsed());
        terminal.wait_until("the whole", |screen| {
            let screen = screen.contents();
            screen.contains(&sign) && screen.contains(&size) && !screen.contains("so far")
        });
        whole.push(begun.elapsed());
        let file = home.path().join(format!("plain-{run}"));
        let stream = TcpStream::connect(address).expect("our own server");
        stream_to(stream, &file).expect("it answers");
        let begun = left.recv().expect("it answered");
        least.push(begun.elapsed());
        // A key that follows sooner is one that is held down, and sends once.
        std::thread::sleep(Duration::from_secs(1));
    }
    println!("{mib} MiB from the first byte of the body, {RUNS} times");
    tell_of("pretty first screen", first);
    tell_of("complete", whole);
    tell_of("received and written", least);
}

fn tell_of(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let ms = |at: usize| times[at].as_secs_f64() * 1e3;
    let (least, median, most) = (ms(0), ms(times.len() / 2), ms(times.len() - 1));
    println!("{what:24} median {median:.1} ms, {least:.1} to {most:.1}");
}

/// Asks, and writes what comes to a file.
fn stream_to(mut stream: TcpStream, file: &Path) -> std::io::Result<()> {
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n")?;
    let (mut file, mut block) = (File::create(file)?, vec![0; 64 << 10]);
    loop {
        match stream.read(&mut block)? {
            0 => return Ok(()),
            read => file.write_all(&block[..read])?,
        }
    }
}

/// Answers the request on a connection with a list of payments.
fn answer(
    mut stream: TcpStream,
    run: usize,
    size: usize,
    tell: &Sender<Instant>,
) -> std::io::Result<()> {
    let mut request = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        if request.read_line(&mut line)? == 0 {
            return Ok(());
        }
    }
    let mut body = format!("{{\"run\":\"run-{run}\",\"data\":[");
    let mut at = 0;
    while body.len() < size {
        body.push_str(&format!(
            "{{\"id\":\"pay_{at:012}\",\"amount\":{},\"currency\":\"EUR\",\"note\":\"A line of \\\"text\\\", {at}\"}},",
            at * 7 % 100_000
        ));
        at += 1;
    }
    body.push_str("null]}");
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    let _ = tell.send(Instant::now());
    stream.write_all(body.as_bytes())
}
