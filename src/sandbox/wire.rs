//! What happens below HTTP: an answer that hyper would refuse to write, or would mend.
//!
//! ```text
//!   request ──hyper──▶ service ── well-behaved ──▶ hyper writes the answer, the connection lives on
//!                         └────── misbehaved ───▶ hyper gives the socket back ──▶ wire writes it, and ends it
//! ```
//! The service ends such a request with an error, on which hyper writes nothing; `server` then takes the socket out of
//! hyper's hands and calls [`write`]. So the bytes on the wire are exactly those of this file, head included.

use std::io;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::sandbox::answer::{Answer, Content, stream};
use crate::sandbox::escape;
use crate::sandbox::fault::{Ending, Manner};

/// Time for the part that was sent to be read: a reset may throw away what the other side has not taken yet.
const BEFORE_RESET: Duration = Duration::from_millis(50);

/// An answer that is to be written past hyper.
pub struct Misbehaved {
    /// What to answer.
    pub answer: Answer,
    /// How.
    pub manner: Manner,
    /// The request was a HEAD: no body follows.
    pub head_only: bool,
}

/// Writes the answer and ends the connection, in its manner.
///
/// # Errors
/// The client is gone.
pub async fn write(mut socket: TcpStream, misbehaved: Misbehaved) -> io::Result<()> {
    let Misbehaved {
        mut answer,
        manner,
        head_only,
    } = misbehaved;
    if manner.ending == Some(Ending::Dropped) {
        return socket.shutdown().await;
    }
    let announced = match manner.ending {
        Some(_) => Some(cut(&mut answer)),
        None => match &answer.content {
            Content::Whole(bytes) => Some(bytes.len()),
            Content::Pieces(_) => None,
        },
    };
    socket.write_all(&head(&answer, &manner, announced)).await?;
    if !head_only {
        let mut pieces = pin!(stream(answer.content, manner.drip));
        while let Some(piece) = pieces.next().await {
            socket.write_all(&piece).await?;
        }
    }
    socket.flush().await?;
    if manner.ending == Some(Ending::Reset) {
        tokio::time::sleep(BEFORE_RESET).await;
        return socket.set_zero_linger();
    }
    socket.shutdown().await
}

/// Keeps the first half of the content (of its first piece, when it is made in pieces) and answers the length to announce.
fn cut(answer: &mut Answer) -> usize {
    let content = std::mem::replace(&mut answer.content, Content::Whole(Bytes::new()));
    let mut whole = match content {
        Content::Whole(bytes) => bytes,
        Content::Pieces(mut pieces) => pieces.next().unwrap_or_default(),
    };
    let announced = whole.len();
    whole.truncate(announced / 2);
    answer.content = Content::Whole(whole);
    announced
}

/// Without a length to announce, the body ends with the connection (RFC 9112 6.3).
fn head(answer: &Answer, manner: &Manner, announced: Option<usize>) -> Vec<u8> {
    let status = answer.status;
    let reason = status.canonical_reason().unwrap_or_default();
    let date = httpdate::fmt_http_date(SystemTime::now());
    let mut head = format!(
        "HTTP/1.1 {} {reason}\r\ndate: {date}\r\nconnection: close\r\n",
        status.as_u16()
    )
    .into_bytes();
    for (name, value) in &answer.headers {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    if let Some(length) = announced {
        head.extend_from_slice(format!("content-length: {length}\r\n").as_bytes());
    }
    if manner.escape_head {
        head.extend_from_slice(escape::HEAD_LINE);
    }
    head.extend_from_slice(b"\r\n");
    head
}
