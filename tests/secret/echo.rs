//! A server that echoes what it was sent, head and body, in every spelling there is, and names secrets of its own. Its
//! answer comes in small pieces, so that no spelling comes whole.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::plant::{ANSWERED, LINKED, PIN, SET_COOKIE, json, percent, unicode};

/// Bytes of one piece.
const PIECE: usize = 97;

/// Starts it; its base URL.
pub fn serve() -> String {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = socket.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in socket.incoming().map_while(Result::ok) {
            let request = hear(&stream);
            // A client that hangs up early has had enough.
            let _ = answer(&stream, &request);
        }
    });
    format!("http://{address}")
}

/// One request.
fn hear(mut stream: &TcpStream) -> Vec<u8> {
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(end) = memchr::memmem::find(&request, b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"));
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

/// What is answered depends on the last step of the path.
fn answer(mut stream: &TcpStream, request: &[u8]) -> std::io::Result<()> {
    let text = String::from_utf8_lossy(request).into_owned();
    let (head, sent) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let target = head.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default();
    if path.ends_with("/drop") {
        return Ok(());
    }
    let (status, content_type, body) = match path.rsplit('/').next().unwrap_or_default() {
        "text" => ("400 Bad Request", "text/plain", spelled(&text).join("\n")),
        "html" => (
            "400 Bad Request",
            "text/html",
            format!("<p>{text}</p><a href=\"/x?a=1&amp;token={LINKED}\">"),
        ),
        "form" => (
            "200 OK",
            "application/x-www-form-urlencoded",
            format!(
                "scope=a&refresh_token={}&pin={PIN}&echo={}",
                percent(ANSWERED),
                percent(&text)
            ),
        ),
        "broken" => (
            "200 OK",
            "application/json",
            format!(
                "{{\"echo\":\"{}\",\"refresh_token\":\"{}",
                json(&text),
                json(ANSWERED)
            ),
        ),
        "page" => ("200 OK", "application/json", sent.to_owned()),
        _ => (
            "422 Unprocessable Content",
            "application/json",
            envelope(&text, sent),
        ),
    };
    let echoed = echoed(head, sent);
    let length = if path.ends_with("/broken") {
        body.len() + 1000
    } else {
        body.len()
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\nset-cookie: sid={SET_COOKIE}\r\n\
         location: /next?page=2&access_token={LINKED}\r\n{echoed}request-id: req_1\r\nconnection: close\r\n\r\n"
    )?;
    let halts = path.ends_with("/halt");
    let goes = if halts { body.len() / 2 } else { body.len() };
    for piece in body.as_bytes()[..goes].chunks(PIECE) {
        stream.write_all(piece)?;
        stream.flush()?;
    }
    if halts {
        // The rest never comes: until the client hangs up there is nothing to read.
        let _ = stream.read(&mut [0])?;
    }
    Ok(())
}

/// Header fields that echo each field of the head, and the body.
fn echoed(head: &str, sent: &str) -> String {
    let fields = head.lines().chain([sent]).enumerate();
    let fields = fields.flat_map(|(at, line)| {
        let plain: String = line
            .chars()
            .filter(char::is_ascii)
            .filter(|c| !c.is_control())
            .collect();
        [
            format!("x-echo-{at}: {plain}\r\n"),
            format!("x-percent-{at}: {}\r\n", percent(line)),
            format!("x-base-{at}: {}\r\n", STANDARD.encode(line)),
        ]
    });
    fields.collect()
}

/// A text in every spelling that lies in text.
fn spelled(text: &str) -> Vec<String> {
    let mut spelled = vec![
        text.to_owned(),
        percent(text),
        percent(text).to_lowercase(),
        percent(text).replace("%20", "+"),
    ];
    for before in ["", "a", "ab"] {
        spelled.push(STANDARD.encode(format!("{before}{text}")));
        spelled.push(URL_SAFE_NO_PAD.encode(format!("{before}{text}")));
    }
    spelled
}

/// The page's envelope: every spelling in a message, as text and in JSON's escapes, and secrets of the server's own.
fn envelope(text: &str, sent: &str) -> String {
    let error = |message: &str| {
        format!(
            "{{\"code\":\"echo\",\"message\":\"{message}\",\"path\":[\"a\"],\"value\":\"{message}\"}}"
        )
    };
    let mut errors: Vec<String> = Vec::new();
    for spelled in spelled(text).iter().map(String::as_str).chain([sent]) {
        errors.push(error(&json(spelled)));
        errors.push(error(&json(spelled).replace('/', "\\/")));
        errors.push(error(&json(&json(spelled))));
    }
    errors.push(error(&unicode(text)));
    let body = if serde_json::from_str::<serde_json::Value>(sent).is_ok() {
        sent
    } else {
        "null"
    };
    format!(
        "{{\"code\":\"request_errors\",\"data\":{{\"errors\":[{}]}},\"echo\":{body},\"refresh_token\":\"{}\",\"pin\":\"{PIN}\",\
         \"card\":{{\"number\":4929119933557710}},\"iban\":\"own-planted/iban-8\",\
         \"next\":\"https:\\/\\/h\\/x?a=1\\u0026token={LINKED}\\u0026b=2\"}}",
        errors.join(","),
        json(ANSWERED)
    )
}
